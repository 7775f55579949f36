package pages_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// How long texts take is said once enough of them have arrived, and only while
// that is recent.
func TestArrival_IsSaidWhenItIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	waiting := func(n int) string {
		v := w.visitor("ko")
		v.address = fmt.Sprintf("198.51.100.%d:1", n)
		v.start(fmt.Sprintf("010-%04d-2345", 2000+n)) // far apart, as people's are
		w.Drive()                                     // accepted, and not there yet
		return v.get("/signup").body
	}
	for n := range 20 {
		if page := waiting(n); strings.Contains(page, "보통") {
			t.Fatalf("a time is said after %d deliveries", n)
		}
		w.dispatch()
	}
	page := waiting(20)
	if !strings.Contains(page, "문자를 보냈어요. 보통 1초 안에 도착해요") || !strings.Contains(page, "문자는 보통 <b>1초</b> 안에 도착해요") {
		t.Errorf("no time is said:\n%s", page)
	}
	v := w.visitor("en")
	v.address = "198.51.100.99:1"
	v.start("010-9999-2345")
	w.Drive()
	if a := v.get("/signup/message"); a.Code != http.StatusOK || !strings.Contains(a.body, "within 1 second") {
		t.Errorf("the script is told %s", a.body)
	}
	w.Clock.Advance(2 * time.Hour)
	if page := waiting(21); strings.Contains(page, "보통") {
		t.Error("what was usual two hours ago is still said")
	}
}
