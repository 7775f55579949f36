package api_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/api"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
)

// named gives a request its Idempotency-Key.
func named(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

// again repeats a request with the same key and wants the same answer.
func (s *service) again(first response, method, path, body, key string) {
	s.Helper()
	if got := first.Header.Get("Idempotent-Replayed"); got != "" {
		s.Errorf("%s: the first answer says Idempotent-Replayed: %s", path, got)
	}
	for range 2 {
		res := s.call(method, path, body, named(key))
		if res.StatusCode != first.StatusCode || res.text != first.text || res.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
			s.Errorf("%s: %d %q, want again %d %q", path, res.StatusCode, res.text, first.StatusCode, first.text)
		}
		if got := res.Header.Get("Idempotent-Replayed"); got != "true" {
			s.Errorf("%s: Idempotent-Replayed %q, want true", path, got)
		}
	}
}

func TestOnce_EveryActIsAnsweredAgain(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const to = "01012345678"
	start := `{"to":"` + to + `","metadata":{"html":"<b>&</b>"}}`
	res := s.mustCall(201, "POST", "/v1/verifications", start, named("start"))
	s.again(res, "POST", "/v1/verifications", start, "start")
	at := "/v1/verifications/" + res.body["id"].(string)
	code := s.code(to)

	wrongly := `{"code":"` + wrong(code) + `"}`
	res = s.mustCall(200, "POST", at+"/check", wrongly, named("wrong"))
	if res.body["attempts_left"] != 4.0 || res.body["approved"] != false || res.body["status"] != "pending" {
		t.Errorf("a wrong code: %v", res.body)
	}
	s.again(res, "POST", at+"/check", wrongly, "wrong")

	s.Clock.Advance(31 * time.Second)
	res = s.mustCall(200, "POST", at+"/resend", "", named("resend"))
	if res.body["resends_left"] != 1.0 || res.body["attempts_left"] != 4.0 {
		t.Errorf("a resend: %v", res.body)
	}
	s.again(res, "POST", at+"/resend", "", "resend")
	s.code(to)
	if texts := len(s.Provider.Handset(to)); texts != 2 {
		t.Errorf("%d texts, want 2", texts)
	}

	rightly := `{"code":"` + code + `"}`
	res = s.mustCall(200, "POST", at+"/check", rightly, named("right"))
	if res.body["approved"] != true {
		t.Errorf("the right code: %v", res.body)
	}
	s.again(res, "POST", at+"/check", rightly, "right")
	using := redeem(res.body["receipt"].(string), "api")
	redeemed := s.mustCall(200, "POST", "/v1/receipts/redeem", using, named("redeem"))
	s.again(redeemed, "POST", "/v1/receipts/redeem", using, "redeem")
	problem(t, "redeemed by another request", s.call("POST", "/v1/receipts/redeem", using, named("redeem-2")), 409, "receipt_used")
	res = s.mustCall(200, "POST", at+"/check", rightly, named("late"))
	if res.body["approved"] != false || res.body["status"] != "redeemed" {
		t.Errorf("a check of what has ended: %v", res.body)
	}
	s.again(res, "POST", at+"/check", rightly, "late")

	at = "/v1/verifications/" + s.start(`{"to":"01087654321"}`)
	res = s.mustCall(200, "POST", at+"/cancel", "{}", named("cancel"))
	s.again(res, "POST", at+"/cancel", "{}", "cancel")
}

// TestOnce_AnswersLikeUnnamedRequests holds the answer that is kept against the
// one a request without a key is given.
func TestOnce_AnswersLikeUnnamedRequests(t *testing.T) {
	t.Parallel()
	s := newService(t)
	shape := func(number int, edit func(*http.Request)) (bodies []map[string]any) {
		to := fmt.Sprintf("010%08d", number)
		keep := func(r response) {
			delete(r.body, "id")
			delete(r.body, "to")
			if m, ok := r.body["message"].(map[string]any); ok {
				delete(m, "id")
			}
			bodies = append(bodies, r.body)
		}
		res := s.mustCall(201, "POST", "/v1/verifications", `{"to":"`+to+`"}`, edit)
		at := "/v1/verifications/" + res.body["id"].(string)
		keep(res)
		code := s.code(to)
		for range 5 {
			keep(s.mustCall(200, "POST", at+"/check", `{"code":"`+wrong(code)+`"}`, edit, func(r *http.Request) {
				if r.Header.Get("Idempotency-Key") != "" {
					r.Header.Set("Idempotency-Key", rand.Text())
				}
			}))
		}
		return bodies
	}
	unnamed := shape(1, func(*http.Request) {})
	if diff := cmp.Diff(unnamed, shape(2, named("k"))); diff != "" {
		t.Errorf("without a key (-) and with one (+):\n%s", diff)
	}
}

