package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/challenge/challengetest"
)

// challengeOf reads the challenge in a refusal.
func challengeOf(t *testing.T, r response) challenge.Challenge {
	t.Helper()
	asked, _ := r.body["challenge"].(map[string]any)
	token, _ := asked["token"].(string)
	bits, _ := asked["bits"].(float64)
	if r.body["code"] != "network_limited" || token == "" || asked["expires_at"] != "2026-11-22T03:09:05Z" ||
		r.Header.Get("Retry-After") == "" {
		t.Fatalf("the refusal is %s", r.text)
	}
	return challenge.Challenge{Token: token, Bits: int(bits)}
}

func TestStart_GoesOnWithASolvedChallenge(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.AskChallenges(app.Builtin)
	s.AskChallenges("app_other")
	body := func(to, ip, answer string) string {
		return fmt.Sprintf(`{"to":%q,"client_ip":%q,"challenge":%q}`, to, ip, answer)
	}
	first := s.mustCall(429, "POST", "/v1/verifications", `{"to":"01012345678","client_ip":"203.0.113.7"}`)
	answer := challengetest.Solve(t, challengeOf(t, first))
	for name, wrong := range map[string]string{
		"another number":  body("01012345679", "203.0.113.7", answer),
		"another network": body("01012345678", "203.0.113.8", answer),
		"no solution":     body("01012345678", "203.0.113.7", strings.Split(answer, ".")[0]),
		"nothing":         body("01012345678", "203.0.113.7", ""),
	} {
		if again := challengeOf(t, s.mustCall(429, "POST", "/v1/verifications", wrong)); again.Token == "" {
			t.Errorf("%s: no challenge", name)
		}
	}
	s.mustCall(429, "POST", "/v1/verifications", body("01012345678", "203.0.113.7", answer), s.elsewhere())
	s.mustCall(201, "POST", "/v1/verifications", body("01012345678", "203.0.113.7", answer))
	if strings.Contains(s.log.String(), answer) {
		t.Error("the log holds the solution")
	}
}

func TestStart_OtherRefusalsCarryNoChallenge(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.start(`{"to":"01012345678"}`)
	if r := s.mustCall(429, "POST", "/v1/verifications", `{"to":"01012345678"}`); r.body["challenge"] != nil {
		t.Errorf("number_limited carries a challenge: %s", r.text)
	}
}
