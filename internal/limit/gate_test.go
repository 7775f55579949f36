package limit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// wrongHours writes how many wrong checks there were in the hour of now.
func wrongHours(t *testing.T, d *db.DB, n int) {
	t.Helper()
	if err := refusedBy(t, d, func(tx *db.Tx) {
		tx.Exec(`DELETE FROM wrong_hours WHERE hour = $1`, tx.Now.Std().Unix()/3600)
		tx.Exec(`INSERT INTO wrong_hours (hour, wrong) VALUES ($1, $2)`, tx.Now.Std().Unix()/3600, n)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAdmit_SprayingTurnsTheChallengeOnUntilADayIsCalm crosses the line by one
// wrong check and waits for a day under half of it (S-25).
func TestAdmit_SprayingTurnsTheChallengeOnUntilADayIsCalm(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	admit := func(solved bool) (int, error) {
		t.Helper()
		clock.Advance(time.Second)
		digits, err := l.Admit(t.Context(), application("a"), solved)
		if err != nil && !errors.Is(err, limit.ErrChallenge) {
			t.Fatal(err)
		}
		return digits, err
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) }); err != nil {
		t.Fatal(err)
	}
	wrongHours(t, d, 10_000)
	if digits, err := admit(false); err != nil || digits != 6 {
		t.Fatalf("at the line: %d digits, %v", digits, err)
	}
	if n := spend(t, d, l, guess([]byte("number"), limit.Open), 1); n != 1 {
		t.Fatal("a wrong check was refused")
	}
	if _, err := admit(false); !errors.Is(err, limit.ErrChallenge) {
		t.Fatalf("beyond the line: %v, want ErrChallenge", err)
	}
	if digits, err := admit(true); err != nil || digits != 8 {
		t.Fatalf("with a challenge solved: %d digits, %v", digits, err)
	}
	clock.Advance(23 * time.Hour)
	wrongHours(t, d, 4_000)
	if _, err := admit(false); !errors.Is(err, limit.ErrChallenge) {
		t.Fatalf("within the day: %v, want ErrChallenge", err)
	}
	clock.Advance(2 * time.Hour)
	wrongHours(t, d, 1_000)
	if _, err := admit(false); !errors.Is(err, limit.ErrChallenge) {
		t.Fatalf("a day of 5,000: %v, want ErrChallenge", err)
	}
	wrongHours(t, d, 999)
	if digits, err := admit(false); err != nil || digits != 6 {
		t.Fatalf("a day under half the line: %d digits, %v", digits, err)
	}
}

// TestConverted_AtFiftyOneFortyNineAndNineteenPercent is S-24.
func TestConverted_AtFiftyOneFortyNineAndNineteenPercent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent, approved   int
		alarm, challenge bool
	}{
		"51":             {100, 51, false, false},
		"49":             {100, 49, true, false},
		"19":             {100, 19, true, true},
		"none of so few": {49, 0, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock(start)
			d := dbtest.New(t, dbtest.WithClock(clock))
			l := limit.New(limit.Options{DB: d})
			if err := l.Converted(t.Context(), "a", c.sent, c.approved); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Admit(t.Context(), application("a"), false); errors.Is(err, limit.ErrChallenge) != c.challenge {
				t.Errorf("a start: %v, want a challenge: %v", err, c.challenge)
			}
			if _, err := l.Admit(t.Context(), application("b"), false); err != nil {
				t.Errorf("a start of another application: %v", err)
			}
			if err := l.Tend(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := count(t, d, `SELECT count(*) FROM events WHERE kind = 'alarm_raised' AND application_id = 'a' AND detail = 'conversion'`); (n == 1) != c.alarm {
				t.Errorf("%d alarms, want one: %v", n, c.alarm)
			}
			clock.Advance(time.Hour)
			if err := l.Converted(t.Context(), "a", 20, 0); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Admit(t.Context(), application("a"), false); err != nil {
				t.Errorf("an hour later: %v", err)
			}
		})
	}
}

// TestAdmit_RefusesWhenTheGatesCannotBeRead is S-26 for what a node remembers.
func TestAdmit_RefusesWhenTheGatesCannotBeRead(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	admit := func(l *limit.Limits) error {
		_, err := l.Admit(context.Background(), application("a"), false)
		return err
	}
	if err := admit(l); err != nil {
		t.Fatal(err)
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { tx.Exec(`ALTER TABLE gates RENAME TO gone`) }); err != nil {
		t.Fatal(err)
	}
	if err := admit(limit.New(limit.Options{DB: d})); !errors.Is(err, limit.ErrUnreadable) {
		t.Errorf("a node that never read them: %v, want ErrUnreadable", err)
	}
	clock.Advance(10*time.Second - time.Microsecond)
	if err := admit(l); err != nil {
		t.Errorf("within ten seconds: %v", err)
	}
	clock.Advance(time.Microsecond)
	if err := admit(l); !errors.Is(err, limit.ErrUnreadable) {
		t.Errorf("after ten seconds: %v, want ErrUnreadable", err)
	}
}

