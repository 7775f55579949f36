//go:build crashpoints

package simulate

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

// lab is what the worlds of a process have in common, as it is before a seed
// begins.
type lab struct {
	memory      *db.Memory
	provider    *sandbox.Sandbox
	untouched   []byte // the provider's account
	ring        *seal.Ring
	application app.Application
	key, secret string
}

const (
	senderNumber = "0215770000"
	secondNumber = "0215770001"
	wonOfAccount = 1_000_000
	price        = limit.TextPrice
)

// began is when each world begins, as synctest has it.
var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{key: "NCSSIMULATION001", secret: "secret"}
	var err error
	if l.memory, err = db.NewMemory(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.memory.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := l.memory.Open(t.Context(), db.Options{Now: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	if l.application, err = app.New(d).PutBuiltin(t.Context(), "신표", "localhost"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.memory.Mark(); err != nil {
		t.Fatal(err)
	}
	if l.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	l.provider = sandbox.New(sandbox.WithKey(l.key, l.secret), sandbox.WithClock(time.Now), sandbox.WithBalance(wonOfAccount, 0),
		sandbox.WithSender(senderNumber, time.Time{}), sandbox.WithSender(secondNumber, time.Time{}))
	t.Cleanup(l.provider.Close)
	var saved bytes.Buffer
	if err := l.provider.Save(&saved); err != nil {
		t.Fatal(err)
	}
	l.untouched = saved.Bytes()
	return l
}

// world is one history.
type world struct {
	*lab
	t      *testing.T
	seed   uint64
	chance *mathrand.Rand
	trace  []byte
	broken []string // what must not be

	tasks   []*task
	current *task
	back    chan struct{} // the turn comes back
	latest  time.Time     // when it was last made sure that all is still
	quiet   bool          // nothing goes wrong any more

	// How often things go wrong: once in so many times.
	killAt, loseAt int

	nodes    []*node
	observer *db.DB
	clockOff time.Duration // how far our machines are ahead of the true time
	furthest time.Time     // what their clocks showed at most before they were set last
	budget   limit.Ceilings
	second   bool // there is a second sender number
	floor    int  // of the balance

	people
	wire
	look
	seen figures
}

// figures are what a world counts for the report.
type figures struct {
	Answered, Sent, Approved, Refused, Kills, Faults, Two int

	Lost, Doubled, ApprovedWrong, ApprovedTwice, Overshoot, Redeemed int

	Met map[string]int // each kind of trouble, by its name
}

func (f *figures) add(other figures) {
	f.Answered += other.Answered
	f.Sent += other.Sent
	f.Approved += other.Approved
	f.Refused += other.Refused
	f.Kills += other.Kills
	f.Faults += other.Faults
	f.Two += other.Two
	f.Lost += other.Lost
	f.Doubled += other.Doubled
	f.ApprovedWrong += other.ApprovedWrong
	f.ApprovedTwice += other.ApprovedTwice
	f.Overshoot += other.Overshoot
	f.Redeemed += other.Redeemed
	if f.Met == nil {
		f.Met = make(map[string]int)
	}
	for what, n := range other.Met {
		f.Met[what] += n
	}
}

// kill notes that a program is killed.
func (w *world) kill(n *node, where string) {
	w.note("%s is killed: %s", n, where)
	w.seen.Kills++
	w.seen.Met["killed at "+where]++
	n.dead = true
}

// fault notes that something else goes wrong.
func (w *world) fault(what string) {
	w.seen.Faults++
	w.seen.Met[what]++
}

// node is one run of the program.
type node struct {
	w       *world
	name    string
	db      *db.DB
	outbox  *outbox.Outbox
	limits  *limit.Limits
	verify  *verify.Verifier
	takeUp  outbox.Work
	works   []outbox.Work
	running map[string]int
	up      bool // it has taken up what was left
	dead    bool
	gone    bool // and buried
	paused  bool
}

func (n *node) String() string { return "node " + n.name }

func newWorld(t *testing.T, l *lab, seed uint64) *world {
	t.Helper()
	w := &world{
		lab: l, t: t, seed: seed, chance: mathrand.New(mathrand.NewPCG(seed, 0)), back: make(chan struct{}),
		budget: limit.Ceilings{ApplicationPerMinute: 1000, InstallationPerMinute: 1000, WonPerDay: 1_000_000, Price: price},
	}
	w.texts = make(map[string]*text)
	w.seen.Met = make(map[string]int)
	w.messages, w.verifications = map[string]outbox.Status{}, map[string]verify.Status{}
	l.provider.Reset()
	if err := l.provider.Load(bytes.NewReader(l.untouched)); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.observer, err = l.memory.Open(t.Context(), db.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	w.draw()
	return w
}

// draw draws what kind of history it is.
func (w *world) draw() {
	w.killAt = []int{0, 40, 15}[w.chance.IntN(3)]
	w.loseAt = []int{0, 12, 4}[w.chance.IntN(3)]
	w.second = w.oneIn(3)
	if w.oneIn(4) {
		w.floor = 100
	}
	if w.oneIn(6) {
		w.budget.WonPerDay = price * (2 + w.chance.IntN(6))
	}
	if w.oneIn(6) {
		w.budget.ApplicationPerMinute = 1 + w.chance.IntN(3)
	}
	w.numbers = 1 + w.chance.IntN(6)
	names := []string{""}
	if w.oneIn(2) {
		names = []string{"a", "b"}
		w.seen.Two++
	}
	w.fates()
	w.note("seed %d: nodes %q, numbers %d, killed 1/%d, calls lost 1/%d, won %d, a minute %d",
		w.seed, names, w.numbers, w.killAt, w.loseAt, w.budget.WonPerDay, w.budget.ApplicationPerMinute)
	for _, name := range names {
		n := &node{w: w, name: name, gone: true, dead: true}
		w.nodes = append(w.nodes, n)
		w.start(n)
	}
}

// elapsed is the true time since the world began.
func (w *world) elapsed() time.Duration { return time.Since(began) }

// wall is what our machines' clocks show.
func (w *world) wall() time.Time { return time.Now().Add(w.clockOff) }

// shown is the latest time that our machines' clocks have ever shown.
func (w *world) shown() time.Time {
	if now := w.wall(); now.After(w.furthest) {
		return now
	}
	return w.furthest
}

// start starts a program, on whatever the one before it has left.
func (w *world) start(n *node) {
	w.note("%s starts", n)
	*n = node{w: w, name: n.name, running: map[string]int{}}
	var err error
	if n.db, err = w.memory.Open(context.Background(), db.Options{Now: w.wall}); err != nil {
		w.t.Fatal(err)
	}
	ceilings := w.budget
	n.limits = limit.New(limit.Options{DB: n.db, Ceilings: &ceilings})
	o := outbox.Options{
		DB: n.db, Ring: w.ring, Key: w.key, Sender: senderNumber, Logger: slog.New(slog.DiscardHandler), Node: n.name,
		Client: coolsms.New(w.key, w.secret, coolsms.WithHTTPClient(&http.Client{Transport: n}), coolsms.WithClock(w.wall), coolsms.WithRetry(0)),
		Price:  price, BalanceFloor: w.floor,
		Charged: func(tx *db.Tx, at db.Time, won int) { n.limits.Release(tx, at, -won) },
	}
	if w.second {
		o.SecondSender = secondNumber
	}
	n.outbox = outbox.New(o)
	n.takeUp, n.works = n.outbox.Works()
	n.verify = verify.New(verify.Options{DB: n.db, Ring: w.ring, Outbox: n.outbox, Limits: n.limits, Rand: rand.Reader})
}

// close ends the database of a program that was killed.
func (w *world) close(n *node) {
	if n.gone {
		return
	}
	n.gone = true
	if err := n.db.Close(); err != nil {
		w.wrong("closing the database: %v", err)
	}
}

// work has a program do a piece of work, and reports whether it did.
func (w *world) work(n *node, job outbox.Work) (worked bool) {
	if n.running[job.Name] >= job.Loops {
		return false
	}
	w.spawn(n, job.Name, func() {
		var err error
		worked, err = job.Do(context.Background())
		if worked || err != nil {
			w.note("%s: %s: %v %s", n, job.Name, worked, brief(err))
		}
	})
	return worked
}

// brief is an error without what differs from run to run.
func brief(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if len(text) > 60 {
		text = text[:60]
	}
	return fmt.Sprintf("(%s)", text)
}

// end lets the world go.
func (w *world) end() {
	for _, n := range w.nodes {
		n.dead = true
		w.bury(n)
	}
	if err := w.observer.Close(); err != nil {
		w.t.Error(err)
	}
	if err := w.memory.Reset(); err != nil {
		w.t.Fatal(err)
	}
}
