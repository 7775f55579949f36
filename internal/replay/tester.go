package replay

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// ErrBusy refuses a question while another one is being answered.
var ErrBusy = fault.New(fault.Conflict, "backtest_busy", "another policy is being replayed: wait until it is done and ask again")

// Question asks for a policy over some days.
type Question struct {
	Policy Policy
	Days   int
}

// same reports whether two questions have one answer.
func (q Question) same(o Question) bool {
	return q.Days == o.Days && q.Policy.figures == o.Policy.figures && maps.Equal(q.Policy.applications, o.Policy.applications)
}

// Answer is where a question stands.
type Answer struct {
	Asked  bool    // by anybody, since the program began
	Done   float64 // from 0 to 1, while it is being answered
	Result *Result // nil until then; its first outcome is the policy's, its second that of the one in force
	Failed bool    // it came to no end: it may be asked again
}

// answersKept are remembered.
const answersKept = 8

// Tester answers questions one at a time and keeps the newest answers in memory.
// It is safe for concurrent use.
type Tester struct {
	db     *db.DB
	limits *limit.Limits
	asked  chan struct{}

	mu      sync.Mutex
	waiting *asked // being answered
	answers []asked
}

type asked struct {
	Question
	Answer
}

// NewTester returns a tester that answers while [Tester.Run] runs.
func NewTester(d *db.DB, l *limit.Limits) *Tester {
	return &Tester{db: d, limits: l, asked: make(chan struct{}, 1)}
}

// InForce returns the policy that holds now.
func (t *Tester) InForce(ctx context.Context) (p Policy, err error) {
	err = t.db.View(ctx, func(tx *db.Tx) (err error) { p, err = InForce(tx, t.limits); return err })
	return p, err
}

// Ask has a question answered, which takes seconds. What was answered before is
// answered anew. Refusals: [ErrPolicy], and [ErrBusy] while another question is
// being answered.
func (t *Tester) Ask(q Question) error {
	if q.Days < 1 || q.Days > DaysMost {
		return ErrPolicy
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting != nil {
		if t.waiting.same(q) {
			return nil
		}
		return ErrBusy
	}
	t.waiting = &asked{q, Answer{Asked: true}}
	t.asked <- struct{}{} // it has room: nobody is waiting
	return nil
}

// Answer returns where a question stands.
func (t *Tester) Answer(q Question) Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting != nil && t.waiting.same(q) {
		return t.waiting.Answer
	}
	for i := len(t.answers) - 1; i >= 0; i-- {
		if t.answers[i].same(q) {
			return t.answers[i].Answer
		}
	}
	return Answer{}
}

// Run answers questions until ctx ends, and returns nil. What failed is handed to
// trouble.
func (t *Tester) Run(ctx context.Context, trouble func(error)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.asked:
		}
		if err := t.answer(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
	}
}

func (t *Tester) answer(ctx context.Context) error {
	t.mu.Lock()
	q := t.waiting.Question
	t.mu.Unlock()
	told := func(done float64) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.waiting.Done = done
	}
	inForce, err := t.InForce(ctx)
	var r Result
	if err == nil {
		r, err = Texts(ctx, t.db, q.Days, t.limits.Price(), told, q.Policy, inForce)
	}
	done := asked{q, Answer{Asked: true, Done: 1, Result: &r}}
	if err != nil {
		done.Answer = Answer{Asked: true, Failed: true}
		err = fmt.Errorf("trying a policy: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = nil
	if t.answers = append(t.answers, done); len(t.answers) > answersKept {
		t.answers = append([]asked(nil), t.answers[1:]...)
	}
	return err
}
