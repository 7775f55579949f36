package account

import "github.com/sinpyo/sinpyo/internal/db"

// Hold refuses an act about somebody who is no member any more, with
// [ErrNoSession], and keeps a member from leaving before the act has ended. It is
// fit for consent.Options.Member.
func (a *Accounts) Hold(tx *db.Tx, userID string) {
	tx.Must(1, ErrNoSession, holdUser, userID)
}
