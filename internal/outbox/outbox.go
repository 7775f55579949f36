// Package outbox hands text messages to the provider, each exactly once, and
// learns what became of them.
//
// # The walk
//
// [Outbox.Draft] seals a message; [Outbox.Enqueue] writes it in the caller's
// transaction, so that it exists if and only if the caller's act does;
// [Outbox.Done] tells the dispatcher how that ended. The dispatcher takes what
// waits as one batch and
//
//  1. takes a provider group from the pool, whose groups were made ahead of
//     need, and commits the batch to it: group and messages name each other
//     before anything is put into it. A message that comes while nothing else
//     is on its way takes a group along in its own transaction, and is sooner
//     on the phone by one commit;
//  2. puts the messages into the group;
//  3. sends the group, which the provider refuses to do twice;
//  4. commits what the provider answered.
//
// Whatever goes wrong between 1 and 4, a lost answer or a crash, is settled by
// reading the group and its messages and going on from what is there, never by
// hoping. A batch keeps its group until the group is provably dead.
//
// # The fates
//
// Accepted messages are asked about until they end: every second while
// somebody watches, then at growing distances, a hundred a call.
//
// The package decides neither who may be texted nor what the text says. It
// never calls the provider inside a transaction, and never sends a second
// group to find out about the first.
package outbox

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// The refusals of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "message_not_found", "there is no such message for this application")
	ErrProvider = fault.New(fault.Unavailable, "provider_unavailable", "the SMS provider cannot be reached at the moment")
)

// Options are what an outbox is made of.
type Options struct {
	DB         *db.DB
	Ring       *seal.Ring
	Client     *coolsms.Client
	Key        string // the provider key the client uses, to tell its groups from another's
	Sender     string // registered sender number, digits
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Outbox hands over the messages of one installation. It is safe for
// concurrent use.
type Outbox struct {
	db          *db.DB
	ring        *seal.Ring
	client      *coolsms.Client
	sender      string
	fingerprint string
	log         *slog.Logger
	metrics     *metrics

	waiting  *queue
	busy     atomic.Int64 // batches on their way
	pool     *pool
	troubled *troubled
	asks     *asks
	senders  remembered[[]coolsms.SenderNumber]
	balance  remembered[*coolsms.Balance]
	takenUp  bool // what an earlier run left was loaded; touched by takeUp alone
}

// New returns an outbox; nothing leaves before Run or Step is called.
func New(o Options) *Outbox {
	return &Outbox{
		db: o.DB, ring: o.Ring, client: o.Client, sender: o.Sender, log: o.Logger,
		fingerprint: hex.EncodeToString(o.Ring.Hash(seal.Fingerprint, o.Key)),
		metrics:     newMetrics(o.Registerer),
		waiting:     newQueue(),
		pool:        newPool(),
		troubled:    newTroubled(),
		asks:        newAsks(),
	}
}

// Draft is a message ready to be written.
type Draft struct {
	ID             string
	applicationID  string
	verificationID string
	number         seal.Number
	text           []byte
	letter         letter
	group          string // it takes along; empty when it waits for a batch
}

// Draft seals a message for a number. It is made before the transaction that
// writes it, which may run its closure more than once, and ends with Done.
func (o *Outbox) Draft(applicationID, verificationID string, to phone.Number, text string) *Draft {
	d := &Draft{ID: id.New("msg"), applicationID: applicationID, verificationID: verificationID}
	d.number = o.ring.Number("messages", d.ID, to)
	d.text = o.ring.Seal("messages.text", d.ID, []byte(text))
	d.letter = letter{id: d.ID, to: to.National(), text: text}
	if o.waiting.len() == 0 && o.busy.CompareAndSwap(0, 1) {
		if d.group = o.pool.take(); d.group == "" {
			o.busy.Add(-1)
		}
	}
	return d
}

// Enqueue writes a draft. After the deadline it is not handed over any more.
func (o *Outbox) Enqueue(tx *db.Tx, d *Draft, deadline db.Time) {
	d.letter.deadline = deadline
	status, group := Queued, any(nil)
	if d.group != "" {
		status, group = Sending, d.group
		tx.Must(1, errTakenUp, openGroup, d.group, tx.Now)
	}
	tx.Exec(insertMessage, d.ID, d.applicationID, d.verificationID,
		d.number.Sealed, d.number.Whole, d.number.Tail, d.number.Prefix, d.text,
		string(status), "", "", group, tx.Now, deadline)
}

// Done tells the dispatcher how the transaction that wrote a draft ended. A
// message whose Done is lost in a crash is found in the table.
func (o *Outbox) Done(d *Draft, err error) {
	switch {
	case d.group == "" && err == nil:
		o.waiting.push(d.letter)
	case d.group == "":
	case err == nil:
		o.waiting.board(&batch{group: d.group, letters: []letter{d.letter}, claimed: true})
	case errors.Is(err, db.ErrUnknown): // our own rows will tell
		o.busy.Add(-1)
		o.troubled.add(&batch{group: d.group}, o.db.Now())
	default:
		o.busy.Add(-1)
		o.pool.put(d.group)
	}
}

// Drop says that nobody waits for a message any more. One that has not left
// is not handed over; its text is erased. Whether it left is written by the
// dispatcher, which alone can know.
func (o *Outbox) Drop(tx *db.Tx, messageID string) {
	tx.Exec(dropMessage, messageID, tx.Now)
	tx.Notify(Topic(messageID))
}

// Erase deletes messages that ended before a time, the oldest first and at most
// so many, and returns how many.
func (o *Outbox) Erase(tx *db.Tx, before db.Time, most int) (n int, err error) {
	args := []any{id.Before("msg", before.Std()), before, most}
	err = tx.Each(eraseMessages, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing messages: %w", err)
	}
	return n, nil
}

// EraseGroups deletes provider groups that ended before a time, the oldest
// first and at most so many, and returns how many.
func (o *Outbox) EraseGroups(tx *db.Tx, before db.Time, most int) (n int, err error) {
	err = tx.Each(eraseGroups, []any{before, most}, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing provider groups: %w", err)
	}
	return n, nil
}

// ByID reads a message, or returns [ErrNotFound].
func (o *Outbox) ByID(tx *db.Tx, messageID string) (Message, error) {
	var m Message
	var since db.Time
	err := tx.Row(messageByID, messageID).Scan(&m.ID, &m.Status, &m.StatusCode, &since)
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, ErrNotFound
	}
	if err != nil {
		return Message{}, fmt.Errorf("reading a message: %w", err)
	}
	m.Status = overdue(m.Status, since, tx.Now)
	return m, nil
}

// Topic is what is notified when a message has moved.
func Topic(messageID string) string { return "msg:" + messageID }

// Watch says that somebody looks at a message: while that is so it is asked
// about every second, for 20 seconds after it was accepted.
func (o *Outbox) Watch(messageID string) { o.asks.watch(messageID, o.db.Now()) }

// callTimeout bounds one call to the provider.
const callTimeout = 10 * time.Second

// call returns a context for one call to the provider, or for the commit that
// keeps its answer: it outlives the end of ctx, so that a batch under way is
// finished when the program stops.
func call(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
}
