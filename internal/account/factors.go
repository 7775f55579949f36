package account

import "github.com/sinpyo/sinpyo/internal/db"

// Held says which factors a member has besides the number.
type Held struct {
	Passkey, Password, TOTP bool
	Passkeys, RecoveryCodes int // how many
}

// second reports whether one of them is asked for after a code (S-50).
func (h Held) second() bool { return h.Password || h.TOTP }

// any reports whether a code to the number does not do for a step-up.
func (h Held) any() bool { return h.Passkey || h.Password || h.TOTP }

// several reports whether two different ones are held, so that waiting is not
// enough to recover the account (S-50).
func (h Held) several() bool {
	return h.Passkey && h.Password || h.Passkey && h.TOTP || h.Password && h.TOTP
}

// Factors is what this package asks of those who keep the members' other
// factors.
type Factors interface {
	// Holds returns an SQL expression that tells of the member whose id stands
	// in a column: 0 no factor, 1 passkeys alone, 2 a password or TOTP. It is
	// part of the look-up of an account, which so needs no second statement.
	Holds(column string) string
	// HeldIn tells more of it.
	HeldIn(tx *db.Tx, userID string) (Held, error)
	// Erase deletes all factors of a member.
	Erase(tx *db.Tx, userID string)
}

// What Holds tells.
const (
	holdsNothing  = 0
	holdsPasskeys = 1
	holdsSecond   = 2
)

// noFactors are those of an installation whose members have but a number.
type noFactors struct{}

func (noFactors) Holds(string) string                 { return "0" }
func (noFactors) HeldIn(*db.Tx, string) (Held, error) { return Held{}, nil }
func (noFactors) Erase(*db.Tx, string)                {}
