package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
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
	Metadata    map[string]string

	// Device is the browser when it signed in before to the account of To, as
	// the door has made sure of: it has budgets of its own (S-19).
	Device limit.Device
	// Solved says that a challenge was solved for this very start.
	Solved bool
	// Priority lets the start use what is left of the day's won for logins:
	// the door sets it for keys with that purpose, never by who is asked for.
	Priority bool

	Keep Keep // may be nil
}

// Start writes a verification and its message, and has the text sent. It
// supersedes a pending verification of the same number and purpose that was
// started with the same binding, and no other.
//
// Where the number's wrong checks are spent the code has ten digits and a budget
// of its own (S-17). A trusted browser uses what is its own first, then what is
// everybody's. A recovery has ten digits and ten minutes (S-18).
//
// Refusals: limit.ErrNumber with the wait, limit.ErrLocked for a number that
// only a recovery opens, limit.ErrChallenge while no challenge was solved,
// limit.ErrBudget, limit.ErrUnreadable, outbox.ErrProvider, outbox.ErrBalance,
// outbox.ErrSender.
//
// The answer is the same whether or not the number has an account (S-28):
// nothing here looks.
func (v *Verifier) Start(ctx context.Context, s Start) (_ Verification, err error) {
	defer func() { v.metrics.started(s.Purpose, err) }()
	if err := v.outbox.Available(); err != nil {
		return Verification{}, err
	}
	if err := v.outbox.Sendable(string(s.Purpose)); err != nil {
		return Verification{}, err
	}
	c := limit.Case{
		Number: v.ring.Whole(s.To), Thousand: s.To.Thousand(), Application: s.Application.ID, Network: v.networkOf(s.Client),
	}
	lane := s.lane()
	if err := v.held(c, lane); err != nil {
		return Verification{}, err
	}
	short, err := v.limits.Admit(ctx, c, s.Solved)
	if err != nil {
		return Verification{}, err
	}
	for range startTries {
		t := &limit.Text{Case: c, Lane: lane, Device: s.Device, Begins: true, Solved: s.Solved}
		started, err := v.startIn(ctx, s, t, digits(lane, short))
		switch {
		case err == nil:
			v.limits.Sent(t)
			return started, nil
		case errors.Is(err, errOlderEnded): // look again
		case errors.Is(err, limit.ErrDevice):
			lane = limit.Open
			if err := v.held(c, lane); err != nil {
				return Verification{}, err
			}
		case errors.Is(err, limit.ErrNumber), errors.Is(err, limit.ErrChallenge):
			spent, refused := v.refusedStart(ctx, t, err)
			if !spent.Wrong || lane != limit.Open {
				return Verification{}, refused
			}
			lane = limit.Long
		case fault.As(err) != nil:
			return Verification{}, err
		default:
			return Verification{}, fmt.Errorf("starting a verification: %w", err)
		}
	}
	return Verification{}, db.ErrBusy
}

// startTries bounds how often one start begins anew: in another lane, or because
// what it supersedes ended meanwhile.
const startTries = 6

// errOlderEnded ends an act because a verification that it supersedes has ended.
var errOlderEnded = errors.New("an older verification has ended meanwhile")

// lane returns the lane that a start tries first.
func (s Start) lane() limit.Lane {
	switch {
	case s.Purpose == Recovery:
		return limit.Recovering
	case !s.Device.IsZero():
		return limit.Trusted
	}
	return limit.Open
}

// digits returns the length of the codes of a lane, where short ones are as long
// as the gates say.
func digits(lane limit.Lane, short int) int {
	if lane == limit.Long || lane == limit.Recovering {
		return limit.LongCode
	}
	return short
}

// held refuses from memory what uses the number's own sends.
func (v *Verifier) held(c limit.Case, lane limit.Lane) error {
	if lane == limit.Trusted {
		return nil
	}
	return v.limits.Held(c, v.db.Now())
}

// startIn tries a start in one lane.
func (v *Verifier) startIn(ctx context.Context, s Start, t *limit.Text, length int) (Verification, error) {
	older, err := v.older(ctx, s, t)
	if err != nil {
		return Verification{}, err
	}
	crash.At("start.read")
	var started Verification
	err = v.permitted(ctx, t, s.Priority, func(permit limit.Permit) error {
		d, err := v.draft(s, t, length)
		if err != nil {
			return err
		}
		crash.At("start.drafted")
		err = v.outbox.Update(ctx, d.message, func(tx *db.Tx) error {
			if err := permit.Check(tx); err != nil {
				return err
			}
			v.write(tx, d, t, older)
			if s.Keep != nil {
				s.Keep(tx, Result{Verification: d.Verification})
			}
			return nil
		})
		if err == nil {
			crash.At("start.committed")
			v.recent.add(row{
				Verification: d.Verification, number: t.Number, binding: d.binding, mac: d.mac,
				lane: t.Lane, device: t.Device, network: t.Network,
			})
			started = d.Verification
		}
		return err
	})
	return started, err
}

// write is the act of a start.
func (v *Verifier) write(tx *db.Tx, d *draft, t *limit.Text, older []pair) {
	v.limits.SendWhen(tx, fewPending, t, pendingMost)
	for _, o := range older {
		v.recent.forget(o.id)
		tx.Must(1, errOlderEnded, end, o.id, string(Superseded), tx.Now)
		tx.Notify(Topic(o.id))
		v.outbox.Drop(tx, o.messageID)
		audit.Tell(tx, audit.Event{Kind: audit.Superseded, ApplicationID: d.ApplicationID, VerificationID: o.id})
	}
	d.times(tx.Now, t.Lane)
	tx.Exec(insertVerification, d.args(tx.Now, t)...)
	v.outbox.Enqueue(tx, d.message, db.At(d.ExpiresAt).Add(-lastUseful))
	audit.Tell(tx, audit.Event{Kind: audit.Started, ApplicationID: d.ApplicationID, VerificationID: d.ID})
}

