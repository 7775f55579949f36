package coolsms_test

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

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

const refused = `{"errorCode":"InvalidStatus","errorMessage":"x"}`

// TestIsAmbiguous sends a group and lets it go wrong in every way there
// is, then reads the group and lets it go wrong in the same way: a read is
// never ambiguous.
func TestIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler              http.HandlerFunc
		ambiguous, temporary bool
		endless              bool
	}{
		"hang up":                   {clienttest.HangUp, true, true, false},
		"an answer cut short":       {clienttest.Cut(`{"groupId":"` + groupID + `"`), true, true, false},
		"an answer that never ends": {clienttest.Drip(`{"groupId":`), true, true, true},
		"an empty 200":              {clienttest.Handler(200, ""), true, true, false},
		"garbage":                   {clienttest.Handler(200, "<html>"), true, true, false},
		"half an object":            {clienttest.Handler(200, `{"groupId":"`), true, true, false},
		"something after the end":   {clienttest.Handler(200, `{"groupId":"`+groupID+`"}{}`), true, true, false},
		"null":                      {clienttest.Handler(200, "null"), true, true, false},
		"an empty object":           {clienttest.Handler(200, "{}"), true, true, false},
		"another group":             {clienttest.Handler(200, `{"groupId":"G4V1"}`), true, true, false},
		"a wrong type":              {clienttest.Handler(200, `{"groupId":7}`), true, true, false},
		"oversized":                 {clienttest.Handler(200, `{"groupId":"`+groupID+`","x":"`+strings.Repeat("x", 1<<20)+`"}`), true, true, false},
		"500":                       {clienttest.Handler(500, `{"errorCode":"InternalServerError"}`), true, true, false},
		"502 of a gateway":          {clienttest.Handler(502, "<html>bad gateway</html>"), true, true, false},
		"503":                       {clienttest.Handler(503, refused), true, true, false},
		"408":                       {clienttest.Handler(408, refused), true, true, false},
		"400 of a gateway":          {clienttest.Handler(400, "<html>"), true, false, false},
		"a redirect":                {clienttest.Handler(307, ""), true, false, false},
		"400":                       {clienttest.Handler(400, refused), false, false, false},
		"402":                       {clienttest.Handler(402, string(clienttest.File(t, "error.response-402.json"))), false, false, false},
		"403":                       {clienttest.Handler(403, string(clienttest.File(t, "error.response-403.json"))), false, false, false},
		"404":                       {clienttest.Handler(404, `{"errorCode":"ResourceNotFound"}`), false, false, false},
		"409":                       {clienttest.Handler(409, `{"errorCode":"AlreadySent"}`), false, false, false},
		"429":                       {clienttest.Handler(429, `{"errorCode":"TooManyRequests"}`), false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			var calls atomic.Int32
			mux.HandleFunc("/messages/v4/groups/"+groupID+"/", func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tt.handler(w, r)
			})
			mux.HandleFunc("/messages/v4/groups/"+groupID, tt.handler)
			patience := time.Minute
			if tt.endless {
				patience = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()

			_, err := c.Groups.Send(ctx, groupID)
			if err == nil || coolsms.IsAmbiguous(err) != tt.ambiguous || coolsms.IsTemporary(err) != tt.temporary {
				t.Errorf("send: %v, ambiguous %t, temporary %t", err, coolsms.IsAmbiguous(err), coolsms.IsTemporary(err))
			}
			if n := calls.Load(); n != 1 {
				t.Errorf("the group was sent %d times", n)
			}
			if _, err := c.Groups.Get(ctx, groupID); err == nil || coolsms.IsAmbiguous(err) {
				t.Errorf("get: %v", err)
			}
		})
	}
}

