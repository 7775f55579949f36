package account_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/sms"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// world is accounts above a verifier whose texts arrive as soon as they are
// sent. What members hold besides their number stands in a table of the test.
type world struct {
	*account.Accounts
	*verifytest.World
	factors  *factors
	consents *consent.Ledger
}

func newWorld(t testing.TB, options ...func(*db.Options)) *world {
	t.Helper()
	return newWorldWith(t, nil, options...)
}

// newWorldWith changes what the accounts are made of.
func newWorldWith(t testing.TB, change func(*account.Options), options ...func(*db.Options)) *world {
	t.Helper()
	w := &world{World: verifytest.New(t, verifytest.Options{DB: options, Sandbox: []sandbox.Option{
		sandbox.WithReportDelay(0), sandbox.WithSender(verifytest.Sender, time.Time{}), // which never lapses
	}})}
	notices, err := sms.NewNotices("신표")
	if err != nil {
		t.Fatal(err)
	}
	w.factors, w.consents = newFactors(t, w.DB), consent.New(consent.Options{DB: w.DB})
	o := account.Options{
		DB: w.DB, Ring: w.Ring, Verify: w.Verifier, Factors: w.factors, Consents: w.consents,
		Outbox: w.Outbox, ApplicationID: w.App.ID, Notices: notices, RecoveryWait: 24 * time.Hour,
	}
	if change != nil {
		change(&o)
	}
	w.Accounts = account.New(o)
	return w
}

// factors are what members hold, as a test says.
type factors struct{}

func newFactors(t testing.TB, d *db.DB) *factors {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`CREATE TABLE held (user_id TEXT NOT NULL PRIMARY KEY, passkey BIGINT NOT NULL, password BIGINT NOT NULL, totp BIGINT NOT NULL)`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return &factors{}
}

func (*factors) Holds(column string) string {
	return `coalesce((SELECT CASE WHEN password + totp > 0 THEN 2 WHEN passkey > 0 THEN 1 ELSE 0 END FROM held WHERE held.user_id = ` + column + `), 0)`
}

func (*factors) HeldIn(tx *db.Tx, userID string) (account.Held, error) {
	var passkey, password, totp int
	err := tx.Row(`SELECT passkey, password, totp FROM held WHERE user_id = $1`, userID).Scan(&passkey, &password, &totp)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return account.Held{Passkey: passkey > 0, Password: password > 0, TOTP: totp > 0}, err
}

func (*factors) Erase(tx *db.Tx, userID string) {
	tx.Exec(`DELETE FROM held WHERE user_id = $1`, userID)
}

// hold gives a member factors, named by words.
func (w *world) hold(userID, what string) {
	w.Helper()
	has := func(word string) int { return strings.Count(what, word) }
	w.update(`INSERT INTO held (user_id, passkey, password, totp) VALUES ($1, $2, $3, $4)`,
		userID, has("passkey"), has("password"), has("totp"))
}

var mine = verify.Browser("mine")

// prove has a number verified for signing in and returns the approval.
func (w *world) prove(n int, b verify.Binding) verify.Ref {
	w.Helper()
	return w.proveFor(verify.Login, n, b)
}

// proveFor has a number verified for a purpose and returns the approval.
func (w *world) proveFor(purpose verify.Purpose, n int, b verify.Binding) verify.Ref {
	w.Helper()
	ref, code := w.start(purpose, n, b)
	got, _, err := w.Check(w.Context(), ref, code)
	if err != nil || !got.Approved {
		w.Fatalf("the right code was not approved: %v", err)
	}
	return ref
}

// start has a code sent and returns it.
func (w *world) start(purpose verify.Purpose, n int, b verify.Binding) (ref verify.Ref, code string) {
	w.Helper()
	to := numbered(w.TB, n)
	v, err := w.Verifier.Start(w.Context(), verify.Start{Application: w.App, To: to, Purpose: purpose, Locale: "ko", Binding: b})
	if err != nil {
		w.Fatal(err)
	}
	w.Drive()
	for _, m := range w.Provider.Handset(to.National()) {
		if i := strings.LastIndexByte(m.Text, '#'); i >= 0 {
			return verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: b}, m.Text[i+1:]
		}
	}
	w.Fatal("no code came")
	return verify.Ref{}, ""
}

// numbered returns the n-th number.
func numbered(t testing.TB, n int) phone.Number {
	t.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// enter signs in by the n-th number from a browser of its own.
func (w *world) enter(n int, browser string) account.Session {
	w.Helper()
	w.Clock.Advance(time.Minute)
	s, err := w.Enter(w.Context(), w.prove(n, verify.Browser(browser)), account.Browser{Label: browser})
	if err != nil {
		w.Fatalf("signing in by number %d: %v", n, err)
	}
	return s
}

// stands reports whether a session's token signs in.
func (w *world) stands(s account.Session) bool {
	w.Helper()
	_, _, err := w.BySession(w.Context(), s.Token)
	if err != nil && !errors.Is(err, account.ErrNoSession) {
		w.Fatal(err)
	}
	return err == nil
}

// update runs a statement of the test.
func (w *world) update(statement string, args ...any) {
	w.Helper()
	err := w.DB.Update(w.Context(), func(tx *db.Tx) error {
		tx.Exec(statement, args...)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// texts has the notices sent and returns what a number was told, the newest
// first; codes are left out.
func (w *world) texts(n int) (list []string) {
	w.Helper()
	if err := w.TextNotices(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.Drive()
	for _, m := range w.Provider.Handset(numbered(w.TB, n).National()) {
		if !strings.Contains(m.Text, "#") {
			list = append(list, m.Text)
		}
	}
	return list
}

// told lists the kinds of a member's notices, the newest first.
func (w *world) told(userID string) string {
	w.Helper()
	list, err := w.Notices(w.Context(), userID)
	if err != nil {
		w.Fatal(err)
	}
	var kinds []string
	for _, n := range list {
		kinds = append(kinds, string(n.Kind))
	}
	return strings.Join(kinds, " ")
}
