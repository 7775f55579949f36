package contract_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestClient_MadeFromTheDescriptionWorks has openapi-typescript make types of
// the description that the program serves, compiles a client against them and
// lets it verify a number.
func TestClient_MadeFromTheDescriptionWorks(t *testing.T) {
	if os.Getenv("SINPYO_TEST_SDK") != "1" {
		t.Skip("needs Node and npm packages: run make test, or set SINPYO_TEST_SDK=1 once they are installed")
	}
	p := launch(t)
	dir := t.TempDir()
	packages, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"client.ts", "package.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, text)
	}
	put(t, dir, "openapi.json", p.get(t, "/openapi.json"))

	node(t, dir, "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "schema.d.ts")
	node(t, dir, "node_modules/typescript/bin/tsc", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022",
		"--module", "nodenext", "--lib", "es2023,dom", "client.ts")
	if said := node(t, dir, "client.js", p.server, p.key, p.inbox); said != "verified\n" {
		t.Errorf("the client said %q", said)
	}
}

func put(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// node runs a script and returns what it printed.
func node(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", arguments[0], err, out, complaint.Bytes())
	}
	return string(out)
}

// program is the whole program in dev mode.
type program struct{ server, inbox, key string }

// launch builds and starts the program on ports of its own.
func launch(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "sinpyo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/sinpyo/sinpyo/cmd/sinpyo")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, said)
	}
	serve := exec.CommandContext(t.Context(), binary, "serve", "--dev")
	serve.Dir = dir
	serve.Env = append(os.Environ(), "SINPYO_LISTEN=127.0.0.1:0", "SINPYO_SANDBOX_LISTEN=127.0.0.1:0", "SINPYO_METRICS_LISTEN=", "SINPYO_CONSOLE_LISTEN=",
		"SINPYO_DATA_DIR="+filepath.Join(dir, "data"))
	var log bytes.Buffer
	serve.Stderr = &log
	serve.Cancel = func() error { return serve.Process.Signal(syscall.SIGTERM) }
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's context has just ended, which stops the program.
		if err := serve.Wait(); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Errorf("the program ended with %v\n%s", err, log.String())
		}
	})
	p := &program{}
	lines := bufio.NewScanner(out)
	for p.key == "" && lines.Scan() {
		switch field := strings.Fields(lines.Text()); {
		case len(field) < 2:
		case field[0] == "API" && field[1] == "key":
			p.key = field[2]
		case field[0] == "API":
			p.server = strings.TrimSuffix(field[1], "/docs")
		case field[0] == "inbox":
			p.inbox = field[1]
		}
	}
	if p.key == "" || p.server == "" || p.inbox == "" {
		t.Fatalf("the program told no addresses or no key\n%s", log.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

func (p *program) get(t *testing.T, path string) []byte {
	t.Helper()
	res, err := http.Get(p.server + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return text
}
