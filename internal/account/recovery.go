package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// RecoveryFor is how long a recovery that has become ready may be finished.
const RecoveryFor = 7 * 24 * time.Hour

// The refusals of a recovery.
var (
	ErrRecoveryProof = fault.New(fault.Forbidden, "recovery_proof_needed",
		"the account is recovered by a second proof, or, where that is allowed, by waiting: begin a recovery first")
	ErrRecoveryWaiting = fault.New(fault.Conflict, "recovery_waiting",
		"the recovery has begun and its time has not come: wait for Retry-After and prove the number again")
)

// recovering is where an account stands whose owner lost something.
type recovering struct {
	standing
	held  Held
	begun db.Time // 0 when no recovery has begun that can still be finished
	ready db.Time
}

// Choice says how an account can be recovered.
type Choice struct {
	UserID  string
	Held    Held
	AtOnce  bool      // FinishRecovery signs in now
	MayWait bool      // BeginRecovery may be asked
	ReadyAt time.Time // of the recovery that has begun; zero for none
}

// RecoveryChoice tells the holder of an approval with purpose recovery how the
// account of its number can be recovered. Refusals: [ErrNoAccount],
// [ErrSecondProof] where the number is no proof any more (S-31) and only a factor
// helps, [ErrBlocked], and those of verify.Verifier.Proved.
func (a *Accounts) RecoveryChoice(ctx context.Context, ref verify.Ref, b Browser) (c Choice, err error) {
	err = a.db.View(ctx, func(tx *db.Tx) error {
		r, err := a.recovering(tx, ref, b)
		if err != nil {
			return err
		}
		c = Choice{
			UserID: r.userID, Held: r.held, AtOnce: r.atOnce(tx.Now), ReadyAt: orZero(r.ready),
			MayWait: r.begun == 0 && a.recoveryWait > 0 && r.held.any() && !r.held.several(),
		}
		return nil
	})
	if err != nil {
		return Choice{}, fmt.Errorf("looking at a recovery: %w", err)
	}
	return c, nil
}

// recovering reads where the account of an approval for a recovery stands.
func (a *Accounts) recovering(tx *db.Tx, ref verify.Ref, b Browser) (r recovering, err error) {
	if r.standing, err = a.standing(tx, ref, verify.Recovery); err != nil {
		return r, err
	}
	if err = a.refusal(tx.Now, r.standing, b); err != nil && !errors.Is(err, ErrSecondStep) {
		return r, err
	}
	if r.held, err = a.factors.HeldIn(tx, r.userID); err != nil {
		return r, err
	}
	err = tx.Row(recoveryOf, r.userID, tx.Now.Add(-RecoveryFor)).Scan(&r.begun, &r.ready)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("reading a recovery: %w", err)
	}
	return r, nil
}

// waited reports whether a recovery has begun and its time has come.
func (r recovering) waited(now db.Time) bool { return r.begun != 0 && r.ready <= now }

// atOnce reports whether the code is enough now.
func (r recovering) atOnce(now db.Time) bool { return !r.held.second() || r.waited(now) }

// BeginRecovery begins the waiting time of a recovery without a second proof and
// returns when it is over; the member is told. It uses the approval up: another
// code is needed then. Where it has begun before, its time stays. Refusals: those
// of [Accounts.RecoveryChoice], and [ErrRecoveryProof] where waiting is off or
// the member holds two factors besides the number (S-50).
func (a *Accounts) BeginRecovery(ctx context.Context, ref verify.Ref, b Browser) (readyAt time.Time, err error) {
	defer func() { a.metrics.count("recovery_begin", err) }()
	var r recovering
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		if r, err = a.recovering(tx, ref, b); err == nil && (a.recoveryWait == 0 || r.held.several()) {
			err = ErrRecoveryProof
		}
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("looking at a recovery: %w", err)
	}
	var ready db.Time
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Redeem(tx, ref)
		ready = r.ready
		if r.begun == 0 {
			ready = tx.Now.Add(a.recoveryWait)
			tx.Must(1, db.ErrBusy, beginRecovery, r.userID, tx.Now, ready, tx.Now.Add(-RecoveryFor))
			a.tell(tx, r.userID, RecoveryBegun)
		}
		audit.Tell(tx, audit.Event{Kind: audit.RecoveryBegun, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: r.userID})
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("beginning a recovery: %w", err)
	}
	return ready.Std(), nil
}