func TestIsAmbiguous_NotWhenNothingLeft(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	gone := srv.URL
	srv.Close()
	tls := httptest.NewTLSServer(http.NotFoundHandler()) // whose certificate nobody knows
	tls.Config.ErrorLog = nil
	t.Cleanup(tls.Close)

	for name, c := range map[string]*coolsms.Client{
		"nobody listens":    coolsms.New(testKey, testSecret, coolsms.WithBaseURL(gone), coolsms.WithRetry(0)),
		"no such host":      coolsms.New(testKey, testSecret, coolsms.WithBaseURL("http://host.invalid"), coolsms.WithRetry(0)),
		"a bad certificate": coolsms.New(testKey, testSecret, coolsms.WithBaseURL(tls.URL), coolsms.WithRetry(0)),
		"a foreign transport that cannot dial": coolsms.New(testKey, testSecret, coolsms.WithRetry(0), coolsms.WithHTTPClient(&http.Client{
			Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
			})})),
	} {
		_, err := c.Groups.Send(t.Context(), groupID)
		var lost *coolsms.CallError
		if !errors.As(err, &lost) || lost.Sent || coolsms.IsAmbiguous(err) || !coolsms.IsTemporary(err) {
			t.Errorf("%s: %v", name, err)
		}
	}

	over, cancel := context.WithCancel(t.Context())
	cancel()
	c, _ := setup(t)
	if _, err := c.Groups.Send(over, groupID); !errors.Is(err, context.Canceled) || coolsms.IsAmbiguous(err) || coolsms.IsTemporary(err) {
		t.Errorf("a context that was over: %v", err)
	}
}

// TestIsAmbiguous_ForeignTransport has one that does not tell how far it got.
func TestIsAmbiguous_ForeignTransport(t *testing.T) {
	t.Parallel()
	c := coolsms.New(testKey, testSecret, coolsms.WithHTTPClient(&http.Client{
		Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }),
	}))
	if _, err := c.Groups.Send(t.Context(), groupID); !coolsms.IsAmbiguous(err) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

func TestCallError_TimesOut(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", clienttest.Drip(`{"groupId":`))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Groups.Send(ctx, groupID)
	var lost *coolsms.CallError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &lost) || !lost.Timeout() || !coolsms.IsAmbiguous(err) {
		t.Errorf("got %v", err)
	}
}

func TestErrors_LeaveNumbersOut(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	c := coolsms.New(testKey, testSecret, coolsms.WithBaseURL(srv.URL), coolsms.WithRetry(0))
	if _, err := c.Messages.List(t.Context(), coolsms.ListParams{To: "01012345678"}); err == nil || strings.Contains(err.Error(), "1234") {
		t.Errorf("the query shows: %v", err)
	}
}

func TestWrites_DoNotFollowRedirects(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/groups/"+groupID+"/send", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	var refusal *coolsms.APIError
	if _, err := c.Groups.Send(t.Context(), groupID); !errors.As(err, &refusal) || refusal.Status != http.StatusTemporaryRedirect {
		t.Errorf("got %v", err)
	}
}

// attempts runs a call in a bubble of false time against scripted answers and
// returns how many were taken and how long the call waited. No two attempts may
// carry the same signature.
func attempts(t *testing.T, call func(*coolsms.Client) error, script ...clienttest.Turn) (n int, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]bool{}
		c := coolsms.New(testKey, testSecret, coolsms.WithRetry(len(script)-1), coolsms.WithHTTPClient(&http.Client{
			Transport: clienttest.RoundTrip(func(r *http.Request) (*http.Response, error) {
				auth := r.Header.Get("Authorization")
				if seen[auth] {
					t.Error("two attempts carry the same signature")
				}
				seen[auth] = true
				n++
				return script[n-1]()
			})}))
		began := time.Now()
		err = call(c)
		took = time.Since(began)
	})
	return n, took, err
}

var (
	fine = clienttest.Says(200, `{"groupId":"`+groupID+`"}`)
)

