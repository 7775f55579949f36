package outbox

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// Past is a message that no dispatcher has to do with any more, as data for
// demonstrations and tests are made of. What has no end yet stays as it is.
type Past struct {
	ID                string
	ApplicationID     string
	VerificationID    string
	Purpose           string
	To                phone.Number
	Status            Status
	StatusCode        string
	Carrier           string
	ProviderMessageID string
	Sender            string // digits; this and Type are empty unless the provider took it
	Type              string
	CreatedAt         db.Time
	AcceptedAt        db.Time // this and what follows: 0 when it did not happen
	ReceivedAt        db.Time
	EndedAt           db.Time
	EnteredAt         db.Time // 0 also while its verification is kept
	Cost              int
}

// PastRow is a Past that is ready to be written.
type PastRow struct{ values []any }

// Row seals the number of a message, so that little is done in the act that
// writes it.
func (p *Past) Row(ring *seal.Ring) PastRow {
	to := ring.Number("messages", p.ID, p.To)
	return PastRow{[]any{
		p.ID, p.ApplicationID, p.VerificationID, to.Sealed, to.Whole, to.Tail, to.Prefix,
		string(p.Status), p.StatusCode, p.Carrier, "", orNull(p.ProviderMessageID), p.CreatedAt, p.CreatedAt,
		timeOrNull(p.AcceptedAt), timeOrNull(p.ReceivedAt), timeOrNull(p.EndedAt), p.Purpose, p.Cost,
		p.Sender, p.Type, timeOrNull(p.EnteredAt),
	}}
}

// WritePast writes a message with the act, by its end.
func WritePast(tx *db.Tx, row PastRow) { tx.Append(insertPast(), row.values...) }

// Any reports whether there is a message.
func Any(tx *db.Tx) (bool, error) {
	_, ok, err := Oldest(tx)
	return ok, err
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func timeOrNull(t db.Time) any {
	if t == 0 {
		return nil
	}
	return t
}

// Sent returns the message as it is counted.
func (p *Past) Sent() *Sent {
	s := &Sent{
		ID: p.ID, ApplicationID: p.ApplicationID, Purpose: p.Purpose, Carrier: p.Carrier, Status: p.Status, StatusCode: p.StatusCode,
		Coded: p.VerificationID != "", CreatedAt: p.CreatedAt, ReceivedAt: p.ReceivedAt, Cost: p.Cost,
	}
	if s.Status == Dropped {
		s.Cost = 0
	}
	return s
}
