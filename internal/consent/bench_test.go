package consent_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// BenchmarkRead reads a file of the size of the built-in one, which is part of
// every cold start.
func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := consent.Read("builtin/consents.toml"); err != nil {
			b.Fatal(err)
		}
	}
}
