package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/api"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
)

// service is the API above a verifier, behind a real door.
type service struct {
	*verifytest.World
	http.Handler
	key     string // of the built-in application
	keyID   string
	keeper  *idempotency.Keeper
	api     *api.API
	quota   api.Quota
	log     bytes.Buffer
	unready error
}

func newService(t testing.TB) *service { return newServiceWith(t, verifytest.Options{}) }

func newServiceWith(t testing.TB, o verifytest.Options) *service {
	t.Helper()
	o.Host, o.At = "id.example.kr", time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	s := &service{World: verifytest.New(t, o)}
	key, secret, err := s.Apps.CreateKey(t.Context(), app.Builtin, "test", app.Act{Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s.keyID, s.key = key.ID, secret
	s.keeper = idempotency.New(s.DB, s.Ring)
	s.api = api.New(api.Options{
		DB: s.DB, Apps: s.Apps, Verifier: s.Verifier, Outbox: s.Outbox, Keeper: s.keeper, Now: time.Now,
		Receipts: s.Receipts, Challenges: challenge.New(s.DB, s.Ring),
		Quota: func(application string) (int, int, time.Duration, bool) { return s.quota(application) },
		Ready: func(context.Context) error { return s.unready },
		Pace:  api.Pace{Look: 20 * time.Millisecond, Beat: 50 * time.Millisecond, Life: time.Minute, Write: 10 * time.Second},

		Streams: 2,
	})
	s.quota = func(string) (int, int, time.Duration, bool) { return 0, 0, 0, false }
	mux := http.NewServeMux()
	s.api.Mount(mux)
	s.Handler, err = web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.NewJSONHandler(&s.log, nil)), Registerer: s.Registry,
		Now: s.Clock.Now, PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"}, CrossOriginExempt: []string{"/v1/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// response is an answer and its JSON.
type response struct {
	*http.Response
	text string
	body map[string]any
}

// call sends a request with the key of the built-in application.
func (s *service) call(method, path, body string, edits ...func(*http.Request)) response {
	s.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, "https://id.example.kr"+path, reader)
	r.Header.Set("Authorization", "Bearer "+s.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	res := response{Response: w.Result(), text: w.Body.String()}
	if strings.Contains(w.Header().Get("Content-Type"), "json") && w.Body.Len() > 0 && method != http.MethodHead {
		if err := json.Unmarshal(w.Body.Bytes(), &res.body); err != nil {
			s.Errorf("%s %s answered no JSON object: %v\n%s", method, path, err, w.Body)
		}
	}
	return res
}

// mustCall is call where the status is known.
func (s *service) mustCall(status int, method, path, body string, edits ...func(*http.Request)) response {
	s.Helper()
	res := s.call(method, path, body, edits...)
	if res.StatusCode != status {
		s.Fatalf("%s %s: status %d, want %d\n%s\n%s", method, path, res.StatusCode, status, res.text, s.log.String())
	}
	return res
}

// start starts a verification and returns its id.
func (s *service) start(body string) string {
	s.Helper()
	return s.mustCall(201, "POST", "/v1/verifications", body).body["id"].(string)
}

var codeInText = regexp.MustCompile(`#(\d{6})$`)

// code hands over what waits and reads the newest code on a number's phone.
func (s *service) code(to string) string {
	s.Helper()
	for {
		worked, err := s.Outbox.Step(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		if !worked {
			break
		}
	}
	texts := s.Provider.Handset(to)
	if len(texts) == 0 {
		s.Fatalf("no text came to %s", to)
	}
	return codeInText.FindStringSubmatch(texts[0].Text)[1]
}

// wrong returns a code that is not the given one.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

var errDown = errors.New("the disk is gone")

// startElsewhere starts a verification for another application than that of
// s.key, and returns the ids of the two.
func (s *service) startElsewhere(to string) (id, messageID string) {
	s.Helper()
	number, err := phone.Parse(to)
	if err != nil {
		s.Fatal(err)
	}
	other := s.App
	other.ID = "app_other"
	v, err := s.Verifier.Start(s.Context(), verify.Start{Application: other, To: number, Purpose: verify.API})
	if err != nil {
		s.Fatal(err)
	}
	return v.ID, v.Message.ID
}

var nopLog = slog.New(slog.DiscardHandler)

// mustExec runs a statement that no package offers.
func (s *service) mustExec(statement string) {
	s.Helper()
	err := s.DB.Update(s.Context(), func(tx *db.Tx) error { tx.Exec(statement); return nil })
	if err != nil {
		s.Fatal(err)
	}
}

func mustNumber(t testing.TB, text string) phone.Number {
	t.Helper()
	n, err := phone.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
