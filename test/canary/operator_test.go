package canary_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/factor/factortest"
)

// owner is the first operator of the run, at the console.
type owner struct {
	*load
	client *http.Client
	seen   map[string]string // masked pages, by their addresses
	trail  strings.Builder   // every address that was asked for or led to, and every title
	token  string            // of the forms of the last page
	secret string            // of the authenticator app
}

var (
	title     = regexp.MustCompile(`<title>([^<]*)</title>`)
	appSecret = regexp.MustCompile(`<dd translate="no">([A-Z2-7 ]+)</dd>`)
	resultAt  = regexp.MustCompile(`href="(/results/msg_[^"]+)"`)
)

// comeIn joins by the link that the program printed, with an authenticator app.
func (l *load) comeIn(seen map[string]string) *owner {
	l.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.Fatal(err)
	}
	o := &owner{load: l, client: &http.Client{Jar: jar}, seen: seen}
	o.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		fmt.Fprintln(&o.trail, r.URL)
		return nil
	}
	_, link, _ := strings.Cut(l.link, "#")
	link, _, _ = strings.Cut(link, " ")
	o.open("/start")
	o.post("/start", "do", "open", "code", link)
	o.post("/start", "do", "name", "name", "김카나")
	page := o.post("/start", "do", "totp", "name", "김카나")
	found := appSecret.FindStringSubmatch(page)
	if found == nil {
		l.Fatal("no key for an authenticator app is shown")
	}
	o.secret = found[1]
	l.secret("owner's link", link)
	l.secret("authenticator", strings.ReplaceAll(o.secret, " ", ""))
	o.post("/start", "do", "confirm", "name", "김카나", "code", factortest.Code(l.TB, o.secret, time.Now()))
	return o
}

// ask asks the console for something and returns the page that it leads to.
func (o *owner) ask(method, path, body string) string {
	o.Helper()
	r, err := http.NewRequestWithContext(o.Context(), method, o.desk+path, strings.NewReader(body))
	if err != nil {
		o.Fatal(err)
	}
	fmt.Fprintln(&o.trail, r.URL)
	status, text := o.do(o.client, r, func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Accept-Language", "en")
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	})
	if status != http.StatusOK {
		o.Errorf("%s %s answered %d", method, path, status)
	}
	if found := formToken.FindStringSubmatch(text); found != nil {
		o.token = found[1]
	}
	if found := title.FindStringSubmatch(text); found != nil {
		fmt.Fprintln(&o.trail, found[1])
	}
	return text
}

// open opens a page, on which no number stands in full.
func (o *owner) open(path string) string {
	o.Helper()
	page := o.ask(http.MethodGet, path, "")
	o.seen["console "+path] = page
	return page
}

// post sends a form: field, value, field, value.
func (o *owner) post(path string, fields ...string) string {
	o.Helper()
	form := url.Values{"token": {o.token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return o.ask(http.MethodPost, path, form.Encode())
}

// address returns the address on a page that a pattern finds.
func (o *owner) address(page string, pattern *regexp.Regexp) string {
	o.Helper()
	found := pattern.FindStringSubmatch(page)
	if found == nil {
		o.Fatalf("the page has no address like %s", pattern)
	}
	return html.UnescapeString(found[1])
}

// lookAround opens what the console shows of texts, looks for a number, and has one
// unmasked and all written as CSV. The addresses and titles of it all are kept.
func (o *owner) lookAround(number string) {
	o.Helper()
	for _, path := range []string{"/", "/traffic", "/senders", "/numbers", "/operators", "/me"} {
		o.open(path)
	}
	result := o.address(o.open("/results"), resultAt)
	o.open(result)
	o.seen["console: a provider's answer"] = o.post(result + "/answer")
	o.open(result + "/number")
	if page := o.post(result+"/number", "reason", "ticket 7"); !strings.Contains(page, "010-0000-") {
		o.Error("a number is not unmasked for who says why")
	}
	o.open("/results")
	o.seen["console: a number's texts"] = o.post("/results/number", "sought", number)
	o.open("/numbers")
	o.seen["console: a number"] = o.post("/numbers", "sought", number)
	if !strings.Contains(o.seen["console: a number"], "010-****-") {
		o.Error("a number is not found in the console")
	}
	o.open("/results/csv")
	o.seen["console: CSV"] = o.post("/results/csv", "encoding", "utf-8", "reason", "ticket 7")
	if strings.Count(o.seen["console: CSV"], "\n") < 2*people {
		o.Error("the CSV has fewer lines than people signed up")
	}
	o.seen["addresses and titles"] = o.trail.String()
}
