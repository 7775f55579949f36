package verify

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// Past is a verification that has ended, as data for demonstrations and tests
// are made of. It never had a code.
type Past struct {
	ID            string
	ApplicationID string
	Purpose       Purpose
	Locale        string
	Status        Status
	To            phone.Number
	Attempts      int
	Sends         int
	MessageID     string // the newest
	CreatedAt     db.Time
	SentAt        db.Time // when the newest message was asked for
	EndedAt       db.Time
	ApprovedAt    db.Time // 0 when the code was never entered
}

// PastRow is a Past that is ready to be written.
type PastRow struct{ values []any }

// Row seals the number of a verification, so that little is done in the act that
// writes it.
func (p *Past) Row(ring *seal.Ring) PastRow {
	to := ring.Number("verifications", p.ID, p.To)
	var approved, redeemed any
	if p.ApprovedAt != 0 {
		approved = p.ApprovedAt
	}
	if p.Status == Redeemed {
		redeemed = p.ApprovedAt
	}
	return PastRow{[]any{
		p.ID, p.ApplicationID, string(p.Purpose), p.Locale, string(p.Status), to.Sealed, to.Whole, to.Tail, to.Prefix,
		[]byte{}, limit.ShortCode, p.Attempts, p.Sends, p.MessageID, "", p.CreatedAt, p.SentAt, p.SentAt.Add(lifetime),
		p.EndedAt, approved, redeemed,
	}}
}

// WritePast writes a verification with the act, by its end.
func WritePast(tx *db.Tx, row PastRow) { tx.Append(insertPast(), row.values...) }

// Any reports whether there is a verification.
func Any(tx *db.Tx) (found bool, err error) {
	if err := tx.Row(anyAtAll).Scan(&found); err != nil {
		return false, fmt.Errorf("looking for verifications: %w", err)
	}
	return found, nil
}
