package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// program is the program under test with its settings.
type program struct {
	t      *testing.T
	path   string
	dir    string // of its data
	listen string
	env    []string
	key    string // to call its API with
}

// build builds the program with its crash points.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sinpyo")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "crashpoints", "-o", path, "../../cmd/sinpyo")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return path
}

// newProgram prepares an installation that sends through the provider at url.
func newProgram(t *testing.T, provider, apiKey, apiSecret string) *program {
	t.Helper()
	p := &program{t: t, path: build(t), dir: filepath.Join(t.TempDir(), "data"), listen: kit.Port(t)}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.env = append(os.Environ(),
		"SINPYO_LISTEN="+p.listen, "SINPYO_METRICS_LISTEN=", "SINPYO_CONSOLE_LISTEN=", "SINPYO_DATA_DIR="+p.dir,
		"SINPYO_PUBLIC_URL=http://"+p.listen,
		"SINPYO_COOLSMS_BASE_URL="+provider, "SINPYO_COOLSMS_SENDER=0215770000",
		"SINPYO_COOLSMS_API_KEY="+apiKey, "SINPYO_COOLSMS_API_SECRET="+apiSecret, "SINPYO_SERVICE_HOST=localhost",
		"SINPYO_COOLSMS_CALLS_PER_SECOND=1000", // the ceilings are not what is tested here
		"SINPYO_LIMITS_APPLICATION_PER_MINUTE=1000000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=1000000",
		"SINPYO_LIMITS_WON_PER_DAY=1000000000",
	)
	s := p.start("")
	p.ready(s)
	s.kill()
	cmd := exec.CommandContext(t.Context(), p.path, "keys", "create", "--name", "faults", "--json")
	cmd.Env = p.env
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("making a key: %v\n%s", err, stderr(err))
	}
	var made struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(out, &made); err != nil || made.Key == "" {
		t.Fatalf("keys create printed no key: %v", err)
	}
	p.key = made.Key
	return p
}

func stderr(err error) []byte {
	if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // as Output returns it
		return e.Stderr
	}
	return nil
}

// process is one run of the program.
type process struct {
	cmd  *exec.Cmd
	log  bytes.Buffer
	dead chan struct{}
}

// start runs the program; it kills itself at the crash point, if one is given.
func (p *program) start(point string) *process {
	p.t.Helper()
	s := &process{cmd: exec.CommandContext(p.t.Context(), p.path, "serve"), dead: make(chan struct{})}
	s.cmd.Env = append(p.env[:len(p.env):len(p.env)], "SINPYO_CRASH_AT="+point)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		p.t.Fatalf("starting the program: %v", err)
	}
	go func() {
		_ = s.cmd.Wait() // killed is how it should end
		close(s.dead)
	}()
	return s
}

func (s *process) kill() {
	_ = s.cmd.Process.Kill()
	<-s.dead
}

// died reports whether the program ends by itself within d.
func (s *process) died(d time.Duration) bool {
	select {
	case <-s.dead:
		return true
	case <-time.After(d):
		return false
	}
}

// ready waits until the program answers; it reports false when it died first.
func (p *program) ready(s *process) bool {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < 20*time.Second; {
		select {
		case <-s.dead:
			if s.cmd.ProcessState.Exited() {
				p.t.Fatalf("the program did not start:\n%s", s.log.String())
			}
			return false
		case <-time.After(5 * time.Millisecond):
		}
		if status, _ := p.call(http.MethodGet, "/readyz", nil, nil); status == http.StatusOK {
			return true
		}
	}
	p.t.Fatal("the program does not become ready")
	return false
}

var client = &http.Client{Timeout: 10 * time.Second}

// call calls the program's API. The status is 0 when no whole answer came.
func (p *program) call(method, path string, body, out any) (status int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.listen+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+p.key)
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return 0, err
	}
	if out != nil && resp.StatusCode/100 == 2 {
		err = json.Unmarshal(answer.Bytes(), out)
	}
	if resp.StatusCode >= 400 {
		err = fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(answer.String()))
	}
	return resp.StatusCode, err
}