func TestOnce_RefusesAnotherBodyAndBadKeys(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678"}`, named("k"))
	problem(t, "another body", s.call("POST", "/v1/verifications", `{"to":"01087654321"}`, named("k")), 422, "idempotency_mismatch")
	for _, bad := range []string{"", "a b", "키", strings.Repeat("k", 256)} {
		problem(t, bad, s.call("POST", "/v1/verifications", `{"to":"01087654321"}`, named(bad)), 400, "idempotency_key_invalid")
	}
	twice := func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} }
	problem(t, "twice", s.call("POST", "/v1/verifications", `{"to":"01087654321"}`, twice), 400, "idempotency_key_invalid")
	big := `{"to":"` + strings.Repeat("0", 20000) + `"}`
	problem(t, "oversized", s.call("POST", "/v1/verifications", big, named("big")), 413, "body_too_large")
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	problem(t, "oversized, chunked", s.call("POST", "/v1/verifications", big, named("big"), chunked), 413, "body_too_large")
}

func TestOnce_KeepsRefusalsThatWouldNotChange(t *testing.T) {
	t.Parallel()
	s := newService(t)
	res := s.mustCall(400, "POST", "/v1/verifications", `{"to":"02-123-4567"}`, named("landline"))
	s.again(res, "POST", "/v1/verifications", `{"to":"02-123-4567"}`, "landline")

	at := "/v1/verifications/" + s.start(`{"to":"01012345678"}`)
	early := s.mustCall(409, "POST", at+"/resend", "", named("resend"))
	if early.body["code"] != "resend_too_soon" {
		t.Fatal(early.text)
	}
	problem(t, "limited", s.call("POST", "/v1/verifications", `{"to":"01012345678"}`, named("limited")), 429, "number_limited")
	s.code("01012345678")
	s.Clock.Advance(31 * time.Second)
	s.mustCall(200, "POST", at+"/resend", "", named("resend"))
	s.Clock.Advance(31 * time.Second)
	s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678"}`, named("limited"))
}

func TestOnce_KeysAreOfOneApplicationKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	_, other, err := s.Apps.CreateKey(t.Context(), app.Builtin, "other", app.Act{Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	first := s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678"}`, named("k")).body["id"]
	second := s.mustCall(201, "POST", "/v1/verifications", `{"to":"01087654321"}`, named("k"), func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+other)
	}).body["id"]
	if first == second {
		t.Error("two application keys share an idempotency key")
	}
}

// parallel sends the same named request a hundred times at once, through the
// handlers in turn, each until it is not under way, and returns the ids that
// were answered.
func (s *service) parallel(handlers []http.Handler, body string) map[any]int {
	s.Helper()
	ids := map[any]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 100 {
		node := &service{World: s.World, Handler: handlers[i%len(handlers)], key: s.key}
		wg.Go(func() {
			for {
				res := node.call("POST", "/v1/verifications", body, named("k"))
				if res.StatusCode == 409 && res.body["code"] == "idempotency_under_way" && res.Header.Get("Retry-After") == "1" {
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				if res.StatusCode != 201 {
					s.Errorf("status %d: %s", res.StatusCode, res.text)
				}
				ids[res.body["id"]]++
				return
			}
		})
	}
	wg.Wait()
	return ids
}

func TestOnce_AHundredAtOnceSendOneText(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ids := s.parallel([]http.Handler{s}, `{"to":"01012345678"}`)
	s.Drive()
	if texts := len(s.Provider.Handset("01012345678")); len(ids) != 1 || texts != 1 {
		t.Errorf("%d verifications and %d texts, want one of each", len(ids), texts)
	}
}

func TestOnce_AHundredAtOnceOverTwoNodesSendOneText(t *testing.T) {
	t.Parallel()
	var url string
	s := newServiceWith(t, verifytest.Options{DB: []func(*db.Options){func(o *db.Options) { url = o.URL }}})
	other, dispatch := s.secondNode(url)
	ids := s.parallel([]http.Handler{s, other}, `{"to":"01012345678"}`)
	s.Drive()
	dispatch()
	if texts := len(s.Provider.Handset("01012345678")); len(ids) != 1 || texts != 1 {
		t.Errorf("%d verifications and %d texts, want one of each", len(ids), texts)
	}
}

// secondNode is another node on the same database, and what lets its
// dispatcher work.
func (s *service) secondNode(url string) (http.Handler, func()) {
	s.Helper()
	d := dbtest.Open(s, url, dbtest.WithClock(s.Clock))
	key, secret := s.Provider.Key()
	out := outbox.New(outbox.Options{
		DB: d, Ring: s.Ring, Key: key, Sender: verifytest.Sender, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		Client: coolsms.New(key, secret, coolsms.WithHTTPClient(&http.Client{Transport: s.Provider}), coolsms.WithClock(s.Clock.Now)),
	})
	verifier := verify.New(verify.Options{DB: d, Ring: s.Ring, Outbox: out, Limits: limit.New(limit.Options{DB: d}), Rand: rand.Reader})
	mux := http.NewServeMux()
	api.New(api.Options{
		DB: d, Apps: app.New(d), Verifier: verifier, Outbox: out, Keeper: idempotency.New(d, s.Ring), Now: time.Now,
	}).Mount(mux)
	return mux, func() {
		for worked := true; worked; {
			var err error
			if worked, err = out.Step(s.Context()); err != nil {
				s.Fatal(err)
			}
		}
	}
}
