package operator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// readOperator reads a row of operators.
func readOperator(scan func(...any) error) (op Operator, err error) {
	var created, joined, signedIn, disabled, locked, link db.Time
	err = scan(&op.ID, &op.Name, &op.Role, &op.Locale, &created, &joined, &signedIn, &disabled, &locked, &link)
	op.CreatedAt, op.JoinedAt, op.SignedInAt = created.Std(), orZero(joined), orZero(signedIn)
	op.DisabledAt, op.LockedUntil, op.LinkUntil = orZero(disabled), orZero(locked), orZero(link)
	return op, err
}

// one says that there is no such operator where no row was found.
func one(op Operator, err error) (Operator, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Operator{}, ErrNoOperator
	}
	return op, err
}

// List returns all operators, the oldest first.
func (o *Operators) List(ctx context.Context) (list []Operator, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		err := tx.Each(allOperators, []any{tx.Now}, func(scan func(...any) error) error {
			op, err := readOperator(scan)
			list = append(list, op)
			return err
		})
		for i := range list {
			if err == nil {
				err = o.tellHeld(tx, &list[i])
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing operators: %w", err)
	}
	return list, nil
}

// tellHeld fills in what an operator signs in with.
func (o *Operators) tellHeld(tx *db.Tx, op *Operator) error {
	held, err := o.factors.HeldIn(tx, op.ID)
	op.Passkeys, op.TOTP = len(held.Passkeys), held.TOTP
	return err
}

// ByID returns an operator, or [ErrNoOperator].
func (o *Operators) ByID(ctx context.Context, operatorID string) (Operator, error) {
	return o.find(ctx, operatorByID, operatorID)
}

// ByName returns the operator of a name, or [ErrNoOperator].
func (o *Operators) ByName(ctx context.Context, name string) (Operator, error) {
	return o.find(ctx, operatorByName, nameKey(name))
}

func (o *Operators) find(ctx context.Context, statement, by string) (op Operator, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) (err error) {
		if op, err = one(readOperator(tx.Row(statement, by, tx.Now).Scan)); err != nil {
			return err
		}
		return o.tellHeld(tx, &op)
	})
	if err != nil {
		return Operator{}, fmt.Errorf("reading an operator: %w", err)
	}
	return op, nil
}

// Names returns the names of all operators by their ids, for lists of what they
// did.
func (o *Operators) Names(ctx context.Context) (names map[string]string, err error) {
	list, err := o.List(ctx)
	if err != nil {
		return nil, err
	}
	names = make(map[string]string, len(list))
	for _, op := range list {
		names[op.ID] = op.Name
	}
	return names, nil
}
