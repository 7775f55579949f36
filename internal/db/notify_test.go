package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// wantWoken fails the test when nobody wakes the listener.
func wantWoken(t *testing.T, woken <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(20 * time.Second):
		t.Fatal("the listener was not woken: " + why)
	}
}

func wantAsleep(t *testing.T, woken <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-woken:
		t.Error("the listener was woken: " + why)
	default:
	}
}

func notify(topic string, end error) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		tx.Notify(topic)
		return end
	}
}

// rested returns a listener that has no token left from the beginning, when a
// node cannot know what it has missed.
func rested(t *testing.T, d *db.DB, topic string) <-chan struct{} {
	t.Helper()
	woken, stop := d.Listen(topic)
	t.Cleanup(stop)
	if !d.Single() {
		wantWoken(t, woken, "it began to listen")
	}
	return woken
}

func TestNotify_WakesWhoListensToTheTopic(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	woken := rested(t, d, "ver:1")
	other, stop := d.Listen("ver:2")
	if err := d.Update(t.Context(), notify("ver:1", errOwn)); err == nil {
		t.Fatal("the act was kept")
	}
	wantAsleep(t, woken, "the act was undone")
	for range 3 {
		if err := d.Update(t.Context(), notify("ver:1", nil)); err != nil {
			t.Fatal(err)
		}
	}
	wantWoken(t, woken, "the act was committed")
	wantAsleep(t, other, "by another topic")
	stop()
	stop()
	if err := d.Update(t.Context(), notify("ver:2", nil)); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(t.Context(), notify("ver:1", nil)); err != nil {
		t.Fatal(err)
	}
	wantWoken(t, woken, "the topic that is still listened to")
	wantAsleep(t, other, "it had stopped")
}

func TestNotify_TellsTheOtherNodes(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	url := dbtest.URL(t)
	a, b := dbtest.Open(t, url), dbtest.Open(t, url)
	stranger := dbtest.New(t)
	here, there, elsewhere := rested(t, a, "ver:1"), rested(t, b, "ver:1"), rested(t, stranger, "ver:1")
	for range 3 {
		if err := a.Update(t.Context(), notify("ver:1", nil)); err != nil {
			t.Fatal(err)
		}
		wantWoken(t, here, "on the node itself")
		wantWoken(t, there, "on the other node")
	}
	if err := b.Update(t.Context(), notify("ver:1", nil)); err != nil {
		t.Fatal(err)
	}
	wantWoken(t, here, "from the other node")
	wantAsleep(t, elsewhere, "by another installation")
}

func TestNotify_ManyTopicsReachTheOtherNode(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	url := dbtest.URL(t)
	a, b := dbtest.Open(t, url), dbtest.Open(t, url)
	first := rested(t, b, topic(0))
	last, stop := b.Listen(topic(999)) // it hears from now on, and has missed nothing
	defer stop()
	err := a.Update(t.Context(), func(tx *db.Tx) error {
		for i := range 1000 {
			tx.Notify(topic(i))
			tx.Notify(topic(i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantWoken(t, first, "by the first of many")
	wantWoken(t, last, "by the last of many, in another notice")
}

// topic returns a topic about as long as a real one.
func topic(i int) string {
	return "ver:ver_01k9x3v7m8e4t9q2w5r6y7" + string(rune('a'+i/100)) + string(rune('a'+i%100))
}

func TestListen_LooksAgainAfterALostConnection(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	d := dbtest.New(t)
	woken := rested(t, d, "ver:1")
	// End every connection of this node that listens, as a restarting server does.
	err := d.Update(context.Background(), func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1`, "LISTEN "+db.Channel(d))
		if err != nil {
			return err
		}
		return rows.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	wantWoken(t, woken, "the connection came back")
}
