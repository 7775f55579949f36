package operator

import (
	"context"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// The refusals of what is done to an account.
var (
	ErrLastOwner = fault.New(fault.Conflict, "operator_last_owner",
		"there has to be an owner who can sign in: make another one first")
	ErrSelf = fault.New(fault.Conflict, "operator_self",
		"nobody takes away what they sign in with themselves: another owner can, or sinpyo admin reset")
)

// SetRole gives an operator another role and ends their sessions. The role that
// they have is no change. Refusals: [ErrRole], [ErrNoOperator], [ErrLastOwner].
func (o *Operators) SetRole(ctx context.Context, operatorID string, role Role, by Act) error {
	role, err := ParseRole(string(role))
	if err != nil {
		return err
	}
	return o.operate(ctx, operatorID, func(tx *db.Tx, found Operator) error {
		if found.Role == role {
			return nil
		}
		if err := keepAnOwner(tx, found); err != nil {
			return err
		}
		tx.Exec(setRole, operatorID, string(role))
		tx.Exec(endSessions, operatorID, tx.Now)
		return keep(tx, by, "role", operatorID, fmt.Sprintf("%s to %s", found.Role, role))
	})
}

// SetLocale sets the language that the console speaks to the session's operator.
func (o *Operators) SetLocale(ctx context.Context, s Session, locale string) error {
	return o.operate(ctx, s.OperatorID, func(tx *db.Tx, _ Operator) error {
		tx.Exec(setLocale, s.OperatorID, localeOf(locale))
		return nil
	})
}

// Disable ends all sessions of an operator, and the link if there is one, and lets
// them in no more until [Operators.Enable]. Refusals: [ErrNoOperator],
// [ErrLastOwner].
func (o *Operators) Disable(ctx context.Context, operatorID string, by Act) error {
	return o.operate(ctx, operatorID, func(tx *db.Tx, found Operator) error {
		if found.State() == Disabled {
			return nil
		}
		if err := keepAnOwner(tx, found); err != nil {
			return err
		}
		tx.Exec(disableOperator, operatorID, tx.Now)
		tx.Exec(endSessions, operatorID, tx.Now)
		tx.Exec(dropLink, operatorID)
		return keep(tx, by, "disable", operatorID, "")
	})
}

// Enable lets a disabled operator in again. Refusal: [ErrNoOperator].
func (o *Operators) Enable(ctx context.Context, operatorID string, by Act) error {
	return o.operate(ctx, operatorID, func(tx *db.Tx, found Operator) error {
		if found.State() != Disabled {
			return nil
		}
		tx.Exec(enableOperator, operatorID)
		return keep(tx, by, "enable", operatorID, "")
	})
}

// Reset ends the sessions of an operator who has lost what they sign in with, or
// the link, takes away what they had, and makes a new link. The account keeps its
// name and role. Refusals: [ErrNoOperator], [ErrSelf], [ErrDisabled].
func (o *Operators) Reset(ctx context.Context, operatorID string, by Act) (Link, error) {
	if by.Actor == operatorID {
		return Link{}, ErrSelf
	}
	link := newLink(operatorID)
	err := o.operate(ctx, operatorID, func(tx *db.Tx, found Operator) error {
		if found.State() == Disabled {
			return ErrDisabled
		}
		tx.Exec(leaveOperator, operatorID)
		tx.Exec(endSessions, operatorID, tx.Now)
		tx.Exec(dropTries, operatorID)
		o.factors.Erase(tx, operatorID)
		link.write(tx, LinkFor)
		return keep(tx, by, "reset", operatorID, "")
	})
	if err != nil {
		return Link{}, err
	}
	return link, nil
}

// Unlock lets an operator try again at once after too many wrong codes. Refusal:
// [ErrNoOperator].
func (o *Operators) Unlock(ctx context.Context, operatorID string, by Act) error {
	return o.operate(ctx, operatorID, func(tx *db.Tx, _ Operator) error {
		tx.Exec(dropTries, operatorID)
		o.factors.ForgetTries(tx, operatorID)
		return keep(tx, by, "unlock", operatorID, "")
	})
}

// keepAnOwner refuses what would leave nobody who can do what owners do.
func keepAnOwner(tx *db.Tx, found Operator) error {
	if found.Role != Owner || found.JoinedAt.IsZero() || !found.DisabledAt.IsZero() {
		return nil
	}
	var others int
	if err := tx.Row(otherOwners, found.ID).Scan(&others); err != nil {
		return err
	}
	if others == 0 {
		return ErrLastOwner
	}
	return nil
}

// operate does something to an operator, as they are found in the act. The rows of
// all owners are held, so that two of them cannot end each other.
func (o *Operators) operate(ctx context.Context, operatorID string, do func(tx *db.Tx, found Operator) error) error {
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(holdWithOwners, operatorID)
		found, err := one(readOperator(tx.Row(operatorByID, operatorID, tx.Now).Scan))
		if err != nil {
			return err
		}
		return do(tx, found)
	})
	if err != nil {
		return fmt.Errorf("changing an operator: %w", err)
	}
	return nil
}
