package traffic

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

func (k cellKey) compare(other cellKey) int {
	return cmp.Or(cmp.Compare(k.applicationID, other.applicationID), cmp.Compare(k.purpose, other.purpose),
		cmp.Compare(k.carrier, other.carrier), cmp.Compare(k.status, other.status), cmp.Compare(k.statusCode, other.statusCode))
}

// Dimension is what texts are told apart by.
type Dimension string

// The dimensions.
const (
	Carrier     Dimension = "carrier"
	StatusCode  Dimension = "status_code"
	Status      Dimension = "status"
	Purpose     Dimension = "purpose"
	Application Dimension = "application"
)

// of returns what a text is by the dimension.
func (d Dimension) of(x text) string {
	switch d {
	case Carrier:
		return x.Carrier
	case StatusCode:
		return x.StatusCode
	case Status:
		return string(x.Status)
	case Purpose:
		return x.Purpose
	case Application:
		return x.ApplicationID
	default:
		return ""
	}
}

// Period is what became of the texts of a window, and how many more passkeys
// have avoided.
type Period struct {
	Window Window
	Tally
	Statuses map[outbox.Status]int // how many texts came to each
	Passkeys int                   // sign-ins with a passkey
}

// Figures are a period and the one before it.
type Figures struct{ Now, Before Period }

// Figures tells what became of the texts of a window, and of those of the window
// before.
func (t *Traffic) Figures(ctx context.Context, w Window) (f Figures, err error) {
	err = t.read(ctx, func(tx *db.Tx) error {
		f = Figures{Now: Period{Window: w}, Before: Period{Window: w.Before()}}
		for _, p := range []*Period{&f.Now, &f.Before} {
			if err := p.read(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Figures{}, fmt.Errorf("adding up texts: %w", err)
	}
	return f, nil
}

// read adds a period up.
func (p *Period) read(tx *db.Tx) error {
	by, holes, err := tally(tx, p.Window, Status)
	if err != nil {
		return err
	}
	p.Statuses = make(map[outbox.Status]int, len(by))
	for status, sum := range by {
		p.merge(sum)
		p.Statuses[outbox.Status(status)] = sum.Sent + sum.Dropped
	}
	if err := tx.Row(avoidedBetween, p.Window.From, p.Window.To).Scan(&p.Passkeys); err != nil {
		return err
	}
	for _, hole := range holes {
		n, err := passkeys(tx, hole.From, hole.To)
		if err != nil {
			return err
		}
		p.Passkeys += n
	}
	return nil
}

// Row is what became of the texts that are alike in one thing.
type Row struct {
	Value string
	Tally
	Before Tally // in the window before
}

// By tells what became of the texts of a window, by a dimension; those with the
// most texts come first.
func (t *Traffic) By(ctx context.Context, w Window, d Dimension) (rows []Row, err error) {
	if sumsBy[d] == "" {
		return nil, fmt.Errorf("texts are not told apart by %q", string(d))
	}
	var now, before map[string]*Tally
	err = t.read(ctx, func(tx *db.Tx) (err error) {
		if now, _, err = tally(tx, w, d); err == nil {
			before, _, err = tally(tx, w.Before(), d)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("adding up texts by %s: %w", d, err)
	}
	for value, sum := range now {
		row := Row{Value: value, Tally: *sum}
		if sum := before[value]; sum != nil {
			row.Before = *sum
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Sent, a.Sent), cmp.Compare(a.Value, b.Value))
	})
	return rows, nil
}

// tally adds up a window by a dimension. It also returns the hours that are not
// added up.
func tally(tx *db.Tx, w Window, d Dimension) (by map[string]*Tally, holes []Window, err error) {
	by = make(map[string]*Tally)
	of := func(value string) *Tally {
		if by[value] == nil {
			by[value] = new(Tally)
		}
		return by[value]
	}
	for _, p := range w.pieces() {
		err := tx.Each(sumsBy[d], []any{p.hours, p.from, p.to}, func(scan func(...any) error) error {
			var value string
			var status outbox.Status
			var c cell
			if err := scan(append([]any{&value, &status}, c.places()...)...); err != nil {
				return err
			}
			of(value).add(status, &c)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if holes, err = gaps(tx, w); err != nil {
		return nil, nil, err
	}
	err = raw(tx, w, holes, func(x text) {
		var c cell
		c.add(x)
		of(d.of(x)).add(x.Status, &c)
	})
	return by, holes, err
}

// readTries bounds how often something is read again because another node
// changed the sums meanwhile, before it is read where nobody can.
const readTries = 5

// read runs fn, maybe several times, in the end with sums that belong together.
func (t *Traffic) read(ctx context.Context, fn func(tx *db.Tx) error) error {
	t.rolling.RLock()
	defer t.rolling.RUnlock()
	for range readTries {
		var before, after int64
		err := t.db.View(ctx, func(tx *db.Tx) error {
			if err := tx.Row(revision).Scan(&before); err != nil {
				return err
			}
			if err := fn(tx); err != nil {
				return err
			}
			return tx.Row(revision).Scan(&after)
		})
		if err != nil || before == after {
			return err
		}
	}
	return t.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(holdRevision)
		return fn(tx)
	})
}