func TestRetry(t *testing.T) {
	t.Parallel()
	read := func(c *coolsms.Client) error { return second(c.Groups.Get(context.Background(), groupID)) }
	write := func(c *coolsms.Client) error { return second(c.Groups.Send(context.Background(), groupID)) }
	script := func(s ...clienttest.Turn) []clienttest.Turn { return s }
	for name, tt := range map[string]struct {
		call        func(*coolsms.Client) error
		script      []clienttest.Turn
		attempts    int
		least, most time.Duration
		ok          bool
	}{
		"a read waits longer and longer":    {read, script(clienttest.Says(503, ""), clienttest.Fails(io.EOF), clienttest.Says(200, "<"), fine), 4, 350 * time.Millisecond, 1050 * time.Millisecond, true},
		"a read waits as long as asked":     {read, script(clienttest.Says(429, "", "Retry-After", "7"), fine), 2, 7 * time.Second, 7 * time.Second, true},
		"but not for ever":                  {read, script(clienttest.Says(503, "", "Retry-After", "3600"), fine), 1, 0, 0, false},
		"a read is signed anew":             {read, script(clienttest.Says(403, `{"errorCode":"DuplicatedSignature"}`), fine), 2, 50 * time.Millisecond, 150 * time.Millisecond, true},
		"a refused read is not repeated":    {read, script(clienttest.Says(404, `{"errorCode":"ResourceNotFound"}`), fine), 1, 0, 0, false},
		"a canceled read is not repeated":   {read, script(clienttest.Fails(context.Canceled), fine), 1, 0, 0, false},
		"a read ends after its repeats":     {read, script(clienttest.Says(500, ""), clienttest.Says(500, "")), 2, 50 * time.Millisecond, 150 * time.Millisecond, false},
		"a write that could not be dialled": {write, script(clienttest.Dialling, clienttest.Dialling, fine), 3, 150 * time.Millisecond, 450 * time.Millisecond, true},
		"a write is never repeated on 503":  {write, script(clienttest.Says(503, "", "Retry-After", "1"), fine), 1, 0, 0, false},
		"a write is never repeated on 429":  {write, script(clienttest.Says(429, `{"errorCode":"TooManyRequests"}`), fine), 1, 0, 0, false},
		"a write is never repeated on EOF":  {write, script(clienttest.Fails(io.EOF), fine), 1, 0, 0, false},
		"a write is never repeated on 200":  {write, script(clienttest.Says(200, ""), fine), 1, 0, 0, false},
		"a reset is no dial error":          {write, script(clienttest.Fails(&net.OpError{Op: "read", Err: errors.New("reset")}), fine), 1, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			n, took, err := attempts(t, tt.call, tt.script...)
			if n != tt.attempts || took < tt.least || took > tt.most || (err == nil) != tt.ok {
				t.Errorf("%d attempts in %s: %v", n, took, err)
			}
		})
	}
}

func TestRetry_StaysWithinTheContext(t *testing.T) {
	t.Parallel()
	n, took, err := attempts(t, func(c *coolsms.Client) error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return second(c.Groups.Get(ctx, groupID))
	}, clienttest.Says(503, "", "Retry-After", "6"), fine)
	if n != 1 || took != 0 || err == nil {
		t.Errorf("%d attempts in %s: %v", n, took, err)
	}
	n, took, err = attempts(t, func(c *coolsms.Client) error {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		defer cancel()
		return second(c.Groups.Get(ctx, groupID))
	}, clienttest.Says(503, "", "Retry-After", "6"), fine)
	if n != 1 || took != time.Second || err == nil {
		t.Errorf("%d attempts in %s: %v", n, took, err)
	}
}

func TestAPIError_TellsWhatItMeans(t *testing.T) {
	t.Parallel()
	sentinels := map[string]error{
		"rate": coolsms.ErrRateLimited, "auth": coolsms.ErrUnauthorized, "money": coolsms.ErrInsufficientBalance,
		"sent": coolsms.ErrAlreadySent, "none": coolsms.ErrNotFound, "sender": coolsms.ErrSenderNotRegistered,
	}
	for _, tt := range []struct {
		status int
		body   string
		want   string
	}{
		{429, "", "rate"},
		{403, `{"errorCode":"InvalidApiKey"}`, "auth"},
		{403, string(clienttest.File(t, "error.response-403.json")), "auth"},
		{401, "", "auth"},
		{402, string(clienttest.File(t, "error.response-402.json")), "money"},
		{400, `{"errorCode":"BalanceInsufficient"}`, "money"},
		{409, `{"errorCode":"AlreadySent"}`, "sent"},
		{409, `{"errorCode":"GroupInProcessing"}`, ""},
		{404, `{"errorCode":"ResourceNotFound"}`, "none"},
		{400, `{"errorCode":"ResourceNotFound"}`, "none"},
		{400, string(clienttest.File(t, "send.response-400.json")), ""},
		{400, `{"errorCode":"SomethingNew","errorMessage":"x"}`, ""},
	} {
		c, mux := setup(t)
		mux.HandleFunc("/", clienttest.Handler(tt.status, tt.body))
		_, err := c.Groups.Send(t.Context(), groupID)
		for name, sentinel := range sentinels {
			if got := errors.Is(err, sentinel); got != (name == tt.want) {
				t.Errorf("%d %s is %s: %t", tt.status, tt.body, name, got)
			}
		}
		var refusal *coolsms.APIError
		if !errors.As(err, &refusal) || refusal.Status != tt.status || string(refusal.Body) != tt.body {
			t.Errorf("%d %s: %v", tt.status, tt.body, err)
		}
	}
}

