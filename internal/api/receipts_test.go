package api_test

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/receipt"
	offline "github.com/sinpyo/sinpyo/receipt"
)

// approve has a number verified for a purpose and returns the receipt.
func (s *service) approve(to, purpose string) (receipt, id string) {
	s.Helper()
	id = s.start(`{"to":"` + to + `","purpose":"` + purpose + `"}`)
	got := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+s.code(to)+`"}`)
	receipt, _ = got.body["receipt"].(string)
	if receipt == "" {
		s.Fatal("the check answered no receipt")
	}
	return receipt, id
}

func redeem(receipt, purpose string) string {
	return fmt.Sprintf(`{"receipt":%q,"purpose":%q}`, receipt, purpose)
}

func TestRedeem_AnswersOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	text, id := s.approve("01012345678", "signup")
	s.Clock.Advance(time.Minute)
	want := map[string]any{
		"to": "+821012345678", "purpose": "signup", "verified_at": "2026-11-22T03:04:05Z", "verification_id": id,
	}
	if diff := cmp.Diff(want, s.mustCall(200, "POST", "/v1/receipts/redeem", redeem(text, "signup")).body); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		if got := s.mustCall(409, "POST", "/v1/receipts/redeem", redeem(text, "signup")).body["code"]; got != "receipt_used" {
			t.Errorf("afterwards: %v, want receipt_used", got)
		}
	}
	if got := s.mustCall(200, "GET", "/v1/verifications/"+id, "").body["status"]; got != "redeemed" {
		t.Errorf("the verification is %v", got)
	}
	if strings.Contains(s.log.String(), text) {
		t.Error("the log holds the receipt")
	}
}

func TestRedeem_LateIsExpired(t *testing.T) {
	t.Parallel()
	s := newService(t)
	text, _ := s.approve("01012345678", "signup")
	for _, wait := range []time.Duration{receipt.Life, time.Minute, 48 * time.Hour} {
		s.Clock.Advance(wait)
		if got := s.mustCall(409, "POST", "/v1/receipts/redeem", redeem(text, "signup")).body["code"]; got != "receipt_expired" {
			t.Errorf("%v later: %v, want receipt_expired", wait, got)
		}
	}
}

// elsewhere returns a call's key of another application than the built-in one.
func (s *service) elsewhere() func(*http.Request) {
	s.Helper()
	const insert = `INSERT INTO applications (id, name, host, languages, created_at) VALUES ('app_other', '다른곳', '', 'ko', 0)`
	s.mustExec(insert)
	_, key, err := s.Apps.CreateKey(s.Context(), "app_other", "test", app.Act{Actor: "test"})
	if err != nil {
		s.Fatal(err)
	}
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
}

// TestRedeem_AnswersAlikeWhateverIsWrong plays the tricks of S-62 with the keys
// that the server publishes, beside receipts of others.
func TestRedeem_AnswersAlikeWhateverIsWrong(t *testing.T) {
	t.Parallel()
	s := newService(t)
	text, id := s.approve("01012345678", "signup")
	part := strings.Split(text, ".")
	var set struct{ Keys []struct{ X, Kid string } }
	if err := json.Unmarshal([]byte(s.mustCall(200, "GET", "/.well-known/jwks.json", "").text), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%d keys are published (%v)", len(set.Keys), err)
	}
	public, err := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	if err != nil {
		t.Fatal(err)
	}
	evilPublic, evil, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	head := func(alg, typ, more string) string {
		return b64([]byte(`{"typ":"`+typ+`","alg":"`+alg+`","kid":"`+set.Keys[0].Kid+`"`+more+`}`)) + "." + part[1]
	}
	signed := func(text string) string { return text + "." + b64(ed25519.Sign(evil, []byte(text))) }
	hs256 := func(text string) string {
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(text))
		return text + "." + b64(mac.Sum(nil))
	}
	claims, err := base64.RawURLEncoding.DecodeString(part[1])
	if err != nil {
		t.Fatal(err)
	}
	other := b64([]byte(strings.Replace(string(claims), "+821012345678", "+821099999999", 1)))
	bodies := map[string]string{
		"alg none":        redeem(head("none", offline.Type, "")+".", "signup"),
		"HS256":           redeem(hs256(head("HS256", offline.Type, "")), "signup"),
		"HS256 as EdDSA":  redeem(hs256(head("EdDSA", offline.Type, "")), "signup"),
		"jwk":             redeem(signed(head("EdDSA", offline.Type, `,"jwk":{"kty":"OKP","crv":"Ed25519","x":"`+b64(evilPublic)+`"}`)), "signup"),
		"jku":             redeem(signed(head("EdDSA", offline.Type, `,"jku":"https://evil.example/jwks.json"`)), "signup"),
		"x5u":             redeem(signed(head("EdDSA", offline.Type, `,"x5u":"https://evil.example/cert"`)), "signup"),
		"another typ":     redeem(signed(head("EdDSA", "JWT", "")), "signup"),
		"another's key":   redeem(signed(head("EdDSA", offline.Type, "")), "signup"),
		"another number":  redeem(part[0]+"."+other+"."+part[2], "signup"),
		"another purpose": redeem(text, "login"),
		"no receipt":      redeem("x", "signup"),
		"empty":           redeem("", "signup"),
	}
	var answers []map[string]any
	note := func(name string, res response) {
		if res.body["code"] != "receipt_invalid" {
			t.Errorf("%s: %v, want receipt_invalid", name, res.body["code"])
		}
		delete(res.body, "request_id")
		answers = append(answers, res.body)
	}
	for name, body := range bodies {
		note(name, s.mustCall(400, "POST", "/v1/receipts/redeem", body))
	}
	note("another application", s.mustCall(400, "POST", "/v1/receipts/redeem", redeem(text, "signup"), s.elsewhere()))
	for _, a := range answers[1:] {
		if diff := cmp.Diff(answers[0], a); diff != "" {
			t.Errorf("the answers differ:\n%s", diff)
		}
	}
	for name, body := range map[string]string{
		"no purpose": `{"receipt":"x"}`, "a made-up purpose": redeem(text, "anything"),
		"too long": redeem(strings.Repeat("x", 4097), "signup"),
	} {
		if got := s.mustCall(400, "POST", "/v1/receipts/redeem", body).body["code"]; got != "request_invalid" {
			t.Errorf("%s: %v, want request_invalid", name, got)
		}
	}
	if got := s.mustCall(200, "POST", "/v1/receipts/redeem", redeem(text, "signup")).body["verification_id"]; got != id {
		t.Errorf("after all that the receipt itself gives %v", got)
	}
}

