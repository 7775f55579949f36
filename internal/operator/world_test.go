package operator_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const origin = "http://localhost:8081"

var (
	console = &url.URL{Scheme: "http", Host: "localhost:8081"}
	laptop  = operator.Browser{Label: "Firefox on Linux", From: "203.0.113.0/24"}
	shell   = operator.Act{Actor: "command line", Reason: "ticket 1"}
)

// world is operators above a real database, at a time that stands still.
type world struct {
	*operator.Operators
	testing.TB
	db    *db.DB
	url   string
	ring  *seal.Ring
	clock *dbtest.Clock
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldAt(t, time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))
}

func newWorldAt(t testing.TB, at time.Time) *world {
	t.Helper()
	w := &world{TB: t, url: dbtest.URL(t), clock: dbtest.NewClock(at)}
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.Operators, w.db = w.node()
	return w
}

// node returns operators on the same database, as another node or a command
// beside the server has them.
func (w *world) node() (*operator.Operators, *db.DB) {
	w.Helper()
	d := dbtest.Open(w, w.url, dbtest.WithClock(w.clock))
	o, err := operator.New(operator.Options{DB: d, Ring: w.ring, Name: "신표", Origin: console, Registerer: prometheus.NewRegistry()})
	if err != nil {
		w.Fatal(err)
	}
	return o, d
}

// person is an operator with what they sign in with.
type person struct {
	operator.Operator
	*factortest.Authenticator
	secret string // of the authenticator app
	operator.Session
}

// owner returns the first owner, who has a passkey and has just signed in.
func (w *world) owner() *person {
	w.Helper()
	link, needed, err := w.FirstLink(w.Context())
	if err != nil || !needed {
		w.Fatalf("no first link (needed %v): %v", needed, err)
	}
	return w.join(link, "김하늘")
}

// join has somebody use a link by a passkey.
func (w *world) join(link operator.Link, name string) *person {
	w.Helper()
	p := &person{Authenticator: factortest.New(origin)}
	p.Session = must(w, func() (operator.Session, error) { return w.addPasskey(w.enrol(link.Token, name), p.Authenticator) })
	p.Operator = w.found(link.OperatorID)
	return p
}

// joinByTOTP has somebody use a link by an authenticator app.
func (w *world) joinByTOTP(link operator.Link, name string) *person {
	w.Helper()
	p := &person{}
	p.secret, p.Session = w.addTOTP(w.enrol(link.Token, name))
	p.Operator = w.found(link.OperatorID)
	return p
}

// invited returns an operator who was invited and has joined by an authenticator
// app.
func (w *world) invited(name string, role operator.Role) *person {
	w.Helper()
	link := must(w, func() (operator.Link, error) { return w.Invite(w.Context(), name, role, shell) })
	return w.joinByTOTP(link, name)
}

func (w *world) enrol(token, name string) *operator.Enrolment {
	w.Helper()
	claim := must(w, func() (operator.Claim, error) { return w.Open(w.Context(), token) })
	return must(w, func() (*operator.Enrolment, error) { return claim.Enrol(name, "ko", laptop) })
}

func (w *world) addPasskey(e *operator.Enrolment, a *factortest.Authenticator) (operator.Session, error) {
	w.Helper()
	options, ceremony, err := e.BeginPasskey(w.Context())
	if err != nil {
		return operator.Session{}, err
	}
	return e.FinishPasskey(w.Context(), ceremony, a.Create(w, options), "노트북")
}

// addTOTP moves the clock on, so that the code that confirmed the app is over.
func (w *world) addTOTP(e *operator.Enrolment) (secret string, s operator.Session) {
	w.Helper()
	draft, err := e.BeginTOTP(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	if s, err = e.FinishTOTP(w.Context(), w.code(draft.Secret)); err != nil {
		w.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	return draft.Secret, s
}

func (w *world) code(secret string) string { return factortest.Code(w, secret, w.clock.Now()) }

// wrong is a code that the app does not show now.
func (w *world) wrong(secret string) string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		right := false
		for _, away := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			right = right || factortest.Code(w, secret, w.clock.Now().Add(away)) == code
		}
		if !right {
			return code
		}
	}
	panic("an app shows three codes at a time")
}

func (w *world) signIn(a *factortest.Authenticator) (operator.Session, error) {
	w.Helper()
	options, ceremony, err := w.BeginSignIn()
	if err != nil {
		w.Fatal(err)
	}
	return w.SignIn(w.Context(), ceremony, a.Get(w, options), laptop)
}

func (w *world) stepUp(s operator.Session, a *factortest.Authenticator) (operator.Session, error) {
	w.Helper()
	options, ceremony, err := w.BeginStepUp(w.Context(), s)
	if err != nil {
		return operator.Session{}, err
	}
	return w.StepUp(w.Context(), s, ceremony, a.Get(w, options))
}

func (w *world) found(operatorID string) operator.Operator {
	w.Helper()
	return must(w, func() (operator.Operator, error) { return w.ByID(w.Context(), operatorID) })
}

// signedIn reports whether a session stands.
func (w *world) signedIn(s operator.Session) bool {
	w.Helper()
	_, _, err := w.Peek(w.Context(), s.Token)
	if err != nil && !errors.Is(err, operator.ErrNoSession) {
		w.Fatal(err)
	}
	return err == nil
}

// records lists what was recorded as "act subject detail", of one operator.
func (w *world) records(operatorID string) (list []string) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) error {
		if broken, err := audit.Verify(tx); err != nil || broken != 0 {
			w.Errorf("record %d does not fit (%v)", broken, err)
		}
		return tx.Each(`SELECT actor, act, detail FROM records WHERE subject = $1 ORDER BY number`, []any{operatorID}, func(scan func(...any) error) error {
			var actor, act, detail string
			err := scan(&actor, &act, &detail)
			if actor == operatorID {
				actor = "self"
			}
			list = append(list, actor+"|"+act+"|"+detail)
			return err
		})
	})
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// count counts rows.
func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) error { return tx.Row(query, args...).Scan(&n) })
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// wants fails unless err is the refusal, or no error for nil.
func (w *world) wants(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("got %v, want %v", err, want)
	}
}

func must[T any](w *world, do func() (T, error)) T {
	w.Helper()
	v, err := do()
	if err != nil {
		w.Fatal(err)
	}
	return v
}
