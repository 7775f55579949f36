package factor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// Why a password is not taken. None of it applies to a check.
var (
	ErrPasswordOff   = fault.New(fault.Forbidden, "password_off", "this installation has no passwords")
	ErrPasswordShort = fault.New(fault.Invalid, "password_short", "the password has too few characters")
	ErrPasswordLong  = fault.New(fault.Invalid, "password_long", "a password has at most 128 characters")
	ErrPasswordText  = fault.New(fault.Invalid, "password_text", "a password is text without control characters")
	// ErrPasswordCommon refuses what is among the first guesses of everybody.
	ErrPasswordCommon = fault.New(fault.Invalid, "password_common",
		"this password is widely known or follows a plain pattern: choose another one")
	// ErrPasswordOwn refuses what is among the first guesses of those who know
	// the member or the service.
	ErrPasswordOwn = fault.New(fault.Invalid, "password_own",
		"this password is little more than a phone number, a birthday, a name or the service's own name: choose another one")
)

// Policy says whether members may have a password.
type Policy string

// The policies.
const (
	Off      Policy = "off" // none can be set; one that was set before goes on being asked for
	Optional Policy = "optional"
	Required Policy = "required"
)

// passwordMost bounds a password, in characters (S-47).
const passwordMost = 128

// passwordPlace is what a stored hash is sealed for.
const passwordPlace = "passwords.hash"

// Passwords are the settings of passwords. A field that is zero has its
// default.
type Passwords struct {
	Policy Policy // Optional
	Least  int    // characters, 8 to 64: a password stands beside a code, so 8 is enough (S-47)

	MemoryMiB int // of one hash, 64
	Time      int // passes over it, 3
}

// complete fills in the defaults and refuses what is out of range (S-49).
func (p Passwords) complete() (Passwords, error) {
	defaults := Passwords{Optional, 8, 64, 3}
	if p.Policy == "" {
		p.Policy = defaults.Policy
	}
	if p.Least == 0 {
		p.Least = defaults.Least
	}
	if p.MemoryMiB == 0 {
		p.MemoryMiB = defaults.MemoryMiB
	}
	if p.Time == 0 {
		p.Time = defaults.Time
	}
	switch {
	case p.Policy != Off && p.Policy != Optional && p.Policy != Required:
		return p, fmt.Errorf("passwords are off, optional or required, not %q", p.Policy)
	case p.Least < 8 || p.Least > 64:
		return p, fmt.Errorf("passwords have at least 8 to 64 characters, not %d", p.Least)
	case p.MemoryMiB < 19 || p.MemoryMiB > 1024 || p.Time < 1 || p.Time > 20 || p.Time == 1 && p.MemoryMiB < 46:
		return p, fmt.Errorf("a hash of %d MiB and %d passes is out of range: it has 19 to 1024 MiB and 2 to 20 passes, or one over 46 MiB at least",
			p.MemoryMiB, p.Time)
	}
	return p, nil
}

// SetPassword gives a member a password, or another one. own are words that it
// may not consist of: the member's number and name. Refusals: [ErrPasswordOff],
// [ErrPasswordShort], [ErrPasswordLong], [ErrPasswordText],
// [ErrPasswordCommon], [ErrPasswordOwn], [ErrHashing].
func (f *Factors) SetPassword(ctx context.Context, userID, password string, own ...string) error {
	password, err := f.acceptable(password, own)
	if err != nil {
		return err
	}
	sealed, err := f.newHash(ctx, userID, password)
	if err != nil {
		return err
	}
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(setPassword, userID, sealed, tx.Now)
		f.changes(tx, Change{UserID: userID, Kind: PasswordKind})
		return nil
	})
	if err != nil {
		return fmt.Errorf("setting a password: %w", err)
	}
	return nil
}

// acceptable returns a password as it is hashed, or why it is not taken.
func (f *Factors) acceptable(password string, own []string) (string, error) {
	if f.passwords.Policy == Off {
		return "", ErrPasswordOff
	}
	password, ok := readPassword(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !ok:
		return "", ErrPasswordText
	case n < f.passwords.Least:
		return "", ErrPasswordShort.Because(fmt.Sprintf("a password has at least %d characters", f.passwords.Least))
	case n > passwordMost:
		return "", ErrPasswordLong
	case guessable(password):
		return "", ErrPasswordCommon
	case littleMore(password, append(ownWords(own), f.words...)):
		return "", ErrPasswordOwn
	}
	return password, nil
}

// readPassword brings a password to NFC, so that it is the same however its
// Hangul was typed; what is no text is not ok.
func readPassword(text string) (_ string, ok bool) {
	return norm.NFC.String(text), utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// CheckPassword checks a member's password. When it is right and its hash is
// cheaper than the settings ask for, it is hashed anew. A member without a
// password takes as long, and is refused as with a wrong one. Refusals:
// [ErrWrong], [ErrTries], [ErrHashing].
func (f *Factors) CheckPassword(ctx context.Context, userID, password string) error {
	return f.prove(ctx, userID, PasswordKind, func() (func(tx *db.Tx), error) {
		var sealed []byte
		err := f.db.View(ctx, func(tx *db.Tx) error { return tx.Row(selectPassword, userID).Scan(&sealed) })
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		stored, err := f.openHash(userID, sealed)
		if err != nil {
			return nil, err
		}
		password, _ := readPassword(password)
		if len(password) > passwordMost*utf8.UTFMax {
			password = "" // no member's
		}
		right, err := f.compareHash(ctx, stored, password)
		if err != nil {
			return nil, err
		}
		if !right || sealed == nil {
			return nil, ErrWrong
		}
		if !f.cheaper(stored) {
			return func(*db.Tx) {}, nil
		}
		raised, err := f.newHash(ctx, userID, password)
		if errors.Is(err, ErrHashing) {
			return func(*db.Tx) {}, nil // next time, then
		}
		return func(tx *db.Tx) { tx.Exec(raisePassword, userID, sealed, raised) }, err
	})
}

// openHash returns the hash to compare with: the dummy for a member that has
// none.
func (f *Factors) openHash(userID string, sealed []byte) (string, error) {
	if sealed == nil {
		return f.dummy()
	}
	plain, err := f.ring.Open(passwordPlace, userID, sealed)
	return string(plain), err
}

// RemovePassword takes a member's password away, if there is one.
func (f *Factors) RemovePassword(ctx context.Context, userID string) error {
	return f.remove(ctx, userID, PasswordKind, deletePassword)
}
