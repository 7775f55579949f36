package id_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

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

func TestBefore_LiesBetweenEarlierAndLater(t *testing.T) {
	t.Parallel()
	earlier := id.New("ver")
	at := time.Now()
	if bound := id.Before("ver", at.Add(time.Second)); earlier >= bound || len(bound) != len(earlier) {
		t.Errorf("%s is not below the bound %s of a second later", earlier, bound)
	}
	if bound := id.Before("ver", at.Add(-time.Second)); earlier <= bound {
		t.Errorf("%s is not above the bound %s of a second before", earlier, bound)
	}
	if bound := id.Before("ver", time.Time{}); bound != "ver_"+strings.Repeat("0", 26) {
		t.Errorf("the bound of no time is %s", bound)
	}
}

func TestAt_IsTheSameForTheSame(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)
	got := id.At("ver", at, [10]byte{9: 1})
	if again := id.At("ver", at, [10]byte{9: 1}); got != again || got == id.At("ver", at, [10]byte{9: 2}) {
		t.Errorf("%s, then %s", got, again)
	}
	if got < id.Before("ver", at) || got >= id.Before("ver", at.Add(time.Millisecond)) || len(got) != len(id.New("ver")) {
		t.Errorf("%s is not of its time", got)
	}
}
