package sandbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

const formType = "application/x-www-form-urlencoded"

// params makes url.Values of name and value in turn.
func params(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func legacySum(h func() hash.Hash, timestamp, salt string) []byte {
	mac := hmac.New(h, []byte(secret))
	mac.Write([]byte(timestamp + salt))
	return mac.Sum(nil)
}

// signed adds the four parameters of a fresh signature.
func (w *world) signed(v url.Values) url.Values {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.salts++
	timestamp, salt := strconv.FormatInt(w.time.Unix(), 10), fmt.Sprintf("s%06d", w.salts)
	out := params("api_key", key, "timestamp", timestamp, "salt", salt,
		"signature", hex.EncodeToString(legacySum(md5.New, timestamp, salt)))
	for name, values := range v {
		out[name] = values
	}
	return out
}

// raw does a request of the legacy API as it stands.
func (w *world) raw(method, path, query, contentType, body string) (int, []byte) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, base+path+"?"+query, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := w.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, b
}

// legacy is a signed call of the legacy API whose status must be want.
func (w *world) legacy(want int, method, path string, v url.Values) []byte {
	w.t.Helper()
	text := w.signed(v).Encode()
	query, body := text, ""
	if method == "POST" {
		query, body = "", text
	}
	status, b := w.raw(method, path, query, formType, body)
	if status != want {
		w.t.Fatalf("%s %s answered %d, want %d: %s", method, path, status, want, b)
	}
	return b
}

// old is legacy whose answer is an object.
func (w *world) old(want int, method, path string, v url.Values) object {
	w.t.Helper()
	var o object
	decode(w.t, w.legacy(want, method, path, v), &o)
	return o
}

// oldText is a legacy message to one number or several.
func oldText(to string, more ...string) url.Values {
	v := params("to", to, "from", sender, "text", "[예시] 인증번호 482913", "type", "SMS")
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// sentItems is the data of the sent list; nothing found is none.
func (w *world) sentItems(v url.Values) []object {
	w.t.Helper()
	status, b := w.raw("GET", "/sms/2/sent", w.signed(v).Encode(), "", "")
	var answer struct {
		Code string
		Data []object
	}
	decode(w.t, b, &answer)
	if status != 200 && answer.Code != "NoSuchMessage" {
		w.t.Fatalf("sent answered %d: %s", status, b)
	}
	return answer.Data
}

func TestLegacyAuth_Refusals(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, parameter, value, code string }{
		{"no key", "api_key", "", "InvalidAPIKey"},
		{"unknown key", "api_key", "NCSOTHERKEY00001", "InvalidAPIKey"},
		{"no signature", "signature", "", "SignatureDoesNotMatch"},
		{"signature not hex", "signature", "zz", "SignatureDoesNotMatch"},
		{"other signature", "signature", strings.Repeat("0", 32), "SignatureDoesNotMatch"},
		{"other salt", "salt", "another", "SignatureDoesNotMatch"},
		{"other time", "timestamp", "1", "SignatureDoesNotMatch"},
		{"other encoding", "encoding", "base64", "SignatureDoesNotMatch"},
		{"other algorithm", "algorithm", "sha1", "SignatureDoesNotMatch"},
		{"unknown algorithm", "algorithm", "sha256", "UnknownAlgorithm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := w.signed(nil)
			v.Set(tt.parameter, tt.value)
			status, b := w.raw("GET", "/sms/2/balance", v.Encode(), "", "")
			var got object
			if decode(t, b, &got); status != 403 || got.text("code") != tt.code || got.text("message") == "" {
				t.Errorf("got %d %s, want 403 %s", status, b, tt.code)
			}
		})
	}
}

