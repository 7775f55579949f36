package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// Remembered returns the number that a device cookie was given for, so that the
// browser need not be told it again. ok is false when the cookie is forged or
// over, the trust was withdrawn, or the member's number is another one by now.
// Whoever shows the number shows it masked: the cookie says which browser it is
// and not who sits at it.
func (a *Accounts) Remembered(ctx context.Context, cookie string) (to phone.Number, ok bool, err error) {
	_, to, ok, err = a.RememberedMember(ctx, cookie)
	return to, ok, err
}

// RememberedMember is Remembered with the member besides.
func (a *Accounts) RememberedMember(ctx context.Context, cookie string) (userID string, to phone.Number, ok bool, err error) {
	part := strings.Split(cookie, ".")
	if len(part) != 4 {
		return "", to, false, nil
	}
	userID = part[1]
	var sealed, number []byte
	var since db.Time
	err = a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(numberOf, userID).Scan(&sealed, &number, &since)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", to, false, nil
	}
	if err != nil {
		return "", to, false, fmt.Errorf("looking for a remembered browser: %w", err)
	}
	d, ok := a.read(cookie, number)
	if !ok || len(number) == 0 || d.issued < since {
		return "", to, false, nil
	}
	if to, err = a.ring.OpenNumber("users", userID, sealed); err != nil {
		return "", to, false, fmt.Errorf("opening the number of %s: %w", userID, err)
	}
	return userID, to, true, nil
}
