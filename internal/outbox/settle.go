package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

// troubled holds the batches whose end must be found by reading.
type troubled struct {
	mu      sync.Mutex
	batches []*batch
	ready   chan struct{}
}

func newTroubled() *troubled { return &troubled{ready: make(chan struct{}, 1)} }

func (t *troubled) add(b *batch, due db.Time) {
	b.due = due
	t.mu.Lock()
	t.batches = append(t.batches, b)
	t.mu.Unlock()
	signal(t.ready)
}

// take returns a batch whose time has come.
func (t *troubled) take(now db.Time) *batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, b := range t.batches {
		if b.due <= now {
			t.batches = append(t.batches[:i], t.batches[i+1:]...)
			return b
		}
	}
	return nil
}

const (
	settleLeast = 200 * time.Millisecond
	settleMost  = 5 * time.Second
	settleReads = 8 // reads of one group in a row, each after an act of ours
)

// settleNext takes the next troubled batch on. One that does not end is tried
// again later, at growing distances, for as long as it takes: a batch keeps
// its group until the group is provably dead.
func (o *Outbox) settleNext(ctx context.Context) (worked bool, err error) {
	b := o.troubled.take(o.db.Now())
	if b == nil {
		return false, nil
	}
	ctx, cancel := call(ctx)
	defer cancel()
	for range settleReads {
		var done bool
		if done, err = o.settle(ctx, b); done {
			return true, nil
		}
		if err != nil {
			break
		}
	}
	b.tries++
	pause := min(settleLeast<<min(b.tries, 10), settleMost)
	o.troubled.add(b, o.db.Now().Add(pause))
	return err == nil, err
}

// settle reads the group and does the one thing that follows from what is
// there. It returns done when nothing is left open, and is called again when
// it did something whose effect must be read.
func (o *Outbox) settle(ctx context.Context, b *batch) (done bool, err error) {
	pooled, err := o.load(ctx, b)
	if err != nil {
		return false, err
	}
	if pooled { // the claim never came to be; the letters still wait in the table
		o.pool.put(b.group)
		return true, nil
	}
	group, err := o.client.Groups.Get(ctx, b.group)
	crash.At("settle.read")
	if errors.Is(err, coolsms.ErrNotFound) {
		return o.vanished(ctx, b)
	}
	if err != nil {
		return false, fmt.Errorf("reading the group: %w", err)
	}
	switch group.Status {
	case coolsms.GroupPending:
		return false, o.goOn(ctx, b)
	case coolsms.GroupSending, coolsms.GroupComplete:
		return o.left(ctx, b)
	case coolsms.GroupFailed:
		return o.failed(ctx, b)
	case coolsms.GroupDeleted:
		return true, o.record(ctx, b.group, groupDead, o.again(b.letters))
	default:
		return false, fmt.Errorf("the group stands at %q: %w", group.Status, errUnclear)
	}
}

// load reads the batch anew from our own rows, which say who is still wanted.
// pooled reports that the group was not claimed at all.
func (o *Outbox) load(ctx context.Context, b *batch) (pooled bool, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		var status string
		if err := tx.Row(groupStatus, b.group).Scan(&status); err != nil {
			return err
		}
		pooled = status == "pool"
		var err error
		b.letters, err = o.readLetters(tx, sendingOfGroup, b.group)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reading the batch: %w", err)
	}
	return pooled, nil
}

// goOn takes a group that is still pending one act further: take out what
// nobody wants, put in what is missing, send; or delete the whole.
func (o *Outbox) goOn(ctx context.Context, b *batch) error {
	held, err := o.held(ctx, b)
	if err != nil {
		return err
	}
	now := o.db.Now()
	var missing []letter
	var unwanted []string
	var refusals moveList
	wanted := 0
	for _, l := range b.letters {
		m, in := held[l.id]
		switch {
		case in && refused(m.StatusCode):
			refusals = append(refusals, move{id: l.id, to: Rejected, code: string(m.StatusCode), provider: m.MessageID})
		case in && !l.wanted(now):
			unwanted = append(unwanted, m.MessageID)
		case in:
			wanted++
		case l.wanted(now):
			missing = append(missing, l)
			wanted++
		}
	}
	if err := o.record(ctx, b.group, groupOpen, refusals); err != nil {
		return err
	}
	switch {
	case wanted == 0:
		_, err = o.client.Groups.Delete(ctx, b.group)
		crash.At("settle.deleted")
		return clear(err, "deleting the group")
	case len(unwanted) > 0:
		_, err = o.client.Groups.DeleteMessages(ctx, b.group, unwanted)
		return clear(err, "taking messages out of the group")
	case len(missing) > 0:
		err = o.putHalving(ctx, b.group, missing)
		crash.At("settle.put")
		return err
	default:
		b.sendTried = true
		_, err = o.client.Groups.Send(ctx, b.group)
		crash.At("settle.sent")
		return clear(err, "sending the group")
	}
}

