package account

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// State is where a member stands.
type State string

// The states. The first that applies is a member's.
const (
	StateBlocked    State = "blocked"    // by an operator
	StateDormant    State = "dormant"    // until they sign in again
	StateNumberless State = "numberless" // the number went to somebody else (S-32)
	StateActive     State = "active"
)

// States lists the states, as a list of members can be narrowed to them.
func States() []State { return []State{StateActive, StateBlocked, StateDormant, StateNumberless} }

// State returns where a member stands.
func (m Member) State() State {
	switch {
	case !m.BlockedAt.IsZero():
		return StateBlocked
	case !m.DormantAt.IsZero():
		return StateDormant
	case m.Number.IsZero():
		return StateNumberless
	}
	return StateActive
}

// Listed is a member of a list: no name, and a number that prints masked.
type Listed struct {
	ID        string
	Number    phone.Number // zero when it has gone to somebody else
	State     State
	CreatedAt time.Time
	ActiveAt  time.Time // when they signed in last
}

// Listing is a page of members, who joined last first.
type Listing struct {
	Members []Listed
	Next    string // the cursor of what follows; empty at the end
	// Reached is how far back the page looked. Where few members are in a state a
	// page may hold few or none, and a Next all the same.
	Reached time.Time
}

// listMost is how many members one page looks through.
const listMost = 60_000

// A cursor is the id of the member that was reached, sealed for its state.
const listPlace = "users.list"

// List returns a page of members, of one state or, for "", of all. Refusals:
// outbox.ErrFilter for what is no state, and outbox.ErrCursor.
func (a *Accounts) List(ctx context.Context, state State, cursor string, most int) (l Listing, err error) {
	if state != "" && !slices.Contains(States(), state) {
		return Listing{}, outbox.ErrFilter
	}
	before, err := a.openListCursor(state, cursor)
	if err != nil {
		return Listing{}, err
	}
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		l, err = a.list(tx, state, before, most)
		return err
	})
	if err != nil {
		return Listing{}, fmt.Errorf("listing members: %w", err)
	}
	return l, nil
}

func (a *Accounts) list(tx *db.Tx, state State, before string, most int) (l Listing, err error) {
	floor := ""
	if state != "" {
		if err := tx.Row(userBelow, before, a.listMost).Scan(&floor); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return Listing{}, err
		}
	}
	err = tx.Each(listUsers, []any{before, floor, string(state), most + 1}, func(scan func(...any) error) error {
		m := Listed{}
		var sealed []byte
		var joined, proved, active db.Time
		if err := scan(&m.ID, &sealed, &joined, &proved, &active, &m.State); err != nil {
			return err
		}
		if len(sealed) > 0 {
			if m.Number, err = a.ring.OpenNumber("users", m.ID, sealed); err != nil {
				return fmt.Errorf("opening the number of %s: %w", m.ID, err)
			}
		}
		m.CreatedAt, m.ActiveAt = joined.Std(), max(active, proved).Std()
		l.Members = append(l.Members, m)
		return nil
	})
	if err != nil {
		return Listing{}, err
	}
	switch {
	case len(l.Members) > most:
		l.Members = l.Members[:most]
		floor = l.Members[most-1].ID
		l.Reached = l.Members[most-1].CreatedAt
	case floor != "":
		l.Reached, _ = id.Made(floor)
	default:
		return l, nil
	}
	l.Next = base64.RawURLEncoding.EncodeToString(a.ring.Seal(listPlace, string(state), []byte(floor)))
	return l, nil
}

// openListCursor returns the id below which a list goes on.
func (a *Accounts) openListCursor(state State, cursor string) (string, error) {
	if cursor == "" {
		return "usr_~", nil // above every id
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return "", outbox.ErrCursor
	}
	plain, err := a.ring.Open(listPlace, string(state), sealed)
	if err != nil {
		return "", outbox.ErrCursor
	}
	return string(plain), nil
}
