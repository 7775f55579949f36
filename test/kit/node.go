package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long anything may take that should take no time.
const Patience = 30 * time.Second

// Node is one process of an installation, and what it is started with again.
type Node struct {
	T       *testing.T
	Name    string
	Program string
	Env     []string
	Listen  string // host:port of pages and API
	Metrics string // host:port

	Log *Journal

	Under []string // a command that serve is run by, and its arguments; usually none

	cmd  *exec.Cmd
	dead chan struct{} // closed when the process has ended
}

// Journal is what a process wrote.
type Journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// String is all that was written.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// Up starts the process and waits until it is ready. A port that another
// program took meanwhile is replaced, once.
func (n *Node) Up(more ...string) {
	n.T.Helper()
	if n.StartUp(more...) {
		return
	}
	if strings.Contains(n.Log.String(), "another program listens there already") {
		n.Listen, n.Metrics = Port(n.T), Port(n.T)
		if n.StartUp(more...) {
			return
		}
	}
	n.T.Fatalf("node %s did not start:\n%s", n.Name, n.Log)
}

// StartUp is [Node.Up] for a node that may not get ready.
func (n *Node) StartUp(more ...string) (ready bool) {
	n.T.Helper()
	before := len(n.Log.String())
	n.Launch(more...)
	for began := time.Now(); time.Since(began) < Patience; {
		select {
		case <-n.dead:
			return false
		case <-time.After(5 * time.Millisecond):
		}
		// Its own word comes first: the port may be another program's.
		if strings.Contains(n.Log.String()[before:], "\nready ") && n.Ready() {
			return true
		}
	}
	return false
}

// Launch starts the process and does not wait.
func (n *Node) Launch(more ...string) {
	n.T.Helper()
	line := append(slices.Clone(n.Under), n.Program, "serve")
	cmd := exec.CommandContext(context.Background(), line[0], line[1:]...)
	cmd.Env = append(append(n.Env[:len(n.Env):len(n.Env)],
		"SINPYO_LISTEN="+n.Listen, "SINPYO_METRICS_LISTEN="+n.Metrics, "SINPYO_CONSOLE_LISTEN="), more...)
	cmd.Stdout, cmd.Stderr = n.Log, n.Log
	if err := cmd.Start(); err != nil {
		n.T.Fatalf("starting node %s: %v", n.Name, err)
	}
	dead := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed is how many of them end
		close(dead)
	}()
	n.cmd, n.dead = cmd, dead
}

// Ready reports whether the node says that it is.
func (n *Node) Ready() bool {
	r, err := http.NewRequestWithContext(n.T.Context(), http.MethodGet, "http://"+n.Listen+"/readyz", nil)
	if err != nil {
		n.T.Fatal(err)
	}
	answer, err := Client.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // empty
	return answer.StatusCode == http.StatusOK
}

// PID is the number of the process.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Signal sends the process a signal.
func (n *Node) Signal(s os.Signal) {
	n.T.Helper()
	if err := n.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.T.Fatalf("signalling node %s: %v", n.Name, err)
	}
}

// Kill ends the process as a power cut does.
func (n *Node) Kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // it may have ended
	<-n.dead
}

// Stop ends the process in order.
func (n *Node) Stop() {
	n.T.Helper()
	n.Signal(syscall.SIGTERM)
	select {
	case <-n.dead:
	case <-time.After(15 * time.Second):
		n.Kill()
		n.T.Errorf("node %s did not stop within 15 s", n.Name)
	}
}

// Died reports whether the process ends by itself within d.
func (n *Node) Died(d time.Duration) bool {
	select {
	case <-n.dead:
		return true
	case <-time.After(d):
		return false
	}
}

// CLI runs another command of the program beside this node.
func (n *Node) CLI(args ...string) string {
	n.T.Helper()
	out, err := n.run(args...)
	if err != nil {
		n.T.Fatalf("sinpyo %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// Run is CLI for a command that may fail.
func (n *Node) run(args ...string) (out string, err error) { return n.RunWith(n.Env, args...) }

// RunWith is run in another environment.
func (n *Node) RunWith(env []string, args ...string) (out string, err error) {
	cmd := exec.CommandContext(n.T.Context(), n.Program, args...)
	cmd.Env = env
	var words bytes.Buffer
	cmd.Stderr = &words
	text, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, words.String())
	}
	return string(text), err
}
