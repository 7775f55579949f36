package results

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// HappeningKind says what happened to a number.
type HappeningKind string

// The kinds.
const (
	HappenedText    HappeningKind = "text"     // Text: it was written then; its Found tells the rest
	HappenedStarted HappeningKind = "started"  // a verification was started
	HappenedEntered HappeningKind = "entered"  // its code was entered
	HappenedUsed    HappeningKind = "used"     // its approval was used
	HappenedEnded   HappeningKind = "ended"    // it ended without a right code; Word is the status
	HappenedDecided HappeningKind = "decision" // of the limits; Word is the rule, Outcome what it made of it
	HappenedEvent   HappeningKind = "event"    // of the member; Word is the kind of event
)

// Happening is one thing that happened to a number. Empty fields do not apply.
type Happening struct {
	At             db.Time
	Kind           HappeningKind
	Text           *Row
	VerificationID string
	ApplicationID  string
	UserID         string
	Word           string
	Outcome        limit.Outcome
	Detail         string // of an event: a word from a fixed set
	Times          int64  // how often within a second, of a decision
}

// Day is what happened on a day of Seoul, the newest first.
type Day struct {
	Date     string // 2006-01-02
	Happened []Happening
}

// Timeline is what happened to one number, the newest first.
type Timeline struct {
	Number string // masked
	UserID string // whose number it is now; empty when it is nobody's
	Totals outbox.Totals
	Uses   []limit.Use // how far its limits are spent
	Days   []Day
	Seen   []audit.Kept // who had the whole number shown to them, the newest first
	Next   string       // the cursor of what is older; empty at the end
}

// seenMost is how many of those who saw a number a page names.
const seenMost = 10

// perSource is how many decisions and events a page of a number holds at most.
const perSource = 500

// Number returns what happened to the number of a token, a page of so many texts
// with all that happened meanwhile. What belongs to a verification stands on the
// page of its first text. Refusals: [outbox.ErrFilter], also for four digits,
// and [outbox.ErrCursor].
func (r *Results) Number(ctx context.Context, token, cursor string, texts int) (t Timeline, err error) {
	masked, number, err := r.o.Outbox.Sought(token)
	switch {
	case err != nil:
		return Timeline{}, err
	case number == nil:
		return Timeline{}, outbox.ErrFilter
	}
	until, err := r.openMoment(number, cursor)
	if err != nil {
		return Timeline{}, err
	}
	err = r.o.DB.View(ctx, func(tx *db.Tx) error {
		t = Timeline{Number: masked}
		p := span{results: r, tx: tx, number: number, until: until}
		if err := p.read(token, texts); err != nil {
			return err
		}
		t.UserID, t.Days = p.userID, p.days()
		if p.since > 0 {
			t.Next = r.sealMoment(number, p.since)
		}
		if t.Uses, err = r.o.Limits.Usage(tx, number); err != nil {
			return err
		}
		if t.Seen, err = audit.Seen(tx, hex.EncodeToString(number), seenMost); err != nil {
			return err
		}
		t.Totals, err = r.o.Outbox.TotalsOf(tx, number)
		return err
	})
	if err != nil {
		return Timeline{}, fmt.Errorf("reading what happened to a number: %w", err)
	}
	return t, nil
}

// span is the part of a number's time that one page is about.
type span struct {
	results      *Results
	tx           *db.Tx
	number       []byte
	userID       string
	since, until db.Time
	happened     []Happening
}

func (p *span) add(h Happening) { p.happened = append(p.happened, h) }

// read reads what happened before until. Of each kind it reads so many; where
// that is not all, the page ends there, and the others' older ones are left to
// the next.
func (p *span) read(token string, texts int) error {
	r := p.results
	f := Filter{Number: token}
	if p.until != never {
		f.Until = p.until.Std()
	}
	found, err := r.o.Outbox.Find(p.tx, f, "", texts)
	if err != nil {
		return err
	}
	if n := len(found.Messages); found.Next != "" {
		p.since = found.Messages[n-1].CreatedAt
	}
	decided, err := r.o.Limits.Decisions(p.tx, p.number, p.since, p.until, perSource)
	if err != nil {
		return err
	}
	if len(decided) == perSource {
		p.since = decided[perSource-1].At
	}
	if err := p.readEvents(); err != nil {
		return err
	}
	for _, d := range decided {
		p.add(Happening{At: d.At, Kind: HappenedDecided, ApplicationID: d.Application, Word: string(d.Rule), Outcome: d.Outcome, Times: d.Times})
	}
	p.happened = slices.DeleteFunc(p.happened, func(h Happening) bool { return h.At < p.since })
	return p.readTexts(found.Messages)
}

