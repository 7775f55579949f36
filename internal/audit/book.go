package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// Book is the records as they are read: by page, and as a chain that is walked
// when somebody asks.
type Book struct {
	db      *db.DB
	anchors *Anchors

	mu   sync.Mutex
	last Verdict
}

// NewBook returns the records of a database.
func NewBook(d *db.DB, ring *seal.Ring) *Book { return &Book{db: d, anchors: NewAnchors(d, ring)} }

// Verdict is what a walk through all records has found.
type Verdict struct {
	Chain
	At       db.Time
	Sealed   Mark // of the record up to which the master key vouches; none when nothing was sealed
	Unsealed bool // the mark that the server had sealed was changed
}

// Whole reports whether nothing was changed, taken out or put in.
func (v Verdict) Whole() bool { return v.Broken == 0 && !v.Unsealed }

// List returns records, the newest first, and whether there are more.
func (b *Book) List(ctx context.Context, f Filter) (list []Kept, more bool, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) error {
		list, more, err = List(tx, f)
		return err
	})
	return list, more, err
}

// Marks returns the mark of the newest record and the one that was sealed last. A
// sealed one that does not open is [ErrChain].
func (b *Book) Marks(ctx context.Context) (newest, sealed Mark, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) error {
		if newest, _, err = readHead(tx); err != nil {
			return err
		}
		sealed, _, err = b.anchors.Sealed(tx)
		return err
	})
	return newest, sealed, err
}

// Verify walks all records, and compares them with the marks that are kept, the
// one that was sealed, and others that the caller has.
func (b *Book) Verify(ctx context.Context, marks ...Mark) (v Verdict, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) error {
		v = Verdict{At: tx.Now}
		var err error
		v.Sealed, _, err = b.anchors.Sealed(tx)
		if v.Unsealed = errors.Is(err, ErrChain); err != nil && !v.Unsealed {
			return err
		}
		v.Chain, err = Walk(tx, append([]Mark{v.Sealed}, marks...)...)
		return err
	})
	if err != nil {
		return Verdict{}, fmt.Errorf("walking the records: %w", err)
	}
	b.mu.Lock()
	b.last = v
	b.mu.Unlock()
	return v, nil
}

// Last returns what the last [Book.Verify] of this process found; its time is 0
// before the first.
func (b *Book) Last() Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// bookAtOnce are the records that an export holds in memory.
const bookAtOnce = 1000

// Each calls fn with all records that pass a filter, the newest first, and records
// before that somebody took them, and why. Refusal: [ErrReason].
func (b *Book) Each(ctx context.Context, f Filter, act Act, fn func(Kept) error) error {
	act, err := act.Reasoned()
	if err != nil {
		return err
	}
	err = b.db.Update(ctx, func(tx *db.Tx) error { return Keep(tx, act.Record("audit export", "")) })
	if err != nil {
		return fmt.Errorf("recording an export of the records: %w", err)
	}
	f.Most = bookAtOnce
	for more := true; more; {
		var page []Kept
		if page, more, err = b.List(ctx, f); err != nil {
			return err
		}
		for _, k := range page {
			if err := fn(k); err != nil {
				return err
			}
			f.Before = k.Number
		}
	}
	return nil
}