func TestLegacyAuth_Accepts(t *testing.T) {
	t.Parallel()
	now := strconv.FormatInt(start.Unix(), 10)
	sum := legacySum(md5.New, now, "salt1")
	tests := map[string]url.Values{
		"plain":             params("salt", "salt1", "signature", hex.EncodeToString(sum)),
		"named defaults":    params("salt", "salt1", "signature", hex.EncodeToString(sum), "algorithm", "md5", "encoding", "hex"),
		"java, upper case":  params("salt", "salt1", "signature", strings.ToUpper(hex.EncodeToString(sum))),
		"base64":            params("salt", "salt1", "signature", base64.StdEncoding.EncodeToString(sum), "encoding", "base64"),
		"no salt":           params("signature", hex.EncodeToString(legacySum(md5.New, now, ""))),
		"salt of 3":         params("salt", "abc", "signature", hex.EncodeToString(legacySum(md5.New, now, "abc"))),
		"node, + and /":     params("salt", "a+b/c=", "signature", hex.EncodeToString(legacySum(md5.New, now, "a+b/c="))),
		"python, 36":        params("salt", salt+"-abc", "signature", hex.EncodeToString(legacySum(md5.New, now, salt+"-abc"))),
		"salt of 64":        params("salt", salt+salt, "signature", hex.EncodeToString(legacySum(md5.New, now, salt+salt))),
		"sha1":              params("algorithm", "sha1", "signature", hex.EncodeToString(legacySum(sha1.New, now, ""))),
		"sha1 in base64":    params("algorithm", "SHA1", "encoding", "base64", "signature", base64.StdEncoding.EncodeToString(legacySum(sha1.New, now, ""))),
		"names in any case": params("SALT", "salt1", "Signature", hex.EncodeToString(sum)),
	}
	for name, v := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v.Set("api_key", key)
			v.Set("timestamp", now)
			if status, b := newWorld(t).raw("GET", "/sms/2/balance", v.Encode(), "", ""); status != 200 {
				t.Errorf("in the query: %d %s", status, b)
			}
			v.Set("message_id", "MID0")
			if status, b := newWorld(t).raw("POST", "/sms/2/cancel", "", formType, v.Encode()); status != 404 {
				t.Errorf("in a form: %d %s", status, b)
			}
		})
	}
	v := params("api_key", key, "timestamp", now, "salt", salt+salt+"x", "signature", hex.EncodeToString(legacySum(md5.New, now, salt+salt+"x")))
	if status, b := newWorld(t).raw("GET", "/sms/2/balance", v.Encode(), "", ""); status != 403 {
		t.Errorf("salt of 65: %d %s", status, b)
	}
}

func TestLegacyAuth_Vectors(t *testing.T) {
	t.Parallel()
	raw := example(t, "auth-vectors.json")
	var file struct {
		Vectors []struct{ Generation, Algorithm, Timestamp, Salt, Signature string }
	}
	decode(t, raw, &file)
	tried := 0
	for _, v := range file.Vectors {
		if v.Generation != "legacy" {
			continue
		}
		tried++
		seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		w.time = time.Unix(seconds, 0)
		q := params("api_key", key, "timestamp", v.Timestamp, "salt", v.Salt, "signature", v.Signature, "algorithm", v.Algorithm)
		if status, b := w.raw("GET", "/sms/2/balance", q.Encode(), "", ""); status != 200 {
			t.Errorf("%s refused: %d %s", v.Algorithm, status, b)
		}
	}
	if tried != 2 {
		t.Errorf("%d vectors tried, want 2", tried)
	}
}

func TestLegacyAuth_WindowAndReplay(t *testing.T) {
	t.Parallel()
	code := func(w *world, q string) string {
		status, b := w.raw("GET", "/sms/2/balance", q, "", "")
		if status == 200 {
			return ""
		}
		var o object
		decode(t, b, &o)
		return o.text("code")
	}
	for _, tt := range []struct {
		off  time.Duration
		want string
	}{
		{15 * time.Minute, ""},
		{-15 * time.Minute, ""},
		{15*time.Minute + time.Second, "RequestTimeTooSkewed"},
		{-15*time.Minute - time.Second, "RequestTimeTooSkewed"},
	} {
		caller, w := newWorld(t), newWorld(t)
		caller.pass(tt.off)
		if got := code(w, caller.signed(nil).Encode()); got != tt.want {
			t.Errorf("%v off: %q, want %q", tt.off, got, tt.want)
		}
	}

	w := newWorld(t)
	once := w.signed(nil).Encode()
	if first, second := code(w, once), code(w, once); first != "" || second != "DuplicatedSignature" {
		t.Errorf("twice: %q, %q", first, second)
	}
	lenient := newWorld(t, sandbox.WithQuirks(sandbox.Quirks{AllowReplay: true}))
	if first, second := code(lenient, once), code(lenient, once); first != "" || second != "" {
		t.Errorf("with AllowReplay: %q, %q", first, second)
	}
}

func TestLegacy_SecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.signed(oldText("01000000001"))
	signature := v.Get("signature")
	body, contentType := multipartOf(v, "----b", "\r\n", "")
	w.raw("POST", "/sms/2/send", "", contentType, body)
	w.legacy(200, "GET", "/sms/2/balance", nil)
	log, err := json.Marshal(w.Requests(10))
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{signature, key, secret} {
		if strings.Contains(string(log), hidden) {
			t.Errorf("the log tells %q: %s", hidden, log)
		}
	}
	if !strings.Contains(string(log), "to=01000000001") {
		t.Errorf("the log does not tell what was sent: %s", log)
	}
}
