package sandbox

import (
	"strings"
	"sync"
)

const (
	keptFinds = 64  // searches remembered
	findWords = 100 // bytes of one
)

// findBook remembers what was searched for, so that the address of a search
// can name it by its count.
type findBook struct {
	mu    sync.Mutex
	count int
	kept  map[int]string
}

func newFindBook() *findBook { return &findBook{kept: map[int]string{}} }

// keep remembers words and returns their count, the same for the same words.
func (b *findBook) keep(words string) int {
	words = strings.ToValidUTF8(clip(words, findWords), "")
	b.mu.Lock()
	defer b.mu.Unlock()
	for n, kept := range b.kept {
		if kept == words {
			return n
		}
	}
	b.count++
	b.kept[b.count] = words
	delete(b.kept, b.count-keptFinds)
	return b.count
}

// words returns what was searched for, or nothing.
func (b *findBook) words(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept[n]
}

// sought is what a search looks for; the zero value finds everything.
type sought struct {
	words  string // lower case
	number string // the digits of a search for a number, or empty
}

func newSought(words string) sought {
	q := sought{words: strings.ToLower(words)}
	if strings.Trim(words, "0123456789- ") == "" {
		q.number = digits(words)
	}
	return q
}

// in reports whether a text holds the words, or the number they spell.
func (q sought) in(texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), q.words) || q.number != "" && strings.Contains(text, q.number) {
			return true
		}
	}
	return false
}

func (q sought) inText(m *message) bool {
	return q.words == "" || q.in(m.to, m.from, m.text, m.subject, m.code, m.kind, m.id, m.group.id, ko.status(m.code), en.status(m.code))
}

func (q sought) inRow(r *row) bool {
	return q.words == "" || q.in(r.Method, r.Path, r.Query, r.Answer, r.Meaning, r.Body, r.Reply)
}
