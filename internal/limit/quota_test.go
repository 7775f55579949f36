package limit_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
)

func TestQuota_TellsWhatIsLeftOfTheMinute(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	c := plenty
	c.ApplicationPerMinute = 5
	l := nodes(t, 1, c, clock)[0]
	want := func(when string, left int) {
		t.Helper()
		limit, got, reset, ok := l.Quota("a")
		if !ok || limit != 5 || got != left || (reset > 0) != (left < 5) || reset > 65*time.Second {
			t.Errorf("%s: %d of %d are left and reset after %s (%t), want %d of 5", when, got, limit, reset, ok, left)
		}
	}
	want("before the first", 5)
	for i := range 3 {
		if _, ok := permit(t, l, application("a"), i == 1); !ok {
			t.Fatal("a permit was refused")
		}
	}
	want("after three", 2)
	for range 4 { // two of which are refused
		_, _ = permit(t, l, application("a"), false)
	}
	want("after all", 0)
	if _, left, _, _ := l.Quota("b"); left != 5 {
		t.Errorf("another application has %d left", left)
	}
	clock.Advance(2 * time.Minute)
	want("two minutes later", 5)
}

func TestQuota_IsUnknownWithoutCeilings(t *testing.T) {
	t.Parallel()
	if _, _, _, ok := limit.New(limit.Options{DB: dbtest.New(t)}).Quota("a"); ok {
		t.Error("a quota is told where nothing is bounded")
	}
}
