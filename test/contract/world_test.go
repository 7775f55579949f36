// Package contract_test holds the API to its own description: every operation
// of openapi.json is called and every error code provoked, over real
// connections, and each answer is compared with what the description says of
// it. An entry is missing when the description grows and this package does not.
//
// A client that public generators make of the served description signs a number
// in against the program itself; that part needs Node and the packages of
// package-lock.json, and runs where SINPYO_TEST_SDK=1 says that they are there.
package contract_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sinpyo/sinpyo/internal/api"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
)

// description is what openapi.json says; internal/api tests that it is this.
var description = api.Generate()

// world is an installation behind a real listener.
type world struct {
	*verifytest.World
	url     string
	key     string
	unready error
}

// startsInMinute is the ceiling of an application.
const startsInMinute = 20

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: verifytest.New(t, verifytest.Options{Limits: func(o *limit.Options) {
		o.Ceilings = &limit.Ceilings{ApplicationPerMinute: startsInMinute, InstallationPerMinute: 1000, WonPerDay: 100_000}
	}})}
	var err error
	if _, w.key, err = w.Apps.CreateKey(t.Context(), app.Builtin, "contract", app.Act{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	calls := api.New(api.Options{
		DB: w.DB, Apps: w.Apps, Verifier: w.Verifier, Outbox: w.Outbox,
		Receipts: w.Receipts, Challenges: challenge.New(w.DB, w.Ring), Keeper: idempotency.New(w.DB, w.Ring), Now: time.Now,
		Ready: func(context.Context) error { return w.unready }, Streams: 1,
		Pace: api.Pace{Look: 20 * time.Millisecond, Beat: time.Second, Life: time.Minute, Write: 10 * time.Second},
	})
	mux := http.NewServeMux()
	calls.Mount(mux)
	log := slog.New(slog.DiscardHandler)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.url = "http://" + listener.Addr().String()
	door, err := web.New(web.Options{
		Name: "public", Handler: mux, Log: log, Registerer: w.Registry, Now: time.Now,
		PublicURL: &url.URL{Scheme: "http", Host: listener.Addr().String()}, CrossOriginExempt: []string{"/v1/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := web.NewServer(door, log)
	server.ReadTimeout = 500 * time.Millisecond // for the one who is slow; nothing else here is
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		calls.EndStreams()
		_ = server.Close()
	})
	return w
}

// answer is what a call was answered.
type answer struct {
	*http.Response
	text []byte
	body any
}

// field returns a field of the answer's object as text.
func (a answer) field(name string) string {
	object, _ := a.body.(map[string]any)
	text, _ := object[name].(string)
	return text
}

// edit changes a request.
type edit = func(*http.Request)

func header(name, value string) edit {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// call sends a request and compares the answer with the description.
func (w *world) call(method, path, body string, edits ...edit) answer {
	w.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, reader)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edits {
		e(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	return w.read(method, path, res)
}

// read reads an answer and compares it with the description.
func (w *world) read(method, path string, res *http.Response) answer {
	w.Helper()
	defer func() { _ = res.Body.Close() }()
	a := answer{Response: res}
	var err error
	if res.Header.Get("Content-Type") != "text/event-stream" {
		if a.text, err = io.ReadAll(res.Body); err != nil {
			w.Fatal(err)
		}
	}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.text, &a.body); err != nil {
			w.Fatalf("%s %s: %v", method, path, err)
		}
	}
	w.compare(method, path, a)
	return a
}

// start starts a verification and returns its id.
func (w *world) start(body string) string {
	w.Helper()
	a := w.call("POST", "/v1/verifications", body)
	if a.StatusCode != 201 {
		w.Fatalf("starting: %d %s", a.StatusCode, a.text)
	}
	return a.field("id")
}

var codeInText = regexp.MustCompile(`#(\d+)$`)

// code hands over what waits and reads the newest code on a phone.
func (w *world) code(to string) string {
	w.Helper()
	w.Drive()
	texts := w.Provider.Handset(to)
	if len(texts) == 0 {
		w.Fatal("no text came")
	}
	return codeInText.FindStringSubmatch(texts[0].Text)[1]
}

// receipt has the number verified and returns what a redeeming takes.
func (w *world) receipt(purpose string) string {
	w.Helper()
	at := "/v1/verifications/" + w.start(`{"to":"`+to+`","purpose":"signup"}`) + "/check"
	text := w.call("POST", at, `{"code":"`+w.code(to)+`"}`).field("receipt")
	if text == "" {
		w.Fatal("the check answered no receipt")
	}
	return `{"receipt":"` + text + `","purpose":"` + purpose + `"}`
}

// startElsewhere starts a verification of another application.
func (w *world) startElsewhere(to string) verify.Verification {
	w.Helper()
	number, err := phone.Parse(to)
	if err != nil {
		w.Fatal(err)
	}
	other := w.App
	other.ID = "app_other"
	v, err := w.Verifier.Start(w.Context(), verify.Start{Application: other, To: number, Purpose: verify.API})
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// operation finds what the description says of a call; nil when it is none of
// its operations.
func operation(method, path string) *huma.Operation {
	path, _, _ = strings.Cut(path, "?")
	asked := strings.Split(path, "/")
	var found *huma.Operation
	for pattern, item := range description.Paths {
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post}[method]
		parts := strings.Split(pattern, "/")
		if op == nil || len(parts) != len(asked) {
			continue
		}
		fits, exact := true, true
		for i, part := range parts {
			if part != asked[i] {
				exact = false
				fits = fits && strings.HasPrefix(part, "{")
			}
		}
		if fits && (exact || found == nil) {
			found = op
		}
	}
	return found
}

// compare holds an answer against the description: its status is one of the
// operation's, its media type that of the status, and its body what the schema
// says. A problem is a whole problem document wherever it comes from.
func (w *world) compare(method, path string, a answer) {
	w.Helper()
	name := method + " " + path + " answered " + a.Status
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if media == "application/problem+json" {
		w.wantProblem(name, a)
	}
	op := operation(method, path)
	if op == nil {
		return
	}
	documented := op.Responses[strconv.Itoa(a.StatusCode)]
	if documented == nil {
		w.Errorf("%s, which the description does not say", name)
		return
	}
	content := documented.Content[media]
	if content == nil {
		w.Errorf("%s as %q, which the description does not say", name, media)
		return
	}
	if media != "text/event-stream" {
		w.valid(name, content.Schema, a.body)
	}
}

// valid holds a value against a schema, and finds fields that no schema names.
func (w *world) valid(name string, schema *huma.Schema, value any) {
	w.Helper()
	schemas := description.Components.Schemas
	var found huma.ValidateResult
	huma.Validate(schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, value, &found)
	for _, err := range found.Errors {
		w.Errorf("%s: %v", name, err)
	}
	w.named(name, schema, value)
}

// named finds fields that the schema, which is open for later ones, does not
// name.
func (w *world) named(name string, schema *huma.Schema, value any) {
	w.Helper()
	if schema.Ref != "" {
		schema = description.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	switch value := value.(type) {
	case map[string]any:
		if len(schema.Properties) == 0 {
			return
		}
		for field, inner := range value {
			if schema.Properties[field] == nil {
				w.Errorf("%s: the description does not name the field %s", name, field)
				continue
			}
			w.named(name, schema.Properties[field], inner)
		}
	case []any:
		for _, inner := range value {
			w.named(name, schema.Items, inner)
		}
	}
}

// wantProblem checks what every problem document has.
func (w *world) wantProblem(name string, a answer) {
	w.Helper()
	w.valid(name, &huma.Schema{Ref: "#/components/schemas/Problem"}, a.body)
	object, _ := a.body.(map[string]any)
	switch {
	case object["status"] != float64(a.StatusCode), object["title"] != http.StatusText(a.StatusCode),
		!strings.HasSuffix(a.field("type"), "#"+a.field("code")), a.field("request_id") != a.Header.Get("X-Request-Id"):
		w.Errorf("%s: not a whole problem document: %s", name, a.text)
	}
	wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if (a.StatusCode == 429 || a.StatusCode == 503) && (err != nil || wait <= 0) {
		w.Errorf("%s without a Retry-After", name)
	}
	if a.StatusCode == 401 && a.Header.Get("WWW-Authenticate") != "Bearer" {
		w.Errorf("%s without a challenge", name)
	}
	for _, inner := range []string{"SQL", "goroutine", "internal/", ".go:"} {
		if bytes.Contains(a.text, []byte(inner)) {
			w.Errorf("%s shows its inside: %s", name, a.text)
		}
	}
}

// readAnswer reads an answer from a connection of the test's own.
func readAnswer(w *world, conn net.Conn) *http.Response {
	w.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		w.Fatal(err)
	}
	return res
}

// contextSoonOver is for what is expected to wait for ever.
func contextSoonOver(w *world) (context.Context, context.CancelFunc) {
	return context.WithTimeout(w.Context(), time.Millisecond)
}
