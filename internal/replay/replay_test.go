package replay_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/replay"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
)

// house is one with low ceilings, so that they refuse now and then.
func house(t *testing.T) *verifytest.World {
	t.Helper()
	return verifytest.New(t, verifytest.Options{Limits: func(o *limit.Options) {
		o.Ceilings = &limit.Ceilings{ApplicationPerMinute: 4, InstallationPerMinute: 6, WonPerDay: 1200}
	}})
}

// redate gives what was written the ids of its time: they are made by the real
// clock, and what is replayed is found by them.
func redate(t *testing.T, w *verifytest.World) {
	t.Helper()
	ids := map[string]string{"": ""}
	made := map[string][]string{}
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		for kind, query := range map[string]string{"ver": `SELECT id, created_at FROM verifications`, "msg": `SELECT id, created_at FROM messages`} {
			err := tx.Each(query, nil, func(scan func(...any) error) error {
				var old string
				var at db.Time
				err := scan(&old, &at)
				var random [10]byte
				copy(random[:], fmt.Sprintf("%010d", len(ids)))
				ids[old], made[kind] = id.At(kind, at.Std(), random), append(made[kind], old)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = w.DB.Update(t.Context(), func(tx *db.Tx) error {
			for _, old := range made["ver"] {
				tx.Exec(`UPDATE verifications SET id = $2 WHERE id = $1`, old, ids[old])
				tx.Exec(`UPDATE messages SET verification_id = $2 WHERE verification_id = $1`, old, ids[old])
			}
			for _, old := range made["msg"] {
				tx.Exec(`UPDATE messages SET id = $2 WHERE id = $1`, old, ids[old])
			}
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func inForce(t *testing.T, w *verifytest.World) replay.Policy {
	t.Helper()
	p, err := replay.NewTester(w.DB, w.Limits).InForce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func replayed(t *testing.T, w *verifytest.World, days int, policies ...replay.Policy) replay.Result {
	t.Helper()
	r, err := replay.Texts(t.Context(), w.DB, days, limit.TextPrice, nil, policies...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// busy has people ask for texts for three days, more than the house lets them,
// and returns how many starts and resends it admitted, and how many it refused.
func busy(t *testing.T, w *verifytest.World) (starts, resends, refused int) {
	t.Helper()
	second := w.App
	second.ID = "app_second"
	r := rand.New(rand.NewPCG(1, 2))
	var refs []verify.Ref
	for range 1500 {
		w.Clock.Advance([]time.Duration{0, 3 * time.Second, 20 * time.Second, time.Minute, 3 * time.Minute, 20 * time.Minute}[r.IntN(6)])
		if n := len(refs); n > 0 && r.IntN(3) == 0 {
			_, err := w.Verifier.Resend(t.Context(), w.App, refs[n-1-min(r.IntN(3), n-1)])
			if err == nil {
				resends++
				w.Drive()
			}
			continue
		}
		to, err := phone.Parse(fmt.Sprintf("0100000%04d", r.IntN(12)))
		if err != nil {
			t.Fatal(err)
		}
		s := verify.Start{Application: w.App, To: to, Purpose: verify.Signup, Locale: "ko", Client: netip.AddrFrom4([4]byte{203, 0, byte(r.IntN(3)), 1})}
		if r.IntN(3) == 0 {
			s.Application = second
		}
		if r.IntN(4) == 0 {
			s.Purpose, s.Priority = verify.Login, true
		}
		v, err := w.Verifier.Start(t.Context(), s)
		switch {
		case err == nil:
			starts++
			w.Drive() // what is still queued is not sent again
			refs = append(refs, verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID})
		case fault.As(err) != nil:
			refused++
		default:
			t.Fatal(err)
		}
	}
	return starts, resends, refused
}

// TestTexts_OfThePolicyInForceBlocksNothing replays what the house itself
// admitted.
func TestTexts_OfThePolicyInForceBlocksNothing(t *testing.T) {
	t.Parallel()
	w := house(t)
	starts, resends, refused := busy(t, w)
	if starts < 100 || refused < 100 || resends < 10 {
		t.Fatalf("%d starts, %d resends and %d refusals tell nothing", starts, resends, refused)
	}
	redate(t, w)
	got := replayed(t, w, 30, inForce(t, w))
	if got.Starts != starts || got.Resends != resends {
		t.Errorf("it saw %d starts and %d resends, want %d and %d", got.Starts, got.Resends, starts, resends)
	}
	if o := got.Outcomes[0]; len(o.By) > 0 {
		t.Errorf("the policy that admitted everything would have refused %+v", o.By)
	}
	strict := inForce(t, w)
	if err := strict.Set(replay.NumberDay, 1); err != nil {
		t.Fatal(err)
	}
	if o := replayed(t, w, 30, strict).Outcomes[0]; o.Blocked.Starts == 0 || o.By[replay.NumberDay].Won == 0 {
		t.Errorf("a text a day and number would have refused %+v", o)
	}
}

func TestTexts_TellsWhoWasVerifiedAndWhatWasSaved(t *testing.T) {
	t.Parallel()
	w := house(t)
	to, err := phone.Parse("010-0000-0001")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		v, err := w.Verifier.Start(t.Context(), verify.Start{Application: w.App, To: to, Purpose: verify.Signup, Locale: "ko"})
		if err != nil {
			t.Fatal(err)
		}
		w.Drive()
		if i == 1 { // the second one is answered
			text := w.Provider.Handset(to.National())[0].Text
			code := text[len(text)-6:]
			if got, err := w.Verifier.Check(t.Context(), verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID}, code); err != nil || !got.Approved {
				t.Fatalf("the code %q of %q was not approved: %v", code, text, err)
			}
		}
		w.Clock.Advance(10 * time.Minute)
	}
	redate(t, w)
	p := inForce(t, w)
	if err := p.Set(replay.NumberHour, 1); err != nil {
		t.Fatal(err)
	}
	r := replayed(t, w, 1, p)
	if r.Starts != 3 || r.Verified != 1 || r.Won == 0 {
		t.Errorf("there were %+v", r)
	}
	o := r.Outcomes[0]
	if o.Blocked.Starts != 2 || o.Blocked.Verified != 1 || o.Blocked.Won*3 != r.Won*2 || o.By[replay.NumberHour] != o.Blocked {
		t.Errorf("one text an hour would have refused %+v, by %+v", o.Blocked, o.By)
	}
	w.Clock.Advance(26 * time.Hour)
	if r := replayed(t, w, 1, p); r.Starts != 0 {
		t.Errorf("yesterday's %d starts are among those of today", r.Starts)
	}
	if r := replayed(t, w, 2, p); r.Starts+replayed(t, w, 3, p).Starts < 3 {
		t.Errorf("the days before have %d starts", r.Starts)
	}
}

func TestPolicy_KeepsItsBounds(t *testing.T) {
	t.Parallel()
	var p replay.Policy
	for _, name := range replay.Limits() {
		least, most := replay.Bounds(name)
		for _, n := range []int{least, most} {
			if err := p.Set(name, n); err != nil || p.Figure(name) != n {
				t.Errorf("%s cannot be %d: %v", name, n, err)
			}
		}
		for _, n := range []int{least - 1, most + 1} {
			if err := p.Set(name, n); !errors.Is(err, replay.ErrPolicy) {
				t.Errorf("%s can be %d: %v", name, n, err)
			}
		}
	}
	if err := p.Set("nothing", 1); !errors.Is(err, replay.ErrPolicy) {
		t.Errorf("a figure that there is not: %v", err)
	}
}

func TestInForce_HasTheBudgetsThatWerePut(t *testing.T) {
	t.Parallel()
	w := house(t)
	if err := w.Limits.SetBudget(t.Context(), limit.Won, "", 70_000, limit.Act{Actor: "opr_1", Reason: "why"}); err != nil {
		t.Fatal(err)
	}
	p := inForce(t, w)
	for name, want := range map[replay.Limit]int{
		replay.NumberPause: 30, replay.NumberHour: 5, replay.NumberDay: 10, replay.NetworkHour: 30,
		replay.ApplicationMinute: 4, replay.InstallationMinute: 6, replay.WonDay: 70_000,
	} {
		if got := p.Figure(name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}

func TestTester_AnswersOneAtATime(t *testing.T) {
	t.Parallel()
	w := house(t)
	tester := replay.NewTester(w.DB, w.Limits)
	q := replay.Question{Policy: inForce(t, w), Days: 7}
	other := replay.Question{Policy: q.Policy, Days: 8}
	if a := tester.Answer(q); a.Asked {
		t.Errorf("before it was asked the answer is %+v", a)
	}
	if err := tester.Ask(replay.Question{Policy: q.Policy, Days: 31}); !errors.Is(err, replay.ErrPolicy) {
		t.Errorf("31 days: %v", err)
	}
	for range 2 { // the same one again is no other
		if err := tester.Ask(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := tester.Ask(other); !errors.Is(err, replay.ErrBusy) {
		t.Errorf("another question meanwhile: %v, want ErrBusy", err)
	}
	if a := tester.Answer(q); !a.Asked || a.Result != nil {
		t.Errorf("before anybody answers the answer is %+v", a)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- tester.Run(ctx, func(err error) { t.Error(err) }) }()
	var a replay.Answer
	for a = tester.Answer(q); a.Result == nil && !a.Failed; a = tester.Answer(q) {
		if err := w.DB.View(t.Context(), func(*db.Tx) error { return nil }); err != nil { // gives way
			t.Fatal(err)
		}
	}
	if a.Failed || len(a.Result.Outcomes) != 2 || a.Result.Days != 7 {
		t.Errorf("the answer is %+v", a)
	}
	if err := tester.Ask(other); err != nil {
		t.Errorf("after the answer: %v", err)
	}
	if a := tester.Answer(q); a.Result == nil {
		t.Error("the first answer is forgotten")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
