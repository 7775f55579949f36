package id_test

import (
	"regexp"
	"testing"

	"github.com/sinpyo/sinpyo/internal/id"
)

func TestNew_HasPrefixAndSortsByTime(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^ver_[0-7][0-9a-hjkmnp-tv-z]{25}$`)
	last := ""
	for range 1000 {
		got := id.New("ver")
		if !shape.MatchString(got) {
			t.Fatalf("New = %q, want it to match %s", got, shape)
		}
		if got <= last {
			t.Fatalf("%q does not sort after %q", got, last)
		}
		last = got
	}
}
