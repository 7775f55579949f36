package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sinpyo/sinpyo/sandbox"
)

// The key that the scripts' emulators answer to.
const (
	testKey    = "NCSSCRIPT0000001"
	testSecret = "hush-hush-hush-hush-hush-hush-hu"

	nextKey    = "NCSSCRIPT0000002"
	nextSecret = "rush-rush-rush-rush-rush-rush-ru"
)

// startProvider gives a script an emulator, and the settings that name it. Its
// clock may be another than this machine's: emulator -20m
func startProvider(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: emulator [offset]")
	}
	var offset time.Duration
	if len(args) == 1 {
		var err error
		offset, err = time.ParseDuration(args[0])
		ts.Check(err)
	}
	now := func() time.Time { return time.Now().Add(offset) }
	s := sandbox.New(sandbox.WithKey(testKey, testSecret), sandbox.WithKey(nextKey, nextSecret), sandbox.WithClock(now), sandbox.WithCarrierDelay(0), sandbox.WithReportDelay(0))
	server := httptest.NewServer(dated(now, s))
	ts.Defer(func() { server.Close(); s.Close() })
	ts.Setenv("SINPYO_COOLSMS_API_KEY", testKey)
	ts.Setenv("SINPYO_COOLSMS_API_SECRET", testSecret)
	ts.Setenv("SINPYO_COOLSMS_SENDER", emulatorSender)
	ts.Setenv("SINPYO_COOLSMS_BASE_URL", server.URL)
}

// dated lets a server tell the time of another clock.
func dated(now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// post calls a control of the script's emulator: post /sandbox/account '{"balance":0}'
func post(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: post path body")
	}
	res, err := http.Post(ts.Getenv("SINPYO_COOLSMS_BASE_URL")+args[0], "application/json", strings.NewReader(args[1]))
	ts.Check(err)
	defer res.Body.Close() //nolint:errcheck // it was only read
	said, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("%s: status %d: %s", args[0], res.StatusCode, said)
	}
}

// text wants a phone of the script's emulator to show a text, or with ! none:
// text 01012345678 안녕
func text(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] text number words")
	}
	res, err := http.Get(ts.Getenv("SINPYO_COOLSMS_BASE_URL") + "/sandbox/handset/messages?to=" + args[0])
	ts.Check(err)
	defer res.Body.Close() //nolint:errcheck // it was only read
	shown, err := io.ReadAll(res.Body)
	ts.Check(err)
	if strings.Contains(string(shown), args[1]) == neg {
		ts.Fatalf("the phone shows %q: %v, want %v", args[1], neg, !neg)
	}
}
