package outbox_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/sandbox"
)

func TestMoney_BelowTheFloorStartsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.BalanceFloor = 1000
	w.restart()
	w.control("account", map[string]int{"balance": 600, "point": 399})
	w.drain()
	if err := w.Available(); !errors.Is(err, outbox.ErrBalance) {
		t.Fatalf("below the floor starts are answered %v, want ErrBalance", err)
	}
	w.control("account", map[string]int{"balance": 600, "point": 400})
	w.clock.Advance(time.Minute)
	w.drain()
	if err := w.Available(); err != nil {
		t.Fatalf("at the floor starts are answered %v", err)
	}
}

func TestMoney_AnUnpaidSendRefusesStartsForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("account", map[string]int{"balance": 0, "point": 0})
	id := w.enqueue(number(t, 1), code)
	for w.Available() == nil {
		_, _ = w.Step(t.Context()) // 402 is the point
	}
	if err := w.Available(); !errors.Is(err, outbox.ErrBalance) {
		t.Fatalf("after a 402 starts are answered %v, want ErrBalance", err)
	}
	w.control("account", map[string]int{"balance": 1000, "point": 0})
	w.settle(id)
	if err := w.Available(); err != nil {
		t.Fatalf("once a text was paid for starts are answered %v", err)
	}
}

// ledger adds up what the outbox says of the money that was reserved.
type ledger struct {
	mu   sync.Mutex
	sums map[db.Time]int
}

// charged counts what a closure says last: it may run twice.
func (l *ledger) charged(_ *db.Tx, at db.Time, won int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sums[at] = won
}

func TestMoney_WhatWasReservedIsSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithPrice("SMS", 18), sandbox.WithBalance(1_000_000, 0))
	l := &ledger{sums: map[db.Time]int{}}
	w.options = outbox.Options{Price: 20, Charged: l.charged}
	w.restart()
	w.drain()
	// Sums are told by the hour.
	at := func() db.Time { w.clock.Advance(time.Hour); return db.At(w.db.Now().Std().Truncate(time.Hour)) }

	sentAt := at()
	sent := w.enqueue(number(t, 1), code)
	w.settle(sent)
	if got := l.sums[sentAt]; got != -2 || w.cost(sent) != 18 {
		t.Errorf("a text of 18 won for which 20 were reserved changes the sum by %d and costs %d", got, w.cost(sent))
	}

	w.switchOff(firstSender)
	refusedAt := at()
	refused := w.enqueue(number(t, 2), code)
	w.settle(refused)
	if got := l.sums[refusedAt]; got != -20 || w.cost(refused) != 0 {
		t.Errorf("a refused text changes the sum by %d and costs %d, want -20 and 0", got, w.cost(refused))
	}
	w.control("senders", map[string]string{"phoneNumber": firstSender, "status": "ACTIVE"})

	w.drain()
	_ = w.enqueue(number(t, 3), code) // takes a group along, so that the next one waits
	droppedAt := at()
	dropped := w.enqueue(number(t, 4), code)
	err := w.db.Update(t.Context(), func(tx *db.Tx) error {
		w.Drop(tx, dropped)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.settle(dropped)
	w.drain()
	if got := l.sums[droppedAt]; got != -20 || w.cost(dropped) != 0 {
		t.Errorf("a dropped text changes the sum by %d and costs %d, want -20 and 0", got, w.cost(dropped))
	}

	w.control("faults", faultSpec{Method: calls["create"][0], Path: calls["create"][1], Kind: "status", Status: 503, Times: -1})
	w.drainPool()
	lateAt := at()
	late := w.enqueue(number(t, 5), code)
	w.settle(late)
	if got := l.sums[lateAt]; got != -20 || w.message(late).Status != outbox.Dropped {
		t.Errorf("a text that was too late is %v and changes the sum by %d, want dropped and -20", w.message(late).Status, got)
	}
}

// drainPool makes the outbox forget its groups.
func (w *world) drainPool() {
	err := w.db.Update(w.t.Context(), func(tx *db.Tx) error {
		tx.Exec(`UPDATE provider_groups SET status = 'dead', ended_at = $1 WHERE status = 'pool'`, tx.Now)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.restart()
}

func (w *world) cost(id string) (won int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT cost FROM messages WHERE id = $1`, id).Scan(&won)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return won
}
