package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// Start asks for a verification.
type Start struct {
	Application app.Application
	To          phone.Number
	Purpose     Purpose
	Locale      string // of the text; one of the application's languages, or its default is taken
	Binding     Binding
	Fresh       bool       // nothing was started with this binding before, or all of it has ended
	Client      netip.Addr // the person's address; the zero Addr when it is not known
	Priority    bool       // the last fifth of the day's won is open to it
	Metadata    map[string]string
	Keep        Keep // may be nil

	Device limit.Device // the browser, when the number's account trusts it
	Solved bool         // a challenge was solved for this start
}

// Start writes a verification and its message, and has the text sent. It
// supersedes a pending verification of the same number and purpose that was
// started with the same binding, and no other. Refusal: limit.ErrNumber with
// the wait.
//
// The answer is the same whether or not the number has an account (S-28):
// nothing here looks.
func (v *Verifier) Start(ctx context.Context, s Start) (_ Verification, err error) {
	defer func() { v.metrics.started(s.Purpose, err) }()
	if v.before != nil {
		if err := v.before(s); err != nil {
			return Verification{}, err
		}
	}
	number := v.ring.Whole(s.To)
	if err := v.limits.Held(number, v.db.Now()); err != nil {
		return Verification{}, err
	}
	older, err := v.older(ctx, s, number)
	if err != nil {
		return Verification{}, err
	}
	d, err := v.draft(s, number)
	if err != nil {
		return Verification{}, err
	}
	crash.At("start.drafted")
	err = v.db.Update(ctx, func(tx *db.Tx) error {
		v.limits.SendWhen(tx, fewPending, number, d.ID, pendingMost)
		if d.network != nil {
			v.limits.Network(tx, d.network)
		}
		for _, o := range older {
			v.recent.forget(o.id)
			tx.Exec(end, o.id, string(Superseded), tx.Now)
			tx.Notify(Topic(o.id))
			v.outbox.Drop(tx, o.messageID)
		}
		d.times(tx.Now)
		tx.Exec(insertVerification, d.args(tx.Now)...)
		v.outbox.Enqueue(tx, d.message, db.At(d.ExpiresAt).Add(-lastUseful))
		audit.Tell(tx, audit.Event{Kind: audit.Started, ApplicationID: s.Application.ID, VerificationID: d.ID})
		if s.Keep != nil {
			s.Keep(tx, Result{Verification: d.Verification})
		}
		return nil
	})
	if err == nil {
		crash.At("start.committed")
	}
	v.outbox.Done(d.message, err)
	if errors.Is(err, limit.ErrNumber) {
		return Verification{}, v.refusedStart(ctx, number)
	}
	if err != nil {
		return Verification{}, fmt.Errorf("starting a verification: %w", err)
	}
	v.recent.add(row{Verification: d.Verification, number: number, binding: d.binding, mac: d.mac})
	return d.Verification, nil
}

// refusedStart tells the longer of two waits: until the number may get another
// text, and, when it has its most pending verifications, until one runs out.
func (v *Verifier) refusedStart(ctx context.Context, number []byte) error {
	refused := v.refusal(ctx, number, limit.Sends)
	sends := fault.As(refused)
	if sends == nil {
		return refused
	}
	var wait time.Duration
	err := v.db.View(ctx, func(tx *db.Tx) error {
		var pending int
		var first db.Time
		err := tx.Row(countPending, number, tx.Now).Scan(&pending, &first)
		if err == nil && pending >= pendingMost {
			wait = first.Sub(tx.Now)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("counting pending verifications: %w", err)
	}
	return sends.After(max(wait, sends.RetryAfter))
}

// refusal finds out why the limits refused, and for how long.
func (v *Verifier) refusal(ctx context.Context, number []byte, kind limit.Kind) error {
	var refused error
	err := v.db.View(ctx, func(tx *db.Tx) error {
		refused = v.limits.Refusal(tx, number, kind)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the limits: %w", err)
	}
	return refused
}

// draft is a verification ready to be written. All of it is made before the
// transaction, but the times.
type draft struct {
	Verification
	number   seal.Number
	binding  []byte
	network  []byte
	sealed   []byte
	mac      []byte
	metadata string
	message  *outbox.Draft
}

func (v *Verifier) draft(s Start, number []byte) (*draft, error) {
	d := &draft{binding: s.Binding.bytes()}
	d.Verification = Verification{
		ID: id.New("ver"), ApplicationID: s.Application.ID, To: s.To, Purpose: s.Purpose,
		Locale: s.Application.Language(s.Locale), Status: Pending, CodeLength: codeLength,
		AttemptsLeft: Attempts, ResendsLeft: resendsMost, Metadata: s.Metadata,
	}
	c, err := newCode(v.rand, codeLength)
	if err != nil {
		return nil, err
	}
	if len(s.Metadata) > 0 {
		text, err := json.Marshal(s.Metadata)
		if err != nil {
			return nil, fmt.Errorf("writing the metadata: %w", err)
		}
		d.metadata = string(text)
	}
	if s.Client.IsValid() {
		d.network = v.ring.Hash(seal.Network, network(s.Client))
	}
	d.number = v.ring.Number("verifications", d.ID, s.To)
	d.sealed = v.ring.Seal("verifications.code", d.ID, []byte(c))
	d.mac = v.mac(s.Application.ID, s.Purpose, d.ID, number, c)
	d.message = v.outbox.Draft(s.Application.ID, d.ID, s.To, s.Application.Texts.Text(d.Locale, string(c)))
	d.Message = outbox.Message{ID: d.message.ID, Status: outbox.Queued}
	return d, nil
}

// times sets what depends on when the transaction runs.
func (d *draft) times(now db.Time) {
	d.CreatedAt = now.Std()
	d.ExpiresAt = now.Add(lifetime).Std()
	d.ResendAt = now.Add(resendWaits[0]).Std()
}

func (d *draft) args(now db.Time) []any {
	return []any{
		d.ID, d.ApplicationID, string(d.Purpose), d.Locale,
		d.number.Sealed, d.number.Whole, d.number.Tail, d.number.Prefix,
		d.binding, d.CodeLength, d.sealed, d.mac, d.message.ID, d.metadata,
		now, now.Add(lifetime),
	}
}

// pair names a pending verification and its newest message.
type pair struct{ id, messageID string }

// older finds what the same browser or caller started before for the same
// number and purpose, which the new start supersedes. The number's own limit
// keeps a second start from coming in between.
func (v *Verifier) older(ctx context.Context, s Start, number []byte) ([]pair, error) {
	if s.Binding.hash == nil || s.Fresh {
		return nil, nil
	}
	var pairs []pair
	err := v.db.View(ctx, func(tx *db.Tx) error {
		args := []any{number, s.Application.ID, string(s.Purpose), s.Binding.bytes()}
		return tx.Each(pendingOfBinding, args, func(scan func(...any) error) error {
			var p pair
			err := scan(&p.id, &p.messageID)
			pairs = append(pairs, p)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("looking for older verifications: %w", err)
	}
	return pairs, nil
}
