package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	batchesAtOnce = 4           // batches under way at one time
	refillsAtOnce = 4           // groups being made at one time
	pollEvery     = time.Second // the table is looked at this often, in case memory missed something
	retryAfter    = 500 * time.Millisecond
	retryMost     = 2 * time.Second

	// The pause after a batch: for each of its letters but the first, and at
	// most.
	pacePerLetter = 500 * time.Microsecond
	paceMost      = 10 * time.Millisecond
)

// Run recovers what an earlier run left and dispatches until ctx ends. Then it
// finishes the batches under way and returns nil. Trouble with the provider or
// the database is logged and tried again, never returned.
func (o *Outbox) Run(ctx context.Context) error {
	o.until(ctx, "taking up what was left", o.takeUp)
	loops, ctx := errgroup.WithContext(ctx)
	loops.Go(func() error { o.handOverAll(ctx); return nil })
	for range refillsAtOnce {
		loops.Go(func() error { o.every(ctx, "making a provider group", o.pool.spare, pollEvery, o.refill); return nil })
	}
	loops.Go(func() error { o.every(ctx, "settling a batch", o.troubled.ready, pollEvery, o.settleNext); return nil })
	loops.Go(func() error { o.every(ctx, "asking for reports", o.asks.ready, askTick, o.askNext); return nil })
	loops.Go(func() error { o.every(ctx, "looking for waiting messages", nil, pollEvery, o.poll); return nil })
	loops.Go(func() error { o.every(ctx, "looking up reports", o.hints.ready, pollEvery, o.lookUp); return nil })
	loops.Go(func() error { o.every(ctx, "probing the provider", nil, probeEvery, o.probe); return nil })
	loops.Go(func() error { o.every(ctx, "asking for the balance", nil, pollEvery, o.askBalance); return nil })
	if !o.node.single() {
		loops.Go(func() error { o.every(ctx, "beating", nil, beatEvery, o.beat); return nil })
	}
	err := loops.Wait()
	o.leave(ctx)
	return err
}

// Step does the next thing there is to do, in one goroutine, and reports
// whether there was one. It is Run for a test that wants to drive. When one
// kind of work fails it goes on to the next, as Run does.
func (o *Outbox) Step(ctx context.Context) (worked bool, err error) {
	steps := []work{
		o.takeUp, o.beat, o.probe, o.askBalance, o.refill, o.settleNext, o.handOverNext, o.lookUp, o.askNext, o.poll,
	}
	for _, do := range steps {
		worked, failure := do(ctx)
		if worked {
			return true, nil
		}
		err = errors.Join(err, failure)
	}
	return false, err
}

// work is one kind of work: it does one piece and reports whether there was
// one to do.
type work func(ctx context.Context) (worked bool, err error)

// every does one kind of work until ctx ends: again and again while there is
// some, else when woken or after the interval.
func (o *Outbox) every(ctx context.Context, what string, wake <-chan struct{}, interval time.Duration, do work) {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for ctx.Err() == nil {
		if !o.until(ctx, what, do) {
			wait(ctx, wake, timer, interval)
		}
	}
}

// until does a piece of work, again after a while when it failed, and reports
// what it reported.
func (o *Outbox) until(ctx context.Context, what string, do work) (worked bool) {
	timer := time.NewTimer(retryAfter)
	defer timer.Stop()
	for pause := retryAfter; ctx.Err() == nil; pause = min(2*pause, retryMost) {
		worked, err := do(ctx)
		if err == nil {
			return worked
		}
		if errors.Is(err, errAway) {
			wait(ctx, o.road.healed(), timer, pause)
			continue
		}
		o.metrics.troubles.WithLabelValues(what).Inc()
		o.log.Warn("outbox: will try again", "doing", what, "error", err)
		wait(ctx, nil, timer, pause)
	}
	return false
}

// wait returns when ctx ends, when woken, or after d.
func wait(ctx context.Context, wake <-chan struct{}, timer *time.Timer, d time.Duration) {
	timer.Reset(d)
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}

// handOverAll starts batches until ctx ends and returns when the last is done.
//
// While letters come one by one each leaves at once. When they begin to come
// together it pauses a little after each batch, the longer the fuller the batch
// was, so that many travel in one group instead of each in its own.
func (o *Outbox) handOverAll(ctx context.Context) {
	var batches errgroup.Group
	batches.SetLimit(batchesAtOnce)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		if pause, ok := o.road.roomy(); !ok {
			wait(ctx, nil, timer, pause)
			continue
		}
		b, ok := o.nextBatch()
		if !ok {
			o.waitForBatch(ctx, timer)
			continue
		}
		more := len(b.letters) - 1
		batches.Go(func() error {
			o.finish(ctx, b)
			return nil
		})
		if more > 0 {
			wait(ctx, nil, timer, min(time.Duration(more)*pacePerLetter, paceMost))
		}
	}
	_ = batches.Wait() // its functions return no error
}

// waitForBatch waits for whichever is missing: a letter, or a group.
func (o *Outbox) waitForBatch(ctx context.Context, timer *time.Timer) {
	wake := o.waiting.ready
	if o.waiting.len() > 0 {
		wake = o.pool.ready
	}
	wait(ctx, wake, timer, pollEvery)
}

