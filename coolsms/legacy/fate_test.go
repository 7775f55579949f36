package legacy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

// handler returns a handler that answers with a status and a body.
func handler(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangUp closes the connection after the request has been read.
func hangUp(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"group_id":"`+groupID+`"`)
}

// drip answers and then says nothing more until the caller leaves.
func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"group_id":`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

const refused = `{"code":"InvalidMessageType","message":"x"}`

// TestIsAmbiguous sends a text and lets it go wrong in every way there is; then
// makes a group, which changes something although it is a GET; then reads, which
// is never ambiguous.
func TestIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler              http.HandlerFunc
		ambiguous, temporary bool
		endless              bool
	}{
		"hang up":                   {hangUp, true, true, false},
		"an answer cut short":       {cut, true, true, false},
		"an answer that never ends": {drip, true, true, true},
		"an empty 200":              {handler(200, ""), true, true, false},
		"garbage":                   {handler(200, "<html>"), true, true, false},
		"half an object":            {handler(200, `{"group_id":"`), true, true, false},
		"something after the end":   {handler(200, `{"group_id":"G1","success_count":1,"result_code":"00","total_count":1,"data":[]}{}`), true, true, false},
		"null":                      {handler(200, "null"), true, true, false},
		"an empty object":           {handler(200, "{}"), true, true, false},
		"no counters":               {handler(200, `{"result_code":"00"}`), true, true, false},
		"no code":                   {handler(200, `{"success_count":1}`), true, true, false},
		"a wrong type":              {handler(200, `{"group_id":{},"data":[7]}`), true, true, false},
		"oversized":                 {handler(200, `{"group_id":"G1","success_count":1,"result_code":"00","data":[],"x":"`+strings.Repeat("x", 8<<20)+`"}`), true, true, false},
		"500":                       {handler(500, `{"code":"InternalError","message":"x"}`), true, true, false},
		"502 of a gateway":          {handler(502, "<html>bad gateway</html>"), true, true, false},
		"503":                       {handler(503, refused), true, true, false},
		"408":                       {handler(408, refused), true, true, false},
		"400 of a gateway":          {handler(400, "<html>"), true, false, false},
		"a redirect":                {handler(307, ""), true, false, false},
		"400":                       {handler(400, refused), false, false, false},
		"429":                       {handler(429, `{"code":"TooManyRequests"}`), false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			var calls atomic.Int32
			mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tt.handler(w, r)
			})
			patience := time.Minute
			if tt.endless {
				patience = 100 * time.Millisecond
			}
			within := func() context.Context {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				t.Cleanup(cancel)
				return ctx
			}
			_, err := c.Messages.Send(within(), legacy.SendParams{})
			if err == nil || legacy.IsAmbiguous(err) != tt.ambiguous || legacy.IsTemporary(err) != tt.temporary {
				t.Errorf("send: %v, ambiguous %t, temporary %t", err, legacy.IsAmbiguous(err), legacy.IsTemporary(err))
			}
			if n := calls.Load(); n != 1 {
				t.Errorf("the text was sent %d times", n)
			}
			if _, err := c.Groups.Create(within(), legacy.GroupOptions{}); err != nil && legacy.IsAmbiguous(err) != tt.ambiguous {
				t.Errorf("create: %v, ambiguous %t", err, legacy.IsAmbiguous(err))
			}
			if _, err := c.Messages.Sent(within(), legacy.SentParams{}); err == nil || legacy.IsAmbiguous(err) {
				t.Errorf("sent: %v", err)
			}
		})
	}
}

func TestIsAmbiguous_NotWhenNothingLeft(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	gone := srv.URL
	srv.Close()
	for name, c := range map[string]*legacy.Client{
		"nobody listens": legacy.New(testKey, testSecret, legacy.WithBaseURL(gone), legacy.WithRetry(0)),
		"no such host":   legacy.New(testKey, testSecret, legacy.WithBaseURL("http://host.invalid"), legacy.WithRetry(0)),
		"a foreign transport that cannot dial": legacy.New(testKey, testSecret, legacy.WithRetry(0), legacy.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
			})})),
	} {
		_, err := c.Messages.Send(t.Context(), legacy.SendParams{})
		var lost *legacy.CallError
		if !errors.As(err, &lost) || lost.Sent || legacy.IsAmbiguous(err) || !legacy.IsTemporary(err) {
			t.Errorf("%s: %v", name, err)
		}
	}

	over, cancel := context.WithCancel(t.Context())
	cancel()
	c, _ := setup(t)
	if _, err := c.Messages.Send(over, legacy.SendParams{}); !errors.Is(err, context.Canceled) || legacy.IsAmbiguous(err) || legacy.IsTemporary(err) {
		t.Errorf("a context that was over: %v", err)
	}
}

func TestCallError_TimesOut(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", drip)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Messages.Send(ctx, legacy.SendParams{})
	var lost *legacy.CallError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &lost) || !lost.Timeout() || !legacy.IsAmbiguous(err) {
		t.Errorf("got %v", err)
	}
}

