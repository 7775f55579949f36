package browser_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sinpyo/sinpyo/test/browser"
)

// The browser, the program and axe, shared by all tests; nil without
// SINPYO_TEST_BROWSER.
var (
	chromium *browser.Browser
	program  *browser.Program
	axe      string
)

// TestMain starts browser and program once: both take seconds.
func TestMain(m *testing.M) {
	if os.Getenv("SINPYO_TEST_BROWSER") != "1" {
		os.Exit(m.Run())
	}
	code, err := runWith(m)
	if err != nil {
		log.Print(err)
		code = 1
	}
	os.Exit(code)
}

func runWith(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	folder, err := os.MkdirTemp("", "sinpyo-browser")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		return 0, err
	}
	axe = string(source)
	binary, err := browser.Build(ctx, folder)
	if err != nil {
		return 0, err
	}
	if program, err = browser.Launch(ctx, binary, folder, "SINPYO_SERVICE_NAME=한뼘책방"); err != nil {
		return 0, err
	}
	if chromium, err = browser.Start(ctx); err != nil {
		return 0, err
	}
	defer chromium.Close()
	code = m.Run()
	if err := program.Stop(); err != nil {
		return code, fmt.Errorf("stopping the program: %w\n%s", err, program.Log())
	}
	if used := lastNumber.Load(); used == 0 || anyNumber.MatchString(program.Log()) {
		return 1, fmt.Errorf("the log holds a number, or none of %d was used", used)
	}
	return code, nil
}

// anyNumber finds the numbers of the people below, however they are spelled.
// Times and ids have fewer digits in a row.
var anyNumber = regexp.MustCompile(`10-?5000-?00\d\d`)

// page is a tab whose failures are the test's.
type page struct {
	*testing.T
	tab       *browser.Tab
	view      browser.View
	signup    string // address of the sign-up page
	elsewhere string // an origin beside that one, "" for none
	number    string // of the person, as digits
	code      string // the last one that came
}

// lastNumber counts the people: each has a number of their own, because a
// number gets a text only every half minute.
var lastNumber atomic.Int64

// open opens a tab for somebody new, or leaves the test out.
func open(t *testing.T, view browser.View) *page {
	t.Helper()
	if program == nil {
		t.Skip("needs Chromium: set SINPYO_TEST_BROWSER=1, as make test does")
	}
	tab, err := freeTab(view)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{T: t, tab: tab, view: view, signup: program.Signup, number: fmt.Sprintf("0105%07d", lastNumber.Add(1))}
	t.Cleanup(func() {
		p.checkTraffic()
		giveBack(tab)
	})
	return p
}

// idle are tabs that nobody uses any more. A tab has a window of its own, and
// opening one costs more than most tests do in it.
var (
	idleMu sync.Mutex
	idle   []*browser.Tab
)

// freeTab returns a tab that is as good as new, or a new one.
func freeTab(view browser.View) (*browser.Tab, error) {
	for {
		idleMu.Lock()
		i := slices.IndexFunc(idle, func(t *browser.Tab) bool { return t.NoScript() == view.NoScript })
		if i < 0 {
			idleMu.Unlock()
			return chromium.Open(view)
		}
		tab := idle[i]
		idle = slices.Delete(idle, i, i+1)
		idleMu.Unlock()
		if tab.Again(view) {
			return tab, nil
		}
		tab.Close()
	}
}

// giveBack keeps a tab for another test.
func giveBack(tab *browser.Tab) {
	idleMu.Lock()
	defer idleMu.Unlock()
	idle = append(idle, tab)
}

// spelled returns the number as the pages write it.
func (p *page) spelled() string { return p.number[:3] + "-" + p.number[3:7] + "-" + p.number[7:] }

// must ends the test when a step of it fails.
func (p *page) must(err error) {
	p.Helper()
	if err != nil {
		words, _ := p.tab.Text("body")
		p.Fatalf("%v\nthe page says:\n%s", err, words)
	}
}

// shows looks for words on the page.
func (p *page) shows(words string) {
	p.Helper()
	got, err := p.tab.Text("body")
	p.must(err)
	if !strings.Contains(got, words) {
		p.Fatalf("the page does not say %q but\n%s", words, got)
	}
}

// start asks for a code, up to the page that waits for it.
func (p *page) start() {
	p.Helper()
	p.ask()
	p.must(p.tab.See("#code"))
}

// ask gives the number and presses the button.
func (p *page) ask() {
	p.Helper()
	p.must(p.tab.Go(p.signup))
	p.must(p.tab.Type("#number", p.number))
	p.must(p.tab.Press("main .main"))
}

// text waits for the code.
func (p *page) text() {
	p.Helper()
	var err error
	p.code, err = program.Code(p.Context(), p.number)
	p.must(err)
}

// wrong returns a code that is not the right one.
func (p *page) wrong() string { return string('0'+(p.code[0]-'0'+1)%10) + p.code[1:] }

// fits checks that there is nothing to scroll sideways.
func (p *page) fits(step string) {
	p.Helper()
	over, err := p.tab.Sideways()
	p.must(err)
	if over > 0 {
		p.Errorf("%s is %d px wider than its window", step, over)
	}
}

// sound checks a step: nothing to scroll sideways, and nothing axe objects to.
func (p *page) sound(step string) {
	p.Helper()
	p.fits(step)
	violations, err := p.tab.Axe(axe)
	p.must(err)
	for _, v := range violations {
		p.Errorf("%s: axe objects: %s (%s): %s", step, v.ID, v.Impact, v.Help)
		for _, n := range v.Nodes {
			p.Logf("  %s\n  %s", n.HTML, n.Summary)
		}
	}
}

// checkTraffic sees to it that no request left the origin, that none named the
// number or a code (S-46), and that the policy had nothing to refuse.
func (p *page) checkTraffic() {
	p.Helper()
	origin := strings.TrimSuffix(p.signup, "/signup")
	for _, to := range p.tab.Requests() {
		if !strings.HasPrefix(to, origin+"/") && !strings.HasPrefix(to, "data:") && to != "about:blank" &&
			(p.elsewhere == "" || !strings.HasPrefix(to, p.elsewhere+"/")) {
			p.Errorf("a request left the origin: %s", to)
		}
		if strings.Contains(to, p.number) || strings.Contains(to, p.spelled()) || p.code != "" && strings.Contains(to, p.code) {
			p.Errorf("an address tells a number or a code: %s", to)
		}
	}
	for _, trouble := range p.tab.Trouble() {
		p.Errorf("the browser complains: %s", trouble)
	}
}
