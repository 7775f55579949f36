package factor

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const (
	codesInSet = 10
	codeLetter = 16 // base32 letters of a code: 80 random bits (S-51)
)

// NewRecoveryCodes gives a member a set of recovery codes in the place of the
// one before. They are shown this once.
func (f *Factors) NewRecoveryCodes(ctx context.Context, userID string) ([]string, error) {
	codes := make([]string, codesInSet)
	macs := make([]any, codesInSet)
	for i := range codes {
		text := rand.Text()[:codeLetter]
		codes[i], macs[i] = grouped(text, "-"), f.codeMAC(userID, text)
	}
	err := f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(deleteCodes, userID)
		tx.Exec(insertCodes, append([]any{userID, tx.Now}, macs...)...)
		f.changes(tx, Change{UserID: userID, Kind: RecoveryKind})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("writing recovery codes: %w", err)
	}
	return codes, nil
}

// UseRecoveryCode uses up one of a member's recovery codes. Refusals:
// [ErrWrong], [ErrTries].
func (f *Factors) UseRecoveryCode(ctx context.Context, userID, code string) error {
	mac := f.codeMAC(userID, readCode(code))
	return f.prove(ctx, userID, RecoveryKind, func() (func(tx *db.Tx), error) {
		return func(tx *db.Tx) { tx.Must(1, ErrWrong, useCode, userID, mac) }, nil
	})
}

// readCode brings a recovery code to the form it was made in, however it was
// typed. Digits that the alphabet has not stand for the letters they look like.
func readCode(text string) string {
	text = strings.ToUpper(norm.NFKC.String(text))
	return strings.NewReplacer(" ", "", "-", "", "0", "O", "1", "I", "8", "B").Replace(text)
}

func (f *Factors) codeMAC(userID, code string) []byte {
	return f.ring.Hash(seal.Recovery, userID, code)
}
