// Package limit keeps what may be spent on a phone number, by a browser, from a
// network, for an application and by the whole installation: texts, wrong codes
// and won.
//
// # The walk of a start
//
// [Limits.Admit] says whether an attack is under way, from what it read of the
// gates within the last second, and whether numbers are tried one after another.
// [Limits.Permit] takes a permit of the
// application's and the installation's minute and of the day's won, which a node
// is granted in slices and spends in memory. [Limits.Send] then takes the text of
// its network and number, in the transaction that writes it (S-26): when a limit
// is spent the whole act is undone, and [Limits.Refusal] tells why and how long
// to wait. A check takes [Limits.Wrong] or asks [Admits] in its own act.
//
// # The promise
//
// A limit of n in a window W never admits n + 1 in any stretch of time shorter
// than W. Sends are counted exactly, by the times of the newest ones: of a number
// ten, of a browser six, of a network a hundred. Wrong checks use GCRA with a
// burst smaller than the limit, as package gcra explains. Either way one row and one
// statement do it. Permits are counted by the second they were granted in.
//
// Budgets can be changed while servers run ([Limits.SetBudget]). A grant reads
// them behind the locks that it takes anyway, so that the promise holds through a
// change: from two seconds after it, no minute holds more than the new budget.
//
// # Besides
//
// A rule in shadow decides and is noted but refuses nothing. What was refused,
// challenged or shadowed is kept as a decision for thirty days; [Limits.Run]
// writes them in batches and raises alarms.
//
// The package neither shows a challenge nor sends a text. It keeps numbers,
// networks and browsers by keyed hashes alone.
package limit

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

// Options are what limits are made of.
type Options struct {
	DB         *db.DB
	Ceilings   *Ceilings // nil for none
	Shadow     []Rule    // rules that decide and refuse nothing
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil keeps the metrics unregistered
	Text       Tell                  // sends an alarm's text; nil when nobody is to be told
}

// Limits guards one installation. It is safe for concurrent use.
type Limits struct {
	db       *db.DB
	ceilings *Ceilings
	shadow   map[Rule]bool
	log      *slog.Logger
	metrics  *metrics
	text     Tell

	held    *held
	gates   *gates
	permits sync.Map // of *permits
	notes   *notes
	alarms  *alarms
}

