package consent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Counting reads the whole ledger, since no index leads from a version to its
// agreements: each sign-up would have to keep one up. So it is done beside the
// requests, in stretches that keep nobody waiting, when somebody asks, and what
// was counted is good for a hundred times as long as it took.
const (
	countGood    = 100
	countGoodFor = 10 * time.Minute // at most
)

// Count is how many agreed to a version of an item, and took it back. Who left is
// in neither.
type Count struct{ Agreed, Withdrawn int }

// Stand is how many agreements were not taken back.
func (c Count) Stand() int { return c.Agreed - c.Withdrawn }

// Counts are those of all versions as of a time.
type Counts struct {
	At time.Time // zero while nothing was counted yet
	of map[[2]string]Count
}

// Of returns the count of a version of an item.
func (c Counts) Of(item, version string) Count { return c.of[[2]string{item, version}] }

// counter keeps what was counted last.
type counter struct {
	mu    sync.Mutex
	last  Counts
	good  time.Time     // until when it is
	under chan struct{} // closed when the count that is under way ends; nil for none
	err   error         // of the count that ended last
}

// Counts returns how many agreed to each version. It has them counted when that
// was long ago, waits so long for it, and then returns what there is.
func (l *Ledger) Counts(ctx context.Context, wait time.Duration) (Counts, error) {
	c := &l.counter
	c.mu.Lock()
	if c.under == nil && !l.db.Now().Std().Before(c.good) {
		c.under = make(chan struct{})
		go l.count(context.WithoutCancel(ctx), c.under)
	}
	under := c.under
	c.mu.Unlock()
	if under != nil {
		enough := time.NewTimer(wait)
		defer enough.Stop()
		select {
		case <-under:
		case <-enough.C:
		case <-ctx.Done():
			return Counts{}, ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.err
}

// count counts all there is.
func (l *Ledger) count(ctx context.Context, ended chan struct{}) {
	began := l.db.Now().Std()
	of := map[[2]string]Count{}
	err := l.stretches(ctx, func(tx *db.Tx, after, until string) error {
		return tx.Each(countAgreements, []any{after, until}, func(scan func(...any) error) error {
			var key [2]string
			var agreed, withdrawn int
			err := scan(&key[0], &key[1], &agreed, &withdrawn)
			sum := of[key]
			of[key] = Count{sum.Agreed + agreed, sum.Withdrawn + withdrawn}
			return err
		})
	}, func() error { return nil })
	now := l.db.Now().Std()
	c := &l.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err = err; err == nil {
		c.last, c.good = Counts{began, of}, now.Add(min(countGood*now.Sub(began), countGoodFor))
	}
	c.under = nil
	close(ended)
}

// stretchRows are about as many rows as one read looks at.
const stretchRows = 10_000

// lastID sorts above every id.
const lastID = "~"

// stretches reads the ledger member by member, from one id up to another at a
// time: read does in a transaction of its own, and then is called outside of it.
func (l *Ledger) stretches(ctx context.Context, read func(tx *db.Tx, after, until string) error, then func() error) error {
	for after := ""; after != lastID; {
		until := lastID
		err := l.db.View(ctx, func(tx *db.Tx) error {
			if err := tx.Row(stretchEnd, after, l.stretch).Scan(&until); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			return read(tx, after, until)
		})
		if err != nil {
			return fmt.Errorf("reading the ledger: %w", err)
		}
		if err := then(); err != nil {
			return err
		}
		after = until
	}
	return nil
}
