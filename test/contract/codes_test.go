package contract_test

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

const to = "01012345678"

// codes provoke each error code of the description: the status it comes with,
// and a call that is answered so.
var codes = map[string]struct {
	status  int
	provoke func(w *world) answer
}{
	// Who asks.
	"key_invalid": {401, func(w *world) answer {
		return w.call("GET", "/v1/balance", "", header("Authorization", "Bearer sinpyo_guess"))
	}},
	"scope_missing": {403, func(w *world) answer {
		return w.call("GET", "/v1/balance", "", w.as(app.WithScopes(app.Verify)))
	}},
	"purpose_forbidden": {403, func(w *world) answer {
		return w.call("POST", "/v1/verifications", `{"to":"`+to+`","purpose":"signup"}`, w.as(app.WithPurposes("login")))
	}},
	"host_unknown": {400, func(w *world) answer {
		return w.call("GET", "/v1/balance", "", func(r *http.Request) { r.Host = "elsewhere.example" })
	}},
	"cross_origin": {403, func(w *world) answer {
		return w.call("POST", "/livez", "", header("Origin", "https://elsewhere.example"))
	}},

	// What is asked for.
	"route_unknown":            {404, func(w *world) answer { return w.call("GET", "/v1/nothing", "") }},
	"method_not_allowed":       {405, func(w *world) answer { return w.call("DELETE", "/v1/verifications", "") }},
	"content_type_unsupported": {415, func(w *world) answer { return w.startWith(`{}`, header("Content-Type", "text/plain")) }},
	"body_too_large":           {413, func(w *world) answer { return w.startWith(`{"to":"` + strings.Repeat("0", 16<<10) + `"}`) }},
	"body_timeout":             {408, func(w *world) answer { return w.half(false) }},
	"body_unreadable":          {400, func(w *world) answer { return w.half(true) }},
	"body_missing":             {400, func(w *world) answer { return w.startWith("") }},
	"json_invalid":             {400, func(w *world) answer { return w.startWith(`{"to":`) }},
	"field_unknown":            {400, func(w *world) answer { return w.startWith(`{"to":"` + to + `","too":1}`) }},
	"field_doubled":            {400, func(w *world) answer { return w.startWith(`{"to":"` + to + `","to":"` + to + `"}`) }},
	"parameter_unknown":        {400, func(w *world) answer { return w.call("GET", "/v1/balance?fast=1", "") }},
	"request_invalid":          {400, func(w *world) answer { return w.startWith(`{"to":7}`) }},
	"cursor_invalid":           {400, func(w *world) answer { return w.call("POST", "/v1/messages/search", `{"cursor":"x"}`) }},

	// The repeated request.
	"idempotency_key_invalid": {400, func(w *world) answer { return w.startWith(`{"to":"`+to+`"}`, header("Idempotency-Key", "a b")) }},
	"idempotency_mismatch": {422, func(w *world) answer {
		w.startWith(`{"to":"`+to+`"}`, header("Idempotency-Key", "k"))
		return w.startWith(`{"to":"010-1234-5678"}`, header("Idempotency-Key", "k"))
	}},
	"idempotency_under_way": {409, underWay},

	// The number.
	"number_invalid":  {400, func(w *world) answer { return w.startWith(`{"to":"hello"}`) }},
	"number_landline": {400, func(w *world) answer { return w.startWith(`{"to":"02-123-4567"}`) }},
	"number_relay":    {400, func(w *world) answer { return w.startWith(`{"to":"0504-1234-5678"}`) }},
	"number_voip":     {400, func(w *world) answer { return w.startWith(`{"to":"070-1234-5678"}`) }},
	"number_special":  {400, func(w *world) answer { return w.startWith(`{"to":"1577-0000"}`) }},
	"number_foreign":  {400, func(w *world) answer { return w.startWith(`{"to":"+1 650 253 0000"}`) }},
	"number_legacy":   {400, func(w *world) answer { return w.startWith(`{"to":"011-234-5678"}`) }},
	"number_limited": {429, func(w *world) answer {
		w.start(`{"to":"` + to + `"}`)
		return w.startWith(`{"to":"` + to + `"}`)
	}},

	"number_locked": {403, func(w *world) answer {
		w.start(`{"to":"` + to + `"}`)
		w.damage(`UPDATE number_limits SET wrong_row = 100`)
		w.Clock.Advance(time.Minute)
		return w.startWith(`{"to":"` + to + `"}`)
	}},

	// Budgets.
	"budget_spent": {503, func(w *world) answer {
		for i := range startsInMinute {
			w.start(fmt.Sprintf(`{"to":"010-1234-%04d"}`, i))
		}
		return w.startWith(`{"to":"` + to + `"}`)
	}},
	"sender_lapsed": {503, func(w *world) answer {
		w.Outbox.Expire(map[string]db.Time{verifytest.Sender: w.DB.Now()})
		return w.startWith(`{"to":"` + to + `"}`)
	}},
	"limits_unreadable": {503, func(w *world) answer {
		w.damage(`DROP TABLE gates`)
		return w.startWith(`{"to":"` + to + `"}`)
	}},
	"network_limited": {429, func(w *world) answer {
		w.AskChallenges(app.Builtin)
		return w.startWith(`{"to":"` + to + `","client_ip":"203.0.113.7"}`)
	}},

	// The verification and the message.
	"verification_not_found": {404, func(w *world) answer {
		return w.call("GET", "/v1/verifications/"+w.startElsewhere(to).ID, "")
	}},
	"message_not_found": {404, func(w *world) answer {
		return w.call("GET", "/v1/messages/"+w.startElsewhere(to).Message.ID, "")
	}},
	"binding_mismatch": {403, func(w *world) answer {
		return w.call("POST", "/v1/verifications/"+w.start(`{"to":"`+to+`","binding":"b"}`)+"/check", `{"code":"123456"}`)
	}},
	"code_unreadable": {400, func(w *world) answer {
		return w.call("POST", "/v1/verifications/"+w.start(`{"to":"`+to+`"}`)+"/check", `{"code":"12"}`)
	}},
	"verification_ended": {409, func(w *world) answer {
		at := "/v1/verifications/" + w.start(`{"to":"`+to+`"}`)
		w.call("POST", at+"/cancel", "")
		return w.call("POST", at+"/cancel", "")
	}},
	"receipt_invalid": {400, func(w *world) answer { return w.call("POST", "/v1/receipts/redeem", w.receipt("login")) }},
	"receipt_expired": {409, func(w *world) answer {
		body := w.receipt("signup")
		w.Clock.Advance(6 * time.Minute)
		return w.call("POST", "/v1/receipts/redeem", body)
	}},
	"receipt_used": {409, func(w *world) answer {
		body := w.receipt("signup")
		w.call("POST", "/v1/receipts/redeem", body)
		return w.call("POST", "/v1/receipts/redeem", body)
	}},
	"resend_too_soon": {409, func(w *world) answer { return w.call("POST", w.sent()+"/resend", "") }},
	"resend_too_late": {409, func(w *world) answer {
		return w.resend(4*time.Minute+49*time.Second, 3*time.Minute+49*time.Second)
	}},
	"resends_spent": {409, func(w *world) answer { return w.resend(30*time.Second, time.Minute, time.Minute) }},

	// The server.
	"provider_unavailable": {503, func(w *world) answer {
		if _, err := w.Provider.Arm(sandbox.Fault{Kind: "status", Status: 503, Times: 1000}); err != nil {
			w.Fatal(err)
		}
		return w.call("GET", "/v1/balance", "")
	}},
	"streams_exhausted": {503, func(w *world) answer {
		at := "/v1/verifications/" + w.start(`{"to":"`+to+`"}`) + "/events"
		held := w.open(at)
		defer func() { _ = held.Body.Close() }()
		return w.call("GET", at, "")
	}},
	"not_ready": {503, func(w *world) answer {
		w.unready = errors.New("the disk is gone")
		return w.call("GET", "/readyz", "")
	}},
	"database_busy":        {503, busy},
	"database_closed":      {503, closed},
	"database_unavailable": {503, notKept},
	"outcome_unknown":      {503, unknownOutcome},
	"internal": {500, func(w *world) answer {
		at := "/v1/verifications/" + w.start(`{"to":"`+to+`"}`)
		w.damage(`UPDATE verifications SET number_sealed = code_mac`)
		return w.call("GET", at, "")
	}},
}

