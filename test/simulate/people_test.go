//go:build crashpoints

package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// people are those who ask for texts, and what they know.
type people struct {
	numbers int
	all     []*verification // in the order they were asked for
	vers    []*verification // those that were answered
	asked   int
	sends   map[int][]time.Time // of answered starts and resends, per number
	guesses map[int]int         // wrong codes that were tried, per number
}

// verification is one as the person knows it who started it, and the model of it.
type verification struct {
	nth, number, binding int
	purpose              verify.Purpose
	id                   string
	length               int
	messages             []string
	created, expires     time.Time

	ending     bool   // something that may end it was begun
	ended      string // how, once that was answered
	resending  bool   // a resend was begun whose answer is not known
	pending    int    // wrong codes that were answered, with more attempts left
	guessed    int    // wrong codes that were tried
	right      int    // right ones that were tried
	approved   int
	redeemed   int
	redemption int // tries
}

func national(i int) string { return fmt.Sprintf("010%08d", 1000+i) }

func binding(i int) verify.Binding { return verify.Browser(fmt.Sprint("browser", i)) }

func (v *verification) String() string { return fmt.Sprint("verification ", v.nth) }

func (v *verification) ref(of int) verify.Ref {
	return verify.Ref{ID: v.id, ApplicationID: "app_builtin", Binding: binding(of)}
}

// act lets a person do something at a program.
func (w *world) act(n *node) {
	if len(w.vers) == 0 || w.oneIn(4) {
		w.ask(n)
		return
	}
	v := w.vers[len(w.vers)-1-w.chance.IntN(min(len(w.vers), 3))]
	switch w.chance.IntN(12) {
	case 0, 1:
		w.resend(n, v)
	case 2:
		w.cancel(n, v)
	case 3:
		w.redeem(n, v)
	case 4, 5, 6:
		w.check(n, v, true, v.binding)
	case 7:
		w.check(n, v, true, 1-v.binding)
	case 8:
		for range 2 + w.chance.IntN(6) { // many at once
			w.check(n, v, false, v.binding)
		}
	default:
		w.check(n, v, false, v.binding)
	}
}

// ask starts a verification.
func (w *world) ask(n *node) {
	w.asked++
	v := &verification{
		nth: w.asked, number: w.chance.IntN(w.numbers), binding: w.chance.IntN(2),
		purpose: []verify.Purpose{verify.Login, verify.Login, verify.Signup, verify.Recovery}[w.chance.IntN(4)],
	}
	to, err := phone.Parse(national(v.number))
	if err != nil {
		w.t.Fatal(err)
	}
	w.note("%s: start of %s to number %d", n, v, v.number)
	w.spawn(n, "start", func() {
		var older []*verification
		for _, o := range w.all {
			if o.number == v.number && o.binding == v.binding && o.purpose == v.purpose {
				o.ending = true // which of two begun at the same time supersedes the other nobody knows
				v.ending = v.ending || o.id == ""
				if o.id != "" {
					older = append(older, o)
				}
			}
		}
		w.all = append(w.all, v)
		got, err := n.verify.Start(context.Background(), verify.Start{
			Application: w.application, To: to, Purpose: v.purpose, Locale: "ko", Binding: binding(v.binding), Solved: true,
		})
		if w.refused("start", v, err) {
			return
		}
		for _, o := range older {
			if o.ended == "" {
				o.ended = "superseded"
			}
		}
		v.id, v.length, v.created, v.expires = got.ID, got.CodeLength, got.CreatedAt, got.ExpiresAt
		w.texted(v, got, got.CreatedAt)
		w.vers = append(w.vers, v)
	})
}

// texted notes a text that was promised.
func (w *world) texted(v *verification, got verify.Verification, at time.Time) {
	w.seen.Answered++
	v.messages = append(v.messages, got.Message.ID)
	if w.sends == nil {
		w.sends, w.guesses = map[int][]time.Time{}, map[int]int{}
	}
	w.sends[v.number] = append(w.sends[v.number], at)
	w.note("%s: text %d is promised", v, len(v.messages))
}

// refused notes how an act was refused, and reports whether it was.
func (w *world) refused(what string, v *verification, err error) bool {
	if err == nil {
		return false
	}
	w.seen.Refused++
	if f := fault.As(err); f != nil {
		w.note("%s: %s refused: %s", v, what, f.Code)
	} else {
		w.wrong("%s: %s failed: %v", v, what, err)
	}
	return true
}

func (w *world) resend(n *node, v *verification) {
	w.spawn(n, "resend", func() {
		v.resending = true
		got, err := n.verify.Resend(context.Background(), w.application, v.ref(v.binding))
		if err != nil && fault.As(err) != nil && !errors.Is(err, db.ErrUnknown) {
			v.resending = false
		}
		if w.refused("resend", v, err) {
			return
		}
		v.resending = false
		if got.ExpiresAt.After(v.expires) {
			v.expires = got.ExpiresAt
		}
		if !slices.Contains(v.messages, got.Message.ID) {
			w.texted(v, got, got.ResendAt.Add(-time.Minute))
		}
	})
}

func (w *world) cancel(n *node, v *verification) {
	w.spawn(n, "cancel", func() {
		v.ending = true
		_, err := n.verify.Cancel(context.Background(), v.ref(v.binding))
		if !w.refused("cancel", v, err) {
			w.finish(v, "canceled")
		}
	})
}

// finish notes the end of a verification as it was answered.
func (w *world) finish(v *verification, how string) {
	w.note("%s: %s", v, how)
	if v.ended == "" {
		v.ended = how
	}
}

