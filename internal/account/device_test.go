package account_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// join opens the account of the n-th number and returns the session and the
// device cookie of its browser.
func (w *world) join(n int) (account.Session, string) {
	w.Helper()
	s, err := w.Join(w.Context(), signUp(w.prove(n, mine)))
	if err != nil {
		w.Fatal(err)
	}
	return s, w.Trust(s, "")
}

func (w *world) trusted(cookie string, n int) limit.Device {
	w.Helper()
	d, err := w.Trusted(w.Context(), cookie, numbered(w.TB, n))
	if err != nil {
		w.Fatal(err)
	}
	return d
}

func TestTrusted_KnowsABrowserAgainForItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.join(1)
	first := w.trusted(cookie, 1)
	if first.IsZero() || len(first.Hash()) != 16 {
		t.Fatal("a browser that has just signed in is not trusted")
	}
	w.Clock.Advance(time.Hour)
	again, err := w.Enter(t.Context(), w.prove(1, mine), account.Browser{Label: "Chrome"})
	if err != nil {
		t.Fatal(err)
	}
	renewed := w.Trust(again, cookie)
	if renewed == cookie || !bytes.Equal(w.trusted(renewed, 1).Hash(), first.Hash()) {
		t.Error("signing in again makes another browser of it, or renews nothing")
	}
	elsewhere := w.trusted(w.Trust(again, ""), 1)
	if bytes.Equal(elsewhere.Hash(), first.Hash()) {
		t.Error("two browsers are one")
	}
	_, other := w.join(2)
	if bytes.Equal(w.trusted(other, 2).Hash(), first.Hash()) || !w.trusted(other, 1).IsZero() || !w.trusted(cookie, 2).IsZero() {
		t.Error("the trust holds for another number")
	}
	if moved := w.Trust(again, other); bytes.Equal(w.trusted(moved, 1).Hash(), w.trusted(other, 2).Hash()) {
		t.Error("a browser's name is carried from one number to another")
	}
}

func TestTrusted_RefusesWhatWasNotMadeHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session, cookie := w.join(1)
	part := strings.Split(cookie, ".")
	forged := map[string]string{
		"nothing": "", "no cookie": "x", "three parts": strings.Join(part[:3], "."), "five parts": cookie + ".x",
		"another device":  strings.Join([]string{"0" + part[0][1:], part[1], part[2], part[3]}, "."),
		"another member":  strings.Join([]string{part[0], part[1][:len(part[1])-1] + "-", part[2], part[3]}, "."),
		"another time":    strings.Join([]string{part[0], part[1], part[2] + "0", part[3]}, "."),
		"no MAC":          strings.Join([]string{part[0], part[1], part[2], ""}, "."),
		"another MAC":     strings.Join([]string{part[0], part[1], part[2], "AAAAAAAAAAAAAAAAAAAAAA"}, "."),
		"words for time":  strings.Join([]string{part[0], part[1], "now", part[3]}, "."),
		"a session token": session.Token,
	}
	for name, cookie := range forged {
		if !w.trusted(cookie, 1).IsZero() {
			t.Errorf("%s is trusted", name)
		}
	}
	if w.trusted(cookie, 1).IsZero() {
		t.Error("the cookie itself is not trusted")
	}
}

func TestTrusted_EndsAfterHalfAYear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.join(1)
	w.Clock.Advance(account.DeviceLife - time.Second)
	if w.trusted(cookie, 1).IsZero() {
		t.Error("it ended early; the session's end is not the trust's")
	}
	w.Clock.Advance(time.Second)
	if !w.trusted(cookie, 1).IsZero() {
		t.Error("it goes on after 180 days")
	}
}

func TestTrusted_SigningOutKeepsItAndEndingFromElsewhereDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, cookie := w.join(1)
	if err := w.SignOut(t.Context(), first.Token); err != nil {
		t.Fatal(err)
	}
	if w.trusted(cookie, 1).IsZero() {
		t.Error("plain signing out took the trust away")
	}
	enter := func(b string) (account.Session, string) {
		t.Helper()
		w.Clock.Advance(time.Hour)
		s, err := w.Enter(t.Context(), w.prove(1, verify.Browser(b)), account.Browser{Label: b})
		if err != nil {
			t.Fatal(err)
		}
		return s, w.Trust(s, "")
	}
	signedIn := func(s account.Session) bool {
		t.Helper()
		_, _, err := w.BySession(t.Context(), s.Token)
		if err != nil && !errors.Is(err, account.ErrNoSession) {
			t.Fatal(err)
		}
		return err == nil
	}
	second, cookie2 := enter("Firefox")
	third, _ := enter("Edge")
	if err := w.End(t.Context(), "usr_other", second.ID); !errors.Is(err, account.ErrNoSession) {
		t.Errorf("a stranger ended a session: %v", err)
	}
	if !signedIn(second) || w.trusted(cookie2, 1).IsZero() {
		t.Error("a stranger's try had an effect")
	}
	w.Clock.Advance(time.Minute)
	if err := w.End(t.Context(), second.UserID, second.ID); err != nil {
		t.Fatal(err)
	}
	if signedIn(second) || !signedIn(third) || !w.trusted(cookie, 1).IsZero() || !w.trusted(cookie2, 1).IsZero() {
		t.Error("ending a session leaves it, or the trust, or ends another")
	}

	fourth, cookie4 := enter("Opera")
	if w.trusted(cookie4, 1).IsZero() {
		t.Error("signing in afterwards earns no trust")
	}
	w.Clock.Advance(time.Minute)
	if err := w.EndAll(t.Context(), first); !errors.Is(err, account.ErrStepUp) {
		t.Errorf("a session that is over ended all others: %v", err)
	}
	if err := w.EndAll(t.Context(), fourth); err != nil {
		t.Fatal(err)
	}
	if signedIn(third) || signedIn(fourth) || !w.trusted(cookie4, 1).IsZero() {
		t.Error("ending all sessions leaves one, or a browser trusted")
	}
}

func TestTrusted_DoesNotMoveWithTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, cookie := w.join(1)
	// The number goes to a new owner, who opens an account of their own.
	err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
		tx.Must(1, account.ErrNoAccount, `UPDATE users SET number_mac = $2 WHERE id = $1`, old.UserID, []byte("none"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !w.trusted(cookie, 1).IsZero() {
		t.Error("a browser is trusted for a number without account")
	}
	w.Clock.Advance(time.Hour)
	if _, cookie2 := w.join(1); w.trusted(cookie2, 1).IsZero() || !w.trusted(cookie, 1).IsZero() {
		t.Error("the former owner's browser is trusted for the number")
	}
}

func BenchmarkTrust(b *testing.B) {
	w := newWorld(b)
	s, _ := w.join(1)
	b.ReportAllocs()
	for b.Loop() {
		w.Trust(s, "")
	}
}
