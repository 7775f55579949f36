package coolsms_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

const (
	testKey    = "NCSTESTKEY000001"
	testSecret = "TESTSECRET00000000000000000000AB"
	groupID    = "G4V20260504100203K7P2QX9ZB4M1TNW"
)

// setup starts a provider whose answers are what the test puts into the mux,
// and a client that speaks to it.
func setup(t testing.TB, opts ...coolsms.Option) (*coolsms.Client, *http.ServeMux) {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	opts = append([]coolsms.Option{coolsms.WithBaseURL(srv.URL), coolsms.WithRetry(0)}, opts...)
	return coolsms.New(testKey, testSecret, opts...), mux
}

// answers returns a handler that answers with an example, after it has checked
// the request's body against what is wanted ("" for none).
func answers(t testing.TB, name, wantBody string) http.HandlerFunc {
	body := clienttest.File(t, name)
	return func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || !sameJSON(got, wantBody) {
			t.Errorf("%s %s came with %s (%v), want %s", r.Method, r.URL.Path, got, err, wantBody)
		}
		if ct := r.Header.Get("Content-Type"); (ct == "application/json") != (wantBody != "") {
			t.Errorf("%s %s came with Content-Type %q", r.Method, r.URL.Path, ct)
		}
		_, _ = w.Write(body)
	}
}

func sameJSON(got []byte, want string) bool {
	if len(got) == 0 || want == "" {
		return string(got) == want
	}
	var g, w any
	if json.Unmarshal(got, &g) != nil || json.Unmarshal([]byte(want), &w) != nil {
		return false
	}
	gb, _ := json.Marshal(g)
	wb, _ := json.Marshal(w)
	return bytes.Equal(gb, wb)
}

func TestAuthorization_IsTheVector(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct{ Generation, Algorithm, APISecret, Date, Salt, Header string }
	}
	if err := json.Unmarshal(clienttest.File(t, "auth-vectors.json"), &file); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, v := range file.Vectors {
		if v.Header == "" {
			continue // another algorithm or another generation of the API
		}
		tried++
		salt, err := hex.DecodeString(v.Salt)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, v.Date)
		if err != nil {
			t.Fatal(err)
		}
		seoul := time.FixedZone("KST", 9*60*60) // the date is sent in UTC all the same
		var got string
		c := coolsms.New(testKey, v.APISecret,
			coolsms.WithRand(bytes.NewReader(salt)),
			coolsms.WithClock(func() time.Time { return now.In(seoul) }),
			coolsms.WithHTTPClient(&http.Client{Transport: clienttest.RoundTrip(func(r *http.Request) (*http.Response, error) {
				got = r.Header.Get("Authorization")
				return clienttest.Respond(200, `{"balance":1,"point":0}`), nil
			})}))
		if _, err := c.Cash.Balance(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got != v.Header {
			t.Errorf("got  %s\nwant %s", got, v.Header)
		}
	}
	if tried == 0 {
		t.Error("no vector was tried")
	}
}

// TestCalls_SignEachWithAFreshSalt also lets the race detector look at calls
// that run at the same time.
func TestCalls_SignEachWithAFreshSalt(t *testing.T) {
	t.Parallel()
	const callers, each = 8, 50
	var mu sync.Mutex
	seen := map[string]bool{}
	c, mux := setup(t)
	mux.HandleFunc("GET /cash/v1/balance", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		auth := r.Header.Get("Authorization")
		_, salt, _ := strings.Cut(auth, "salt=")
		salt, _, _ = strings.Cut(salt, ",")
		if len(salt) != 32 || seen[salt] {
			t.Errorf("salt %q is short or was used before", salt)
		}
		seen[salt] = true
		_, _ = io.WriteString(w, `{"balance":1,"point":2}`)
	})
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				if _, err := c.Cash.Balance(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(seen) != callers*each {
		t.Errorf("%d salts for %d calls", len(seen), callers*each)
	}
}

