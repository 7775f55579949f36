package canary_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/canary"
)

// load is a run of sign-ups, with all that became known in it.
type load struct {
	*program
	provider *sandbox.Sandbox
	key      string // the application's

	mu      sync.Mutex
	secrets []canary.Canary
	digits  map[int]int // codes by their length
	done    int         // numbers that were approved
}

func (l *load) secret(kind, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, canary.Canary{Kind: kind, Value: value, Alone: kind == "code" && len(value) < 8})
}

// code waits for the newest text on a phone, and keeps its code as a canary.
func (l *load) code(number string) (string, bool) {
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if texts := l.provider.Handset(number); len(texts) > 0 {
			_, code, _ := strings.Cut(texts[0].Text, " #")
			l.secret("code", code)
			l.mu.Lock()
			l.digits[len(code)]++
			l.mu.Unlock()
			return code, true
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.Errorf("no text came to the phone")
	return "", false
}

// wrong changes a code in its first digit.
func wrong(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

// send sends a request to the public listener.
func (l *load) send(client *http.Client, method, path, body string, edit func(*http.Request)) (int, string) {
	r, err := http.NewRequestWithContext(l.Context(), method, l.site+path, strings.NewReader(body))
	if err != nil {
		l.Error(err)
		return 0, ""
	}
	return l.do(client, r, edit)
}

// do sends a request and returns status and body, and keeps the secrets of cookies
// that came.
func (l *load) do(client *http.Client, r *http.Request, edit func(*http.Request)) (int, string) {
	edit(r)
	res, err := client.Do(r)
	if err != nil {
		l.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		l.Error(err)
	}
	for _, c := range res.Cookies() {
		_, secret, found := strings.Cut(c.Value, ".")
		if !found {
			secret = c.Value
		}
		if len(secret) >= 20 {
			l.secret("cookie "+c.Name, secret)
		}
	}
	return res.StatusCode, string(text)
}

// api calls the API with the application's key.
func (l *load) api(method, path, body string, edits ...func(*http.Request)) (int, string) {
	return l.send(http.DefaultClient, method, path, body, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+l.key)
		r.Header.Set("Content-Type", "application/json")
		for _, edit := range edits {
			edit(r)
		}
	})
}

// byAPI walks a number through the API, with most of what can go wrong.
func (l *load) byAPI(number string) {
	dashed := number[:3] + "-" + number[3:7] + "-" + number[7:]
	start := fmt.Sprintf(`{"to":%q,"purpose":"signup","binding":"binding %s","metadata":{"order":"17"}}`, dashed, number)
	var v struct{ ID string }
	once := func(r *http.Request) { r.Header.Set("Idempotency-Key", "order-"+number) }
	status, text := l.api("POST", "/v1/verifications", start, once)
	if err := json.Unmarshal([]byte(text), &v); err != nil || status != 201 {
		l.Errorf("a start was answered %d", status)
		return
	}
	code, ok := l.code(number)
	if !ok {
		return
	}
	at := "/v1/verifications/" + v.ID
	check := func(code string) string { return fmt.Sprintf(`{"code":%q,"binding":"binding %s"}`, code, number) }
	for _, c := range []struct {
		status                   int
		method, path, body, part string
	}{
		{429, "POST", "/v1/verifications", start, ""}, // too soon
		{200, "POST", at + "/check", check(wrong(code)), `"approved":false`},
		{403, "POST", at + "/check", `{"code":"` + code + `","binding":"another"}`, ""},
		{400, "POST", at + "/check", check(code[1:] + "x"), ""},
		{400, "POST", at + "/check", `{"code":"` + code, ""},
		{400, "POST", at + "/check", `{"kode":"` + code + `"}`, ""},
		{409, "POST", at + "/resend", `{"binding":"binding ` + number + `"}`, ""},
		{400, "POST", "/v1/verifications", `{"to":"` + number + `0","purpose":"signup"}`, ""},
		{400, "POST", "/v1/verifications", `{"to":"` + number + `","purpose":"` + number + `"}`, ""},
		{404, "GET", "/v1/verifications/" + number, "", ""},
		{404, "GET", "/v1/" + number + "?to=" + url.QueryEscape("+82"+number[1:]) + "&code=" + code, "", ""},
		{405, "PUT", at + "?code=" + code, number, ""},
		{200, "GET", at, "", ""},
		{200, "POST", at + "/check", check(code), `"approved":true`},
		{200, "POST", at + "/check", check(code), ""},
		{200, "POST", "/v1/messages/search", `{"to":"` + dashed + `"}`, `"to":"+82`},
	} {
		status, text := l.api(c.method, c.path, c.body)
		if strings.Contains(text, `"receipt"`) {
			l.redeem(text)
		}
		if status != c.status || !strings.Contains(text, c.part) {
			l.Errorf("%s was answered %d, want %d", strings.NewReplacer(number, "NUMBER", code, "CODE", v.ID, "ID").Replace(c.method+" "+c.path), status, c.status)
		}
	}
	l.api("POST", "/v1/verifications", start, once)                   // the first answer again, which holds the number
	l.api("POST", "/v1/verifications", start, func(r *http.Request) { // foreign keys, and secrets in headers
		r.Header.Set("Authorization", "Bearer "+l.key+"x")
		r.Header.Set("Idempotency-Key", l.key)
		r.Header.Set("User-Agent", number+" "+code)
		r.Header.Set("Referer", "https://example.kr/?code="+code+"&to="+number)
		r.Header.Set("X-Request-Id", number)
		r.Header.Set("Traceparent", "00-"+number+"0000000000000000000000-b7ad6b7169203331-01")
	})
	l.api("GET", "/v1/verifications", "", func(r *http.Request) { r.Host = number + ".example.kr" })
	l.mu.Lock()
	l.done++
	l.mu.Unlock()
}

