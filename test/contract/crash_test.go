package contract_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// TestIdempotency_SettlesWhatACrashLeftOpen kills the program while it starts a
// verification, before and after the commit. The caller has no answer, and asks
// again with the same key: there is one verification then, and one text.
func TestIdempotency_SettlesWhatACrashLeftOpen(t *testing.T) {
	t.Parallel()
	if os.Getenv(dbtest.EnvPostgres) != "" {
		t.Skip("runs on SQLite, where a process that is gone leaves everything to its file")
	}
	provider := sandbox.New(sandbox.WithReportDelay(0))
	t.Cleanup(provider.Close)
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	i := newInstallation(t, provider, server.URL)
	for n, c := range []struct {
		point    string
		replayed string // whether the first had been carried out
	}{
		{"start.drafted", ""},
		{"start.committed", "true"},
		{"handover.claimed", "true"},
		{"handover.sent", "true"},
	} {
		number := fmt.Sprintf("0100000%04d", n)
		dying := i.serve(t, c.point)
		first := i.start(number, c.point)
		dying.died(t, c.point)

		alive := i.serve(t, "")
		again := i.start(number, c.point)
		if again.status != 201 || first.status == 201 && again.id != first.id {
			t.Errorf("killed at %s: first %+v, then %+v", c.point, first, again)
		}
		// A point after the answer may have let it through.
		if again.replayed != c.replayed {
			t.Errorf("killed at %s: Idempotent-Replayed %q, want %q", c.point, again.replayed, c.replayed)
		}
		if once := i.start(number, c.point); once.id != again.id || once.replayed != "true" {
			t.Errorf("killed at %s: asked once more: %+v", c.point, once)
		}
		arrives(t, provider, number)
		alive.stop(t)
		if texts := len(provider.Handset(number)); texts != 1 {
			t.Errorf("killed at %s: %d texts, want 1", c.point, texts)
		}
	}
}

// arrives waits for a text.
func arrives(t *testing.T, provider *sandbox.Sandbox, number string) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	patience := time.After(20 * time.Second)
	for len(provider.Handset(number)) == 0 {
		select {
		case <-look.C:
		case <-patience:
			t.Fatal("no text came")
		}
	}
}

// installation is the program with its crash points and the folder of its data.
type installation struct {
	binary string
	env    []string
	url    string
	key    string
}

func newInstallation(t *testing.T, provider *sandbox.Sandbox, at string) *installation {
	t.Helper()
	dir := t.TempDir()
	i := &installation{binary: filepath.Join(dir, "sinpyo")}
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "crashpoints", "-o", i.binary, "github.com/sinpyo/sinpyo/cmd/sinpyo")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, said)
	}
	key, secret := provider.Key()
	i.env = append(os.Environ(), "SINPYO_LISTEN=127.0.0.1:0", "SINPYO_METRICS_LISTEN=", "SINPYO_CONSOLE_LISTEN=",
		"SINPYO_DATA_DIR="+filepath.Join(dir, "data"), "SINPYO_COOLSMS_BASE_URL="+at, "SINPYO_COOLSMS_SENDER=0215770000",
		"SINPYO_COOLSMS_API_KEY="+key, "SINPYO_COOLSMS_API_SECRET="+secret)
	create := exec.CommandContext(t.Context(), i.binary, "keys", "create", "--name", "crash", "--json")
	create.Env = i.env
	out, err := create.Output()
	var made struct{ Key string }
	if err != nil || json.Unmarshal(out, &made) != nil || made.Key == "" {
		t.Fatalf("making a key: %v", err)
	}
	i.key = made.Key
	return i
}

// process is one run of the program.
type process struct {
	*exec.Cmd
	log bytes.Buffer
}

// serve starts the program, to die at a point.
func (i *installation) serve(t *testing.T, point string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), i.binary, "serve")}
	p.Env = append(i.env[:len(i.env):len(i.env)], "SINPYO_CRASH_AT="+point)
	p.Stderr = &p.log
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	i.url = ""
	lines := bufio.NewScanner(out)
	for i.url == "" && lines.Scan() {
		if field := strings.Fields(lines.Text()); len(field) > 1 && field[0] == "API" {
			i.url = strings.TrimSuffix(field[1], "/docs")
		}
	}
	if i.url == "" {
		t.Fatalf("the program told no address\n%s", p.log.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

// died waits for the program to kill itself.
func (p *process) died(t *testing.T, point string) {
	t.Helper()
	timer := time.AfterFunc(20*time.Second, func() { _ = p.Process.Kill() })
	_ = p.Wait()
	if !timer.Stop() {
		t.Fatalf("the program did not come by %s\n%s", point, p.log.String())
	}
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.Process.Signal(os.Interrupt)
	if err := p.Wait(); err != nil {
		t.Errorf("stopping: %v\n%s", err, p.log.String())
	}
}

// told is what a start was answered; the status is 0 when there was no answer.
type told struct {
	status       int
	id, replayed string
}

func (i *installation) start(number, key string) told {
	r, err := http.NewRequest("POST", i.url+"/v1/verifications", strings.NewReader(`{"to":"`+number+`"}`))
	if err != nil {
		return told{}
	}
	r.Header.Set("Authorization", "Bearer "+i.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return told{}
	}
	defer func() { _ = res.Body.Close() }()
	var v struct{ ID string }
	if json.NewDecoder(res.Body).Decode(&v) != nil {
		return told{}
	}
	return told{res.StatusCode, v.ID, res.Header.Get("Idempotent-Replayed")}
}
