package watch_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/watch"
)

func TestStep_IsTheNextOneThatHasCome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		left time.Duration
		want int
		ok   bool
	}{
		{31 * day, 0, false}, {30*day + 1, 0, false}, {30 * day, 30, true}, {14*day + 1, 30, true}, {14 * day, 14, true},
		{8 * day, 14, true}, {7 * day, 7, true}, {day + 1, 7, true}, {day, 1, true}, {1, 1, true}, {0, 0, true}, {-day, 0, true},
	} {
		got, ok := watch.Step(c.left)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("Step(%v) = %d, %v; want %d, %v", c.left, got, ok, c.want, c.ok)
		}
	}
}

// TestSenders_AreWarnedOfAtEachStepOnce has two nodes, one of which starts anew
// every few days.
func TestSenders_AreWarnedOfAtEachStepOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expires(first, w.clock.Now().Add(31*day+time.Hour))
	w.start()
	w.look()
	if days, ok := w.node().gauge(t, "sinpyo_sender_days_left", "default"); !ok || days != 31 {
		t.Errorf("the metric says %v days (%v), want 31", days, ok)
	}
	want := map[int]int{0: 0, 1: 0, 2: 1, 16: 1, 17: 1, 18: 2, 24: 2, 25: 3, 30: 3, 31: 4, 32: 4, 40: 4}
	for passed := 0; passed <= 40; passed++ {
		if n, ok := want[passed]; ok && len(w.said("ends soon")) != n {
			t.Fatalf("after %d days %d warnings were logged, want %d:\n%s", passed, len(w.said("ends soon")), n, w.log.String())
		}
		w.pass(day)
		if passed%5 == 4 {
			w.nodes = w.nodes[1:]
			w.start()
		}
	}
	if n := len(w.said("has ended")); n != 1 {
		t.Errorf("that it has ended was logged %d times, want once", n)
	}
	if soon, over := w.alarms(limit.SenderLapsing), w.alarms(limit.SenderLapsed); soon != 4 || over != 1 {
		t.Errorf("%d alarms before and %d after, want 4 and 1", soon, over)
	}
	if len(w.texts) != 5 || w.texts[4] != limit.Words(limit.SenderLapsed) {
		t.Errorf("the operator got %q, want four texts before the end and one after", w.texts)
	}
	if days, _ := w.node().gauge(t, "sinpyo_sender_days_left", "default"); days != 0 {
		t.Errorf("the metric says %v days, want 0", days)
	}
	if strings.Contains(w.log.String(), first) {
		t.Error("the log holds the number")
	}
}

func TestSenders_ALateStartWarnsOfTheLastStepAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expires(first, w.clock.Now().Add(5*day))
	w.look()
	if lines := w.said("ends soon"); len(lines) != 1 || !strings.Contains(lines[0], "days_left=5") {
		t.Errorf("logged %q, want one line of 5 days", lines)
	}
}

// TestSenders_StopAtTheEndAndGoOnWhenRenewed also looks at a second warning after
// the renewal.
func TestSenders_StopAtTheEndAndGoOnWhenRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	end := w.clock.Now().Add(10 * day)
	w.expires(first, end)
	w.look()
	w.pass(10*day - time.Minute)
	if err := w.node().outbox.Sendable("signup"); err != nil {
		t.Fatalf("a minute before the end texts are answered %v", err)
	}
	w.clock.Advance(time.Minute) // and nobody looks
	if err := w.node().outbox.Sendable("signup"); !errors.Is(err, outbox.ErrSender) {
		t.Fatalf("at the end texts are answered %v, want ErrSender", err)
	}
	w.look()
	list, err := w.node().Senders(t.Context())
	if err != nil || len(list) != 1 || !list[0].Lapsed || list[0].DaysLeft != 0 || list[0].Number != first {
		t.Fatalf("Senders = %+v, %v; want the number, lapsed", list, err)
	}

	w.expires(first, end.Add(40*day))
	w.pass(11 * time.Minute)
	if err := w.node().outbox.Sendable("signup"); err != nil {
		t.Fatalf("eleven minutes after the renewal texts are answered %v", err)
	}
	before := len(w.said("ends soon"))
	w.pass(11 * day)
	if got := len(w.said("ends soon")) - before; got != 1 {
		t.Errorf("%d warnings of the renewed registration 29 days before its end, want 1", got)
	}
}

