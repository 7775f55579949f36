package pages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// rooms are the addresses that FuzzRequests goes to.
var rooms = []string{
	"/signup", "/login", "/recover", "/undo", "/signup/message", "/login/once", "/login/password", "/account", "/account/renew",
	"/signout", "/passkeys/signin", "/documents/terms",
}

// FuzzRequests sends any cookies, any language and any form to every door that
// stands open: the page is somebody's fault at worst, and never ours.
func FuzzRequests(f *testing.F) {
	w := newWorld(f)
	v := w.visitor("ko")
	v.start(number)
	var known strings.Builder
	for name, value := range v.cookies {
		known.WriteString(name + "=" + value + "; ")
	}
	for i := range rooms {
		f.Add(uint8(i), false, known.String(), "ko-KR,ko;q=0.9", "")
		f.Add(uint8(i), true, known.String(), "en", "token="+v.token+"&do=check&code=000000")
		f.Add(uint8(i), true, "__Host-session=x; __Host-flow=\"", "*", "do=start&number=010-1234-5678&token=%00")
	}
	f.Add(uint8(0), true, known.String(), "", "token="+v.token+"&do=finish&name=%EA%B9%80%ED%95%98%EB%8A%98&agree=age_14&agree=terms&agree=%FF")
	f.Add(uint8(0), true, known.String(), "", "token="+v.token+"&do=start&number=%EF%BC%90%EF%BC%91%EF%BC%90-1111-2222&opened=99999999999999999999")
	f.Add(uint8(9), true, "a=b;;=;__Host-flow", "en;q=", "%zz&=&do")
	f.Fuzz(func(t *testing.T, room uint8, post bool, cookies, language, form string) {
		w.Clock.Advance(time.Minute) // limits are not what is tried here
		path := rooms[int(room)%len(rooms)]
		r := httptest.NewRequest(http.MethodGet, origin+path, nil)
		if post {
			r = httptest.NewRequest(http.MethodPost, origin+path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		} else {
			r.URL.RawQuery = form
		}
		r.Header["Cookie"], r.Header["Accept-Language"] = []string{cookies}, []string{language}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s answered %d\n%s", r.Method, path, rec.Code, rec.Body)
		}
	})
}
