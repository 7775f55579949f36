package sandbox_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// legacyCalls are all calls of the legacy API.
var legacyCalls = []string{
	"POST /sms/2/send", "GET /sms/2/sent", "POST /sms/2/cancel", "GET /sms/2/balance", "GET /sms/2/status", "GET /sms/2/new_group",
	"GET /sms/2/group_list", "POST /sms/2/delete_groups", "GET /sms/2/groups/%", "POST /sms/2/groups/%/add_messages",
	"POST /sms/2/groups/%/add_messages.json", "GET /sms/2/groups/%/message_list", "POST /sms/2/groups/%/delete_messages",
	"POST /sms/2/groups/%/send", "POST /sms/2/upload_image", "GET /sms/2/image_list", "GET /sms/2/images/%", "POST /sms/2/delete_images",
	"POST /sms/1.5/send", "GET /sms/1.5/sent", "POST /sms/1.5/cancel", "POST /senderid/1.1/register", "POST /senderid/1.1/verify",
	"POST /senderid/1.1/delete", "GET /senderid/1.1/list", "POST /senderid/1.1/set_default", "GET /senderid/1.1/get_default",
	"GET /mo/1/list", "POST /mo/1/insert", "DELETE /sms/2/send", "GET /sms/2",
}

// FuzzLegacy checks what holds for every legacy call whatever was sent: no
// 5xx, JSON, and a code where it is an error.
func FuzzLegacy(f *testing.F) {
	body, contentType := multipartOf(oldText("01000000001"), "b", "\r\n", "")
	f.Add(contentType, body)
	for _, seed := range []string{
		"", oldText("01000000001").Encode(), oldText("1,2,,3", "datetime", "20261122160405", "charset", "euckr").Encode(),
		"type=MMS&text=x&image=GIF89a&image_encoding=base64", "messages=[{\"to\":[\"1\"],\"text\":1},null]&message_ids=a,b&group_ids=,",
		"extension=[null,{}]&text=x", "type=ATA&text=x&template_code=t&sender_key=k&only_ata=yes", "offset=9&limit=-1&page=99999999&count=0",
		"start=2026-11-22 15:04:05&status=2&notin_resultcode=00", "count=99&unit=day&date=20260101000000", "handle_key=x&phone=0212345678",
		"mo_number=1&sender_id=2&content=3", "a;b=%zz&=&&mode=test", "to=01000000000&text=x&mode=test&from=0215770000",
	} {
		f.Add(formType, seed)
	}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		w := newWorld(t)
		group := w.group(text("01000000001"))
		for _, call := range legacyCalls {
			method, path, _ := strings.Cut(strings.ReplaceAll(call, "%", group), " ")
			signature := w.signed(nil).Encode()
			r := httptest.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			if r.URL.RawQuery = signature; method == "GET" {
				r.URL.RawQuery = body + "&" + signature
			}
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, r)
			var o struct{ Code, ErrorCode string }
			switch {
			case rec.Code >= 500 || !json.Valid(rec.Body.Bytes()):
				t.Fatalf("%s answered %d %s", call, rec.Code, rec.Body)
			case rec.Code >= 400 && (json.Unmarshal(rec.Body.Bytes(), &o) != nil || o.Code == "" || o.ErrorCode != ""):
				t.Fatalf("%s refused in another form: %d %s", call, rec.Code, rec.Body)
			}
		}
	})
}

// FuzzLegacyMultipart checks that a form means the same in a whole multipart
// body and in the broken one of the Java SDK.
func FuzzLegacyMultipart(f *testing.F) {
	f.Add("안녕하세요", "boundary")
	f.Add("a--b\r\n--b", "c")
	f.Fuzz(func(t *testing.T, content, boundary string) {
		if boundary == "" || url.QueryEscape(boundary) != boundary || strings.Contains(content, "--"+boundary) {
			return // such a content would end its own part
		}
		answers := make([]string, 0, 2)
		for _, broken := range []bool{false, true} {
			w := newWorld(t)
			before, end := "", "--"
			if broken {
				before, end = "\r\n", ""
			}
			body, contentType := multipartOf(w.signed(oldText("01000000001", "type", "LMS", "text", content)), boundary, before, end)
			status, b := w.raw("POST", "/sms/2/send", "", contentType, body)
			var o object
			decode(t, b, &o)
			answers = append(answers, o.text("code")+o.text("result_code"))
			if status == 403 {
				t.Fatalf("the form was not read: %s", b)
			}
		}
		if answers[0] != answers[1] {
			t.Fatalf("%q and %q", answers[0], answers[1])
		}
	})
}