// TestSenders_AProviderThatCannotBeAskedStopsNothingEarly also starts anew
// meanwhile.
func TestSenders_AProviderThatCannotBeAskedStopsNothingEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expires(first, w.clock.Now().Add(3*day))
	w.look()
	w.gone()
	w.pass(3*day - time.Minute)
	if err := w.node().outbox.Sendable("signup"); err != nil {
		t.Fatalf("before the known end texts are answered %v", err)
	}
	said := len(w.said("ends soon"))
	n := w.restart()
	if err := n.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.outbox.Sendable("signup"); err != nil {
		t.Fatalf("after a restart texts are answered %v", err)
	}
	w.look()
	if got := len(w.said("ends soon")); got != said {
		t.Errorf("the restart warned %d times more", got-said)
	}
	w.clock.Advance(time.Minute)
	if err := n.outbox.Sendable("signup"); !errors.Is(err, outbox.ErrSender) {
		t.Errorf("at the known end texts are answered %v, want ErrSender", err)
	}
	n = w.restart()
	if err := n.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.outbox.Sendable("signup"); !errors.Is(err, outbox.ErrSender) {
		t.Errorf("after one more restart texts are answered %v, want ErrSender", err)
	}
}

func TestSenders_WithoutAnEndAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expires(first, time.Time{})
	w.pass(3 * day)
	list, err := w.node().Senders(t.Context())
	if err != nil || len(list) != 1 || !list[0].Known || list[0].ExpiresAt != 0 || list[0].Lapsed {
		t.Fatalf("Senders = %+v, %v; want the number without an end", list, err)
	}
	if _, ok := w.node().gauge(t, "sinpyo_sender_days_left", "default"); ok || len(w.texts) != 0 {
		t.Errorf("it has a metric (%v) and %d alarm texts, want none", ok, len(w.texts))
	}
}

// TestSenders_ThatAreNotListedAreToldOf has a number of the settings that the
// account has not: the provider refuses its texts by itself.
func TestSenders_ThatAreNotListedAreToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.senders.SecondSender = second
	w.restart()
	w.look()
	if lines := w.said("does not list"); len(lines) != 1 || !strings.Contains(lines[0], "role=second") {
		t.Errorf("logged %q, want one line about the second number", lines)
	}
	if err := w.node().outbox.Sendable("signup"); err != nil {
		t.Errorf("texts are answered %v", err)
	}
}

func TestSenders_EachRoleHasItsDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.senders = outbox.Options{Sender: first, SecondSender: second, SenderByPurpose: map[string]string{"login": login, "recovery": second}}
	now := w.clock.Now()
	w.expires(first, now.Add(100*day))
	w.expires(second, now.Add(20*day))
	w.expires(login, now.Add(50*day))
	n := w.restart()
	w.look()
	for role, want := range map[string]float64{"default": 100, "second": 20, "recovery": 20, "login": 50} {
		if got, ok := n.gauge(t, "sinpyo_sender_days_left", role); !ok || got != want {
			t.Errorf("%s has %v days (%v), want %v", role, got, ok, want)
		}
	}
	if lines := w.said("ends soon"); len(lines) != 1 || !strings.Contains(lines[0], `role="second recovery"`) {
		t.Errorf("logged %q, want one line for both roles of the number", lines)
	}
}

// TestSenders_AreAskedForByOneNodeADay counts calls of three nodes: each asks when
// it starts, then one of them a day.
func TestSenders_AreAskedForByOneNodeADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expires(first, w.clock.Now().Add(100*day))
	w.start()
	w.start()
	w.look()
	if n := w.asked("/senderid/"); n != 3 {
		t.Fatalf("at the start the provider was asked %d times, want 3", n)
	}
	w.pass(5*day + time.Hour)
	if n := w.asked("/senderid/") - 3; n != 5 {
		t.Errorf("in five days the provider was asked %d times, want 5", n)
	}
}

func TestSenders_NodesThatReadTheSameWarnOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expires(first, w.clock.Now().Add(30*day+time.Hour))
	other := w.start()
	w.look()
	w.clock.Advance(2 * time.Hour)
	if err := watch.WarnTwice(t.Context(), w.node().Watch, other.Watch); err != nil {
		t.Fatal(err)
	}
	if lines := w.said("ends soon"); len(lines) != 1 {
		t.Errorf("logged %q, want one line", lines)
	}
}
