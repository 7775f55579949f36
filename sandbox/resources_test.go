package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// picture is a small JPEG in base64.
func picture(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// upload stores a file and returns its id.
func (w *world) upload(kind string) string {
	w.t.Helper()
	return w.do(200, "POST", "/storage/v1/files", fmt.Sprintf(`{"file":%q,"type":%q,"name":"photo.jpg"}`, picture(w.t), kind)).text("fileId")
}

func TestFiles_UploadListReadDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want object
	decode(t, example(t, "storage-upload.response.json"), &want)
	sameShape(t, "$", map[string]any(want), map[string]any(w.do(200, "POST", "/storage/v1/files", string(example(t, "storage-upload.request.json")))))

	id := w.upload("MMS")
	w.pass(time.Second)
	newest := w.upload("KAKAO")
	if len(id) != 32 || !strings.HasPrefix(id, "ST01FZ261122060405000") {
		t.Errorf("id %q, want ST01FZ, the UTC time and 11 characters", id)
	}
	if f := w.do(200, "GET", "/storage/v1/files/"+id, ""); f["width"] != 64.0 || f["height"] != 48.0 || f["type"] != "MMS" || f["originalName"] != "photo.jpg" {
		t.Errorf("file %v", f)
	}
	first := w.do(200, "GET", "/storage/v1/files?limit=1", "")
	if got := first.at("fileList").([]any)[0].(map[string]any)["fileId"]; got != newest || first["nextKey"] != id {
		t.Errorf("first page holds %v, goes on at %v; want %s and %s", got, first["nextKey"], newest, id)
	}
	second := w.do(200, "GET", "/storage/v1/files?type=MMS&startKey="+id, "")
	if n := len(second.at("fileList").([]any)); n != 2 || second["nextKey"] != nil {
		t.Errorf("second page holds %d files, goes on at %v; want 2 and nothing", n, second["nextKey"])
	}
	w.do(200, "DELETE", "/storage/v1/files/"+id, "")
	w.refused(404, "ResourceNotFound", "GET", "/storage/v1/files/"+id, "")
	w.refused(404, "ResourceNotFound", "DELETE", "/storage/v1/files/"+id, "")
}

func TestFiles_Refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var painted bytes.Buffer
	if err := png.Encode(&painted, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	of := func(n int) string {
		return base64.StdEncoding.EncodeToString(append([]byte("\xff\xd8\xff\xe0"), make([]byte, n-4)...))
	}
	tests := map[string]struct {
		kind, file string
		status     int
	}{
		"MMS at its limit":      {"MMS", of(200 << 10), 200},
		"MMS above it":          {"MMS", of(200<<10 + 1), 400},
		"KAKAO at its limit":    {"KAKAO", of(500 << 10), 200},
		"KAKAO above it":        {"KAKAO", of(500<<10 + 1), 400},
		"DOCUMENT at its limit": {"DOCUMENT", of(2 << 20), 200},
		"DOCUMENT above it":     {"DOCUMENT", of(2<<20 + 1), 400},
		"MMS that is a PNG":     {"MMS", base64.StdEncoding.EncodeToString(painted.Bytes()), 400},
		"KAKAO that is a PNG":   {"KAKAO", base64.StdEncoding.EncodeToString(painted.Bytes()), 200},
		"type in lower case":    {"mms", picture(t), 200},
		"data address":          {"MMS", "data:image/jpeg;base64," + picture(t), 200},
		"unknown type":          {"PHOTO", picture(t), 400},
		"no type":               {"", picture(t), 400},
		"no file":               {"MMS", "", 400},
		"not base64":            {"MMS", "!", 400},
	}
	for name, tt := range tests {
		resp, body, err := w.send("POST", "/storage/v1/files", fmt.Sprintf(`{"file":%q,"type":%q}`, tt.file, tt.kind), w.authorization())
		if err != nil {
			t.Fatal(err)
		}
		var got object
		decode(t, body, &got)
		if resp.StatusCode != tt.status || tt.status == 400 && got.text("errorCode") != "ValidationError" {
			t.Errorf("%s: %d %v, want %d", name, resp.StatusCode, got["errorCode"], tt.status)
		}
	}
}

func TestFiles_MakeMMS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for file, code := range map[string]string{w.upload("MMS"): "2000", w.upload("KAKAO"): "1034", "ST01FZnothing": "1034"} {
		m := w.only(w.group(fields(`"imageId":"` + file + `"`)))
		if m.text("statusCode") != code || m.text("type") != "MMS" || m.text("imageId") != file {
			t.Errorf("%v %v with %v, want %s", m["statusCode"], m["type"], m["imageId"], code)
		}
	}
}