// clear lets a refusal pass that the next read explains: the group's status
// decides, not the error's name. What a read would not explain, such as too
// little money or a provider out of reach, is returned, so that the batch
// waits before it is tried again.
func clear(err error, what string) error {
	var refusal *coolsms.APIError
	explained := errors.As(err, &refusal) && refusal.Status < 500 &&
		!errors.Is(err, coolsms.ErrInsufficientBalance) &&
		!errors.Is(err, coolsms.ErrUnauthorized) &&
		!errors.Is(err, coolsms.ErrRateLimited)
	if err == nil || explained {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// putHalving puts letters into the group; when the provider refuses the call
// as a whole it halves it until the one it cannot take stands alone.
func (o *Outbox) putHalving(ctx context.Context, group string, letters []letter) error {
	_, err := o.put(ctx, group, letters)
	var refusal *coolsms.APIError
	if !errors.As(err, &refusal) || refusal.Code != "ValidationError" {
		return err
	}
	if len(letters) == 1 {
		return o.record(ctx, group, groupOpen, moveList{{id: letters[0].id, to: Rejected}})
	}
	half := len(letters) / 2
	return errors.Join(o.putHalving(ctx, group, letters[:half]), o.putHalving(ctx, group, letters[half:]))
}

// left records a group that was sent. Nothing can be added to it any more, so
// a letter that is not in it never left and may wait for another group.
func (o *Outbox) left(ctx context.Context, b *batch) (done bool, err error) {
	held, err := o.held(ctx, b)
	if err != nil {
		return false, err
	}
	moves := make(moveList, 0, len(b.letters))
	for _, l := range b.letters {
		m, in := held[l.id]
		switch {
		case !in:
			moves = append(moves, o.again([]letter{l})...)
		case refused(m.StatusCode):
			moves = append(moves, move{id: l.id, to: Rejected, code: string(m.StatusCode), provider: m.MessageID})
		default:
			moves = append(moves, move{id: l.id, to: Accepted, code: string(m.StatusCode), provider: m.MessageID})
		}
	}
	return true, o.record(ctx, b.group, groupSent, moves)
}

// failed records a group that the provider gave up as a whole. It is never
// sent again: its resend stands outside the refusal we rely on.
func (o *Outbox) failed(ctx context.Context, b *batch) (done bool, err error) {
	held, err := o.held(ctx, b)
	if err != nil {
		return false, err
	}
	moves := make(moveList, 0, len(b.letters))
	for _, l := range b.letters {
		moves = append(moves, move{id: l.id, to: Rejected, code: string(held[l.id].StatusCode), provider: held[l.id].MessageID})
	}
	return true, o.record(ctx, b.group, groupDead, moves)
}

// vanished decides on a group the provider does not know. If the send was
// never tried nothing left; if it was, it cannot be known.
func (o *Outbox) vanished(ctx context.Context, b *batch) (done bool, err error) {
	if !b.sendTried {
		return true, o.record(ctx, b.group, groupDead, o.again(b.letters))
	}
	moves := make(moveList, 0, len(b.letters))
	for _, l := range b.letters {
		moves = append(moves, move{id: l.id, to: Unknown})
	}
	return true, o.record(ctx, b.group, groupDead, moves)
}

// again returns the moves of letters whose group is provably dead: back to
// the queue, or dropped.
func (o *Outbox) again(letters []letter) moveList {
	now := o.db.Now()
	moves := make(moveList, 0, len(letters))
	for _, l := range letters {
		to := Queued
		if !l.wanted(now) {
			to = Dropped
		}
		moves = append(moves, move{id: l.id, to: to})
	}
	return moves
}

// held reads what the group holds, all pages, by our message ids. A message
// put twice stands there twice: accepted, and refused as its own twin (1026).
// The accepted one counts.
func (o *Outbox) held(ctx context.Context, b *batch) (map[string]coolsms.StoredMessage, error) {
	held := make(map[string]coolsms.StoredMessage, len(b.letters))
	for m, err := range o.client.Groups.AllMessages(ctx, b.group) {
		if err != nil {
			return nil, fmt.Errorf("reading the group's messages: %w", err)
		}
		ours := m.CustomFields[idField]
		if before, twice := held[ours]; !twice || refused(before.StatusCode) {
			held[ours] = *m
		}
	}
	return held, nil
}
