package rows

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// inside is an installation within the test, at a time that stands still until
// the test moves it. Nothing of a process can have its clock moved.
type inside struct {
	*verifytest.World
	url string // of its database
}

func newInside(t *testing.T, options ...sandbox.Option) *inside {
	t.Helper()
	return newInsideWith(t, nil, options...)
}

// newInsideWith is newInside with other limits.
func newInsideWith(t *testing.T, limits func(*limit.Options), options ...sandbox.Option) *inside {
	t.Helper()
	url := dbtest.URL(t)
	here := func(o *db.Options) { o.URL = url }
	options = append([]sandbox.Option{sandbox.WithCarrierDelay(0), sandbox.WithReportDelay(0)}, options...)
	return &inside{verifytest.New(t, verifytest.Options{DB: []func(*db.Options){here}, Sandbox: options, Limits: limits}), url}
}

func (w *inside) number(n int) phone.Number {
	w.Helper()
	to, err := phone.Parse(fmt.Sprintf("0100000%04d", n))
	if err != nil {
		w.Fatal(err)
	}
	return to
}

func (w *inside) start(to phone.Number, purpose verify.Purpose, b verify.Binding) verify.Verification {
	w.Helper()
	v, err := w.Verifier.Start(w.Context(), verify.Start{Application: w.App, To: to, Purpose: purpose, Locale: "ko", Binding: b})
	if err != nil {
		w.Fatalf("starting: %v", err)
	}
	return v
}

// codes hands over what waits and returns the codes a number has been texted,
// the newest first.
func (w *inside) codes(to phone.Number) []string {
	w.Helper()
	w.Drive()
	var codes []string
	for _, m := range w.Provider.Handset(to.National()) {
		codes = append(codes, kit.CodeOf(m.Text))
	}
	return codes
}

func (w *inside) code(to phone.Number) string {
	w.Helper()
	codes := w.codes(to)
	if len(codes) == 0 || codes[0] == "" {
		w.Fatal("no text with a code came")
	}
	return codes[0]
}

func (w *inside) check(v verify.Verification, b verify.Binding, code string) verify.Result {
	w.Helper()
	r, err := w.Verifier.Check(w.Context(), ref(v, b), code)
	if err != nil {
		w.Fatalf("checking: %v", err)
	}
	return r
}

func ref(v verify.Verification, b verify.Binding) verify.Ref {
	return verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: b}
}

// later opens the database once more, as another node or a next run does, at
// the time that clock shows, and returns a verifier on it.
func (w *inside) later(clock *dbtest.Clock) *verify.Verifier {
	w.Helper()
	d := dbtest.Open(w, w.url, dbtest.WithClock(clock))
	return verify.New(verify.Options{DB: d, Ring: w.Ring, Outbox: w.Outbox, Limits: w.Limits})
}

func TestRow04_ACodeWorksUntilItsTimeIsOver(t *testing.T) {
	t.Parallel()
	const life = 5 * time.Minute
	for name, after := range map[string]time.Duration{"a second before": life - time.Second, "a second after": life + time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInside(t)
			to, want := w.number(1), after < life
			v := w.start(to, verify.Signup, verify.Binding{})
			code := w.code(to)
			w.Clock.Advance(after)
			if got := w.check(v, verify.Binding{}, code); got.Approved != want {
				t.Errorf("approved %v, want %v (%s)", got.Approved, want, got.Status)
			}
		})
	}
}

// TestRow04_NoClockStepRevivesACode lets a code's time run out and sets the
// clock back by ten minutes: of the node that saw it run out, of another node,
// and of a node that starts afterwards. Whether the sweeper has been there in
// the meantime makes no difference.
func TestRow04_NoClockStepRevivesACode(t *testing.T) {
	t.Parallel()
	for _, swept := range []bool{false, true} {
		t.Run(fmt.Sprintf("swept=%v", swept), func(t *testing.T) {
			t.Parallel()
			w := newInside(t)
			to := w.number(1)
			v := w.start(to, verify.Signup, verify.Binding{})
			code := w.code(to)
			began := w.Clock.Now()
			beside := dbtest.NewClock(began)
			other := w.later(beside)
			w.Clock.Advance(5*time.Minute + time.Second)
			beside.Set(w.Clock.Now())
			if got := w.check(v, verify.Binding{}, code); got.Approved || got.Status != verify.Expired {
				t.Fatalf("a second after its time the code gives %s, approved %v", got.Status, got.Approved)
			}
			if _, err := other.Check(t.Context(), ref(v, verify.Binding{}), code); err != nil {
				t.Fatal(err)
			}
			// Something is written at this time, as a running service does all the while.
			w.start(w.number(2), verify.Signup, verify.Binding{})
			if swept {
				if n, err := w.Verifier.Sweep(t.Context()); n != 1 || err != nil {
					t.Fatalf("Sweep = %d, %v, want it to end 1", n, err)
				}
			}
			w.Clock.Set(began.Add(-10 * time.Minute))
			beside.Set(began.Add(-10 * time.Minute))
			for name, verifier := range map[string]*verify.Verifier{
				"the node":    w.Verifier,
				"the other":   other,
				"a later run": w.later(dbtest.NewClock(began.Add(-10 * time.Minute))),
			} {
				got, err := verifier.Check(t.Context(), ref(v, verify.Binding{}), code)
				if err != nil || got.Approved || got.Status != verify.Expired {
					t.Errorf("%s: after its clock was set back the code gives %s, approved %v, %v", name, got.Status, got.Approved, err)
				}
			}
		})
	}
}

