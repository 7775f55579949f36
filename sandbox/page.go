package sandbox

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed assets
var assets embed.FS

// pageTemplates parses the page once per language, when it is first asked for.
var pageTemplates = sync.OnceValue(func() [2]*template.Template {
	var out [2]*template.Template
	for _, l := range []language{ko, en} {
		out[l] = template.Must(template.New("inbox.html").
			Funcs(template.FuncMap{"t": l.say}).ParseFS(assets, "assets/inbox.html"))
	}
	return out
})

// pagePolicy lets the page load its own files and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Sandbox) pageRoutes(mux *http.ServeMux) {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("sandbox: " + err.Error()) // the folder is compiled in
	}
	serve := http.StripPrefix("/sandbox/assets/", http.FileServerFS(files))
	for _, name := range []string{"style.css", "inbox.js", "mark.svg"} {
		mux.HandleFunc("GET /sandbox/assets/"+name, func(w http.ResponseWriter, r *http.Request) {
			pageHeaders(w)
			w.Header().Set("Cache-Control", "no-cache")
			serve.ServeHTTP(w, r)
		})
	}
	mux.HandleFunc("GET /{$}", s.getPage)
	mux.HandleFunc("POST /sandbox/press", s.postPress)
}

func pageHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// getPage serves GET /, the phone. lang=en is English; phone chooses a
// recipient by its rank, since a number must not stand in an address.
func (s *Sandbox) getPage(w http.ResponseWriter, r *http.Request) {
	v := s.viewPage(r)
	var buf bytes.Buffer
	if err := pageTemplates()[v.l].Execute(&buf, v); err != nil {
		s.set.logger.Error("rendering the inbox failed", "error", err)
		refuse(errInternal).deliver(w, r)
		return
	}
	pageHeaders(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(buf.Bytes()) // a browser that has gone needs no page
}

// postPress serves the buttons of the page: a preset by name, or clear.
func (s *Sandbox) postPress(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
	name := r.PostFormValue("name")
	done := name == "clear"
	if done {
		s.Reset()
	}
	for _, p := range presets {
		if p.name == name {
			done = s.press(p) == nil
		}
	}
	if !done {
		refuse(errValidation.because("name: unknown button")).deliver(w, r)
		return
	}
	q := url.Values{}
	if r.PostFormValue("lang") == "en" {
		q.Set("lang", "en")
	}
	if n, err := strconv.Atoi(r.PostFormValue("phone")); err == nil && name != "clear" {
		q.Set("phone", strconv.Itoa(n))
	}
	target := url.URL{Path: "/", RawQuery: q.Encode()}
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}

// pageView is everything the template shows, ready to print.
type pageView struct {
	l       language
	English bool
	Chosen  string // the rank of a phone chosen by hand, or empty
	Host    string
	Links   []link
	Phones  []phoneOption
	To      string
	From    string
	Thread  []bubble
	Balance string
	Presets []presetView
	Rows    []row
	Total   string
}

type phoneOption struct {
	Rank     int
	Number   string
	Selected bool
}

type presetView struct {
	Name, Title, Text, State string
	On                       bool
}

// row is one line of the request log.
type row struct {
	N                          int64
	Time, Method, Path, Answer string
	MS                         string
	Meaning                    string
	Cut, Bad                   bool
}

const (
	pagePhones = 50
	pageTexts  = 30
	pageRows   = 50
)

func (s *Sandbox) viewPage(r *http.Request) pageView {
	v := pageView{Host: r.Host, Links: s.set.links, Chosen: r.URL.Query().Get("phone")}
	if r.URL.Query().Get("lang") == "en" {
		v.l, v.English = en, true
	}
	s.change(func(w *world) { v.phone(w) })
	a := s.Money()
	v.Balance = v.l.money(a.Balance + a.Point)
	for _, p := range presets {
		st := s.state(p)
		item := presetView{
			Name: p.name, Title: v.l.say("fault." + p.name), Text: v.l.say("fault." + p.name + ".sub"),
			State: v.l.say("on"), On: st.on,
		}
		switch {
		case st.left > 0:
			item.State = v.l.say("left", st.left)
		case st.on:
			item.State = v.l.say("armed")
		}
		v.Presets = append(v.Presets, item)
	}
	for _, e := range s.log.last(pageRows) {
		v.Rows = append(v.Rows, v.l.row(&e))
	}
	v.Total = v.l.say("count", thousands(s.log.count.Load()))
	return v
}

// phone fills in the list of phones and the screen of the one that shows: the
// chosen one, or the one a text came to last.
func (v *pageView) phone(w *world) {
	var shown *phone
	if n, err := strconv.Atoi(v.Chosen); err == nil {
		shown = w.byRank[n]
	}
	if shown == nil {
		v.Chosen = ""
	}
	seen := map[*phone]bool{}
	looked := 0
	for m := range newest(nil, w.order.Front()) {
		if looked++; looked > 2000 || len(seen) == pagePhones {
			break
		}
		if p := m.phone; !seen[p] && !m.sent.IsZero() {
			seen[p] = true
			if shown == nil {
				shown = p
			}
			v.Phones = append(v.Phones, phoneOption{p.rank, spell(p.number), p == shown})
		}
	}
	if len(w.senders) > 0 {
		v.From = spell(w.senders[0].PhoneNumber)
	}
	if shown == nil {
		return
	}
	v.To = spell(shown.number)
	for m := range newest(nil, shown.messages.Front()) {
		if len(v.Thread) == pageTexts {
			break
		}
		if !m.sent.IsZero() {
			if len(v.Thread) == 0 {
				v.From = spell(m.from)
			}
			v.Thread = append(v.Thread, v.l.bubble(m))
		}
	}
	v.order()
}

// order turns the thread oldest first and puts a day above each first text.
func (v *pageView) order() {
	for i, j := 0, len(v.Thread)-1; i < j; i, j = i+1, j-1 {
		v.Thread[i], v.Thread[j] = v.Thread[j], v.Thread[i]
	}
	last := ""
	for i := range v.Thread {
		if b := &v.Thread[i]; b.Day == last {
			b.Day = ""
		} else {
			last = b.Day
		}
	}
}

var longID = regexp.MustCompile(`([GM]4V)[0-9A-Z]{10,}([0-9A-Z]{3})`)

func (l language) row(e *entry) row {
	v := row{
		N: e.n, Time: e.at.In(korea).Format("15:04:05.000"), Method: e.method,
		Path: longID.ReplaceAllString(e.path, "$1…$2"), Answer: strconv.Itoa(e.status),
		MS: milliseconds(e.took), Meaning: l.meaning(e),
		Bad: e.status >= 400 || e.fault != "",
	}
	if e.status == 0 {
		v.Answer, v.Cut = l.say("cut"), true
	}
	return v
}

// milliseconds writes a duration with one decimal while it is short.
func milliseconds(d time.Duration) string {
	ms := float64(d.Microseconds()) / 1000
	if ms < 10 {
		return strconv.FormatFloat(ms, 'f', 1, 64)
	}
	return strconv.FormatFloat(ms, 'f', 0, 64)
}

// spell writes a Korean number with hyphens; others stay as they are.
func spell(number string) string {
	n := len(number)
	switch {
	case n == 8 && number[0] == '1':
		return number[:4] + "-" + number[4:]
	case strings.HasPrefix(number, "02") && (n == 9 || n == 10):
		return number[:2] + "-" + number[2:n-4] + "-" + number[n-4:]
	case strings.HasPrefix(number, "0") && n >= 10 && n <= 12:
		area := max(3, n-8)
		return number[:area] + "-" + number[area:n-4] + "-" + number[n-4:]
	}
	return number
}
