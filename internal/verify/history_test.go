package verify_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
)

const (
	historySteps = 14
	historyBatch = 100 // histories that share a database and a clock
)

// TestHistories_MatchTheModel drives random histories of starts, resends, checks,
// cancellations, redemptions, waits, restarts and cleared numbers, over several
// numbers, applications, networks and browsers, and compares every answer with
// the model. Then no window holds one too many, and the events tell, for each
// verification, one way to where its row stands.
//
// SINPYO_TEST_HISTORIES sets how many, SINPYO_TEST_SEED where chance begins. The
// race detector makes each ten times as dear; scripts/test runs them without it.
func TestHistories_MatchTheModel(t *testing.T) {
	t.Parallel()
	histories, seed := fromEnv(t, "SINPYO_TEST_HISTORIES", historiesHere), fromEnv(t, "SINPYO_TEST_SEED", 1)
	seen := map[string]int{}
	var mu sync.Mutex
	for i := 0; i < histories; i += historyBatch {
		n := min(historyBatch, histories-i)
		t.Run(fmt.Sprint("seed", seed+i), func(t *testing.T) {
			b := newBatch(t, uint64(seed+i), n) // #nosec G115 -- small
			for range historySteps {
				b.step()
			}
			b.finish()
			mu.Lock()
			defer mu.Unlock()
			for _, h := range b.histories {
				for what, n := range h.seen {
					seen[what] += n
				}
			}
		})
	}
	t.Logf("%d histories: %v", histories, seen)
	if histories < 2000 {
		return
	}
	// A test that never meets a rule says nothing of it.
	for _, what := range []string{
		"started open", "started long", "started trusted", "started recovery", "approved", "locked", "superseded", "canceled", "redeemed",
		"number_limited", "number_locked", "network_limited", "binding_mismatch", "verification_ended", "verification_not_approved",
		"resends_spent", "resend_too_late", "resend_too_soon",
	} {
		if seen[what] < histories/200 {
			t.Errorf("%d histories met %q %d times", histories, what, seen[what])
		}
	}
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// batch is a number of histories at the same time in the same place.
type batch struct {
	*verifytest.World
	chance    *rand.Rand
	verifier  *verify.Verifier
	limits    *limit.Limits
	histories []*history
}

// history is one course of events, and the model of it.
type history struct {
	*batch
	model
	chance *rand.Rand
	base   int // the first of its phone numbers
	kind   int
	seen   map[string]int
}

// The kinds of histories that are not just any: one that asks for many numbers
// from one network, one that tries wrong codes, and one that waits for its text.
const (
	wide    = 1
	guesser = 2
	patient = 3
)

func newBatch(t *testing.T, seed uint64, n int) *batch {
	t.Helper()
	b := &batch{chance: rand.New(rand.NewPCG(seed, 1))}
	b.World = verifytest.New(t, verifytest.Options{DB: []func(*db.Options){once}, Rand: zeros{}})
	b.restart()
	for i := range n {
		h := &history{batch: b, chance: rand.New(rand.NewPCG(seed, uint64(i+2))), base: i * 100, seen: map[string]int{}} // #nosec G115 -- small
		numbers, networks := 1+h.chance.IntN(2), 2
		switch h.kind = h.chance.IntN(4); h.kind {
		case wide:
			numbers, networks = 14, 1
		case guesser:
			numbers = 1
		}
		for range numbers {
			h.numbers, h.devices = append(h.numbers, newModelNumber()), append(h.devices, newModelDevice())
		}
		for range networks {
			h.networks = append(h.networks, &modelNetwork{})
		}
		b.histories = append(b.histories, h)
	}
	return b
}

// restart forgets all that a process remembers.
func (b *batch) restart() {
	b.limits = limit.New(limit.Options{DB: b.DB, Shadow: []limit.Rule{limit.Spraying, limit.Range}, Ceilings: &limit.Ceilings{
		ApplicationPerMinute: 1_000_000, InstallationPerMinute: 1_000_000, WonPerDay: 1_000_000_000,
	}})
	b.verifier = verify.New(verify.Options{
		DB: b.DB, Ring: b.Ring, Outbox: b.Outbox, Limits: b.limits, Rand: zeros{},
	})
}

var historyGaps = []time.Duration{
	0, 0, time.Microsecond, time.Second, 29 * time.Second, 30 * time.Second, 31 * time.Second, 31 * time.Second, 31 * time.Second,
	30 * time.Second, 31 * time.Second, 31 * time.Second, time.Minute, time.Minute, time.Minute, 2 * time.Minute,
	5*time.Minute - time.Microsecond, 5 * time.Minute, 9 * time.Minute, 20 * time.Minute, time.Hour, time.Hour, 5 * time.Hour, 24 * time.Hour,
}

// step lets time pass and then every history do a few things, all at once.
func (b *batch) step() {
	b.Helper()
	b.Clock.Advance(historyGaps[b.chance.IntN(len(historyGaps))])
	if b.chance.IntN(4) != 0 {
		b.dispatch()
	}
	switch b.chance.IntN(8) {
	case 0:
		b.restart()
	case 1:
		b.sweep()
	}
	if err := b.limits.Tend(b.Context()); err != nil {
		b.Fatal(err)
	}
	now := b.Clock.Now()
	var wg sync.WaitGroup
	for _, h := range b.histories {
		wg.Go(func() {
			for range 1 + h.chance.IntN(4) {
				h.act(now)
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// dispatch plays the provider: every message that waits has left.
func (b *batch) dispatch() {
	b.Helper()
	b.exec(`UPDATE messages SET status = 'accepted', group_id = '' WHERE status = 'queued'`)
	for _, h := range b.histories {
		for _, v := range h.all {
			v.queued = false
		}
	}
}

func (b *batch) exec(query string, args ...any) {
	b.Helper()
	if err := b.DB.Update(b.Context(), func(tx *db.Tx) error { tx.Exec(query, args...); return nil }); err != nil {
		b.Fatal(err)
	}
}

func (b *batch) sweep() {
	b.Helper()
	for more := true; more; {
		n, err := b.verifier.Sweep(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		more = n > 0
	}
}

// act does one thing that chance picks.
func (h *history) act(now time.Time) {
	pick := h.chance.IntN(100)
	if len(h.all) == 0 || h.kind == wide && pick < 85 {
		pick = 0
	}
	switch {
	case h.kind == guesser && pick < 20:
		h.start(now)
	case h.kind == guesser && pick < 75:
		h.check(now, false, 5)
	case h.kind == patient && pick < 10:
		h.start(now)
	case h.kind == patient && pick < 75:
		h.resend(now)
	case h.kind == patient && pick < 85:
		h.check(now, true, 1)
	case pick < 28:
		h.start(now)
	case pick < 48:
		h.check(now, false, 1+4*h.chance.IntN(2))
	case pick < 58:
		h.check(now, true, 1)
	case pick < 82:
		h.resend(now)
	case pick < 85:
		h.cancel(now)
	case pick < 96:
		h.redeem(now)
	case pick < 98:
		h.clearNumber()
	default:
		h.almostLock()
	}
}

func (h *history) start(now time.Time) {
	s := modelStart{
		number: h.chance.IntN(len(h.numbers)), network: h.chance.IntN(len(h.networks)+1) - 1, binding: h.chance.IntN(3),
		app:     []string{app.Builtin, "app_other"}[h.chance.IntN(2)],
		purpose: []verify.Purpose{verify.Login, verify.Login, verify.Login, verify.Signup, verify.Recovery}[h.chance.IntN(5)],
		trusted: h.chance.IntN(4) == 0, solved: h.chance.IntN(8) == 0,
	}
	if h.kind == wide {
		s.network, s.solved = 0, h.chance.IntN(20) == 0
	}
	a := h.App
	a.ID = s.app
	in := verify.Start{
		Application: a, To: h.phone(s.number), Purpose: s.purpose, Locale: "ko", Binding: bindingOf(s.binding), Solved: s.solved,
	}
	if s.network >= 0 {
		in.Client = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x:%x::%x", h.base, s.network, s.binding+1))
	}
	if s.trusted {
		in.Device = limit.NewDevice([]byte(fmt.Sprint("device", h.base, s.number)))
	}
	want, made := h.model.start(s, now)
	got, err := h.verifier.Start(context.Background(), in)
	h.compare("start", got, err, want)
	if made != nil {
		made.id = got.ID
		h.seen["started "+string(made.lane)]++
	}
}

// some returns a verification of the history, a new one sooner than an old one,
// and a binding that is mostly its own.
func (h *history) some() (*modelVerification, int, verify.Ref) {
	v := h.all[len(h.all)-1-h.chance.IntN(min(len(h.all), 3))]
	binding := v.binding
	if h.chance.IntN(30) == 0 {
		binding = (binding + 1) % 3
	}
	return v, binding, verify.Ref{ID: v.id, ApplicationID: v.app, Binding: bindingOf(binding)}
}

func (h *history) check(now time.Time, right bool, times int) {
	v, binding, r := h.some()
	for range times {
		want := h.model.check(v, binding, right, now)
		length := 6
		if v.lane == limit.Long || v.lane == limit.Recovering {
			length = 10
		}
		digit := "1"
		if right {
			digit = "0"
		}
		got, err := h.verifier.Check(context.Background(), r, strings.Repeat(digit, length))
		h.compare("check", got.Verification, err, want)
	}
}

func (h *history) resend(now time.Time) {
	v, binding, r := h.some()
	a := h.App
	a.ID = v.app
	want := h.model.resend(v, binding, now)
	got, err := h.verifier.Resend(context.Background(), a, r)
	h.compare("resend", got, err, want)
}

func (h *history) cancel(now time.Time) {
	v, binding, r := h.some()
	want := h.model.cancel(v, binding, now)
	got, err := h.verifier.Cancel(context.Background(), r)
	h.compare("cancel", verify.Verification{Status: got.Status}, err, want)
}

func (h *history) redeem(now time.Time) {
	v, binding, r := h.some()
	want := h.model.redeem(v, binding, now)
	err := h.DB.Update(context.Background(), func(tx *db.Tx) error {
		h.verifier.Redeem(tx, r)
		audit.Tell(tx, audit.Event{Kind: audit.Redeemed, ApplicationID: r.ApplicationID, VerificationID: r.ID})
		return nil
	})
	h.compare("redeem", verify.Verification{Status: verify.Redeemed}, err, want)
}

func (h *history) clearNumber() {
	h.windows() // what was admitted so far counts no more
	i := h.chance.IntN(len(h.numbers))
	err := h.DB.Update(context.Background(), func(tx *db.Tx) error {
		h.limits.Clear(tx, h.Ring.Whole(h.phone(i)))
		return nil
	})
	if err != nil {
		h.Errorf("clearing: %v", err)
	}
	h.clear(i)
}

// almostLock brings a number close to a hundred wrong codes in a row, or a
// hundred of recoveries.
func (h *history) almostLock() {
	i := h.chance.IntN(len(h.numbers))
	if !h.numbers[i].known {
		return
	}
	inRow, recovery := 90+h.chance.IntN(11), 90+h.chance.IntN(11)
	h.numbers[i].inRow, h.numbers[i].recovery = inRow, recovery
	err := h.DB.Update(context.Background(), func(tx *db.Tx) error {
		tx.Exec(`UPDATE number_limits SET wrong_row = $2, wrong_recovery = $3 WHERE number_mac = $1`, h.Ring.Whole(h.phone(i)), inRow, recovery)
		return nil
	})
	if err != nil {
		h.Errorf("bringing a number close to its lock: %v", err)
	}
}

func (h *history) compare(what string, v verify.Verification, err error, want answer) {
	got, err := answered(v, err)
	if what == "redeem" && errors.Is(err, verify.ErrNotApproved) {
		got, err = refusal(fault.As(err).Code, 0), nil
	}
	if err != nil || !got.meets(want) {
		h.Errorf("history %d, at %v: %s gives %+v (%v), the model %+v", h.base/100, h.Clock.Now(), what, got, err, want)
	}
	if want.code != "" {
		h.seen[want.code]++
	}
}

func (h *history) phone(i int) phone.Number {
	n, err := phone.Parse(fmt.Sprintf("010%08d", h.base+i))
	if err != nil {
		h.Error(err)
	}
	return n
}

func bindingOf(i int) verify.Binding {
	if i == 0 {
		return verify.Binding{}
	}
	return verify.Browser(fmt.Sprint("browser", i))
}

// windows looks at every stretch of what was admitted.
func (h *history) windows() {
	full := func(what string, at []time.Time, limits []modelLimit) {
		for _, l := range limits {
			for i := l.most; i < len(at); i++ {
				if span := at[i].Sub(at[i-l.most]); span < l.window {
					h.Errorf("history %d: %d %s within %v: the promise is %d in %v", h.base/100, l.most+1, what, span, l.most, l.window)
				}
			}
		}
	}
	for _, n := range h.numbers {
		full("texts to a number", n.sent, modelSends)
		full("wrong codes", n.wrongOpen, modelWrong)
		full("wrong long codes", n.wrongLong, modelLong)
	}
	for _, d := range h.devices {
		full("texts to a trusted browser", d.sent, modelDeviceSends)
	}
}
