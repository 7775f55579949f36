package console_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/korean"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

const (
	theNumber = "010-1234-5678"
	deaf      = "010-9999-3032" // nobody has this number
)

// shop returns the console of a shop that has sent a few texts: to one number two,
// of which the second was answered, and one to a number that nobody has.
func shop(t *testing.T, o consoletest.Options) *consoletest.World {
	t.Helper()
	w := consoletest.New(t, o)
	w.Fate(deaf, "3032")
	w.Start(theNumber, verify.Login)
	w.Clock.Advance(20 * time.Minute)
	w.Start(deaf, verify.Signup)
	ref := w.Start(theNumber, verify.Signup)
	w.Clock.Advance(15 * time.Second)
	w.Enter(theNumber, ref)
	w.Clock.Advance(time.Second)
	w.Use(ref, "usr_1")
	w.Clock.Advance(time.Minute)
	return w
}

var (
	prevLink   = regexp.MustCompile(`href="([^"]*)" rel="prev"`)
	resultLink = regexp.MustCompile(`href="/results/(msg_[0-9a-z]+)"`)
	rowOfTexts = regexp.MustCompile(`<th scope="row"><a href="/results/(msg_[0-9a-z]+)">([^<]+)<`)
)

// rows returns the masked numbers that a list shows.
func rows(a *httptest.ResponseRecorder) (numbers []string) {
	for _, row := range rowOfTexts.FindAllStringSubmatch(a.Body.String(), -1) {
		numbers = append(numbers, row[2])
	}
	return numbers
}

// link returns the address that a page has a link to.
func link(t *testing.T, a *httptest.ResponseRecorder, begins string) string {
	t.Helper()
	_, to, ok := strings.Cut(a.Body.String(), `href="`+begins)
	if !ok {
		t.Fatalf("no link to %s…\n%s", begins, a.Body)
	}
	to, _, _ = strings.Cut(to, `"`)
	return begins + strings.ReplaceAll(to, "&amp;", "&")
}

// found sends a number and returns the address that the form leads to.
func found(t *testing.T, p *consoletest.Person, page, number string) string {
	t.Helper()
	p.Get(page)
	a := p.Post(strings.Replace(page, "/results", "/results/number", 1), "sought", number)
	if a.Code != http.StatusSeeOther {
		t.Fatalf("looking for a number answered %d\n%s", a.Code, a.Body)
	}
	return a.Header().Get("Location")
}

func TestPages_OfTextsAreAsReviewed(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := shop(t, consoletest.Options{})
			p := w.Owner(language)
			list := p.Get("/results")
			golden(t, "results."+language, list.Body.String())
			ids := resultLink.FindAllStringSubmatch(list.Body.String(), -1)
			if len(ids) != 3 {
				t.Fatalf("%d texts are listed", len(ids))
			}
			golden(t, "result-entered."+language, p.Get("/results/"+ids[0][1]).Body.String())
			golden(t, "result-failed."+language, p.Get("/results/"+ids[1][1]).Body.String())
			golden(t, "result-unused."+language, p.Get("/results/"+ids[2][1]).Body.String())
			golden(t, "results-none."+language, p.Get("/results?status=dropped").Body.String())
			golden(t, "results-csv."+language, p.Get("/results/csv?status=delivered&since=2026-11-20").Body.String())
			golden(t, "numbers."+language, p.Get("/numbers").Body.String())
			p.Get("/numbers")
			golden(t, "number."+language, p.Get(p.Post("/numbers", "sought", theNumber).Header().Get("Location")).Body.String())
		})
	}
}

