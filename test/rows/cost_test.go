package rows

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

func TestRow15_AThousandStartsForOneNumberOneText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.Number()
	var started, limited atomic.Int64
	kit.Together(1000, func(i int) {
		a := w.TryStart(w.Any(i), number)
		switch {
		case a.Status == http.StatusCreated:
			started.Add(1)
		case a.Code() == "number_limited" && a.Status == http.StatusTooManyRequests && a.RetryAfter() > 0:
			limited.Add(1)
		default:
			t.Errorf("a start answered %v, to try again in %v", a, a.RetryAfter())
		}
	})
	if started.Load() != 1 || limited.Load() != 999 {
		t.Errorf("%d started and %d were told to wait, want 1 and 999", started.Load(), limited.Load())
	}
	w.Code(number)
	w.Settled()
	if n := len(w.Texts(number)); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
}

// TestRow16_LimitsHoldOverNodesAndRestarts reaches each limit with starts at
// both nodes, and asks for one more at each, before and after a restart.
func TestRow16_LimitsHoldOverNodesAndRestarts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		settings []string
		// start asks for the i-th text; most are admitted.
		start  func(w *world) func(n *node, i int) answer
		most   int
		status int
		code   string
		slack  int // how many fewer may be admitted: what a node took and did not spend
	}{
		{
			name: "number", most: 1, status: http.StatusTooManyRequests, code: "number_limited",
			start: func(w *world) func(*node, int) answer {
				number := w.Number()
				return func(n *node, _ int) answer { return w.TryStart(n, number) }
			},
		},
		{
			name: "network, by numbers", most: 10, status: http.StatusTooManyRequests, code: "network_limited",
			start: func(w *world) func(*node, int) answer {
				return func(n *node, _ int) answer { return w.TryStart(n, w.Number(), fields{"client_ip": "203.0.113.7"}) }
			},
		},
		{
			name: "network, IPv6", most: 10, status: http.StatusTooManyRequests, code: "network_limited",
			start: func(w *world) func(*node, int) answer {
				return func(n *node, i int) answer { // another address of the same /64 each time
					return w.TryStart(n, w.Number(), fields{"client_ip": fmt.Sprintf("2001:db8:1:2::%x", i+1)})
				}
			},
		},
		{
			name: "service", most: 4, slack: 1, status: http.StatusServiceUnavailable, code: "budget_spent",
			settings: []string{"SINPYO_LIMITS_APPLICATION_PER_MINUTE=4"},
			start: func(w *world) func(*node, int) answer {
				return func(n *node, _ int) answer { return w.TryStart(n, w.Number()) }
			},
		},
		{
			name: "installation", most: 6, slack: 1, status: http.StatusServiceUnavailable, code: "budget_spent",
			settings: []string{"SINPYO_LIMITS_INSTALLATION_PER_MINUTE=6"},
			start: func(w *world) func(*node, int) answer {
				_, foreign := w.NewKey("another service", "--app", w.otherApplication())
				return func(n *node, i int) answer {
					if i%2 == 0 {
						return w.TryStart(n, w.Number())
					}
					return kit.Request(w.Context(), http.MethodPost, "http://"+n.Listen+"/v1/verifications",
						fields{"to": w.Number(), "purpose": "signup"}, kit.WithKey(foreign))
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{Settings: c.settings})
			start := c.start(w)
			var admitted, asked atomic.Int64
			ask := func(i int) {
				asked.Add(1)
				switch a := start(w.Any(i), i); {
				case a.Status == http.StatusCreated:
					admitted.Add(1)
				case a.Status != c.status || a.Code() != c.code || a.RetryAfter() <= 0:
					t.Errorf("ask %d answered %v, to try again in %v; want %d %s", i, a, a.RetryAfter(), c.status, c.code)
				}
			}
			began := time.Now()
			kit.Together(2*c.most+4, ask)
			w.Restart()
			for i := range 2 * len(w.Nodes) {
				ask(i)
			}
			// A limit a minute lets the next one through when a minute is over.
			if took := time.Since(began); took > 25*time.Second {
				t.Fatalf("asking took %v: too long for a limit of half a minute", took)
			}
			if got := int(admitted.Load()); got > c.most || got < c.most-c.slack {
				t.Errorf("%d of %d starts were admitted, want %d (at most %d fewer)", got, asked.Load(), c.most, c.slack)
			}
		})
	}
	t.Run("device", func(t *testing.T) {
		t.Parallel()
		newWorld(t, setup{}).trustedBrowser()
	})
	t.Run("network, after a challenge", func(t *testing.T) {
		t.Parallel()
		newWorld(t, setup{}).solveChallenge()
	})
	t.Run("wrong checks of a number", func(t *testing.T) {
		t.Parallel()
		newWorld(t, setup{}).spendWrongChecks()
	})
}

