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

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

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
		"hang up":                   {clienttest.HangUp, true, true, false},
		"an answer cut short":       {clienttest.Cut(`{"group_id":"` + groupID + `"`), true, true, false},
		"an answer that never ends": {clienttest.Drip(`{"group_id":`), true, true, true},
		"an empty 200":              {clienttest.Handler(200, ""), true, true, false},
		"garbage":                   {clienttest.Handler(200, "<html>"), true, true, false},
		"half an object":            {clienttest.Handler(200, `{"group_id":"`), true, true, false},
		"something after the end":   {clienttest.Handler(200, `{"group_id":"G1","success_count":1,"result_code":"00","total_count":1,"data":[]}{}`), true, true, false},
		"null":                      {clienttest.Handler(200, "null"), true, true, false},
		"an empty object":           {clienttest.Handler(200, "{}"), true, true, false},
		"no counters":               {clienttest.Handler(200, `{"result_code":"00"}`), true, true, false},
		"no code":                   {clienttest.Handler(200, `{"success_count":1}`), true, true, false},
		"a wrong type":              {clienttest.Handler(200, `{"group_id":{},"data":[7]}`), true, true, false},
		"oversized":                 {clienttest.Handler(200, `{"group_id":"G1","success_count":1,"result_code":"00","data":[],"x":"`+strings.Repeat("x", 8<<20)+`"}`), true, true, false},
		"500":                       {clienttest.Handler(500, `{"code":"InternalError","message":"x"}`), true, true, false},
		"502 of a gateway":          {clienttest.Handler(502, "<html>bad gateway</html>"), true, true, false},
		"503":                       {clienttest.Handler(503, refused), true, true, false},
		"408":                       {clienttest.Handler(408, refused), true, true, false},
		"400 of a gateway":          {clienttest.Handler(400, "<html>"), true, false, false},
		"a redirect":                {clienttest.Handler(307, ""), true, false, false},
		"400":                       {clienttest.Handler(400, refused), false, false, false},
		"429":                       {clienttest.Handler(429, `{"code":"TooManyRequests"}`), false, true, false},
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
			Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) {
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
	mux.HandleFunc("/", clienttest.Drip(`{"group_id":`))
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
	mux.HandleFunc("GET /sms/2/balance", clienttest.Handler(200, `{"cash":"1"}`))
	mux.HandleFunc("GET /sms/2/new_group", func(w http.ResponseWriter, r *http.Request) {
		made.Add(1)
		if r.ContentLength != 0 || len(r.TransferEncoding) != 0 {
			t.Error("the GET came with a body")
		}
		clienttest.HangUp(w, r)
	})
	mux.HandleFunc("GET /sms/2/group_list", func(w http.ResponseWriter, r *http.Request) {
		read.Add(1)
		clienttest.HangUp(w, r)
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

var (
	fine = clienttest.Says(200, `{"cash":"1","group_id":"`+groupID+`","success_count":1,"result_code":"00"}`)
)

// attempts runs a call in a bubble of false time against scripted answers and
// returns how many were taken and how long the call waited. No two attempts may
// carry the same signature.
func attempts(t *testing.T, call func(context.Context, *legacy.Client) error, script ...clienttest.Turn) (n int, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]bool{}
		c := legacy.New(testKey, testSecret, legacy.WithRetry(len(script)-1), legacy.WithHTTPClient(&http.Client{
			Transport: clienttest.RoundTrip(func(r *http.Request) (*http.Response, error) {
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
	script := func(s ...clienttest.Turn) []clienttest.Turn { return s }
	for name, tt := range map[string]struct {
		call        func(context.Context, *legacy.Client) error
		script      []clienttest.Turn
		attempts    int
		least, most time.Duration
		ok          bool
	}{
		"a read waits longer and longer":   {read, script(clienttest.Says(503, ""), clienttest.Fails(io.EOF), clienttest.Says(200, "<"), fine), 4, 350 * time.Millisecond, 1050 * time.Millisecond, true},
		"a read waits as long as asked":    {read, script(clienttest.Says(429, "", "Retry-After", "7"), fine), 2, 7 * time.Second, 7 * time.Second, true},
		"but within the context":           {read, script(clienttest.Says(429, "", "Retry-After", "60"), fine), 1, 0, 0, false},
		"a read is signed anew":            {read, script(clienttest.Says(403, `{"code":"DuplicatedSignature"}`), fine), 2, 50 * time.Millisecond, 150 * time.Millisecond, true},
		"a refused read is not repeated":   {read, script(clienttest.Says(404, `{"code":"NoSuchMessage"}`), fine), 1, 0, 0, false},
		"a canceled read is not repeated":  {read, script(clienttest.Fails(context.Canceled), fine), 1, 0, 0, false},
		"a read ends after its repeats":    {read, script(clienttest.Says(500, ""), clienttest.Says(500, "")), 2, 50 * time.Millisecond, 150 * time.Millisecond, false},
		"a send that could not be dialled": {send, script(clienttest.Dialling, clienttest.Dialling, fine), 3, 150 * time.Millisecond, 450 * time.Millisecond, true},
		"a send is never repeated on 503":  {send, script(clienttest.Says(503, "", "Retry-After", "1"), fine), 1, 0, 0, false},
		"a send is never repeated on 429":  {send, script(clienttest.Says(429, `{"code":"TooManyRequests"}`), fine), 1, 0, 0, false},
		"a send is never repeated on EOF":  {send, script(clienttest.Fails(io.EOF), fine), 1, 0, 0, false},
		"a send is never repeated on 200":  {send, script(clienttest.Says(200, ""), fine), 1, 0, 0, false},
		"a reset is no dial error":         {send, script(clienttest.Fails(&net.OpError{Op: "read", Err: errors.New("reset")}), fine), 1, 0, 0, false},
		"a send is never signed anew":      {send, script(clienttest.Says(403, `{"code":"DuplicatedSignature"}`), fine), 1, 0, 0, false},
		"a new group is never repeated":    {create, script(clienttest.Fails(io.EOF), fine), 1, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			n, took, err := attempts(t, tt.call, tt.script...)
			if n != tt.attempts || took < tt.least || took > tt.most || (err == nil) != tt.ok {
				t.Errorf("%d attempts in %s: %v", n, took, err)
			}
		})
	}
}
