package main

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/demo"
	"github.com/sinpyo/sinpyo/test/measure"
)

// measuring gathers the figures.
type measuring struct {
	options
	store store
	made  string // what is in it, in words
	bytes int64

	pid        int // of the server
	pages      []figure
	left       []string // routes for which there is no example
	file       export
	load       [2]string // of the machine, before and after
	yardsticks measure.Latencies
}

// figure is how long one kind of page took.
type figure struct {
	name  string
	must  time.Duration
	took  measure.Latencies
	cpu   time.Duration // of the server, for each
	bytes int           // of the last one
}

// What is wanted: see docs.
const (
	mustPage   = 200 * time.Millisecond // 95 in a hundred
	mustSearch = 50 * time.Millisecond
	mustNumber = 2 * time.Second

	unmeasured = 3 // the first ones
	deep       = 200
)

// measure opens everything.
func (m *measuring) measure(at *owner) error {
	for _, step := range []func() error{
		func() error { return m.windows(at) },
		func() error { return m.lists(at) },
		func() error { return m.numbers(at) },
		func() error { return m.deepPages(at) },
		func() error { return m.others(at) },
		func() error { return m.export(at) },
	} {
		took, err := measure.Yardstick()
		if err != nil {
			return err
		}
		m.yardsticks = append(m.yardsticks, took)
		if err := step(); err != nil {
			return err
		}
	}
	slices.Sort(m.yardsticks)
	return nil
}

// ask opens addresses in turn, often enough, and keeps how long that took.
func (m *measuring) ask(at *owner, name string, must time.Duration, paths ...string) (last answer, err error) {
	f := figure{name: name, must: must}
	var used time.Duration
	for i := range m.times + unmeasured {
		if i == unmeasured {
			if used, err = measure.CPUTime(m.pid, false); err != nil {
				return last, err
			}
		}
		path := paths[i%len(paths)]
		if last, err = at.get(path); err != nil {
			return last, err
		}
		if last.status == http.StatusSeeOther {
			m.left = append(m.left, name+" (it leads elsewhere)")
			return last, nil
		}
		if last.status != http.StatusOK {
			return last, fmt.Errorf("%s answered %d", strings.SplitN(path, "?", 2)[0], last.status)
		}
		if strings.HasPrefix(last.kind, "text/event-stream") {
			m.left = append(m.left, name+" (it has no end)")
			return last, nil
		}
		if i >= unmeasured {
			f.took = append(f.took, last.took)
		}
	}
	f.bytes = len(last.body)
	return last, m.keep(f, used)
}

// keep adds a figure, for which the server began with so much processor time.
func (m *measuring) keep(f figure, used time.Duration) error {
	now, err := measure.CPUTime(m.pid, false)
	f.cpu = (now - used) / time.Duration(len(f.took))
	slices.Sort(f.took)
	m.pages = append(m.pages, f)
	fmt.Fprintf(os.Stderr, "%s\n", f)
	return err
}

// windows opens the pages of figures for each of their windows.
func (m *measuring) windows(at *owner) error {
	for _, days := range []string{"1", "7", "30"} {
		if _, err := m.ask(at, "overview, days "+days, mustPage, "/?days="+days); err != nil {
			return err
		}
		for _, by := range []string{"day", "hour", "week", "carrier", "code", "purpose", "application"} {
			if _, err := m.ask(at, "traffic by "+by+", days "+days, mustPage, "/traffic?by="+by+"&days="+days); err != nil {
				return err
			}
		}
	}
	return nil
}

// lists opens the list of texts with filters that many, few and no texts pass.
func (m *measuring) lists(at *owner) error {
	ago := func(days int) string { return time.Now().AddDate(0, 0, -days).Format(time.DateOnly) }
	for _, q := range []url.Values{
		{},
		{"since": {ago(7)}},
		{"since": {ago(200)}, "until": {ago(190)}},
		{"status": {"delivered"}},
		{"status": {"undelivered"}},
		{"status": {"dropped"}},
		{"status": {"unknown"}},
		{"code": {"3042"}},
		{"purpose": {"recovery"}},
		{"purpose": {"notice"}},
		{"sender": {"07000001234"}},
		{"type": {"LMS"}},
		{"application": {"app_nobody"}},
		{"status": {"rejected"}, "purpose": {"number_change"}},
		{"status": {"undelivered"}, "code": {"3053"}, "purpose": {"recovery"}, "since": {ago(250)}},
		{"code": {"9999"}, "since": {ago(299)}, "until": {ago(30)}},
	} {
		name := "results"
		for _, key := range slices.Sorted(func(yield func(string) bool) {
			for key := range q {
				if !yield(key) {
					return
				}
			}
		}) {
			value := q.Get(key)
			if key == "since" || key == "until" {
				value = "…"
			}
			name += ", " + key + " " + value
		}
		path := "/results"
		if len(q) > 0 {
			path += "?" + q.Encode()
		}
		if _, err := m.ask(at, name, mustPage, path); err != nil {
			return err
		}
	}
	return nil
}

// numbers looks for members' numbers, for last digits, and opens what happened to
// the numbers.
func (m *measuring) numbers(at *owner) error {
	var whole, ends, timelines []string
	for i := range 20 {
		number := demo.Number(i * 997).National()
		for into, typed := range map[*[]string]string{&whole: number, &ends: number[len(number)-4:]} {
			if _, err := at.get("/results/number"); err != nil {
				return err
			}
			a, err := at.post("/results/number", "sought", typed)
			if err != nil || a.status != http.StatusSeeOther {
				return errors.Join(err, fmt.Errorf("looking for a number was answered with %d", a.status))
			}
			*into = append(*into, a.location)
		}
		found, err := url.Parse(whole[i])
		if err != nil {
			return err
		}
		timelines = append(timelines, "/numbers/"+found.Query().Get("number"))
	}
	if _, err := m.ask(at, "results of a whole number", mustSearch, whole...); err != nil {
		return err
	}
	if _, err := m.ask(at, "results of four last digits", mustSearch, ends...); err != nil {
		return err
	}
	_, err := m.ask(at, "all that happened to a number", mustNumber, timelines...)
	return err
}