func id(op *huma.Operation) string {
	if op == nil {
		return ""
	}
	return op.OperationID
}

func TestContract_EveryCode(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, code := range description.Components.Schemas.Map()["Problem"].Properties["code"].Enum {
		documented[code.(string)] = true
	}
	for _, code := range slices.Sorted(maps.Keys(documented)) {
		if codes[code].provoke == nil {
			t.Errorf("nothing provokes the code %s", code)
		}
	}
	for code, entry := range codes {
		if !documented[code] {
			t.Errorf("the description has no code %s", code)
		}
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			a := entry.provoke(newWorld(t))
			if a.StatusCode != entry.status || a.field("code") != code {
				t.Errorf("answered %d %s, want %d %s\n%s", a.StatusCode, a.field("code"), entry.status, code, a.text)
			}
		})
	}
}

// as makes a key and has a call use it.
func (w *world) as(options ...app.KeyOption) edit {
	w.Helper()
	_, secret, err := w.Apps.CreateKey(w.Context(), app.Builtin, "limited", app.Act{Actor: "test"}, options...)
	if err != nil {
		w.Fatal(err)
	}
	return header("Authorization", "Bearer "+secret)
}

func (w *world) startWith(body string, edits ...edit) answer {
	w.Helper()
	return w.call("POST", "/v1/verifications", body, edits...)
}

