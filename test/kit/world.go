package kit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// The key pair of the emulated provider.
const (
	ProviderKey    = "NCSROWS000000001"
	ProviderSecret = "rows-provider-secret"
)

// World is an installation with everything around it.
type World struct {
	*testing.T
	Provider *sandbox.Sandbox
	Gateway  *httptest.Server // the provider, as the nodes reach it
	Nodes    []*Node
	Database string // as a node is told it
	Key      string // of the built-in application

	MasterKey string   // its file
	Refusals  *Journal // the answers of 400 and above

	Numbers *atomic.Int64 // how many [World.Number] has given
}

// Setup changes what [NewWorld] makes.
type Setup struct {
	Settings []string // "SINPYO_NAME=value", of all nodes
	Sandbox  []sandbox.Option
	Program  func() (string, error) // [Plain] when nil
	Nodes    int                    // 0 is one on SQLite and two on PostgreSQL

	// Gate stands before the provider, where one is given.
	Gate func(provider http.Handler) http.Handler

	// NodeSettings are those of one node, told when the database is known.
	NodeSettings func(w *World, n *Node) []string
}

// OnPostgres reports whether this pass of the tests runs on PostgreSQL.
func OnPostgres() bool { return os.Getenv(dbtest.EnvPostgres) != "" }

