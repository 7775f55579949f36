package outbox

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

// idSlack is how far the time in a message's id may be from the time it was
// written at: a draft waits for the writer, and clocks of nodes differ.
const idSlack = 10 * time.Minute

// Sent is a message as it is counted.
type Sent struct {
	ID            string
	ApplicationID string
	Purpose       string
	Carrier       string // empty until reported
	Status        Status
	StatusCode    string
	Coded         bool // it carried a code
	CreatedAt     db.Time
	ReceivedAt    db.Time // by the phone; 0 when that is not known
	Cost          int     // in won; nothing for one that was dropped
}

// Changes reports whether anything of the message may still become another: it
// has no end, or its end was not heard of and a late report may tell it.
func (s Sent) Changes() bool { return !s.Status.Ended() || s.Status == Unknown }

// EachSent calls fn for each message that was written from one time on and
// before another. What it is given is used again for the next one.
func EachSent(tx *db.Tx, since, until db.Time, fn func(*Sent) error) error {
	from, to := idsBetween(since, until)
	return eachSent(tx, sentBetween, []any{tx.Now.Add(-askEnd), from, to, since, until}, fn)
}

// EachSentOf calls fn for each of some messages that is still there, maybe twice.
func EachSentOf(tx *db.Tx, ids []string, fn func(*Sent) error) error {
	for _, p := range pieces(len(ids)) {
		args := make([]any, 1, 1+p.size)
		args[0] = tx.Now.Add(-askEnd)
		for i := range p.size {
			args = append(args, ids[p.at(i)])
		}
		if err := eachSent(tx, sentOf[p.size], args, fn); err != nil {
			return err
		}
	}
	return nil
}

func eachSent(tx *db.Tx, query string, args []any, fn func(*Sent) error) error {
	var s Sent
	var coded int
	err := tx.Each(query, args, func(scan func(...any) error) error {
		err := scan(&s.ID, &s.ApplicationID, &s.Purpose, &s.Carrier, &s.Status, &s.StatusCode, &coded, &s.CreatedAt,
			&s.ReceivedAt, &s.Cost)
		if err != nil {
			return err
		}
		s.Coded = coded != 0
		return fn(&s)
	})
	if err != nil {
		return fmt.Errorf("counting messages: %w", err)
	}
	return nil
}

// Asked is a text with a code as it was asked for: what a limit saw of it, and
// what it cost.
type Asked struct {
	VerificationID string
	Number         []byte // keyed hash
	ApplicationID  string
	Purpose        string
	CreatedAt      db.Time
	Cost           int // in won; nothing for one that was dropped
}

// EachAsked calls fn for each text with a code that was written from one time on
// and before another, about in the order of their times.
func EachAsked(tx *db.Tx, since, until db.Time, fn func(Asked)) error {
	from, to := idsBetween(since, until)
	err := tx.Each(askedBetween, []any{from, to, since, until}, func(scan func(...any) error) error {
		var a Asked
		err := scan(&a.VerificationID, &a.Number, &a.ApplicationID, &a.Purpose, &a.CreatedAt, &a.Cost)
		fn(a)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading which texts were asked for: %w", err)
	}
	return nil
}

// idsBetween returns ids below and above those of all messages written between
// two times.
func idsBetween(since, until db.Time) (from, to string) {
	return id.Before("msg", since.Add(-idSlack).Std()), id.Before("msg", until.Add(idSlack).Std())
}

// Oldest returns when the oldest message was written, and whether there is any.
func Oldest(tx *db.Tx) (at db.Time, ok bool, err error) {
	err = tx.Row(oldestMessage).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("looking for the oldest message: %w", err)
	}
	return at, true, nil
}

// Block is what was sent to a block of numbers, those with the same first seven
// digits.
type Block struct {
	Prefix    []byte // keyed hash
	Sends     int
	Won       int
	MessageID string // the first of them
}

// Blocks returns the blocks of numbers that were sent most from one time on and
// before another, the first first.
func Blocks(tx *db.Tx, since, until db.Time, most int) (list []Block, err error) {
	from, to := idsBetween(since, until)
	err = tx.Each(blocksBetween, []any{from, to, since, until, most}, func(scan func(...any) error) error {
		var b Block
		err := scan(&b.Prefix, &b.Sends, &b.Won, &b.MessageID)
		list = append(list, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting blocks of numbers: %w", err)
	}
	return list, nil
}

// blocksAtOnce are named by one statement; the last one again until they are so
// many.
const blocksAtOnce = 20

// EachToBlocks calls fn with each message with a code that was written to some
// blocks of numbers from one time on and before another.
func EachToBlocks(tx *db.Tx, since, until db.Time, blocks [][]byte, fn func(prefix []byte, messageID string)) error {
	from, to := idsBetween(since, until)
	for len(blocks) > 0 {
		binds := []any{from, to, since, until}
		for i := range blocksAtOnce {
			binds = append(binds, blocks[min(i, len(blocks)-1)])
		}
		blocks = blocks[min(blocksAtOnce, len(blocks)):]
		err := tx.Each(blockTexts, binds, func(scan func(...any) error) error {
			var prefix []byte
			var id string
			err := scan(&prefix, &id)
			fn(prefix, id)
			return err
		})
		if err != nil {
			return fmt.Errorf("reading what was sent to blocks of numbers: %w", err)
		}
	}
	return nil
}
