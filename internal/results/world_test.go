package results_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// world is results above a verifier whose texts arrive as soon as they are sent,
// at the time that ids are made of.
type world struct {
	*results.Results
	*verifytest.World
	holder string // the member of every number
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: verifytest.New(t, verifytest.Options{
		At:      time.Now().Truncate(time.Second),
		Sandbox: []sandbox.Option{sandbox.WithReportDelay(0), sandbox.WithSender(verifytest.Sender, time.Time{})},
	})}
	w.Results = results.New(results.Options{
		DB: w.DB, Ring: w.Ring, Outbox: w.Outbox, Verify: w.Verifier, Limits: w.Limits,
		Holder: func(*db.Tx, []byte) (string, error) { return w.holder, nil },
	})
	return w
}

const theNumber = "010-1234-5678"

// start begins a verification of a number and lets its text arrive.
func (w *world) start(number string) (v verify.Verification, ref verify.Ref) {
	w.Helper()
	browser := verify.Browser("mine")
	v, err := w.Verifier.Start(w.Context(), verify.Start{
		Application: w.App, To: w.number(number), Purpose: verify.Login, Locale: "ko", Binding: browser,
	})
	if err != nil {
		w.Fatal(err)
	}
	w.arrive()
	return v, verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: browser}
}

func (w *world) number(text string) phone.Number {
	w.Helper()
	to, err := phone.Parse(text)
	if err != nil {
		w.Fatal(err)
	}
	return to
}

// arrive lets texts arrive and their reports come in.
func (w *world) arrive() {
	w.Helper()
	for range 3 {
		w.Drive()
		w.Clock.Advance(2 * time.Second)
	}
	w.Drive()
}

// enter types the code that came last.
func (w *world) enter(number string, ref verify.Ref) {
	w.Helper()
	text := w.Provider.Handset(w.number(number).National())[0].Text
	got, err := w.Verifier.Check(w.Context(), ref, text[strings.LastIndexByte(text, '#')+1:])
	if err != nil || !got.Approved {
		w.Fatalf("the right code was not approved: %v", err)
	}
}

// join uses an approval as a sign-up does.
func (w *world) join(ref verify.Ref, userID string) {
	w.Helper()
	w.update(func(tx *db.Tx) error {
		w.Verifier.Redeem(tx, ref)
		audit.Tell(tx, audit.Event{Kind: audit.Joined, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: userID})
		return nil
	})
	w.holder = userID
}

func (w *world) update(act func(tx *db.Tx) error) {
	w.Helper()
	if err := w.DB.Update(w.Context(), act); err != nil {
		w.Fatal(err)
	}
}

func (w *world) token(text string) string {
	w.Helper()
	token, err := w.NumberToken(text)
	if err != nil {
		w.Fatal(err)
	}
	return token
}

// search returns the rows of a filter.
func (w *world) search(f results.Filter) []results.Row {
	w.Helper()
	p, err := w.Search(w.Context(), f, "", 100)
	if err != nil {
		w.Fatal(err)
	}
	return p.Rows
}

// records returns what was recorded of the act, its reasons.
func (w *world) records(act string) (reasons []string) {
	w.Helper()
	err := w.DB.View(w.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT detail FROM records WHERE act = $1 ORDER BY number`, []any{act}, func(scan func(...any) error) error {
			var reason string
			err := scan(&reason)
			reasons = append(reasons, reason)
			return err
		})
	})
	if err != nil {
		w.Fatal(err)
	}
	return reasons
}