// sent starts a verification whose text has left, and returns its address.
func (w *world) sent() string {
	w.Helper()
	at := "/v1/verifications/" + w.start(`{"to":"`+to+`"}`)
	w.Drive()
	return at
}

// resend asks for a text again after each of the waits and returns the last
// answer.
func (w *world) resend(waits ...time.Duration) (last answer) {
	w.Helper()
	at := w.sent()
	for _, wait := range waits {
		w.Clock.Advance(wait + time.Second)
		last = w.call("POST", at+"/resend", "")
		w.Drive()
	}
	return last
}

// open opens a stream and leaves it open.
func (w *world) open(path string) *http.Response {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), "GET", w.url+path, nil)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		w.Fatalf("the stream begins with %s", res.Status)
	}
	return res
}

// half sends the first part of a body and then nothing, or the end of it all.
func (w *world) half(end bool) answer {
	w.Helper()
	conn, err := new(net.Dialer).DialContext(w.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST /v1/verifications HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"to\"",
		strings.TrimPrefix(w.url, "http://"), w.key)
	if err != nil {
		w.Fatal(err)
	}
	if end {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			w.Fatal(err)
		}
	}
	return w.read("POST", "/v1/verifications", readAnswer(w, conn))
}

// hold lets no other act of the database begin until the test ends or release
// is called.
func (w *world) hold() (release func()) {
	w.Helper()
	begun, released := make(chan struct{}), make(chan struct{})
	var once, twice bool
	go func() {
		_ = w.DB.Update(w.Context(), func(*db.Tx) error {
			if !once {
				once = true
				close(begun)
				<-released
			}
			return nil
		})
	}()
	<-begun
	release = func() {
		if !twice {
			twice = true
			close(released)
		}
	}
	w.Cleanup(release)
	return release
}

// damage changes the database behind the program's back.
func (w *world) damage(statements ...string) {
	w.Helper()
	err := w.DB.Update(w.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			tx.Exec(s)
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// underWay sends the same request twice while nothing can be carried out: one
// waits, and the other is told so.
func underWay(w *world) answer {
	release := w.hold()
	answers := make(chan answer, 2)
	for range 2 {
		go func() { answers <- w.startWith(`{"to":"`+to+`"}`, header("Idempotency-Key", "k")) }()
	}
	told := <-answers
	release()
	if waited := <-answers; waited.StatusCode != 201 {
		w.Errorf("the one that waited was answered %d %s", waited.StatusCode, waited.text)
	}
	return told
}

// busy fills the queue of the database.
func busy(w *world) answer {
	release := w.hold()
	full := make(chan struct{}, 1)
	done := make(chan struct{})
	const most = 6000
	for range most {
		go func() {
			err := w.DB.Update(w.Context(), func(*db.Tx) error { return nil })
			if errors.Is(err, db.ErrBusy) {
				select {
				case full <- struct{}{}:
				default:
				}
			}
			done <- struct{}{}
		}()
	}
	<-full
	a := w.startWith(`{"to":"` + to + `"}`)
	release()
	for range most {
		<-done
	}
	return a
}

// closed asks while the database is being closed.
func closed(w *world) answer {
	release := w.hold()
	ended := make(chan error, 1)
	go func() { ended <- w.DB.Close() }()
	for !errors.Is(w.tryUpdate(), db.ErrClosed) {
	}
	a := w.startWith(`{"to":"` + to + `"}`)
	release()
	if err := <-ended; err != nil {
		w.Error(err)
	}
	return a
}

// tryUpdate asks for an act without waiting for it.
func (w *world) tryUpdate() error {
	ctx, cancel := contextSoonOver(w)
	defer cancel()
	return w.DB.Update(ctx, func(*db.Tx) error { return nil })
}

// notKept lets the commit of whatever starts a verification fail.
func notKept(w *world) answer {
	w.damage(
		`CREATE TABLE orphans (id TEXT NOT NULL PRIMARY KEY, parent TEXT NOT NULL REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED)`)
	if w.DB.Single() {
		w.damage(`CREATE TRIGGER orphan AFTER INSERT ON verifications BEGIN INSERT INTO orphans (id, parent) VALUES (NEW.id, 'nobody'); END`)
	} else {
		w.damage(
			`CREATE FUNCTION orphan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO orphans (id, parent) VALUES (NEW.id, 'nobody'); RETURN NULL; END $$`,
			`CREATE TRIGGER orphan AFTER INSERT ON verifications FOR EACH ROW EXECUTE FUNCTION orphan()`)
	}
	return w.startWith(`{"to":"` + to + `"}`)
}

// unknownOutcome has the server end the connection in the middle of the commit.
func unknownOutcome(w *world) answer {
	if w.DB.Single() {
		w.Skip("a commit of SQLite is never lost on the way: runs on PostgreSQL")
	}
	w.damage(
		`CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`,
		`CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON verifications DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leave()`)
	return w.startWith(`{"to":"` + to + `"}`)
}