// TestRow33_TheConsoleFindsFateCostAndReasonByNumber is row 33 of product §8 as an
// operator meets it; how fast is internal/results' to show.
func TestRow33_TheConsoleFindsFateCostAndReasonByNumber(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	p := w.Operator("en", "Mina", operator.Support)
	at := found(t, p, "/results", deaf)
	list := p.Get(at)
	if diff := cmp.Diff([]string{"010-****-3032"}, rows(list)); diff != "" {
		t.Errorf("the texts of the number:\n%s", diff)
	}
	says(t, list, http.StatusOK, "Number has no subscriber <small>3032</small>")
	says(t, list, http.StatusOK, "KRW 20")
	page := p.Get(link(t, list, "/results/msg_"))
	says(t, page, http.StatusOK, "Not delivered: Number has no subscriber")
	says(t, page, http.StatusOK, "3032")
	page = p.Get(link(t, list, "/numbers/"))
	for _, words := range []string{"010-****-3032", "A text could not be delivered", "A verification was started: Sign-up", "1 sent, 0 arrived, KRW 20"} {
		says(t, page, http.StatusOK, words)
	}
	page = p.Get(found(t, p, "/results", " 5678 "))
	if diff := cmp.Diff([]string{"010-****-5678", "010-****-5678"}, rows(page)); diff != "" {
		t.Errorf("the texts to four digits:\n%s", diff)
	}
	if strings.Contains(page.Body.String(), "/numbers/") {
		t.Error("four digits have a page of their own")
	}
}