func (p *span) readEvents() (err error) {
	r := p.results
	if r.o.Holder == nil {
		return nil
	}
	if p.userID, err = r.o.Holder(p.tx, p.number); err != nil || p.userID == "" {
		return err
	}
	events, err := audit.OfUser(p.tx, p.userID, p.since, p.until, perSource)
	if err != nil {
		return err
	}
	if len(events) == perSource {
		p.since = events[perSource-1].At
	}
	for _, e := range events {
		p.add(Happening{
			At: e.At, Kind: HappenedEvent, VerificationID: e.VerificationID, ApplicationID: e.ApplicationID, UserID: e.UserID,
			Word: string(e.Kind), Detail: e.Detail,
		})
	}
	return nil
}

// readTexts adds the texts of the span and what became of the verifications that
// they were the first ones of.
func (p *span) readTexts(found []outbox.Found) error {
	found = slices.DeleteFunc(found, func(m outbox.Found) bool { return m.CreatedAt < p.since })
	rows, courses, err := p.results.rows(p.tx, found)
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		p.add(Happening{At: row.CreatedAt, Kind: HappenedText, Text: row, VerificationID: row.VerificationID, ApplicationID: row.ApplicationID})
		if c, kept := courses[row.VerificationID]; kept && c.CreatedAt == row.CreatedAt {
			p.addCourse(c)
		}
	}
	return nil
}

func (p *span) addCourse(c verify.Course) {
	about := Happening{VerificationID: c.ID, ApplicationID: c.ApplicationID, Word: string(c.Purpose)}
	for _, step := range []struct {
		kind HappeningKind
		at   db.Time
	}{{HappenedStarted, c.CreatedAt}, {HappenedEntered, c.ApprovedAt}, {HappenedUsed, c.RedeemedAt}} {
		if step.at != 0 {
			about.Kind, about.At = step.kind, step.at
			p.add(about)
		}
	}
	if c.EndedAt != 0 && c.ApprovedAt == 0 {
		about.Kind, about.At, about.Word = HappenedEnded, c.EndedAt, string(c.Status)
		p.add(about)
	}
}

// rank orders what happened at the same time: the newest first.
var rank = map[HappeningKind]int{
	HappenedStarted: 1, HappenedText: 2, HappenedDecided: 3, HappenedEntered: 4, HappenedUsed: 5, HappenedEnded: 5, HappenedEvent: 6,
}

// days returns what happened by days of Seoul.
func (p *span) days() (days []Day) {
	slices.SortStableFunc(p.happened, func(a, b Happening) int {
		if a.At != b.At {
			return int(b.At - a.At)
		}
		return rank[b.Kind] - rank[a.Kind]
	})
	for _, h := range p.happened {
		date := h.At.Std().In(seoul).Format("2006-01-02")
		if len(days) == 0 || days[len(days)-1].Date != date {
			days = append(days, Day{Date: date})
		}
		last := &days[len(days)-1]
		last.Happened = append(last.Happened, h)
	}
	return days
}

// A cursor is the time that was reached, sealed for its number.
const momentPlace = "results.number"

// never is a time after all others.
const never = db.Time(1 << 61)

func (r *Results) sealMoment(number []byte, at db.Time) string {
	plain := strconv.FormatInt(int64(at), 10)
	return base64.RawURLEncoding.EncodeToString(r.o.Ring.Seal(momentPlace, hex.EncodeToString(number), []byte(plain)))
}

func (r *Results) openMoment(number []byte, cursor string) (db.Time, error) {
	if cursor == "" {
		return never, nil
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return 0, outbox.ErrCursor
	}
	plain, err := r.o.Ring.Open(momentPlace, hex.EncodeToString(number), sealed)
	if err != nil {
		return 0, outbox.ErrCursor
	}
	at, err := strconv.ParseInt(string(plain), 10, 64)
	if err != nil {
		return 0, outbox.ErrCursor
	}
	return db.Time(at), nil
}