// FinishRecovery signs in where a code is enough, or the waiting time is over;
// after waiting the session is fresh, so that a new password can be set. All
// other sessions end. Nothing that the member holds is removed. Refusals: those
// of [Accounts.RecoveryChoice], [ErrRecoveryWaiting] with the wait, and
// [ErrRecoveryProof].
func (a *Accounts) FinishRecovery(ctx context.Context, ref verify.Ref, b Browser) (_ Session, err error) {
	defer func() { a.metrics.count("recovery_finish", err) }()
	var r recovering
	var now db.Time
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now
		if r, err = a.recovering(tx, ref, b); err != nil || r.atOnce(now) {
			return err
		}
		if r.begun != 0 {
			return ErrRecoveryWaiting.After(r.ready.Sub(now))
		}
		return ErrRecoveryProof
	})
	if err != nil {
		return Session{}, fmt.Errorf("looking at a recovery: %w", err)
	}
	if r.waited(now) {
		return a.recover(ctx, ref, r.standing, Waited, true, b)
	}
	return a.recover(ctx, ref, r.standing, SMS, r.holds == holdsNothing, b)
}

// RecoverWith signs in somebody who has just shown one of the member's factors
// besides a code with purpose recovery, as the caller has made sure of for the
// member that [Accounts.Owner] named. All other sessions end. Refusals:
// [ErrNoAccount], also when the number is another member's by now, [ErrBlocked],
// and those of verify.Verifier.Proved.
func (a *Accounts) RecoverWith(ctx context.Context, ref verify.Ref, userID string, way Way, b Browser) (_ Session, err error) {
	defer func() { a.metrics.count("recovery_finish", err) }()
	if !way.isFactor() {
		return Session{}, errWay
	}
	var found standing
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		found, err = a.standing(tx, ref, verify.Recovery)
		switch {
		case err != nil:
			return err
		case found.userID != userID:
			return ErrNoAccount
		case found.blocked:
			return ErrBlocked
		}
		return nil
	})
	if err != nil {
		return Session{}, fmt.Errorf("looking at a recovery: %w", err)
	}
	return a.recover(ctx, ref, found, way, true, b)
}

// recover signs in and ends the other sessions.
func (a *Accounts) recover(ctx context.Context, ref verify.Ref, found standing, way Way, fresh bool, b Browser) (Session, error) {
	s := newSession(found.userID, found.number, way)
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Redeem(tx, ref)
		tx.Must(1, ErrNoAccount, proveNumber, found.userID, found.number, tx.Now)
		if way == Waited { // unless it was canceled since the look
			tx.Must(1, ErrRecoveryProof, finishRecovery, found.userID, tx.Now)
		} else {
			tx.Exec(dropRecovery, found.userID)
		}
		tx.Exec(distrustDevices, found.userID, tx.Now)
		tx.Exec(endSessions, found.userID, tx.Now)
		s.write(tx, b.Label, fresh)
		a.tell(tx, found.userID, Recovered)
		audit.Tell(tx, audit.Event{
			Kind: audit.Recovered, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: found.userID, Detail: string(way),
		})
		return nil
	})
	if err != nil {
		return Session{}, fmt.Errorf("recovering an account: %w", err)
	}
	return s.Session, nil
}

// Recovery is one that waits.
type Recovery struct{ BegunAt, ReadyAt time.Time }

// RecoveryOf returns the recovery that waits for a member, and whether there is
// one.
func (a *Accounts) RecoveryOf(ctx context.Context, userID string) (r Recovery, ok bool, err error) {
	var begun, ready db.Time
	err = a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(recoveryOf, userID, tx.Now.Add(-RecoveryFor)).Scan(&begun, &ready)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Recovery{}, false, nil
	}
	if err != nil {
		return Recovery{}, false, fmt.Errorf("reading a recovery: %w", err)
	}
	return Recovery{begun.Std(), ready.Std()}, true, nil
}

// CancelRecovery ends a recovery that waits, as a member who is signed in may at
// any time. Where there is none it does nothing. Refusal: [ErrNoSession].
func (a *Accounts) CancelRecovery(ctx context.Context, s Session) (err error) {
	defer func() { a.metrics.count("recovery_cancel", err) }()
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNoSession, holdSession, s.ID, s.UserID, s.hash, tx.Now)
		tx.Exec(dropRecovery, s.UserID)
		audit.Tell(tx, audit.Event{Kind: audit.RecoveryCanceled, UserID: s.UserID})
		return nil
	})
	if err != nil {
		return fmt.Errorf("canceling a recovery: %w", err)
	}
	return nil
}
