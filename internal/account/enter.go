package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// Browser is who comes in: what its sessions are labelled with, and the device
// cookie that it brought, if any.
type Browser struct {
	Label  string
	Cookie string
}

// Way is how a browser was signed in, or a step-up was done.
type Way string

// The ways. One with a factor besides the code is named by the factor.
const (
	SMS          Way = "sms"
	Passkey      Way = "passkey"
	Password     Way = "password"
	TOTP         Way = "totp"
	RecoveryCode Way = "recovery_code"
	Waited       Way = "waited" // a recovery whose time had come
	Once         Way = "once"   // an operator's code for one sign-in
)

// isFactor reports whether the way is a factor that a member holds.
func (w Way) isFactor() bool {
	return slices.Contains([]Way{Passkey, Password, TOTP, RecoveryCode}, w)
}

// errWay is a mistake of the caller.
var errWay = errors.New("this way is no factor that a member holds")

// Purposes whose approvals open an account.
var entering = []verify.Purpose{verify.Login, verify.Signup}

// standing is what decides whether an account is opened.
type standing struct {
	userID        string
	number        []byte // keyed hash, nil when the member has none
	proved, since db.Time
	blocked       bool
	holds         int
}

// enterTries bounds how often a sign-in begins anew because the account changed
// between the look at it and the act.
const enterTries = 5

// errChanged ends an act because the account is not as it was looked at.
var errChanged = errors.New("the account has changed meanwhile")

// Enter signs in to the account of an approved verification's number, unless
// more than the number is needed. A refusal leaves the approval as it was:
// [ErrNoAccount]; [ErrSecondProof] when the number was last proved long ago and
// the browser is not known (S-31); [ErrBlocked]; [ErrSecondStep] when the member
// holds a password or TOTP (S-50); and those of verify.Verifier.Proved.
func (a *Accounts) Enter(ctx context.Context, ref verify.Ref, b Browser) (s Session, err error) {
	defer func() { a.metrics.count("sign_in", err) }()
	return a.enter(ctx, ref, b, SMS, func(now db.Time, found standing) error { return a.refusal(now, found, b) })
}

// EnterWith is Enter of somebody who has just shown one of the member's factors
// besides, as the caller has made sure of for the member that [Accounts.Owner]
// named. Refusals: [ErrNoAccount], also when the number is another member's by
// now, [ErrBlocked], and those of verify.Verifier.Proved.
func (a *Accounts) EnterWith(ctx context.Context, ref verify.Ref, userID string, way Way, b Browser) (s Session, err error) {
	defer func() { a.metrics.count("sign_in", err) }()
	if !way.isFactor() {
		return Session{}, errWay
	}
	return a.enter(ctx, ref, b, way, func(_ db.Time, found standing) error {
		switch {
		case found.userID != userID:
			return ErrNoAccount
		case found.blocked:
			return ErrBlocked
		}
		return nil
	})
}

// refusal decides whether a code to the number is enough. What is old comes
// first: whoever has the number now may be a stranger to the account.
func (a *Accounts) refusal(now db.Time, found standing, b Browser) error {
	switch {
	case a.tooOld(now, found) && !a.knows(found, b):
		return ErrSecondProof
	case found.blocked:
		return ErrBlocked
	case found.holds == holdsSecond:
		return ErrSecondStep
	}
	return nil
}

// tooOld reports whether the number may have gone to somebody else since it was
// proved last (S-31).
func (a *Accounts) tooOld(now db.Time, found standing) bool {
	return now.Sub(found.proved) > a.proofLife
}

// knows reports whether the browser signed in to this account before, and is
// still trusted.
func (a *Accounts) knows(found standing, b Browser) bool {
	if b.Cookie == "" {
		return false
	}
	d, ok := a.read(b.Cookie, found.number)
	return ok && d.userID == found.userID && d.issued >= found.since
}

// enter signs in to the account of a number that was proved, unless refuse
// refuses.
func (a *Accounts) enter(ctx context.Context, ref verify.Ref, b Browser, way Way, refuse func(db.Time, standing) error) (Session, error) {
	for range enterTries {
		var found standing
		err := a.db.View(ctx, func(tx *db.Tx) (err error) {
			if found, err = a.standing(tx, ref, entering...); err != nil {
				return err
			}
			return refuse(tx.Now, found)
		})
		if err != nil {
			return Session{}, fmt.Errorf("looking for an account: %w", err)
		}
		s := newSession(found.userID, found.number, way)
		err = a.db.Update(ctx, func(tx *db.Tx) error {
			a.verify.Redeem(tx, ref)
			tx.Must(1, errChanged, proveNumber, found.userID, found.number, tx.Now)
			// A code alone is no proof against somebody who holds a passkey (S-50).
			s.write(tx, b.Label, way.isFactor() || found.holds == holdsNothing)
			audit.Tell(tx, audit.Event{
				Kind: audit.SignedIn, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: found.userID, Detail: string(way),
			})
			return nil
		})
		if errors.Is(err, errChanged) {
			continue
		}
		if err != nil {
			return Session{}, fmt.Errorf("signing in: %w", err)
		}
		return s.Session, nil
	}
	return Session{}, db.ErrBusy
}

