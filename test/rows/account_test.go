package rows

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/watch"
	"github.com/sinpyo/sinpyo/sandbox"
)

// watched is an installation within the test whose account is watched.
type watched struct {
	*inside
	log *bytes.Buffer
	*watch.Watch
}

func newWatched(t *testing.T, options ...sandbox.Option) *watched {
	t.Helper()
	w := &watched{log: new(bytes.Buffer)}
	ceilings := &limit.Ceilings{ApplicationPerMinute: 1000, InstallationPerMinute: 1000, WonPerDay: 1_000_000}
	w.inside = newInsideWith(t, func(o *limit.Options) { o.Ceilings = ceilings }, options...)
	w.Watch = watch.New(watch.Options{
		DB: w.DB, Ring: w.Ring, Outbox: w.Outbox, Limits: w.Limits, Registerer: prometheus.NewRegistry(),
		Logger: slog.New(slog.NewTextHandler(w.log, nil)), RunwayDays: 7,
		Spending: func(ctx context.Context) (perDay int, err error) {
			err = w.DB.View(ctx, func(tx *db.Tx) error {
				perDay, err = w.Limits.Spending(tx)
				return err
			})
			return perDay, err
		},
	})
	return w
}

// look does what a minute asks for.
func (w *watched) look() {
	w.Helper()
	if err := errors.Join(w.Once(w.Context()), w.Limits.Tend(w.Context())); err != nil {
		w.Fatal(err)
	}
}