func TestCalls_DoNotFollowRedirects(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("/sms/2/", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for name, err := range map[string]error{
		"send": second(c.Messages.Send(t.Context(), legacy.SendParams{})), "balance": second(c.Cash.Balance(t.Context())),
	} {
		var refusal *legacy.APIError
		if !errors.As(err, &refusal) || refusal.Status != http.StatusTemporaryRedirect {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCreate_IsMadeOnce has a kept connection break under a call: net/http makes
// a GET anew then, but not this one, which changes something.
func TestCreate_IsMadeOnce(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	var made, read atomic.Int32
	mux.HandleFunc("GET /sms/2/balance", handler(200, `{"cash":"1"}`))
	mux.HandleFunc("GET /sms/2/new_group", func(w http.ResponseWriter, r *http.Request) {
		made.Add(1)
		if r.ContentLength != 0 || len(r.TransferEncoding) != 0 {
			t.Error("the GET came with a body")
		}
		hangUp(w, r)
	})
	mux.HandleFunc("GET /sms/2/group_list", func(w http.ResponseWriter, r *http.Request) {
		read.Add(1)
		hangUp(w, r)
	})
	for range 3 {
		if _, err := c.Cash.Balance(t.Context()); err != nil { // keeps its connection
			t.Fatal(err)
		}
		if _, err := c.Groups.Create(t.Context(), legacy.GroupOptions{}); !legacy.IsAmbiguous(err) {
			t.Errorf("got %v", err)
		}
		if _, err := c.Cash.Balance(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Groups.List(t.Context()); err == nil {
			t.Error("want an error")
		}
	}
	if made.Load() != 3 || read.Load() < 4 {
		t.Errorf("%d groups were made for 3 calls; a mere read was made %d times", made.Load(), read.Load())
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func respond(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

func says(status int, body string, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		r := respond(status, body)
		if len(header) == 2 {
			r.Header.Set(header[0], header[1])
		}
		return r, nil
	}
}

func fails(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

var (
	fine     = says(200, `{"cash":"1","group_id":"`+groupID+`","success_count":1,"result_code":"00"}`)
	dialling = fails(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")})
)

// attempts runs a call in a bubble of false time against scripted answers and
// returns how many were taken and how long the call waited. No two attempts may
// carry the same signature.
func attempts(t *testing.T, call func(context.Context, *legacy.Client) error, script ...func() (*http.Response, error)) (n int, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]bool{}
		c := legacy.New(testKey, testSecret, legacy.WithRetry(len(script)-1), legacy.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				_ = r.ParseForm()
				if signed := r.Form.Get("signature"); signed == "" || seen[signed] {
					t.Error("two attempts carry the same signature")
				} else {
					seen[signed] = true
				}
				n++
				return script[n-1]()
			})}))
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = call(ctx, c)
		took = time.Since(began)
	})
	return n, took, err
}

func TestRetry(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, c *legacy.Client) error { return second(c.Cash.Balance(ctx)) }
	send := func(ctx context.Context, c *legacy.Client) error {
		return second(c.Messages.Send(ctx, legacy.SendParams{}))
	}
	create := func(ctx context.Context, c *legacy.Client) error {
		return second(c.Groups.Create(ctx, legacy.GroupOptions{}))
	}
	script := func(s ...func() (*http.Response, error)) []func() (*http.Response, error) { return s }
	for name, tt := range map[string]struct {
		call        func(context.Context, *legacy.Client) error
		script      []func() (*http.Response, error)
		attempts    int
		least, most time.Duration
		ok          bool
	}{
		"a read waits longer and longer":   {read, script(says(503, ""), fails(io.EOF), says(200, "<"), fine), 4, 350 * time.Millisecond, 1050 * time.Millisecond, true},
		"a read waits as long as asked":    {read, script(says(429, "", "Retry-After", "7"), fine), 2, 7 * time.Second, 7 * time.Second, true},
		"but within the context":           {read, script(says(429, "", "Retry-After", "60"), fine), 1, 0, 0, false},
		"a read is signed anew":            {read, script(says(403, `{"code":"DuplicatedSignature"}`), fine), 2, 50 * time.Millisecond, 150 * time.Millisecond, true},
		"a refused read is not repeated":   {read, script(says(404, `{"code":"NoSuchMessage"}`), fine), 1, 0, 0, false},
		"a canceled read is not repeated":  {read, script(fails(context.Canceled), fine), 1, 0, 0, false},
		"a read ends after its repeats":    {read, script(says(500, ""), says(500, "")), 2, 50 * time.Millisecond, 150 * time.Millisecond, false},
		"a send that could not be dialled": {send, script(dialling, dialling, fine), 3, 150 * time.Millisecond, 450 * time.Millisecond, true},
		"a send is never repeated on 503":  {send, script(says(503, "", "Retry-After", "1"), fine), 1, 0, 0, false},
		"a send is never repeated on 429":  {send, script(says(429, `{"code":"TooManyRequests"}`), fine), 1, 0, 0, false},
		"a send is never repeated on EOF":  {send, script(fails(io.EOF), fine), 1, 0, 0, false},
		"a send is never repeated on 200":  {send, script(says(200, ""), fine), 1, 0, 0, false},
		"a reset is no dial error":         {send, script(fails(&net.OpError{Op: "read", Err: errors.New("reset")}), fine), 1, 0, 0, false},
		"a send is never signed anew":      {send, script(says(403, `{"code":"DuplicatedSignature"}`), fine), 1, 0, 0, false},
		"a new group is never repeated":    {create, script(fails(io.EOF), fine), 1, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			n, took, err := attempts(t, tt.call, tt.script...)
			if n != tt.attempts || took < tt.least || took > tt.most || (err == nil) != tt.ok {
				t.Errorf("%d attempts in %s: %v", n, took, err)
			}
		})
	}
}
