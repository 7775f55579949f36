package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// Found is a message with all that is known of it.
type Found struct {
	Message
	VerificationID    string
	To                phone.Number // none once it was erased
	Carrier           string       // empty until reported
	GroupID           string       // the provider's; empty until it has one
	ProviderMessageID string       // the same
	CreatedAt         db.Time
	SendingAt         db.Time // this and what follows: 0 until then
	AcceptedAt        db.Time
	ReceivedAt        db.Time // by the phone, as the provider says
	EndedAt           db.Time
	Cost              int // in won: what is reserved for it, then what the provider took
	ApplicationID     string
	Purpose           string
	Sender            string  // the number it was sent from; this and the next are empty until the provider took it
	Type              string  // such as SMS
	EnteredAt         db.Time // its code; 0 while its verification is kept, which tells it until then
}

// Step is where a message came to, and when.
type Step struct {
	Status Status
	At     db.Time
}

// Timeline returns the steps of a message in their order.
func (f Found) Timeline() []Step {
	steps := []Step{{Queued, f.CreatedAt}}
	for _, s := range []Step{{Sending, f.SendingAt}, {Accepted, f.AcceptedAt}, {f.Status, f.EndedAt}} {
		if s.At != 0 {
			steps = append(steps, s)
		}
	}
	return steps
}

// Look returns one message of an application, or [ErrNotFound].
func (o *Outbox) Look(ctx context.Context, applicationID, messageID string) (f Found, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		f, err = o.scanFound(tx, tx.Row(lookMessage, messageID, applicationID).Scan)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Found{}, ErrNotFound
	}
	if err != nil {
		return Found{}, fmt.Errorf("looking up a message: %w", err)
	}
	return f, nil
}

// scanFound reads a row of the searches.
func (o *Outbox) scanFound(tx *db.Tx, scan func(...any) error) (f Found, err error) {
	var number []byte
	err = scan(&f.ID, &f.VerificationID, &number, &f.Status, &f.StatusCode, &f.Carrier, &f.GroupID, &f.ProviderMessageID,
		&f.CreatedAt, &f.SendingAt, &f.AcceptedAt, &f.ReceivedAt, &f.EndedAt, &f.Cost, &f.ApplicationID, &f.Purpose,
		&f.Sender, &f.Type, &f.EnteredAt)
	if err != nil {
		return Found{}, err
	}
	f.Status = overdue(f.Status, max(f.AcceptedAt, f.CreatedAt), tx.Now)
	if len(number) == 0 {
		return f, nil
	}
	if f.To, err = o.ring.OpenNumber("messages", f.ID, number); err != nil {
		return Found{}, fmt.Errorf("opening the number of message %s: %w", f.ID, err)
	}
	return f, nil
}

// overdue is what a status is shown as: nobody hears any more of a message
// that has had no end in 72 hours.
func overdue(s Status, since, now db.Time) Status {
	if !s.Ended() && since < now.Add(-askEnd) {
		return Unknown
	}
	return s
}
