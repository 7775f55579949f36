package rows

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
	"github.com/sinpyo/sinpyo/test/kit"
)

const (
	providerKey    = "NCSROWS000000001"
	providerSecret = "rows-provider-secret"
)

// world is an installation with everything around it.
type world struct {
	*testing.T
	provider *sandbox.Sandbox
	gateway  *httptest.Server // the provider, as the nodes reach it
	nodes    []*node
	database string // as a node is told it
	key      string // of the built-in application

	numbers *atomic.Int64 // counted up
}

// setup changes what newWorld makes.
type setup struct {
	settings []string // "SINPYO_NAME=value"
	sandbox  []sandbox.Option
	program  func() (string, error) // plain when nil
}

// onPostgres reports whether this pass of the tests runs on PostgreSQL.
func onPostgres() bool { return os.Getenv(dbtest.EnvPostgres) != "" }

// newWorld starts an installation that lasts as long as the test: one node on
// SQLite, two on PostgreSQL. Its ceilings are out of the way unless settings
// say otherwise.
func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{T: t, numbers: new(atomic.Int64)}
	w.provider = sandbox.New(append([]sandbox.Option{
		sandbox.WithKey(providerKey, providerSecret), sandbox.WithBalance(1e9, 0),
		sandbox.WithCarrierDelay(5 * time.Millisecond), sandbox.WithReportDelay(20 * time.Millisecond),
	}, s.sandbox...)...)
	t.Cleanup(w.provider.Close)
	w.gateway = httptest.NewServer(w.provider)
	t.Cleanup(w.gateway.Close)

	names := []string{"A"}
	if onPostgres() {
		names = []string{"A", "B"}
	}
	home := t.TempDir()
	program := s.program
	if program == nil {
		program = plain
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		w.nodes = append(w.nodes,
			&node{t: t, name: name, program: path, listen: kit.Port(t), metrics: kit.Port(t), log: &journal{}})
	}
	for _, n := range w.nodes {
		n.env = append(append(os.Environ(), w.settings(home, n.name)...), s.settings...)
	}
	w.useDatabase(home)
	for i, n := range w.nodes {
		t.Cleanup(n.kill)
		n.up()
		if i == 0 {
			_, w.key = w.newKey("rows")
		}
	}
	t.Cleanup(w.readLogs) // while nobody has been killed for the end of the test
	return w
}

// settings are those of every installation here. All nodes share the master
// key and are known by the address of the first; each has a data folder of its
// own.
func (w *world) settings(home, name string) []string {
	return []string{
		"SINPYO_CONSOLE_LISTEN=", "SINPYO_PUBLIC_URL=http://" + w.a().listen, "SINPYO_SERVICE_HOST=localhost",
		"SINPYO_DATA_DIR=" + filepath.Join(home, name), "SINPYO_MASTER_KEY_FILE=" + filepath.Join(home, "master.key"),
		"SINPYO_COOLSMS_BASE_URL=" + w.gateway.URL, "SINPYO_COOLSMS_SENDER=0215770000",
		"SINPYO_COOLSMS_API_KEY=" + providerKey, "SINPYO_COOLSMS_API_SECRET=" + providerSecret,
		"SINPYO_LIMITS_APPLICATION_PER_MINUTE=1000000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=1000000",
		"SINPYO_LIMITS_WON_PER_DAY=1000000000",
		"SINPYO_TRUSTED_PROXIES=127.0.0.0/8", // the tests say where a visitor comes from
	}
}

// useDatabase names the database to the nodes.
func (w *world) useDatabase(home string) {
	w.Helper()
	if !onPostgres() {
		w.database = filepath.Join(home, "A", "sinpyo.db")
		return
	}
	w.database = dbtest.URL(w)
	for _, n := range w.nodes {
		n.env = append(n.env, "SINPYO_DATABASE_URL="+w.database)
	}
}

// in returns the same world for a subtest, whose failures are its own.
func (w *world) in(t *testing.T) *world {
	inner := *w
	inner.T = t
	return &inner
}

// a is the first node.
func (w *world) a() *node { return w.nodes[0] }

