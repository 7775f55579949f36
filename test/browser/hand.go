package browser

import "net/http"

// Hand does in a tab what a person does, on a site of ours, and reports the
// first step that fails.
type Hand struct {
	Tab     *Tab
	Site    string                // where paths begin
	Cookies func() []*http.Cookie // the browser has from the first page on
	Must    func(error)           // ends the test when a step failed

	begun bool
}

// Go opens a page of the site.
func (h *Hand) Go(path string) {
	if !h.begun {
		h.begun = true
		h.Share()
	}
	h.Must(h.Tab.Go(h.Site + path))
}

// Share gives the browser the cookies that there are by now.
func (h *Hand) Share() { h.Must(h.Tab.Keep(h.Site, h.Cookies())) }

// Type puts text into a field, in place of what stands there.
func (h *Hand) Type(field, text string) { h.Must(h.Tab.Type(field, text)) }

// Press clicks and waits for the page that follows.
func (h *Hand) Press(button string) { h.Must(h.Tab.Press(button)) }

// Click clicks something that leads to no other page.
func (h *Hand) Click(thing string) { h.Must(h.Tab.Click(thing)) }

// Forget takes all cookies from the browser.
func (h *Hand) Forget() { h.Must(h.Tab.Forget()) }
