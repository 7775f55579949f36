// Package demo fills an empty installation with traffic that is made up: texts,
// verifications, members and events of many days, as if people had signed up and
// in all the time. It is for demonstrations, and for measuring.
//
// [Fill] walks through the hours. A maker draws what happens in each, from a seed
// alone; several workers seal the numbers; one writer writes an hour after the
// other, with its sums for the figures. The same seed, days and time make the
// same texts; what is sealed differs each time.
//
// All numbers begin with 010-0, which no carrier has ever given to anybody, so
// that nobody's number is made up by chance. There are no codes, no texts' words,
// no consents and no sessions. Fill refuses a database that has verifications or
// messages: what is made up and what has happened never stand side by side.
package demo

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// ErrNotEmpty refuses a database that has traffic of its own.
var ErrNotEmpty = errors.New("this database has verifications or texts already: demonstration data are for an empty one")

// Options say what is made up.
type Options struct {
	DB            *db.DB
	Ring          *seal.Ring
	ApplicationID string
	Messages      int
	Days          int    // up to now
	Kept          int    // days for which verifications and events are kept
	Price         int    // of a text, in won
	Seed          uint64 // what is drawn depends on it
	// Told, unless nil, is called after each hour with how many messages there are.
	Told func(messages int)
}

// Made is how much was written.
type Made struct {
	Messages, Verifications, Members, Events int
	Took                                     time.Duration
}

// Rows is how many rows were written, those of the sums aside.
func (m Made) Rows() int { return m.Messages + m.Verifications + m.Members + m.Events }

// actMost is how many rows one act writes.
const actMost = 4096

// Empty refuses a database that has traffic with [ErrNotEmpty].
func Empty(ctx context.Context, d *db.DB) error {
	return d.View(ctx, func(tx *db.Tx) error {
		for _, among := range []func(*db.Tx) (bool, error){verify.Any, outbox.Any} {
			found, err := among(tx)
			if err != nil {
				return err
			}
			if found {
				return ErrNotEmpty
			}
		}
		return nil
	})
}

// Fill makes it all up. Refusal: [ErrNotEmpty].
func Fill(ctx context.Context, o Options) (made Made, err error) {
	if err := Empty(ctx, o.DB); err != nil {
		return Made{}, err
	}
	began := o.DB.Now()
	m := newMaker(o, began)
	g, ctx := errgroup.WithContext(ctx)
	sealed := make(chan chan *sealedHour, runtime.GOMAXPROCS(0)) // in the order of the hours
	g.Go(func() error { return m.makeAll(ctx, g, sealed) })
	g.Go(func() error {
		for hour := range sealed {
			h := <-hour
			if err := h.write(ctx, o.DB, began); err != nil {
				return fmt.Errorf("writing demonstration data: %w", err)
			}
			made.add(h)
			if o.Told != nil {
				o.Told(made.Messages)
			}
		}
		return nil
	})
	err = g.Wait()
	made.Took = o.DB.Now().Sub(began)
	return made, err
}

func (m *Made) add(h *sealedHour) {
	m.Messages += len(h.messages)
	m.Verifications += len(h.verifications)
	m.Members += len(h.members)
	m.Events += len(h.events)
}

// makeAll draws hour after hour and has each sealed.
func (m *maker) makeAll(ctx context.Context, g *errgroup.Group, out chan<- chan *sealedHour) error {
	defer close(out)
	for m.more() {
		h := m.next()
		done := make(chan *sealedHour, 1)
		select {
		case out <- done:
		case <-ctx.Done():
			return ctx.Err()
		}
		g.Go(func() error { done <- h.seal(m.Ring); return nil })
	}
	return nil
}

// madeHour is what happened in an hour.
type madeHour struct {
	hour          int64
	messages      []outbox.Past
	entered       []db.Time // the code of each message, or 0
	verifications []verify.Past
	members       []account.Past
	events        []event
	passkeys      int
}

// event is an event with its time.
type event struct {
	at db.Time
	audit.Event
}

// sealedHour is an hour that is ready to be written.
type sealedHour struct {
	*madeHour
	messageRows      []outbox.PastRow
	verificationRows []verify.PastRow
	memberRows       []account.PastRow
	blocks           []outbox.Block
}

func (h *madeHour) seal(ring *seal.Ring) *sealedHour {
	s := &sealedHour{madeHour: h}
	s.messageRows = make([]outbox.PastRow, len(h.messages))
	for i := range h.messages {
		s.messageRows[i] = h.messages[i].Row(ring)
	}
	s.verificationRows = make([]verify.PastRow, len(h.verifications))
	for i := range h.verifications {
		s.verificationRows[i] = h.verifications[i].Row(ring)
	}
	s.memberRows = make([]account.PastRow, len(h.members))
	for i := range h.members {
		s.memberRows[i] = h.members[i].Row(ring)
	}
	s.blocks = h.blocks(ring)
	return s
}

// write writes the hour, a part in each act, and last its sums if it is closed.
func (s *sealedHour) write(ctx context.Context, d *db.DB, now db.Time) error {
	rows := len(s.messageRows) + len(s.verificationRows) + len(s.memberRows) + len(s.events)
	for from := 0; from < rows; from += actMost {
		err := d.Update(ctx, func(tx *db.Tx) error {
			s.writeRows(tx, from, min(from+actMost, rows))
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !traffic.Closed(s.hour, now) {
		return nil
	}
	sums := traffic.NewPast(s.hour)
	for i := range s.messages {
		sums.Add(s.messages[i].Sent(), s.entered[i], now)
	}
	return d.Update(ctx, func(tx *db.Tx) error {
		sums.Write(tx, s.passkeys, s.blocks)
		return nil
	})
}

// writeRows writes a part of the rows, those of all kinds counted through.
func (s *sealedHour) writeRows(tx *db.Tx, from, to int) {
	part := func(n int) (int, int) { // of the kind that comes next
		first, last := min(max(from, 0), n), min(max(to, 0), n)
		from, to = from-n, to-n
		return first, last
	}
	a, b := part(len(s.messageRows))
	for _, row := range s.messageRows[a:b] {
		outbox.WritePast(tx, row)
	}
	a, b = part(len(s.verificationRows))
	for _, row := range s.verificationRows[a:b] {
		verify.WritePast(tx, row)
	}
	a, b = part(len(s.memberRows))
	for _, row := range s.memberRows[a:b] {
		account.WritePast(tx, row)
	}
	a, b = part(len(s.events))
	for _, e := range s.events[a:b] {
		audit.TellPast(tx, e.at, e.Event)
	}
}
