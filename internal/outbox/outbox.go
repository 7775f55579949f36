// Package outbox hands text messages to the provider, each exactly once, and
// learns what became of them.
//
// # The walk
//
// [Outbox.Draft] seals a message; [Outbox.Enqueue] writes it in the act of
// [Outbox.Update], so that it exists if and only if the caller's act does. The
// dispatcher takes what waits as one batch and
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
// # The nodes
//
// On PostgreSQL several nodes hand over. Each group belongs to one run of one
// node, and every act on it demands that. A run beats again and again and looks
// at the others; one whose beat stands still at three looks is over, and whoever
// deletes its row takes its groups over and settles them by reading. A run that
// cannot beat stops calling the provider before that. A node that was paused and
// wakes late finds its groups another's, and the provider's own refusals keep
// what it had on the wire from being sent twice.
//
// # The fates
//
// Accepted messages are asked about until they end: every second while
// somebody watches, then at growing distances, a hundred a call. A report of
// the provider brings the question forward and is never believed by itself. A
// message without an end after 72 hours is unknown; from then on it is asked
// about only when a report speaks of it.
//
// The package decides neither who may be texted nor what the text says. It
// never calls the provider inside a transaction, and never sends a second
// group to find out about the first.
package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// ErrNotFound refuses a message that does not exist, or is another
// application's.
var ErrNotFound = fault.New(fault.NotFound, "message_not_found", "there is no such message for this application")

// Options are what an outbox is made of.
type Options struct {
	DB         *db.DB
	Ring       *seal.Ring
	Client     *coolsms.Client
	Key        string // the provider key the client uses, to tell its groups from another's
	Logger     *slog.Logger
	Registerer prometheus.Registerer

	// Node is the name of this node, which a restart keeps; "" when there is no
	// other, as on SQLite.
	Node string

	// Sender is a registered sender number, digits. SenderByPurpose names others
	// for some purposes, and SecondSender, unless "", takes the place of one that
	// the provider refuses.
	Sender          string
	SenderByPurpose map[string]string
	SecondSender    string

	CallsPerSecond int // of the provider at most; 0 is any number
	BalanceFloor   int // in won; with less in the account starts are refused; 0 does not ask

	// Price is what is reserved for a text when it is enqueued, in won. Charged,
	// unless nil, is called in the act in which another sum becomes known: with
	// the time of the reservation and what is to be added to it, below zero when
	// a message was dropped or refused.
	Price   int
	Charged func(tx *db.Tx, reservedAt db.Time, won int)
}

// Outbox hands over the messages of one installation. It is safe for
// concurrent use.
type Outbox struct {
	db      *db.DB
	ring    *seal.Ring
	access  atomic.Pointer[access]
	senders *senders
	price   int
	charged func(tx *db.Tx, reservedAt db.Time, won int)
	log     *slog.Logger
	metrics *metrics

	turnedAt atomic.Int64 // when takeUp or poll was last begun

	node     *node
	road     *road
	money    money
	waiting  *queue
	busy     atomic.Int64 // batches on their way
	pool     *pool
	troubled *troubled
	asks     *asks
	arrivals arrivals
	hints    *hints
	listed   remembered[[]coolsms.SenderNumber] // what the account has
	purse    remembered[*coolsms.Balance]
	findMost int  // messages that a page of a search looks through
	takenUp  bool // what an earlier run left was loaded; touched by takeUp alone
}