// standing reads where the account of a number stands that an approved
// verification for one of the purposes proves, or returns [ErrNoAccount].
func (a *Accounts) standing(tx *db.Tx, ref verify.Ref, purposes ...verify.Purpose) (standing, error) {
	to, err := a.verify.Proved(tx, ref, purposes...)
	if err != nil {
		return standing{}, err
	}
	return a.standingOf(tx, a.standingByNumber, a.ring.Whole(to))
}

// standingOf reads it by number or by id.
func (a *Accounts) standingOf(tx *db.Tx, statement string, key any) (found standing, err error) {
	var blocked int
	err = tx.Row(statement, key).Scan(&found.userID, &found.number, &found.proved, &found.since, &blocked, &found.holds)
	if errors.Is(err, sql.ErrNoRows) {
		return standing{}, ErrNoAccount
	}
	if err != nil {
		return standing{}, fmt.Errorf("reading an account: %w", err)
	}
	found.blocked = blocked != 0
	return found, nil
}

// Owner is whose account a number opens, and what is missing for that.
type Owner struct {
	UserID string
	Held   Held
	Why    error // what Enter refuses with, nil when it does not
}

// Owner returns the member whose number an approved verification proves, for
// the door to ask for a second proof. Refusals: [ErrNoAccount], and those of
// verify.Verifier.Proved.
func (a *Accounts) Owner(ctx context.Context, ref verify.Ref, b Browser) (o Owner, err error) {
	err = a.db.View(ctx, func(tx *db.Tx) error {
		found, err := a.standing(tx, ref, verify.Login, verify.Signup, verify.Recovery)
		if err != nil {
			return err
		}
		o = Owner{UserID: found.userID, Why: a.refusal(tx.Now, found, b)}
		o.Held, err = a.factors.HeldIn(tx, found.userID)
		return err
	})
	if err != nil {
		return Owner{}, fmt.Errorf("looking for a number's owner: %w", err)
	}
	return o, nil
}

// ErrNotRecycled refuses to take a number off an account that proved it so
// lately that it cannot be somebody else's.
var ErrNotRecycled = fault.New(fault.Conflict, "number_not_recycled",
	"the account proved this number lately, so the number cannot have gone to somebody else")

// NotMine takes a number off an account whose owner does not have it any more,
// as whoever has it now says (S-32). The account keeps its id and can be reached
// by its passkeys alone; all other sessions of it end. The approval stays good
// for opening another account. Refusals: [ErrNoAccount], [ErrNotRecycled], and
// those of verify.Verifier.Proved.
func (a *Accounts) NotMine(ctx context.Context, ref verify.Ref) (err error) {
	defer func() { a.metrics.count("not_mine", err) }()
	var found standing
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		if found, err = a.standing(tx, ref, entering...); err == nil && !a.tooOld(tx.Now, found) {
			err = ErrNotRecycled
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("looking for a former account: %w", err)
	}
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Hold(tx, ref)
		tx.Must(1, ErrNotRecycled, detachNumber, found.userID, found.number, tx.Now, tx.Now.Add(-a.proofLife))
		tx.Exec(endOtherWays, found.userID, tx.Now, string(Passkey))
		a.dropClaims(tx, found.userID)
		a.tellHere(tx, found.userID, NumberLeft)
		audit.Tell(tx, audit.Event{Kind: audit.NumberLeft, VerificationID: ref.ID, UserID: found.userID})
		return nil
	})
	if err != nil {
		return fmt.Errorf("taking a number off an account: %w", err)
	}
	return nil
}

// EnterByPasskey signs in a member who has just shown a passkey, as the caller
// has made sure of. Refusals: [ErrNoAccount] and [ErrBlocked].
func (a *Accounts) EnterByPasskey(ctx context.Context, userID string, b Browser) (s Session, err error) {
	defer func() { a.metrics.count("sign_in", err) }()
	return a.open(ctx, userID, b, Passkey, func(*db.Tx) {})
}

// open signs in a member who is known otherwise than by the number; do goes
// along in the act.
func (a *Accounts) open(ctx context.Context, userID string, b Browser, way Way, do func(tx *db.Tx)) (Session, error) {
	for range enterTries {
		var found standing
		err := a.db.View(ctx, func(tx *db.Tx) (err error) {
			if found, err = a.standingOf(tx, a.standingByID, userID); err == nil && found.blocked {
				err = ErrBlocked
			}
			return err
		})
		if err != nil {
			return Session{}, fmt.Errorf("looking for an account: %w", err)
		}
		number := found.number
		if !way.isFactor() {
			number = nil // nobody has shown that the browser is the member's
		}
		s := newSession(userID, number, way)
		err = a.db.Update(ctx, func(tx *db.Tx) error {
			do(tx)
			tx.Must(1, errChanged, wakeUser, userID, tx.Now)
			s.write(tx, b.Label, way.isFactor())
			audit.Tell(tx, audit.Event{Kind: audit.SignedIn, UserID: userID, Detail: string(way)})
			return nil
		})
		if errors.Is(err, errChanged) {
			continue
		}
		if err != nil {
			return Session{}, fmt.Errorf("signing in: %w", err)
		}
		return s.Session, nil
	}
	return Session{}, db.ErrBusy
}