// NewWorld starts an installation that lasts as long as the test: one node on
// SQLite, two on PostgreSQL. Its ceilings are out of the way unless settings
// say otherwise.
func NewWorld(t *testing.T, s Setup) *World {
	t.Helper()
	w := &World{T: t, Refusals: &Journal{}, Numbers: new(atomic.Int64)}
	w.Provider = sandbox.New(append([]sandbox.Option{
		sandbox.WithKey(ProviderKey, ProviderSecret), sandbox.WithBalance(1e9, 0),
		sandbox.WithCarrierDelay(5 * time.Millisecond), sandbox.WithReportDelay(20 * time.Millisecond),
	}, s.Sandbox...)...)
	t.Cleanup(w.Provider.Close)
	var provider http.Handler = w.Provider
	if s.Gate != nil {
		provider = s.Gate(provider)
	}
	w.Gateway = httptest.NewServer(provider)
	t.Cleanup(w.Gateway.Close)

	nodes := s.Nodes
	switch {
	case nodes == 0 && OnPostgres():
		nodes = 2
	case nodes == 0:
		nodes = 1
	}
	home := t.TempDir()
	w.MasterKey = filepath.Join(home, "master.key")
	program := s.Program
	if program == nil {
		program = Plain
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for i := range nodes {
		w.Nodes = append(w.Nodes,
			&Node{T: t, Name: string(rune('A' + i)), Program: path, Listen: Port(t), Metrics: Port(t), Log: &Journal{}})
	}
	for _, n := range w.Nodes {
		n.Env = append(append(os.Environ(), w.settings(home, n.Name)...), s.Settings...)
	}
	w.useDatabase(home)
	for i, n := range w.Nodes {
		if s.NodeSettings != nil {
			n.Env = append(n.Env, s.NodeSettings(w, n)...)
		}
		t.Cleanup(n.Kill)
		n.Up()
		if i == 0 {
			_, w.Key = w.NewKey("rows")
		}
	}
	t.Cleanup(w.readLogs) // while nobody has been killed for the end of the test
	return w
}

// settings are those of every installation here. All nodes share the master
// key and are known by the address of the first; each has a data folder of its
// own.
func (w *World) settings(home, name string) []string {
	return []string{
		"SINPYO_CONSOLE_LISTEN=", "SINPYO_PUBLIC_URL=http://" + w.A().Listen, "SINPYO_SERVICE_HOST=localhost",
		"SINPYO_DATA_DIR=" + filepath.Join(home, name), "SINPYO_MASTER_KEY_FILE=" + w.MasterKey,
		"SINPYO_COOLSMS_BASE_URL=" + w.Gateway.URL, "SINPYO_COOLSMS_SENDER=0215770000",
		"SINPYO_COOLSMS_API_KEY=" + ProviderKey, "SINPYO_COOLSMS_API_SECRET=" + ProviderSecret,
		"SINPYO_LIMITS_APPLICATION_PER_MINUTE=1000000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=1000000",
		"SINPYO_LIMITS_WON_PER_DAY=1000000000",
		"SINPYO_LIMITS_SHADOW=number_range",  // numbers here are one after another
		"SINPYO_TRUSTED_PROXIES=127.0.0.0/8", // the tests say where a visitor comes from
	}
}

// useDatabase names the database to the nodes.
func (w *World) useDatabase(home string) {
	w.Helper()
	if !OnPostgres() {
		w.Database = filepath.Join(home, "A", "sinpyo.db")
		return
	}
	w.Database = dbtest.URL(w)
	for _, n := range w.Nodes {
		n.Env = append(n.Env, "SINPYO_DATABASE_URL="+w.Database)
	}
}

// In returns the same world for a subtest, whose failures are its own.
func (w *World) In(t *testing.T) *World {
	inner := *w
	inner.T = t
	return &inner
}

// A is the first node.
func (w *World) A() *Node { return w.Nodes[0] }

// B is the node that is not a, where there are two; else it is the same.
func (w *World) B() *Node { return w.Nodes[len(w.Nodes)-1] }

// Any spreads the i-th of many calls over the nodes.
func (w *World) Any(i int) *Node { return w.Nodes[i%len(w.Nodes)] }

// Restart ends every node in order and starts it again.
func (w *World) Restart() {
	w.Helper()
	for _, n := range w.Nodes {
		n.Stop()
	}
	for _, n := range w.Nodes {
		n.Up()
	}
}

// NewKey makes an application key with the command of the program.
func (w *World) NewKey(name string, flags ...string) (id, key string) {
	w.Helper()
	var made struct{ ID, Key string }
	out := w.A().CLI(append([]string{"keys", "create", "--name", name, "--json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Key == "" {
		w.Fatalf("keys create printed no key: %v", err)
	}
	return made.ID, made.Key
}

// Number returns a number that nobody has used in this world.
func (w *World) Number() string { return fmt.Sprintf("010%08d", w.Numbers.Add(1)) }

// Texts returns what the phone of a number has received, the newest first.
func (w *World) Texts(number string) []sandbox.HandsetMessage {
	w.Helper()
	var texts []sandbox.HandsetMessage
	a := w.GatewayCall(http.MethodGet, "/sandbox/handset/messages?to="+url.QueryEscape(number), nil)
	if err := json.Unmarshal(a.Body, &texts); err != nil {
		w.Fatalf("reading a phone: %v", err)
	}
	return texts
}

// wanted are the digits of a code in its text, whatever their number.
var lastLine = regexp.MustCompile(`@localhost #(\d{6,10})$`)

func CodeOf(text string) string {
	if found := lastLine.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// code waits for the text that follows the first n texts to a number, and
// returns the code in it.
func (w *World) CodeAfter(number string, n int) string {
	w.Helper()
	var texts []sandbox.HandsetMessage
	w.Wait("a text", func() bool {
		texts = w.Texts(number)
		return len(texts) > n
	})
	code := CodeOf(texts[0].Text)
	if code == "" {
		w.Fatal("a text does not end with its host and code")
	}
	return code
}

// Code waits for the first text to a number and returns the code in it.
func (w *World) Code(number string) string {
	w.Helper()
	return w.CodeAfter(number, 0)
}

// Other returns the i-th Code that is not the given one, for i from 0 to 998.
func Other(code string, i int) string {
	head, tail := code[:len(code)-3], 0
	_, _ = fmt.Sscanf(code[len(code)-3:], "%d", &tail) // three digits
	return fmt.Sprintf("%s%03d", head, (tail+1+i)%1000)
}

// Wait polls until something is so.
func (w *World) Wait(what string, so func() bool) {
	w.Helper()
	w.WaitFor(Patience, what, so)
}

func (w *World) WaitFor(d time.Duration, what string, so func() bool) {
	w.Helper()
	for began := time.Now(); !so(); {
		if time.Since(began) > d {
			w.Fatalf("waited %v for %s", d, what)
		}
		select {
		case <-w.Context().Done():
			w.Fatalf("the test ended while it waited for %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Settled waits until nothing is left to be sent: the text of a start that
// came after all others has arrived, from each node.
func (w *World) Settled() {
	w.Helper()
	for _, n := range w.Nodes {
		number := w.Number()
		w.Start(n, number)
		w.Code(number)
	}
}

// Together runs fn n times at once.
func Together(n int, fn func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			fn(i)
		})
	}
	close(begin)
	all.Wait()
}

// readLogs sees to it that no node panicked and none wrote a number down.
func (w *World) readLogs() {
	for _, n := range w.Nodes {
		log := n.Log.String()
		if strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") {
			w.Errorf("node %s panicked:\n%s", n.Name, log)
		}
		if leaks := w.LeaksOf(n); len(leaks) > 0 {
			w.Errorf("%d leaks, of which %v", len(leaks), leaks[:min(len(leaks), 5)])
		}
		if w.Failed() {
			w.Logf("node %s wrote:\n%s", n.Name, Telling(log))
		}
	}
}

// trouble finds the lines of a log that help to understand a failure.
var trouble = regexp.MustCompile(`(?m)^.*("level":"(WARN|ERROR)"|"status":5\d\d).*$`)

// Telling returns the last lines of a log that help to understand a failure.
func Telling(log string) string {
	lines := trouble.FindAllString(log, -1)
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
