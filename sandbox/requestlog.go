package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	logLength = 500     // calls remembered
	logBody   = 2 << 10 // bytes of each body remembered
)

// note is what a call meant, as a key of the page's words and its values.
type note struct {
	key  string
	n, m int64
}

// entry is one call in the log.
type entry struct {
	n      int64
	at     time.Time
	method string
	path   string
	query  string
	host   string
	scheme string // of the Authorization header; the rest is never kept
	body   []byte
	reply  []byte
	note   note
	code   string // errorCode
	status int    // 0: the connection was cut
	fault  string // kind of the fault that hit it
	took   time.Duration
}

// requestLog remembers the last calls to the provider's surface.
type requestLog struct {
	logger *slog.Logger
	count  atomic.Int64

	mu   sync.Mutex
	ring [logLength]entry
	head int // where the next one goes
	size int
}

func newRequestLog(logger *slog.Logger) *requestLog { return &requestLog{logger: logger} }

// open begins an entry; close puts it into the log.
func (l *requestLog) open(r *http.Request, now time.Time) entry {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return entry{
		at: now, method: clip(r.Method, 16), path: clip(r.URL.Path, 256), query: clip(r.URL.RawQuery, 1024),
		host: clip(r.Host, 256), scheme: clip(scheme, 16),
	}
}

func (l *requestLog) close(e entry) {
	e.body, e.reply = beginning(e.body), beginning(e.reply)
	e.n = l.count.Add(1)
	l.mu.Lock()
	l.ring[l.head] = e
	l.head = (l.head + 1) % logLength
	l.size = min(l.size+1, logLength)
	l.mu.Unlock()
	l.logger.LogAttrs(context.Background(), slog.LevelDebug, "provider call",
		slog.String("method", e.method), slog.Int("status", e.status), slog.String("error_code", e.code),
		slog.String("fault", e.fault), slog.Duration("took", e.took))
}

// beginning returns what is remembered of a body, and lets the rest of a large
// one go.
func beginning(body []byte) []byte {
	if len(body) <= logBody {
		return body
	}
	return append([]byte(nil), body[:logBody]...)
}

// last returns up to n entries, newest first.
func (l *requestLog) last(n int) []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, l.size)
	out := make([]entry, n)
	for i := range out {
		out[i] = l.ring[(l.head-1-i+logLength)%logLength]
	}
	return out
}

func (l *requestLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.head, l.size = [logLength]entry{}, 0, 0
	l.count.Store(0)
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// Request is one call to the provider's surface, as GET /sandbox/requests
// lists it. Secrets in it are masked.
type Request struct {
	N             int64     `json:"n"` // counts up from 1
	At            time.Time `json:"at"`
	Method        string    `json:"method"`
	Path          string    `json:"path"`
	Query         string    `json:"query,omitempty"`
	Host          string    `json:"host"`
	Authorization string    `json:"authorization,omitempty"`
	Body          string    `json:"body,omitempty"`  // at most 2 KiB
	Reply         string    `json:"reply,omitempty"` // at most 2 KiB of the answer, even when nobody got it
	Status        int       `json:"status"`          // 0: no answer was given
	ErrorCode     string    `json:"errorCode,omitempty"`
	Fault         string    `json:"fault,omitempty"`
	MS            float64   `json:"ms"` // milliseconds it took
}

// Requests returns the last calls to the provider's surface, newest first, at
// most limit (the log holds 500).
func (s *Sandbox) Requests(limit int) []Request {
	entries := s.log.last(max(limit, 0))
	out := make([]Request, len(entries))
	for i := range entries {
		out[i] = s.masked(&entries[i])
	}
	return out
}

// masked is an entry without the secrets in it.
func (s *Sandbox) masked(e *entry) Request {
	r := Request{
		N: e.n, At: e.at, Method: e.method, Path: s.mask(e.path), Query: s.mask(e.query), Host: e.host,
		Body: s.mask(string(e.body)), Reply: s.mask(string(e.reply)), Status: e.status, ErrorCode: e.code, Fault: e.fault,
		MS: float64(e.took.Microseconds()) / 1000,
	}
	if e.scheme != "" {
		r.Authorization = s.mask(e.scheme) + " ***"
	}
	return r
}

const maskedFields = `api[_-]?key|api[_-]?secret|secret|signature|password|token|access[_-]?token|refresh[_-]?token|authorization`

var (
	fieldJSON = regexp.MustCompile(`(?i)("(?:` + maskedFields + `)"\s*:\s*")(?:[^"\\]|\\.)*`)
	fieldPart = regexp.MustCompile(`(?i)(name="?(?:` + maskedFields + `)"?[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)[^\r\n]*`)
	fieldForm = regexp.MustCompile(`(?i)((?:^|[?&\s])(?:` + maskedFields + `)=)[^&\s]*`)
)

// mask hides the values of fields that are named like secrets, and this
// account's own secrets wherever they stand.
func (s *Sandbox) mask(text string) string {
	if text == "" {
		return ""
	}
	text = fieldJSON.ReplaceAllString(text, "${1}***")
	text = fieldPart.ReplaceAllString(text, "${1}***")
	text = fieldForm.ReplaceAllString(text, "${1}***")
	for key, secret := range s.set.keys {
		for _, own := range []string{secret, key} {
			if own != "" {
				text = strings.ReplaceAll(text, own, "***")
			}
		}
	}
	return text
}
