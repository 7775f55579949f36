package db

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// The life of an act. Only one of writer and caller can take it from waiting.
const (
	actWaiting int32 = iota
	actBegun
	actWithdrawn
)

// act is one closure on its way through the writer.
type act struct {
	tx    Tx
	fn    func(tx *Tx) error
	state atomic.Int32
	group int           // how many acts shared its group; the caller's as err is
	soon  bool          // it waits a little for others to share its commit
	err   error         // how it ended; the caller's once done is closed
	done  chan struct{} // closed by the writer
}

func newAct(fn func(tx *Tx) error) *act {
	return &act{fn: fn, done: make(chan struct{})}
}

// begin takes the act for the writer; false when its caller has left.
func (a *act) begin() bool { return a.state.CompareAndSwap(actWaiting, actBegun) }

// withdraw takes the act back; false when the writer has begun it.
func (a *act) withdraw() bool { return a.state.CompareAndSwap(actWaiting, actWithdrawn) }

// begun reports whether the writer has taken the act.
func (a *act) begun() bool { return a.state.Load() == actBegun }

// answer lets the caller go.
func (a *act) answer(err error) {
	a.err = err
	close(a.done)
}

// errLeft is the end of an act whose closure ended its goroutine, as t.Fatal does.
var errLeft = errors.New("the closure of an Update ended its goroutine instead of returning")

// run calls the closure on s and returns how it ended. A panic becomes an
// error with its stack, for this act's caller alone.
func (a *act) run(s session, now Time) (err error) {
	a.tx = Tx{Now: now, s: s, open: a.tx.open[:0], topics: a.tx.topics[:0], rows: a.tx.rows[:0]}
	returned := false
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in the closure of an Update: %s\n%s", panicked(v), debug.Stack())
		} else if !returned {
			err = errLeft
		}
		err = a.tx.finish(err)
		a.tx.s = nil
	}()
	err = a.fn(&a.tx)
	returned = true
	return err
}

// panicked says what a panic was. Other values, errors above all, may quote
// what a person sent (S-90).
func panicked(v any) string {
	switch v := v.(type) {
	case runtime.Error:
		return v.Error()
	case string:
		return v
	}
	return fmt.Sprintf("%T", v)
}
