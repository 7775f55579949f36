package verify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

const (
	convertEvery = time.Minute
	// convertAfter is when a verification counts: its code has run out by then.
	convertAfter = lifetime
	// convertMinutes are looked at together.
	convertMinutes = 60
)

// conversions counts, per application and minute, what was begun and what of it
// was approved. Each minute is counted once, when its codes have run out: only
// the first look after a start of the program reads a whole hour.
type conversions struct {
	mu     sync.Mutex
	next   int64 // the minute to be counted next, since the epoch
	counts map[string]*[convertMinutes]converted
}

// converted is one minute of one application.
type converted struct {
	minute         int64
	sent, approved int
}

func newConversions() *conversions {
	return &conversions{counts: make(map[string]*[convertMinutes]converted)}
}

// Convert counts the minutes that have passed, and tells the limits of each
// application how many of its texts of the last hour were answered (S-24). Run
// repeats it every minute.
func (v *Verifier) Convert(ctx context.Context) error {
	c := v.converted
	c.mu.Lock()
	defer c.mu.Unlock()
	end := v.db.Now().Add(-convertAfter).Std().Unix() / 60 // this minute has not passed
	for c.next = max(c.next, end-convertMinutes); c.next < end; c.next++ {
		if err := v.countMinute(ctx, c.next); err != nil {
			return err
		}
	}
	for application, minutes := range c.counts {
		var sent, approved int
		for _, m := range minutes {
			if m.minute >= end-convertMinutes {
				sent, approved = sent+m.sent, approved+m.approved
			}
		}
		if err := v.limits.Converted(ctx, application, sent, approved); err != nil {
			return fmt.Errorf("telling how many texts were answered: %w", err)
		}
		if sent == 0 {
			delete(c.counts, application)
		}
	}
	return nil
}

// countMinute counts the verifications that were begun in a minute, found by the
// time in their ids.
func (v *Verifier) countMinute(ctx context.Context, minute int64) error {
	from, to := id.Before("ver", time.Unix(minute*60, 0)), id.Before("ver", time.Unix(minute*60+60, 0))
	err := v.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(conversion, []any{from, to}, func(scan func(...any) error) error {
			var application string
			m := converted{minute: minute}
			err := scan(&application, &m.sent, &m.approved)
			if v.converted.counts[application] == nil {
				v.converted.counts[application] = new([convertMinutes]converted)
			}
			v.converted.counts[application][minute%convertMinutes] = m
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("counting conversions: %w", err)
	}
	return nil
}
