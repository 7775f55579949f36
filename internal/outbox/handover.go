package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

// batch is letters with the group they travel in.
type batch struct {
	group     string
	letters   []letter
	claimed   bool     // the letters' own transaction has claimed the group for them
	sendTried bool     // the send call was made: the group may have left
	foreign   bool     // another provider key made the group
	back      []letter // that wait for another group again
	tries     int      // how often it was settled without an end
	due       db.Time
}

// idField is the custom field that carries our message id.
const idField = "id"

// errUnclear says that the provider's answer leaves the batch's end open.
var errUnclear = errors.New("the answer leaves it open what happened")

// handOver takes a batch through its four steps while all goes well. At the
// first thing that does not, it returns an error and the batch is settled by
// reading.
func (o *Outbox) handOver(ctx context.Context, b *batch) error {
	ctx, cancel := o.acting(ctx)
	defer cancel()
	crash.At("handover.taken")
	if !b.claimed {
		if err := o.claim(ctx, b); err != nil {
			return err
		}
	}
	crash.At("handover.claimed")
	if len(b.letters) == 0 {
		return errUnclear // all were dropped meanwhile: the group is cleared by settling
	}
	results, err := o.put(ctx, b.group, b.letters)
	if err != nil {
		return err
	}
	crash.At("handover.put")
	moves, accepted, err := o.judge(b.letters, results)
	if err != nil {
		return err
	}
	if accepted == 0 || o.late(b) {
		if err := o.record(ctx, b, groupOpen, moves.without(Accepted)); err != nil {
			return err
		}
		return errUnclear // the group is deleted by settling
	}
	sent, err := o.send(ctx, b)
	if err != nil {
		return err
	}
	crash.At("handover.sent")
	moves.price(sent)
	if err := o.record(ctx, b, groupSent, moves); err != nil {
		return err
	}
	crash.At("handover.recorded")
	o.metrics.batch.Observe(float64(len(b.letters)))
	return nil
}

// errSomeGone says that not all letters of a batch wait any more.
var errSomeGone = errors.New("a message was dropped, or is too late, before it was claimed")

// claim commits the batch to its group before anything is put into it. The
// batch keeps the letters that were claimed.
func (o *Outbox) claim(ctx context.Context, b *batch) error {
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errTakenUp, openGroup, b.group, tx.Now, o.node.id())
		for _, c := range b.claims(tx.Now) {
			tx.Must(c.n, errSomeGone, claimMessages[c.size], c.args...)
		}
		return nil
	})
	if errors.Is(err, errSomeGone) {
		err = o.claimRest(ctx, b)
	}
	if err != nil {
		return fmt.Errorf("claiming messages: %w", err)
	}
	return nil
}

