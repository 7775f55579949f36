package pages_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/challenge/challengetest"
)

var (
	challengeField = regexp.MustCompile(`name="challenge" value="([\w-]+)"`)
	challengeBits  = regexp.MustCompile(`data-bits="(\d+)"`)
)

// asked returns the challenge on a page.
func asked(t *testing.T, a answer) challenge.Challenge {
	t.Helper()
	token, bits := challengeField.FindStringSubmatch(a.body), challengeBits.FindStringSubmatch(a.body)
	if token == nil || bits == nil {
		t.Fatalf("the page holds no challenge:\n%s", a.body)
	}
	n, err := strconv.Atoi(bits[1])
	if err != nil {
		t.Fatal(err)
	}
	return challenge.Challenge{Token: token[1], Bits: n}
}

// challenged is a visitor who has asked for a code and met a challenge.
func challenged(t *testing.T, language string) (*visitor, answer, challenge.Challenge) {
	t.Helper()
	w := newWorld(t)
	w.AskChallenges(w.App.ID)
	v := w.visitor(language)
	v.get("/signup")
	a := v.do(http.StatusTooManyRequests, "start", "number", number)
	return v, a, asked(t, a)
}

// solution are the form's fields for a solved challenge.
func solution(t *testing.T, c challenge.Challenge, to string) []string {
	t.Helper()
	_, nonce, _ := strings.Cut(challengetest.Solve(t, c), ".")
	return []string{"number", to, "challenge", c.Token, "nonce", nonce}
}

func TestChallenge_LooksAsItDid(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			v, a, c := challenged(t, language)
			golden(t, "challenge."+language, a.body)
			v.Clock.Advance(13 * time.Second)
			early := v.do(http.StatusTooManyRequests, "start", "number", number, "challenge", c.Token, "nonce", "")
			golden(t, "challenge-early."+language, early.body)
		})
	}
}

func TestChallenge_ASolutionSendsTheText(t *testing.T) {
	t.Parallel()
	v, a, c := challenged(t, "ko")
	if a.Header().Get("Retry-After") != "20" || !strings.Contains(a.body, number) {
		t.Errorf("Retry-After is %q, or the number that was typed is gone", a.Header().Get("Retry-After"))
	}
	v.do(http.StatusSeeOther, "start", solution(t, c, number)...)
	v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
}

func TestChallenge_WaitingSendsTheText(t *testing.T) {
	t.Parallel()
	v, _, c := challenged(t, "ko")
	v.Clock.Advance(19 * time.Second)
	early := v.do(http.StatusTooManyRequests, "start", "number", number, "challenge", c.Token, "nonce", "")
	if again := asked(t, early); again.Token != c.Token || !strings.Contains(early.body, "1초 뒤에 다시") {
		t.Errorf("pressed early, the wait begins anew:\n%s", early.body)
	}
	v.Clock.Advance(time.Second)
	v.do(http.StatusSeeOther, "start", "number", number, "challenge", c.Token, "nonce", "")
	if texts := len(v.Provider.Handset("01023456789")); texts != 0 {
		t.Errorf("%d texts before the dispatcher ran", texts)
	}
	v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
}

func TestChallenge_IsAskedAnewWhenItIsNotThisOne(t *testing.T) {
	t.Parallel()
	v, _, c := challenged(t, "ko")
	for name, fields := range map[string][]string{
		"another number": solution(t, c, "010-3456-7890"),
		"no token":       {"number", number, "nonce", "1"},
		"a wrong nonce":  {"number", number, "challenge", c.Token, "nonce", "x"},
		"a made-up one":  {"number", number, "challenge", strings.Repeat("A", 32), "nonce", "1"},
	} {
		v.Clock.Advance(time.Second)
		again := asked(t, v.do(http.StatusTooManyRequests, "start", fields...))
		if same := again.Token == c.Token; same != (name == "a wrong nonce") {
			t.Errorf("%s: the same challenge again is %v", name, same)
		}
	}
	late := solution(t, c, number)
	v.Clock.Advance(challenge.Life)
	if again := asked(t, v.do(http.StatusTooManyRequests, "start", late...)); again.Token == c.Token {
		t.Error("a challenge that is over is asked again")
	}
	v.dispatch()
	for _, to := range []string{"01023456789", "01034567890"} {
		if n := len(v.Provider.Handset(to)); n != 0 {
			t.Errorf("%d texts went to a number whose challenge was not solved", n)
		}
	}
}

// A solution shown again meets the number's own limits.
func TestChallenge_ASolutionIsNoWayRoundTheLimits(t *testing.T) {
	t.Parallel()
	v, _, c := challenged(t, "ko")
	fields := solution(t, c, number)
	v.do(http.StatusSeeOther, "start", fields...)
	for range 3 {
		v.do(http.StatusTooManyRequests, "start", fields...)
	}
	v.dispatch()
	if n := len(v.Provider.Handset("01023456789")); n != 1 {
		t.Errorf("%d texts for one solution within half a minute, want 1", n)
	}
}
