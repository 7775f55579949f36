// Package challengetest solves challenges for tests of the packages above, as the
// program of a caller would: it counts up until a nonce fits, which takes a
// fraction of a second.
package challengetest

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"testing"

	"github.com/sinpyo/sinpyo/internal/challenge"
)

// Solve returns an answer to a challenge: its token, ".", and a nonce.
func Solve(t testing.TB, c challenge.Challenge) string {
	t.Helper()
	for i := range 1 << (c.Bits + 6) {
		answer := c.Token + "." + strconv.Itoa(i)
		if sum := sha256.Sum256([]byte(answer)); binary.BigEndian.Uint32(sum[:])>>(32-c.Bits) == 0 {
			return answer
		}
	}
	t.Fatal("no solution was found")
	return ""
}
