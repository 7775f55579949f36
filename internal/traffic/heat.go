package traffic

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// Heat is how much was sent to a block of numbers in an hour: to those with the
// same first seven digits. Somebody who pumps texts has many numbers of a block.
type Heat struct {
	Hour      int64
	Prefix    []byte // keyed hash of the seven digits
	Sends     int
	Won       int
	Codes     int    // of Sends, those with a code
	Entered   int    // codes that were entered
	MessageID string // one of them, which tells the digits to who may see them
}

// BlockLeast is how many texts in an hour make a block of numbers worth a look.
// Of one with fewer the digits would tell whose number it is.
const BlockLeast = 10

// Conversion returns how many of a hundred codes were entered; ok is false when
// none was sent.
func (h Heat) Conversion() (percent float64, ok bool) { return percentOf(h.Entered, h.Codes) }

// Heat returns the blocks of numbers that were sent most within an hour of a
// window, at most twenty. Of an hour that is added up it counts what was known
// then; which codes were entered it reads from the texts themselves.
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
		err = eachHole(holes, func(hour int64) error {
			blocks, err := outbox.Blocks(tx, startOf(hour), startOf(hour+1), blocksMost)
			for _, b := range blocks {
				list = append(list, Heat{Hour: hour, Prefix: b.Prefix, Sends: b.Sends, Won: b.Won, MessageID: b.MessageID})
			}
			return err
		})
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b Heat) int {
			return cmp.Or(cmp.Compare(b.Sends, a.Sends), cmp.Compare(b.Hour, a.Hour), bytes.Compare(a.Prefix, b.Prefix))
		})
		list = list[:min(len(list), blocksMost)]
		return convert(tx, list)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for blocks of numbers: %w", err)
	}
	return list, nil
}

// convert counts the codes that were sent to blocks, and those of them that were
// entered. It reads each hour once.
func convert(tx *db.Tx, list []Heat) error {
	hours := map[int64][]*Heat{}
	for i := range list {
		hours[list[i].Hour] = append(hours[list[i].Hour], &list[i])
	}
	for hour, blocks := range hours {
		since, until := startOf(hour), startOf(hour+1)
		entered := make(map[string]bool)
		if err := verify.Entered(tx, since, until, func(messageID string, _ db.Time) { entered[messageID] = true }); err != nil {
			return err
		}
		prefixes, of := make([][]byte, len(blocks)), make(map[string]*Heat, len(blocks))
		for i, h := range blocks {
			prefixes[i], of[string(h.Prefix)] = h.Prefix, h
		}
		err := outbox.EachToBlocks(tx, since, until, prefixes, func(prefix []byte, messageID string) {
			h := of[string(prefix)]
			h.Codes++
			if entered[messageID] {
				h.Entered++
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
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
