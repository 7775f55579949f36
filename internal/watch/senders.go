package watch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const (
	day = 24 * time.Hour

	lapsed   = 0    // the step of a number that has lapsed
	unwarned = 1000 // the step of one that nothing was said of

	// hurryBefore is when the provider is asked often: a renewal is known soon.
	hurryBefore = 2 * day
)

// steps are how many days before its end a number is warned of (S-102).
var steps = [...]int{1, 7, 14, 30}

// Step returns what a registration that ends in so long a time is warned of: 30,
// 14, 7 or 1 days, 0 when it has ended; ok is false before all of them.
func Step(left time.Duration) (days int, ok bool) {
	if left <= 0 {
		return lapsed, true
	}
	for _, days := range steps {
		if left <= time.Duration(days)*day {
			return days, true
		}
	}
	return unwarned, false
}

// number is a sender number of the settings, with the roles it has.
type number struct {
	digits string
	mac    []byte
	roles  []string
}

func numbersOf(ring *seal.Ring, senders []outbox.Sender) (list []number) {
	for _, s := range senders {
		i := slices.IndexFunc(list, func(n number) bool { return n.digits == s.Number })
		if i < 0 {
			i = len(list)
			list = append(list, number{digits: s.Number, mac: ring.Hash(seal.Fingerprint, "sender", s.Number)})
		}
		list[i].roles = append(list[i].roles, s.Role)
	}
	return list
}

// Sender is a sender number of the settings and what is known of its end.
type Sender struct {
	Number    string
	Roles     []string // outbox.DefaultSender, outbox.SecondSender, or purposes
	Known     bool     // the provider has listed it
	ExpiresAt db.Time  // 0 when it does not end
	ListedAt  db.Time
	DaysLeft  int  // whole days, when it ends
	Warned    int  // the step that was warned of last; 0 before any, see Lapsed
	Lapsed    bool // nothing is sent from it
}

// keptSender is a number as the table has it.
type keptSender struct {
	number
	known   bool
	expires db.Time
	listed  db.Time
	warned  int
}

// Senders returns the sender numbers of the settings, the default first, as the
// provider listed them last.
func (w *Watch) Senders(ctx context.Context) ([]Sender, error) {
	kept, err := w.kept(ctx)
	if err != nil {
		return nil, err
	}
	now := w.db.Now()
	list := make([]Sender, len(kept))
	for i, k := range kept {
		s := Sender{Number: k.digits, Roles: k.roles, Known: k.known, ExpiresAt: k.expires, ListedAt: k.listed}
		if k.warned != unwarned {
			s.Warned = k.warned
		}
		if k.expires != 0 {
			s.DaysLeft, s.Lapsed = daysLeft(k.expires, now), k.expires <= now
		}
		list[i] = s
	}
	return list, nil
}

// kept reads what is known of the numbers of the settings.
func (w *Watch) kept(ctx context.Context) (list []keptSender, err error) {
	err = w.db.View(ctx, func(tx *db.Tx) error {
		list = nil
		for _, n := range w.numbers {
			k := keptSender{number: n, warned: unwarned}
			err := tx.Each(selectSender, []any{n.mac}, func(scan func(...any) error) error {
				k.known = true
				return scan(&k.expires, &k.listed, &k.warned)
			})
			if err != nil {
				return err
			}
			list = append(list, k)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the watched sender numbers: %w", err)
	}
	return list, nil
}

// watchSenders asks the provider when it is time to, tells the outbox what is
// known, and warns.
func (w *Watch) watchSenders(ctx context.Context) error {
	mine, err := w.turn(ctx, sendersTurn, !w.asked)
	if err == nil && mine {
		w.asked = true
		err = w.list(ctx)
	}
	kept, keptErr := w.kept(ctx)
	if keptErr != nil {
		return errors.Join(err, keptErr)
	}
	w.tell(kept)
	for _, k := range kept {
		err = errors.Join(err, w.warn(ctx, k))
	}
	return err
}

// tell tells the outbox and the metrics when the numbers end.
func (w *Watch) tell(kept []keptSender) {
	until := make(map[string]db.Time)
	now := w.db.Now()
	for _, k := range kept {
		for _, role := range k.roles {
			if k.expires == 0 {
				w.metrics.daysLeft.DeleteLabelValues(role)
			} else {
				w.metrics.daysLeft.WithLabelValues(role).Set(float64(daysLeft(k.expires, now)))
			}
		}
		if k.expires != 0 {
			until[k.digits] = k.expires
		}
	}
	w.outbox.Expire(until)
}

// daysLeft returns how many whole days are left, 0 when the end is past.
func daysLeft(until, now db.Time) int {
	return int(max(math.Floor(until.Sub(now).Hours()/24), 0))
}

// list asks the provider for the sender numbers and keeps when those of the
// settings end. Of one that it does not list what is known stays.
func (w *Watch) list(ctx context.Context) error {
	listed, err := w.outbox.Senders(ctx)
	if errors.Is(err, outbox.ErrProvider) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("asking for the sender numbers: %w", err)
	}
	ends := make([]*db.Time, len(w.numbers)) // nil for one that is not listed
	for i, n := range w.numbers {
		at := slices.IndexFunc(listed, func(s outbox.SenderNumber) bool { return s.PhoneNumber == n.digits })
		if at < 0 {
			w.log.Error("the provider does not list a sender number of the settings", "role", rolesOf(n))
			continue
		}
		ends[i] = new(db.Time)
		if end := listed[at].ExpireAt; end != nil {
			*ends[i] = db.At(*end)
		}
	}
	err = w.db.Update(ctx, func(tx *db.Tx) error {
		next := tx.Now.Add(listEvery)
		for i, end := range ends {
			if end == nil || *end != 0 && *end <= tx.Now.Add(hurryBefore) {
				next = tx.Now.Add(againAfter)
			}
			if end != nil {
				tx.Exec(putSender, w.numbers[i].mac, orNull(*end), tx.Now, unwarned, day.Microseconds())
			}
		}
		tx.Exec(setTurn, sendersTurn, next)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping when the sender numbers end: %w", err)
	}
	return nil
}

func orNull(t db.Time) any {
	if t == 0 {
		return nil
	}
	return t
}

func rolesOf(n number) string { return strings.Join(n.roles, " ") }

// errWarned says that another node has warned of it.
var errWarned = errors.New("this was warned of")

// warn warns of a number's end, unless that was done for the same step.
func (w *Watch) warn(ctx context.Context, k keptSender) error {
	if k.expires == 0 {
		return nil
	}
	left := k.expires.Sub(w.db.Now())
	step, ok := Step(left)
	if !ok || step >= k.warned {
		return nil
	}
	err := w.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errWarned, warnSender, k.mac, k.expires, step)
		return nil
	})
	if errors.Is(err, errWarned) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("noting a warning of a sender number: %w", err)
	}
	if step == lapsed {
		w.log.Error("the registration of a sender number has ended: nothing is sent from it until the provider lists it as renewed", "role", rolesOf(k.number))
		w.limits.Alarm(limit.SenderLapsed, "")
		return nil
	}
	w.log.Warn("the registration of a sender number ends soon: renew it at 발신번호 관리 in the provider's console",
		"role", rolesOf(k.number), "days_left", int(left/day))
	w.limits.Alarm(limit.SenderLapsing, "")
	return nil
}
