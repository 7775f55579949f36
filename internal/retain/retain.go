// Package retain erases what has been kept long enough (S-95, S-108).
//
// Each room says with a [Job] how its rows of one kind are erased; the SQL
// stays with the room. [Keeper.Run] runs all jobs once an hour, in small acts
// that others can come in between, and keeps a record of what was erased. It
// decides nothing: how long each kind is kept is told by who makes the jobs,
// and docs/retention.md lists it.
package retain

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	every = time.Hour
	most  = 200 // rows in one act: others wait for it
)

// Job erases the rows of one kind.
type Job struct {
	Kind string        // what they are, in the plural: "sessions"
	Kept time.Duration // how long they stay after they have ended
	// Erase deletes rows that ended before a time, at most so many, and
	// returns how many it deleted.
	Erase func(tx *db.Tx, before db.Time, most int) (int, error)
	// Walk, in the place of Erase, goes through tables whose old rows have to be
	// looked for, deletes them in acts of its own, and returns how many.
	Walk func(ctx context.Context, before db.Time) (int, error)
}

// Keeper runs the jobs of an installation.
type Keeper struct {
	db   *db.DB
	jobs []Job
}

// New returns a keeper of some jobs.
func New(d *db.DB, jobs ...Job) *Keeper { return &Keeper{db: d, jobs: jobs} }

// Run erases every hour until ctx ends and then returns nil. What failed is
// handed to trouble and tried again an hour later. Several nodes may run at
// the same time: each row is erased once.
func (k *Keeper) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := k.Once(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
	}
}

// Once erases all that is due and records it. A job that fails does not keep
// the others from running; its error is returned at the end.
func (k *Keeper) Once(ctx context.Context) error {
	var told []string
	var failed error
	for _, job := range k.jobs {
		n, err := k.erase(ctx, job)
		if err != nil && failed == nil {
			failed = err
		}
		if n > 0 {
			told = append(told, fmt.Sprintf("%d %s", n, job.Kind))
		}
	}
	if len(told) == 0 {
		return failed
	}
	err := k.db.Update(ctx, func(tx *db.Tx) error {
		return audit.Keep(tx, audit.Record{Actor: "retention", Act: "erase", Detail: strings.Join(told, ", ")})
	})
	if err != nil {
		return fmt.Errorf("recording what was erased: %w", err)
	}
	return failed
}

// erase runs one job to its end.
func (k *Keeper) erase(ctx context.Context, job Job) (all int, err error) {
	before := k.db.Now().Add(-job.Kept)
	if job.Walk != nil {
		all, err = job.Walk(ctx, before)
		if err != nil {
			err = fmt.Errorf("erasing old %s: %w", job.Kind, err)
		}
		return all, err
	}
	for n := most; n == most && ctx.Err() == nil; all += n {
		err := k.db.Update(ctx, func(tx *db.Tx) (err error) {
			n, err = job.Erase(tx, before, most)
			return err
		})
		if err != nil {
			return all, fmt.Errorf("erasing old %s: %w", job.Kind, err)
		}
	}
	return all, nil
}