// New returns an outbox; nothing leaves before Run or Step is called.
func New(o Options) *Outbox {
	m := newMetrics(o.Registerer)
	out := &Outbox{
		db: o.DB, ring: o.Ring, log: o.Logger, metrics: m, price: o.Price, charged: o.Charged,
		senders: &senders{
			first: o.Sender, second: o.SecondSender, byPurpose: o.SenderByPurpose,
			metrics: m, rest: make(map[string]db.Time),
		},
		node:     newNode(o.Node),
		road:     newRoad(o.CallsPerSecond, o.Logger, m),
		money:    money{floor: o.BalanceFloor},
		waiting:  newQueue(),
		pool:     newPool(),
		troubled: newTroubled(),
		asks:     newAsks(),
		hints:    newHints(),
		findMost: findMost,
	}
	out.access.Store(&access{o.Client, o.Ring.Fingerprint(o.Key)})
	return out
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

// Draft seals a message for a number; the purpose chooses the number it is sent
// from. It is made before the act that writes it, and must come to Update.
func (o *Outbox) Draft(applicationID, verificationID, purpose string, to phone.Number, text string) *Draft {
	d := &Draft{ID: id.New("msg"), applicationID: applicationID, verificationID: verificationID}
	d.number = o.ring.Number("messages", d.ID, to)
	d.text = o.ring.Seal("messages.text", d.ID, []byte(text))
	d.letter = letter{id: d.ID, to: to.National(), text: text, purpose: purpose, cost: o.price}
	if o.Sendable(purpose) != nil {
		return d // it waits, for a number to be sent from
	}
	if _, roomy := o.road.roomy(); roomy && o.waiting.len() == 0 && o.busy.CompareAndSwap(0, 1) {
		if d.group = o.pool.take(); d.group == "" {
			o.busy.Add(-1)
		}
	}
	return d
}

// Enqueue writes a draft in the act of Update. After the deadline it is not
// handed over any more.
func (o *Outbox) Enqueue(tx *db.Tx, d *Draft, deadline db.Time) {
	d.letter.created, d.letter.deadline = tx.Now, deadline
	status, group := Queued, any(nil)
	if d.group != "" {
		status, group = Sending, d.group
		tx.Must(1, errTakenUp, openGroup, d.group, tx.Now, o.node.id())
	}
	tx.Exec(insertMessage, d.ID, d.applicationID, d.verificationID,
		d.number.Sealed, d.number.Whole, d.number.Tail, d.number.Prefix, d.text,
		string(status), "", "", group, tx.Now, deadline, d.letter.purpose, d.letter.cost)
}

// Update is db.Update for an act that enqueues a draft, and tells the dispatcher
// how it ended. When the group that the draft took along is another node's by
// now, the act runs once more and the draft waits for a batch. A message whose
// program dies in here is found in the table.
func (o *Outbox) Update(ctx context.Context, d *Draft, act func(tx *db.Tx) error) error {
	err := o.db.Update(ctx, act)
	if d.group != "" && errors.Is(err, errTakenUp) {
		o.busy.Add(-1)
		d.group = ""
		err = o.db.Update(ctx, act)
	}
	o.done(d, err)
	return err
}

// done tells the dispatcher how the act that wrote a draft ended.
func (o *Outbox) done(d *Draft, err error) {
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

// EraseTo deletes what an application sent to a number until a time and what has
// ended since, with all also what has not, at most so many. It returns the
// verifications it was sent for, some twice, and whether anything is left.
func (o *Outbox) EraseTo(tx *db.Tx, applicationID string, number []byte, until db.Time, all bool, most int) (verificationIDs []string, left bool, err error) {
	unended := 0
	if all {
		unended = 1
	}
	args := []any{number, applicationID, until}
	err = tx.Each(eraseTo, append(args, most, unended), func(scan func(...any) error) error {
		var verificationID string
		err := scan(&verificationID)
		verificationIDs = append(verificationIDs, verificationID)
		return err
	})
	var n int
	if err == nil {
		err = tx.Row(leftTo, args...).Scan(&n)
	}
	if err != nil {
		return nil, false, fmt.Errorf("erasing messages to a number: %w", err)
	}
	return verificationIDs, n > 0, nil
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
// Where another node asks about the message, this one does too.
func (o *Outbox) Watch(messageID string) {
	if !o.asks.watch(messageID, o.db.Now()) && !o.node.single() {
		o.hints.add(hint{id: messageID})
	}
}
