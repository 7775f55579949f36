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
)

func TestRow15_AThousandStartsForOneNumberOneText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.number()
	var started, limited atomic.Int64
	together(1000, func(i int) {
		a := w.tryStart(w.any(i), number)
		switch {
		case a.status == http.StatusCreated:
			started.Add(1)
		case a.code() == "number_limited" && a.status == http.StatusTooManyRequests && a.retryAfter() > 0:
			limited.Add(1)
		default:
			t.Errorf("a start answered %v, to try again in %v", a, a.retryAfter())
		}
	})
	if started.Load() != 1 || limited.Load() != 999 {
		t.Errorf("%d started and %d were told to wait, want 1 and 999", started.Load(), limited.Load())
	}
	w.code(number)
	w.settled()
	if n := len(w.texts(number)); n != 1 {
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
				number := w.number()
				return func(n *node, _ int) answer { return w.tryStart(n, number) }
			},
		},
		{
			name: "network, by numbers", most: 10, status: http.StatusTooManyRequests, code: "network_limited",
			start: func(w *world) func(*node, int) answer {
				return func(n *node, _ int) answer { return w.tryStart(n, w.number(), fields{"client_ip": "203.0.113.7"}) }
			},
		},
		{
			name: "network, IPv6", most: 10, status: http.StatusTooManyRequests, code: "network_limited",
			start: func(w *world) func(*node, int) answer {
				return func(n *node, i int) answer { // another address of the same /64 each time
					return w.tryStart(n, w.number(), fields{"client_ip": fmt.Sprintf("2001:db8:1:2::%x", i+1)})
				}
			},
		},
		{
			name: "service", most: 4, slack: 1, status: http.StatusServiceUnavailable, code: "budget_spent",
			settings: []string{"SINPYO_LIMITS_APPLICATION_PER_MINUTE=4"},
			start: func(w *world) func(*node, int) answer {
				return func(n *node, _ int) answer { return w.tryStart(n, w.number()) }
			},
		},
		{
			name: "installation", most: 6, slack: 1, status: http.StatusServiceUnavailable, code: "budget_spent",
			settings: []string{"SINPYO_LIMITS_INSTALLATION_PER_MINUTE=6"},
			start: func(w *world) func(*node, int) answer {
				_, foreign := w.newKey("another service", "--app", w.otherApplication())
				return func(n *node, i int) answer {
					if i%2 == 0 {
						return w.tryStart(n, w.number())
					}
					return request(w.Context(), http.MethodPost, "http://"+n.listen+"/v1/verifications",
						fields{"to": w.number(), "purpose": "signup"}, withKey(foreign))
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{settings: c.settings})
			start := c.start(w)
			var admitted, asked atomic.Int64
			ask := func(i int) {
				asked.Add(1)
				switch a := start(w.any(i), i); {
				case a.status == http.StatusCreated:
					admitted.Add(1)
				case a.status != c.status || a.code() != c.code || a.retryAfter() <= 0:
					t.Errorf("ask %d answered %v, to try again in %v; want %d %s", i, a, a.retryAfter(), c.status, c.code)
				}
			}
			began := time.Now()
			together(2*c.most+4, ask)
			w.restart()
			for i := range 2 * len(w.nodes) {
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
		w.start(w.any(i), w.number(), from)
	}
	number := w.number()
	var asked struct {
		Challenge struct {
			Token string `json:"token"`
			Bits  int    `json:"bits"`
		} `json:"challenge"`
	}
	refused := w.tryStart(w.a(), number, from)
	if err := refused.into(&asked); err != nil || refused.code() != "network_limited" || asked.Challenge.Token == "" {
		w.Fatalf("an eleventh number answered %v, with challenge %v, %v", refused, asked.Challenge, err)
	}
	solution := solve(asked.Challenge.Token, asked.Challenge.Bits)
	if a := w.tryStart(w.b(), w.number(), from, fields{"challenge": solution}); a.code() != "network_limited" {
		w.Errorf("the solution served another number: %v", a)
	}
	if a := w.tryStart(w.b(), number, from, fields{"challenge": asked.Challenge.Token + ".1"}); a.code() != "network_limited" {
		w.Errorf("what does not solve the challenge served: %v", a)
	}
	w.start(w.b(), number, from, fields{"challenge": solution})
	w.code(number)
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
	number, compared := w.number(), 0
	var v verification
	var code string
	for round := range 2 {
		w.waitFor(45*time.Second, "another start", func() bool {
			a := w.tryStart(w.any(round), number)
			return a.status == http.StatusCreated && a.into(&v) == nil
		})
		code = w.codeAfter(number, round)
		for i := range 5 {
			c, a := w.tryCheck(w.any(i), v.ID, other(code, i))
			if a.status == http.StatusTooManyRequests {
				break
			}
			if a.status != http.StatusOK || c.Approved {
				w.Fatalf("a wrong code answered %v", a)
			}
			compared++
		}
		w.restart()
	}
	if compared > 10 || compared < 5 {
		w.Errorf("%d wrong codes were compared, and an hour has 10", compared)
	}
	for _, n := range w.nodes {
		c, a := w.tryCheck(n, v.ID, code)
		if a.status != http.StatusTooManyRequests || a.code() != "number_limited" || a.retryAfter() <= 0 || c.Approved {
			w.Errorf("node %s: the right code behind a spent budget answered %v, to try again in %v", n.name, a, a.retryAfter())
		}
	}
}

// trustedBrowser signs a browser in, which is then texted on a budget of its
// own: it gets a text although strangers have spent the number's, at most one
// in half a minute, over both nodes and a restart.
func (w *world) trustedBrowser() {
	w.Helper()
	number, owner := w.number(), w.visitor()
	owner.join(w.a(), number)
	owner.signOut(w.b())
	if a := w.tryStart(w.b(), number); a.code() != "number_limited" {
		w.Fatalf("a stranger's start answered %v while the number's half minute runs", a)
	}
	owner.get(w.b(), "/signup")
	if a := owner.do(w.b(), "start", "number", number); a.status != http.StatusSeeOther {
		w.Fatalf("a trusted browser was refused because of the number's own budget: %d %s", a.status, wordsOf(a.body))
	}
	w.codeAfter(number, 1)
	w.restart()
	for _, n := range w.nodes {
		owner.get(n, "/signup")
		if a := owner.do(n, "start", "number", number); a.status != http.StatusTooManyRequests {
			w.Errorf("node %s: the browser's own budget let a second text through at once: %d", n.name, a.status)
		}
	}
	if n := len(w.texts(number)); n != 2 {
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
	w.settled() // the groups are made; from here on nothing is due
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
			a := w.tryStart(w.any(i), number)
			if a.status != http.StatusBadRequest || a.code() != refused.code {
				t.Errorf("%s: %v, want 400 %s", number, a, refused.code)
			}
			own(byWords, a.detail(), refused.kind)
			v := w.visitor()
			v.get(w.any(i), "/signup")
			page := v.do(w.any(i), "start", "number", number)
			said := errorOn(page.body)
			if page.status != http.StatusBadRequest || !strings.Contains(said, refused.words) {
				t.Errorf("%s: the page answered %d and says %q", number, page.status, said)
			}
			own(byPage, said, refused.code)
		}
	}
	if texts := w.texts(""); len(texts) != len(w.nodes) {
		t.Errorf("%d texts, want those of the beginning alone", len(texts))
	}
	if after := w.carried(); after != before {
		t.Errorf("the provider was called %d times to send because of numbers that get no text", after-before)
	}
}

