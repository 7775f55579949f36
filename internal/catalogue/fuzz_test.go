package catalogue_test

import (
	"slices"
	"testing"

	"github.com/sinpyo/sinpyo/internal/catalogue"
)

// FuzzBest asks in any words for a language: it is one that there is, and the
// same when asked again.
func FuzzBest(f *testing.F) {
	for _, header := range []string{
		"", "ko", "en-US,en;q=0.9", "KO-kr;q=0.1, *;q=0.5", "de, fr;q=0.8, en;q=0.7", "ko;q=nan", "x-klingon,;q=", "*", "en;q=0", "a-b-c-d-e-f-g",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := catalogue.Best(header)
		if !slices.Contains(catalogue.Languages, got) || catalogue.Best(header) != got {
			t.Errorf("Accept-Language %q: %q", header, got)
		}
	})
}
