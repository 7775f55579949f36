package legacy_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

const (
	testKey    = "NCSTESTKEY000001"
	testSecret = "TESTSECRET00000000000000000000AB"
	groupID    = "GID6650A1B2C3D4E"
	messageID  = "MID6650A1B2C3D4F"
)

var testNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// setup starts a provider whose answers are what the test puts into the mux,
// and a client that speaks to it.
func setup(t testing.TB, opts ...legacy.Option) (*legacy.Client, *http.ServeMux) {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	opts = append([]legacy.Option{legacy.WithBaseURL(srv.URL), legacy.WithRetry(0)}, opts...)
	return legacy.New(testKey, testSecret, opts...), mux
}

// signature computes what the provider expects, for itself.
func signature(secret string, p url.Values) string {
	make, encode := md5.New, hex.EncodeToString
	if p.Get("algorithm") == "sha1" {
		make = func() hash.Hash { return sha1.New() }
	}
	if p.Get("encoding") == "base64" {
		encode = base64.StdEncoding.EncodeToString
	}
	mac := hmac.New(make, []byte(secret))
	mac.Write([]byte(p.Get("timestamp") + p.Get("salt")))
	return encode(mac.Sum(nil))
}

var proof = []string{"api_key", "timestamp", "salt", "signature", "algorithm", "encoding"}

// params reads a request's parameters and an image, wherever they stand, checks
// those that prove who calls and takes them off.
func params(t testing.TB, r *http.Request) (p url.Values, image []byte) {
	t.Helper()
	switch kind := r.Header.Get("Content-Type"); {
	case r.Method == http.MethodGet:
		if kind != "" || r.ContentLength > 0 {
			t.Errorf("%s came with a body of kind %q", r.URL.Path, kind)
		}
		p = r.URL.Query()
	case strings.HasPrefix(kind, "multipart/form-data"):
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
			return nil, nil
		}
		p = url.Values(r.MultipartForm.Value)
		f, head, err := r.FormFile("image")
		if err != nil || !strings.HasPrefix(head.Filename, "image.") {
			t.Errorf("the image came as %v: %v", head, err)
			return p, nil
		}
		image, _ = io.ReadAll(f)
	case kind == "application/x-www-form-urlencoded":
		if r.URL.RawQuery != "" {
			t.Errorf("%s came with a query", r.URL.Path)
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		p = r.PostForm
	default:
		t.Errorf("%s %s came with a body of kind %q", r.Method, r.URL.Path, kind)
	}
	if p.Get("api_key") != testKey || p.Get("signature") != signature(testSecret, p) || len(p.Get("salt")) != 30 {
		t.Errorf("%s %s is not signed as the provider wants it", r.Method, r.URL.Path)
	}
	for _, name := range proof {
		p.Del(name)
	}
	return p, image
}

// answers returns a handler that answers with a body, after it has checked the
// request's parameters.
func answers(t testing.TB, body string, want url.Values) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		got, _ := params(t, r)
		if want == nil {
			want = url.Values{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s: %s", r.Method, r.URL.Path, diff)
		}
		_, _ = io.WriteString(w, body)
	}
}

func TestSignature_IsTheVector(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct{ Generation, Algorithm, APISecret, Timestamp, Salt, Signature string }
	}
	if err := json.Unmarshal(clienttest.File(t, "../../testdata/auth-vectors.json"), &file); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, v := range file.Vectors {
		if v.Generation != "legacy" {
			continue
		}
		tried++
		got := signature(v.APISecret, url.Values{"timestamp": {v.Timestamp}, "salt": {v.Salt}, "algorithm": {v.Algorithm}})
		if got != v.Signature {
			t.Errorf("%s: got %s, want %s", v.Algorithm, got, v.Signature)
		}
	}
	if tried != 2 {
		t.Errorf("%d vectors were tried", tried)
	}
}

// TestSignature_EveryWay has the server compute what the vectors prove it to
// compute rightly, for every algorithm, encoding and place of the parameters.
func TestSignature_EveryWay(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []legacy.Algorithm{legacy.MD5, legacy.SHA1} {
		for _, encoding := range []legacy.Encoding{legacy.Hex, legacy.Base64} {
			c, mux := setup(t, legacy.WithAlgorithm(algorithm), legacy.WithEncoding(encoding), legacy.WithClock(func() time.Time { return testNow }))
			seen := 0
			mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				seen++
				p := r.URL.Query()
				if r.Method == http.MethodPost {
					_ = r.ParseMultipartForm(1 << 20)
					p = r.PostForm
				}
				if p.Get("timestamp") != "1767323045" || p.Get("algorithm") != map[legacy.Algorithm]string{legacy.SHA1: "sha1"}[algorithm] ||
					p.Get("encoding") != map[legacy.Encoding]string{legacy.Base64: "base64"}[encoding] {
					t.Errorf("%s %s: %v", algorithm, encoding, p)
				}
				if got := p.Get("signature"); got != signature(testSecret, p) {
					t.Errorf("%s %s %s: signature %s", algorithm, encoding, r.Method, got)
				}
				_, _ = io.WriteString(w, `{"cash":"1","success_count":1,"result_code":"00","image_id":"IMG1"}`)
			})
			if _, err := c.Cash.Balance(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := c.Messages.Send(t.Context(), legacy.SendParams{}); err != nil {
				t.Error(err)
			}
			if _, err := c.Images.Upload(t.Context(), []byte("GIF89a")); err != nil {
				t.Error(err)
			}
			if seen != 3 {
				t.Errorf("%d calls arrived", seen)
			}
		}
	}
}

