package sandbox

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
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
	mux.HandleFunc("POST /sandbox/find", s.postFind)
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

// getPage serves GET /, the phones. What shows is told by its address, see
// place.
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

// postPress serves the buttons of the page: a preset by name, a first text
// to look at, clear, or the fault to disarm.
func (s *Sandbox) postPress(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
	name, fault := r.PostFormValue("name"), r.PostFormValue("disarm")
	back := placeIn(r.PostForm)
	done := false
	switch {
	case fault != "":
		s.Disarm(fault)
		done = true
	case name == "try":
		done = s.tryOut(back.language()) == nil
	case name == "clear":
		s.Reset()
		back, done = place{English: back.English}, true
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
	back.show(w, r)
}

// show leads the browser to a place after a form.
func (p place) show(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, p.Address(), http.StatusSeeOther) //nolint:gosec // always this page: only counts come from the form
}

// postFind serves the search field. Words may be a number or a code, so they
// stay here and the address names them by their count.
func (s *Sandbox) postFind(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
	words := strings.TrimSpace(r.PostFormValue("words"))
	back := place{English: placeIn(r.PostForm).English}
	if words != "" {
		back.Find = s.finds.keep(words)
	}
	back.show(w, r)
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
