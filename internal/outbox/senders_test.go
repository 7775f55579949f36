package outbox_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/sandbox"
)

const (
	firstSender  = "0215770000"
	secondSender = "0215770001"
	loginSender  = "0215770002"
)

// newSenders returns a world with three registered numbers.
func newSenders(t *testing.T) *world {
	w := newWorld(t, sandbox.WithSender(firstSender, time.Time{}), sandbox.WithSender(secondSender, time.Time{}),
		sandbox.WithSender(loginSender, time.Time{}))
	w.options = outbox.Options{
		Sender: firstSender, SecondSender: secondSender, SenderByPurpose: map[string]string{"login": loginSender},
	}
	w.restart()
	return w
}

// from returns the number that the newest text of a phone came from.
func (w *world) from(n int) string {
	w.t.Helper()
	texts := w.sandbox.Handset(number(w.t, n).National())
	if len(texts) == 0 {
		w.t.Fatalf("number %d got no text", n)
	}
	return texts[0].From
}

// sender returns what a message is kept as sent from, and as.
func (w *world) sender(id string) string {
	w.t.Helper()
	var m outbox.Found
	err := w.db.View(w.t.Context(), func(tx *db.Tx) (err error) {
		m, err = w.Lookup(tx, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Sender + " " + m.Type
}

func (w *world) switchOff(sender string) {
	w.control("senders", map[string]string{"phoneNumber": sender, "status": "INACTIVE"})
}

func TestSenders_ThePurposeChooses(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	login := w.enqueueAt(w.Outbox, "login", number(t, 1), code)
	other := w.enqueueAt(w.Outbox, "signup", number(t, 2), code)
	w.settle(login, other)
	if got := w.from(1); got != loginSender {
		t.Errorf("a text for a login came from %s, want %s", got, loginSender)
	}
	if got := w.from(2); got != firstSender {
		t.Errorf("another came from %s, want %s", got, firstSender)
	}
	if one, two := w.sender(login), w.sender(other); one != loginSender+" SMS" || two != firstSender+" SMS" {
		t.Errorf("they are kept as sent from %q and %q", one, two)
	}
}

func TestSenders_ThePurposeOutlivesARestart(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	first := w.enqueueAt(w.Outbox, "login", number(t, 1), code)
	w.restart()
	w.settle(first)
	if got := w.from(1); got != loginSender {
		t.Errorf("after a restart a text for a login came from %s, want %s", got, loginSender)
	}
}

// TestSenders_TheSecondTakesOverAndTheFirstComesBack refuses the first number,
// before the text is put and between put and send.
func TestSenders_TheSecondTakesOverAndTheFirstComesBack(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	w.drain()
	w.switchOff(firstSender)
	ids := []string{
		w.enqueueAt(w.Outbox, "signup", number(t, 1), code),
		w.enqueueAt(w.Outbox, "signup", number(t, 2), code),
		w.enqueueAt(w.Outbox, "login", number(t, 3), code),
	}
	w.settle(ids...)
	for i, id := range ids {
		if got := w.message(id).Status; got != outbox.Delivered || w.texts(number(t, i+1)) != 1 {
			t.Errorf("message %d is %v with %d texts, want delivered with one", i, got, w.texts(number(t, i+1)))
		}
	}
	if one, two, three := w.from(1), w.from(2), w.from(3); one != secondSender || two != secondSender || three != loginSender {
		t.Errorf("the texts came from %s, %s and %s; want the second number twice, and the login's own", one, two, three)
	}
	w.control("senders", map[string]string{"phoneNumber": firstSender, "status": "ACTIVE"})
	w.clock.Advance(11 * time.Minute)
	back := w.enqueueAt(w.Outbox, "signup", number(t, 4), code)
	w.settle(back)
	if got := w.from(4); got != firstSender {
		t.Errorf("after a while a text came from %s, want the first number again", got)
	}
}

func TestSenders_ARefusalOfBothRejects(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	w.switchOff(firstSender)
	w.switchOff(secondSender)
	id := w.enqueueAt(w.Outbox, "signup", number(t, 1), code)
	w.settle(id)
	if got := w.message(id); got.Status != outbox.Rejected || got.StatusCode != "1062" {
		t.Errorf("the message is %v %s, want rejected 1062", got.Status, got.StatusCode)
	}
	if got := w.sender(id); got != secondSender+" SMS" {
		t.Errorf("it is kept as sent from %q, want the number refused last", got)
	}
}

// TestSenders_TheSecondTakesOverAfterALostPut settles by reading.
func TestSenders_TheSecondTakesOverAfterALostPut(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	w.switchOff(firstSender)
	w.control("faults", faultSpec{Method: calls["put"][0], Path: calls["put"][1], Kind: "drop_reply", Times: 1})
	id := w.enqueueAt(w.Outbox, "signup", number(t, 1), code)
	w.settle(id)
	if got := w.message(id).Status; got != outbox.Delivered || w.texts(number(t, 1)) != 1 || w.from(1) != secondSender {
		t.Errorf("the message is %v with %d texts", got, w.texts(number(t, 1)))
	}
	if got := w.sender(id); got != secondSender+" SMS" {
		t.Errorf("it is kept as sent from %q", got)
	}
}
