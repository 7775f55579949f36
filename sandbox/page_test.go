package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

func (w *world) browse(query string) string {
	w.t.Helper()
	return string(w.control(200, "GET", "/"+query, ""))
}

func (w *world) press(form string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), "POST", base+"/sandbox/press", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

func contains(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestPage_Empty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithLink("가입", "http://localhost:8080/signup"))
	contains(t, w.browse(""), `lang="ko"`, "문자함", "개발 모드", "이 휴대폰에 온 문자가 여기 보여요", "10,000원", "http://localhost:8080/signup", "요청이 여기 쌓여요")
	contains(t, w.browse("?lang=en"), `lang="en"`, "Inbox", "Texts to this phone appear here", "KRW 10,000")
}

func TestPage_ShowsTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000002","statusCode":"3043"}`)
	send := func(to, text string) {
		w.do(200, "POST", "/messages/v4/send", `{"message":{"to":"`+to+`","from":"0215770000","text":"`+text+`"}}`)
		w.pass(time.Second)
	}
	send("01000000001", `[<b>책방</b>] 인증번호 482913\n@shop.example #482913`)
	send("01000000002", "x")
	failed := w.browse("")
	contains(t, failed, "여기 닿지 못한 문자 1건", "3043 단말기 전원 꺼짐", "010-0000-0002")
	one := w.browse("?phone=1")
	contains(t, one, "[Web발신]\n[&lt;b&gt;책방&lt;/b&gt;] 인증번호 <b>482913</b>", `data-code="482913"`, "482913 복사", "오후 3:04",
		"11월 22일 일요일", "바이트", "02-1577-0000", "010-0000-0001", "1건 접수", "/messages/v4/send")
	contains(t, w.browse("?phone=1&lang=en"), "Sunday, 22 November", "3:04 PM", "Copy 482913", "1 accepted")
	w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
	contains(t, w.browse(""), "문자 1건이 오는 중이에요")
	contains(t, w.browse("?phone=99&lang=xx"), "문자함")
}

func TestPage_KeepsNumbersAndCodesOutOfAddressesAndTitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	history(w)
	page := w.browse("?phone=1")
	for _, found := range regexp.MustCompile(`(?:href|src|action|value)="[^"]*"|<title>.*</title>`).FindAllString(page, -1) {
		if strings.Contains(found, "0000000") || strings.Contains(found, "482913") {
			t.Errorf("%s names a number or a code", found)
		}
	}
}

func TestPage_HeadersAndAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, kind := range map[string]string{
		"/": "text/html", "/sandbox/assets/style.css": "text/css", "/sandbox/assets/inbox.js": "text/javascript", "/sandbox/assets/mark.svg": "image/svg+xml",
	} {
		resp, _, err := w.send("GET", path, "", "")
		if err != nil {
			t.Fatal(err)
		}
		h := resp.Header
		if resp.StatusCode != 200 || !strings.HasPrefix(h.Get("Content-Type"), kind) || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self'") {
			t.Errorf("%s: %d %v", path, resp.StatusCode, h)
		}
	}
	w.control(404, "GET", "/sandbox/assets/inbox.html", "")
	page := w.browse("")
	for _, forbidden := range []string{"style=", "onclick", "<style", "javascript:", "//cdn", "https://"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	if regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(page) {
		t.Error("the page holds an inline script")
	}
}

func TestPage_Buttons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pressed := func(name string) bool {
		return regexp.MustCompile(`value="` + name + `" aria-pressed="true"`).MatchString(w.browse(""))
	}
	for _, name := range []string{"carrier", "late", "lost", "cut", "server", "money", "slow", "garbage"} {
		for i, want := range []bool{true, false} {
			rec := w.press("name=" + name + "&lang=en&phone=3")
			if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/?lang=en&phone=3" {
				t.Fatalf("%s: %d %s", name, rec.Code, rec.Header().Get("Location"))
			}
			if got := pressed(name); got != want {
				t.Errorf("%s after press %d: on is %v", name, i+1, got)
			}
		}
	}
	w.press("name=lost")
	contains(t, w.browse(""), "3번 남음")
	if _, _, err := w.send("POST", "/messages/v4/send-many/detail", list(text("01000000001")), w.authorization()); err == nil {
		t.Error("the answer came")
	}
	contains(t, w.browse(""), "2번 남음", "연결 끊음", "답 유실")
	if rec := w.press("name=" + url.QueryEscape("nothing")); rec.Code != 400 {
		t.Errorf("an unknown button answered %d", rec.Code)
	}
	w.press("name=clear")
	if page := w.browse(""); strings.Contains(page, "번 남음") || strings.Contains(page, "연결 끊음") {
		t.Error("clear left something")
	}
}