// solveChallenge spends a network's numbers of an hour at one node, solves the
// challenge that it is asked for there, and goes on at the other.
func (w *world) solveChallenge() {
	w.Helper()
	from := fields{"client_ip": "203.0.113.8"}
	for i := range 10 {
		w.Start(w.Any(i), w.Number(), from)
	}
	number := w.Number()
	var asked struct {
		Challenge struct {
			Token string `json:"token"`
			Bits  int    `json:"bits"`
		} `json:"challenge"`
	}
	refused := w.TryStart(w.A(), number, from)
	if err := refused.Into(&asked); err != nil || refused.Code() != "network_limited" || asked.Challenge.Token == "" {
		w.Fatalf("an eleventh number answered %v, with challenge %v, %v", refused, asked.Challenge, err)
	}
	solution := solve(asked.Challenge.Token, asked.Challenge.Bits)
	if a := w.TryStart(w.B(), w.Number(), from, fields{"challenge": solution}); a.Code() != "network_limited" {
		w.Errorf("the solution served another number: %v", a)
	}
	if a := w.TryStart(w.B(), number, from, fields{"challenge": asked.Challenge.Token + ".1"}); a.Code() != "network_limited" {
		w.Errorf("what does not solve the challenge served: %v", a)
	}
	w.Start(w.B(), number, from, fields{"challenge": solution})
	w.Code(number)
}

// solve finds a nonce with which the SHA-256 of token, dot and nonce begins with
// so many zero bits.
func solve(token string, zeros int) string {
	for nonce := 0; ; nonce++ {
		answer := token + "." + strconv.Itoa(nonce)
		sum := sha256.Sum256([]byte(answer))
		if bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:])) >= zeros {
			return answer
		}
	}
}

// spendWrongChecks guesses at two verifications of a number, at either node and
// over a restart, until its ten an hour are spent. Then even the right code is
// refused, everywhere, so that the refusal tells nothing.
func (w *world) spendWrongChecks() {
	w.Helper()
	number, compared := w.Number(), 0
	var v verification
	var code string
	for round := range 2 {
		w.WaitFor(45*time.Second, "another start", func() bool {
			a := w.TryStart(w.Any(round), number)
			return a.Status == http.StatusCreated && a.Into(&v) == nil
		})
		code = w.CodeAfter(number, round)
		for i := range 5 {
			c, a := w.TryCheck(w.Any(i), v.ID, kit.Other(code, i))
			if a.Status == http.StatusTooManyRequests {
				break
			}
			if a.Status != http.StatusOK || c.Approved {
				w.Fatalf("a wrong code answered %v", a)
			}
			compared++
		}
		w.Restart()
	}
	if compared > 10 || compared < 5 {
		w.Errorf("%d wrong codes were compared, and an hour has 10", compared)
	}
	for _, n := range w.Nodes {
		c, a := w.TryCheck(n, v.ID, code)
		if a.Status != http.StatusTooManyRequests || a.Code() != "number_limited" || a.RetryAfter() <= 0 || c.Approved {
			w.Errorf("node %s: the right code behind a spent budget answered %v, to try again in %v", n.Name, a, a.RetryAfter())
		}
	}
}

// trustedBrowser signs a browser in, which is then texted on a budget of its
// own: it gets a text although strangers have spent the number's, at most one
// in half a minute, over both nodes and a restart.
func (w *world) trustedBrowser() {
	w.Helper()
	number, owner := w.Number(), w.visitor()
	owner.join(w.A(), number)
	owner.signOut(w.B())
	if a := w.TryStart(w.B(), number); a.Code() != "number_limited" {
		w.Fatalf("a stranger's start answered %v while the number's half minute runs", a)
	}
	owner.get(w.B(), "/signup")
	if a := owner.Do(w.B(), "start", "number", number); a.Status != http.StatusSeeOther {
		w.Fatalf("a trusted browser was refused because of the number's own budget: %d %s", a.Status, wordsOf(a.Body))
	}
	w.CodeAfter(number, 1)
	w.Restart()
	for _, n := range w.Nodes {
		owner.get(n, "/signup")
		if a := owner.Do(n, "start", "number", number); a.Status != http.StatusTooManyRequests {
			w.Errorf("node %s: the browser's own budget let a second text through at once: %d", n.Name, a.Status)
		}
	}
	if n := len(w.Texts(number)); n != 2 {
		w.Errorf("%d texts, want 2", n)
	}
}

