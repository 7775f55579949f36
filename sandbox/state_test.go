package sandbox_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// eventful makes an account in which everything has happened that can be
// written down, and something is still to happen.
func eventful(t *testing.T, w *world, r *receiver) {
	t.Helper()
	w.hook(r, "SINGLE-REPORT")
	w.hook(r, "GROUP-REPORT")
	w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"0299990000","status":"PENDING"}`)
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000002","statusCode":"3043"}`)
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000003","report_ms":60000,"times":5}`)
	w.control(200, "POST", "/sandbox/numbers", `{"to":"*","report_ms":3000}`)
	w.sendTo("01000000001", "01000000002")
	w.pass(5 * time.Second)
	w.group(text("01000000001"), `{"to":"01000000004","from":"0215770000","text":"a","subject":"b","customFields":{"c":"d"}}`, text("x"))
	w.do(200, "POST", groups, `{"sdkVersion":"go/1","appId":"app","strict":true,"customFields":{"a":"b"},"hint":{"routeType":"large"}}`)
	later := w.group(text("01000000005"))
	w.do(200, "POST", groups+"/"+later+"/schedule", `{"scheduledDate":"2026-11-22T06:10:00Z"}`)
	w.do(200, "DELETE", groups+"/"+w.group(), "")
	w.sendTo("01000000001", "01000000002", "01000000003") // on their way
	w.pass(time.Second)
}

// shown is what the account answers to every question that can be asked of it.
func shown(w *world) string {
	w.t.Helper()
	var out strings.Builder
	for _, path := range []string{
		"/messages/v4/list?limit=500", groups + "?limit=500", "/cash/v1/balance", "/senderid/v1/numbers", "/senderid/v1/numbers/active", hooks,
	} {
		_, body, err := w.send("GET", path, "", w.authorization())
		if err != nil {
			w.t.Fatal(err)
		}
		out.Write(append(body, '\n'))
	}
	for _, path := range []string{"/sandbox/handset/messages?limit=500", "/sandbox/account", "/sandbox/webhooks"} {
		out.Write(append(w.control(200, "GET", path, ""), '\n'))
	}
	return out.String()
}

func TestState_SurvivesARestart(t *testing.T) {
	t.Parallel()
	before, after := newWorld(t), newWorld(t)
	r := newReceiver(t)
	eventful(t, before, r)
	var state bytes.Buffer
	if err := before.Save(&state); err != nil {
		t.Fatal(err)
	}
	after.time = before.time
	if err := after.Load(bytes.NewReader(state.Bytes())); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{0, 2 * time.Second, time.Minute, 10 * time.Minute} {
		before.pass(wait)
		after.pass(wait)
		if got, want := shown(after), shown(before); got != want {
			t.Fatalf("%v later the two accounts differ:\n%s\n%s", wait, got, want)
		}
	}
	if got := after.Handset("01000000005"); len(got) != 1 {
		t.Errorf("%d texts of the schedule arrived", len(got))
	}
	calls := map[string]int{}
	for _, d := range r.calls() {
		for _, item := range d.items {
			calls[item.text("groupId")+item.text("messageId")]++
		}
	}
	for id, n := range calls {
		if n > 2 { // by each of the two accounts
			t.Errorf("%s was reported %d times", id, n)
		}
	}
}

func TestState_ReportsThatWaitAreKept(t *testing.T) {
	t.Parallel()
	before, after := newWorld(t), newWorld(t)
	r := newReceiver(t, 500)
	before.hook(r, "SINGLE-REPORT")
	before.sendTo("01000000001")
	before.pass(time.Second) // the first call fails
	var state bytes.Buffer
	if err := before.Save(&state); err != nil {
		t.Fatal(err)
	}
	if err := after.Load(&state); err != nil {
		t.Fatal(err)
	}
	after.Settle()
	if n := len(r.calls()); n != 2 {
		t.Errorf("%d calls, want one before and one after the restart", n)
	}
}

func TestKeepIn_WritesAndReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	first := sandbox.New()
	defer first.Close()
	stop, err := first.KeepIn(path)
	if err != nil {
		t.Fatal(err)
	}
	first.SetMoney(sandbox.Account{Balance: 7, Point: 5})
	for range 2 { // a second stop does no harm
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v, want it readable for its owner alone", info, err)
	}
	if rest, err := os.ReadDir(filepath.Dir(path)); err != nil || len(rest) != 1 {
		t.Errorf("%d files beside it, %v", len(rest)-1, err)
	}

	second := sandbox.New()
	defer second.Close()
	stop, err = second.KeepIn(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stop() //nolint:errcheck // checked above
	key1, secret1 := first.Key()
	if key2, secret2 := second.Key(); key2 != key1 || secret2 != secret1 {
		t.Error("the key pair changed")
	}
	if got := second.Money(); got.Balance != 7 || got.Point != 5 {
		t.Errorf("money %+v", got)
	}

	third := sandbox.New(sandbox.WithKey(key, secret))
	defer third.Close()
	if stop, err = third.KeepIn(path); err != nil {
		t.Fatal(err)
	}
	defer stop() //nolint:errcheck // checked above
	if got, _ := third.Key(); got != key {
		t.Error("the key that was given gave way to the one in the file")
	}
}

// The file is written by itself, without a stop.
func TestKeepIn_WritesAfterAChange(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	s := sandbox.New()
	defer s.Close()
	stop, err := s.KeepIn(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stop() //nolint:errcheck // checked above
	s.SetMoney(sandbox.Account{Balance: 4321})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		if raw, err := os.ReadFile(path); err == nil && bytes.Contains(raw, []byte(`"balance":4321`)) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the change was never written")
		}
	}
}

func TestKeepIn_Refuses(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"":                                  "not a saved account",
		"[]":                                "not a saved account",
		`{"version":2}`:                     "version 2",
		"{}":                                "version",
		`{"version":1,"groups":{"a":1}}`:    "groups",
		`{"version":1,"keys":[]}`:           "keys",
		`{"version":1,"senders":[{"n":1}}]`: "not a saved account",
		`{"version":1,"groups":[{"id":"G4V","messages":[{"id":"M4V"}]}]}`: "M4V",
		`{"version":1,"fates":[{"to":"*","statusCode":"5"}]}`:             "statusCode",
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s := sandbox.New()
		defer s.Close()
		_, err := s.KeepIn(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "begin anew") {
			t.Errorf("%q: error %v, want one that says %q, where, and what to do", content, err, want)
		}
		if raw, err := os.ReadFile(path); err != nil || string(raw) != content {
			t.Errorf("%q: the file was changed to %q", content, raw)
		}
	}
	s := sandbox.New()
	defer s.Close()
	if _, err := s.KeepIn(filepath.Join(t.TempDir(), "nowhere", "state.json")); err == nil {
		t.Error("a place that cannot be written was taken")
	}
}
