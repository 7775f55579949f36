package outbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

// batch is letters with the group they travel in.
type batch struct {
	group     string
	letters   []letter
	claimed   bool // the letters' own transaction has claimed the group for them
	sendTried bool // the send call was made: the group may have left
	tries     int  // how often it was settled without an end
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
	ctx, cancel := call(ctx)
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
	moves, accepted := judge(b.letters, results)
	if accepted == 0 || o.late(b) {
		if err := o.record(ctx, b.group, groupOpen, moves.only(Rejected)); err != nil {
			return err
		}
		return errUnclear // the group is deleted by settling
	}
	b.sendTried = true
	if _, err := o.client.Groups.Send(ctx, b.group); err != nil {
		return fmt.Errorf("sending the group: %w", err)
	}
	crash.At("handover.sent")
	if err := o.record(ctx, b.group, groupSent, moves); err != nil {
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
		tx.Must(1, errTakenUp, openGroup, b.group, tx.Now)
		for _, c := range b.claims(tx.Now) {
			tx.Must(c.letters, errSomeGone, claimBySize[c.size], c.args...)
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

// claimRest claims the letters that still wait, drops those that are too late,
// and reads which are left.
func (o *Outbox) claimRest(ctx context.Context, b *batch) error {
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errTakenUp, openGroup, b.group, tx.Now)
		for _, c := range b.claims(tx.Now) {
			tx.Exec(claimBySize[c.size], c.args...)
		}
		for _, l := range b.letters {
			if l.deadline <= tx.Now {
				tx.Exec(dropLate, l.id, tx.Now)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.db.View(ctx, func(tx *db.Tx) (err error) {
		b.letters, err = o.readLetters(tx, sendingOfGroup, b.group)
		return err
	})
}

// claim is one statement of a claim.
type claim struct {
	size    int // of its list
	letters int // that it names
	args    []any
}

// claims returns the claim of a batch in as few statements as the fixed
// lengths of their lists allow.
func (b *batch) claims(now db.Time) []claim {
	var claims []claim
	rest := b.letters
	for _, size := range claimSizes {
		for len(rest) >= size || (size > 1 && len(rest) > size/2) {
			n := min(size, len(rest))
			args := make([]any, 2, size+2)
			args[0], args[1] = b.group, now
			for i := range size {
				args = append(args, rest[min(i, n-1)].id)
			}
			claims = append(claims, claim{size, n, args})
			rest = rest[n:]
		}
	}
	return claims
}

// put puts letters into the group. Each result stands at its letter's place.
func (o *Outbox) put(ctx context.Context, group string, letters []letter) ([]coolsms.PutResult, error) {
	messages := make([]coolsms.Message, len(letters))
	for i, l := range letters {
		messages[i] = coolsms.Message{
			To: l.to, From: o.sender, Text: l.text, Type: coolsms.SMS,
			AutoTypeDetect: coolsms.Bool(false),
			CustomFields:   map[string]string{idField: l.id},
		}
	}
	answer, err := o.client.Groups.Put(ctx, group, messages)
	if err != nil {
		return nil, fmt.Errorf("putting messages into the group: %w", err)
	}
	if len(answer.Results) != len(letters) {
		return nil, fmt.Errorf("putting %d messages gave %d results: %w", len(letters), len(answer.Results), errUnclear)
	}
	return answer.Results, nil
}

// judge turns the provider's results into moves: accepted or rejected.
func judge(letters []letter, results []coolsms.PutResult) (m moveList, accepted int) {
	m = make(moveList, len(letters))
	for i, l := range letters {
		r := results[i]
		m[i] = move{id: l.id, to: Accepted, code: string(r.StatusCode), provider: r.MessageID}
		if refused(r.StatusCode) {
			m[i].to = Rejected
		} else {
			accepted++
		}
	}
	return m, accepted
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
