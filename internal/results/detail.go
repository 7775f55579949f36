package results

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// StepKind says what a step of a text is.
type StepKind string

// The steps, in the order in which they usually come.
const (
	StepStarted  StepKind = "started"   // the verification was started
	StepQueued   StepKind = "queued"    // the text was written
	StepGrouped  StepKind = "grouped"   // it was put into one of the provider's groups
	StepAccepted StepKind = "accepted"  // the provider took it
	StepCarrier  StepKind = "carrier"   // the phone got it, by the carrier's word
	StepReported StepKind = "reported"  // its end was heard of: the status says which
	StepEntered  StepKind = "entered"   // its code was entered
	StepUsed     StepKind = "used"      // the approval was used
	StepJoined   StepKind = "joined"    // an account was opened with it
	StepSignedIn StepKind = "signed_in" // a member signed in with it
)

// Step is where a text came to, and when.
type Step struct {
	Kind StepKind
	At   db.Time
}

// Detail is all that is known of a text.
type Detail struct {
	Row
	Steps        []Step // the oldest first
	Why          outbox.Reason
	Settled      bool           // its cost is what the provider took; else what is reserved for it
	Verification *verify.Course // nil when there is none, or it was erased
	UserID       string         // of the member who signed in or joined with it
	Others       []Row          // the other texts of the verification, the newest first
}

// Detail returns a text. Refusal: [outbox.ErrNotFound].
func (r *Results) Detail(ctx context.Context, messageID string) (d Detail, err error) {
	err = r.o.DB.View(ctx, func(tx *db.Tx) error {
		m, err := r.o.Outbox.Lookup(tx, messageID)
		if err != nil {
			return err
		}
		courses, err := r.o.Verify.Courses(tx, ids(m.VerificationID))
		if err != nil {
			return err
		}
		d = Detail{Why: m.Reason(), Settled: m.AcceptedAt != 0 || m.EndedAt != 0}
		if c, kept := courses[m.VerificationID]; kept {
			m.EnteredAt = max(m.EnteredAt, c.ApprovedAt)
			d.Verification = &c
		}
		d.Row = newRow(m)
		d.Steps = d.steps()
		if err := d.addMember(tx); err != nil || m.VerificationID == "" {
			return err
		}
		same, err := r.o.Outbox.Find(tx, Filter{VerificationID: m.VerificationID}, "", textsMost)
		if err != nil {
			return err
		}
		same.Messages = slices.DeleteFunc(same.Messages, func(other outbox.Found) bool { return other.ID == m.ID })
		d.Others, _, err = r.rows(tx, same.Messages)
		return err
	})
	if err != nil {
		return Detail{}, fmt.Errorf("reading a result: %w", err)
	}
	slices.SortStableFunc(d.Steps, func(a, b Step) int { return int(a.At - b.At) })
	return d, nil
}

// ids are those of some rows that are there.
func ids(all ...string) []string {
	return slices.DeleteFunc(all, func(id string) bool { return id == "" })
}

// steps returns those that the text and its verification tell.
func (d Detail) steps() []Step {
	var started, used db.Time
	if d.Verification != nil {
		started, used = d.Verification.CreatedAt, d.Verification.RedeemedAt
	}
	all := []Step{
		{StepStarted, started}, {StepQueued, d.CreatedAt}, {StepGrouped, d.SendingAt}, {StepAccepted, d.AcceptedAt},
		{StepCarrier, d.ReceivedAt}, {StepReported, d.EndedAt}, {StepEntered, d.EnteredAt}, {StepUsed, used},
	}
	return slices.DeleteFunc(all, func(s Step) bool { return s.At == 0 })
}

// textsMost is more than a verification has.
const textsMost = 10

// eventsMost bounds the events that one page reads.
const eventsMost = 20_000

// addMember finds who signed in or joined with the text: the event was written
// in the act that used the approval.
func (d *Detail) addMember(tx *db.Tx) error {
	if d.Verification == nil || d.Verification.RedeemedAt == 0 {
		return nil
	}
	at := d.Verification.RedeemedAt
	_, err := audit.Between(tx, at, at+1, 0, eventsMost, func(e audit.Happened) error {
		step, known := memberSteps[e.Kind]
		if known && e.VerificationID == d.VerificationID {
			d.UserID = e.UserID
			d.Steps = append(d.Steps, Step{step, e.At})
		}
		return nil
	})
	return err
}

var memberSteps = map[audit.Kind]StepKind{audit.Joined: StepJoined, audit.SignedIn: StepSignedIn}

// Answer asks the provider what it says of a text now, and returns that without
// what the text said and without numbers, as JSON. Refusals:
// [outbox.ErrNotFound], [outbox.ErrNoAnswer], [outbox.ErrProvider].
func (r *Results) Answer(ctx context.Context, messageID string) (json.RawMessage, error) {
	var m outbox.Found
	err := r.o.DB.View(ctx, func(tx *db.Tx) (err error) {
		m, err = r.o.Outbox.Lookup(tx, messageID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.o.Outbox.Answer(ctx, m)
}