func TestJWKS_IsPublicAndKept(t *testing.T) {
	t.Parallel()
	s := newService(t)
	anonymous := func(r *http.Request) { r.Header.Del("Authorization") }
	first := s.mustCall(200, "GET", "/.well-known/jwks.json", "", anonymous)
	etag := first.Header.Get("ETag")
	if first.Header.Get("Cache-Control") != "public, max-age=300" || etag == "" || strings.Contains(first.text, `"d"`) {
		t.Errorf("headers %v of\n%s", first.Header, first.text)
	}
	ask := func(tag string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("If-None-Match", tag) }
	}
	for _, tag := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
		if res := s.mustCall(304, "GET", "/.well-known/jwks.json", "", ask(tag)); res.text != "" {
			t.Errorf("%s: a body of %d bytes", tag, len(res.text))
		}
	}
	s.mustCall(200, "GET", "/.well-known/jwks.json", "", ask(`"x"`))
	if _, err := s.Receipts.Rotate(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	s.mustCall(200, "GET", "/.well-known/jwks.json", "", ask(etag))
	s.mustCall(405, "POST", "/.well-known/jwks.json", `{}`)
}

// TestRotation_RejectsNoValidReceipt rotates the keys twice while receipts are
// made, checked offline and redeemed (S-63).
func TestRotation_RejectsNoValidReceipt(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx, stop := context.WithCancel(t.Context())
	web := s.listen()
	checker, err := offline.New("https://id.example.kr", app.Builtin,
		offline.WithJWKS(web+"/.well-known/jwks.json"), offline.WithClock(s.Clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	var made, kids atomic.Int64
	var seen sync.Map
	var load sync.WaitGroup
	var moment sync.RWMutex // time does not jump while somebody makes and checks
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				moment.RLock()
				text := s.Receipts.Sign(receipt.Receipt{
					Token: receipt.NewToken(), ApplicationID: app.Builtin, Purpose: "signup", VerificationID: "ver_1",
					To: mustNumber(t, "01012345678"), ApprovedAt: s.Clock.Now(),
				})
				made.Add(1)
				head, _, _ := strings.Cut(text, ".")
				if _, twice := seen.LoadOrStore(head, true); !twice {
					kids.Add(1)
				}
				if _, err := s.Receipts.Read(context.Background(), text, app.Builtin, "signup"); err != nil {
					t.Errorf("read: %v", err)
				}
				if _, err := checker.Check(context.Background(), text, "signup"); err != nil {
					t.Errorf("offline: %v", err)
				}
				moment.RUnlock()
			}
		})
	}
	for range 2 {
		if _, err := s.Receipts.Rotate(t.Context(), "test"); err != nil {
			t.Error(err)
		}
		for range 30 { // a day and some hours, a minute before and after each step of which is as good as any
			moment.Lock()
			s.Clock.Advance(59 * time.Minute)
			moment.Unlock()
			if err := s.Receipts.Tend(t.Context()); err != nil {
				t.Error(err)
			}
			for before := made.Load(); made.Load() < before+8 && !t.Failed(); {
				_ = s.mustCall(200, "GET", "/.well-known/jwks.json", "")
			}
		}
	}
	stop()
	load.Wait()
	if kids.Load() != 3 {
		t.Errorf("%d keys signed, want 3", kids.Load())
	}
	t.Logf("%d receipts over %d keys", made.Load(), kids.Load())
}
