package canary_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// The keys of the run. Each stands in a file or in the environment of the
// program, and nowhere else.
const (
	providerKey    = "NCSCANARYKEY4242"
	providerSecret = "CANARYSECRETCANARYSECRET42424242"
	masterKey      = "sinpyo canary master key 32 byte"
)

// program is the server under test, as a process, with all it wrote.
type program struct {
	testing.TB
	dir     string // its data directory
	environ []string
	cmd     *exec.Cmd
	site    string
	figures string // address of the metrics
	desk    string // address of the console
	link    string // by which its first owner comes in
	out     *kit.Journal
	errOut  *kit.Journal
}

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "canary-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sinpyo")
	build := exec.Command("go", "build", "-o", path, "github.com/sinpyo/sinpyo/cmd/sinpyo")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// run runs a command of the program to its end and returns what it wrote.
func (p *program) run(args ...string) string {
	p.Helper()
	path, err := binary()
	if err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Dir = p.environ, p.dir
	out, _ := cmd.CombinedOutput() // doctor ends with 1 when it warns
	return string(out)
}

// serve starts the program and waits until it is ready.
func (p *program) serve() {
	p.Helper()
	path, err := binary()
	if err != nil {
		p.Fatal(err)
	}
	p.cmd = exec.Command(path, "serve")
	p.cmd.Env, p.cmd.Dir = p.environ, p.dir
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	p.cmd.Stderr = p.errOut
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			p.Fatalf("the program ended: %v\n%s", err, p.errOut)
		}
		_, _ = p.out.Write([]byte(line))
		what, where, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch where = strings.TrimSpace(where); what {
		case "sign-up":
			p.site = strings.TrimSuffix(where, "/signup")
		case "metrics":
			p.figures = where
		case "console":
			p.desk = where
		case "owner":
			p.link = where
		case "ready":
			go func() { _, _ = io.Copy(p.out, lines) }()
			return
		}
	}
}

// stop ends the program as an operator does.
func (p *program) stop() {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.Errorf("the program ended with %v\n%s", err, p.errOut)
	}
}

// collector receives traces and keeps them as they came.
type collector struct {
	*httptest.Server
	kit.Journal
}

func newCollector(t testing.TB) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			plain, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = plain
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		_, _ = c.Write(text)
		for name, values := range r.Header {
			_, _ = fmt.Fprintf(&c.Journal, "%s: %q\n", name, values)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

// newProvider starts an emulator with money enough.
func newProvider(t testing.TB) (*sandbox.Sandbox, string) {
	t.Helper()
	s := sandbox.New(sandbox.WithKey(providerKey, providerSecret), sandbox.WithBalance(10_000_000, 0),
		sandbox.WithCarrierDelay(10*time.Millisecond), sandbox.WithReportDelay(50*time.Millisecond))
	server := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); server.Close() })
	return s, server.URL
}