// New returns the limits.
func New(o Options) *Limits {
	l := &Limits{
		db: o.DB, shadow: make(map[Rule]bool), log: o.Logger, metrics: newMetrics(o.Registerer), text: o.Text,
		held: newHeld(), gates: newGates(), notes: newNotes(), alarms: newAlarms(),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if o.Ceilings != nil {
		c := *o.Ceilings
		if c.Price == 0 {
			c.Price = TextPrice
		}
		l.ceilings = &c
	}
	for _, rule := range o.Shadow {
		l.shadow[rule] = true
	}
	return l
}

// shadows reports whether a rule decides but refuses nothing.
func (l *Limits) shadows(rule Rule) bool { return l.shadow[rule] }

// Case says whom a decision is about, by keyed hashes and by that much of the
// number that it shares with a thousand.
type Case struct {
	Number      []byte
	Network     []byte // nil when the person's address is not known
	Thousand    int    // the thousand numbers that the number is one of, 0 when not known
	Application string
}

// Held refuses at once when a send to the number was refused within the last
// second and its wait is not over. It keeps a flood of starts for one number off
// the writer; what was forgotten is found in the database again.
func (l *Limits) Held(c Case, now db.Time) error {
	until, ok := l.held.get(c.Number, now)
	if !ok {
		return nil
	}
	l.note(NumberSends, Refused, c)
	return ErrNumber.After(max(until.Sub(now), time.Second))
}

// Spent says what of a number is spent, for whoever may try another lane.
type Spent struct {
	Sends bool // its texts
	Wrong bool // its wrong checks
}

// Refusal reads why a text was refused with why, notes the decision, and returns
// what the caller is told. Of a refusal by [ErrNumber] it also says what is
// spent; when that is wrong checks alone, another lane may be open.
func (l *Limits) Refusal(tx *db.Tx, t *Text, why error) (Spent, error) {
	if errors.Is(why, ErrChallenge) {
		wait, err := networkWait(tx, t.Case)
		if err != nil {
			return Spent{}, err
		}
		l.note(Network, Challenged, t.Case)
		return Spent{}, ErrChallenge.After(max(wait, time.Second))
	}
	row, err := readNumber(tx, t.Number)
	if err != nil {
		return Spent{}, err
	}
	if !l.shadows(NumberLocked) && row.isLocked(t.Lane) {
		l.note(NumberLocked, Refused, t.Case)
		return Spent{}, ErrLocked
	}
	free := row.freeSends()
	if t.Lane == Trusted {
		d, err := readDevice(tx, t.Device)
		if err != nil {
			return Spent{}, err
		}
		free = d.freeSends()
	}
	if free > tx.Now {
		l.note(NumberSends, Refused, t.Case)
		if t.Lane != Trusted {
			l.held.put(t.Number, free, tx.Now)
		}
		return Spent{Sends: true}, ErrNumber.After(max(free.Sub(tx.Now), time.Second))
	}
	wrong := row.freeWrong(t.Lane)
	if t.Begins && wrong > tx.Now {
		if t.Lane != Open { // which goes on in the lane Long
			l.note(NumberWrong, Refused, t.Case)
		}
		return Spent{Wrong: true}, ErrNumber.After(max(wrong.Sub(tx.Now), time.Second))
	}
	l.note(NumberSends, Refused, t.Case) // the most of it is pending
	return Spent{}, ErrNumber.After(time.Second)
}

// GuessRefusal reads why a check was refused, notes the decision, and returns
// what the caller is told.
func (l *Limits) GuessRefusal(tx *db.Tx, g *Guess) error {
	row, err := readNumber(tx, g.Number)
	if err != nil {
		return err
	}
	if !l.shadows(NumberLocked) && row.isLocked(g.Lane) {
		l.note(NumberLocked, Refused, g.Case)
		return ErrLocked
	}
	free := row.freeWrong(g.Lane)
	if g.Lane == Trusted {
		d, err := readDevice(tx, g.Device)
		if err != nil {
			return err
		}
		free = d.freeWrong()
	}
	l.note(NumberWrong, Refused, g.Case)
	return ErrNumber.After(max(free.Sub(tx.Now), time.Second))
}

// FreeAt returns when a lane of the number that is refused for its wrong checks
// opens again; the smaller of two such times is what a caller has to wait for.
func (l *Limits) FreeAt(tx *db.Tx, number []byte, lane Lane) (db.Time, error) {
	row, err := readNumber(tx, number)
	return row.freeWrong(lane), err
}

// freeWrong returns when the next wrong check passes in a lane.
func (r numberRow) freeWrong(lane Lane) db.Time {
	switch lane {
	case Open:
		return r.freeOpen()
	case Long:
		return wrongLong.Free(r.long)
	case Recovering, Trusted: // what is counted never comes back by waiting
	}
	return 0
}

// SendsLeft returns how many texts the number may still get within the hour
// and the day, the pause between two of them apart.
func (l *Limits) SendsLeft(tx *db.Tx, number []byte) (int, error) {
	hour, day, err := countedSends(tx, number)
	if err != nil {
		return 0, err
	}
	return max(min(sendsInHour-hour, sendsInDay-day), 0), nil
}

// Clear gives a number its limits back, and the browsers that signed in with it
// theirs. The row stays: a check looks for it. Other processes learn of it within
// a second.
func (l *Limits) Clear(tx *db.Tx, number []byte) {
	tx.Exec(clearNumber, number)
	tx.Exec(clearDevices, number)
	l.held.forget(number)
}

// ClearFor is [Limits.Clear] for an operator, who is recorded. The record names the
// number by its keyed hash, by which it can be found but not read. Refusal:
// [audit.ErrReason].
func (l *Limits) ClearFor(ctx context.Context, number []byte, act Act) error {
	act, err := act.Reasoned()
	if err != nil {
		return err
	}
	err = l.db.Update(ctx, func(tx *db.Tx) error {
		l.Clear(tx, number)
		return audit.Keep(tx, act.Record("limits clear", hex.EncodeToString(number)))
	})
	return failed("clearing the limits of a number", err)
}

// scope returns what an alarm of a rule is about.
func (l *Limits) scope(rule Rule, application string) string {
	if rule == Application || rule == Conversion {
		return application
	}
	return ""
}

func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
