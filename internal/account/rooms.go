package account

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
)

// NewFactors returns the factors of the members of an installation as the
// accounts ask for them.
func NewFactors(f *factor.Factors) Factors { return heldFactors{f} }

type heldFactors struct{ *factor.Factors }

// HeldIn leaves out what tells one passkey from another.
func (f heldFactors) HeldIn(tx *db.Tx, userID string) (Held, error) {
	held, err := f.Factors.HeldIn(tx, userID)
	return HeldOf(held), err
}

// HeldOf is what a member holds, as this package speaks of it.
func HeldOf(h factor.Held) Held {
	return Held{Passkey: len(h.Passkeys) > 0, Passkeys: len(h.Passkeys), Password: h.Password, TOTP: h.TOTP, RecoveryCodes: h.RecoveryCodes}
}
