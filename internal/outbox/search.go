package outbox

import (
	"context"
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
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// ErrCursor refuses a cursor that was not given out for the same search.
var ErrCursor = fault.New(fault.Invalid, "cursor_invalid",
	"cursor: send the one of the last answer, with the same fields beside it")

// scanMost is how many messages of all numbers one search looks through. An
// answer may therefore hold less than was asked for, and a cursor all the same.
const scanMost = 20_000

// Search asks for messages of an application. Empty fields do not narrow it.
type Search struct {
	ApplicationID string
	To            phone.Number
	Status        Status
	Since         time.Time // not before
	Until         time.Time // before
	Cursor        string    // Next of the answer before
	Limit         int       // of messages in the answer
}

// Results are messages, the newest first.
type Results struct {
	Messages []Found
	Next     string // the cursor of what follows; empty at the end
}

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

// Search returns messages of an application. Refusal: [ErrCursor].
func (o *Outbox) Search(ctx context.Context, s Search) (Results, error) {
	before, err := o.openCursor(s)
	if err != nil {
		return Results{}, err
	}
	var r Results
	err = o.db.View(ctx, func(tx *db.Tx) error {
		r = Results{}
		query, args := searchByNumber, []any{o.ring.Whole(s.To)}
		floor := ""
		if s.To.IsZero() {
			if floor, err = scanFloor(tx, before, scanMost); err != nil {
				return err
			}
			query, args = searchAll, []any{floor}
		}
		since, until := s.window()
		args = append(args, s.ApplicationID, before, since, until, string(s.Status), tx.Now.Add(-askEnd), s.Limit+1)
		err := tx.Each(query, args, func(scan func(...any) error) error {
			f, err := o.scanFound(tx, scan)
			r.Messages = append(r.Messages, f)
			return err
		})
		switch {
		case err != nil:
			return err
		case len(r.Messages) > s.Limit:
			r.Messages = r.Messages[:s.Limit]
			r.Next = o.cursor(s, r.Messages[s.Limit-1].ID)
		case floor != "":
			r.Next = o.cursor(s, floor)
		}
		return nil
	})
	if err != nil {
		return Results{}, fmt.Errorf("searching messages: %w", err)
	}
	return r, nil
}

// window returns the times between which messages are looked for.
func (s Search) window() (since, until db.Time) {
	since, until = 0, 1<<62
	if !s.Since.IsZero() {
		since = db.At(s.Since)
	}
	if !s.Until.IsZero() {
		until = db.At(s.Until)
	}
	return since, until
}

// scanFloor returns the id above which a search through all numbers looks, or
// "" when that is all there is.
func scanFloor(tx *db.Tx, before string, most int) (floor string, err error) {
	err = tx.Row(messageBelow, before, most).Scan(&floor)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return floor, err
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

// A cursor is the id of the message that was reached, sealed for the search
// that it belongs to, so that it says nothing and cannot be altered.
const cursorPlace = "messages.cursor"

func (o *Outbox) cursor(s Search, messageID string) string {
	return base64.RawURLEncoding.EncodeToString(o.ring.Seal(cursorPlace, o.fingerprintOf(s), []byte(messageID)))
}

// openCursor returns the id below which a search goes on.
func (o *Outbox) openCursor(s Search) (string, error) {
	if s.Cursor == "" {
		// Ids sort by the time they were made at, give or take a clock.
		if day := 24 * time.Hour; !s.Until.IsZero() && s.Until.Before(o.db.Now().Std().Add(-day)) {
			return id.Before("msg", s.Until.Add(day)), nil
		}
		return "msg_~", nil // above every id
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(s.Cursor)
	if err != nil {
		return "", ErrCursor
	}
	plain, err := o.ring.Open(cursorPlace, o.fingerprintOf(s), sealed)
	if err != nil {
		return "", ErrCursor
	}
	return string(plain), nil
}

// fingerprintOf tells a search from every other one.
func (o *Outbox) fingerprintOf(s Search) string {
	since, until := s.window()
	return hex.EncodeToString(o.ring.Hash(seal.Fingerprint, cursorPlace, s.ApplicationID, s.To.E164(), string(s.Status),
		strconv.FormatInt(int64(since), 10), strconv.FormatInt(int64(until), 10)))
}