// refusedNumbers are numbers that get no text, by their kind.
var refusedNumbers = []struct {
	kind, code string
	words      string // on the page, "" where the refusal's own are enough
	numbers    []string
}{
	{"foreign", "number_foreign", "한국", []string{"+1 650 253 0000", "+81 90 1234 5678", "+86 139 1234 5678", "001 44 20 7946 0000"}},
	{"050", "number_relay", "050", []string{"050-1234-5678", "0505-123-4567", "+82 50 1234 5678"}},
	{"060", "number_special", "060", []string{"060-700-1234", "+82 60 700 1234"}},
	{"070", "number_voip", "070", []string{"070-1234-5678", "+82 70 1234 5678"}},
	{"landline", "number_landline", "휴대폰", []string{"02-312-3456", "031-123-4567", "+82 2 312 3456"}},
	{"15xx", "number_special", "대표번호", []string{"1588-1234", "1644-1234", "15771234", "+82 1588 1234"}},
	{"011", "number_legacy", "011", []string{"011-123-4567", "019-1234-5678"}},
	{"none", "number_invalid", "010-1234-5678", []string{"hello", "010-123-4567"}},
}

// TestRow17_NumbersThatGetNoTextAreRefusedFirst asks for texts to numbers of
// every other kind at both doors.
func TestRow17_NumbersThatGetNoTextAreRefusedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	w.Settled() // the groups are made; from here on nothing is due
	before := w.carried()
	byWords, byPage := map[string]string{}, map[string]string{} // the kind, or the code, that has them
	own := func(seen map[string]string, text, whose string) {
		t.Helper()
		if text == "" || seen[text] != "" && seen[text] != whose {
			t.Errorf("%s and %q are refused in the same words: %q", whose, seen[text], text)
		}
		seen[text] = whose
	}
	for _, refused := range refusedNumbers {
		for i, number := range refused.numbers {
			a := w.TryStart(w.Any(i), number)
			if a.Status != http.StatusBadRequest || a.Code() != refused.code {
				t.Errorf("%s: %v, want 400 %s", number, a, refused.code)
			}
			own(byWords, a.Detail(), refused.kind)
			v := w.visitor()
			v.get(w.Any(i), "/signup")
			page := v.Do(w.Any(i), "start", "number", number)
			said := errorOn(page.Body)
			if page.Status != http.StatusBadRequest || !strings.Contains(said, refused.words) {
				t.Errorf("%s: the page answered %d and says %q", number, page.Status, said)
			}
			own(byPage, said, refused.code)
		}
	}
	if texts := w.Texts(""); len(texts) != len(w.Nodes) {
		t.Errorf("%d texts, want those of the beginning alone", len(texts))
	}
	if after := w.carried(); after != before {
		t.Errorf("the provider was called %d times to send because of numbers that get no text", after-before)
	}
}

// carried counts the calls that gave the provider something to send.
func (w *world) carried() int {
	n := 0
	for _, r := range w.Provider.Requests(1000) {
		if r.Method == http.MethodPut || strings.HasSuffix(r.Path, "/send") {
			n++
		}
	}
	return n
}

