package faults

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// walks are people who start a verification, read their text, submit its code and
// use the receipt up. What they were told is compared with what is there later.
type walks struct {
	*tally

	mu     sync.Mutex
	people []*person
}

// person is one of them. What was tried and not told may have happened.
type person struct {
	asked
	code     string
	receipt  string
	tried    bool // the code was submitted
	approved bool // and that was answered
	using    bool // the receipt was handed in
	redeemed bool // and that was answered
}

// load keeps a number of people walking until the returned function is called.
func (w *walks) load(people int) (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	var all sync.WaitGroup
	for range people {
		all.Go(func() {
			for ctx.Err() == nil {
				p := w.walk(ctx)
				w.mu.Lock()
				w.people = append(w.people, p)
				w.mu.Unlock()
				pause(ctx)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// stroll is load with people who wait between two starts, which leaves numbers for
// many faults.
func (y *tally) stroll(people int, every time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(y.Context())
	var all sync.WaitGroup
	for range people {
		all.Go(func() {
			for ctx.Err() == nil {
				y.start(y.A())
				select {
				case <-ctx.Done():
				case <-time.After(every):
				}
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// pause is how long people wait before they look or try again.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Millisecond):
	}
}

// walk goes as far as it comes.
func (w *walks) walk(ctx context.Context) *person {
	p := &person{asked: asked{number: w.Number()}}
	a := w.TryStart(w.A(), p.number)
	if a.Status != http.StatusCreated {
		w.trouble("a start", a)
		return p
	}
	p.id = a.Field("id")
	w.tally.mu.Lock()
	w.waits = append(w.waits, a.Took)
	w.tally.mu.Unlock()
	for p.code == "" {
		if ctx.Err() != nil {
			return p
		}
		if texts := w.Provider.Handset(p.number); len(texts) > 0 {
			p.code = kit.CodeOf(texts[0].Text)
		} else {
			pause(ctx)
		}
	}
	p.tried = true
	c, a := w.TryCheck(w.A(), p.id, p.code)
	if !c.Approved {
		w.trouble("a right code", a)
		return p
	}
	p.approved, p.receipt, p.using = true, c.Receipt, true
	a = w.redeem(p)
	p.redeemed = a.Status == http.StatusOK
	if !p.redeemed {
		w.trouble("a receipt", a)
	}
	return p
}

func (w *walks) redeem(p *person) kit.Answer {
	return w.Call(w.A(), http.MethodPost, "/v1/receipts/redeem", kit.Fields{"receipt": p.receipt, "purpose": "signup"})
}

// trouble is an answer other than what was wanted: no answer and 5xx are what
// faults bring.
func (w *walks) trouble(what string, a kit.Answer) {
	if a.Status != 0 && a.Status < 500 {
		w.Errorf("%s was answered %v", what, a)
	}
}

// judge compares what people were told with what is there, counts it, and forgets
// them.
func (w *walks) judge() {
	w.Helper()
	w.mu.Lock()
	people := w.people
	w.people = nil
	w.mu.Unlock()
	var all sync.WaitGroup
	few := make(chan struct{}, 8)
	for _, p := range people {
		if !p.tried {
			w.starts = append(w.starts, &p.asked) // the tally's own way
			continue
		}
		w.Accepted++
		w.Sent++
		w.Duplicated += len(w.Provider.Handset(p.number)) - 1
		few <- struct{}{}
		all.Go(func() {
			w.compare(p)
			<-few
		})
	}
	all.Wait()
}

// compare looks at one verification after the fault.
func (w *walks) compare(p *person) {
	var v kit.Verification
	read := w.Call(w.A(), http.MethodGet, "/v1/verifications/"+p.id, nil)
	_ = read.Into(&v) // then it has no status
	again := kit.Answer{}
	c, check := w.TryCheck(w.A(), p.id, p.code)
	if p.receipt != "" {
		if again = w.redeem(p); again.Status == http.StatusOK && !p.redeemed {
			again = w.redeem(p) // the first one may never have come
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case v.Status == "", p.redeemed && v.Status != "redeemed", p.approved && v.Status != "approved" && v.Status != "redeemed":
		w.Lost++
		w.Errorf("approved %v, redeemed %v, and now it is %q (%v)", p.approved, p.redeemed, v.Status, read)
	case v.Status == "pending" && !c.Approved: // its check never came, or failed unanswered
		w.Lost++
		w.Errorf("a code that was not used is refused: %v", check)
	case v.Status == "pending":
		w.Approved++
	default:
		w.Approved++
		if c.Approved {
			w.ApprovedTwice++
		}
		if again.Status == http.StatusOK {
			w.TokenReuse++
		}
	}
}
