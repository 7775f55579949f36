package traffic

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// Past adds up an hour whose texts are made up, as they are written: reading them
// again would take as long.
type Past struct{ sums *sums }

// NewPast returns the sums of an hour without texts.
func NewPast(hour int64) *Past { return &Past{newSums(hour)} }

// Add adds a text, whose code was entered at a time or, with 0, was not. One that
// may still change is set aside.
func (p *Past) Add(s *outbox.Sent, entered, now db.Time) { p.sums.add(text{s, entered}, now) }

// Write writes the sums of the hour, with how many sign-ins there were with
// passkeys and the blocks of numbers that were sent most.
func (p *Past) Write(tx *db.Tx, passkeys int, blocks []outbox.Block) {
	tx.Exec(nextRevision)
	p.sums.passkeys, p.sums.blocks = passkeys, blocks[:min(len(blocks), blocksMost)]
	p.sums.write(tx)
}

// Closed reports whether nothing more is entered in an hour.
func Closed(hour int64, now db.Time) bool { return hour < closedAt(now) }