// TestAlarm_TextsOnceAnHourOverAllNodes raises alarms of two rules on two nodes.
func TestAlarm_TextsOnceAnHourOverAllNodes(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	url := dbtest.URL(t)
	var mu sync.Mutex
	var texts []string
	tell := func(d *db.DB) limit.Tell {
		return func(ctx context.Context, text string, first func(*db.Tx)) error {
			err := d.Update(ctx, func(tx *db.Tx) error { first(tx); return nil })
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				texts = append(texts, text)
			}
			return err
		}
	}
	c := plenty
	c.InstallationPerMinute = 1
	reg := prometheus.NewRegistry()
	first := dbtest.Open(t, url, dbtest.WithClock(clock))
	second := dbtest.Open(t, url, dbtest.WithClock(clock))
	all := []*limit.Limits{
		limit.New(limit.Options{DB: first, Ceilings: &c, Text: tell(first), Registerer: reg}),
		limit.New(limit.Options{DB: second, Ceilings: &c, Text: tell(second)}),
	}
	reach := func() {
		t.Helper()
		for _, l := range all {
			for range 2 {
				_, _ = permit(t, l, application("a"), false)
			}
			if err := errors.Join(l.Converted(t.Context(), "a", 100, 40), l.Tend(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
	}
	reach()
	clock.Advance(10 * time.Minute)
	reach()
	if len(texts) != 1 {
		t.Fatalf("%d texts within the hour, want 1", len(texts))
	}
	if n := count(t, first, `SELECT count(*) FROM events WHERE kind = 'alarm_raised'`); n != 2 {
		t.Errorf("%d alarms, want one of each rule", n)
	}
	if n := metric(t, reg, "sinpyo_alarms_total"); n == 0 {
		t.Error("no metric tells of an alarm")
	}
	var gates []limit.Gate
	if err := first.View(t.Context(), func(tx *db.Tx) (err error) {
		gates, err = all[0].Gates(tx)
		return err
	}); err != nil || len(gates) < 2 {
		t.Errorf("%d gates (%v), want those of both rules", len(gates), err)
	}
	clock.Advance(time.Hour)
	reach()
	if len(texts) != 2 {
		t.Fatalf("%d texts after an hour, want 2", len(texts))
	}
}

func TestAlarm_WonLowAndSpent(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	c := plenty
	c.WonPerDay = 200
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	alarms := func(detail string) int {
		t.Helper()
		if err := l.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		return count(t, d, `SELECT count(*) FROM events WHERE kind = 'alarm_raised' AND detail = '`+detail+`'`)
	}
	for range 7 {
		permit(t, l, application("a"), true)
		clock.Advance(3 * time.Second)
		_ = alarms("")
	}
	if n := alarms("won_low"); n != 0 {
		t.Fatal("an alarm at seven tenths of the day's won")
	}
	permit(t, l, application("a"), true)
	if n := alarms("won_low"); n != 1 {
		t.Fatalf("%d alarms at eight tenths, want 1", n)
	}
	for range 3 {
		permit(t, l, application("a"), true)
	}
	if n := alarms("won_per_day"); n != 1 {
		t.Fatalf("%d alarms when it is spent, want 1", n)
	}
}

func TestWords_FitIntoOneTextAndHoldNoDigits(t *testing.T) {
	t.Parallel()
	for _, rule := range append(limit.Rules(), "won_low", limit.CarrierConversion,
		limit.SenderLapsing, limit.SenderLapsed, limit.RunwayShort, limit.BalanceFloor) {
		text := limit.Words(rule)
		if n, err := sms.Bytes(text); err != nil || n > sms.MaxBytes {
			t.Errorf("%s: %d bytes (%v), want at most %d", rule, n, err, sms.MaxBytes)
		}
		for _, r := range text {
			if r >= '0' && r <= '9' {
				t.Errorf("%s: the text holds a digit", rule)
			}
		}
	}
}

func count(t *testing.T, d *db.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) error { return tx.Row(query, args...).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}
