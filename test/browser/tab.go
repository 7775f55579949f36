package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take before it counts as failed.
const patience = 15 * time.Second

// note keeps what a tab asks for and what goes wrong in it.
func (t *Tab) note(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.requests = append(t.requests, e.Request.URL)
		t.loading[e.RequestID] = e.Request.URL
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeFont {
			delete(t.loading, e.RequestID)
		}
	case *network.EventLoadingFinished:
		if url, ok := t.loading[e.RequestID]; ok {
			t.bytes[url] = max(t.bytes[url], int(e.EncodedDataLength))
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			t.trouble = append(t.trouble, "the console has an error")
		}
	case *runtime.EventExceptionThrown:
		t.trouble = append(t.trouble, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || e.Entry.Source == log.EntrySourceJavascript {
			t.trouble = append(t.trouble, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	}
}

// Requests returns the addresses of all requests so far.
func (t *Tab) Requests() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.requests...)
}

// Trouble returns exceptions of scripts and what the content security policy
// refused so far.
func (t *Tab) Trouble() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.trouble...)
}

// Weight returns how many bytes came over the wire, headers included, for the
// heaviest answer of an address and all its style sheets, scripts and pictures.
// Fonts are left out.
func (t *Tab) Weight(address string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := 0
	for url, n := range t.bytes {
		if url == address || strings.Contains(url, "/assets/") {
			total += n
		}
	}
	return total
}

// do runs steps within the patience of a test.
func (t *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Beforehand runs a script on each page that is opened, before those of the page.
func (t *Tab) Beforehand(script string) error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	t.spoiled = true
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	return err
}

// Keep gives the browser cookies for an address, hidden from scripts.
func (t *Tab) Keep(address string, cookies []*http.Cookie) error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	hidden := true
	for _, c := range cookies {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: address, HTTPOnly: &hidden})
		if err != nil {
			return fmt.Errorf("keeping the cookie %s: %w", c.Name, err)
		}
	}
	return nil
}

// Forget takes all cookies from the browser.
func (t *Tab) Forget() error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
	return err
}

// Resize gives the window another size; scale is of the screen's points.
func (t *Tab) Resize(width, height int64, scale float64) error {
	return t.do("resizing", chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale)))
}

// Go opens an address and waits until it is loaded.
func (t *Tab) Go(url string) error { return t.do("opening "+url, chromedp.Navigate(url)) }

// Type puts text into a field, in place of what stands there, key by key.
func (t *Tab) Type(field, text string) error {
	if err := t.See(field); err != nil {
		return err
	}
	if _, err := Eval[string](t, fmt.Sprintf("document.querySelector(%q).value = ''", field)); err != nil {
		return fmt.Errorf("emptying %s: %w", field, err)
	}
	return t.do("typing into "+field, chromedp.SendKeys(chromedp.CSS(field), text))
}

// Press clicks and waits until the page that follows is loaded.
func (t *Tab) Press(button string) error {
	if err := t.settle(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(button))); err != nil {
		return fmt.Errorf("pressing %s: %w", button, err)
	}
	return nil
}

// Click clicks something that leads to no other page.
func (t *Tab) Click(thing string) error {
	if err := t.settle(); err != nil {
		return err
	}
	return t.do("clicking "+thing, chromedp.Click(chromedp.CSS(thing)))
}

// See waits until something is visible.
func (t *Tab) See(thing string) error {
	return t.do("waiting for "+thing, chromedp.WaitVisible(chromedp.CSS(thing)))
}

// Text returns the words that can be seen in the first element of a selector.
func (t *Tab) Text(thing string) (string, error) {
	return Eval[string](t, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", thing))
}

// Until waits until a script's expression is true.
func (t *Tab) Until(expression string) error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	for {
		ok, err := Eval[bool](t, "Boolean("+expression+")")
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting in vain for %s: %w", expression, errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Eval returns the value of a script's expression, promises awaited.
func Eval[T any](t *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Sideways returns by how many pixels the page is wider than its window.
func (t *Tab) Sideways() (int, error) {
	return Eval[int](t, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}

// settle waits until the font is there. A page counts as loaded without it, and
// then its lines move, and a button from under the pointer.
func (t *Tab) settle() error {
	if _, err := Eval[bool](t, "document.fonts.ready.then(() => true)"); err != nil {
		return fmt.Errorf("waiting for the font: %w", err)
	}
	return nil
}

// Shot takes a picture of the window as PNG, once the font is there.
func (t *Tab) Shot() ([]byte, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

// Whole takes a picture of the whole page as PNG, once the font is there.
func (t *Tab) Whole() ([]byte, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.FullScreenshot(100))
}

// Violation is something axe objects to.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Axe runs the accessibility checks of axe-core, whose source is axe, on the
// page as it stands. A page that was loaded without scripts stays as it is:
// only axe runs.
func (t *Tab) Axe(axe string) (found []Violation, err error) {
	if t.noScript {
		if err := t.allowScripts(true); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, t.allowScripts(false)) }()
	}
	there, err := Eval[bool](t, "typeof axe === 'object'")
	if err == nil && !there {
		_, err = Eval[bool](t, axe+"\n;true")
	}
	if err != nil {
		return nil, fmt.Errorf("loading axe: %w", err)
	}
	answer, err := Eval[string](t, `axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(r.violations))`)
	if err != nil {
		return nil, fmt.Errorf("running axe: %w", err)
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		return nil, fmt.Errorf("reading what axe found: %w", err)
	}
	return found, nil
}