// TestRow18_RacingNodesStayWithinTheWonOfADay has a day's won for ten texts, of
// which the last two are kept for logins.
func TestRow18_RacingNodesStayWithinTheWonOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{Settings: []string{"SINPYO_LIMITS_WON_PER_DAY=200"}})
	_, login := w.NewKey("login", "--purpose", "login")
	if kit.OnPostgres() {
		for i := range 4 { // the more take their share at once, the closer the race
			w.Nodes = append(w.Nodes, w.another(fmt.Sprintf("C%d", i)))
		}
	}
	var open, kept atomic.Int64
	ask := func(n *node, admitted *atomic.Int64, purpose string, edits ...edit) {
		a := w.Call(n, http.MethodPost, "/v1/verifications", fields{"to": w.Number(), "purpose": purpose}, edits...)
		switch {
		case a.Status == http.StatusCreated:
			admitted.Add(1)
		case a.Status != http.StatusServiceUnavailable || a.Code() != "budget_spent" || a.RetryAfter() <= 0:
			t.Errorf("a start answered %v, to try again in %v", a, a.RetryAfter())
		}
	}
	kit.Together(60, func(i int) { ask(w.Any(i), &open, "signup") })
	w.Restart()
	kit.Together(20, func(i int) { ask(w.Any(i), &open, "signup") })
	if n := open.Load(); n > 8 || n < 6 {
		t.Errorf("%d texts were admitted of the 160 won that are for everybody, want 8 or a little under", n)
	}
	kit.Together(30, func(i int) { ask(w.Any(i), &kept, "login", kit.WithKey(login)) })
	w.Restart()
	kit.Together(10, func(i int) { ask(w.Any(i), &kept, "login", kit.WithKey(login)) })
	if n := kept.Load(); n == 0 {
		t.Error("nothing was kept for logins")
	}
	all := int(open.Load() + kept.Load())
	if all > 10 {
		t.Errorf("%d texts of 20 won were admitted, and a day has 200", all)
	}
	w.Wait("the texts", func() bool { return len(w.Texts("")) >= all })
	if n := len(w.Texts("")); n != all {
		t.Errorf("%d texts were sent for %d starts", n, all)
	}
	if spent := 1_000_000_000 - w.Provider.Money().Balance; spent > 200 {
		t.Errorf("the provider took %d won, and a day has 200", spent)
	}
}

// limitTables are the tables that limits are counted in, and whether a start
// or a check reads them.
var limitTables = []struct {
	name   string
	checks bool
}{{"number_limits", true}, {"network_limits", false}, {"ceilings", false}, {"won_days", false}, {"wrong_hours", true}, {"gates", false}}

// TestRow19_NoCountersNoTexts takes the tables of the limits away, one after
// the other, under nodes that run.
func TestRow19_NoCountersNoTexts(t *testing.T) {
	t.Parallel()
	// So little is granted at a time that no node lives on what it holds.
	w := newWorld(t, setup{Settings: []string{
		"SINPYO_LIMITS_WON_PER_DAY=100000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=100000", "SINPYO_LIMITS_APPLICATION_PER_MINUTE=100000",
	}})
	for _, table := range limitTables {
		t.Run(table.name, func(t *testing.T) {
			w := w.in(t)
			w.startAgain()
			number := w.Number()
			v := w.Start(w.A(), number)
			code := w.Code(number)
			w.exec("ALTER TABLE " + table.name + " RENAME TO out_of_reach")
			defer w.exec("ALTER TABLE out_of_reach RENAME TO " + table.name)
			for _, n := range w.Nodes {
				w.refusesStarts(n)
				if !table.checks {
					continue
				}
				guess := code
				if table.name != "number_limits" {
					guess = kit.Other(code, 0) // a right code is not counted there
				}
				c, a := w.TryCheck(n, v.ID, guess)
				if a.Status == http.StatusOK || c.Approved {
					t.Errorf("node %s: a check that cannot be counted answered %v, approved %v", n.Name, a, c.Approved)
				}
			}
		})
	}
	w.startAgain()
}

// startAgain waits until every node admits starts.
func (w *world) startAgain() {
	w.Helper()
	for _, n := range w.Nodes {
		w.Wait("node "+n.Name+" to start again", func() bool {
			return w.TryStart(n, w.Number()).Status == http.StatusCreated
		})
	}
}

// refusesStarts waits until the node has noticed, and sees that from then on no
// start is admitted and nothing is sent. Each comes from a network of its own,
// so that it is not refused for another reason.
func (w *world) refusesStarts(n *node) {
	w.Helper()
	try := func() answer {
		number := w.Number()
		return w.TryStart(n, number, fields{"client_ip": address(number)})
	}
	w.WaitFor(20*time.Second, "node "+n.Name+" to refuse", func() bool { return try().Status != http.StatusCreated })
	first := w.Numbers.Load() + 1
	for range 10 {
		if a := try(); a.Status < 500 {
			w.Errorf("node %s: a start that cannot be counted answered %v", n.Name, a)
		}
	}
	for i := first; i <= w.Numbers.Load(); i++ {
		if texts := w.Texts(fmt.Sprintf("0100000%04d", i)); len(texts) != 0 {
			w.Errorf("a start that could not be counted got %d texts", len(texts))
		}
	}
}

// address is an address that no other number comes from.
func address(number string) string {
	n, _ := strconv.Atoi(number[7:]) // four digits
	return fmt.Sprintf("198.18.%d.%d", n/250, n%250+1)
}