// carried counts the calls that gave the provider something to send.
func (w *world) carried() int {
	n := 0
	for _, r := range w.provider.Requests(1000) {
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
	w := newWorld(t, setup{settings: []string{"SINPYO_LIMITS_WON_PER_DAY=200"}})
	_, login := w.newKey("login", "--purpose", "login")
	if onPostgres() {
		for i := range 4 { // the more take their share at once, the closer the race
			w.nodes = append(w.nodes, w.another(fmt.Sprintf("C%d", i)))
		}
	}
	var open, kept atomic.Int64
	ask := func(n *node, admitted *atomic.Int64, purpose string, edits ...edit) {
		a := w.call(n, http.MethodPost, "/v1/verifications", fields{"to": w.number(), "purpose": purpose}, edits...)
		switch {
		case a.status == http.StatusCreated:
			admitted.Add(1)
		case a.status != http.StatusServiceUnavailable || a.code() != "budget_spent" || a.retryAfter() <= 0:
			t.Errorf("a start answered %v, to try again in %v", a, a.retryAfter())
		}
	}
	together(60, func(i int) { ask(w.any(i), &open, "signup") })
	w.restart()
	together(20, func(i int) { ask(w.any(i), &open, "signup") })
	if n := open.Load(); n > 8 || n < 6 {
		t.Errorf("%d texts were admitted of the 160 won that are for everybody, want 8 or a little under", n)
	}
	together(30, func(i int) { ask(w.any(i), &kept, "login", withKey(login)) })
	w.restart()
	together(10, func(i int) { ask(w.any(i), &kept, "login", withKey(login)) })
	if n := kept.Load(); n == 0 {
		t.Error("nothing was kept for logins")
	}
	all := int(open.Load() + kept.Load())
	if all > 10 {
		t.Errorf("%d texts of 20 won were admitted, and a day has 200", all)
	}
	w.wait("the texts", func() bool { return len(w.texts("")) >= all })
	if n := len(w.texts("")); n != all {
		t.Errorf("%d texts were sent for %d starts", n, all)
	}
	if spent := 1_000_000_000 - w.provider.Money().Balance; spent > 200 {
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
	w := newWorld(t, setup{settings: []string{
		"SINPYO_LIMITS_WON_PER_DAY=100000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=100000", "SINPYO_LIMITS_APPLICATION_PER_MINUTE=100000",
	}})
	for _, table := range limitTables {
		t.Run(table.name, func(t *testing.T) {
			w := w.in(t)
			w.startAgain()
			number := w.number()
			v := w.start(w.a(), number)
			code := w.code(number)
			w.exec("ALTER TABLE " + table.name + " RENAME TO out_of_reach")
			defer w.exec("ALTER TABLE out_of_reach RENAME TO " + table.name)
			for _, n := range w.nodes {
				w.refusesStarts(n)
				if !table.checks {
					continue
				}
				guess := code
				if table.name != "number_limits" {
					guess = other(code, 0) // a right code is not counted there
				}
				c, a := w.tryCheck(n, v.ID, guess)
				if a.status == http.StatusOK || c.Approved {
					t.Errorf("node %s: a check that cannot be counted answered %v, approved %v", n.name, a, c.Approved)
				}
			}
		})
	}
	w.startAgain()
}

// startAgain waits until every node admits starts.
func (w *world) startAgain() {
	w.Helper()
	for _, n := range w.nodes {
		w.wait("node "+n.name+" to start again", func() bool {
			return w.tryStart(n, w.number()).status == http.StatusCreated
		})
	}
}

// refusesStarts waits until the node has noticed, and sees that from then on no
// start is admitted and nothing is sent. Each comes from a network of its own,
// so that it is not refused for another reason.
func (w *world) refusesStarts(n *node) {
	w.Helper()
	try := func() answer {
		number := w.number()
		return w.tryStart(n, number, fields{"client_ip": address(number)})
	}
	w.waitFor(20*time.Second, "node "+n.name+" to refuse", func() bool { return try().status != http.StatusCreated })
	first := w.numbers.Load() + 1
	for range 10 {
		if a := try(); a.status < 500 {
			w.Errorf("node %s: a start that cannot be counted answered %v", n.name, a)
		}
	}
	for i := first; i <= w.numbers.Load(); i++ {
		if texts := w.texts(fmt.Sprintf("0100000%04d", i)); len(texts) != 0 {
			w.Errorf("a start that could not be counted got %d texts", len(texts))
		}
	}
}

// address is an address that no other number comes from.
func address(number string) string {
	n, _ := strconv.Atoi(number[7:]) // four digits
	return fmt.Sprintf("198.18.%d.%d", n/250, n%250+1)
}