// raised counts the alarms of a kind.
func (w *watched) raised(rule limit.Rule) (n int) {
	w.Helper()
	err := w.DB.View(w.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM events WHERE kind = 'alarm_raised' AND detail = $1`, string(rule)).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// TestRow34_SenderNumbersWarnAndThenStopSending goes day by day through the last
// forty of a sender number, and signs up on each.
func TestRow34_SenderNumbersWarnAndThenStopSending(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	w := newWatched(t)
	end := w.Clock.Now().Add(40 * day)
	renew := func(until time.Time) {
		t.Helper()
		if err := w.Provider.Register(sandbox.Sender{PhoneNumber: verifytest.Sender, ExpireAt: until}); err != nil {
			t.Fatal(err)
		}
	}
	renew(end)
	w.look()
	warned := map[int]int{30: 1, 14: 2, 7: 3, 1: 4} // by days left: how many warnings there have been
	said := 0
	for left := 40; left > 0; left-- {
		if n, ok := warned[left]; ok {
			said = n
		}
		if got := strings.Count(w.log.String(), "ends soon"); got != said || w.raised(limit.SenderLapsing) != said {
			t.Fatalf("%d days before the end %d warnings and %d alarms, want %d", left, got, w.raised(limit.SenderLapsing), said)
		}
		w.start(w.number(left), verify.Signup, verify.Binding{})
		if n := len(w.codes(w.number(left))); n != 1 {
			t.Fatalf("%d days before the end %d texts came, want 1", left, n)
		}
		w.Clock.Advance(day)
		w.look()
	}
	if w.raised(limit.SenderLapsed) != 1 {
		t.Errorf("%d alarms that it has lapsed, want 1", w.raised(limit.SenderLapsed))
	}
	_, err := w.Verifier.Start(t.Context(), verify.Start{Application: w.App, To: w.number(99), Purpose: verify.Signup, Locale: "ko"})
	if !errors.Is(err, outbox.ErrSender) || len(w.codes(w.number(99))) != 0 {
		t.Errorf("after the end a start is answered %v with %d texts, want ErrSender and none", err, len(w.codes(w.number(99))))
	}
	renew(end.Add(365 * day))
	w.Clock.Advance(11 * time.Minute)
	w.look()
	w.start(w.number(99), verify.Signup, verify.Binding{})
	if n := len(w.codes(w.number(99))); n != 1 {
		t.Errorf("after the renewal %d texts came, want 1", n)
	}
	if strings.Contains(w.log.String(), verifytest.Sender) {
		t.Error("the log holds the sender number")
	}
}

// TestRow34_ALapsedNumberSendsNothing starts the program with a number that has
// lapsed, without a second one and with one.
func TestRow34_ALapsedNumberSendsNothing(t *testing.T) {
	t.Parallel()
	lapsed := sandbox.WithSender("0215770000", time.Now().Add(-time.Hour))
	t.Run("alone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, setup{Sandbox: []sandbox.Option{lapsed}})
		for _, n := range w.Nodes { // each asks when it has started
			w.Wait("the refusal", func() bool {
				a := w.Call(n, http.MethodPost, "/v1/verifications", map[string]string{"to": w.Number()})
				return a.Status == http.StatusServiceUnavailable && a.Code() == "sender_lapsed" && a.RetryAfter() > 0
			})
		}
		w.GatewayCall(http.MethodPost, "/sandbox/senders", map[string]string{
			"phoneNumber": "0215770000", "expireAt": time.Now().Add(300 * 24 * time.Hour).UTC().Format(time.RFC3339),
		})
		w.Restart()
		var number string
		w.Wait("a start after the renewal", func() bool {
			number = w.Number()
			return w.Call(w.A(), http.MethodPost, "/v1/verifications", map[string]string{"to": number}).Status == http.StatusCreated
		})
		if w.Code(number) == "" {
			t.Error("no text came after the renewal")
		}
	})
	t.Run("with a second", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, setup{
			Sandbox:  []sandbox.Option{lapsed, sandbox.WithSender("0215770001", time.Time{})},
			Settings: []string{"SINPYO_COOLSMS_SECOND_SENDER=0215770001"},
		})
		number := w.Number()
		w.Start(w.A(), number)
		if w.Code(number) == "" {
			t.Fatal("no text came")
		}
		if from := w.Texts(number)[0].From; from != "0215770001" {
			t.Errorf("the text came from %s, want the second number", from)
		}
	})
}

// TestRow35_TheBalanceHasARunwayInDays spends for three days at the list price and
// looks at what is left.
func TestRow35_TheBalanceHasARunwayInDays(t *testing.T) {
	t.Parallel()
	const texts = 5 // a day, at 20 won
	w := newWatched(t, sandbox.WithBalance(2000, 0))
	for n := range 3 {
		for i := range texts {
			to := w.number(n*texts + i)
			w.start(to, verify.Signup, verify.Binding{})
			w.codes(to)
		}
		w.Clock.Advance(24 * time.Hour)
	}
	w.look()
	p, ok, err := w.Purse(t.Context())
	if err != nil || !ok {
		t.Fatalf("the money is not known (%v)", err)
	}
	wantWon := 2000 - 3*texts*limit.TextPrice
	if p.Won != wantWon || p.PerDay != texts*limit.TextPrice {
		t.Errorf("%d won at %d a day, want %d at %d", p.Won, p.PerDay, wantWon, texts*limit.TextPrice)
	}
	if days, ok := p.Runway(); !ok || days != wantWon/(texts*limit.TextPrice) || w.raised(limit.RunwayShort) != 0 {
		t.Errorf("a runway of %d days (%v) with %d alarms, want %d with none", days, ok, w.raised(limit.RunwayShort), wantWon/(texts*limit.TextPrice))
	}
	w.Provider.SetMoney(sandbox.Account{Balance: 699})
	w.Clock.Advance(2 * time.Hour)
	w.look()
	w.look()
	if n := w.raised(limit.RunwayShort); n != 1 {
		t.Errorf("with money for six days %d alarms, want 1", n)
	}
}

// TestRow35_TheBalanceHasAFloor has the program refuse starts below it, and take
// them again.
func TestRow35_TheBalanceHasAFloor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{
		Sandbox: []sandbox.Option{sandbox.WithBalance(900, 0)}, Settings: []string{"SINPYO_COOLSMS_BALANCE_FLOOR=1000"},
	})
	w.Wait("the refusal", func() bool {
		a := w.Call(w.A(), http.MethodPost, "/v1/verifications", map[string]string{"to": w.Number()})
		return a.Status == http.StatusServiceUnavailable && a.Code() == "budget_spent" && a.RetryAfter() > 0
	})
	out := w.A().CLI("balance", "--json")
	if !strings.Contains(out, `"usable": 900`) || !strings.Contains(out, `"runway_days"`) {
		t.Errorf("balance prints %s", out)
	}
	w.GatewayCall(http.MethodPost, "/sandbox/account", map[string]int{"balance": 100_000})
	w.Restart()
	w.Wait("a start after the account was charged", func() bool {
		return w.Call(w.A(), http.MethodPost, "/v1/verifications", map[string]string{"to": w.Number()}).Status == http.StatusCreated
	})
}

// TestProviderKey_IsChangedWhileTextsLeave changes the key of running servers back
// and forth while people sign up: every start is answered with one text.
func TestProviderKey_IsChangedWhileTextsLeave(t *testing.T) {
	t.Parallel()
	const nextKey, nextSecret = "NCSROWS000000002", "rows-next-secret"
	w := newWorld(t, setup{Sandbox: []sandbox.Option{sandbox.WithKey(nextKey, nextSecret)}})
	pair := filepath.Join(t.TempDir(), "pair.txt")
	if err := os.WriteFile(pair, []byte(nextKey+"\n"+nextSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	changes := func() (n int) {
		for _, node := range w.Nodes {
			n += strings.Count(node.Log.String(), "the provider's key was changed")
		}
		return n
	}
	var numbers []string
	changed := func(times int) func() bool {
		return func() bool {
			numbers = append(numbers, w.Number())
			w.Start(w.Any(len(numbers)), numbers[len(numbers)-1])
			return changes() == times*len(w.Nodes)
		}
	}
	w.A().CLI("provider", "set-key", pair)
	w.Wait("the servers to take the new key", changed(1))
	w.A().CLI("provider", "drop-key")
	w.Wait("the servers to go back", changed(2))
	w.Settled()
	for _, number := range numbers {
		if n := len(w.Texts(number)); n != 1 {
			t.Errorf("a start was answered with %d texts, want 1", n)
		}
	}
	for _, n := range w.Nodes {
		if log := n.Log.String(); strings.Contains(log, nextKey) || strings.Contains(log, nextSecret) {
			t.Errorf("the log of node %s holds the pair", n.Name)
		}
	}
}