// permitted runs an act that sends a text under a permit of the ceilings, and
// once more when the permit lapsed while the act waited for the writer.
func (v *Verifier) permitted(ctx context.Context, t *limit.Text, priority bool, act func(limit.Permit) error) error {
	for range permitTries {
		permit, err := v.limits.Permit(ctx, t.Case, priority || t.Lane == limit.Trusted)
		if err != nil {
			return err
		}
		if err = act(permit); err == nil || errors.Is(err, db.ErrUnknown) {
			return err
		}
		v.limits.GiveBack(permit)
		if !errors.Is(err, limit.ErrLapsed) {
			return err
		}
	}
	return db.ErrBusy
}

// permitTries bounds how often a permit may lapse before the writer is called
// too busy.
const permitTries = 5

// refusedStart tells why a start was refused, and the wait: until the number may
// get another text, until one of its most pending verifications runs out, or
// until one of two lanes opens, whichever it takes.
func (v *Verifier) refusedStart(ctx context.Context, t *limit.Text, why error) (spent limit.Spent, refused error) {
	err := v.db.View(ctx, func(tx *db.Tx) (err error) {
		if spent, refused = v.limits.Refusal(tx, t, why); !errors.Is(refused, limit.ErrNumber) {
			return nil
		}
		until := tx.Now.Add(fault.As(refused).RetryAfter)
		if spent.Wrong && t.Lane == limit.Long {
			open, err := v.limits.FreeAt(tx, t.Number, limit.Open)
			if err != nil {
				return err
			}
			until = min(until, open)
		}
		var pending int
		var first db.Time
		if err = tx.Row(countPending, t.Number, tx.Now).Scan(&pending, &first); err != nil {
			return err
		}
		if pending >= pendingMost {
			until = max(until, first)
		}
		refused = limit.ErrNumber.After(max(until.Sub(tx.Now), time.Second))
		return nil
	})
	if err != nil {
		return limit.Spent{}, fmt.Errorf("reading the limits: %w", err)
	}
	return spent, refused
}

// draft is a verification ready to be written. All of it is made before the
// transaction, but the times.
type draft struct {
	Verification
	number   seal.Number
	binding  []byte
	sealed   []byte
	mac      []byte
	metadata string
	message  *outbox.Draft
}

func (v *Verifier) draft(s Start, t *limit.Text, length int) (*draft, error) {
	d := &draft{binding: s.Binding.bytes()}
	d.Verification = Verification{
		ID: id.New("ver"), ApplicationID: s.Application.ID, To: s.To, Purpose: s.Purpose,
		Locale: s.Application.Language(s.Locale), Status: Pending, CodeLength: length,
		AttemptsLeft: Attempts, ResendsLeft: resendsMost, Metadata: s.Metadata,
	}
	t.Subject = d.ID
	c, err := newCode(v.rand, length)
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
	d.number = v.ring.Number("verifications", d.ID, s.To)
	d.sealed = v.ring.Seal("verifications.code", d.ID, []byte(c))
	d.mac = v.mac(s.Application.ID, s.Purpose, d.ID, t.Number, c)
	d.message = v.outbox.Draft(s.Application.ID, d.ID, string(s.Purpose), s.To, s.Application.Texts.Text(d.Locale, string(c)))
	d.Message = outbox.Message{ID: d.message.ID, Status: outbox.Queued}
	return d, nil
}

// times sets what depends on when the transaction runs.
func (d *draft) times(now db.Time, lane limit.Lane) {
	d.CreatedAt = now.Std()
	d.ExpiresAt = now.Add(lifetimeOf(lane)).Std()
	d.ResendAt = now.Add(resendWaits[0]).Std()
}

// lifetimeOf returns how long the codes of a lane work.
func lifetimeOf(lane limit.Lane) time.Duration {
	if lane == limit.Recovering {
		return lifetimeMost
	}
	return lifetime
}

func (d *draft) args(now db.Time, t *limit.Text) []any {
	return []any{
		d.ID, d.ApplicationID, string(d.Purpose), d.Locale,
		d.number.Sealed, d.number.Whole, d.number.Tail, d.number.Prefix,
		d.binding, d.CodeLength, d.sealed, d.mac, d.message.ID, d.metadata,
		now, db.At(d.ExpiresAt), string(t.Lane), orNull(t.Device.Hash()), orNull(t.Network),
	}
}

// orNull keeps nothing rather than an empty text.
func orNull(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// pair names a pending verification and its newest message.
type pair struct{ id, messageID string }

// older finds what the same browser or caller started before for the same
// number and purpose, which the new start supersedes. The number's own limit
// keeps a second start from coming in between.
func (v *Verifier) older(ctx context.Context, s Start, t *limit.Text) ([]pair, error) {
	if s.Binding.hash == nil || s.Fresh {
		return nil, nil
	}
	var pairs []pair
	err := v.db.View(ctx, func(tx *db.Tx) error {
		add := func(scan func(...any) error) error {
			var p pair
			err := scan(&p.id, &p.messageID)
			if !slices.Contains(pairs, p) {
				pairs = append(pairs, p)
			}
			return err
		}
		rest := []any{s.Application.ID, string(s.Purpose), s.Binding.bytes(), tx.Now}
		err := tx.Each(pendingOfBinding, append([]any{t.Number}, rest...), add)
		if err != nil || s.Device.IsZero() {
			return err
		}
		return tx.Each(pendingOfDevice, append([]any{s.Device.Hash()}, rest...), add)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for older verifications: %w", err)
	}
	return pairs, nil
}
