package challenge_test

import (
	"crypto/sha256"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/challenge/challengetest"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

func number(t testing.TB, text string) phone.Number {
	t.Helper()
	n, err := phone.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// world is the challenges of an installation at a time that a test moves.
func world(t testing.TB) (*challenge.Challenges, *dbtest.Clock, challenge.Subject) {
	t.Helper()
	clock := dbtest.NewClock(time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC))
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return challenge.New(dbtest.New(t, dbtest.WithClock(clock)), ring), clock, challenge.Subject{
		ApplicationID: "app_shop", To: number(t, "010-1234-5678"), Client: netip.MustParseAddr("203.0.113.7"),
	}
}

// change returns a token with another letter in its middle.
func change(token string) string {
	b := []byte(token)
	if b[16]++; b[16] == '[' || b[16] == '{' || b[16] == ':' {
		b[16] = 'A'
	}
	return string(b)
}

// others are subjects that differ from the one of world in one thing.
func others(t testing.TB, s challenge.Subject) map[string]challenge.Subject {
	t.Helper()
	application, to, client, unknown := s, s, s, s
	application.ApplicationID = "app_other"
	to.To = number(t, "010-1234-5679")
	client.Client = netip.MustParseAddr("203.0.113.8")
	unknown.Client = netip.Addr{}
	return map[string]challenge.Subject{
		"another application": application, "another number": to, "another network": client, "no network": unknown,
	}
}

func TestWorked_HoldsForItsSubjectAndFiveMinutes(t *testing.T) {
	t.Parallel()
	c, clock, s := world(t)
	asked := c.New(s)
	if asked.Bits != challenge.Bits || asked.ExpiresAt.Sub(clock.Now()) != challenge.Life || asked.Wait != challenge.Patience {
		t.Errorf("asked are %d bits within %v or %v of patience", asked.Bits, asked.ExpiresAt.Sub(clock.Now()), asked.Wait)
	}
	answer := challengetest.Solve(t, asked)
	if !c.Worked(s, answer) {
		t.Fatal("the solution is refused")
	}
	for name, other := range others(t, s) {
		if c.Worked(other, answer) {
			t.Errorf("it is good for %s", name)
		}
	}
	clock.Advance(challenge.Life - time.Second)
	if !c.Worked(s, answer) {
		t.Error("it is refused within its time")
	}
	clock.Advance(time.Second)
	if c.Worked(s, answer) {
		t.Error("it is good after its time")
	}
}

func TestWorked_RefusesWhatIsForgedOrTooEasy(t *testing.T) {
	t.Parallel()
	c, _, s := world(t)
	asked := c.New(s)
	answer := challengetest.Solve(t, asked)
	token, nonce, _ := strings.Cut(answer, ".")
	unsolved := ""
	for i := 0; unsolved == ""; i++ {
		// One bit short of what is asked for.
		if sum := sha256.Sum256([]byte(token + "." + strconv.Itoa(i))); sum[0] == 0 && sum[1] == 0 && sum[2]>>6 == 1 {
			unsolved = token + "." + strconv.Itoa(i)
		}
	}
	forged := asked
	forged.Token = change(token)
	long := asked
	long.Token = token + ".AAAAAAAAAAAAAAAAAAAA"
	for name, text := range map[string]string{
		"nothing": "", "a token alone": token, "no nonce": token + ".", "a nonce alone": "." + nonce,
		"another nonce": token + "." + nonce + "0", "one bit short": unsolved,
		"a token of one's own": challengetest.Solve(t, forged), "a nonce without bound": challengetest.Solve(t, long),
	} {
		if c.Worked(s, text) {
			t.Errorf("%s is accepted", name)
		}
	}
	ring, err := seal.New([]byte("another installation, its key 32"))
	if err != nil {
		t.Fatal(err)
	}
	if challenge.New(dbtest.New(t), ring).Worked(s, answer) {
		t.Error("a solution of another installation is accepted")
	}
}

func TestWaited_TakesTwentySecondsAndFiveMinutesAtMost(t *testing.T) {
	t.Parallel()
	c, clock, s := world(t)
	asked := c.New(s)
	clock.Advance(challenge.Patience - time.Second)
	if c.Waited(s, asked.Token) {
		t.Error("nineteen seconds are enough")
	}
	if again := c.Again(s, asked.Token); again.Token != asked.Token || again.Wait != time.Second || !again.ExpiresAt.Equal(asked.ExpiresAt) {
		t.Errorf("asked again the wait is %v", again.Wait)
	}
	clock.Advance(time.Second)
	if !c.Waited(s, asked.Token) || c.Again(s, asked.Token).Wait != 0 {
		t.Error("twenty seconds are not enough")
	}
	for name, other := range others(t, s) {
		if c.Waited(other, asked.Token) || c.Again(other, asked.Token).Token == asked.Token {
			t.Errorf("the wait counts for %s", name)
		}
	}
	for _, token := range []string{"", "x", change(asked.Token), asked.Token + "A"} {
		if c.Waited(s, token) || c.Again(s, token).Wait != challenge.Patience {
			t.Errorf("a token of %d characters that is none was waited for", len(token))
		}
	}
	clock.Advance(challenge.Life - challenge.Patience)
	if c.Waited(s, asked.Token) || c.Again(s, asked.Token).Token == asked.Token {
		t.Error("a token is good after its time")
	}
}

func TestSubject_OfIPv6IsItsNetwork(t *testing.T) {
	t.Parallel()
	c, _, s := world(t)
	s.Client = netip.MustParseAddr("2001:db8:1:2:3::4")
	near, far := s, s
	near.Client = netip.MustParseAddr("2001:db8:1:2:ffff::1")
	far.Client = netip.MustParseAddr("2001:db8:1:3::1")
	answer := challengetest.Solve(t, c.New(s))
	if !c.Worked(near, answer) || c.Worked(far, answer) {
		t.Error("a solution holds for a /64, no less and no more")
	}
	v4, mapped := s, s
	v4.Client, mapped.Client = netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("::ffff:203.0.113.7")
	if !c.Worked(mapped, challengetest.Solve(t, c.New(v4))) {
		t.Error("an address written in two ways is two")
	}
}

func FuzzWorked(f *testing.F) {
	c, _, s := world(f)
	answer := challengetest.Solve(f, c.New(s))
	f.Add(answer)
	f.Add("." + answer)
	f.Fuzz(func(t *testing.T, text string) {
		if c.Worked(s, text) && !strings.HasPrefix(text, answer[:strings.Index(answer, ".")+1]) {
			t.Errorf("%q is accepted", text)
		}
		c.Waited(s, text)
	})
}