func TestClient_NeverPrintsItsSecret(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	c, mux := setup(t, coolsms.WithLogger(slog.New(slog.NewJSONHandler(&out, debug))))
	mux.HandleFunc("GET /messages/v4/list", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"errorCode":"ValidationError","errorMessage":"to: 010-1234-5678 / 01012345678"}`, http.StatusBadRequest)
	})
	_, err := c.Messages.List(t.Context(), coolsms.ListParams{To: "01012345678"})
	if err == nil {
		t.Fatal("want a refusal")
	}
	holder := struct {
		c coolsms.Client
		p *coolsms.Client
	}{c: *c, p: c} //nolint:govet // the point is to print a copy
	for _, v := range []any{c, *c, holder, &holder, c.Groups, c.Messages, err} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, debug)).Info("client", "value", v)
	}
	if b, err := json.Marshal(c); err == nil {
		out.Write(b)
	}
	// The secret also as hex and as a slice of bytes.
	for _, bad := range []string{testSecret, hex.EncodeToString([]byte(testSecret)), "84 69 83 84 83 69 67 82 69 84", testKey, "signature="} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q shows in\n%s", bad, out.String())
		}
	}
	if !strings.Contains(out.String(), `"path":"/messages/v4/list"`) || !strings.Contains(out.String(), `"status":400`) {
		t.Errorf("the call was not logged:\n%s", out.String())
	}
	for _, number := range []string{"01012345678", "010-1234-5678"} {
		if strings.Contains(out.String(), number) {
			t.Errorf("the number shows in\n%s", out.String())
		}
	}
}

func TestNew_SaysWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*coolsms.Client{
		"secret is missing": coolsms.New(testKey, ""),
		"key or secret":     coolsms.New("", testSecret),
		"base URL":          coolsms.New(testKey, testSecret, coolsms.WithBaseURL("api.coolsms.co.kr")),
		"be like":           coolsms.New(testKey, testSecret, coolsms.WithBaseURL("ftp://example.com")),
	} {
		if _, err := c.Cash.Balance(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error that speaks of %q", err, name)
		}
	}
}

func TestOptions_ZeroValuesAreSafe(t *testing.T) {
	t.Parallel()
	c, mux := setup(t, coolsms.WithHTTPClient(nil), coolsms.WithLogger(nil), coolsms.WithClock(nil), coolsms.WithRand(nil),
		coolsms.WithRetry(-1), coolsms.WithUserAgent("acme/1"))
	mux.HandleFunc("GET /cash/v1/balance", func(w http.ResponseWriter, r *http.Request) {
		if got := r.UserAgent(); got != "acme/1" {
			t.Errorf("User-Agent is %q", got)
		}
		_, _ = io.WriteString(w, `{"balance":1,"point":2}`)
	})
	if _, err := c.Cash.Balance(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestValues_PrintWithoutNumberAndText(t *testing.T) {
	t.Parallel()
	const to, text = "01012345678", "482913"
	var out bytes.Buffer
	for _, v := range []any{
		coolsms.Message{To: to, Text: text, Type: coolsms.SMS},
		[]coolsms.Message{{To: to, Text: text}},
		coolsms.PutResult{MessageID: "M1", To: to, StatusCode: "2000"},
		coolsms.StoredMessage{MessageID: "M1", To: to, Text: text, StatusCode: "4000"},
		&coolsms.StoredMessage{MessageID: "M1", To: to, Text: text},
		coolsms.SendParams{Message: coolsms.Message{To: to, Text: text}},
		coolsms.SendResult{MessageID: "M1", To: to},
		coolsms.Report{MessageID: "M1", To: to},
		coolsms.Black{RecipientNumber: to},
		coolsms.BlockNumber{PhoneNumber: to},
		coolsms.KakaoOptions{PFID: "P", Variables: map[string]string{"code": text}},
		coolsms.KakaoChannel{ChannelID: "P", PhoneNumber: to},
		coolsms.CreateKakaoChannelParams{SearchID: "@p", PhoneNumber: to, Token: text},
		coolsms.SenderFactor{TransactionID: "T", Token: text},
		coolsms.WebhookParams{EventID: "E", Secret: text},
		coolsms.Webhook{WebhookID: "W"},
		coolsms.UploadFileParams{Type: coolsms.FileMMS, Data: []byte(text)},
	} {
		fmt.Fprintf(&out, "%v %+v %s\n", v, v, v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("message", "value", fmt.Sprint(v))
		if _, nested := v.(coolsms.SendParams); !nested { // a logger looks into no fields
			slog.New(slog.NewTextHandler(&out, nil)).Info("message", "value", v)
		}
	}
	if s := out.String(); strings.Contains(s, to) || strings.Contains(s, text) || !strings.Contains(s, "010****5678") {
		t.Errorf("printed\n%s", s)
	}
}
