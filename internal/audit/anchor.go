package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// ErrChain says that the records were tampered with. The text says how to see
// where.
var ErrChain = errors.New("the operators' records were changed: sinpyo audit verify tells where")

// anchorEvery is how often the newest record is sealed.
const anchorEvery = time.Minute

// The place that a sealed mark is made for.
const (
	anchorPlace = "record_head.anchor"
	anchorID    = "newest"
)

// Anchors seals the mark of the newest record with the master key, so that who
// can write to the database and has not that key cannot make the records end
// earlier, or tell another story up to there, unseen.
type Anchors struct {
	db     *db.DB
	ring   *seal.Ring
	broken bool // it was told already
}

// NewAnchors returns what seals the marks of a database.
func NewAnchors(d *db.DB, ring *seal.Ring) *Anchors { return &Anchors{db: d, ring: ring} }

// Run seals at once and every minute until ctx ends, and then returns nil. That
// the records were changed is handed to trouble once, as [ErrChain].
func (a *Anchors) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(anchorEvery)
	defer tick.Stop()
	for {
		err := a.Once(ctx)
		broken := errors.Is(err, ErrChain)
		if err != nil && ctx.Err() == nil && (!broken || !a.broken) {
			trouble(err)
		}
		a.broken = broken
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once looks whether what was sealed still stands and what was added since fits,
// and seals the newest record. Refusal: [ErrChain], after which the seal stays
// where it was.
func (a *Anchors) Once(ctx context.Context) error {
	var sealed Mark
	var c Chain
	err := a.db.View(ctx, func(tx *db.Tx) (err error) {
		if sealed, _, err = a.Sealed(tx); err != nil {
			return err
		}
		head, _, err := readHead(tx)
		if err != nil {
			return err
		}
		c, err = walkFrom(tx, sealed, []Mark{head})
		if err == nil && (c.Broken > 0 || head.Number < sealed.Number || !stands(tx, sealed)) {
			err = ErrChain
		}
		return err
	})
	if err != nil || c.Count == 0 {
		return err
	}
	value := a.ring.Seal(anchorPlace, anchorID, []byte(c.Newest.String()))
	err = a.db.UpdateSoon(ctx, func(tx *db.Tx) error {
		tx.Exec(sealHead, value)
		return nil
	})
	if err != nil {
		return fmt.Errorf("sealing the newest record: %w", err)
	}
	return nil
}

// stands reports whether a record is there as its mark says.
func stands(tx *db.Tx, m Mark) bool {
	var hash []byte
	return m.Number == 0 || tx.Row(hashOfRecord, m.Number).Scan(&hash) == nil && bytes.Equal(hash, m.Hash)
}

// Sealed returns the mark that was sealed last, and whether there is one. One
// that does not open is [ErrChain].
func (a *Anchors) Sealed(tx *db.Tx) (m Mark, ok bool, err error) {
	_, sealed, err := readHead(tx)
	if err != nil || len(sealed) == 0 {
		return Mark{}, false, err
	}
	plain, err := a.ring.Open(anchorPlace, anchorID, sealed)
	if err == nil {
		m, err = ParseMark(string(plain))
	}
	if err != nil {
		return Mark{}, false, errors.Join(ErrChain, err)
	}
	return m, true, nil
}
