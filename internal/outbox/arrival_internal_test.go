package outbox

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

func TestArrivals_TellsWhatFourInFiveOfTheNewestTook(t *testing.T) {
	t.Parallel()
	began := db.At(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))
	var a arrivals
	now := began
	deliver := func(took time.Duration) {
		accepted := now
		now = now.Add(time.Second)
		a.add([]fate{{ask: &ask{accepted: accepted}, to: Delivered, received: accepted.Add(took)}}, now)
	}
	said := func() time.Duration {
		if figure := a.figure.Load(); figure != nil && now < figure.until {
			return figure.took
		}
		return 0
	}
	a.add([]fate{ // none of these is a delivery whose time is known
		{ask: &ask{accepted: now}, to: Delivered},
		{ask: &ask{}, to: Delivered, received: now},
		{ask: &ask{accepted: now}, to: Undelivered, received: now},
	}, now)
	for n := range 19 {
		deliver(time.Duration(n+1) * time.Second)
	}
	if got := said(); got != 0 {
		t.Errorf("after 19 deliveries %v is said", got)
	}
	deliver(20 * time.Second)
	if got := said(); got != 16*time.Second {
		t.Errorf("after deliveries of 1 to 20 s %v is said, want 16 s", got)
	}
	for range 100 { // which push the others out
		deliver(3 * time.Second)
	}
	if got := said(); got != 3*time.Second {
		t.Errorf("after a hundred of 3 s %v is said", got)
	}
	deliver(-time.Second) // the carrier's clock is behind ours
	now = now.Add(time.Hour - 21*time.Second)
	if got := said(); got != 3*time.Second {
		t.Errorf("while twenty are within the hour %v is said", got)
	}
	now = now.Add(2 * time.Second)
	if got := said(); got != 0 {
		t.Errorf("an hour later %v is said", got)
	}
	for range 19 {
		deliver(9 * time.Second)
	}
	if got := said(); got != 0 {
		t.Errorf("after 19 within the hour %v is said", got)
	}
	deliver(9 * time.Second)
	if got := said(); got != 9*time.Second {
		t.Errorf("after 20 within the hour %v is said", got)
	}
}
