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

func TestMade_ReadsTheTimeBack(t *testing.T) {
	t.Parallel()
	before := time.Now().Truncate(time.Millisecond)
	at, ok := id.Made(id.New("ver"))
	if !ok || at.Before(before) || at.After(time.Now()) {
		t.Errorf("Made = %v, %v", at, ok)
	}
	for _, text := range []string{"", "ver", "ver_", "ver_short", "ver_" + strings.Repeat("u", 26), "010-1234-5678"} {
		if at, ok := id.Made(text); ok {
			t.Errorf("%q was made at %v", text, at)
		}
	}
}
