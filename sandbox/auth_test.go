package sandbox_test

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

const salt = "0123456789abcdef0123456789abcdef"

func TestAuth_Refusals(t *testing.T) {
	t.Parallel()
	now := start.Format(time.RFC3339)
	tests := []struct {
		name, header string
		status       int
		code         string
	}{
		{"none", "", 401, "Unauthorized"},
		{"other scheme", "Bearer abc", 401, "Unauthorized"},
		{"no signature", "HMAC-SHA256 apiKey=" + key + ", date=" + now + ", salt=" + salt, 401, "Unauthorized"},
		{"signature not hex", "HMAC-SHA256 apiKey=" + key + ", date=" + now + ", salt=" + salt + ", signature=zz", 401, "Unauthorized"},
		{"short salt", header(now, "0123456789a"), 401, "Unauthorized"},
		{"long salt", header(now, strings.Repeat("a", 65)), 401, "Unauthorized"},
		{"unknown key", strings.Replace(header(now, salt), key, "NCSOTHERKEY00001", 1), 403, "InvalidAPIKey"},
		{"wrong signature", strings.Replace(header(now, salt), "signature=", "signature=00", 1), 403, "SignatureDoesNotMatch"},
		{"other salt", strings.Replace(header(now, salt), salt, salt[1:]+"x", 1), 403, "SignatureDoesNotMatch"},
		{"late", header(start.Add(-15*time.Minute-time.Second).Format(time.RFC3339), salt), 403, "RequestTimeTooSkewed"},
		{"early", header(start.Add(15*time.Minute+time.Second).Format(time.RFC3339), salt), 403, "RequestTimeTooSkewed"},
		{"not a date", header("yesterday", salt), 403, "RequestTimeTooSkewed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			resp, body, err := w.send("GET", "/cash/v1/balance", "", tt.header)
			if err != nil {
				t.Fatal(err)
			}
			var got object
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || got.text("errorCode") != tt.code {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, got.text("errorCode"), tt.status, tt.code)
			}
		})
	}
}

func TestAuth_AcceptsWhatOfficialSDKsSend(t *testing.T) {
	t.Parallel()
	sum := hmac.New(md5.New, []byte(secret))
	sum.Write([]byte("2026-11-22T06:04:05Z" + salt))
	tests := map[string]string{
		"npm, Go":            header("2026-11-22T06:04:05Z", salt),
		"14:59 late":         header("2026-11-22T05:49:06Z", salt),
		"python":             header("2026-11-22T06:04:05.123456+00:00", salt),
		"java, nanoseconds":  header("2026-11-22T15:04:05.123456789+09:00", salt),
		"ruby, no colon":     header("2026-11-22T15:04:05.123+0900", salt),
		"php, Seoul under Z": header("2026-11-22T15:04:05.32400Z", salt),
		"php, uniqid":        header("2026-11-22T15:04:05.32400Z", "6921a5b5c1d2e"),
		"capital names":      strings.NewReplacer("apiKey", "ApiKey", "date=", "Date=", "salt=", "SALT=").Replace(header("2026-11-22T06:04:05Z", salt)),
		"no blanks":          strings.ReplaceAll(header("2026-11-22T06:04:05Z", salt), ", ", ","),
		"HMAC-MD5":           "HMAC-MD5 apiKey=" + key + ", date=2026-11-22T06:04:05Z, salt=" + salt + ", signature=" + hex.EncodeToString(sum.Sum(nil)),
	}
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body, err := newWorld(t).send("GET", "/cash/v1/balance", "", header)
			if err != nil || resp.StatusCode != 200 {
				t.Errorf("refused: %v %s", err, body)
			}
		})
	}
}

func TestAuth_Vectors(t *testing.T) {
	t.Parallel()
	raw := example(t, "auth-vectors.json")
	var file struct {
		Vectors []struct{ Generation, Algorithm, Date, Salt, Signature string }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, v := range file.Vectors {
		if v.Generation != "v4" {
			continue
		}
		tried++
		when, err := time.Parse(time.RFC3339, v.Date)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		w.time = when
		resp, body, err := w.send("GET", "/cash/v1/balance", "",
			v.Algorithm+" apiKey="+key+", date="+v.Date+", salt="+v.Salt+", signature="+v.Signature)
		if err != nil || resp.StatusCode != 200 {
			t.Errorf("%s refused: %v %s", v.Algorithm, err, body)
		}
	}
	if tried != 2 {
		t.Errorf("%d vectors tried, want 2", tried)
	}
}

func TestAuth_RemembersSignaturesFor15Minutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	once := header(start.Add(15*time.Minute).Format(time.RFC3339), salt)
	status := func() int {
		resp, _, err := w.send("GET", "/cash/v1/balance", "", once)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	for i, want := range []int{200, 403, 403} {
		if got := status(); got != want {
			t.Errorf("use %d answered %d, want %d", i+1, got, want)
		}
	}
	w.pass(15*time.Minute + time.Second)
	if got := status(); got != 200 {
		t.Errorf("after 15 minutes answered %d, want 200", got)
	}
}

func TestAuth_QuirkAllowsReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithQuirks(sandbox.Quirks{AllowReplay: true}))
	once := w.authorization()
	for range 2 {
		if resp, body, err := w.send("GET", "/cash/v1/balance", "", once); err != nil || resp.StatusCode != 200 {
			t.Errorf("refused: %v %s", err, body)
		}
	}
}

func TestKey_IsMadeAtRandom(t *testing.T) {
	t.Parallel()
	a, b := sandbox.New(), sandbox.New()
	defer a.Close()
	defer b.Close()
	k1, s1 := a.Key()
	k2, s2 := b.Key()
	if len(k1) != 16 || !strings.HasPrefix(k1, "NCS") || len(s1) != 32 || k1 == k2 || s1 == s2 {
		t.Errorf("keys %q %q with secrets of %d and %d characters", k1, k2, len(s1), len(s2))
	}
}
