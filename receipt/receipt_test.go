package receipt_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/receipt"
)

const (
	issuer   = "https://id.example.kr"
	audience = "app_shop"
)

var issued = time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC)

// newKey returns a key that is the same in each run.
func newKey(fill byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{fill}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// jwks returns a key set with the given keys under the names k0, k1, ….
func jwks(keys ...ed25519.PrivateKey) []byte {
	var out []string
	for i, key := range keys {
		out = append(out, fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"k%d","x":"%s"}`, i, b64(public(key))))
	}
	return []byte(`{"keys":[` + strings.Join(out, ",") + `]}`)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func mustKeys(t testing.TB, set []byte) receipt.Keys {
	t.Helper()
	keys, err := receipt.ParseKeys(set)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

type object map[string]any

func header() object { return object{"typ": receipt.Type, "alg": "EdDSA", "kid": "k0"} }

func claims() object {
	return object{
		"iss": issuer, "aud": audience, "jti": "one", "iat": issued.Unix(), "exp": issued.Add(5 * time.Minute).Unix(),
		"purpose": "signup", "phone_number": "+821012345678", "phone_number_verified": true,
		"verification_id": "ver_1", "method": "sms_code",
	}
}

// with returns a copy of o with a member changed, or taken out for nil.
func (o object) with(name string, value any) object {
	c := maps.Clone(o)
	if c[name] = value; value == nil {
		delete(c, name)
	}
	return c
}

// sign makes a token of any header and claims.
func sign(t testing.TB, key ed25519.PrivateKey, h, c object) string {
	t.Helper()
	signed := unsigned(t, h, c)
	return signed + "." + b64(ed25519.Sign(key, []byte(signed)))
}

func unsigned(t testing.TB, h, c object) string {
	t.Helper()
	head, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return b64(head) + "." + b64(body)
}

// at returns a clock that stands still.
func at(moment time.Time) receipt.Option {
	return receipt.WithClock(func() time.Time { return moment })
}

func newChecker(t testing.TB, options ...receipt.Option) *receipt.Checker {
	t.Helper()
	c, err := receipt.New(issuer, audience, append([]receipt.Option{
		receipt.WithKeys(mustKeys(t, jwks(newKey(1)))), at(issued.Add(time.Minute)),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck_TellsWhatAGenuineReceiptSays(t *testing.T) {
	t.Parallel()
	got, err := newChecker(t).Check(t.Context(), sign(t, newKey(1), header(), claims()), "signup")
	if err != nil {
		t.Fatal(err)
	}
	want := receipt.Receipt{
		ID: "one", Issuer: issuer, Audience: audience, Purpose: "signup", Number: "+821012345678",
		VerificationID: "ver_1", Method: "sms_code", IssuedAt: issued, ExpiresAt: issued.Add(5 * time.Minute),
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCheck_RefusesWhatWasMadeForOthersOrIsIncomplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims object
		want   error
	}{
		"another server":       {claims().with("iss", "https://evil.example"), receipt.ErrIssuer},
		"another application":  {claims().with("aud", "app_other"), receipt.ErrAudience},
		"several audiences":    {claims().with("aud", []string{audience, "app_other"}), receipt.ErrMalformed},
		"another purpose":      {claims().with("purpose", "login"), receipt.ErrPurpose},
		"no purpose":           {claims().with("purpose", nil), receipt.ErrPurpose},
		"no id":                {claims().with("jti", nil), receipt.ErrMalformed},
		"no end":               {claims().with("exp", nil), receipt.ErrMalformed},
		"an end in words":      {claims().with("exp", "tomorrow"), receipt.ErrMalformed},
		"no number":            {claims().with("phone_number", nil), receipt.ErrMalformed},
		"a number not proved":  {claims().with("phone_number_verified", false), receipt.ErrMalformed},
		"nothing of its start": {claims().with("iat", nil), receipt.ErrMalformed},
	} {
		_, err := newChecker(t).Check(t.Context(), sign(t, newKey(1), header(), c.claims), "signup")
		if !errors.Is(err, c.want) || !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestCheck_HoldsTheTimesWithALeeway(t *testing.T) {
	t.Parallel()
	text := sign(t, newKey(1), header(), claims())
	ends := issued.Add(5 * time.Minute)
	for _, c := range []struct {
		now  time.Time
		want error
	}{
		{issued.Add(-receipt.Leeway), nil},
		{issued.Add(-receipt.Leeway - time.Second), receipt.ErrNotYet},
		{ends, nil},
		{ends.Add(receipt.Leeway), nil},
		{ends.Add(receipt.Leeway + time.Second), receipt.ErrExpired},
	} {
		_, err := newChecker(t, at(c.now)).Check(t.Context(), text, "signup")
		if !errors.Is(err, c.want) {
			t.Errorf("at %v: %v, want %v", c.now.Format(time.TimeOnly), err, c.want)
		}
	}
}

// TestCheck_RefusesEveryTrickOfTheHeader plays what is known against checkers
// of JWTs (S-62, RFC 8725 §2).
func TestCheck_RefusesEveryTrickOfTheHeader(t *testing.T) {
	t.Parallel()
	key, evil := newKey(1), newKey(9)
	jwk := object{"kty": "OKP", "crv": "Ed25519", "x": b64(public(evil))}
	hs256 := func(h object) string {
		signed := unsigned(t, h, claims())
		mac := hmac.New(sha256.New, public(key))
		mac.Write([]byte(signed))
		return signed + "." + b64(mac.Sum(nil))
	}
	zero := strings.Repeat("\x00", ed25519.SignatureSize)
	good := sign(t, key, header(), claims())
	part := strings.Split(good, ".")
	for name, text := range map[string]string{
		"alg none":                  unsigned(t, header().with("alg", "none"), claims()) + ".",
		"alg None, signed":          sign(t, key, header().with("alg", "None"), claims()),
		"alg HS256, the public key": hs256(header().with("alg", "HS256")),
		"HS256 called EdDSA":        hs256(header()),
		"alg ES256":                 sign(t, key, header().with("alg", "ES256"), claims()),
		"no alg":                    sign(t, key, header().with("alg", nil), claims()),
		"alg in another spelling":   sign(t, key, header().with("alg", "eddsa"), claims()),
		"a jwk of its own":          sign(t, evil, header().with("jwk", jwk), claims()),
		"a jku":                     sign(t, evil, header().with("jku", "https://evil.example/jwks.json"), claims()),
		"an x5u":                    sign(t, evil, header().with("x5u", "https://evil.example/cert"), claims()),
		"an x5c":                    sign(t, evil, header().with("x5c", []string{"AA"}), claims()),
		"a jku, signed rightly":     sign(t, key, header().with("jku", issuer), claims()),
		"crit":                      sign(t, key, header().with("crit", []string{"b64"}).with("b64", false), claims()),
		"typ JWT":                   sign(t, key, header().with("typ", "JWT"), claims()),
		"typ at+jwt":                sign(t, key, header().with("typ", "at+jwt"), claims()),
		"no typ":                    sign(t, key, header().with("typ", nil), claims()),
		"another's key":             sign(t, evil, header(), claims()),
		"an unknown kid":            sign(t, key, header().with("kid", "k9"), claims()),
		"a kid that is a path":      sign(t, key, header().with("kid", "../../dev/null"), claims()),
		"no kid":                    sign(t, key, header().with("kid", nil), claims()),
		"a signature of zeros":      part[0] + "." + part[1] + "." + b64([]byte(zero)),
		"no signature":              part[0] + "." + part[1] + ".",
		"two parts":                 part[0] + "." + part[1],
		"four parts":                good + ".",
		"another payload":           part[0] + "." + strings.Split(sign(t, evil, header(), claims().with("aud", "x")), ".")[1] + "." + part[2],
		"padding":                   good + "==",
		"a line break":              part[0] + "\n." + part[1] + "." + part[2],
		"the JSON form":             `{"protected":"` + part[0] + `","payload":"` + part[1] + `","signature":"` + part[2] + `"}`,
		"a payload that is no JSON": func() string {
			signed := part[0] + "." + b64([]byte("no json"))
			return signed + "." + b64(ed25519.Sign(key, []byte(signed)))
		}(),
		"nothing":  "",
		"too long": good + strings.Repeat("A", 5000),
	} {
		if _, err := newChecker(t).Check(t.Context(), text, "signup"); !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	if _, err := newChecker(t).Check(t.Context(), good, "signup"); err != nil {
		t.Errorf("without a trick: %v", err)
	}
}

// server answers with a key set, and counts.
type server struct {
	*httptest.Server
	asked atomic.Int64
	mu    sync.Mutex
	set   []byte
	down  bool
}

func newServer(t *testing.T, set []byte) *server {
	t.Helper()
	s := &server{set: set}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(s.set)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) put(set []byte, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set, s.down = set, down
}

// clock is a clock that a test moves.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(issued.UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// fetching returns a checker that fetches its keys from s.
func fetching(t *testing.T, s *server, c *clock) *receipt.Checker {
	t.Helper()
	checker, err := receipt.New(issuer, audience, receipt.WithJWKS(s.URL), receipt.WithClock(c.now))
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

// fresh makes a receipt of the moment, with the key of a name.
func fresh(t *testing.T, c *clock, key ed25519.PrivateKey, kid string) string {
	t.Helper()
	return sign(t, key, header().with("kid", kid),
		claims().with("iat", c.now().Unix()).with("exp", c.now().Add(5*time.Minute).Unix()))
}

func TestKeys_AreFetchedOnceForAllWhoWait(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, jwks(newKey(1))), newClock()
	checker, text := fetching(t, s, c), fresh(t, c, newKey(1), "k0")
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := checker.Check(context.Background(), text, "signup"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestKeys_AnUnknownOneIsLookedForOnceAMinute(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, jwks(newKey(1))), newClock()
	checker := fetching(t, s, c)
	check := func(text string, want error) {
		t.Helper()
		if _, err := checker.Check(t.Context(), text, "signup"); !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
	}
	check(fresh(t, c, newKey(1), "k0"), nil)
	for i := range 20 {
		check(fresh(t, c, newKey(9), fmt.Sprint("made-up-", i)), receipt.ErrKey)
	}
	if n := s.asked.Load(); n != 1 {
		t.Fatalf("%d fetches for made-up keys within the minute, want none beside the first", n)
	}
	s.put(jwks(newKey(1), newKey(2)), false)
	c.advance(time.Minute)
	check(fresh(t, c, newKey(2), "k1"), nil)
	if n := s.asked.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestKeys_OutliveAnOutageAndThenEnd(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, jwks(newKey(1))), newClock()
	checker := fetching(t, s, c)
	check := func(want error) {
		t.Helper()
		if _, err := checker.Check(t.Context(), fresh(t, c, newKey(1), "k0"), "signup"); !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
	}
	s.put(nil, true)
	check(receipt.ErrKeys)
	s.put(jwks(newKey(1)), false)
	c.advance(5 * time.Second)
	check(nil)
	s.put(nil, true)
	c.advance(59 * time.Minute)
	check(nil)
	c.advance(time.Minute)
	check(receipt.ErrKeys)
	s.put(jwks(newKey(1)), false)
	c.advance(5 * time.Second)
	check(nil)
}

func TestKeys_AWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(block) })
	checker, err := receipt.New(issuer, audience, receipt.WithJWKS(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = checker.Check(ctx, sign(t, newKey(1), header(), claims()), "signup")
	if !errors.Is(err, receipt.ErrKeys) || !errors.Is(err, context.Canceled) || errors.Is(err, receipt.ErrInvalid) {
		t.Errorf("%v, want ErrKeys because of the context", err)
	}
}

func TestKeys_ABadAnswerIsNoKeySet(t *testing.T) {
	t.Parallel()
	many := make([]ed25519.PrivateKey, 17)
	for i := range many {
		many[i] = newKey(byte(i))
	}
	for name, answer := range map[string]string{
		"nothing":       "",
		"no JSON":       "<html>",
		"no keys":       `{"keys":[]}`,
		"an RSA key":    `{"keys":[{"kty":"RSA","kid":"k0","n":"AQAB","e":"AQAB"}]}`,
		"a short key":   `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k0","x":"AAAA"}]}`,
		"a key to seal": `{"keys":[{"kty":"OKP","crv":"Ed25519","use":"enc","kid":"k0","x":"` + b64(public(newKey(1))) + `"}]}`,
		"too many":      string(jwks(many...)),
		"too much":      `{"keys":[` + strings.Repeat(" ", 70<<10) + `]}`,
	} {
		s, c := newServer(t, []byte(answer)), newClock()
		_, err := fetching(t, s, c).Check(t.Context(), fresh(t, c, newKey(1), "k0"), "signup")
		if !errors.Is(err, receipt.ErrKeys) {
			t.Errorf("%s: %v, want ErrKeys", name, err)
		}
	}
	moved := httptest.NewServer(http.RedirectHandler(newServer(t, jwks(newKey(1))).URL, http.StatusFound))
	t.Cleanup(moved.Close)
	checker, err := receipt.New(issuer, audience, receipt.WithJWKS(moved.URL), at(issued))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checker.Check(t.Context(), sign(t, newKey(1), header(), claims()), "signup"); !errors.Is(err, receipt.ErrKeys) {
		t.Errorf("a redirect was followed: %v", err)
	}
}

func TestNew_RefusesWhatCannotBeSafe(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() (*receipt.Checker, error){
		"no issuer":      func() (*receipt.Checker, error) { return receipt.New("", audience) },
		"no audience":    func() (*receipt.Checker, error) { return receipt.New(issuer, "") },
		"http":           func() (*receipt.Checker, error) { return receipt.New("http://id.example.kr", audience) },
		"a file":         func() (*receipt.Checker, error) { return receipt.New("file:///etc", audience) },
		"a broken place": func() (*receipt.Checker, error) { return receipt.New(issuer, audience, receipt.WithJWKS("://")) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := receipt.New("http://localhost:8080", audience); err != nil {
		t.Errorf("http on this machine: %v", err)
	}
}

// FuzzCheck changes a genuine receipt: nothing but the receipt itself passes.
func FuzzCheck(f *testing.F) {
	key := newKey(1)
	good := sign(f, key, header(), claims())
	checker := newChecker(f)
	for _, seed := range []string{
		good, strings.ToLower(good), good[:len(good)-1], good + "A", "..", "a.b.c",
		unsigned(f, header().with("alg", "none"), claims()) + ".",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := checker.Check(t.Context(), text, "signup")
		if err == nil && text != good {
			t.Errorf("%q passes", text)
		}
		if err != nil && !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	checker, text := newChecker(b), sign(b, newKey(1), header(), claims())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := checker.Check(b.Context(), text, "signup"); err != nil {
			b.Fatal(err)
		}
	}
}