func (w *world) redeem(n *node, v *verification) {
	w.spawn(n, "redeem", func() {
		tried := v.redemption
		v.redemption++
		approved, at := v.approved > 0, n.db.Now().Std()
		err := n.db.Update(context.Background(), func(tx *db.Tx) error {
			n.verify.Redeem(tx, v.ref(v.binding))
			return nil
		})
		switch {
		case err == nil:
			if v.redeemed++; v.redeemed > 1 {
				w.seen.Redeemed++
				w.wrong("%s was redeemed twice", v)
			}
			if v.right == 0 {
				w.wrong("%s was redeemed and nobody had entered its code", v)
			}
		case !errors.Is(err, verify.ErrNotApproved):
			w.wrong("%s: redeeming failed: %v", v, err)
		case approved && tried == 0 && at.Before(v.created.Add(30*time.Minute)):
			w.wrong("%s was approved and could not be redeemed", v)
		}
		w.note("%s: redeemed: %v", v, err == nil)
	})
}

// code returns the code of a verification, once the provider has seen it, and
// whether it arrived.
func (w *world) code(v *verification) (code string, arrived bool) {
	for _, id := range v.messages {
		if t := w.texts[id]; t != nil {
			_, there := w.left(t)
			code, arrived = t.code, arrived || there
		}
	}
	return code, arrived
}

// check enters a code, right or wrong, from a browser.
func (w *world) check(n *node, v *verification, right bool, from int) {
	code, arrived := w.code(v)
	if code == "" || right && !arrived {
		return // nobody knows it
	}
	if !right {
		last := code[len(code)-1]
		code = code[:len(code)-1] + string('0'+(last-'0'+1+byte(w.chance.IntN(9)))%10)
	}
	w.spawn(n, "check", func() {
		c := &checking{w: w, v: v, right: right && from == v.binding, before: *v, begun: n.db.Now().Std()}
		if c.right {
			v.right++
		} else if from == v.binding {
			v.guessed++
			w.guesses[v.number]++
		}
		got, err := n.verify.Check(context.Background(), v.ref(from), code)
		if f := fault.As(err); err != nil && f == nil {
			w.wrong("%s: a check failed: %v", v, err)
			return
		}
		w.note("%s: check (right %v, own browser %v): %s, approved %v, %d left %s",
			v, right, from == v.binding, got.Status, got.Approved, got.AttemptsLeft, brief(err))
		c.judge(got, err, n.db.Now().Std(), from == v.binding)
	})
}

// checking is one check and what was known when it began.
type checking struct {
	w      *world
	v      *verification
	right  bool
	before verification
	begun  time.Time
}

// wrongOpen is how many wrong codes a number has at once before its checks are
// refused.
const wrongOpen = 8

// judge compares the answer of a check with what the model allows.
func (c *checking) judge(got verify.Result, err error, now time.Time, own bool) {
	w, v, before := c.w, c.v, &c.before
	switch {
	case got.Approved:
		w.seen.Approved++
		if v.approved++; v.approved > 1 {
			w.seen.ApprovedTwice++
			w.wrong("%s was approved twice", v)
		}
		if !c.right {
			w.seen.ApprovedWrong++
			w.wrong("%s was approved by a wrong code or another browser", v)
		}
		if before.ended != "" {
			w.seen.ApprovedWrong++
			w.wrong("%s was approved after it was %s", v, before.ended)
		}
		if expires := v.latest(); !c.begun.Before(expires) {
			w.seen.ApprovedWrong++
			w.wrong("%s was approved at %v, after %v", v, c.begun, expires)
		}
		w.finish(v, "approved")
	case c.right:
		// A program whose clock was ahead may have ended it before that was set back.
		expired := !now.Before(v.expires) || got.Status == verify.Expired && !w.shown().Before(v.expires)
		excused := before.ending || v.ending || v.ended != "" || v.guessed >= verify.Attempts || v.right > 1 ||
			expired || w.guesses[v.number] >= wrongOpen
		if !excused {
			w.seen.Lost++
			w.wrong("%s: its code was not approved: %s %v", v, got.Status, err)
		}
	case err != nil || !own:
	case got.Status == verify.Pending:
		if v.pending++; v.pending >= verify.Attempts {
			w.seen.Overshoot++
			w.wrong("%s: %d wrong codes were answered and more would be", v, v.pending)
		}
	case got.Status == verify.Locked:
		w.finish(v, "locked")
	}
}

// latest is when a verification ends at the latest.
func (v *verification) latest() time.Time {
	if v.resending {
		return v.created.Add(10 * time.Minute)
	}
	return v.expires
}

// windows looks whether a number was promised more texts than it may get.
func (w *world) windows() {
	for number, at := range w.sends {
		slices.SortFunc(at, time.Time.Compare)
		for _, l := range []struct {
			most   int
			window time.Duration
		}{{1, 30 * time.Second}, {5, time.Hour}, {10, 24 * time.Hour}} {
			for i := l.most; i < len(at); i++ {
				if at[i].Sub(at[i-l.most]) < l.window {
					w.seen.Overshoot++
					w.wrong("number %d: %d texts within %v", number, l.most+1, l.window)
				}
			}
		}
	}
	var all []time.Time
	for _, at := range w.sends {
		all = append(all, at...)
	}
	slices.SortFunc(all, time.Time.Compare)
	for i := w.budget.ApplicationPerMinute; i < len(all); i++ {
		if all[i].Sub(all[i-w.budget.ApplicationPerMinute]) < time.Minute {
			w.seen.Overshoot++
			w.wrong("%d texts within a minute", w.budget.ApplicationPerMinute+1)
		}
	}
}
