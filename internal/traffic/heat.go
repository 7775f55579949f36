package traffic

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// Heat is how much was sent to a block of numbers in an hour: to those with the
// same first seven digits. Somebody who pumps texts has many numbers of a block.
type Heat struct {
	Hour      int64
	Prefix    []byte // keyed hash of the seven digits
	Sends     int
	Won       int
	MessageID string // one of them, which tells the digits to who may see them
}

// Heat returns the blocks of numbers that were sent most within an hour of a
// window, at most twenty. Of an hour that is added up it counts what was known
// then.
func (t *Traffic) Heat(ctx context.Context, w Window) (list []Heat, err error) {
	err = t.read(ctx, func(tx *db.Tx) error {
		list = nil
		err := tx.Each(hottest, []any{w.From, w.To, blocksMost}, func(scan func(...any) error) error {
			var h Heat
			err := scan(&h.Hour, &h.Prefix, &h.Sends, &h.Won, &h.MessageID)
			list = append(list, h)
			return err
		})
		if err != nil {
			return err
		}
		holes, err := gaps(tx, w)
		if err != nil {
			return err
		}
		return eachHole(holes, func(hour int64) error {
			blocks, err := outbox.Blocks(tx, startOf(hour), startOf(hour+1), blocksMost)
			for _, b := range blocks {
				list = append(list, Heat{hour, b.Prefix, b.Sends, b.Won, b.MessageID})
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("looking for blocks of numbers: %w", err)
	}
	slices.SortFunc(list, func(a, b Heat) int {
		return cmp.Or(cmp.Compare(b.Sends, a.Sends), cmp.Compare(b.Hour, a.Hour), bytes.Compare(a.Prefix, b.Prefix))
	})
	return list[:min(len(list), blocksMost)], nil
}

// ErasePrefixes forgets the blocks of numbers of hours before a time, the oldest
// first and at most so many rows more, and returns how many.
func (t *Traffic) ErasePrefixes(tx *db.Tx, before db.Time, most int) (n int, err error) {
	err = tx.Each(erasePrefixes, []any{hourOf(before), most}, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing blocks of numbers: %w", err)
	}
	return n, nil
}