func TestStatistics_CountWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithBalance(10_000, 60))
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000009","statusCode":"3032"}`)
	w.do(200, "POST", "/messages/v4/send-many", list(text("01000000001"), text("01000000002"), text("01000000009")))
	w.pass(time.Minute)

	got := w.do(200, "GET", "/messages/v4/statistics", "")
	var want object
	decode(t, example(t, "statistics.response.json"), &want)
	sameShape(t, "$", map[string]any(want), map[string]any(got))
	day := object(got.at("dayPeriod").([]any)[0].(map[string]any))
	for path, value := range map[string]any{
		"_id": "2026-11-21T15:00:00.000Z", "month": "2026/11", "date": "2026/11/22", "point": 60.0, "balance": 0.0,
		"statusCode.4000.sms": 2.0, "statusCode.3032.sms": 1.0, "refund.point": 20.0,
		"total.total": 3.0, "total.sms": 3.0, "successed.sms": 2.0, "failed.sms": 1.0, "total.lms": 0.0,
	} {
		if day.at(path) != value {
			t.Errorf("day: %s is %v, want %v", path, day.at(path), value)
		}
	}
	for path, value := range map[string]any{
		"point": 60.0, "monthlyPointAvg": 60.0, "dailyPointAvg": 60.0, "dailyTotalCountAvg": 3.0,
		"dailyFailedCountAvg": 1.0, "dailySuccessedCountAvg": 2.0, "refund.pointAvg": 20.0, "total.total": 3.0,
	} {
		if got.at(path) != value {
			t.Errorf("%s is %v, want %v", path, got.at(path), value)
		}
	}
}

func TestStatistics_Dates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func() {
		w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
		w.pass(time.Minute)
	}
	send()
	w.pass(9 * 24 * time.Hour) // into December
	send()
	send()
	for query, want := range map[string]int{
		"": 3, "?startDate=2026-12-01": 2, "?endDate=2026-11-30": 1, "?startDate=2026-11-22&endDate=2026-11-22": 1,
		"?startDate=2026-11-22T12%3A00%3A00%2B09%3A00&endDate=2026-12-02T00:00:00Z": 3, "?startDate=2026-12-02T00:00:00+09:00": 0,
	} {
		got := w.do(200, "GET", "/messages/v4/statistics/daily"+query, "")
		if got.at("total.total") != float64(want) {
			t.Errorf("%q: %v texts, want %d", query, got.at("total.total"), want)
		}
	}
	all := w.do(200, "GET", "/messages/v4/statistics", "")
	if len(all.at("monthPeriod").([]any)) != 2 || all["monthlyBalanceAvg"] != 30.0 || all["dailyBalanceAvg"] != 30.0 {
		t.Errorf("%d months, %v a month, %v a day; want 2, 30 and 30", len(all.at("monthPeriod").([]any)), all["monthlyBalanceAvg"], all["dailyBalanceAvg"])
	}
	w.refused(400, "ValidationError", "GET", "/messages/v4/statistics?startDate=soon", "")
}

// history is what the account's money did, newest first.
func (w *world) history(query string) []object {
	w.t.Helper()
	resp, body, err := w.send("GET", "/cash/v1/balance/history"+query, "", w.authorization())
	if err != nil || resp.StatusCode != 200 {
		w.t.Fatalf("history%s: %v %s", query, err, body)
	}
	var entries []object
	decode(w.t, body, &entries)
	return entries
}

func TestBalanceHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithBalance(100, 10))
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000001","statusCode":"3032"}`)
	w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
	w.pass(time.Minute)
	w.SetMoney(sandbox.Account{Balance: 500})
	var got []string
	for _, e := range w.history("") {
		got = append(got, fmt.Sprint(e["type"], e["balanceAmount"], e["pointAmount"], e["oldBalance"], e["newBalance"], e["groupId"] != nil))
	}
	want := []string{"MANUAL400 -10 100 500 false", "REFUND10 10 90 100 true", "SEND-10 -10 100 90 true"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for query, n := range map[string]int{
		"?limit=1": 1, "?offset=1": 2, "?offset=1&limit=1": 1, "?type=SEND": 1, "?startDate=2026-11-22T06:04:06Z": 2, "?offset=9": 0,
	} {
		if got := len(w.history(query)); got != n {
			t.Errorf("%s: %d entries, want %d", query, got, n)
		}
	}
	w.refused(400, "ValidationError", "GET", "/cash/v1/balance/history?offset=-1", "")
}

