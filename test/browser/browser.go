// Package browser drives a headless Chromium through the public pages: for the
// tests beside it, which walk sign-up as a person would, and for the command
// that takes the pictures of the documentation.
//
// A [Tab] is a fresh browser profile of a given size and language, with scripts
// on or off. It records every request, so that a test can say that none left
// the origin. The package starts no server and knows no page.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// ErrNoBrowser says that no Chromium was found.
var ErrNoBrowser = errors.New("no Chromium found: install the package chromium, or name the program in SINPYO_TEST_CHROMIUM")

// Browser is a running Chromium.
type Browser struct {
	ctx  context.Context
	stop context.CancelFunc
}

// Start starts a Chromium that calls nobody by itself.
func Start(ctx context.Context) (*Browser, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("hide-scrollbars", true),
		// A new process for each page that is opened would cost more than the
		// page.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache,SpareRendererForSitePerProcess"),
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("process-per-site", true),
		chromedp.Flag("disable-gpu", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	allocator, free := chromedp.NewExecAllocator(ctx, options...)
	browser, closeBrowser := chromedp.NewContext(allocator)
	b := &Browser{ctx: browser, stop: func() { closeBrowser(); free() }}
	if err := chromedp.Do(browser, chromedp.Navigate("about:blank")); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// find looks for Chromium under its usual names.
func find() (string, error) {
	if path := os.Getenv("SINPYO_TEST_CHROMIUM"); path != "" {
		return path, nil
	}
	// The first one has no windows to draw, which halves what a test costs.
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoBrowser
}

// Close ends the browser.
func (b *Browser) Close() { b.stop() }

// View is what a tab looks like.
type View struct {
	Width, Height int64
	Scale         float64 // of the screen's points, 1 by default
	Language      string  // Accept-Language, "ko" by default
	NoScript      bool
}

// Tab is one browser profile with one page.
type Tab struct {
	Ctx   context.Context // for chromedp
	Close context.CancelFunc

	noScript bool
	spoiled  bool // it holds what cannot be taken back
	mu       sync.Mutex
	requests []string
	trouble  []string
	loading  map[network.RequestID]string // addresses of what is no font
	bytes    map[string]int               // that came, by address
}

// Open opens a tab without cookies and with nothing in its cache.
func (b *Browser) Open(v View) (*Tab, error) {
	t := &Tab{noScript: v.NoScript}
	t.Ctx, t.Close = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.note))
	t.forgetTraffic()
	_, err := chromedp.Call(t.Ctx, network.Enable, network.EnableParams{})
	if err == nil {
		err = t.look(v)
	}
	if err == nil && v.NoScript {
		err = t.allowScripts(false)
	}
	if err != nil {
		t.Close()
		return nil, fmt.Errorf("opening a tab: %w", err)
	}
	return t, nil
}

// NoScript reports whether the scripts of pages are off.
func (t *Tab) NoScript() bool { return t.noScript }

// look gives the window its size and the browser its language.
func (t *Tab) look(v View) error {
	scale, language := v.Scale, v.Language
	if scale == 0 {
		scale = 1
	}
	if language == "" {
		language = "ko"
	}
	if err := t.Resize(v.Width, v.Height, scale); err != nil {
		return err
	}
	_, err := chromedp.Call(t.Ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": language},
	})
	return err
}

// Again makes the tab as good as new, which spares a new window, and reports
// whether that was possible. Scripts stay on or off.
func (t *Tab) Again(v View) bool {
	if t.spoiled || t.noScript != v.NoScript || t.Go("about:blank") != nil || t.Forget() != nil {
		return false
	}
	if _, err := chromedp.Call(t.Ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		return false
	}
	t.forgetTraffic()
	return t.look(v) == nil
}

// forgetTraffic begins to note anew what comes and goes.
func (t *Tab) forgetTraffic() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests, t.trouble = nil, nil
	t.loading, t.bytes = map[network.RequestID]string{}, map[string]int{}
}

// allowScripts switches the scripts of the pages in a tab.
func (t *Tab) allowScripts(on bool) error {
	_, err := chromedp.Call(t.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}
