// Package replay tells what other limits would have done to the texts of the
// last days: how many starts they would have refused, how many of those were
// people who went on to enter their code, and what would not have been spent.
//
// # The walk
//
// [Texts] reads the texts that were asked for, a few hours at once, and takes
// each in the order of their times through the policies that are compared. A text
// that a policy refuses takes nothing of it; a start that is refused takes the
// texts with it that were sent for it again. What is remembered of a number or a
// network is its newest texts of a day or an hour. The day before the window is
// replayed and not counted, so that the window begins with what had been used.
//
// A [Tester] does this beside a running server, one question at a time, and
// remembers the newest answers until the program ends.
//
// # How it compares with package limit
//
// The windows of number and network are exact in both. A minute and a day's won
// are here what limit promises, none of them ever over; nodes take slices of them
// and may refuse slightly earlier. Logins and browsers that signed in before may
// use the last fifth of the won. So the limits that admitted the texts refuse none
// of them when they are replayed, and the tests hold it to that.
//
// Whoever reaches the limit of a network is shown a challenge, and most people
// pass it: here all do, and they are counted apart. Limits of wrong codes and the
// answers to attacks are not replayed, nor is what somebody would have done who
// was refused. What was refused when it was asked for was never sent, and is not
// among the texts.
package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// Tally is what a policy, or one rule of it, would have kept from being sent.
type Tally struct {
	Starts   int // refused, or challenged
	Verified int // of those whose code was entered
	Resends  int // refused of starts that were not
	Won      int // that these texts cost
}

func (t *Tally) add(o Tally) {
	t.Starts += o.Starts
	t.Verified += o.Verified
	t.Resends += o.Resends
	t.Won += o.Won
}

// Outcome is what one policy would have done.
type Outcome struct {
	Policy     Policy
	Blocked    Tally
	Challenged Tally           // by the network's limit; nobody is kept from going on
	By         map[Limit]Tally // by what refused first; the network's are the challenged
}

// Result is the answer: what there was, and what each policy would have done.
type Result struct {
	Days         int // in Seoul, the last of which is today
	Since, Until db.Time
	Short        bool // verifications are kept for fewer days than were asked for
	Starts       int
	Verified     int
	Resends      int
	Won          int
	Outcomes     []Outcome // as the policies were named
}

const (
	hour = time.Hour
	day  = 24 * time.Hour
	// step is how much time is read at once.
	step = 3 * hour
	// DaysMost is how far back a replay goes.
	DaysMost = 30
)

// Texts takes the texts of some days, the last of which is today, through
// policies. It calls told, unless nil, with how far it has come, from 0 to 1. A
// text costs price where its cost is not known yet.
func Texts(ctx context.Context, d *db.DB, days, price int, told func(float64), policies ...Policy) (Result, error) {
	r := Result{Days: min(max(days, 1), DaysMost), Until: d.Now().Add(time.Microsecond)}
	r.Since = seoulMidnight(r.Until).Add(-time.Duration(r.Days-1) * day)
	if err := d.View(ctx, func(tx *db.Tx) error { return r.shorten(tx) }); err != nil {
		return Result{}, err
	}
	passes := make([]*pass, len(policies))
	for i, p := range policies {
		passes[i] = newPass(p, price)
	}
	begin := r.Since.Add(-day)
	for at := begin; at < r.Until; at = at.Add(step) {
		texts, err := read(ctx, d, at, min(at.Add(step), r.Until))
		if err != nil {
			return Result{}, fmt.Errorf("replaying texts: %w", err)
		}
		for i := range texts {
			counted := texts[i].at >= r.Since
			if counted {
				r.count(&texts[i])
			}
			for _, p := range passes {
				p.text(&texts[i], counted)
			}
		}
		for _, p := range passes {
			p.forget(at.Add(step))
		}
		if told != nil {
			told(float64(min(at.Add(step), r.Until)-begin) / float64(r.Until-begin))
		}
	}
	for _, p := range passes {
		r.Outcomes = append(r.Outcomes, p.outcome)
	}
	return r, nil
}

// shorten lets the window begin with the first verification that is still kept:
// what is older lacks its network and whether it was answered.
func (r *Result) shorten(tx *db.Tx) error {
	oldest, ok, err := verify.Oldest(tx)
	if err != nil || !ok || oldest <= r.Since {
		return err
	}
	first, sent, err := outbox.Oldest(tx)
	if sent && first < oldest.Add(-hour) { // else nothing is older at all
		r.Since, r.Short = oldest, true
	}
	return err
}

func (r *Result) count(t *text) {
	r.Won += t.cost
	switch {
	case !t.begins:
		r.Resends++
	case t.approved:
		r.Starts, r.Verified = r.Starts+1, r.Verified+1
	default:
		r.Starts++
	}
}

// text is a text that was asked for.
type text struct {
	at           db.Time
	verification string
	number       key
	network      key
	networkKnown bool
	application  string
	begins       bool // a verification
	trusted      bool // in the lane of a browser that signed in before
	priority     bool // it may use the last fifth of the day's won
	erased       bool // its verification is: nobody knows any more what else it took
	approved     bool // its verification, in the end
	cost         int
}

// key is enough of a keyed hash to tell one from another.
type key [16]byte

func keyOf(hash []byte) (k key) {
	copy(k[:], hash)
	return k
}

// read reads the texts of some time in the order of their times.
func read(ctx context.Context, d *db.DB, since, until db.Time) (texts []text, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		begun := make(map[string]verify.Begun)
		if err := verify.EachBegun(tx, since, until, func(b verify.Begun) { begun[b.ID] = b }); err != nil {
			return err
		}
		applications := make(map[string]string) // each one's id once
		return outbox.EachAsked(tx, since, until, func(a outbox.Asked) {
			if _, ok := applications[a.ApplicationID]; !ok {
				applications[a.ApplicationID] = a.ApplicationID
			}
			b, kept := begun[a.VerificationID]
			texts = append(texts, text{
				at: a.CreatedAt, verification: a.VerificationID, number: keyOf(a.Number), network: keyOf(b.Network),
				networkKnown: len(b.Network) > 0, application: applications[a.ApplicationID], begins: kept && b.CreatedAt == a.CreatedAt,
				trusted: b.Lane == limit.Trusted, priority: b.Lane == limit.Trusted || a.Purpose == string(verify.Login),
				erased: !kept, approved: b.Approved, cost: a.Cost,
			})
		})
	})
	slices.SortStableFunc(texts, func(a, b text) int { return cmp.Compare(a.at, b.at) })
	return texts, err
}

// seoulAhead is how much earlier a day begins in Seoul than in UTC, all year
// round.
const seoulAhead = 9 * hour

// seoulDay returns the number of the day in Seoul.
func seoulDay(at db.Time) int64 { return int64(at.Add(seoulAhead)) / day.Microseconds() }

// seoulMidnight returns when the day of a time began in Seoul.
func seoulMidnight(at db.Time) db.Time {
	return db.Time(seoulDay(at) * day.Microseconds()).Add(-seoulAhead)
}
