// Package sdk_test runs the provider's official SDK, unmodified, against
// `sinpyo sandbox`: it sends one text and many, lists them and reads the
// balance, and the test compares what the SDK understood with what the phone
// received. An emulator that only pleased our own client would prove little.
//
// It needs Node and the packages of package-lock.json, so it runs only where
// SINPYO_TEST_SDK=1 says that they are there, as `make test` does.
package sdk_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	key    = "NCSTEST000000001"
	secret = "0123456789ABCDEF0123456789ABCDEF"
	sender = "0215770000" // what the emulator has registered by itself
)

// counts is what the SDK reads of a group.
type counts struct {
	Total, RegisteredSuccess, RegisteredFailed int
}

// answers is what walk.mjs prints.
type answers struct {
	One, Many counts
	Mixed     struct {
		Count  counts
		Failed []string
	}
	Listed  []struct{ To, From, Text, Type, StatusCode string }
	OfOne   []string
	Spent   int
	Refusal string
}

// received is one text on the emulator's phone.
type received struct{ To, From, Text, Type string }

func TestSDK_SendsListsAndReadsTheBalance(t *testing.T) {
	if os.Getenv("SINPYO_TEST_SDK") != "1" {
		t.Skip("needs Node and npm packages: run make test, or set SINPYO_TEST_SDK=1 once they are installed")
	}
	emulator := startSandbox(t)

	node := exec.CommandContext(t.Context(), "node", "walk.mjs", emulator, key, secret, sender)
	var problems bytes.Buffer
	node.Stderr = &problems
	printed, err := node.Output()
	if err != nil {
		t.Fatalf("walk.mjs: %v\n%s%s", err, printed, problems.Bytes())
	}
	var got answers
	if err := json.Unmarshal(printed, &got); err != nil {
		t.Fatalf("walk.mjs printed %q: %v", printed, err)
	}

	if want := (counts{Total: 1, RegisteredSuccess: 1}); got.One != want {
		t.Errorf("one text: got %+v, want %+v", got.One, want)
	}
	if want := (counts{Total: 3, RegisteredSuccess: 3}); got.Many != want {
		t.Errorf("many texts: got %+v, want %+v", got.Many, want)
	}
	if want := (counts{Total: 2, RegisteredSuccess: 1, RegisteredFailed: 1}); got.Mixed.Count != want {
		t.Errorf("one bad number among two: got %+v, want %+v", got.Mixed.Count, want)
	}
	if len(got.Mixed.Failed) != 1 || got.Mixed.Failed[0][:2] != "10" {
		t.Errorf("refused at the door: got %q, want one 10xx", got.Mixed.Failed)
	}
	if want := []string{"01000000001"}; !slices.Equal(got.OfOne, want) {
		t.Errorf("messages of the first group: got %v, want %v", got.OfOne, want)
	}
	if want := 5 * 20; got.Spent != want {
		t.Errorf("spent: got %d won, want %d", got.Spent, want)
	}
	if want := "SignatureDoesNotMatch"; got.Refusal != want {
		t.Errorf("wrong secret: got %q, want %q", got.Refusal, want)
	}

	var listed []received
	for _, m := range got.Listed {
		if m.StatusCode[0] != '1' { // those refused at the door were never sent
			listed = append(listed, received{m.To, m.From, m.Text, m.Type})
		}
	}
	if want := handset(t, emulator); !sameTexts(listed, want) {
		t.Errorf("the SDK lists\n%v\nthe phone has\n%v", listed, want)
	}
}

// sameTexts compares without regard to order: five texts of one second have none.
func sameTexts(listed, phone []received) bool {
	if len(listed) != 5 || len(phone) != 5 {
		return false
	}
	for _, m := range phone {
		// The phone shows the carrier's own first line above the text.
		m.Text = m.Text[len("[Web발신]\n"):]
		if !slices.Contains(listed, m) {
			return false
		}
	}
	return true
}

// handset reads what the emulator's phone has received.
func handset(t *testing.T, emulator string) []received {
	t.Helper()
	answer, err := http.Get(emulator + "/sandbox/handset/messages")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var texts []received
	if err := json.NewDecoder(answer.Body).Decode(&texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// startSandbox builds and starts `sinpyo sandbox` and returns its address, which
// the program prints on its first line. It is stopped when the test ends.
func startSandbox(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sinpyo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/sinpyo")
	build.Dir = filepath.Join("..", "..")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, said)
	}
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
