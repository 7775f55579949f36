package sandbox_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/korean"
)

// multipartOf writes a form as multipart/form-data. before stands in front of
// the first boundary, and end closes the last.
func multipartOf(v url.Values, boundary, before, end string) (body, contentType string) {
	var b strings.Builder
	b.WriteString(before)
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range v[name] {
			b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"")
			if name == "image" {
				b.WriteString("; filename=\"사진.png\"\r\nContent-Type: image/png")
			}
			b.WriteString("\r\n\r\n" + value + "\r\n")
		}
	}
	b.WriteString("--" + boundary + end + "\r\n")
	return b.String(), `multipart/form-data; boundary="` + boundary + `"`
}

// TestLegacyOddities_OfSDKs sends what each SDK makes of one text.
func TestLegacyOddities_OfSDKs(t *testing.T) {
	t.Parallel()
	euckr, err := korean.EUCKR.NewEncoder().String("[예시] 인증번호 482913")
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(v url.Values) (string, string) { return v.Encode(), formType }
	tests := []struct {
		name, path string
		change     func(v url.Values)
		write      func(v url.Values) (body, contentType string)
	}{
		{"node", "/sms/1.5/send", func(url.Values) {}, encoded},
		{"php, urlencoded", "/sms/2/send", func(v url.Values) { v.Set("type", "sms") }, encoded},
		{"python, multipart", "/sms/2/send", func(v url.Values) { v.Set("type", "sms") }, func(v url.Values) (string, string) {
			return multipartOf(v, "0123456789abcdef", "", "--")
		}},
		{"java, two stray bytes and no end", "/sms/2/send", func(v url.Values) { v.Set("signature", strings.ToUpper(v.Get("signature"))) },
			func(v url.Values) (string, string) { return multipartOf(v, "^---------------^", "\r\n", "") }},
		{"multipart to a call that documents a form", "/sms/1.5/send", func(url.Values) {}, func(v url.Values) (string, string) {
			return multipartOf(v, "b", "", "--")
		}},
		{"repeated parameters, the last wins", "/sms/2/send", func(v url.Values) {
			v["to"] = []string{"01000000009", "01000000001"}
			v["text"] = []string{"", "first", v.Get("text")}
		}, encoded},
		{"repeated in multipart", "/sms/2/send", func(v url.Values) { v["to"] = []string{"01000000009", "01000000001"} },
			func(v url.Values) (string, string) { return multipartOf(v, "b", "", "--") }},
		{"names in odd case", "/sms/2/send", func(v url.Values) {
			for _, name := range []string{"to", "from", "text", "type", "api_key", "timestamp"} {
				v[strings.ToUpper(name)] = v[name]
				v.Del(name)
			}
		}, encoded},
		{"hyphens and blanks", "/sms/2/send", func(v url.Values) {
			v.Set("to", " 010-0000-0001 , ")
			v.Set("from", "02-1577-0000")
		}, encoded},
		{"charset euckr", "/sms/2/send", func(v url.Values) {
			v.Set("charset", "euckr")
			v.Set("text", euckr)
		}, encoded},
		{"charset EUC-KR in multipart", "/sms/2/send", func(v url.Values) {
			v.Set("charset", "EUC-KR")
			v.Set("text", euckr)
		}, func(v url.Values) (string, string) { return multipartOf(v, "b", "", "--") }},
		{"what tells who calls", "/sms/2/send", func(v url.Values) {
			for _, name := range []string{"refname", "srk", "site_user", "os_platform", "dev_lang", "sdk_version", "app_version", "force_sms", "country"} {
				v.Set(name, map[bool]string{true: "82", false: "x"}[name == "country"])
			}
		}, encoded},
		{"trailing slash", "/sms/2/send/", func(url.Values) {}, encoded},
		{"a time that has passed", "/sms/2/send", func(v url.Values) { v.Set("datetime", "20200101000000") }, encoded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := w.signed(oldText("01000000001"))
			tt.change(v)
			body, contentType := tt.write(v)
			status, b := w.raw("POST", tt.path, "", contentType, body)
			var o object
			decode(t, b, &o)
			if status != 200 || o.text("result_code") != "00" || o["success_count"] != 1.0 || o["error_count"] != 0.0 {
				t.Fatalf("answered %d %s", status, b)
			}
			w.pass(time.Second)
			got := w.Handset("01000000001")
			if len(got) != 1 || got[0].Text != "[Web발신]\n[예시] 인증번호 482913" || got[0].From != sender || got[0].Type != "SMS" {
				t.Errorf("the phone has %+v", got)
			}
		})
	}
}

// The PHP SDK puts the parameters of earlier calls in front of its own.
func TestLegacyOddities_QueryRepeatsParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000001"))
	earlier, own := w.signed(params("rcpt", "01000000009")).Encode(), w.signed(params("rcpt", "01000000001")).Encode()
	if status, b := w.raw("GET", "/sms/2/sent", earlier+"&"+own, "", ""); status != 200 {
		t.Errorf("answered %d %s", status, b)
	}
}

func TestLegacyOddities_Base64WithBlanks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.signed(params("image", base64.StdEncoding.EncodeToString(pngPicture(4, 2)), "image_encoding", "base64"))
	body := strings.ReplaceAll(v.Encode(), "%2B", "+") // plus signs nobody escaped
	if status, b := w.raw("POST", "/sms/2/upload_image", "", formType, body); status != 200 {
		t.Errorf("answered %d %s", status, b)
	}
}
