package rows

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// patience is how long anything may take that should take no time.
const patience = 30 * time.Second

// folder holds the built programs.
var folder string

// TestMain gives the built programs a folder.
func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if err := manyAtOnce(); err != nil {
		return 0, err
	}
	if folder, err = os.MkdirTemp("", "sinpyo-rows"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return m.Run(), nil
}

// manyAtOnce lets more tests run at once than there are processors, unless
// -parallel says how many: they wait for others more than they work.
func manyAtOnce() error {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if asked {
		return nil
	}
	return flag.Set("test.parallel", "8")
}

// plain is the program, crashing the one with its crash points. Each is built
// when it is first asked for.
var (
	plain    = sync.OnceValues(func() (string, error) { return build("sinpyo") })
	crashing = sync.OnceValues(func() (string, error) { return build("sinpyo-crashing", "-tags", "crashpoints") })
)

func build(name string, flags ...string) (string, error) {
	path := filepath.Join(folder, name)
	args := append(append([]string{"build"}, flags...), "-o", path, "github.com/sinpyo/sinpyo/cmd/sinpyo")
	cmd := exec.CommandContext(context.Background(), "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
}

// node is one process of an installation, and what it is started with again.
type node struct {
	t       *testing.T
	name    string
	program string
	env     []string
	listen  string // host:port of pages and API
	metrics string // host:port

	cmd  *exec.Cmd
	log  *journal
	dead chan struct{} // closed when the process has ended
}

// journal is what a process wrote.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// up starts the process and waits until it is ready. A port that another
// program took meanwhile is replaced, once.
func (n *node) up(more ...string) {
	n.t.Helper()
	if n.startUp(more...) {
		return
	}
	if strings.Contains(n.log.String(), "another program listens there already") {
		n.listen, n.metrics = kit.Port(n.t), kit.Port(n.t)
		if n.startUp(more...) {
			return
		}
	}
	n.t.Fatalf("node %s did not start:\n%s", n.name, n.log)
}

func (n *node) startUp(more ...string) (ready bool) {
	n.t.Helper()
	before := len(n.log.String())
	n.launch(more...)
	for began := time.Now(); time.Since(began) < patience; {
		select {
		case <-n.dead:
			return false
		case <-time.After(5 * time.Millisecond):
		}
		// Its own word comes first: the port may be another program's.
		if strings.Contains(n.log.String()[before:], "\nready ") && n.ready() {
			return true
		}
	}
	return false
}

// launch starts the process and does not wait.
func (n *node) launch(more ...string) {
	n.t.Helper()
	cmd := exec.CommandContext(context.Background(), n.program, "serve")
	cmd.Env = append(append(n.env[:len(n.env):len(n.env)],
		"SINPYO_LISTEN="+n.listen, "SINPYO_METRICS_LISTEN="+n.metrics, "SINPYO_CONSOLE_LISTEN="), more...)
	cmd.Stdout, cmd.Stderr = n.log, n.log
	if err := cmd.Start(); err != nil {
		n.t.Fatalf("starting node %s: %v", n.name, err)
	}
	dead := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed is how many of them end
		close(dead)
	}()
	n.cmd, n.dead = cmd, dead
}

func (n *node) ready() bool {
	r, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, "http://"+n.listen+"/readyz", nil)
	if err != nil {
		n.t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // empty
	return answer.StatusCode == http.StatusOK
}

// signal sends the process a signal.
func (n *node) signal(s os.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Fatalf("signalling node %s: %v", n.name, err)
	}
}

// kill ends the process as a power cut does.
func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // it may have ended
	<-n.dead
}

// stop ends the process in order.
func (n *node) stop() {
	n.t.Helper()
	n.signal(syscall.SIGTERM)
	select {
	case <-n.dead:
	case <-time.After(15 * time.Second):
		n.kill()
		n.t.Errorf("node %s did not stop within 15 s", n.name)
	}
}

// died reports whether the process ends by itself within d.
func (n *node) died(d time.Duration) bool {
	select {
	case <-n.dead:
		return true
	case <-time.After(d):
		return false
	}
}

// cli runs another command of the program beside this node.
func (n *node) cli(args ...string) string {
	n.t.Helper()
	out, err := n.run(args...)
	if err != nil {
		n.t.Fatalf("sinpyo %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// run is cli for a command that may fail.
func (n *node) run(args ...string) (out string, err error) { return n.runWith(n.env, args...) }

// runWith is run in another environment.
func (n *node) runWith(env []string, args ...string) (out string, err error) {
	cmd := exec.CommandContext(n.t.Context(), n.program, args...)
	cmd.Env = env
	var words bytes.Buffer
	cmd.Stderr = &words
	text, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, words.String())
	}
	return string(text), err
}
