package outbox_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// newWorldNow returns a world whose clock tells the time that ids are made of.
func newWorldNow(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.clock.Set(time.Now())
	return w
}

// find returns the ids of a filter, all pages of it.
func (w *world) find(f outbox.Filter, limit int) (ids []string, err error) {
	w.t.Helper()
	for cursor := ""; ; {
		var l outbox.Listing
		err := w.db.View(w.t.Context(), func(tx *db.Tx) (err error) {
			l, err = w.Find(tx, f, cursor, limit)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(l.Messages) > limit {
			w.t.Fatalf("%d messages on a page of %d", len(l.Messages), limit)
		}
		for _, m := range l.Messages {
			ids = append(ids, m.ID)
		}
		if cursor = l.Next; cursor == "" {
			return ids, nil
		}
	}
}

func (w *world) wantFind(what string, f outbox.Filter, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	slices.Reverse(want) // the newest first
	err := w.db.View(w.t.Context(), func(tx *db.Tx) error {
		n, more, err := w.Count(tx, f)
		if n > len(want) || n < len(want) && !more {
			w.t.Errorf("%s: %d are counted (more: %t), want %d", what, n, more, len(want))
		}
		return err
	})
	if err != nil {
		w.t.Errorf("%s: counting: %v", what, err)
	}
	for _, limit := range []int{1, 100} {
		got, err := w.find(f, limit)
		if err != nil {
			w.t.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Errorf("%s, by %d:\n%s", what, limit, diff)
		}
	}
}

func (w *world) token(text string) string {
	w.t.Helper()
	token, err := w.NumberToken(text)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// texted writes a message of an application and a verification.
func (w *world) texted(applicationID, verificationID, purpose string, n int) string {
	w.t.Helper()
	d := w.Draft(applicationID, verificationID, purpose, number(w.t, n), "text")
	err := w.Update(w.t.Context(), d, func(tx *db.Tx) error {
		w.Enqueue(tx, d, tx.Now.Add(4*time.Minute))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

func TestFind_NarrowsByEachField(t *testing.T) {
	t.Parallel()
	w := newWorldNow(t)
	w.options.Sender, w.options.SenderByPurpose = "0215770000", map[string]string{"recovery": "0215771111"}
	w.restart()
	w.control("senders", map[string]any{"phoneNumber": "0215771111", "status": "ACTIVE"})
	began := w.clock.Now()
	verification := id.New("ver")
	a := w.texted("app_one", verification, "login", 12345678)
	w.control("numbers", map[string]any{"to": number(t, 99995678).National(), "statusCode": "3043"})
	b := w.texted("app_two", id.New("ver"), "recovery", 99995678)
	w.settle(a, b)
	w.clock.Advance(time.Minute)
	middle := w.clock.Now()
	c := w.texted("app_one", verification, "login", 12340000)

	w.wantFind("all", outbox.Filter{}, a, b, c)
	w.wantFind("since", outbox.Filter{Since: middle}, c)
	w.wantFind("until", outbox.Filter{Since: began, Until: middle}, a, b)
	w.wantFind("status", outbox.Filter{Status: outbox.Undelivered}, b)
	w.wantFind("code", outbox.Filter{Code: "3043"}, b)
	w.wantFind("sender", outbox.Filter{Sender: "0215770000"}, a)
	w.wantFind("another sender", outbox.Filter{Sender: "0215771111"}, b)
	w.wantFind("type", outbox.Filter{Type: "SMS"}, a, b)
	w.wantFind("purpose", outbox.Filter{Purpose: "recovery"}, b)
	w.wantFind("application", outbox.Filter{ApplicationID: "app_one"}, a, c)
	w.wantFind("verification", outbox.Filter{VerificationID: verification}, a, c)
	w.wantFind("no such verification", outbox.Filter{VerificationID: "ver_none"})
	w.wantFind("number", outbox.Filter{Number: w.token("010-1234-5678")}, a)
	w.wantFind("tail", outbox.Filter{Number: w.token("5678")}, a, b)
	w.wantFind("tail and purpose", outbox.Filter{Number: w.token("5678"), Purpose: "login"}, a)
	w.wantFind("no such tail", outbox.Filter{Number: w.token("0001")})

	w.clock.Advance(48 * time.Hour)
	w.wantFind("since, of old", outbox.Filter{Since: middle}, c)
	w.wantFind("until, of old", outbox.Filter{Since: began, Until: middle}, a, b)
	w.wantFind("before all", outbox.Filter{Until: began.Add(-48 * time.Hour)})
}

// TestFind_LosesNothingBetweenPages has each page look through a few messages
// only, so that many pages are empty and their edges fall on every message.
func TestFind_LosesNothingBetweenPages(t *testing.T) {
	t.Parallel()
	w := newWorldNow(t)
	var logins []string
	for n := range 23 {
		purpose := "signup"
		if n%5 == 0 {
			purpose = "login"
		}
		if id := w.texted("app_one", "", purpose, n); purpose == "login" {
			logins = append(logins, id)
		}
	}
	for _, through := range []int{1, 2, 3, 7, 22, 23, 24} {
		w.LookThrough(through)
		w.wantFind("logins", outbox.Filter{Purpose: "login"}, slices.Clone(logins)...)
	}
}

func TestFind_RefusesWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	w := newWorldNow(t)
	for range 2 {
		w.texted("app_one", "", "login", 12345678)
	}
	f := outbox.Filter{Number: w.token("010-1234-5678")}
	var next string
	err := w.db.View(t.Context(), func(tx *db.Tx) error {
		l, err := w.Find(tx, f, "", 1)
		next = l.Next
		return err
	})
	if err != nil || next == "" {
		t.Fatalf("the first page: %q, %v", next, err)
	}
	for what, c := range map[string]struct {
		filter outbox.Filter
		cursor string
		want   error
	}{
		"the same":             {f, next, nil},
		"a new token":          {outbox.Filter{Number: w.token("01012345678")}, next, nil},
		"another number":       {outbox.Filter{Number: w.token("010-1234-5679")}, next, outbox.ErrCursor},
		"its tail":             {outbox.Filter{Number: w.token("5678")}, next, outbox.ErrCursor},
		"another filter":       {outbox.Filter{Number: f.Number, Purpose: "login"}, next, outbox.ErrCursor},
		"an altered cursor":    {f, altered(t, next), outbox.ErrCursor},
		"no cursor":            {f, "msg_1", outbox.ErrCursor},
		"an altered token":     {outbox.Filter{Number: altered(t, f.Number)}, "", outbox.ErrFilter},
		"a number for a token": {outbox.Filter{Number: "01012345678"}, "", outbox.ErrFilter},
		"a cursor for a token": {outbox.Filter{Number: next}, "", outbox.ErrFilter},
	} {
		err := w.db.View(t.Context(), func(tx *db.Tx) error {
			_, err := w.Find(tx, c.filter, c.cursor, 1)
			return err
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

// altered changes one bit of a sealed text.
func altered(t *testing.T, text string) string {
	t.Helper()
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	sealed[len(sealed)-1] ^= 1
	return base64.RawURLEncoding.EncodeToString(sealed)
}

func TestNumberToken_HoldsNoNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for text, want := range map[string]string{"010-1234-5678": "010-****-5678", "+82 10 1234 5678": "010-****-5678", " 5678 ": "010-****-5678"} {
		token := w.token(text)
		masked, mac, err := w.Sought(token)
		if err != nil || masked != want || (mac == nil) != (strings.TrimSpace(text) == "5678") {
			t.Errorf("%q stands for %q, %x (%v)", text, masked, mac, err)
		}
		if w.token(text) == token {
			t.Errorf("two tokens of %q are the same", text)
		}
	}
	for _, text := range []string{"", "567", "56789", "abcd", "02-123-4567"} {
		var f *fault.Error
		if _, err := w.NumberToken(text); !errors.As(err, &f) || f.Kind != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReduce_LeavesTheHashOfTheNumberAlone(t *testing.T) {
	t.Parallel()
	w := newWorldNow(t)
	var old []string
	for n := range 3 {
		old = append(old, w.texted("app_one", "", "login", 12345678+n))
	}
	w.settle(old...)
	waiting := w.texted("app_one", "", "login", 12345678)
	w.clock.Advance(24 * time.Hour)
	before := db.At(w.clock.Now())
	for i, want := range []int{2, 2, 0} {
		var n int
		err := w.db.Update(t.Context(), func(tx *db.Tx) (err error) {
			n, err = w.Reduce(tx, before, 2)
			return err
		})
		if err != nil || n != want {
			t.Fatalf("reduction %d: %d, %v, want %d", i, n, err, want)
		}
	}
	w.wantFind("by number", outbox.Filter{Number: w.token("010-1234-5678")}, old[0], waiting)
	w.wantFind("by tail", outbox.Filter{Number: w.token("5678")})
	err := w.db.View(t.Context(), func(tx *db.Tx) error {
		m, err := w.Lookup(tx, old[0])
		if err == nil && (!m.To.IsZero() || m.Status != outbox.Delivered) {
			t.Errorf("a reduced message: %+v", m)
		}
		var left int
		if err := tx.Row(`SELECT count(*) FROM messages WHERE length(number_sealed) + length(tail_mac) + length(prefix_mac) > 0 OR length(number_mac) = 0`).Scan(&left); err != nil {
			return err
		}
		if left != 0 {
			t.Errorf("%d messages still hold more than the hash of their number", left)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.restart() // what waited without an end is nobody's any more
	w.settle(waiting)
	if got := w.message(waiting).Status; got != outbox.Dropped {
		t.Errorf("a message without its number ended as %s", got)
	}
}
