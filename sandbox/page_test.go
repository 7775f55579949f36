package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
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
	values, err := url.ParseQuery(form)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.form("/sandbox/press", values)
}

// form submits a form of the page.
func (w *world) form(path string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), "POST", base+path, strings.NewReader(values.Encode()))
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

func TestPage_ShowsPhonesSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, to := range []string{"01000000001", "01000000002", "01000000003", "01000000004", "01000000005"} {
		w.do(200, "POST", "/messages/v4/send", `{"message":`+text(to)+`}`)
		w.pass(time.Second)
	}
	tests := []struct {
		query string
		want  []int // ranks on the screens
		offer string
	}{
		{"", []int{5}, `href="/?phone=5&amp;phone=1"`},
		{"?phone=2", []int{2}, `href="/?phone=2&amp;phone=1"`},
		{"?phone=2&phone=1&phone=2&lang=en", []int{2, 1}, `href="/?lang=en&amp;phone=1"`},
		{"?phone=1&phone=2&phone=3&phone=4&phone=5", []int{1, 2, 3, 4}, `href="/?phone=1&amp;phone=2&amp;phone=3"`},
		{"?phone=99&phone=x&phone=-1&find=7", []int{5}, `href="/?phone=5&amp;phone=4"`},
	}
	for _, tt := range tests {
		page := w.browse(tt.query)
		var got []int
		for _, found := range regexp.MustCompile(`id="screen-(\d+)"`).FindAllStringSubmatch(page, -1) {
			n, _ := strconv.Atoi(found[1])
			got = append(got, n)
		}
		if !slices.Equal(got, tt.want) || !strings.Contains(page, tt.offer) {
			t.Errorf("%q shows the phones %v, want %v; %s is offered: %v", tt.query, got, tt.want, tt.offer, strings.Contains(page, tt.offer))
		}
	}
}

func TestPage_Finds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000002","statusCode":"3043"}`)
	for to, words := range map[string]string{"01000000001": "Apple 111111", "01000000002": "Pear 222222", "01000000003": "Apple 333333"} {
		w.do(200, "POST", "/messages/v4/send", `{"message":{"to":"`+to+`","from":"`+sender+`","text":"`+words+`"}}`)
		w.pass(time.Second)
	}
	tests := []struct {
		words   string
		phones  []string
		without []string
		calls   int
	}{
		{"apple", []string{"010-0000-0001", "010-0000-0003"}, []string{"010-0000-0002"}, 2},
		{"010-0000-0002", []string{"010-0000-0002"}, []string{"010-0000-0001", "010-0000-0003"}, 1},
		{"3043", []string{"010-0000-0002"}, []string{"010-0000-0001"}, 0},
		{"단말기 전원", []string{"010-0000-0002"}, []string{"010-0000-0001"}, 0},
		{" 333333 ", []string{"010-0000-0003"}, []string{"010-0000-0001"}, 1},
		{"<b>", nil, []string{"010-0000-0001", "<b><b>"}, 0},
	}
	for _, tt := range tests {
		rec := w.form("/sandbox/find", url.Values{"words": {tt.words}, "lang": {"en"}, "phone": {"1"}})
		place := rec.Header().Get("Location")
		if rec.Code != http.StatusSeeOther || !regexp.MustCompile(`^/\?find=\d+&lang=en$`).MatchString(place) {
			t.Fatalf("%q: %d %s", tt.words, rec.Code, place)
		}
		page := w.browse(strings.TrimPrefix(place, "/"))
		_, phones, _ := strings.Cut(page, `id="chips"`)
		phones, log, _ := strings.Cut(phones, `id="log"`)
		contains(t, phones, tt.phones...)
		for _, other := range tt.without {
			if strings.Contains(phones, other) {
				t.Errorf("%q shows %q", tt.words, other)
			}
		}
		if got := strings.Count(log, "<details"); got != tt.calls {
			t.Errorf("%q shows %d calls, want %d", tt.words, got, tt.calls)
		}
		if again := w.form("/sandbox/find", url.Values{"words": {tt.words}, "lang": {"en"}}).Header().Get("Location"); again != place {
			t.Errorf("%q once more leads to %s, not %s", tt.words, again, place)
		}
	}
	contains(t, w.browse("?find=6"), "맞는 문자가 없어요", "맞는 요청이 없어요")
	if place := w.form("/sandbox/find", url.Values{"words": {"  "}}).Header().Get("Location"); place != "/" {
		t.Errorf("a search for nothing leads to %s", place)
	}
	for n := range 100 { // old searches are forgotten
		w.form("/sandbox/find", url.Values{"words": {"x" + strconv.Itoa(n)}})
	}
	if page := w.browse("?find=2"); strings.Contains(page, "찾는 말") {
		t.Error("the second search is still remembered")
	}
}

func TestPage_ShowsBodiesWithSecretsMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(200, "POST", groups, `{"customFields":{"note":"hello"},"apiSecret":"`+secret+`","token":"tok123"}`)
	w.do(200, "GET", "/messages/v4/list?limit=1&apiKey=other", "")
	_, log, _ := strings.Cut(w.browse(""), `id="log"`)
	contains(t, log, "HMAC-SHA256 ***", "&#34;note&#34;: &#34;hello&#34;", "&#34;token&#34;: &#34;***&#34;", "limit=1&amp;apiKey=***",
		"&#34;status&#34;: &#34;PENDING&#34;", "돌려준 답")
	for _, leak := range []string{secret, key, "tok123", "apiKey=other"} {
		if strings.Contains(log, leak) {
			t.Errorf("the page tells %q", leak)
		}
	}
	part := "--x\r\nContent-Disposition: form-data; name=\"%s\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n"
	w.do(403, "POST", "/sms/2/send", fmt.Sprintf(part+part, "signature", "sig456", "text", "kept789"))
	_, log, _ = strings.Cut(w.browse(""), `id="log"`)
	if strings.Contains(log, "sig456") || !strings.Contains(log, "kept789") {
		t.Error("a secret in a part of a form shows, or too much is masked")
	}
	w.press("name=lost")
	if _, _, err := w.send("POST", "/messages/v4/send-many/detail", list(text("01000000001")), w.authorization()); err == nil {
		t.Error("the answer came")
	}
	contains(t, w.browse(""), "닿지 못한 답", "groupInfo")
}

func TestPage_ListsAndDisarmsFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/faults", `{"kind":"status","status":502,"method":"POST","path":"/messages/**","times":2}`)
	w.control(200, "POST", "/sandbox/faults", `{"kind":"reset","path":"/cash/**","times":-1}`)
	contains(t, w.browse(""), "일부러 낸 오류 502", "POST /messages/**", "2번 남음", "/cash/**", `name="disarm" value="fault_2"`)
	if rec := w.press("disarm=fault_1&phone=1"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/?phone=1" {
		t.Errorf("disarming answered %d %s", rec.Code, rec.Header().Get("Location"))
	}
	if page := w.browse(""); strings.Contains(page, "fault_1") || !strings.Contains(page, "fault_2") {
		t.Error("not the one fault was disarmed")
	}
}

func TestPage_SendsAFirstText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	contains(t, w.browse(""), `name="name" value="try"`)
	if rec := w.press("name=try&lang=en"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/?lang=en" {
		t.Fatalf("answered %d %s", rec.Code, rec.Header().Get("Location"))
	}
	w.pass(time.Second)
	page := w.browse("")
	contains(t, page, "Your code is <b>048215</b>", "010-0000-0001", "9,980원")
	if strings.Contains(page, `value="try"`) {
		t.Error("the offer still stands beside a text")
	}
	w.SetMoney(sandbox.Account{})
	if rec := w.press("name=try"); rec.Code != http.StatusBadRequest {
		t.Errorf("without money it answered %d", rec.Code)
	}
}
