// Package transport is what the clients of both of the provider's APIs share
// beneath their own words: how calls travel, how much of an answer is read, how
// long to wait before another attempt, and what must not stand in an error.
package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// New returns a transport with time-outs for every stage that keeps so many
// idle connections.
func New(idle int) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 20 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          idle,
		MaxIdleConnsPerHost:   idle,
		// Shorter than servers keep connections, so that a call seldom meets
		// one that is just being closed and ends as ambiguous.
		IdleConnTimeout:        45 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Base returns the address of an API without a slash at its end, and false when
// it is none.
func Base(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", false
	}
	return strings.TrimRight(u.String(), "/"), true
}

// ErrOversized tells of an answer that was cut off.
var ErrOversized = errors.New("the answer is longer than is read")

// Read reads a body of at most limit bytes. What it has read comes with the
// error too.
func Read(res *http.Response, limit int64) ([]byte, error) {
	if res.ContentLength > limit {
		return nil, ErrOversized
	}
	var b bytes.Buffer
	if res.ContentLength > 0 {
		b.Grow(int(res.ContentLength) + bytes.MinRead) // so that the end is met without growing again
	}
	if _, err := b.ReadFrom(io.LimitReader(res.Body, limit+1)); err != nil {
		return b.Bytes(), fmt.Errorf("reading the answer: %w", err)
	}
	if int64(b.Len()) > limit {
		return b.Bytes(), ErrOversized
	}
	return b.Bytes(), nil
}

// Bare takes off what net/http wraps around an error: it repeats the URL, whose
// query may hold numbers.
func Bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

var longDigits = regexp.MustCompile(`\+?\d[\d -]{5,}\d`)

// Blank takes out of a text what may be a phone number; the path, which holds
// ids, stays.
func Blank(text, path string) string {
	head, tail, _ := strings.Cut(text, path)
	return head + path + longDigits.ReplaceAllString(tail, "(digits)")
}

// Trail watches whether a request got as far as a connection.
type Trail struct{ asked, got atomic.Bool }

// Watch returns the context for the request.
func (t *Trail) Watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.got.Store(true) },
	})
}

// MayHaveSent reports whether a byte of the request may have left. It has not
// when no connection came about. A transport that is not net/http's own may
// tell nothing, and is then believed a dial error alone.
func (t *Trail) MayHaveSent(err error) bool {
	if t.asked.Load() && !t.got.Load() {
		return false
	}
	var op *net.OpError
	return !errors.As(err, &op) || op.Op != "dial"
}

// Locked lets calls share a reader that takes one read at a time.
func Locked(r io.Reader) io.Reader { return &locked{r: r} }

type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return io.ReadFull(l.r, p)
}
