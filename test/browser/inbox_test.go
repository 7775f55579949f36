package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/browser"
)

// inbox is a tab on the phones of an emulator of its own.
type inbox struct {
	*page
	emulator *sandbox.Sandbox
	address  string
	client   *coolsms.Client
}

func openInbox(t *testing.T, view browser.View) *inbox {
	t.Helper()
	if chromium == nil {
		t.Skip("needs Chromium: set SINPYO_TEST_BROWSER=1, as make test does")
	}
	emulator := sandbox.New(sandbox.WithReportDelay(0))
	server := httptest.NewServer(emulator)
	tab, err := chromium.Open(view)
	if err != nil {
		t.Fatal(err)
	}
	key, secret := emulator.Key()
	b := &inbox{
		page: &page{T: t, tab: tab, view: view}, emulator: emulator, address: server.URL,
		client: coolsms.New(key, secret, coolsms.WithBaseURL(server.URL)),
	}
	t.Cleanup(func() {
		b.checkAddresses()
		tab.Close()
		emulator.Close()
		server.Close()
	})
	return b
}

// checkAddresses sees to it that no request left the emulator and that none
// named a number or a code.
func (b *inbox) checkAddresses() {
	b.Helper()
	for _, to := range b.tab.Requests() {
		if !strings.HasPrefix(to, b.address+"/") && !strings.HasPrefix(to, "data:") && to != "about:blank" {
			b.Errorf("a request left the emulator: %s", to)
		}
		if strings.Contains(to, "0100000") || strings.Contains(to, "48291") {
			b.Errorf("an address tells a number or a code: %s", to)
		}
	}
	for _, trouble := range b.tab.Trouble() {
		b.Errorf("the browser complains: %s", trouble)
	}
}

// text sends a text to a phone, named by its last digit.
func (b *inbox) text(phone int, words string) {
	b.Helper()
	group, err := b.client.Groups.Create(b.Context(), coolsms.CreateGroupParams{})
	b.must(err)
	_, err = b.client.Groups.Put(b.Context(), group.GroupID, []coolsms.Message{
		{To: fmt.Sprintf("0100000000%d", phone), From: "0215770000", Text: words},
	})
	b.must(err)
	_, err = b.client.Groups.Send(b.Context(), group.GroupID)
	b.must(err)
}

func (b *inbox) screens(want int) {
	b.Helper()
	b.must(b.tab.Until(fmt.Sprintf("document.querySelectorAll('.phone').length === %d", want)))
}

func TestInbox_WorksAtEveryWidthWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{320, 1280} {
		for _, language := range []string{"ko", "en"} {
			for _, noScript := range []bool{false, true} {
				view := browser.View{Width: width, Height: 800, NoScript: noScript}
				t.Run(fmt.Sprintf("%d/%s/noscript=%t", width, language, noScript), func(t *testing.T) {
					t.Parallel()
					lookAround(openInbox(t, view), language)
				})
			}
		}
	}
}

// lookAround uses everything on the page once.
func lookAround(b *inbox, language string) {
	b.must(b.tab.Go(b.address + "/?lang=" + language))
	b.sound("the empty inbox")
	b.must(b.tab.Click("#try"))
	b.must(b.tab.See(".bubble"))
	b.shows("048215")
	for phone := 1; phone <= 3; phone++ {
		b.text(phone, fmt.Sprintf("[한뼘책방] 인증번호 48291%d\n@hanppyeom.example #48291%[1]d", phone))
	}
	b.must(b.tab.Go(b.address + "/?lang=" + language))
	b.screens(1)
	b.shows("010-0000-0003")
	b.sound("one phone")

	b.must(b.tab.Press("#beside-1"))
	b.screens(2)
	b.must(b.tab.Press("#beside-2"))
	b.screens(3)
	b.shows("482911")
	b.shows("482912")
	b.sound("three phones")
	b.must(b.tab.Press("#beside-3"))
	b.screens(2)

	b.must(b.tab.Type("#words", "010-0000-0002"+kb.Enter))
	b.must(b.tab.See("#find-end"))
	b.screens(1)
	b.shows("482912")
	b.sound("a search")
	b.must(b.tab.Type("#words", "nothing like it"+kb.Enter))
	b.screens(0)
	b.sound("a search in vain")
	b.must(b.tab.Press("#find-end"))
	b.screens(1)

	b.must(b.tab.Click(".calls summary"))
	b.must(b.tab.See(".calls details[open] pre"))
	b.shows("HMAC-SHA256 ***")
	b.sound("an unfolded request")

	b.must(b.tab.Click("#fault-server"))
	b.must(b.tab.Until("document.querySelector('#fault-server').ariaPressed === 'true'"))
	_, err := b.emulator.Arm(sandbox.Fault{Method: http.MethodPost, Path: "/messages/**", Kind: sandbox.FaultStatus, Status: 502, Times: 2})
	b.must(err)
	b.must(b.tab.Go(b.address + "/?lang=" + language))
	b.shows("POST /messages/**")
	b.sound("armed faults")
	b.must(b.tab.Click(".armed button"))
	b.must(b.tab.Until("document.querySelector('.armed') === null"))
}

func TestInbox_LivesWithScripts(t *testing.T) {
	t.Parallel()
	b := openInbox(t, browser.View{Width: 1280, Height: 800})
	b.must(b.tab.Go(b.address))
	b.must(b.tab.Until("document.documentElement.classList.contains('on')"))
	b.text(1, "인증번호 482911")
	b.must(b.tab.See(".bubble"))
	b.must(b.tab.Click(".calls summary"))
	b.must(b.tab.See(".calls details[open]"))
	b.text(2, "인증번호 482912")
	b.must(b.tab.Until("document.querySelectorAll('.chips li').length === 2"))
	b.must(b.tab.Until("document.querySelectorAll('.calls li').length === 6"))
	b.must(b.tab.See(".calls details[open]")) // stays unfolded
	if got, err := browser.Eval[string](b.tab, "document.activeElement.id"); err != nil || !strings.HasPrefix(got, "open-") {
		t.Errorf("the focus went to %q (%v)", got, err)
	}
	_, err := b.emulator.Arm(sandbox.Fault{Kind: sandbox.FaultReset, Path: "/nowhere"})
	b.must(err)
	b.must(b.tab.See(".armed li"))
}

func TestInbox_IsUsedByKeyboard(t *testing.T) {
	t.Parallel()
	b := openInbox(t, browser.View{Width: 1280, Height: 800})
	b.text(1, "인증번호 482911")
	b.text(2, "인증번호 482912")
	b.must(b.tab.Go(b.address))
	until := func(id string) {
		t.Helper()
		for range 40 {
			b.press(kb.Tab)
			got, err := browser.Eval[string](b.tab, "document.activeElement.id")
			b.must(err)
			if got == id {
				return
			}
		}
		t.Fatalf("no way to #%s by the tabulator key", id)
	}
	until("words")
	b.press("482911" + kb.Enter)
	b.must(b.tab.See("#find-end"))
	until("find-end")
	b.press(kb.Enter)
	b.must(b.tab.Until("document.querySelector('#find-end') === null && document.querySelector('#beside-1')"))
	until("beside-1")
	b.press(kb.Enter)
	b.screens(2)
	until("fault-lost")
	b.press(" ")
	b.must(b.tab.Until("document.querySelector('#fault-lost').ariaPressed === 'true'"))
	until("open-6")
	b.press(kb.Enter)
	b.must(b.tab.See("#call-6[open]"))
}
