package account

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// Past is a member who joined at some time, as data for demonstrations are made
// of. They have agreed to nothing and are signed in nowhere.
type Past struct {
	ID       string
	Number   phone.Number
	Name     string
	Locale   string
	JoinedAt db.Time
}

// PastRow is a Past that is ready to be written.
type PastRow struct{ values []any }

// Row seals the number of a member, so that little is done in the act that writes
// it.
func (p *Past) Row(ring *seal.Ring) PastRow {
	n := ring.Number("users", p.ID, p.Number)
	return PastRow{[]any{p.ID, n.Sealed, n.Whole, n.Tail, n.Prefix, p.Name, p.Locale, p.JoinedAt, p.JoinedAt, p.JoinedAt}}
}

// WritePast writes a member with the act, by its end.
func WritePast(tx *db.Tx, row PastRow) { tx.Append(insertPast(), row.values...) }
