package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// hurry brings all batches forward.
func (t *troubled) hurry(now db.Time) {
	t.mu.Lock()
	for _, b := range t.batches {
		b.due, b.tries = min(b.due, now), 0
	}
	t.mu.Unlock()
	signal(t.ready)
}

// letters counts the letters of all batches, as far as they are known.
func (t *troubled) letters() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range t.batches {
		n += len(b.letters)
	}
	return n
}

const (
	settleLeast = 200 * time.Millisecond
	settleMost  = 2 * time.Second
	settleReads = 8 // reads of one group in a row, each after an act of ours
)

// settleNext takes the next troubled batch on. One that does not end is tried
// again later, at growing distances, for as long as it takes: a batch keeps
// its group until the group is provably dead, or another node's.
func (o *Outbox) settleNext(ctx context.Context) (worked bool, err error) {
	if o.road.away.Load() {
		return false, nil
	}
	b := o.troubled.take(o.db.Now())
	if b == nil {
		return false, nil
	}
	ctx, cancel := o.acting(ctx)
	defer cancel()
	for range settleReads {
		var done bool
		done, err = o.settle(ctx, b)
		o.waiting.push(b.back...)
		b.back = nil
		if done && err == nil {
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
	if done, err = o.load(ctx, b); done || err != nil {
		return done, err
	}
	crash.At("settle.loaded")
	group, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.Group, error) {
		return o.client().Groups.Get(ctx, b.group)
	})
	crash.At("settle.read")
	if errors.Is(err, coolsms.ErrNotFound) || b.foreign && forbidden(err) {
		return o.vanished(ctx, b)
	}
	if err != nil {
		return false, fmt.Errorf("reading the group: %w", err)
	}
	switch group.Status {
	case coolsms.GroupPending:
		return false, o.goOn(ctx, b)
	case coolsms.GroupSending, coolsms.GroupComplete:
		return o.left(ctx, b, group)
	case coolsms.GroupFailed:
		return o.failed(ctx, b)
	case coolsms.GroupDeleted:
		return true, o.record(ctx, b, groupDead, o.again(b.letters))
	default:
		return false, fmt.Errorf("the group stands at %q: %w", group.Status, errUnclear)
	}
}

// forbidden reports whether the provider knows the key and says that what was
// asked for is not its own. A key that is refused as such settles nothing.
func forbidden(err error) bool {
	var refusal *coolsms.APIError
	return errors.As(err, &refusal) && refusal.Status == http.StatusForbidden && refusal.Code == coolsms.Forbidden
}

