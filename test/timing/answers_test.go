package timing_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/api"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/timing"
)

// envSamples is how many samples the test takes; scripts/test asks for 20,000.
const envSamples = "SINPYO_TEST_TIMING"

const (
	samplesFew = 1_000 // without the environment: the answers are compared, and times roughly
	tMost      = 5.0
	planted    = 20 * time.Microsecond
	seed       = 20261123
	// apart is the time between two starts, by the clock of the database: no
	// ceiling of an hour or a day is near, and no ratio is looked at.
	apart = 80 * time.Second
)

// crops are the parts of the samples that are judged: all of them, and all but
// the slowest, of both kinds together.
var crops = []float64{1, 0.95, 0.8, 0.5}

// The two kinds of numbers.
const (
	known   = 0 // it has an account
	unknown = 1
)

// house is pages and API above a verifier, in this process.
type house struct {
	*verifytest.World
	http.Handler
	key string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{World: verifytest.New(t, verifytest.Options{
		Host: "id.example.kr", Sandbox: []sandbox.Option{sandbox.WithBalance(1_000_000_000, 0)}, DB: []func(*db.Options){func(o *db.Options) { o.DuplicateClosures = false }},
	})}
	var err error
	if _, h.key, err = h.Apps.CreateKey(t.Context(), app.Builtin, "test", app.Act{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	factors, err := factor.New(factor.Options{DB: h.DB, Ring: h.Ring, Name: h.App.Name, Origin: &url.URL{Scheme: "https", Host: "id.example.kr"}})
	if err != nil {
		t.Fatal(err)
	}
	site, err := pages.New(pages.Options{
		Verify: h.Verifier, Challenges: challenge.New(h.DB, h.Ring), Accounts: account.New(account.Options{DB: h.DB, Ring: h.Ring, Verify: h.Verifier}),
		Consents: consent.New(consent.Options{DB: h.DB}), Factors: factors, Application: h.App, Cookies: web.Cookies{Secure: true}, ServiceName: h.App.Name, Sender: verifytest.Sender, Now: h.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Mount(mux)
	api.New(api.Options{
		DB: h.DB, Apps: h.Apps, Verifier: h.Verifier, Outbox: h.Outbox, Receipts: h.Receipts, Challenges: challenge.New(h.DB, h.Ring),
		Keeper: idempotency.New(h.DB, h.Ring), Now: h.Clock.Now,
	}).Mount(mux)
	h.Handler, err = web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.DiscardHandler), Registerer: h.Registry, Now: time.Now,
		PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"}, Refuse: site.Refuse, CrossOriginExempt: []string{"/v1/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// prepare opens accounts for the numbers of one kind, and gives every second
// number of either the row that an earlier text has left with the limits.
func (h *house) prepare(kind int, numbers []phone.Number) {
	h.Helper()
	for batch := range slices.Chunk(numbers, 200) {
		err := h.DB.Update(h.Context(), func(tx *db.Tx) error {
			for i, n := range batch {
				id := "usr_" + n.National()
				kept := h.Ring.Number("users", id, n)
				if kind == known {
					tx.Exec(`INSERT INTO users (id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at)
						VALUES ($1, $2, $3, $4, $5, '김하늘', 'ko', $6, $6)`, id, kept.Sealed, kept.Whole, kept.Tail, kept.Prefix, tx.Now)
				}
				if i%2 == 0 {
					tx.Exec(`INSERT INTO number_limits (number_mac, sent_1, subject_1) VALUES ($1, $2, $3)`,
						kept.Whole, tx.Now.Add(-24*time.Hour), "ver_"+n.National())
				}
			}
			return nil
		})
		if err != nil {
			h.Fatal(err)
		}
	}
}

// visit is one person on the way through the first steps.
type visit struct {
	*house
	number  phone.Number
	address string
	flow    string // cookie
	id      string // of the verification, over the API
}

// steps are what is measured, in their order. Each makes its request, which is
// then timed.
var steps = []struct {
	name   string
	status int
	make   func(*visit) *http.Request
}{
	{"pages: start", 303, func(v *visit) *http.Request { return v.form("start", "number", v.number.Display()) }},
	{"pages: the code's page", 200, func(v *visit) *http.Request { return v.page("GET", "") }},
	{"pages: wrong code", 422, func(v *visit) *http.Request { return v.form("check", "code", "000000") }},
	{"pages: start again", 429, func(v *visit) *http.Request { return v.form("start", "number", v.number.Display()) }},
	{"API: start", 201, func(v *visit) *http.Request {
		return v.call("POST", "", `{"to":"`+v.number.National()+`","purpose":"login"}`)
	}},
	{"API: read", 200, func(v *visit) *http.Request { return v.call("GET", "/"+v.id, "") }},
	{"API: wrong code", 200, func(v *visit) *http.Request { return v.call("POST", "/"+v.id+"/check", `{"code":"000000"}`) }},
}

// apiFrom is the first step over the API, which has numbers of its own.
const apiFrom = 4

func (v *visit) page(method, body string) *http.Request {
	r := httptest.NewRequest(method, "https://id.example.kr/signup", strings.NewReader(body))
	r.RemoteAddr = v.address
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ko")
	r.AddCookie(&http.Cookie{Name: "__Host-flow", Value: v.flow})
	return r
}

// form is a post of the sign-up page. The token is that of internal/pages.
func (v *visit) form(do, field, value string) *http.Request {
	_, secret, _ := strings.Cut(v.flow, ".")
	sum := sha256.Sum256([]byte("sinpyo form " + secret))
	r := v.page("POST", url.Values{"do": {do}, field: {value}, "token": {hex.EncodeToString(sum[:16])}}.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (v *visit) call(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, "https://id.example.kr/v1/verifications"+path, strings.NewReader(body))
	r.RemoteAddr = v.address
	r.Header.Set("Authorization", "Bearer "+v.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// take keeps what the next step needs of an answer.
func (v *visit) take(rec *httptest.ResponseRecorder) {
	for _, c := range rec.Result().Cookies() {
		if c.Name == "__Host-flow" {
			v.flow = c.Value
		}
	}
	var started struct{ ID string }
	if json.Unmarshal(rec.Body.Bytes(), &started) == nil && started.ID != "" {
		v.id = started.ID
	}
}

// chances are what may differ from answer to answer: ids, secrets, numbers,
// times.
var chances = regexp.MustCompile(`name="opened" value="\d+"|[a-z]{3}_[0-9a-z]{26}|A{20}\d{32}|[A-Z2-7]{52}|[0-9a-f]{32}|\+8210\d{8}|010-\d{4}-\d{4}|010\d{8}|` +
	`\d{4}-\d\d-\d\dT[0-9:.]+Z|(오전|오후) \d{1,2}:\d\d|\d\d:\d\d|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [0-9:]+ GMT`)

// shape is an answer without what may differ: status, headers, cookies, body.
func shape(rec *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintln(&b, rec.Code)
	header := rec.Header()
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if name == "Content-Length" {
			continue // the body is compared, and a time of day has one digit or two
		}
		fmt.Fprintln(&b, name, header[name])
	}
	b.WriteString(rec.Body.String())
	var shaped strings.Builder
	for line := range strings.Lines(b.String()) {
		shaped.WriteString(withoutChances(line))
	}
	return shaped.String()
}

// plain are the lines in which nothing may differ; most are, and looking for
// what may takes longer than the answers do.
var plain = map[string]bool{}

// withoutChances takes out of a line what may differ.
func withoutChances(line string) string {
	if plain[line] {
		return line
	}
	shaped := chances.ReplaceAllString(line, "…")
	if shaped == line {
		plain[line] = true
	}
	return shaped
}

// TestAnswers_AreTheSameForKnownAndUnknownNumbers takes numbers with and
// without an account through the first steps of pages and API, in an order
// drawn from a seed: status, headers, cookies and bodies are the same, and so is
// the time they take, by Welch's t-test on all samples and on all but the
// slowest (S-13, S-28). The same times with a difference planted are told
// apart.
//
// Half of the numbers of either kind were texted before. That a number was
// texted lately is no secret of an account: the limits of its sends tell it to
// whoever asks, and an update of its row takes a few microseconds longer than
// the insert of its first.
func TestAnswers_AreTheSameForKnownAndUnknownNumbers(t *testing.T) {
	n, full := samplesFew, false
	if text := os.Getenv(envSamples); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < samplesFew {
			t.Fatalf("%s = %q", envSamples, text)
		}
		full = true
	}
	h := newHouse(t)
	kinds, numbers := draw(t, n)
	h.prepare(known, numbers[known])
	h.prepare(unknown, numbers[unknown])

	defer debug.SetGCPercent(debug.SetGCPercent(800))
	times := make([]measured, len(steps))
	shapes := map[string]map[string][2]int{}
	for i, kind := range kinds {
		v := &visit{house: h, address: fmt.Sprintf("10.%d.%d.%d:4711", i>>16&255, i>>8&255, i&255)}
		v.flow = "." + strings.Repeat("A", 20) + fmt.Sprintf("%032d", i)
		for s, step := range steps {
			if s == 0 || s == apiFrom {
				v.number, numbers[kind] = numbers[kind][0], numbers[kind][1:]
				h.Clock.Advance(apart)
			}
			r, rec := step.make(v), httptest.NewRecorder()
			began := time.Now()
			h.ServeHTTP(rec, r)
			took := time.Since(began)
			v.take(rec)
			if rec.Code != step.status {
				t.Fatalf("%s was answered %d, want %d\n%s", step.name, rec.Code, step.status, rec.Body)
			}
			times[s].add(kind, took)
			got := shape(rec)
			if shapes[step.name] == nil {
				shapes[step.name] = map[string][2]int{}
			}
			count := shapes[step.name][got]
			count[kind]++
			shapes[step.name][got] = count
		}
		if i%100 == 0 {
			h.Drive() // the texts are dropped as too late, unmeasured
		}
	}
	for s, step := range steps {
		wantOneShape(t, step.name, shapes[step.name], len(kinds))
		times[s].judge(t, step.name, full)
	}
}

// draw returns the order of the kinds and two numbers for each turn.
func draw(t *testing.T, n int) (kinds []int, numbers [2][]phone.Number) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	digits := r.Perm(8 * n)
	for i := range n {
		kinds = append(kinds, i%2)
	}
	r.Shuffle(n, func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for i := range 2 * n {
		number, err := phone.Parse(fmt.Sprintf("010%08d", 20_000_000+digits[i]))
		if err != nil {
			t.Fatal(err)
		}
		numbers[i%2] = append(numbers[i%2], number)
	}
	return kinds, numbers
}

// wantOneShape wants every answer of a step to have one of few shapes, which do
// not tell the kinds apart.
func wantOneShape(t *testing.T, step string, shapes map[string][2]int, n int) {
	t.Helper()
	if len(shapes) == 1 {
		return
	}
	t.Errorf("%s has %d kinds of answers in %d", step, len(shapes), n)
	shown := 0
	for text, count := range shapes {
		if shown++; shown > 2 {
			return
		}
		t.Logf("%d times with an account, %d times without:\n%s", count[known], count[unknown], text)
	}
}

// measured are the times of one step.
type measured struct{ timing.Times }

func (m *measured) add(kind int, took time.Duration) { m.Times[kind] = append(m.Times[kind], took) }

// judge wants no difference between the kinds, and the planted one to be found.
func (m *measured) judge(t *testing.T, step string, full bool) {
	t.Helper()
	more := timing.Times{slices.Clone(m.Times[known]), m.Times[unknown]}
	for i := range more[known] {
		more[known][i] += planted
	}
	var told strings.Builder
	most, found := 0.0, 0.0
	for _, quantile := range crops {
		got, difference := timing.Welch(timing.Crop(m.Times, quantile))
		more, _ := timing.Welch(timing.Crop(more, quantile))
		fmt.Fprintf(&told, "  %3.0f %%: t = %5.2f (%v), planted %.1f;", 100*quantile, got, difference, more)
		most, found = max(most, math.Abs(got)), max(found, math.Abs(more))
	}
	t.Logf("%-22s median %v;%s", step, median(m.Times[unknown]), &told)
	if most >= tMost {
		t.Errorf("%s takes another time for numbers with an account: |t| = %.2f, want less than %v", step, most, tMost)
	}
	if full && found < tMost {
		t.Errorf("%s: a difference of %v gives |t| = %.2f: this run could not have found one", step, planted, found)
	}
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}
