package kit

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
)

var (
	// numberSpelled finds the numbers of worlds, however they are written, but for
	// a number of JSON that begins as one does without its 0.
	numberSpelled = regexp.MustCompile(`(?:(?:^|[^0-9])(?:0|\+?82[ -]?)|(?:^|[^0-9:]))10[ -]?00\d\d[ -]?\d{4}\b`)

	// digitsAlone finds digits that may be a code: not a part of a longer word, of
	// a time or a fraction, and not a number of JSON.
	digitsAlone = regexp.MustCompile(`(?:^|[^0-9A-Za-z.:+-])(\d{6,10})(?:$|[^0-9A-Za-z.:-])`)

	// token finds receipts and what else is signed in the same form.
	token = regexp.MustCompile(`\beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.`)

	// figure is the value at the end of a line of metrics.
	figure = regexp.MustCompile(`(?m) \S+$`)
)

// Canaries are what must stand in nothing that the program lets out.
type Canaries struct {
	Codes   map[string]bool   // those that phones were texted
	Secrets map[string]string // what each is, by its value
}

// Canaries returns those of this world as it stands.
func (w *World) Canaries() Canaries {
	c := Canaries{Codes: map[string]bool{}, Secrets: map[string]string{
		ProviderSecret: "provider secret", w.Key: "application key", "@localhost #": "last line of a text",
	}}
	for _, text := range w.Provider.Handset("") {
		c.Codes[CodeOf(text.Text)] = true
	}
	key, err := os.ReadFile(w.MasterKey)
	if text := strings.TrimSpace(string(key)); err == nil && text != "" {
		c.Secrets[text] = "master key"
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
			c.Secrets[string(raw)] = "master key"
		}
	}
	return c
}

// In lists what stands in a text, and where, without saying it.
func (c Canaries) In(where, text string) (found []string) {
	note := func(what string) { found = append(found, fmt.Sprintf("a %s in %s", what, where)) }
	for range numberSpelled.FindAllString(text, -1) {
		note("number")
	}
	for _, digits := range digitsAlone.FindAllStringSubmatch(text, -1) {
		if c.Codes[digits[1]] {
			note("code")
		}
	}
	for range token.FindAllString(text, -1) {
		note("receipt")
	}
	for value, what := range c.Secrets {
		for range strings.Count(text, value) {
			note(what)
		}
	}
	return found
}

// LeaksOf lists the numbers, codes and secrets in what a node wrote and in what
// it tells of itself, if it still runs.
func (w *World) LeaksOf(n *Node) []string {
	c := w.Canaries()
	found := c.In("the log of node "+n.Name, n.Log.String())
	// The test may have ended: what is asked for here outlives it by a little.
	scrape := Request(context.WithoutCancel(w.Context()), http.MethodGet, "http://"+n.Metrics+"/metrics", nil)
	return append(found, c.In("the metrics of node "+n.Name, figure.ReplaceAllString(string(scrape.Body), ""))...)
}

// ListLeaks lists the numbers, codes and secrets in all that this world let out:
// what nodes wrote and tell of themselves, and the refusals they answered.
func (w *World) ListLeaks() (found []string) {
	for _, n := range w.Nodes {
		found = append(found, w.LeaksOf(n)...)
	}
	return append(found, w.Canaries().In("refusals", w.Refusals.String())...)
}