// TestCalls_SignEachWithAFreshSalt also lets the race detector look at calls
// that run at the same time.
func TestCalls_SignEachWithAFreshSalt(t *testing.T) {
	t.Parallel()
	const callers, each = 8, 25
	var mu sync.Mutex
	seen := map[string]bool{}
	c, mux := setup(t)
	mux.HandleFunc("GET /sms/2/balance", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		salt := r.URL.Query().Get("salt")
		if seen[salt] {
			t.Errorf("salt %q was used before", salt)
		}
		seen[salt] = true
		_, _ = io.WriteString(w, `{"cash":"1"}`)
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
	c, mux := setup(t, legacy.WithLogger(slog.New(slog.NewJSONHandler(&out, debug))))
	mux.HandleFunc("GET /sms/2/sent", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"code":"InvalidMethod","message":"rcpt: 010-1234-5678 / 01012345678"}`, http.StatusBadRequest)
	})
	mux.HandleFunc("GET /sms/2/status", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `["01012345678"]`)
	})
	_, refusal := c.Messages.Sent(t.Context(), legacy.SentParams{To: "01012345678"})
	_, broken := c.Messages.Status(t.Context(), legacy.StatusParams{})
	if refusal == nil || broken == nil {
		t.Fatal("want errors")
	}
	holder := struct {
		c legacy.Client
		p *legacy.Client
	}{c: *c, p: c}
	for _, v := range []any{c, *c, holder, &holder, c.Groups, c.Messages, c.V1, refusal, broken} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, debug)).Info("client", "value", v)
	}
	if b, err := json.Marshal(c); err == nil {
		out.Write(b)
	}
	// The secret also as hex and as a slice of bytes.
	for _, bad := range []string{testSecret, hex.EncodeToString([]byte(testSecret)), "84 69 83 84 83 69 67 82 69 84", testKey, "signature=", "01012345678", "010-1234-5678"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q shows in\n%s", bad, out.String())
		}
	}
	if !strings.Contains(out.String(), `"path":"/sms/2/sent"`) || !strings.Contains(out.String(), `"status":400`) {
		t.Errorf("the call was not logged:\n%s", out.String())
	}
}

func TestNew_SaysWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*legacy.Client{
		"secret is missing": legacy.New(testKey, ""),
		"key or secret":     legacy.New("", testSecret),
		"base URL":          legacy.New(testKey, testSecret, legacy.WithBaseURL("api.coolsms.co.kr")),
		"be like":           legacy.New(testKey, testSecret, legacy.WithBaseURL("ftp://example.com")),
		"md5 or sha1":       legacy.New(testKey, testSecret, legacy.WithAlgorithm("sha256")),
		"hex or base64":     legacy.New(testKey, testSecret, legacy.WithEncoding("rot13")),
	} {
		if _, err := c.Cash.Balance(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error that speaks of %q", err, name)
		}
	}
}

func TestOptions_ZeroValuesAreSafe(t *testing.T) {
	t.Parallel()
	c, mux := setup(t, legacy.WithHTTPClient(nil), legacy.WithLogger(nil), legacy.WithClock(nil), legacy.WithRand(nil),
		legacy.WithRetry(-1), legacy.WithUserAgent("acme/1"))
	mux.HandleFunc("GET /sms/2/balance", func(w http.ResponseWriter, r *http.Request) {
		if got := r.UserAgent(); got != "acme/1" {
			t.Errorf("User-Agent is %q", got)
		}
		_, _ = io.WriteString(w, `{"cash":"1"}`)
	})
	if _, err := c.Cash.Balance(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWithRand_MakesTheSalt(t *testing.T) {
	t.Parallel()
	c, mux := setup(t, legacy.WithRand(bytes.NewReader(bytes.Repeat([]byte{0xab}, 15))))
	mux.HandleFunc("GET /sms/2/balance", func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("salt"); got != strings.Repeat("ab", 15) {
			t.Errorf("the salt is %q", got)
		}
		_, _ = io.WriteString(w, `{"cash":"1"}`)
	})
	if _, err := c.Cash.Balance(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.Cash.Balance(t.Context()); err == nil || !strings.Contains(err.Error(), "salt") {
		t.Errorf("there was no chance left: %v", err)
	}
}

func TestValues_PrintWithoutNumberAndText(t *testing.T) {
	t.Parallel()
	const to, text = "01012345678", "482913"
	var out bytes.Buffer
	m := legacy.Message{To: []string{to}, Text: text, Type: legacy.SMS}
	for _, v := range []any{
		m, legacy.SendParams{Message: m}, legacy.V1SendParams{SendParams: legacy.SendParams{Message: m}, Extension: []legacy.Message{m}}, []legacy.Message{m},
		legacy.SentMessage{MessageID: messageID, To: to, Text: text, Raw: json.RawMessage(text)}, &legacy.SentMessage{To: to, Text: text},
		legacy.RegisterParams{Phone: to},
	} {
		fmt.Fprintf(&out, "%v %+v %s\n", v, v, v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("message", "value", fmt.Sprint(v))
	}
	if s := out.String(); strings.Contains(s, to) || strings.Contains(s, text) || !strings.Contains(s, "010****5678") {
		t.Errorf("printed\n%s", s)
	}
	if got := (legacy.Message{To: []string{to, to}}).String(); got != "legacy.Message( to 2 numbers)" {
		t.Errorf("got %s", got)
	}
	if got := (legacy.Message{Type: legacy.LMS}).String(); got != "legacy.Message(LMS to nobody)" {
		t.Errorf("got %s", got)
	}
}
