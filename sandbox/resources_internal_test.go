package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestResources_SurviveBeingWrittenDown(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC) }
	first, second := New(WithClock(now)), New(WithClock(now))
	defer first.Close()
	defer second.Close()
	post := func(path, body string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost"+path, strings.NewReader(body))
		rec := httptest.NewRecorder()
		if first.ServeHTTP(rec, r); rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	post("/sandbox/templates", `{"name":"n","content":"x #{y}","channelId":"`+sampleChannel+`","buttons":[{"buttonName":"b","buttonType":"BK"}]}`)
	post("/sandbox/blacks", `{"senderNumber":"0215770000","recipientNumber":"01000000001"}`)
	post("/sandbox/block-groups", `{"name":"g","useAll":true}`)
	post("/sandbox/block-numbers", `{"phoneNumber":"01000000002"}`)
	post("/sandbox/quota", `{"quota":7}`)
	post("/sandbox/account", `{"balance":5}`)

	var saved, again string
	first.change(func(w *world) {
		w.tally(w.now).Total[0]++
		saved = string(w.saveResources())
	})
	second.change(func(w *world) {
		if err := w.loadResources([]byte(saved)); err != nil {
			t.Error(err)
		}
		again = string(w.saveResources())
		if err := w.loadResources([]byte(`{"files":7}`)); err == nil {
			t.Error("files that are a number were read")
		}
	})
	if saved != again {
		t.Errorf("written down: %s\nread and written down again: %s", saved, again)
	}
}

func TestMaxResources_TheOldestLeaveFirst(t *testing.T) {
	t.Parallel()
	var list []int
	for i := range 25 {
		list = pushed(list, i, 10)
	}
	if len(list) != 10 || list[0] != 15 || list[9] != 24 {
		t.Errorf("got %v, want 15 to 24", list)
	}
}