func TestPricing_NeedsNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithPrice("LMS", 45))
	get := func(path string, v any) int {
		resp, body, err := w.send("GET", path, "", "")
		if err != nil {
			t.Fatal(err)
		}
		decode(t, body, v)
		return resp.StatusCode
	}
	for _, path := range []string{"/pricing/v1/messaging", "/pricing/v1/messaging?countryId=82", "/pricing/v1/messaging/default"} {
		var price object
		if status := get(path, &price); status != 200 || price["countryId"] != "82" || price["sms"] != 20.0 || price["lms"] != 45.0 {
			t.Errorf("%s: %d %v", path, status, price)
		}
	}
	var all []object
	if get("/pricing/v1/messaging/countries", &all); len(all) < 2 || all[0]["countryId"] != "82" || all[0]["sms"] != 20.0 {
		t.Errorf("countries %v", all)
	}
	if get("/pricing/v1/messaging/countries?countryId=81", &all); len(all) != 1 || all[0]["countryName"] != "Japan" {
		t.Errorf("Japan: %v", all)
	}
	for _, path := range []string{"/pricing/v1/messaging?countryId=0", "/pricing/v1/messaging/countries?countryId=0"} {
		var refused object
		if status := get(path, &refused); status != 400 || refused["errorCode"] != "InvalidCountryId" {
			t.Errorf("%s: %d %v", path, status, refused)
		}
	}
}

func TestQuota_FailsTheGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/quota", `{"quota":2}`)
	if q := w.do(200, "GET", "/quota/v1/me", ""); q["quota"] != 2.0 || q["accountId"] != "26010100000001" || q["autoAdjustment"] != false {
		t.Errorf("quota %v", q)
	}
	abroad := `{"to":"6502530000","country":"1","from":"0215770000","text":"x"}`
	w.do(200, "POST", "/messages/v4/send-many", list(text("01000000001"), abroad))
	id := w.group(text("01000000002"), text("01000000003"))
	g := w.do(200, "POST", groups+"/"+id+"/send", "")
	line := g.at("log").([]any)[len(g.at("log").([]any))-1].(map[string]any)["message"].(string)
	if g.text("status") != "FAILED" || !strings.Contains(line, "QuotaExceeded") || w.Money().Balance != 9960 {
		t.Errorf("status %v, log %q, %d won", g["status"], line, w.Money().Balance)
	}
	if one := w.do(200, "POST", groups+"/"+w.group(text("01000000004"))+"/send", ""); one.text("status") != "SENDING" {
		t.Errorf("the second text of the day: %v, want it sent", one["status"])
	}
	if g = w.do(200, "POST", groups+"/"+id+"/resend", ""); g.text("status") != "SENDING" {
		t.Errorf("resend: %v, want it outside the quota", g["status"])
	}
	w.pass(24 * time.Hour)
	if g = w.do(200, "POST", groups+"/"+w.group(text("01000000005"), text("01000000006"))+"/send", ""); g.text("status") != "SENDING" {
		t.Errorf("the next day: %v", g["status"])
	}
	w.control(200, "POST", "/sandbox/quota", `{"overseasQuota":1}`)
	w.do(200, "POST", "/messages/v4/send-many", list(abroad))
	if g = w.do(200, "POST", "/messages/v4/send-many", list(abroad)); g.text("status") != "FAILED" {
		t.Errorf("the second text abroad: %v", g["status"])
	}
	if asked := w.do(200, "POST", "/quota/v1/me/system", `{"reason":"more users"}`); asked["status"] != "PENDING" || asked["reason"] != "more users" {
		t.Errorf("asked: %v", asked)
	}
	w.control(400, "POST", "/sandbox/quota", `{"quota":-1}`)
}

func TestResources_Reset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upload("MMS")
	w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
	w.Reset()
	if files := w.do(200, "GET", "/storage/v1/files", "").at("fileList").([]any); len(files) != 0 || len(w.history("")) != 0 {
		t.Errorf("%d files and %d entries are left", len(files), len(w.history("")))
	}
}

func TestResources_NeedAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/storage/v1/files", "/messages/v4/statistics", "/cash/v1/balance/history", "/quota/v1/me"} {
		resp, body, err := w.send("GET", path, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusUnauthorized || !json.Valid(body) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}
