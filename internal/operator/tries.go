package operator

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// What locks an account (S-98). The factors have a budget of wrong codes of their
// own, over an hour, a day and a month, which is narrower in the long run.
const (
	triesMost = 10
	lockedFor = time.Hour
)

// ErrLocked refuses to compare: ten codes in a row were wrong.
var ErrLocked = fault.New(fault.TooMany, "operator_locked",
	"ten wrong codes in a row lock an account for an hour: wait for Retry-After, or another owner unlocks it, or sinpyo admin unlock")

// nobody returns the id that stands for a name that nobody has. It is keyed, so
// that nobody reads from it what was typed.
func (o *Operators) nobody(nameKey string) string {
	return idPrefix + "_" + hex.EncodeToString(o.ring.Hash(seal.Operator, nameKey))
}

// count counts a try, which the act that opens or renews a session takes back, and
// returns how many there were in a row. Refusal: [ErrLocked].
func (o *Operators) count(ctx context.Context, operatorID string) (tries int, err error) {
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Get(ErrLocked, countTry, operatorID, tx.Now, tx.Now.Add(lockedFor), triesMost).Into(&tries)
		return nil
	})
	if errors.Is(err, ErrLocked) {
		return 0, errors.Join(o.notLocked(ctx, operatorID), ErrLocked) // the lock may have ended meanwhile
	}
	if err != nil {
		return 0, fmt.Errorf("counting a try: %w", err)
	}
	return tries, nil
}

// checkTOTP checks a code of an operator's authenticator app. The try is counted,
// and the count committed, before anything is compared. What is refused is
// recorded. Refusals: [ErrLocked], factor.ErrWrong, factor.ErrTries.
func (o *Operators) checkTOTP(ctx context.Context, operatorID, code string, by Act, what string) error {
	tries, err := o.count(ctx, operatorID)
	if err != nil {
		return err
	}
	err = o.factors.CheckTOTP(ctx, operatorID, code)
	if errors.Is(err, factor.ErrWrong) || errors.Is(err, factor.ErrTries) {
		detail := string(factor.TOTPKind)
		if tries == triesMost {
			detail += ", locked"
		}
		return errors.Join(err, o.refuse(ctx, operatorID, by, what, detail))
	}
	return err
}

// refuse records that an operator was refused. For a name that nobody has there is
// no record, because there would be no end of them, but one more read and write in
// its place, so that both take as long.
func (o *Operators) refuse(ctx context.Context, operatorID string, by Act, what, detail string) error {
	return o.db.Update(ctx, func(tx *db.Tx) error {
		var known bool
		if err := tx.Row(isOperator, operatorID).Scan(&known); err != nil {
			return err
		}
		if known {
			return keep(tx, by, what, operatorID, detail)
		}
		tx.Exec(touchTries, operatorID, tx.Now)
		return tx.Row(isOperator, operatorID).Scan(&known)
	})
}

// notLocked returns [ErrLocked] with the time to wait while an account is locked.
func (o *Operators) notLocked(ctx context.Context, operatorID string) error {
	var until, now db.Time
	err := o.db.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		return tx.Row(lockOf, operatorID).Scan(&until)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("reading the lock of an operator: %w", err)
	}
	if until <= now {
		return nil
	}
	return ErrLocked.After(max(time.Second, until.Sub(now)))
}
