package verify

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strings"

	"github.com/sinpyo/sinpyo/internal/seal"
)

// code is a one-time code. It prints as nothing.
type code string

func (code) String() string       { return "[code]" }
func (code) GoString() string     { return "[code]" }
func (code) LogValue() slog.Value { return slog.StringValue("[code]") }

// newCode draws a code; every string of that many digits, leading zeros
// included, is equally likely (S-1).
func newCode(random io.Reader, length int) (code, error) {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(length)), nil)
	n, err := rand.Int(random, most)
	if err != nil {
		return "", fmt.Errorf("drawing a code: %w", err)
	}
	return code(fmt.Sprintf("%0*d", length, n)), nil
}

// mac is what is kept for checking: keyed, over everything the code is good
// for, so that it approves nothing else (S-9, S-12).
func (v *Verifier) mac(applicationID string, purpose Purpose, id string, number []byte, c code) []byte {
	return v.ring.Hash(seal.Code, "1", applicationID, string(purpose), id, string(number), string(c))
}

// ReadCode finds a code of a length in what a person typed or pasted. Spaces
// and hyphens do not count and full-width digits do. In a longer text, such as
// a whole message, it takes the run of digits that has the length, if all such
// runs agree. It returns the digits it read and whether they are a code.
func ReadCode(text string, length int) (digits string, ok bool) {
	text = strings.Map(plainDigit, text)
	packed := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' {
			return -1
		}
		return r
	}, text)
	if onlyDigits(packed) {
		return packed, len(packed) == length
	}
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		switch {
		case len(run) != length, run == digits:
		case digits == "":
			digits = run
		default:
			return "", false // two different ones: which is meant cannot be told
		}
	}
	return digits, digits != ""
}

// plainDigit maps a full-width digit to its plain one.
func plainDigit(r rune) rune {
	if r >= '０' && r <= '９' {
		return r - '０' + '0'
	}
	return r
}

func onlyDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
