package outbox_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
)

func TestLine_CountsWhatWaitsAndKnowsTheOldest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	line := func() outbox.Line {
		t.Helper()
		l, err := w.Line(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if got := line(); got != (outbox.Line{}) {
		t.Errorf("before any text: %+v", got)
	}
	oldest := w.db.Now()
	ids := []string{w.enqueue(number(t, 1), "one")}
	w.clock.Advance(time.Second)
	ids = append(ids, w.enqueue(number(t, 2), "two"))
	if got, want := line(), (outbox.Line{Texts: 2, Oldest: oldest}); got != want {
		t.Errorf("two wait: %+v, want %+v", got, want)
	}
	w.settle(ids...)
	if got := line(); got != (outbox.Line{}) || w.Away() {
		t.Errorf("after they were handed over: %+v", got)
	}
}
