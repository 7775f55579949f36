package limit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// near is a start for a number of a thousand, from a network of its own.
func near(thousand, i int) limit.Case {
	return limit.Case{Number: fmt.Append(nil, "number", i), Network: fmt.Append(nil, "net", i), Thousand: thousand, Application: "a"}
}

// asked reports whether a start is asked for a challenge.
func asked(t *testing.T, l *limit.Limits, c limit.Case, solved bool) bool {
	t.Helper()
	_, err := l.Admit(t.Context(), c, solved)
	if err != nil && !errors.Is(err, limit.ErrChallenge) {
		t.Fatal(err)
	}
	return err != nil
}

func TestAdmit_NumbersTriedOneAfterAnotherAskForAChallenge(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	l := limit.New(limit.Options{DB: dbtest.New(t, dbtest.WithClock(clock))})
	passed := 0
	for i := range 3_000 { // through three thousands and into a fourth
		if !asked(t, l, near(12_340+(500+i)/1000, i), false) {
			passed++
		}
		clock.Advance(100 * time.Millisecond)
	}
	if passed != 5 {
		t.Errorf("%d starts passed without a challenge, want 5", passed)
	}
	if asked(t, l, near(12_341, 1), true) {
		t.Error("a solved challenge did not help")
	}
	if asked(t, l, near(12_350, 1), false) {
		t.Error("numbers far from the walk are asked")
	}
	unknown := near(12_341, 1)
	unknown.Network = nil
	if asked(t, l, unknown, false) {
		t.Error("a caller that tells no address is asked")
	}
	clock.Advance(time.Hour)
	if asked(t, l, near(12_341, 1), false) {
		t.Error("an hour later the thousand is still asked")
	}
}

// TestAdmit_CrowdIsNotTakenForAWalk has as many people come within an hour as ten
// starts a second make, and three times as many.
func TestAdmit_CrowdIsNotTakenForAWalk(t *testing.T) {
	t.Parallel()
	for _, n := range []int{36_000, 108_000} {
		clock := dbtest.NewClock(start)
		l := limit.New(limit.Options{DB: dbtest.New(t, dbtest.WithClock(clock))})
		chance := rand.New(rand.NewPCG(7, 7))
		times := 0
		for i := range n {
			if asked(t, l, near(20_000+chance.IntN(80_000), i), false) {
				times++
			}
			clock.Advance(time.Hour / time.Duration(n))
		}
		if times*1000 > n {
			t.Errorf("%d of %d people are asked for a challenge, want fewer than one in a thousand", times, n)
		}
	}
}