// load reads the batch anew from our own rows, which say whose the group is,
// how far it has come, and who is still wanted. It returns done when nothing is
// left to find out.
func (o *Outbox) load(ctx context.Context, b *batch) (done bool, err error) {
	var status, run, fingerprint string
	err = o.db.View(ctx, func(tx *db.Tx) (err error) {
		if err := tx.Row(groupStatus, b.group).Scan(&status, &run, &fingerprint); err != nil {
			return err
		}
		b.letters, err = o.readLetters(tx, sendingOfGroup, b.group)
		return err
	})
	b.foreign = fingerprint != o.access.Load().fingerprint
	switch {
	case err != nil:
		return false, fmt.Errorf("reading the batch: %w", err)
	case run != o.node.id(): // another node took it over, and settles it
		b.letters = nil
		return true, nil
	case status == "pool": // the claim never came to be; the letters still wait in the table
		o.pool.put(b.group)
		return true, nil
	case status == "sent": // what was recorded was only not heard of
		return true, o.loadAsks(ctx, unsettledOfGroup, b.group)
	default:
		return status != "open", nil
	}
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
		_, may := o.senders.of(l.purpose, now)
		switch {
		case in && refused(m.StatusCode):
			refusals = append(refusals, o.refusal(l, m.From, m.StatusCode, m.MessageID))
		case in && (!may || !l.wanted(now)):
			unwanted = append(unwanted, m.MessageID)
		case in:
			wanted++
		case may && l.wanted(now):
			missing = append(missing, l)
			wanted++
		}
	}
	if err := o.record(ctx, b, groupOpen, refusals); err != nil {
		return err
	}
	switch {
	case wanted == 0:
		_, err = through(ctx, o.road, func(ctx context.Context) (*coolsms.Group, error) {
			return o.client().Groups.Delete(ctx, b.group)
		})
		crash.At("settle.deleted")
		return clear(err, "deleting the group")
	case len(unwanted) > 0:
		_, err = through(ctx, o.road, func(ctx context.Context) (*coolsms.DeleteMessagesResult, error) {
			return o.client().Groups.DeleteMessages(ctx, b.group, unwanted)
		})
		return clear(err, "taking messages out of the group")
	case len(missing) > 0:
		err = o.putHalving(ctx, b, missing)
		crash.At("settle.put")
		return err
	default:
		_, err = o.send(ctx, b)
		crash.At("settle.sent")
		return clear(err, "going on with the group")
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
func (o *Outbox) putHalving(ctx context.Context, b *batch, letters []letter) error {
	_, err := o.put(ctx, b.group, letters)
	var refusal *coolsms.APIError
	if !errors.As(err, &refusal) || refusal.Code != "ValidationError" {
		return err
	}
	if len(letters) == 1 {
		return o.record(ctx, b, groupOpen, moveList{{letter: letters[0], to: Rejected}})
	}
	half := len(letters) / 2
	return errors.Join(o.putHalving(ctx, b, letters[:half]), o.putHalving(ctx, b, letters[half:]))
}

// left records a group that was sent. Nothing can be added to it any more, so
// a letter that is not in it never left and may wait for another group.
func (o *Outbox) left(ctx context.Context, b *batch, group *coolsms.Group) (done bool, err error) {
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
			moves = append(moves, o.refusal(l, m.From, m.StatusCode, m.MessageID))
		default:
			l.from = m.From
			moves = append(moves, move{letter: l, to: Accepted, code: string(m.StatusCode), provider: m.MessageID})
		}
	}
	moves.price(group)
	return true, o.record(ctx, b, groupSent, moves)
}

// failed records a group that the provider gave up as a whole. It is never
// sent again: its resend stands outside the refusal we rely on. Nothing can be
// added to it, as to one that was sent.
func (o *Outbox) failed(ctx context.Context, b *batch) (done bool, err error) {
	held, err := o.held(ctx, b)
	if err != nil {
		return false, err
	}
	moves := make(moveList, 0, len(b.letters))
	for _, l := range b.letters {
		m, in := held[l.id]
		if !in {
			moves = append(moves, o.again([]letter{l})...)
			continue
		}
		l.from = m.From
		moves = append(moves, move{letter: l, to: Rejected, code: string(m.StatusCode), provider: m.MessageID})
	}
	return true, o.record(ctx, b, groupDead, moves)
}

// vanished decides on a group the provider does not know. If the send was
// never tried nothing left; if it was, it cannot be known.
func (o *Outbox) vanished(ctx context.Context, b *batch) (done bool, err error) {
	if !b.sendTried {
		return true, o.record(ctx, b, groupDead, o.again(b.letters))
	}
	moves := make(moveList, 0, len(b.letters))
	for _, l := range b.letters {
		moves = append(moves, move{letter: l, to: Unknown})
	}
	return true, o.record(ctx, b, groupDead, moves)
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
		moves = append(moves, move{letter: l, to: to})
	}
	return moves
}

// held reads what the group holds, all pages, by our message ids. A message
// put twice stands there twice: accepted, and refused as its own twin (1026).
// The accepted one counts.
func (o *Outbox) held(ctx context.Context, b *batch) (map[string]coolsms.StoredMessage, error) {
	held := make(map[string]coolsms.StoredMessage, len(b.letters))
	for next := ""; ; {
		page, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.MessagesPage, error) {
			return o.client().Groups.Messages(ctx, b.group, coolsms.PageParams{Limit: askMost, StartKey: next})
		})
		if err != nil {
			return nil, fmt.Errorf("reading the group's messages: %w", err)
		}
		for _, m := range page.Messages {
			ours := m.CustomFields[idField]
			if before, twice := held[ours]; !twice || refused(before.StatusCode) {
				held[ours] = *m
			}
		}
		if page.NextKey == "" {
			return held, nil
		}
		if page.NextKey == next {
			return nil, fmt.Errorf("reading the group's messages: the pages do not move on: %w", errUnclear)
		}
		next = page.NextKey
	}
}