var nextLink = regexp.MustCompile(`href="([^"]*[?&;]cursor=[^"]*)"`)

// deepPages turns the pages of lists, one after another.
func (m *measuring) deepPages(at *owner) error {
	for _, list := range []struct{ name, path string }{
		{"results, page after page", "/results"},
		{"results, status undelivered, page after page", "/results?status=undelivered"},
		{"results, purpose recovery and code 3053, page after page", "/results?purpose=recovery&code=3053"},
	} {
		f := figure{name: list.name, must: mustPage}
		used, err := measure.CPUTime(m.pid, false)
		if err != nil {
			return err
		}
		path := list.path
		for range deep {
			a, err := at.get(path)
			if err != nil {
				return err
			}
			f.took, f.bytes = append(f.took, a.took), len(a.body)
			next := nextLink.FindSubmatch(a.body)
			if next == nil {
				break
			}
			path = html.UnescapeString(string(next[1]))
		}
		f.name += fmt.Sprintf(" (%d)", len(f.took))
		if err := m.keep(f, used); err != nil {
			return err
		}
	}
	return nil
}

// matrix is the console's own table of what can be asked for.
const matrix = "internal/console/testdata/matrix.txt"

// own are the routes that have been measured in ways of their own.
var own = []string{"/{$}", "/traffic", "/results", "/results/number", "/numbers/{token}", "/start", "/signin"}

var link = regexp.MustCompile(`href="(/[^"#]*)"`)

// others opens the pages of all routes that are left. Those with an id are opened
// for the ids that other pages lead to.
func (m *measuring) others(at *owner) error {
	raw, err := os.ReadFile(matrix)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	var plain, named []string
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != http.MethodGet || slices.Contains(own, fields[1]) {
			continue
		}
		mux.Handle(fields[1], http.NotFoundHandler())
		if strings.Contains(fields[1], "{") {
			named = append(named, fields[1])
		} else {
			plain = append(plain, fields[1])
		}
	}
	examples := map[string][]string{}
	learn := func(body []byte) {
		for _, found := range link.FindAllSubmatch(body, -1) {
			to := html.UnescapeString(string(found[1]))
			at, err := url.Parse(to)
			if err != nil || at.RawQuery != "" {
				continue
			}
			_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: at})
			if slices.Contains(named, pattern) && !slices.Contains(examples[pattern], to) && len(examples[pattern]) < 20 {
				examples[pattern] = append(examples[pattern], to)
			}
		}
	}
	a, err := at.get("/results?status=delivered")
	if err != nil {
		return err
	}
	learn(a.body)
	for _, path := range plain {
		if err := at.prove(); err != nil {
			return err
		}
		a, err := m.ask(at, path, mustPage, path)
		if err != nil {
			return err
		}
		learn(a.body)
	}
	for _, pattern := range named {
		if pattern == "/results/{id}/answer" || pattern == "/results/{id}/number" { // parts of the page of a text
			for _, text := range examples["/results/{id}"] {
				examples[pattern] = append(examples[pattern], text+strings.TrimPrefix(pattern, "/results/{id}"))
			}
		}
		if len(examples[pattern]) == 0 {
			m.left = append(m.left, pattern+" (no page led there)")
			continue
		}
		if err := at.prove(); err != nil {
			return err
		}
		a, err := m.ask(at, pattern, mustPage, examples[pattern]...)
		if err != nil {
			return err
		}
		learn(a.body)
	}
	return nil
}

// export is a file that was taken.
type export struct {
	rows, bytes         int
	first, took         time.Duration // until the first byte, and in all
	before, most, after float64       // resident MiB of the server
}

// export takes the texts of a month as a file.
func (m *measuring) export(at *owner) (err error) {
	if err := at.prove(); err != nil {
		return err
	}
	path := "/results/csv?since=" + time.Now().AddDate(0, 0, -30).Format(time.DateOnly)
	if _, err := at.get(path); err != nil {
		return err
	}
	if m.file.before, err = measure.ResidentMiB(m.pid); err != nil {
		return err
	}
	r, err := at.form(path, "encoding", "utf-8", "reason", "bench")
	if err != nil {
		return err
	}
	began := time.Now()
	w := &counter{seen: func(first bool) {
		if first {
			m.file.first = time.Since(began)
		}
		if now, err := measure.ResidentMiB(m.pid); err == nil {
			m.file.most = max(m.file.most, now)
		}
	}}
	a, err := at.send(r, w)
	if err != nil || a.status != http.StatusOK || !strings.HasPrefix(a.kind, "text/csv") {
		return errors.Join(err, fmt.Errorf("the file was answered with %d, %s", a.status, a.kind))
	}
	m.file.rows, m.file.bytes, m.file.took = w.lines-1, w.bytes, a.took
	m.file.after, err = measure.ResidentMiB(m.pid)
	return err
}

// counter counts what is written, and looks up now and then.
type counter struct {
	lines, bytes int
	looked       time.Time
	seen         func(first bool)
}

var _ io.Writer = (*counter)(nil)

func (c *counter) Write(b []byte) (int, error) {
	if time.Since(c.looked) > 100*time.Millisecond {
		c.seen(c.bytes == 0)
		c.looked = time.Now()
	}
	c.lines += bytes.Count(b, []byte("\n"))
	c.bytes += len(b)
	return len(b), nil
}
