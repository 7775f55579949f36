package outbox

import (
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// ErrFilter refuses a filter that cannot be read.
var ErrFilter = fault.New(fault.Invalid, "filter_invalid",
	"one of the filters cannot be read: take it out, or enter it again")

// ErrCursor refuses a cursor that was not given out for the same search.
var ErrCursor = fault.New(fault.Invalid, "cursor_invalid",
	"cursor: send the one of the last answer, with the same fields beside it")

// Filter asks for messages, of all applications unless it names one. Empty fields
// do not narrow it. It holds no number, so that it can stand in a URL.
type Filter struct {
	Since, Until   time.Time // not before, and before
	Status         Status    // as it is shown
	Code           string    // the provider's
	Type           string    // such as SMS
	Sender         string    // digits
	Purpose        string
	ApplicationID  string
	VerificationID string
	Number         string // a token of [Outbox.NumberToken]
}

// Listing is a page of messages, the newest first.
type Listing struct {
	Messages []Found
	Next     string // the cursor of what follows; empty at the end
	// Reached is how far back the page looked. With a filter that few messages
	// pass a page may hold few or none, and a Next all the same.
	Reached db.Time
}

const (
	// courseMost is how long after the start of a verification its last text may
	// be written, and slack what ids and rows may differ by.
	courseMost = 15 * time.Minute
	slack      = 24 * time.Hour
)

// findMost is how many messages of all numbers one page looks through: 20 ms
// worth, and six times that where they have to come from the disk.
const findMost = 25_000

// Find returns messages that pass a filter. Refusals: [ErrFilter], [ErrCursor].
func (o *Outbox) Find(tx *db.Tx, f Filter, cursor string, limit int) (l Listing, err error) {
	sought, err := o.soughtBy(f)
	if err != nil {
		return Listing{}, err
	}
	before, err := o.openCursor(f, sought, cursor, tx.Now)
	if err != nil {
		return Listing{}, err
	}
	by, first, floor, err := o.through(tx, f, sought, before)
	if err != nil {
		return Listing{}, fmt.Errorf("looking for messages: %w", err)
	}
	err = tx.Each(foundColumns+by, f.binds(first, before, tx.Now, limit+1), func(scan func(...any) error) error {
		m, err := o.scanFound(tx, scan)
		l.Messages = append(l.Messages, m)
		return err
	})
	if err != nil {
		return Listing{}, fmt.Errorf("looking for messages: %w", err)
	}
	switch {
	case len(l.Messages) > limit:
		l.Messages = l.Messages[:limit]
		floor = l.Messages[limit-1].ID
		l.Reached = l.Messages[limit-1].CreatedAt
	case floor != "":
		made, _ := id.Made(floor)
		l.Reached = db.At(made)
	default:
		return l, nil
	}
	l.Next = o.cursor(f, sought, floor)
	return l, nil
}

// through returns the condition by which a filter's messages are looked for, its
// first bind, and the id from which on they are, or "" for all there are.
func (o *Outbox) through(tx *db.Tx, f Filter, s sought, before string) (by string, first any, floor string, err error) {
	switch s.kind {
	case wholeNumber:
		return byNumber, s.mac, "", nil
	case tailOfNumber:
		return byTail, s.mac, "", nil
	}
	above := f.above()
	if f.narrow() {
		if floor, err = scanFloor(tx, before, o.findMost); err != nil {
			return "", nil, "", err
		}
	}
	if floor <= above {
		return byTime, above, "", nil
	}
	return byTime, floor, floor, nil
}

// CountMost is how many messages [Outbox.Count] counts, and countTail how many of
// four last digits: those lie scattered over the whole table, and each costs a read.
const (
	CountMost = 10_000
	countTail = 100
)

// Count returns how many messages pass a filter. It counts [CountMost] at most, or a
// hundred of four last digits, of those that the first page looks through; more
// says that there may be others.
// Refusal: [ErrFilter].
func (o *Outbox) Count(tx *db.Tx, f Filter) (n int, more bool, err error) {
	sought, err := o.soughtBy(f)
	if err != nil {
		return 0, false, err
	}
	before := f.below(tx.Now)
	by, first, floor, err := o.through(tx, f, sought, before)
	most := CountMost
	if by == byTail {
		most = countTail
	}
	if err == nil {
		err = tx.Row(countFound(by), f.binds(first, before, tx.Now, most+1)...).Scan(&n)
	}
	if err != nil {
		return 0, false, fmt.Errorf("counting messages: %w", err)
	}
	return min(n, most), n > most || floor != "", nil
}

// scanFloor returns the id from which on a search through all numbers looks, or
// "" when that is all there is.
func scanFloor(tx *db.Tx, before string, most int) (floor string, err error) {
	err = tx.Row(messageBelow, before, most).Scan(&floor)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return floor, err
}

// narrow reports whether a filter lets only some messages of its time pass.
func (f Filter) narrow() bool {
	f.Since, f.Until = time.Time{}, time.Time{}
	return f != Filter{}
}

// window returns the times between which messages are looked for; 0 is any.
func (f Filter) window() (since, until db.Time) {
	if !f.Since.IsZero() {
		since = db.At(f.Since)
	}
	if !f.Until.IsZero() {
		until = db.At(f.Until)
	}
	return since, until
}

// above returns an id that is below those of all messages sought: ids sort by
// the time they were made at, give or take a clock.
func (f Filter) above() (above string) {
	if !f.Since.IsZero() {
		above = id.Before("msg", f.Since.Add(-slack))
	}
	if made, ok := id.Made(f.VerificationID); ok {
		above = max(above, id.Before("msg", made.Add(-courseMost)))
	}
	return above
}

// below returns an id that is above those of all messages sought.
func (f Filter) below(now db.Time) string {
	below := "msg_~" // above every id
	if !f.Until.IsZero() && db.At(f.Until) < now.Add(-slack) {
		below = min(below, id.Before("msg", f.Until.Add(slack)))
	}
	if made, ok := id.Made(f.VerificationID); ok {
		below = min(below, id.Before("msg", made.Add(courseMost)))
	}
	return below
}

func (f Filter) binds(first any, before string, now db.Time, limit int) []any {
	since, until := f.window()
	return []any{
		first, before, since, until, string(f.Status), now.Add(-askEnd), f.Code, f.Type, f.Sender, f.Purpose,
		f.ApplicationID, f.VerificationID, limit,
	}
}

// A cursor is the id of the message that was reached, sealed for the filter that
// it belongs to, so that it says nothing and cannot be altered.
const cursorPlace = "messages.cursor"

func (o *Outbox) cursor(f Filter, s sought, messageID string) string {
	return base64.RawURLEncoding.EncodeToString(o.ring.Seal(cursorPlace, o.fingerprintOf(f, s), []byte(messageID)))
}

// openCursor returns the id below which a search goes on.
func (o *Outbox) openCursor(f Filter, s sought, cursor string, now db.Time) (string, error) {
	if cursor == "" {
		return f.below(now), nil
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return "", ErrCursor
	}
	plain, err := o.ring.Open(cursorPlace, o.fingerprintOf(f, s), sealed)
	if err != nil {
		return "", ErrCursor
	}
	return string(plain), nil
}

// fingerprintOf tells a filter from every other one. Tokens of one number
// differ, and what they stand for does not.
func (o *Outbox) fingerprintOf(f Filter, s sought) string {
	since, until := f.window()
	return hex.EncodeToString(o.ring.Hash(seal.Fingerprint, "messages.filter", strconv.FormatInt(int64(since), 10),
		strconv.FormatInt(int64(until), 10), string(f.Status), f.Code, f.Type, f.Sender, f.Purpose, f.ApplicationID,
		f.VerificationID, string(s.kind), string(s.mac)))
}

// Totals are what was sent to a number in all.
type Totals struct {
	Texts, Delivered int
	Won              int
	First            db.Time // 0 when there was none
}

// TotalsOf returns what was sent to a number, by its keyed hash.
func (o *Outbox) TotalsOf(tx *db.Tx, number []byte) (t Totals, err error) {
	if err := tx.Row(totalsOfNumber, number).Scan(&t.Texts, &t.Delivered, &t.Won, &t.First); err != nil {
		return Totals{}, fmt.Errorf("counting what was sent to a number: %w", err)
	}
	return t, nil
}

// Lookup returns a message of whichever application, or [ErrNotFound].
func (o *Outbox) Lookup(tx *db.Tx, messageID string) (Found, error) {
	f, err := o.scanFound(tx, tx.Row(foundByID, messageID).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Found{}, ErrNotFound
	}
	if err != nil {
		return Found{}, fmt.Errorf("looking up a message: %w", err)
	}
	return f, nil
}
