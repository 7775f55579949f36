package pagestest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Person is somebody at a browser that is no browser: it speaks HTTP, keeps
// cookies and knows the token of the forms it has seen. Its steps are quick, so
// that a test walks to where it wants to begin.
type Person struct {
	*World
	Language string // Accept-Language
	Client   *http.Client
	Token    string // of the forms of the last page
}

// Person returns somebody who has never been here.
func (w *World) Person(language string) *Person {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	return &Person{World: w, Language: language, Client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Page is what was answered.
type Page struct {
	Status int
	Header http.Header
	Body   string
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// Get opens a page.
func (p *Person) Get(path string) Page {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.URL+path, nil)
	if err != nil {
		p.Fatal(err)
	}
	return p.send(r)
}

// Post sends a form of the last page: field, value, field, value.
func (p *Person) Post(path string, fields ...string) Page {
	p.Helper()
	form := url.Values{"token": {p.Token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.send(r)
}

func (p *Person) send(r *http.Request) Page {
	p.Helper()
	r.Header.Set("Accept-Language", p.Language)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36")
	answer, err := p.Client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.Fatal(err)
	}
	if found := tokenField.FindSubmatch(body); found != nil {
		p.Token = string(found[1])
	}
	return Page{Status: answer.StatusCode, Header: answer.Header, Body: string(body)}
}

// Cookies returns what the person's browser keeps for the site.
func (p *Person) Cookies() []*http.Cookie {
	p.Helper()
	site, err := url.Parse(p.URL)
	if err != nil {
		p.Fatal(err)
	}
	return p.Client.Jar.Cookies(site)
}

// Do does an act of the sign-up page that must lead on.
func (p *Person) Do(act string, fields ...string) {
	p.Helper()
	a := p.Post("/signup", append([]string{"do", act}, fields...)...)
	if a.Status != http.StatusSeeOther {
		p.Fatalf("%s answered %d\n%s", act, a.Status, a.Body)
	}
}

// Start opens the sign-up page and has a code texted to a number.
func (p *Person) Start(number string) {
	p.Helper()
	p.Get("/signup")
	p.Do("start", "number", number)
}

// Prove goes on to where name and consents are asked for.
func (p *Person) Prove(number string) {
	p.Helper()
	p.Start(number)
	p.Do("check", "code", p.Code(number))
	p.Get("/signup")
}

// Join signs up.
func (p *Person) Join(number, name string) {
	p.Helper()
	p.Prove(number)
	p.Do("finish", "name", name, "agree", "age_14", "agree", "terms")
}
