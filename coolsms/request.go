package coolsms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/internal/transport"
)

// The most of an answer that is read, in bytes.
const (
	maxAnswer  = 1 << 20
	maxLists   = 32 << 20 // pages, and the results of up to 10,000 messages
	maxRefusal = 64 << 10
)

// call is one call of the API, however many attempts it takes.
type call struct {
	method string
	path   string // in the URL's form
	told   string // what logs and errors call the path when it holds a phone number
	query  url.Values
	body   any   // marshalled as JSON; nil for none
	limit  int64 // of the answer, in bytes; 0 for maxAnswer
	open   bool  // the provider asks for no authorization
	once   bool  // never repeated, not even when nothing has left

	factor string // a second factor, as the header X-Mfa-Data has it
}

// name is the path as it may be logged.
func (k *call) name() string {
	if k.told != "" {
		return k.told
	}
	return k.path
}

// reads reports whether the call changes nothing at the provider.
func (k *call) reads() bool { return k.method == http.MethodGet }

// answer is what a call is answered with. decode fails for whatever is not the
// documented shape: a 200 that says nothing is as good as none.
type answer interface{ decode(raw []byte) error }

// do is the one road all calls take: marshal, then sign, send, read and decode
// until an attempt succeeds or must not be repeated.
func (c *Client) do(ctx context.Context, k call, out answer) error {
	if c.err != nil {
		return c.err
	}
	var payload []byte
	if k.body != nil {
		var err error
		if payload, err = json.Marshal(k.body); err != nil {
			return fmt.Errorf("coolsms: %s %s: %w", k.method, k.name(), err)
		}
	}
	for attempt := 0; ; attempt++ {
		began := time.Now()
		status, err := c.attempt(ctx, &k, payload, out)
		if c.log.Enabled(ctx, slog.LevelDebug) {
			c.log.LogAttrs(ctx, slog.LevelDebug, "provider called", slog.String("method", k.method), slog.String("path", k.name()),
				slog.Int("status", status), slog.Duration("took", time.Since(began)), slog.Int("attempt", attempt+1), slog.Any("error", err))
		}
		if err == nil || attempt == c.retries || !repeatable(&k, err) || !transport.Pause(ctx, wait(attempt, err)) {
			return err
		}
	}
}

// attempt makes the call once. status is 0 when there was no answer.
func (c *Client) attempt(ctx context.Context, k *call, payload []byte, out answer) (status int, err error) {
	var t transport.Trail
	req, err := c.request(t.Watch(ctx), k, payload)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, &CallError{Method: k.method, Path: k.name(), Err: err}
	}
	res, err := c.http.Do(req)
	if err != nil {
		err = transport.Bare(err)
		return 0, &CallError{Method: k.method, Path: k.name(), Err: err, Sent: t.MayHaveSent(err)}
	}
	defer res.Body.Close() //nolint:errcheck // it was read as far as it matters

	limit := k.limit
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		return res.StatusCode, c.refusal(k, res)
	case limit == 0:
		limit = maxAnswer
	}
	raw, err := transport.Read(res, limit)
	if err == nil {
		err = out.decode(raw)
	}
	if err != nil {
		return res.StatusCode, &CallError{Method: k.method, Path: k.name(), Status: res.StatusCode, Err: err, Sent: true,
			ContentType: res.Header.Get("Content-Type"), Size: len(raw), Body: raw[:min(len(raw), maxRefusal)]}
	}
	return res.StatusCode, nil
}

// request builds a request that is signed now.
func (c *Client) request(ctx context.Context, k *call, payload []byte) (*http.Request, error) {
	address := c.base + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	var body io.Reader
	if payload != nil {
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("coolsms: %s %s: %w", k.method, k.name(), transport.Bare(err))
	}
	if !k.open {
		authorization, err := c.signer.header()
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", authorization)
	}
	req.Header.Set("User-Agent", c.userAgent)
	if k.factor != "" {
		req.Header.Set("X-Mfa-Data", k.factor)
	}
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
