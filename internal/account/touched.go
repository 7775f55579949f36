package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// Holder returns the id of the member of a number, by its keyed hash, or "".
func (a *Accounts) Holder(tx *db.Tx, number []byte) (userID string, err error) {
	err = tx.Row(userByNumber, number).Scan(&userID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("looking for the member of a number: %w", err)
	}
	return userID, nil
}

// Person is somebody whose data were touched: a member, or a number that is
// nobody's.
type Person struct {
	UserID      string       // empty for a number that is nobody's
	Number      phone.Number // none when it was erased, or the member has none
	First, Last db.Time      // of what was touched
}

// touchedMost are read in one go.
const touchedMost = 1000

// Touched calls each for everybody whose data were worked with from since until
// before until: who was texted, and which members did something, in no order. It
// is for the notice after a leak (S-110); what was erased since is not told of.
// Texts are read from o. An error of each ends it.
func (a *Accounts) Touched(ctx context.Context, o *outbox.Outbox, since, until time.Time, each func(Person) error) error {
	t := touched{numbers: map[string]*Person{}, members: map[string]*Person{}}
	err := errors.Join(
		a.walk(ctx, func(tx *db.Tx) (more bool, err error) {
			t.lastText, err = o.TextedBetween(tx, db.At(since), db.At(until), t.lastText, touchedMost, t.text)
			return t.lastText != "", err
		}),
		a.walk(ctx, func(tx *db.Tx) (more bool, err error) {
			t.lastEvent, err = audit.Between(tx, db.At(since), db.At(until), t.lastEvent, touchedMost, t.event)
			return t.lastEvent != 0, err
		}),
	)
	if err != nil {
		return fmt.Errorf("reading whose data were touched: %w", err)
	}
	left := slices.Sorted(maps.Keys(t.numbers))
	err = a.walk(ctx, func(tx *db.Tx) (more bool, err error) {
		some := left[:min(touchedMost, len(left))]
		left = left[len(some):]
		return len(left) > 0, t.join(tx, a, some)
	})
	if err != nil {
		return fmt.Errorf("reading whose numbers were touched: %w", err)
	}
	return t.people(ctx, a, each)
}

// walk reads piece by piece, so that no read keeps anybody waiting.
func (a *Accounts) walk(ctx context.Context, read func(tx *db.Tx) (more bool, err error)) error {
	for more := true; more; {
		err := a.db.View(ctx, func(tx *db.Tx) (err error) {
			more, err = read(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// touched is what was found so far.
type touched struct {
	numbers   map[string]*Person // by keyed hash
	members   map[string]*Person // by id
	lastText  string
	lastEvent int64
}

func (t *touched) text(m outbox.Texted) error {
	p := meet(t.numbers, string(m.Hash), m.At)
	if !m.Number.IsZero() {
		p.Number = m.Number
	}
	return nil
}

// event notes whose an event is. Operators have events, too, and are no members.
func (t *touched) event(e audit.Happened) error {
	if strings.HasPrefix(e.UserID, "usr_") {
		meet(t.members, e.UserID, e.At).UserID = e.UserID
	}
	return nil
}

// meet notes that somebody was touched at a time.
func meet(people map[string]*Person, key string, at db.Time) *Person {
	p := people[key]
	if p == nil {
		p = &Person{First: at, Last: at}
		people[key] = p
	}
	p.First, p.Last = min(p.First, at), max(p.Last, at)
	return p
}

// join makes those numbers that are members' into these members.
func (t *touched) join(tx *db.Tx, a *Accounts, numbers []string) error {
	for _, number := range numbers {
		userID, err := a.Holder(tx, []byte(number))
		if err != nil {
			return err
		}
		if userID == "" {
			continue
		}
		p := t.numbers[number]
		m := meet(t.members, userID, p.First)
		m.UserID, m.First, m.Last = userID, min(m.First, p.First), max(m.Last, p.Last)
		delete(t.numbers, number)
	}
	return nil
}

// people tells of everybody, of members with the numbers they have now.
func (t *touched) people(ctx context.Context, a *Accounts, each func(Person) error) error {
	ids := slices.Sorted(maps.Keys(t.members))
	for some := range slices.Chunk(ids, touchedMost) {
		list := make([]Person, 0, len(some))
		err := a.db.View(ctx, func(tx *db.Tx) error {
			for _, id := range some {
				p := *t.members[id]
				var sealed []byte
				err := tx.Row(numberOfUser, id).Scan(&sealed)
				if err == nil && len(sealed) > 0 {
					p.Number, err = a.ring.OpenNumber("users", id, sealed)
				}
				if err != nil && !errors.Is(err, sql.ErrNoRows) { // who left has no row
					return err
				}
				list = append(list, p)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("reading the numbers of members: %w", err)
		}
		for _, p := range list {
			if err := each(p); err != nil {
				return err
			}
		}
	}
	for _, number := range slices.Sorted(maps.Keys(t.numbers)) {
		if err := each(*t.numbers[number]); err != nil {
			return err
		}
	}
	return nil
}
