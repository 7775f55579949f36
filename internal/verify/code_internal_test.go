package verify

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
)

// TestNewCode_IsUniform is a chi-square test over the first and the last digit
// pairs of many codes. With 99 degrees of freedom 148.2 is passed by chance
// once in a thousand runs; the bound of 180 once in a million.
func TestNewCode_IsUniform(t *testing.T) {
	t.Parallel()
	const draws = 1_000_000
	var first, last [100]int
	for range draws {
		c, err := newCode(rand.Reader, 6)
		if err != nil {
			t.Fatal(err)
		}
		if len(c) != 6 {
			t.Fatalf("a code of %d digits", len(c))
		}
		first[int(c[0]-'0')*10+int(c[1]-'0')]++
		last[int(c[4]-'0')*10+int(c[5]-'0')]++
	}
	for name, counts := range map[string][100]int{"first": first, "last": last} {
		chi := 0.0
		for _, n := range counts {
			chi += math.Pow(float64(n)-draws/100, 2) / (draws / 100)
		}
		if chi > 180 {
			t.Errorf("%s two digits: chi-square %.1f", name, chi)
		}
	}
}

func TestCode_PrintsAsNothing(t *testing.T) {
	t.Parallel()
	c := code("123456")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "code", c)
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s", c, c, c, c), log.String()} {
		if strings.Contains(text, "123456") {
			t.Errorf("the code shows in %q", text)
		}
	}
}

func TestStatus_MovesForwardOnly(t *testing.T) {
	t.Parallel()
	for _, s := range []Status{Redeemed, Locked, Expired, Superseded, Canceled} {
		for _, next := range []Status{Pending, Approved, Redeemed, Locked, Expired, Superseded, Canceled} {
			if s.CanBecome(next) {
				t.Errorf("%s may become %s, but it is an end", s, next)
			}
		}
	}
	if Approved.CanBecome(Pending) || !Pending.CanBecome(Approved) || !Approved.CanBecome(Redeemed) {
		t.Error("the way is pending, approved, redeemed")
	}
}
