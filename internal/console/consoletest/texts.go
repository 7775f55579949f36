package consoletest

import (
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

// Number reads a number.
func (w *World) Number(text string) phone.Number {
	w.Helper()
	to, err := phone.Parse(text)
	if err != nil {
		w.Fatal(err)
	}
	return to
}

// Start begins a verification, and lets its text come to its end.
func (w *World) Start(number string, purpose verify.Purpose) verify.Ref {
	w.Helper()
	browser := verify.Browser(number)
	v, err := w.Texts.Verifier.Start(w.Context(), verify.Start{
		Application: w.Texts.App, To: w.Number(number), Purpose: purpose, Locale: "ko", Binding: browser,
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Arrive()
	return verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: browser}
}

// Fate has the texts to a number end with a code of the provider's.
func (w *World) Fate(number, code string) {
	w.Helper()
	if err := w.Texts.Provider.Decide(sandbox.Fate{To: w.Number(number).National(), StatusCode: code}); err != nil {
		w.Fatal(err)
	}
}

// Arrive lets texts arrive and their reports come in.
func (w *World) Arrive() {
	w.Helper()
	for range 3 {
		w.Texts.Drive()
		w.Clock.Advance(1300 * time.Millisecond)
	}
	w.Texts.Drive()
}

// Enter types the code that a number got last.
func (w *World) Enter(number string, ref verify.Ref) {
	w.Helper()
	text := w.Texts.Provider.Handset(w.Number(number).National())[0].Text
	got, err := w.Texts.Verifier.Check(w.Context(), ref, text[strings.LastIndexByte(text, '#')+1:])
	if err != nil || !got.Approved {
		w.Fatalf("the right code was not approved: %v", err)
	}
}

// Use uses an approval as a sign-up does.
func (w *World) Use(ref verify.Ref, userID string) {
	w.Helper()
	err := w.DB.Update(w.Context(), func(tx *db.Tx) error {
		w.Texts.Verifier.Redeem(tx, ref)
		audit.Tell(tx, audit.Event{Kind: audit.Joined, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: userID})
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Holder = userID
}
