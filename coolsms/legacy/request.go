package legacy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/internal/transport"
)

// The most of an answer that is read, in bytes.
const (
	maxAnswer = 8 << 20 // a page of sent texts, or counters of 1,000 messages
	maxKept   = 64 << 10
)

// call is one call of the API, however many attempts it takes.
type call struct {
	method string
	path   string // in the URL's form; holds no numbers, so it may be logged
	params url.Values
	image  []byte // sent as the part "image" of a multipart form; nil for none
	writes bool   // it changes something at the provider, whatever its method
}

// get is a call that only reads.
func get(path string, params url.Values) call {
	return call{method: http.MethodGet, path: path, params: params}
}

// post is a call that changes something.
func post(path string, params url.Values) call {
	return call{method: http.MethodPost, path: path, params: params, writes: true}
}

// answer is what a call is answered with. decode fails for whatever is not the
// documented shape: a 200 that says nothing is as good as none.
type answer interface{ decode(raw []byte) error }

// do is the one road all calls take: sign, send, read and decode until an
// attempt succeeds or must not be repeated.
func (c *Client) do(ctx context.Context, k call, out answer) error {
	if c.err != nil {
		return c.err
	}
	for attempt := 0; ; attempt++ {
		began := time.Now()
		status, err := c.attempt(ctx, &k, out)
		if c.log.Enabled(ctx, slog.LevelDebug) {
			c.log.LogAttrs(ctx, slog.LevelDebug, "provider called", slog.String("method", k.method), slog.String("path", k.path),
				slog.Int("status", status), slog.Duration("took", time.Since(began)), slog.Int("attempt", attempt+1), slog.Any("error", err))
		}
		if err == nil || attempt == c.retries || !repeatable(&k, err) || !transport.Pause(ctx, wait(attempt, err)) {
			return err
		}
	}
}

// attempt makes the call once. status is 0 when there was no answer.
func (c *Client) attempt(ctx context.Context, k *call, out answer) (status int, err error) {
	var t transport.Trail
	req, err := c.request(t.Watch(ctx), k)
	if err != nil {
		return 0, err
	}
	lost := &CallError{Method: k.method, Path: k.path, writes: k.writes}
	if lost.Err = ctx.Err(); lost.Err != nil {
		return 0, lost
	}
	res, err := c.http.Do(req)
	if err != nil {
		lost.Err = transport.Bare(err)
		lost.Sent = t.MayHaveSent(lost.Err)
		return 0, lost
	}
	defer res.Body.Close() //nolint:errcheck // it was read as far as it matters

	if res.StatusCode < 200 || res.StatusCode > 299 {
		return res.StatusCode, c.refusal(k, res)
	}
	raw, err := transport.Read(res, maxAnswer)
	if err == nil {
		err = out.decode(raw)
	}
	if err != nil {
		lost.Status, lost.Err, lost.Sent = res.StatusCode, err, true
		lost.ContentType, lost.Body = res.Header.Get("Content-Type"), bytes.Clone(raw[:min(len(raw), maxKept)])
		return res.StatusCode, lost
	}
	return res.StatusCode, nil
}

// request builds a request that is signed now: in the query of a GET, in the
// form of a POST.
func (c *Client) request(ctx context.Context, k *call) (*http.Request, error) {
	params, err := c.signer.parameters()
	if err != nil {
		return nil, err
	}
	maps.Copy(params, k.params)

	address, kind := c.base+k.path, ""
	var body io.Reader
	switch {
	case k.method == http.MethodGet:
		address += "?" + params.Encode()
	case k.image != nil:
		body, kind = multiform(params, k.image)
	default:
		body, kind = strings.NewReader(params.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("coolsms/legacy: %s %s: %w", k.method, k.path, transport.Bare(err))
	}
	if k.writes && body == nil {
		// net/http makes a GET anew by itself when a kept connection breaks,
		// except one with a body, be it an empty one.
		req.Body = struct{ io.ReadCloser }{http.NoBody}
	}
	req.Header.Set("User-Agent", c.userAgent)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, nil
}

// multiform writes params and an image as a multipart form. It writes to
// memory, which does not fail.
func multiform(params url.Values, image []byte) (body *bytes.Buffer, contentType string) {
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		for _, v := range params[name] {
			_ = w.WriteField(name, v)
		}
	}
	kind := http.DetectContentType(image)
	name := "image"
	if _, ending, ok := strings.Cut(kind, "image/"); ok {
		name += "." + ending
	}
	part, _ := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="image"; filename="` + name + `"`},
		"Content-Type":        {kind},
	})
	_, _ = part.Write(image)
	_ = w.Close()
	return body, w.FormDataContentType()
}
