package outbox_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// TestReports_EveryCodeHasItsEnd lets a message come to each code of the
// provider's table, and to some that it does not have.
func TestReports_EveryCodeHasItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ends := map[coolsms.Class]outbox.Status{
		coolsms.ClassDelivered: outbox.Delivered, coolsms.ClassUndelivered: outbox.Undelivered, coolsms.ClassRejected: outbox.Rejected,
	}
	codes := append(coolsms.StatusCodes(), "1999", "2999", "3999")
	ids := map[coolsms.StatusCode]string{}
	var all []string
	for i, c := range codes {
		if c.Class() == coolsms.ClassPending {
			continue // it is no end
		}
		w.control("numbers", map[string]any{"to": number(t, i).National(), "statusCode": c})
		ids[c] = w.enqueue(number(t, i), code)
		all = append(all, ids[c])
	}
	w.settle(all...)
	for c, id := range ids {
		got := w.message(id)
		if want := ends[c.Class()]; got.Status != want || got.StatusCode != string(c) {
			t.Errorf("%s: the message is %v %s, want %v with its code", c, got.Status, got.StatusCode, want)
		}
	}
}

func TestReports_KeepCarrierAndTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.enqueue(number(t, 1), code)
	w.settle(id)
	var network string
	var accepted, received, ended *db.Time
	err := w.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT network, accepted_at, received_at, ended_at FROM messages WHERE id = $1`, id).
			Scan(&network, &accepted, &received, &ended)
	})
	if err != nil {
		t.Fatal(err)
	}
	if network == "" || accepted == nil || received == nil || ended == nil {
		t.Errorf("kept: carrier %q, accepted %v, received %v, ended %v", network, accepted, received, ended)
	}
}
