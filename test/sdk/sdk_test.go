// Package sdk_test runs the SDKs that the provider publishes on npm, unmodified,
// against `sinpyo sandbox`: every public method that their objects have, each
// held against what the emulator has afterwards. An emulator that only pleased
// our own client would prove little.
//
// What came of each method is written to docs/sdk-compatibility.md.
//
// It needs Node and the packages of package-lock.json, so it runs only where
// SINPYO_TEST_SDK=1 says that they are there, as `make test` does.
package sdk_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	key    = "NCSTEST000000001"
	secret = "0123456789ABCDEF0123456789ABCDEF"
	sender = "0215770000" // what the emulator has registered by itself
)

// packages are the SDKs; each has a script of its name.
var packages = []string{"solapi", "coolsms-node-sdk", "coolsms-rest-sdk"}

// results is what a script prints.
type results struct {
	Name, Version    string
	Methods, Manners []result
}

// result is what came of one case.
type result struct {
	Name     string
	Requests []string // as the emulator saw them
	Compares string   // what the answers were held against
	Problem  string   // empty when it went well
}

func TestSDKs_EveryMethodWorks(t *testing.T) {
	if os.Getenv("SINPYO_TEST_SDK") != "1" {
		t.Skip("needs Node and npm packages: run make test, or set SINPYO_TEST_SDK=1 once they are installed")
	}
	program := build(t)
	all := make([]results, len(packages))
	t.Run("npm", func(t *testing.T) {
		for i, name := range packages {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				all[i] = run(t, name, startSandbox(t, program))
				for _, r := range all[i].Methods {
					t.Run(r.Name, func(t *testing.T) { judge(t, r) })
				}
				for _, r := range all[i].Manners {
					t.Run(r.Name, func(t *testing.T) { judge(t, r) })
				}
			})
		}
	})
	for _, sdk := range all {
		if sdk.Name == "" {
			t.FailNow() // its script said nothing that could be written down
		}
	}
	keep(t, filepath.Join("..", "..", "docs", "sdk-compatibility.md"), table(all))
}

func judge(t *testing.T, r result) {
	if r.Problem != "" {
		t.Errorf("%s\nrequests: %s", r.Problem, strings.Join(r.Requests, ", "))
	}
}

// run walks through one SDK, which is led to the emulator unless more says that
// it finds there by itself.
func run(t *testing.T, name, emulator string, more ...string) results {
	t.Helper()
	arguments := append([]string{name + ".mjs", emulator, key, secret, sender, picture(t)}, more...)
	node := exec.CommandContext(t.Context(), "node", arguments...)
	node.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*") // one of the SDKs heeds proxies
	var said bytes.Buffer
	node.Stderr = &said
	printed, err := node.Output()
	if err != nil {
		t.Fatalf("%s.mjs: %v\n%s%s", name, err, printed, said.Bytes())
	}
	var got results
	if err := json.Unmarshal(printed, &got); err != nil {
		t.Fatalf("%s.mjs printed %q: %v", name, printed, err)
	}
	if len(got.Methods) == 0 {
		t.Fatalf("%s.mjs found no method", name)
	}
	return got
}

// picture writes a JPEG of 40 by 30 points and returns its name.
func picture(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "picture.jpg")
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, encoded.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// keep writes a file anew where it is out of date, and says so.
func keep(t *testing.T, name, text string) {
	t.Helper()
	kept, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if string(kept) == text {
		return
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s was out of date and is written anew: read it and commit it", name)
}

// build makes the program and returns its name.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sinpyo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/sinpyo")
	build.Dir = filepath.Join("..", "..")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, said)
	}
	return program
}

// startSandbox starts `sinpyo sandbox` and returns its address, which the
// program prints on its first line. It is stopped when the test ends.
func startSandbox(t *testing.T, program string) string {
	t.Helper()
	// The test's context ends just before its cleanups run, which ends the program.
	emulator := exec.CommandContext(t.Context(), program,
		"sandbox", "--listen", "127.0.0.1:0", "--api-key", key, "--api-secret", secret)
	out, err := emulator.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := emulator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = emulator.Wait() }) // killed
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("sinpyo sandbox said %q: %v", first, err)
	}
	_, address, found := strings.Cut(strings.TrimSpace(first), "http://localhost:")
	if !found {
		t.Fatalf("sinpyo sandbox began with %q, want its address", first)
	}
	return "http://127.0.0.1:" + address // older Nodes look for localhost at ::1 only
}