// redeem uses up the receipt of an answer, and keeps its token as a canary.
func (l *load) redeem(answer string) {
	var checked struct{ Receipt string }
	var claims struct {
		ID string `json:"jti"`
	}
	if err := json.Unmarshal([]byte(answer), &checked); err != nil {
		l.Errorf("an answer of a check: %v", err)
		return
	}
	parts := strings.Split(checked.Receipt, ".")
	if len(parts) != 3 {
		l.Errorf("a receipt has %d parts", len(parts))
		return
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil || len(claims.ID) < 20 {
		l.Errorf("a receipt without a token: %v", err)
		return
	}
	l.secret("receipt's token", claims.ID)
	l.secret("receipt's signature", parts[2])
	for _, want := range []int{200, 409} {
		if status, _ := l.api("POST", "/v1/receipts/redeem", `{"receipt":"`+checked.Receipt+`","purpose":"signup"}`); status != want {
			l.Errorf("redeeming was answered %d, want %d", status, want)
		}
	}
}

var formToken = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// byPages signs a person up in a browser of its own, from an address of its own.
func (l *load) byPages(number string, i int) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.Error(err)
		return
	}
	client := &http.Client{Jar: jar}
	token := ""
	visit := func(method, body string) string {
		status, text := l.send(client, method, "/signup", body, func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i%250))
			if method == "POST" {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
		})
		if status >= 500 {
			l.Errorf("a page answered %d", status)
		}
		if found := formToken.FindStringSubmatch(text); found != nil {
			token = found[1]
		}
		return text
	}
	act := func(do string, fields url.Values) string {
		fields.Set("do", do)
		fields.Set("token", token)
		return visit("POST", fields.Encode())
	}
	visit("GET", "")
	act("start", url.Values{"number": {"+82 " + number[1:3] + " " + number[3:7] + " " + number[7:]}})
	code, ok := l.code(number)
	if !ok {
		return
	}
	visit("GET", "")
	act("check", url.Values{"code": {wrong(code)}})
	act("check", url.Values{"code": {code[:4]}})
	act("start", url.Values{"number": {number}})
	act("resend", url.Values{})
	act("check", url.Values{"code": {code}})
	act("finish", url.Values{"name": {"김카나"}})
	if text := act("finish", url.Values{"name": {"김카나"}, "agree": {"age_14", "terms"}}); !strings.Contains(text, "김카나") {
		l.Errorf("the sign-up did not end with a welcome")
		return
	}
	visit("GET", "")
	l.mu.Lock()
	l.done++
	l.mu.Unlock()
}