// TestRow05_NoResendOutlivesTheAbsoluteLimit sends a text again as late as can
// be, twice.
func TestRow05_NoResendOutlivesTheAbsoluteLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after time.Duration // of the check, from the start
		want  bool
	}{"within": {10*time.Minute - time.Second, true}, "beyond": {10*time.Minute + time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInside(t)
			to := w.number(1)
			v := w.start(to, verify.Signup, verify.Binding{})
			code, began := w.code(to), w.Clock.Now()
			w.check(v, verify.Binding{}, kit.Other(code, 0))
			for _, at := range []time.Duration{4*time.Minute + 30*time.Second, 8*time.Minute + 20*time.Second} {
				w.Clock.Set(began.Add(at))
				got, err := w.Verifier.Resend(t.Context(), w.App, ref(v, verify.Binding{}))
				if err != nil {
					t.Fatalf("the resend at %v: %v", at, err)
				}
				if got.AttemptsLeft != 4 || got.ExpiresAt.After(began.Add(10*time.Minute)) {
					t.Errorf("the resend at %v leaves %d attempts until %v", at, got.AttemptsLeft, got.ExpiresAt.Sub(began))
				}
			}
			for i, again := range w.codes(to) {
				if again != code {
					t.Errorf("text %d has other digits", i)
				}
			}
			w.Clock.Set(began.Add(9*time.Minute + 30*time.Second))
			if _, err := w.Verifier.Resend(t.Context(), w.App, ref(v, verify.Binding{})); !errors.Is(err, verify.ErrNoResends) {
				t.Errorf("a third resend: %v", err)
			}
			w.Clock.Set(began.Add(c.after))
			if got := w.check(v, verify.Binding{}, code); got.Approved != c.want {
				t.Errorf("at %v the code is approved: %v, want %v", c.after, got.Approved, c.want)
			}
		})
	}
}

// TestRow05_AResendTooLateIsRefused asks for the text when under a minute and a
// half would be left of the absolute limit.
func TestRow05_AResendTooLateIsRefused(t *testing.T) {
	t.Parallel()
	w := newInside(t)
	to := w.number(1)
	v := w.start(to, verify.Signup, verify.Binding{})
	w.code(to)
	w.Clock.Advance(4*time.Minute + 30*time.Second)
	if _, err := w.Verifier.Resend(t.Context(), w.App, ref(v, verify.Binding{})); err != nil {
		t.Fatal(err)
	}
	w.codes(to)
	w.Clock.Advance(4*time.Minute + 1*time.Second) // 8:31, of 10:00
	if _, err := w.Verifier.Resend(t.Context(), w.App, ref(v, verify.Binding{})); !errors.Is(err, verify.ErrResendTooLate) {
		t.Errorf("a resend with 89 s left: %v, want ErrResendTooLate", err)
	}
}

// TestRow06_TwoPurposesOfOneNumberDoNotMix has two verifications of one number
// under way, for two purposes.
func TestRow06_TwoPurposesOfOneNumberDoNotMix(t *testing.T) {
	t.Parallel()
	w := newInside(t)
	b := verify.Client("mine")
	var signup, login verify.Verification
	var forSignup, forLogin string
	for n := 1; forSignup == forLogin; n++ { // once in a million the two codes are the same
		to := w.number(n)
		signup = w.start(to, verify.Signup, b)
		forSignup = w.code(to)
		w.Clock.Advance(31 * time.Second)
		login = w.start(to, verify.Login, b)
		forLogin = w.code(to)
	}
	if got := w.check(signup, b, forLogin); got.Approved || got.Status != verify.Pending {
		t.Errorf("the code for logging in gives %s at the sign-up, approved %v", got.Status, got.Approved)
	}
	if got := w.check(login, b, forSignup); got.Approved || got.Status != verify.Pending {
		t.Errorf("the code for signing up gives %s at the login, approved %v", got.Status, got.Approved)
	}
	for name, got := range map[string]verify.Result{
		"signing up": w.check(signup, b, forSignup), "logging in": w.check(login, b, forLogin),
	} {
		if !got.Approved {
			t.Errorf("the code for %s was not approved where it belongs", name)
		}
	}
}