// claimRest claims the letters that still wait and reads which they are. Those
// that are too late are left to the poll.
func (o *Outbox) claimRest(ctx context.Context, b *batch) error {
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errTakenUp, openGroup, b.group, tx.Now, o.node.id())
		for _, c := range b.claims(tx.Now) {
			tx.Exec(claimMessages[c.size], c.args...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	crash.At("handover.some")
	before := b.letters
	err = o.db.View(ctx, func(tx *db.Tx) (err error) {
		b.letters, err = o.readLetters(tx, sendingOfGroup, b.group)
		return err
	})
	if err != nil {
		return err
	}
	return o.release(ctx, before, b.letters)
}

// release gives back what was reserved for those letters that were dropped
// while they waited here.
func (o *Outbox) release(ctx context.Context, before, claimed []letter) error {
	for _, l := range before {
		if l.cost == 0 || slices.ContainsFunc(claimed, func(c letter) bool { return c.id == l.id }) {
			continue
		}
		err := o.db.Update(ctx, func(tx *db.Tx) error {
			tx.Must(1, errMoved, releaseDropped, l.id)
			o.charge(tx, moveList{{letter: l, to: Dropped}})
			return nil
		})
		if err != nil && !errors.Is(err, errMoved) {
			return fmt.Errorf("releasing what was reserved for a dropped message: %w", err)
		}
	}
	return nil
}

// claim is one statement of a claim.
type claim struct {
	piece
	args []any
}

// claims returns the statements that claim a batch.
func (b *batch) claims(now db.Time) []claim {
	var claims []claim
	for _, p := range pieces(len(b.letters)) {
		args := make([]any, 2, 2+p.size)
		args[0], args[1] = b.group, now
		for i := range p.size {
			args = append(args, b.letters[p.at(i)].id)
		}
		claims = append(claims, claim{p, args})
	}
	return claims
}

// put puts letters into the group, each from the sender number of its purpose.
// Each result stands at its letter's place.
func (o *Outbox) put(ctx context.Context, group string, letters []letter) ([]coolsms.PutResult, error) {
	now := o.db.Now()
	if o.node.lapsed(now) {
		return nil, errLapsed
	}
	messages := make([]coolsms.Message, len(letters))
	for i := range letters {
		l := &letters[i]
		l.from, _ = o.senders.of(l.purpose, now)
		messages[i] = coolsms.Message{
			To: l.to, From: l.from, Text: l.text, Type: coolsms.SMS,
			AutoTypeDetect: coolsms.Bool(false),
			CustomFields:   map[string]string{idField: l.id},
		}
	}
	answer, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.PutMessagesResult, error) {
		return o.client().Groups.Put(ctx, group, messages)
	})
	if err != nil {
		return nil, fmt.Errorf("putting messages into the group: %w", err)
	}
	if len(answer.Results) != len(letters) {
		return nil, fmt.Errorf("putting %d messages gave %d results: %w", len(letters), len(answer.Results), errUnclear)
	}
	return answer.Results, nil
}

// send sends the group, which the provider refuses to do twice.
func (o *Outbox) send(ctx context.Context, b *batch) (*coolsms.Group, error) {
	if o.node.lapsed(o.db.Now()) {
		return nil, errLapsed
	}
	b.sendTried = true
	sent, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.Group, error) {
		return o.client().Groups.Send(ctx, b.group)
	})
	o.money.sent(err, o.db.Now())
	if err != nil {
		return nil, fmt.Errorf("sending the group: %w", err)
	}
	return sent, nil
}

// twin is the code of a recipient that is in the group already.
const twin coolsms.StatusCode = "1026"

// judge turns the provider's results into moves: accepted, or refused. A twin
// says that another put of the same letter arrived, so that only reading tells
// what became of it.
func (o *Outbox) judge(letters []letter, results []coolsms.PutResult) (m moveList, accepted int, err error) {
	m = make(moveList, len(letters))
	for i, l := range letters {
		switch code := results[i].StatusCode; {
		case code == twin:
			return nil, 0, fmt.Errorf("a message is in the group already: %w", errUnclear)
		case refused(code):
			m[i] = o.refusal(l, l.from, code, results[i].MessageID)
		default:
			m[i] = move{letter: l, to: Accepted, code: string(code), provider: results[i].MessageID}
			accepted++
		}
	}
	return m, accepted, nil
}

// refusal is the move of a letter that the provider took in only to say no. One
// that was refused for its sender number goes back to the queue, while somebody
// waits for it, to leave from the second number in another group.
func (o *Outbox) refusal(l letter, from string, code coolsms.StatusCode, provider string) move {
	now := o.db.Now()
	if senderFault(code) && o.senders.pass(from, now) && l.wanted(now) {
		return move{letter: l, to: Queued}
	}
	l.from = from
	return move{letter: l, to: Rejected, code: string(code), provider: provider}
}

// refused reports whether the provider took a message in only to say no: the
// codes 10xx, which are never sent.
func refused(code coolsms.StatusCode) bool { return code.Class() == coolsms.ClassRejected }

// late reports whether a letter has passed its deadline while the provider
// took its time.
func (o *Outbox) late(b *batch) bool {
	now := o.db.Now()
	for _, l := range b.letters {
		if l.deadline <= now {
			return true
		}
	}
	return false
}
