package api_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/web"
)

// follower reads a stream over a real connection, through a server with the
// time-outs of the product.
type follower struct {
	t      *testing.T
	lines  *bufio.Scanner
	hangUp context.CancelFunc
}

// listen serves s as the product is served.
func (s *service) listen() string {
	s.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "id.example.kr"
		s.ServeHTTP(w, r)
	}), nopLog)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	server.Start()
	s.Cleanup(server.Close)
	s.Cleanup(s.api.EndStreams) // before Close, which waits for answers
	return server.URL
}

func (s *service) follow(t *testing.T, server, id string) *follower {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	t.Cleanup(hangUp)
	r, err := http.NewRequestWithContext(ctx, "GET", server+"/v1/verifications/"+id+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the stream begins with %s, %v", res.Status, res.Header)
	}
	return &follower{t, bufio.NewScanner(res.Body), hangUp}
}

// next returns the data of the next event, and false at the end of the stream.
func (f *follower) next() (map[string]any, bool) {
	f.t.Helper()
	event := map[string]string{}
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch {
		case f.lines.Text() == "" && event["data"] != "":
			if event["event"] != "verification" || event["id"] == "" {
				f.t.Errorf("an event without type or id: %v", event)
			}
			return jsonObject(f.t, event["data"]), true
		case name != "":
			event[name] = value
		}
	}
	return nil, false
}

// until reads events until one says so, and returns it.
func (f *follower) until(what string, holds func(status, message string) bool) map[string]any {
	f.t.Helper()
	for {
		state, more := f.next()
		if !more {
			f.t.Fatalf("the stream ended before %s", what)
		}
		if holds(state["status"].(string), state["message"].(map[string]any)["status"].(string)) {
			return state
		}
	}
}

func (f *follower) wantEnd() {
	f.t.Helper()
	if state, more := f.next(); more {
		f.t.Errorf("the stream goes on with %v", state)
	}
}

func TestEvents_TellEachChangeAndEnd(t *testing.T) {
	t.Parallel()
	s := newService(t)
	server := s.listen()
	id := s.start(`{"to":"01012345678","metadata":{"order":"17"}}`)
	f := s.follow(t, server, id)
	first, _ := f.next()
	if diff := cmp.Diff(s.mustCall(200, "GET", "/v1/verifications/"+id, "").body, first); diff != "" {
		t.Errorf("the first event is not the verification:\n%s", diff)
	}
	code := s.code("01012345678")
	f.until("the hand-over", func(_, message string) bool { return message == "accepted" })
	s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+wrong(code)+`"}`)
	if got, _ := f.next(); got["attempts_left"] != 4.0 {
		t.Errorf("after a wrong code: %v", got)
	}
	s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+code+`"}`)
	f.until("the approval", func(status, _ string) bool { return status == "approved" })
	s.Clock.Advance(3 * time.Second) // the report has come, and is asked for
	s.Drive()
	f.until("the delivery", func(status, message string) bool { return status == "approved" && message == "delivered" })
	f.wantEnd()
}

func TestEvents_FollowTheNewestMessage(t *testing.T) {
	t.Parallel()
	s := newService(t)
	server := s.listen()
	id := s.start(`{"to":"01012345678"}`)
	s.code("01012345678")
	f := s.follow(t, server, id)
	f.next()
	s.Clock.Advance(31 * time.Second)
	second := s.mustCall(200, "POST", "/v1/verifications/"+id+"/resend", "").body["message"].(map[string]any)["id"]
	if got, _ := f.next(); got["message"].(map[string]any)["id"] != second {
		t.Errorf("after a resend: %v", got)
	}
	s.Drive()
	f.until("its hand-over", func(_, message string) bool { return message == "accepted" })
	s.mustCall(200, "POST", "/v1/verifications/"+id+"/cancel", "")
	s.Clock.Advance(5 * time.Second)
	s.Drive()
	f.until("its end", func(status, message string) bool { return status == "canceled" && message == "delivered" })
	f.wantEnd()
}

func TestEvents_RunOutWithTheVerification(t *testing.T) {
	t.Parallel()
	s := newService(t)
	server := s.listen()
	id := s.start(`{"to":"01012345678"}`)
	f := s.follow(t, server, id)
	f.next()
	s.Clock.Advance(5 * time.Minute) // nobody notifies of that: the look finds it
	f.until("its expiry", func(status, _ string) bool { return status == "expired" })
	s.Drive() // drops the message, which is late
	f.until("the message's end", func(_, message string) bool { return message == "dropped" })
	f.wantEnd()
}

func TestEvents_BeatOutlivesTheServersTimeouts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.follow(t, s.listen(), s.start(`{"to":"01012345678"}`))
	for beats := 0; beats < 12; { // 50 ms each; the server's time-outs are 300 ms
		if !f.lines.Scan() {
			t.Fatalf("the stream broke off after %d beats: %v", beats, f.lines.Err())
		}
		if strings.HasPrefix(f.lines.Text(), ":") {
			beats++
		}
	}
}

func TestEvents_EndWithTheKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.follow(t, s.listen(), s.start(`{"to":"01012345678"}`))
	f.next()
	if err := s.Apps.RevokeKey(t.Context(), s.keyID, app.Act{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	f.wantEnd()
}

func TestEvents_EndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	s := newService(t)
	server := s.listen()
	f := s.follow(t, server, s.start(`{"to":"01012345678"}`))
	f.next()
	s.api.EndStreams()
	f.wantEnd()
}

func TestEvents_AreBounded(t *testing.T) {
	t.Parallel()
	s := newService(t)
	server := s.listen()
	id := s.start(`{"to":"01012345678"}`)
	first := s.follow(t, server, id)
	second := s.follow(t, server, id)
	res := s.call("GET", "/v1/verifications/"+id+"/events", "")
	problem(t, "one too many", res, 503, "streams_exhausted")
	if got := res.Header.Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After %q, want 30", got)
	}
	first.next()
	second.next()
	first.hangUp() // and gives its place back
	for res = s.call("HEAD", "/v1/verifications/"+id+"/events", ""); res.StatusCode == 503; {
		res = s.call("HEAD", "/v1/verifications/"+id+"/events", "")
	}
	if res.StatusCode != 200 {
		t.Errorf("with a free place: %d", res.StatusCode)
	}
}

func TestEvents_RefuseBeforeTheyBegin(t *testing.T) {
	t.Parallel()
	s := newService(t)
	problem(t, "nobody's", s.call("GET", "/v1/verifications/ver_1/events", ""), 404, "verification_not_found")
}
