package seal_test

import (
	"bytes"
	"testing"

	"github.com/sinpyo/sinpyo/internal/seal"
)

// FuzzOpen changes what was sealed, as somebody does who writes into a database or
// a cursor: it opens as it was sealed, or not at all.
func FuzzOpen(f *testing.F) {
	ring, err := seal.New(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		f.Fatal(err)
	}
	const place, id = "cursors.place", "members"
	plain := []byte("usr_01k9x3v7m8e4t9q2w5r6y7u8p0")
	sealed := ring.Seal(place, id, plain)
	if got, err := ring.Open(place, id, sealed); err != nil || !bytes.Equal(got, plain) {
		f.Fatalf("what was sealed opens as %q: %v", got, err)
	}
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-1])
	f.Add(append([]byte{0}, sealed...))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, changed []byte) {
		got, err := ring.Open(place, id, changed)
		if err == nil && !bytes.Equal(got, plain) { // the processes of a fuzzer seal it each in their way
			t.Errorf("%x opens as %q", changed, got)
		}
		if _, err := ring.Open(place, "operators", changed); err == nil {
			t.Errorf("%x opens in another place", changed)
		}
	})
}