// TestRow08_ASpentNumberStillLetsItsOwnerIn lets a stranger start verifications
// of a number and guess until its wrong checks are spent. What the owner has
// under way keeps its tries, and a new start of the owner's gets through.
func TestRow08_ASpentNumberStillLetsItsOwnerIn(t *testing.T) {
	t.Parallel()
	w := newInside(t)
	to, owner, stranger := w.number(1), verify.Browser("owner"), verify.Browser("stranger")
	mine := w.start(to, verify.Login, owner)
	code := w.code(to)
	spent := false
	for range 2 {
		w.Clock.Advance(31 * time.Second)
		theirs := w.start(to, verify.Login, stranger)
		guess := w.code(to)
		for i := range 5 {
			_, err := w.Verifier.Check(t.Context(), ref(theirs, stranger), kit.Other(guess, i))
			if errors.Is(err, limit.ErrNumber) {
				spent = true
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if !spent {
		t.Fatal("ten wrong checks within minutes did not spend the number's budget")
	}
	got, err := w.Verifier.Get(t.Context(), ref(mine, owner))
	if err != nil || got.Status != verify.Pending || got.AttemptsLeft != verify.Attempts {
		t.Fatalf("the owner's own verification is %s with %d attempts left, %v", got.Status, got.AttemptsLeft, err)
	}
	w.Clock.Advance(31 * time.Second)
	anew := w.start(to, verify.Login, owner)
	long := w.code(to)
	if anew.CodeLength != 10 || len(long) != 10 {
		t.Errorf("behind a spent budget a new code has %d digits, %d in its text; want 10", anew.CodeLength, len(long))
	}
	if got := w.check(anew, owner, long); !got.Approved {
		t.Errorf("the owner's new code gives %s", got.Status)
	}
	_ = code // the one it supersedes
}

// TestRow12_AReportThreeDaysLate gets its report after the message was given up
// as unknown: it still settles it, once, and nothing moves it afterwards.
func TestRow12_AReportThreeDaysLate(t *testing.T) {
	t.Parallel()
	const late = 3*24*time.Hour + 5*time.Hour
	hook := &receiver{}
	w := newInside(t, sandbox.WithReportDelay(late), sandbox.WithWebhookClient(&http.Client{Transport: hook}))
	hook.Handler = coolsms.WebhookHandler(hookSecret, w.Outbox.Report)
	key, secret := w.Provider.Key()
	provider := coolsms.New(key, secret, coolsms.WithHTTPClient(&http.Client{Transport: w.Provider}), coolsms.WithClock(w.Clock.Now))
	_, err := provider.Webhooks.Create(t.Context(), coolsms.WebhookParams{
		EventID: coolsms.EventSingleReport, URL: "https://id.example.kr" + hookPath, Secret: hookSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	v := w.start(w.number(1), verify.Signup, verify.Binding{})
	w.Drive()
	status := func() outbox.Status {
		got, err := w.Verifier.Read(t.Context(), v.ApplicationID, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.Message.Status
	}
	if got := status(); got != outbox.Accepted {
		t.Fatalf("without a report the message is %s, want accepted", got)
	}
	w.step(72*time.Hour+time.Minute, time.Hour, func() bool { return status() != outbox.Accepted })
	if got := status(); got != outbox.Unknown {
		t.Fatalf("after 72 hours without a report the message is %s, want unknown", got)
	}
	w.step(24*time.Hour, time.Hour, func() bool { return status() != outbox.Unknown })
	if got := status(); got != outbox.Delivered {
		t.Fatalf("its report came three days late and the message is %s, want delivered", got)
	}
	w.step(48*time.Hour, 6*time.Hour, func() bool { return status() != outbox.Delivered })
	if got := status(); got != outbox.Delivered {
		t.Errorf("a delivered message became %s", got)
	}
}

// receiver carries the provider's calls to the handler of its reports.
type receiver struct{ http.Handler }

func (r *receiver) RoundTrip(call *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, call)
	return rec.Result(), nil
}

// step moves the clock on by a span in strides, letting dispatcher and
// provider do what has come due, until something is so.
func (w *inside) step(span, stride time.Duration, so func() bool) {
	w.Helper()
	for end := w.Clock.Now().Add(span); w.Clock.Now().Before(end) && !so(); {
		w.Clock.Advance(stride)
		w.Provider.Settle()
		w.Drive()
	}
}
