// Package results tells operators what became of every text, over all
// applications: the list with its filters, one text with all its steps,
// everything that happened to one number, and the list as CSV.
//
// It joins what others keep and keeps nothing itself: the texts are the outbox's,
// whether and when a code was entered is told by its verification, and once that
// is erased by the text.
//
// Numbers are masked by every route but two, [Results.Unmask] and an export of
// whole numbers, which ask why and are recorded (S-99). It never shows what a
// text said or a code.
package results

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// Options are what results are made of.
type Options struct {
	DB     *db.DB
	Ring   *seal.Ring
	Outbox *outbox.Outbox
	Verify *verify.Verifier
	Limits *limit.Limits

	// Holder, unless nil, returns the id of the member of a number, or "".
	Holder func(tx *db.Tx, number []byte) (userID string, err error)
}

// Results reads. It is safe for concurrent use.
type Results struct{ o Options }

// New returns the results of an installation.
func New(o Options) *Results { return &Results{o} }

// Filter asks for texts; empty fields do not narrow it.
type Filter = outbox.Filter

// Row is a text as it is listed.
type Row struct {
	outbox.Found               // its EnteredAt is known here
	Arrival      time.Duration // from being asked for to the phone; 0 while it has not arrived
	Entry        time.Duration // from being asked for to its code being entered; 0 while it was not
}

// Page is a part of what was found, the newest first.
type Page struct {
	Rows []Row
	Next string // the cursor of what follows; empty at the end
	// Reached is how far back the page looked. With a filter that few texts pass
	// a page may hold few or none, and a Next all the same.
	Reached db.Time
}

// NumberToken returns what stands in a filter for a number in any usual
// spelling, or for the last four digits of one. Refusals: those of
// [phone.Parse].
func (r *Results) NumberToken(text string) (string, error) { return r.o.Outbox.NumberToken(text) }

// Named says which number a token stands for, masked, and whether it is a whole
// one. Refusal: [outbox.ErrFilter].
func (r *Results) Named(token string) (masked string, whole bool, err error) {
	masked, number, err := r.o.Outbox.Sought(token)
	return masked, number != nil, err
}

// Search returns texts that pass a filter. Refusals: [outbox.ErrFilter],
// [outbox.ErrCursor].
func (r *Results) Search(ctx context.Context, f Filter, cursor string, limit int) (p Page, err error) {
	err = r.o.DB.View(ctx, func(tx *db.Tx) error {
		found, err := r.o.Outbox.Find(tx, f, cursor, limit)
		if err != nil {
			return err
		}
		rows, _, err := r.rows(tx, found.Messages)
		p = Page{rows, found.Next, found.Reached}
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("searching results: %w", err)
	}
	return p, nil
}

// Count returns how many texts pass a filter, [outbox.CountMost] at most; more
// says that there may be others. Refusal: [outbox.ErrFilter].
func (r *Results) Count(ctx context.Context, f Filter) (n int, more bool, err error) {
	err = r.o.DB.View(ctx, func(tx *db.Tx) error {
		n, more, err = r.o.Outbox.Count(tx, f)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("counting results: %w", err)
	}
	return n, more, nil
}

// Blocks returns the first seven digits of the numbers of some texts, by their
// ids: 010-1234. Those that were erased are left out.
func (r *Results) Blocks(ctx context.Context, ids []string) (blocks map[string]string, err error) {
	err = r.o.DB.View(ctx, func(tx *db.Tx) error {
		blocks = make(map[string]string, len(ids))
		for _, id := range ids {
			m, err := r.o.Outbox.Lookup(tx, id)
			switch {
			case errors.Is(err, outbox.ErrNotFound):
			case err != nil:
				return err
			case len(m.To.National()) > 7:
				digits := m.To.National()
				blocks[id] = digits[:3] + "-" + digits[3:7]
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading blocks of numbers: %w", err)
	}
	return blocks, nil
}

// rows adds to messages what their verifications tell, and returns those too.
func (r *Results) rows(tx *db.Tx, found []outbox.Found) ([]Row, map[string]verify.Course, error) {
	ids := make([]string, 0, len(found))
	for _, m := range found {
		if m.VerificationID != "" && m.EnteredAt == 0 {
			ids = append(ids, m.VerificationID)
		}
	}
	courses, err := r.o.Verify.Courses(tx, ids)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]Row, len(found))
	for i, m := range found {
		if c, kept := courses[m.VerificationID]; kept {
			m.EnteredAt = c.ApprovedAt
		}
		rows[i] = newRow(m)
	}
	return rows, courses, nil
}

func newRow(m outbox.Found) Row {
	row := Row{Found: m}
	if m.ReceivedAt != 0 {
		row.Arrival = max(0, m.ReceivedAt.Sub(m.CreatedAt))
	}
	if m.EnteredAt != 0 {
		row.Entry = max(0, m.EnteredAt.Sub(m.CreatedAt))
	}
	return row
}
