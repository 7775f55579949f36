package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// NoticeKind says what a member is told.
type NoticeKind string

// The kinds. All but three are texted to the member's number; what is told of a
// number that has gone is texted to that number.
const (
	NumberChanged   NoticeKind = "number_changed" // texted to the number before
	NumberNew       NoticeKind = "number_new"     // texted to the new number, and told nowhere else
	NumberUndone    NoticeKind = "number_undone"  // told on the account page alone
	NumberLeft      NoticeKind = "number_left"    // likewise: the account has no number any more
	RecoveryBegun   NoticeKind = "recovery_begun"
	Recovered       NoticeKind = "recovered"
	FactorAdded     NoticeKind = "factor_added"
	FactorRemoved   NoticeKind = "factor_removed"
	PasswordChanged NoticeKind = "password_changed"
	CodesMade       NoticeKind = "codes_made"
	AfterFailures   NoticeKind = "signed_in_after_failures"
	NumberLocked    NoticeKind = "locked"
	DormantSoon     NoticeKind = "dormant_soon"
	SignedInOnce    NoticeKind = "signed_in_once"
)

const (
	noticesTopic = "notices"        // of db.Notify
	noticeEvery  = 10 * time.Second // when nobody said that there is something to text
	noticeMost   = 100              // texts in one look
	noticeLife   = time.Hour        // how long a text is worth handing over
	noticesInDay = 3                // texts to one number

	// failuresTold is how many wrong codes in a row are told of when a right one
	// follows: those of one verification.
	failuresTold = verify.Attempts
)

// address is a number that a notice is texted to, and the id of its row.
type address struct {
	id     string
	sealed []byte
}

// newAddress prepares a notice to a number that is not the member's own.
func (a *Accounts) newAddress(to phone.Number) *address {
	noticeID := id.New("ntc")
	return &address{noticeID, a.ring.Number("notices", noticeID, to).Sealed}
}

// Tell tells a member something, in the act in which it happens.
func (a *Accounts) Tell(tx *db.Tx, userID string, kind NoticeKind) { a.tell(tx, userID, kind) }

func (a *Accounts) tell(tx *db.Tx, userID string, kind NoticeKind) {
	a.write(tx, userID, kind, &address{id: id.New("ntc")}, a.outbox != nil)
}

// tellNumber tells a member by a text to a number that is not theirs any more.
func (a *Accounts) tellNumber(tx *db.Tx, userID string, kind NoticeKind, to *address) {
	if a.outbox == nil {
		to = &address{id: to.id}
	}
	a.write(tx, userID, kind, to, a.outbox != nil)
}

// tellHere tells a member on the account page alone.
func (a *Accounts) tellHere(tx *db.Tx, userID string, kind NoticeKind) {
	a.write(tx, userID, kind, &address{id: id.New("ntc")}, false)
}

func (a *Accounts) write(tx *db.Tx, userID string, kind NoticeKind, to *address, texted bool) {
	var sealed, due any
	if to.sealed != nil {
		sealed = to.sealed
	}
	if texted {
		due = tx.Now
		tx.Notify(noticesTopic)
	}
	tx.Exec(insertNotice, to.id, userID, string(kind), tx.Now, sealed, due)
}

// FactorChanged tells a member that a factor of a kind ("passkey", "password",
// "totp", "recovery_code") was added, set anew or removed, in the act in which
// it was.
func (a *Accounts) FactorChanged(tx *db.Tx, userID, kind string, removed bool) {
	switch {
	case Way(kind) == RecoveryCode && !removed:
		a.tell(tx, userID, CodesMade)
	case Way(kind) == RecoveryCode: // one was used, or all went with the account
	case removed:
		a.tell(tx, userID, FactorRemoved)
	case Way(kind) == Password:
		a.tell(tx, userID, PasswordChanged)
	default:
		a.tell(tx, userID, FactorAdded)
	}
}

// tellOfGuessing tells the owner of a number of codes that were guessed at: that
// a right one came after many wrong ones, or that they locked the number. What
// the check came to stands whether or not that can be told: it was decided before.
func (a *Accounts) tellOfGuessing(ctx context.Context, ref verify.Ref, r verify.Result, userID string, checked error) {
	var err error
	switch {
	case errors.Is(checked, limit.ErrLocked):
		var v verify.Verification
		if v, err = a.verify.Get(ctx, ref); err == nil {
			err = a.TellLocked(ctx, v.To)
		}
	case checked == nil && r.Failures >= failuresTold && userID != "":
		err = a.db.Update(ctx, func(tx *db.Tx) error {
			a.tell(tx, userID, AfterFailures)
			return nil
		})
	}
	if err != nil {
		a.log.Error("account: a member could not be told of wrong codes", "user", userID, "error", err)
	}
}