// TestRow36_ConsoleMasksUntilSomebodySaysWhy is row 36 of product §8 at the door.
func TestRow36_ConsoleMasksUntilSomebodySaysWhy(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	viewer, p := w.Operator("en", "Vera", operator.Viewer), w.Operator("en", "Mina", operator.Support)
	at := link(t, p.Get("/results"), "/results/msg_")
	code := w.Texts.Provider.Handset(w.Number(theNumber).National())[0].Text
	code = code[strings.LastIndexByte(code, '#')+1:]
	page := viewer.Get(at)
	says(t, page, http.StatusOK, "@localhost #······")
	if strings.Contains(page.Body.String(), "Show the number") {
		t.Error("a viewer is offered the number")
	}
	says(t, viewer.Get(at+"/number"), http.StatusForbidden, "<b>Support</b>")
	p.Get(at)
	says(t, p.Post(at+"/number", "reason", "  "), http.StatusBadRequest, "Say why")
	says(t, p.Post(at+"/number", "reason", strings.Repeat("x", 201)), http.StatusBadRequest, "Say why")
	says(t, p.Post(at+"/number", "reason", "ticket 7"), http.StatusOK, theNumber)
	pages := []*httptest.ResponseRecorder{p.Get(at), p.Get(at + "/number"), p.Get("/results"), p.Get(found(t, p, "/results", theNumber))}
	pages = append(pages, p.Get(link(t, pages[3], "/numbers/")))
	for _, a := range pages {
		if body := a.Body.String(); a.Code != http.StatusOK || strings.Contains(body, "1234-5678") || strings.Contains(body, "12345678") {
			t.Errorf("a page answered %d, or shows the number", a.Code)
		}
		if strings.Contains(a.Body.String(), code) {
			t.Error("a page shows the code")
		}
	}
	if diff := cmp.Diff([]string{p.ID + " messages unmask ticket 7"}, records(t, w, "messages%")); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

// records returns who did an act, and why.
func records(t *testing.T, w *consoletest.World, act string) (list []string) {
	t.Helper()
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT actor, act, detail FROM records WHERE act LIKE $1 ORDER BY number`, []any{act}, func(scan func(...any) error) error {
			var actor, act, detail string
			err := scan(&actor, &act, &detail)
			list = append(list, actor+" "+act+" "+detail)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestResults_NarrowByTheAddress(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	p := w.Operator("en", "Vera", operator.Viewer)
	for query, want := range map[string]int{
		"":                              3,
		"?status=delivered":             2,
		"?code=3032":                    1,
		"?purpose=login":                1,
		"?type=SMS&sender=0215770000":   3,
		"?type=LMS":                     0,
		"?application=app_builtin":      3,
		"?since=2026-11-22T15:10":       2,
		"?since=2026-11-22":             3,
		"?since=2026-11-23":             0,
		"?purpose=signup&status=queued": 0,
	} {
		if a := p.Get("/results" + query); a.Code != http.StatusOK || len(rows(a)) != want {
			t.Errorf("%s answered %d with %d texts, want %d", query, a.Code, len(rows(a)), want)
		}
	}
	if a := p.Get("/results?status=&since=&purpose=login&code="); a.Header().Get("Location") != "/results?purpose=login" {
		t.Errorf("a form with empty fields leads to %q", a.Header().Get("Location"))
	}
	says(t, p.Get("/results?purpose=login"), http.StatusOK, `<option value="login" selected>`)
	says(t, p.Get("/results?purpose=other"), http.StatusOK, `<option value="other" selected>`)
	says(t, p.Get("/results?since=2026-11-16"), http.StatusOK, `<option value="2026-11-16" selected>Last 7 days`)
	says(t, p.Get("/results?since=2026-11-01T10:00"), http.StatusOK, "From 11-01 10:00")
	says(t, p.Get("/results?status=dropped"), http.StatusOK, "No text fits")
	says(t, consoletest.New(t, consoletest.Options{}).Owner("en").Get("/results"), http.StatusOK, "Texts that were sent gather here")
}

func TestResults_RefuseWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	p := w.Owner("en")
	at := found(t, p, "/results", theNumber)
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	token := u.Query().Get("number")
	altered := token[:20] + "AAAA" + token[24:]
	for query, words := range map[string]string{
		"status=gone":                   "Choose them again",
		"since=yesterday":               "Choose them again",
		"code=%00":                      "Choose them again",
		"number=01012345678":            "Choose them again",
		"number=" + altered:             "Choose them again",
		"cursor=msg_1":                  "Begin it again",
		"cursor=" + token:               "Begin it again",
		"purpose=login&cursor=" + token: "Begin it again",
	} {
		says(t, p.Get("/results?"+query), http.StatusBadRequest, words)
	}
	for _, query := range []string{"status=gone", "number=" + altered} {
		says(t, p.Get("/results/csv?"+query), http.StatusBadRequest, "Choose them again")
		says(t, p.Post("/results/csv?"+query, "reason", "ticket 7"), http.StatusBadRequest, "Choose them again")
	}
	says(t, p.Get("/numbers/"+altered), http.StatusBadRequest, "Choose them again")
	says(t, p.Get("/numbers/"+token+"?cursor="+token), http.StatusBadRequest, "Begin it again")
	says(t, p.Get("/results/msg_none"), http.StatusNotFound, "nothing here")
	p.Get("/results")
	for typed, words := range map[string]string{"": "Enter a number", "12": "Check the number", "02-123-4567": "landline", "070-1234-5678": "070"} {
		says(t, p.Post("/results/number?purpose=login", "sought", typed), http.StatusBadRequest, words)
		p.Get("/numbers")
		says(t, p.Post("/numbers", "sought", typed), http.StatusBadRequest, words)
	}
	if a := p.Post("/results/number", "sought", "ver_1"); a.Header().Get("Location") != "/results?verification=ver_1" {
		t.Errorf("an id leads to %q", a.Header().Get("Location"))
	}
	if a := p.Post("/results/number", "sought", "msg_1"); a.Header().Get("Location") != "/results/msg_1" {
		t.Errorf("an id leads to %q", a.Header().Get("Location"))
	}
}

// TestResults_GoOnWhereTheyEnded walks through all pages of a list, of all texts
// and of one number.
func TestResults_GoOnWhereTheyEnded(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{At: time.Now().Truncate(time.Second)})
	const texts = 120
	err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
		for i := range texts {
			to := w.Number(fmt.Sprintf("010-1234-%04d", i/2))
			d := w.Texts.Outbox.Draft(w.Texts.App.ID, "", "notice", to, "text")
			w.Texts.Outbox.Enqueue(tx, d, tx.Now.Add(time.Hour))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p := w.Owner("en")
	seen := map[string]bool{}
	pages := 0
	var way []string
	for at := "/results?purpose=notice"; at != ""; pages++ {
		a := p.Get(at)
		says(t, a, http.StatusOK, "<b>120 texts</b>")
		way = append(way, at)
		for _, row := range rowOfTexts.FindAllStringSubmatch(a.Body.String(), -1) {
			seen[row[1]] = true
		}
		if at = ""; strings.Contains(a.Body.String(), "Next 50") {
			at = link(t, a, "/results?back=")
		}
	}
	last := p.Get(way[2])
	for _, want := range []string{way[1], way[0]} { // the way back is the one that somebody came
		found := prevLink.FindStringSubmatch(last.Body.String())
		if found == nil {
			t.Fatalf("no way back to %s\n%s", want, last.Body)
		}
		last = p.Get(strings.ReplaceAll(found[1], "&amp;", "&"))
		if rows(last) == nil || !slices.Equal(rows(last), rows(p.Get(want))) {
			t.Errorf("the page before is %s, want %s", found[1], want)
		}
	}
	if len(seen) != texts || pages != 3 {
		t.Errorf("%d texts on %d pages", len(seen), pages)
	}
	other := link(t, p.Get("/results"), "/results?back=")
	says(t, p.Get(other+"&purpose=login"), http.StatusBadRequest, "Begin it again")
}

func TestAnswer_IsAskedForByAButton(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	p := w.Operator("en", "Vera", operator.Viewer)
	at := link(t, p.Get("/results"), "/results/msg_")
	p.Get(at)
	page := p.Post(at + "/answer")
	says(t, page, http.StatusOK, "&#34;statusCode&#34;: &#34;4000&#34;")
	if body := page.Body.String(); strings.Contains(body, "12345678") || strings.Contains(body, "0215770000") {
		t.Error("the answer holds a number")
	}
	if _, err := w.Texts.Provider.Arm(sandbox.Fault{Path: "/messages/v4/list", Kind: "status", Status: 500, Times: 10}); err != nil {
		t.Fatal(err)
	}
	page = p.Post(at + "/answer")
	says(t, page, http.StatusServiceUnavailable, "cannot be reached now")
	says(t, page, http.StatusServiceUnavailable, "Its way")
	says(t, p.Post("/results/msg_none/answer"), http.StatusNotFound, "nothing here")
}

// TestExport_IsSafeInSpreadsheetsAndRecorded takes the list as CSV, end to end.
func TestExport_IsSafeInSpreadsheetsAndRecorded(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`UPDATE messages SET network = '=HYPERLINK("x")', sender = '+82', purpose = '@SUM'`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p := w.Operator("ko", "박서준", operator.Manager)
	w.Clock.Advance(operator.FreshFor)
	const at = "/results/csv?status=delivered"
	if a := p.Get(at); a.Header().Get("Location") != "/confirm" {
		t.Fatalf("without a fresh proof: %d to %q", a.Code, a.Header().Get("Location"))
	}
	w.Clock.Advance(31 * time.Second)
	p.Get("/confirm")
	p.Leads("/confirm", at, "code", p.Code())
	says(t, p.Get(at), http.StatusOK, "도착")
	a := p.Post(at, "encoding", "utf-8", "reason", " ")
	says(t, a, http.StatusBadRequest, "1~200자")
	if a.Header().Get("Content-Disposition") != "" {
		t.Error("a refusal is a file")
	}
	says(t, p.Post(at, "encoding", "ebcdic", "reason", "x"), http.StatusBadRequest, "조건")
	a = p.Post(at, "encoding", "utf-8", "reason", "월말 정산")
	if a.Code != http.StatusOK || !strings.HasPrefix(a.Header().Get("Content-Disposition"), `attachment; filename="results-20261122-`) || a.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the file: %d, %v", a.Code, a.Header())
	}
	body, marked := bytes.CutPrefix(a.Body.Bytes(), []byte("\xEF\xBB\xBF"))
	lines, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || !marked || len(lines) != 3 || lines[0][1] != "받는 번호" || lines[1][1] != "010-****-5678" {
		t.Fatalf("the lines: %q (%v)", lines, err)
	}
	for _, line := range lines[1:] {
		for _, cell := range line {
			if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
				t.Errorf("the cell %q begins a formula", cell)
			}
		}
		if !slices.Contains(line, `'=HYPERLINK("x")`) || !slices.Contains(line, "'@SUM") {
			t.Errorf("the line %q", line)
		}
	}
	a = p.Post(at, "encoding", "cp949", "numbers", "yes", "reason", "경찰 요청 3호")
	text, err := korean.EUCKR.NewDecoder().String(a.Body.String())
	if err != nil || !strings.HasPrefix(text, "보낸 때 (서울),받는 번호,") || !strings.Contains(text, theNumber) {
		t.Errorf("as CP949: %.80q (%v)", text, err)
	}
	want := []string{p.ID + " messages export masked 월말 정산", p.ID + " messages export 경찰 요청 3호"}
	if diff := cmp.Diff(want, records(t, w, "messages%")); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