func TestAPIError_KeepsWhatTheAnswerSays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)
	c, mux := setup(t, coolsms.WithClock(func() time.Time { return now }))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", now.Add(90*time.Second).Format(http.TimeFormat))
		w.Header().Set("X-Request-Id", "r-1")
		clienttest.Handler(429, `{"errorCode":"TooManyRequests","errorMessage":"천천히"}`)(w, nil)
	})
	_, err := c.Groups.Send(t.Context(), groupID)
	var refusal *coolsms.APIError
	if !errors.As(err, &refusal) || refusal.RetryAfter != 90*time.Second || refusal.RequestID != "r-1" || refusal.Code != coolsms.TooManyRequests || refusal.Message != "천천히" {
		t.Errorf("got %#v", refusal)
	}
	if want := "coolsms: POST /messages/v4/groups/" + groupID + "/send: 429 TooManyRequests: 천천히"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestAPIError_SaysHowFarTheClockIsOff(t *testing.T) {
	t.Parallel()
	provider := time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)
	for skew, says := range map[time.Duration]string{
		16*time.Minute + 2*time.Second: "16m2s ahead of the provider's: set it",
		-9 * time.Hour:                 "9h0m0s behind the provider's: set it",
	} {
		c, mux := setup(t, coolsms.WithClock(func() time.Time { return provider.Add(skew) }))
		mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", provider.Format(http.TimeFormat))
			clienttest.Handler(403, `{"errorCode":"RequestTimeTooSkewed","errorMessage":"x"}`)(w, nil)
		})
		_, err := c.Cash.Balance(t.Context())
		var refusal *coolsms.APIError
		if !errors.As(err, &refusal) || refusal.Skew != skew || !strings.Contains(err.Error(), says) || !errors.Is(err, coolsms.ErrUnauthorized) {
			t.Errorf("%s: %v", skew, err)
		}
	}
}

// TestErrorCodes_AreThePublishedOnes compares the package's codes with the
// protocol's table: what the table calls retryable on its own is temporary.
func TestErrorCodes_AreThePublishedOnes(t *testing.T) {
	t.Parallel()
	published := map[string]bool{}
	for _, row := range clienttest.Table(t, "error-codes.csv") {
		if row["generation"] == "v4" {
			published[row["code"]] = true
		}
	}
	for _, code := range []coolsms.ErrorCode{
		coolsms.InvalidAPIKey, coolsms.SignatureDoesNotMatch, coolsms.RequestTimeTooSkewed, coolsms.DuplicatedSignature, coolsms.Unauthorized,
		coolsms.Forbidden, coolsms.ValidationError, coolsms.FailedToAddMessage, coolsms.RecipientsTooMany, coolsms.NotEnoughBalance,
		coolsms.BalanceInsufficient, coolsms.ResourceNotFound, coolsms.NotFound, coolsms.InvalidStatus, coolsms.InvalidGroupStatus,
		coolsms.NotOperationalStatus, coolsms.DeletedGroup, coolsms.FailedGroup, coolsms.GroupInProcessing, coolsms.ScheduledGroup,
		coolsms.AlreadySent, coolsms.TooManyRequests,
	} {
		if !published[string(code)] {
			t.Errorf("%s is not in the table", code)
		}
	}
}