// TellLocked tells the member of a number, if it is one's, that so many wrong
// codes were tried that only a recovery opens it (S-18): once a day.
func (a *Accounts) TellLocked(ctx context.Context, to phone.Number) error {
	number := a.ring.Whole(to)
	var userID string
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(untoldOwner, number, string(NumberLocked), tx.Now.Add(-day)).Scan(&userID)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = a.db.Update(ctx, func(tx *db.Tx) error {
			a.tell(tx, userID, NumberLocked)
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("telling of a locked number: %w", err)
	}
	return nil
}

// Notice is something a member was told.
type Notice struct {
	Kind   NoticeKind
	At     time.Time
	Texted bool
}

// Notices lists what a member was told within the last 90 days, the newest
// first.
func (a *Accounts) Notices(ctx context.Context, userID string) (list []Notice, err error) {
	err = a.db.View(ctx, func(tx *db.Tx) error {
		list, err = noticesOfMember(tx, userID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	return list, nil
}

func noticesOfMember(tx *db.Tx, userID string) (list []Notice, err error) {
	err = tx.Each(noticesOf, []any{userID, string(NumberNew)}, func(scan func(...any) error) error {
		var n Notice
		var at, texted db.Time
		if err := scan(&n.Kind, &at, &texted); err != nil {
			return err
		}
		n.At, n.Texted = at.Std(), texted != 0
		list = append(list, n)
		return nil
	})
	return list, err
}

// Run texts notices until ctx ends and then returns nil. What failed is handed
// to trouble and tried again. Several nodes may run at the same time: each notice
// is texted once.
func (a *Accounts) Run(ctx context.Context, trouble func(error)) error {
	woken, stop := a.db.Listen(noticesTopic)
	defer stop()
	tick := time.NewTicker(noticeEvery)
	defer tick.Stop()
	for {
		if err := a.TextNotices(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-woken:
		case <-tick.C:
		}
	}
}

// due is a notice that waits to be texted.
type due struct {
	id, kind, userID, locale string
	sealed, own              []byte // the number it goes to, unless empty; the member's own
}

// TextNotices texts the notices that wait. One that fails keeps none of the
// others back.
func (a *Accounts) TextNotices(ctx context.Context) error {
	if a.outbox == nil {
		return nil
	}
	var waiting []due
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(dueNotices, []any{noticeMost}, func(scan func(...any) error) error {
			var d due
			err := scan(&d.id, &d.kind, &d.userID, &d.locale, &d.sealed, &d.own)
			waiting = append(waiting, d)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("reading notices: %w", err)
	}
	var errs []error
	for _, d := range waiting {
		errs = append(errs, a.text(ctx, d))
	}
	return errors.Join(errs...)
}

var (
	errTexted = errors.New("the notice has been texted, or is not wanted any more")
	errEnough = errors.New("the number was texted three notices within a day")
)

// text texts one notice, or notes that it is not to be.
func (a *Accounts) text(ctx context.Context, d due) error {
	to, err := a.recipient(d)
	if err != nil {
		return err
	}
	words := a.texts.Text(d.kind, d.locale)
	if words == "" || to.IsZero() {
		return a.settle(ctx, d, "nobody")
	}
	number := a.ring.Whole(to)
	message := a.outbox.Draft(a.application, "", "notice", to, words)
	err = a.outbox.Update(ctx, message, func(tx *db.Tx) error {
		tx.Must(1, errTexted, textedNotice, d.id, tx.Now)
		tx.Must(1, errEnough, takeNotice, number, tx.Now, tx.Now.Add(-day))
		a.outbox.Enqueue(tx, message, tx.Now.Add(noticeLife))
		return nil
	})
	switch {
	case errors.Is(err, errTexted):
		return nil
	case errors.Is(err, errEnough):
		return a.settle(ctx, d, "enough")
	case err != nil:
		return fmt.Errorf("texting a notice: %w", err)
	}
	a.metrics.notices.WithLabelValues("texted").Inc()
	return nil
}

// recipient opens the number that a notice goes to.
func (a *Accounts) recipient(d due) (to phone.Number, err error) {
	switch {
	case len(d.sealed) > 0:
		to, err = a.ring.OpenNumber("notices", d.id, d.sealed)
	case len(d.own) > 0:
		to, err = a.ring.OpenNumber("users", d.userID, d.own)
	}
	if err != nil {
		return phone.Number{}, fmt.Errorf("opening the number of %s: %w", d.id, err)
	}
	return to, nil
}

// settle notes that a notice is not texted.
func (a *Accounts) settle(ctx context.Context, d due, why string) error {
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(settleNotice, d.id)
		return nil
	})
	if err != nil {
		return fmt.Errorf("settling a notice: %w", err)
	}
	a.metrics.notices.WithLabelValues(why).Inc()
	return nil
}