// nextBatch returns a batch that is complete, or puts waiting letters and a
// group together.
func (o *Outbox) nextBatch() (*batch, bool) {
	if b := o.waiting.unboard(); b != nil {
		return b, true
	}
	if o.waiting.len() == 0 || o.road.away.Load() {
		return nil, false // while the provider is away letters wait without a group
	}
	group := o.pool.take()
	if group == "" {
		return nil, false
	}
	letters := o.sendable(o.waiting.take())
	if len(letters) == 0 {
		o.pool.put(group)
		return nil, false
	}
	o.busy.Add(1)
	return &batch{group: group, letters: letters}, true
}

func (o *Outbox) handOverNext(ctx context.Context) (worked bool, err error) {
	b, ok := o.nextBatch()
	if !ok {
		return false, nil
	}
	o.finish(ctx, b)
	return true, nil
}

// finish hands a batch over, or leaves it to be settled.
func (o *Outbox) finish(ctx context.Context, b *batch) {
	defer o.busy.Add(-1)
	letters := b.letters // those it has now: the hand-over may change them
	err := o.handOver(ctx, b)
	o.waiting.forget(letters)
	o.waiting.push(b.back...)
	b.back = nil
	if err != nil {
		o.metrics.troubles.WithLabelValues("handing over").Inc()
		o.log.Warn("outbox: the hand-over is not clear, reading the group", "group", b.group, "error", err)
		o.troubled.add(b, o.db.Now())
	}
}

// turnMost is how long the dispatcher may take for a turn before it counts as
// standing still.
const turnMost = 15 * time.Second

// Turns reports whether the dispatcher has come around lately, be it that what it
// wanted to do failed. One that has not begun does not stand still.
func (o *Outbox) Turns() bool {
	at := db.Time(o.turnedAt.Load())
	return at == 0 || o.db.Now().Sub(at) < turnMost
}

// poll finds messages that memory does not know: those an earlier run or a node
// that is gone left, and those whose wake-up was lost. One that has waited too
// long is dropped; it has no group yet, so it cannot have left. What another
// node carries in its memory may be found too: the claim decides who sends it.
func (o *Outbox) poll(ctx context.Context) (worked bool, err error) {
	o.turnedAt.Store(int64(o.db.Now()))
	if mine, err := o.mayPoll(ctx); !mine || err != nil {
		return false, err
	}
	var waiting, late []letter
	err = o.db.View(ctx, func(tx *db.Tx) error {
		waiting, err = o.readLetters(tx, waitingMessages, tx.Now.Add(-pollEvery))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reading waiting messages: %w", err)
	}
	crash.At("poll.read")
	now := o.db.Now()
	for _, l := range waiting {
		_, ok := o.senders.of(l.purpose, now)
		switch {
		case l.deadline <= now:
			late = append(late, l)
			worked = true
		case ok && !o.waiting.knows(l.id):
			o.waiting.push(l)
			worked = true
		}
	}
	return worked, o.drop(ctx, late)
}

// drop ends letters that are too late to be worth sending.
func (o *Outbox) drop(ctx context.Context, late []letter) error {
	for _, l := range late {
		err := o.db.Update(ctx, func(tx *db.Tx) error {
			tx.Must(1, errMoved, dropLate, l.id, tx.Now)
			o.charge(tx, moveList{{letter: l, to: Dropped}})
			tx.Notify(Topic(l.id))
			return nil
		})
		if err != nil && !errors.Is(err, errMoved) {
			return fmt.Errorf("dropping a late message: %w", err)
		}
	}
	return nil
}

// errTakenUp says that the group of a batch is not this node's any more, or not
// where it was.
var errTakenUp = errors.New("the group was taken")

// errMoved says that a message is not where it was.
var errMoved = errors.New("the message has moved on")

// readLetters reads rows of the columns that letterColumns names.
func (o *Outbox) readLetters(tx *db.Tx, query string, args ...any) ([]letter, error) {
	var letters []letter
	err := tx.Each(query, args, func(scan func(...any) error) error {
		var l letter
		var number, text []byte
		if err := scan(&l.id, &number, &text, &l.purpose, &l.created, &l.deadline, &l.cost, &l.unwanted); err != nil {
			return err
		}
		letters = append(letters, l)
		return o.open(&letters[len(letters)-1], number, text)
	})
	return letters, err
}

// open unseals a letter. One whose text is erased is one nobody waits for; of an
// old one the number is erased too.
func (o *Outbox) open(l *letter, number, text []byte) error {
	if len(number) == 0 {
		l.unwanted = true
		return nil
	}
	to, err := o.ring.OpenNumber("messages", l.id, number)
	if err != nil {
		return fmt.Errorf("opening the number of message %s: %w", l.id, err)
	}
	l.to = to.National()
	if text == nil {
		l.unwanted = true
		return nil
	}
	plain, err := o.ring.Open("messages.text", l.id, text)
	if err != nil {
		return fmt.Errorf("opening the text of message %s: %w", l.id, err)
	}
	l.text = string(plain)
	return nil
}