// TestNext_LeadsBackWithTheFilter: who has to sign in first comes back to the list
// that they asked for, and to no other place.
func TestNext_LeadsBackWithTheFilter(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	p := w.Owner("en")
	for at, want := range map[string]string{
		"/results?status=delivered&since=2026-11-20": "/results?status=delivered&since=2026-11-20",
		"/results?code=" + strings.Repeat("1", 2000): "/results",
	} {
		p.Get("/me")
		p.Leads("/me/signout", "/signin")
		p.Get(at)
		w.Clock.Advance(31 * time.Second)
		p.Get("/signin")
		p.Leads("/signin", want, "name", p.Name, "code", p.Code())
	}
	for _, planted := range []string{"//evil.example/results", "https://evil.example/results?x", "/results?a#b", "/nowhere?status=x", "/confirm?x"} {
		p.Get("/me")
		p.Leads("/me/signout", "/signin")
		p.Cookies["console-next"] = planted
		w.Clock.Advance(31 * time.Second)
		p.Get("/signin")
		p.Leads("/signin", "/", "name", p.Name, "code", p.Code())
	}
}

// idsOfTexts are the ids of words that the pages of texts put together, from what
// the rooms below can say.
func idsOfTexts() (ids []string) {
	add := func(begins string, ends ...string) {
		for _, end := range ends {
			ids = append(ids, begins+end)
		}
	}
	add("fault.", "filter_invalid", "cursor_invalid", "provider_unavailable", "provider_answer_missing",
		"number_limited", "number_locked", "budget_spent", "limits_unreadable", "sender_lapsed")
	add("filter.", "since", "until", "status", "purpose", "type", "code", "sender", "application", "verification")
	for _, s := range []outbox.Status{
		outbox.Queued, outbox.Sending, outbox.Accepted, outbox.Delivered, outbox.Undelivered, outbox.Rejected, outbox.Unknown, outbox.Dropped,
	} {
		add("", "status."+string(s), "verdict."+string(s), "happened.text."+string(s))
		if s.Ended() {
			add("step.reported.", string(s))
		}
	}
	for _, p := range verify.Purposes() {
		add("purpose.", string(p))
	}
	add("purpose.", "notice", "alarm", "test")
	for _, s := range []verify.Status{verify.Pending, verify.Approved, verify.Redeemed, verify.Locked, verify.Expired, verify.Superseded, verify.Canceled} {
		add("course.", string(s))
	}
	for _, s := range []verify.Status{verify.Locked, verify.Expired, verify.Superseded, verify.Canceled} {
		add("happened.ended.", string(s))
	}
	for _, k := range []results.StepKind{
		results.StepStarted, results.StepQueued, results.StepGrouped, results.StepAccepted, results.StepCarrier, results.StepEntered,
		results.StepUsed, results.StepJoined, results.StepSignedIn,
	} {
		add("step.", string(k))
	}
	for _, o := range []limit.Outcome{limit.Refused, limit.Challenged, limit.Shadowed} {
		add("happened.", string(o))
	}
	for _, r := range []limit.Rule{
		limit.NumberSends, limit.NumberWrong, limit.NumberLocked, limit.DeviceSends, limit.Network, limit.Application, limit.Installation,
		limit.Won, limit.Conversion, limit.Spraying,
	} {
		add("rule.", string(r))
	}
	for _, k := range []audit.Kind{
		audit.SignedIn, audit.Joined, audit.Left, audit.FactorAdded, audit.FactorRemoved, audit.FactorWrong, audit.SteppedUp,
		audit.NumberChanged, audit.NumberUndone, audit.NumberLeft, audit.RecoveryBegun, audit.RecoveryCanceled, audit.Recovered,
		audit.Renamed, audit.Exported, audit.Closed, audit.Dormant,
	} {
		add("event.", string(k))
	}
	add("use.", "texts.hour", "texts.day", "wrong.hour", "wrong.day")
	for i := range 7 {
		add("weekday.", strconv.Itoa(i))
	}
	for i := range 12 {
		add("month.", strconv.Itoa(i+1))
	}
	return ids
}
