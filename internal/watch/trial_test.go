package watch_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// trialTo is a test text to a number.
func trialTo(t *testing.T, number, role string) watch.Trial {
	t.Helper()
	to, err := phone.Parse(number)
	if err != nil {
		t.Fatal(err)
	}
	return watch.Trial{ApplicationID: "app_1", Role: role, To: to, Text: "[신표] 시험", By: audit.Act{Actor: "opr_1", From: "203.0.113.0/24", Reason: "new number"}}
}

// drive hands over all that waits.
func (w *world) drive() {
	w.Helper()
	for worked := true; worked; {
		var err error
		if worked, err = w.node().outbox.Step(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
}

// TestSendTrial_GoesTheWayOfEveryText sends one from each number of the settings,
// each once and recorded.
func TestSendTrial_GoesTheWayOfEveryText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.senders = outbox.Options{Sender: first, SecondSender: second, SenderByPurpose: map[string]string{"login": login}}
	w.restart()
	for _, number := range []string{first, second, login} {
		w.expires(number, w.clock.Now().Add(90*day))
	}
	for role, from := range map[string]string{outbox.DefaultSender: first, outbox.SecondSender: second, "login": login} {
		w.clock.Advance(time.Minute)
		id, err := w.node().SendTrial(t.Context(), trialTo(t, "010-1234-5678", role))
		if err != nil {
			t.Fatal(err)
		}
		w.drive()
		err = w.db.View(t.Context(), func(tx *db.Tx) error {
			m, err := w.node().outbox.Lookup(tx, id)
			if err == nil && (m.Status != outbox.Accepted || m.Sender != from || m.Purpose != outbox.TrialOf(role)) {
				t.Errorf("%s: %s from %s, for %s", role, m.Status, m.Sender, m.Purpose)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := w.db.View(t.Context(), func(tx *db.Tx) error {
		kept, _, err := audit.List(tx, audit.Filter{Act: "senders test"})
		if len(kept) != 3 || kept[0].Actor != "opr_1" || kept[0].From != "203.0.113.0/24" || kept[0].Detail != "new number" {
			t.Errorf("the records: %+v", kept)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSendTrial_KeepsTheLimitsOfTheNumber sends no sixth text within an hour, and
// records none.
func TestSendTrial_KeepsTheLimitsOfTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trial := trialTo(t, "010-1234-5678", outbox.DefaultSender)
	for i := range 5 {
		if _, err := w.node().SendTrial(t.Context(), trial); err != nil {
			t.Fatalf("text %d: %v", i+1, err)
		}
		w.clock.Advance(time.Minute)
	}
	for range 2 { // from the database, and from memory
		if id, err := w.node().SendTrial(t.Context(), trial); !errors.Is(err, limit.ErrNumber) || id != "" {
			t.Errorf("the sixth text: %q, %v", id, err)
		}
	}
	err := w.db.View(t.Context(), func(tx *db.Tx) error {
		kept, _, err := audit.List(tx, audit.Filter{Act: "senders test"})
		if len(kept) != 5 {
			t.Errorf("%d texts are recorded, want 5", len(kept))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSendTrial_RefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.node().SendTrial(t.Context(), trialTo(t, "010-1234-5678", "login")); !errors.Is(err, watch.ErrRole) {
		t.Errorf("from a number that nobody set: %v", err)
	}
	trial := trialTo(t, "010-1234-5678", outbox.DefaultSender)
	trial.By.Reason = ""
	if _, err := w.node().SendTrial(t.Context(), trial); !errors.Is(err, audit.ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	w.expires(first, w.clock.Now().Add(time.Hour))
	w.look()
	w.pass(2 * time.Hour)
	if _, err := w.node().SendTrial(t.Context(), trialTo(t, "010-1234-5678", outbox.DefaultSender)); !errors.Is(err, outbox.ErrSender) {
		t.Errorf("from a number that has lapsed: %v", err)
	}
}
