package idempotency_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/idempotency"
)

// FuzzKey takes a key as it was sent, or refuses it: nothing between.
func FuzzKey(f *testing.F) {
	for _, value := range []string{"", " ", "a", "\"quoted\"", "8e03978e-40d5-43e8-bc93-6894a57f9324", "키", "a\x00b", "a\tb", strings.Repeat("k", 300)} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, err := idempotency.Key([]string{value})
		if err != nil {
			if key != "" || !errors.Is(err, idempotency.ErrKey) {
				t.Errorf("%q is refused with %v and read as %q", value, err, key)
			}
			return
		}
		if key != value || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is read as %q", value, key)
		}
		if _, err := idempotency.Key([]string{value, value}); !errors.Is(err, idempotency.ErrKey) {
			t.Errorf("two fields of %q: %v", value, err)
		}
	})
}