// b is the node that is not a, where there are two; else it is the same.
func (w *world) b() *node { return w.nodes[len(w.nodes)-1] }

// any spreads the i-th of many calls over the nodes.
func (w *world) any(i int) *node { return w.nodes[i%len(w.nodes)] }

// restart ends every node in order and starts it again.
func (w *world) restart() {
	w.Helper()
	for _, n := range w.nodes {
		n.stop()
	}
	for _, n := range w.nodes {
		n.up()
	}
}

// newKey makes an application key with the command of the program.
func (w *world) newKey(name string, flags ...string) (id, key string) {
	w.Helper()
	var made struct{ ID, Key string }
	out := w.a().cli(append([]string{"keys", "create", "--name", name, "--json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Key == "" {
		w.Fatalf("keys create printed no key: %v", err)
	}
	return made.ID, made.Key
}

// number returns a number that nobody has used in this world.
func (w *world) number() string { return fmt.Sprintf("0100000%04d", w.numbers.Add(1)) }

// texts returns what the phone of a number has received, the newest first.
func (w *world) texts(number string) []sandbox.HandsetMessage {
	w.Helper()
	var texts []sandbox.HandsetMessage
	a := w.gatewayCall(http.MethodGet, "/sandbox/handset/messages?to="+url.QueryEscape(number), nil)
	if err := json.Unmarshal(a.body, &texts); err != nil {
		w.Fatalf("reading a phone: %v", err)
	}
	return texts
}

// wanted are the digits of a code in its text, whatever their number.
var lastLine = regexp.MustCompile(`@localhost #(\d{6,10})$`)

func codeOf(text string) string {
	if found := lastLine.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// code waits for the text that follows the first n texts to a number, and
// returns the code in it.
func (w *world) codeAfter(number string, n int) string {
	w.Helper()
	var texts []sandbox.HandsetMessage
	w.wait("a text", func() bool {
		texts = w.texts(number)
		return len(texts) > n
	})
	code := codeOf(texts[0].Text)
	if code == "" {
		w.Fatal("a text does not end with its host and code")
	}
	return code
}

// code waits for the first text to a number and returns the code in it.
func (w *world) code(number string) string {
	w.Helper()
	return w.codeAfter(number, 0)
}

// other returns the i-th code that is not the given one, for i from 0 to 998.
func other(code string, i int) string {
	head, tail := code[:len(code)-3], 0
	_, _ = fmt.Sscanf(code[len(code)-3:], "%d", &tail) // three digits
	return fmt.Sprintf("%s%03d", head, (tail+1+i)%1000)
}

// wait polls until something is so.
func (w *world) wait(what string, so func() bool) {
	w.Helper()
	w.waitFor(patience, what, so)
}

func (w *world) waitFor(d time.Duration, what string, so func() bool) {
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

// settled waits until nothing is left to be sent: the text of a start that
// came after all others has arrived, from each node.
func (w *world) settled() {
	w.Helper()
	for _, n := range w.nodes {
		number := w.number()
		w.start(n, number)
		w.code(number)
	}
}

// together runs fn n times at once.
func together(n int, fn func(i int)) {
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

// numberInLog finds the numbers of this package, however they are spelled.
var numberInLog = regexp.MustCompile(`10-?0000-?\d{4}\b`)

// readLogs sees to it that no node panicked and none wrote a number down.
func (w *world) readLogs() {
	for _, n := range w.nodes {
		log := n.log.String()
		if strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") {
			w.Errorf("node %s panicked:\n%s", n.name, log)
		}
		if numberInLog.MatchString(log) {
			w.Errorf("the log of node %s holds a number", n.name)
		}
		if w.Failed() {
			w.Logf("node %s wrote:\n%s", n.name, telling(log))
		}
	}
}

// trouble finds the lines of a log that help to understand a failure.
var trouble = regexp.MustCompile(`(?m)^.*("level":"(WARN|ERROR)"|"status":5\d\d).*$`)

func telling(log string) string {
	lines := trouble.FindAllString(log, -1)
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
