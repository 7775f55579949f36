package sandbox_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

func TestLegacySend_IsTheSameAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.old(200, "POST", "/sms/2/send", oldText("01000000001,01000000002"))
	if w.Money().Balance != 10_000-2*20 {
		t.Errorf("balance %d", w.Money().Balance)
	}
	id := sent.text("group_id")
	if !regexp.MustCompile(`^GID[0-9A-F]{13}$`).MatchString(id) {
		t.Errorf("group id %q", id)
	}
	if g := w.do(200, "GET", groups+"/"+id, ""); g.text("status") != "SENDING" || g.at("count.registeredSuccess") != 2.0 {
		t.Errorf("v4 sees %v", g)
	}
	w.pass(time.Second)
	for _, to := range []string{"01000000001", "01000000002"} {
		got := w.Handset(to)
		if len(got) != 1 || !regexp.MustCompile(`^MID[0-9A-F]{13}$`).MatchString(got[0].MessageID) {
			t.Fatalf("%s has %+v", to, got)
		}
		m := w.do(200, "GET", "/messages/v4/list?messageId="+got[0].MessageID, "").at("messageList").(map[string]any)
		if len(m) != 1 {
			t.Errorf("v4 lists %v", m)
		}
	}
	w.group(text("01000000003")) // of v4, never sent
	w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000004")+`}`)
	if items := w.sentItems(nil); len(items) != 3 || items[0].text("recipient_number") != "01000000004" {
		t.Errorf("sent lists %v", items)
	}
}

func TestLegacySend_Transcript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.time = time.Unix(1767323045, 0)
	w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"`+sender+`"}`)
	form := string(example(t, "legacy-send.request.form.txt"))
	status, b := w.raw("POST", "/sms/2/send", "", formType, strings.TrimSpace(form))
	if status != 200 {
		t.Fatalf("answered %d %s", status, b)
	}
	w.pass(time.Second)
	for name, got := range map[string][]byte{
		"legacy-send.response.json":    b,
		"legacy-sent.response.json":    w.legacy(200, "GET", "/sms/2/sent", nil),
		"legacy-balance.response.json": w.legacy(200, "GET", "/sms/2/balance", nil),
	} {
		sameTranscript(t, name, got)
	}
	v := w.signed(nil)
	v.Set("signature", "00")
	_, b = w.raw("GET", "/sms/2/balance", v.Encode(), "", "")
	sameTranscript(t, "legacy-error.response-403.json", b)
}

// sameTranscript checks an answer against the provider's: names, their order,
// kinds of values.
func sameTranscript(t *testing.T, name string, got []byte) {
	t.Helper()
	raw := example(t, name)
	var want, decoded any
	decode(t, raw, &want)
	decode(t, got, &decoded)
	sameShape(t, name, want, decoded)
	if want, got := strings.Join(keysOf(t, raw), " "), strings.Join(keysOf(t, got), " "); want != got {
		t.Errorf("%s: keys %s, want %s", name, got, want)
	}
}

func TestLegacySend_Refusals(t *testing.T) {
	t.Parallel()
	han := func(n int) string { return strings.Repeat("가", n) }
	tests := []struct {
		name         string
		change       []string
		code, status string // as sent lists it
	}{
		{"plain", nil, "00", ""},
		{"lower case", []string{"type", "lms", "subject", "제목"}, "00", ""},
		{"type is SMS when none is given", []string{"type", "", "text", han(46)}, "31", "1"},
		{"SMS of 45", []string{"text", han(45)}, "00", ""},
		{"SMS of 46", []string{"text", han(46)}, "31", "1"},
		{"LMS of 1000", []string{"type", "LMS", "text", han(1000)}, "00", ""},
		{"LMS of 1001", []string{"type", "LMS", "text", han(1001)}, "31", "1"},
		{"subject on SMS", []string{"subject", "제목"}, "13", "1"},
		{"emoji", []string{"text", "😀"}, "29", "1"},
		{"not UTF-8", []string{"text", "\xff\xfe"}, "27", "1"},
		{"unknown sender", []string{"from", "0299990000"}, "62", "1"},
		{"no sender", []string{"from", ""}, "84", "1"},
		{"no recipient", []string{"to", ""}, "83", "1"},
		{"malformed recipient", []string{"to", "+821000000001"}, "11", "1"},
		{"abroad", []string{"to", "6502530000", "country", "1", "from", "0299990000"}, "00", ""},
		{"image on SMS", []string{"image_id", "IMG0"}, "25", "1"},
		{"unknown image", []string{"type", "MMS", "image_id", "IMG0"}, "23", "1"},
		{"unreadable time", []string{"datetime", "tomorrow"}, "11", "1"},
		{"rehearsal of another number", []string{"mode", "test"}, "11", "1"},
		{"alimtalk without a channel", []string{"type", "ATA"}, "41", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := w.old(200, "POST", "/sms/2/send", oldText("01000000001", tt.change...))
			if got.text("result_code") != tt.code {
				t.Fatalf("answered %v, want %s", got, tt.code)
			}
			if tt.code == "00" {
				if got["success_count"] != 1.0 || got.text("result_message") != "Success" {
					t.Errorf("answered %v", got)
				}
				return
			}
			if got["success_count"] != 0.0 || got["error_count"] != 1.0 || got.text("result_message") == "" {
				t.Errorf("answered %v", got)
			}
			item := w.sentItems(nil)[0]
			if item.text("status") != tt.status || item.text("result_code") != tt.code || w.Money().Balance != 10_000 {
				t.Errorf("sent lists %v", item)
			}
		})
	}
}

func TestLegacySend_LastErrorIsTheResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.old(200, "POST", "/sms/2/send", oldText("01000000001,x,01000000001,01000000002"))
	if got["success_count"] != 2.0 || got["error_count"] != 2.0 || got.text("result_code") != "26" {
		t.Errorf("answered %v", got)
	}
}

func TestLegacySend_AlimTalkNamesItsTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.old(200, "POST", "/sms/2/send", oldText("01000000001", "type", "ata", "sender_key", "channel", "template_code", "template",
		"button_name", "보기", "button_url", "https://example.com", "only_ata", "true")).text("group_id")
	m := w.only(group)
	if m.text("type") != "ATA" || m.text("kakaoOptions.pfId") != "channel" || m.text("kakaoOptions.templateId") != "template" {
		t.Errorf("stored as %v %v", m["type"], m["kakaoOptions"])
	}
}

// What becomes of a number is read in the sent list.
func TestLegacySent_StatusAndResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for to, code := range map[string]string{"01000000002": "3032", "01000000003": "2254", "01000000004": "3000", "01000000005": "1064"} {
		if err := w.Decide(sandbox.Fate{To: to, StatusCode: code}); err != nil {
			t.Fatal(err)
		}
	}
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000001,01000000002,01000000003,01000000004,01000000005"))
	pair := func() map[string]string {
		out := map[string]string{}
		for _, item := range w.sentItems(nil) {
			out[item.text("recipient_number")[10:]] = item.text("status") + " " + item.text("result_code")
		}
		return out
	}
	for _, tt := range []struct {
		after time.Duration
		want  map[string]string
	}{
		{0, map[string]string{"1": "0 99", "2": "0 99", "3": "0 99", "4": "0 99", "5": "1 64"}},
		{300 * time.Millisecond, map[string]string{"1": "1 99", "2": "1 99", "3": "2 54", "4": "1 99", "5": "1 64"}},
		{time.Second, map[string]string{"1": "2 00", "2": "2 32", "3": "2 54", "4": "1 99", "5": "1 64"}},
	} {
		w.pass(tt.after)
		got := pair()
		for to, want := range tt.want {
			if got[to] != want {
				t.Errorf("after %v number %s is %q, want %q", tt.after, to, got[to], want)
			}
		}
	}
}

func TestLegacySent_Filters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000001"))
	w.pass(25 * 24 * time.Hour)
	w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"`+sender+`"}`)
	if err := w.Decide(sandbox.Fate{To: "01000000002", StatusCode: "3041"}); err != nil {
		t.Fatal(err)
	}
	group := w.old(200, "POST", "/sms/2/send", oldText("01000000002,01000000003")).text("group_id")
	w.pass(time.Hour)
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000004"))
	message := w.sentItems(params("rcpt", "010-0000-0003"))[0].text("message_id")
	tests := []struct{ query, want string }{
		{"", "4 3 2"}, // the last 20 days
		{"limit=2", "4 3"},
		{"limit=2&offset=1", "3 2"},
		{"count=2&page=2", "2"},
		{"limit=x&offset=-1", "4 3 2"},
		{"rcpt=01000000001", "1"},
		{"start=2026-11-01 00:00:00", "4 3 2 1"},
		{"start=2026-12-17 15:30:00", "4"},
		{"end=2026-12-17 15:30:00", "3 2 1"},
		{"start=2026-12-01 00:00:00&end=2026-12-17 15:30:00", "3 2"},
		{"start=tomorrow", ""},
		{"status=2", "3 2"},
		{"status=0", "4"},
		{"resultcode=41", "2"},
		{"resultcode=41,99", "4 2"},
		{"notin_resultcode=00,99", "2"},
		{"group_id=" + group, "3 2"},
		{"gid=" + group, "3 2"},
		{"message_id=" + message, "3"},
		{"mid=" + message, "3"},
		{"mid=MID0", ""},
		{"offset=9", ""},
	}
	for _, tt := range tests {
		var got []string
		for _, item := range w.sentItems(legacyQuery(t, tt.query)) {
			got = append(got, item.text("recipient_number")[10:])
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.query, got, tt.want)
		}
	}
	page := w.old(200, "GET", "/sms/1.5/sent", params("count", "2", "page", "2"))
	if page["page"] != 2.0 || page["list_count"] != 1.0 || page.text("total_count") != "3" {
		t.Errorf("page %v", page)
	}
}

func TestLegacySchedule_AndCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	later := []string{"datetime", "20261122160405"} // an hour on, in Korea
	kept := w.old(200, "POST", "/sms/2/send", oldText("01000000001,01000000002", later...)).text("group_id")
	gone := w.old(200, "POST", "/sms/1.5/send", oldText("01000000003", later...)).text("group_id")
	if g := w.do(200, "GET", groups+"/"+kept, ""); g.text("status") != "SCHEDULED" || g.text("scheduledDate") != "2026-11-22T07:04:05.000Z" {
		t.Errorf("v4 sees %v", g)
	}
	items := w.sentItems(params("group_id", kept))
	if items[0].text("scheduled_time") != "2026-11-22 16:04:05" || items[0].text("status") != "0" {
		t.Errorf("sent lists %v", items[0])
	}
	if got := w.legacy(200, "POST", "/sms/2/cancel", params("message_id", items[0].text("message_id"))); string(got) != "{}" {
		t.Errorf("cancel answered %s", got)
	}
	w.legacy(200, "POST", "/sms/1.5/cancel", params("gid", gone))
	for _, again := range []string{items[0].text("message_id"), "MID0"} {
		w.legacy(404, "POST", "/sms/2/cancel", params("message_id", again))
	}
	w.legacy(404, "POST", "/sms/2/cancel", params("group_id", gone))
	w.pass(2 * time.Hour)
	for to, want := range map[string]int{"01000000001": 1, "01000000002": 0, "01000000003": 0} {
		if got := w.Handset(to); len(got) != want {
			t.Errorf("%s has %d texts, want %d", to, len(got), want)
		}
	}
	if w.Money().Balance != 10_000-20 {
		t.Errorf("balance %d", w.Money().Balance)
	}
	for to, want := range map[string]string{"01000000001": "2 00", "01000000002": "2 60", "01000000003": "2 60"} {
		if item := w.sentItems(params("rcpt", to))[0]; item.text("status")+" "+item.text("result_code") != want {
			t.Errorf("%s: %v, want %s", to, item, want)
		}
	}
	for id, want := range map[string]string{kept: "COMPLETE", gone: "FAILED"} {
		if g := w.do(200, "GET", groups+"/"+id, ""); g.text("status") != want {
			t.Errorf("group is %s, want %s", g.text("status"), want)
		}
	}
}

func TestLegacySend_Rehearsal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.old(200, "POST", "/sms/1.5/send", oldText("01000000000", "mode", "test"))
	w.pass(time.Second)
	item := w.sentItems(nil)[0]
	if got.text("result_code") != "00" || item.text("result_code") != "60" || len(w.Handset("")) != 0 || w.Money().Balance != 10_000 {
		t.Errorf("answered %v, listed %v, %d won", got, item, w.Money().Balance)
	}
}

func TestLegacySend_ExtensionInherits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := oldText("", "extension", `[{"to":"01000000001"},{"to":["01000000002","01000000003"],"text":"둘","type":"LMS","subject":7},{"text":"no one"}]`)
	got := w.old(200, "POST", "/sms/1.5/send", v)
	if got["success_count"] != 3.0 || got["error_count"] != 1.0 || got.text("result_code") != "83" {
		t.Fatalf("answered %v", got)
	}
	w.pass(time.Second)
	one, two := w.Handset("01000000001"), w.Handset("01000000003")
	if len(one) != 1 || one[0].Type != "SMS" || len(two) != 1 || two[0].Type != "LMS" || !strings.HasSuffix(two[0].Text, "둘") {
		t.Errorf("the phones have %+v %+v", one, two)
	}
	both := oldText("01000000004", "extension", `[{"to":"01000000005"}]`)
	if got := w.old(200, "POST", "/sms/1.5/send", both); got["success_count"] != 2.0 {
		t.Errorf("with an outer recipient: %v", got)
	}
	w.legacy(400, "POST", "/sms/1.5/send", oldText("", "extension", "["))
}

func TestLegacyStatus_Spans(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithReportDelay(7*time.Second))
	for _, tt := range []struct {
		path, query string
		dates       []string
	}{
		{"/sms/1.5/status", "", []string{"2026-11-22 15:04:05"}},
		{"/sms/2/status", "count=2&unit=hour&channel=1", []string{"2026-11-22 15:04:05", "2026-11-22 14:04:05"}},
		{"/sms/2/status", "count=2&unit=day&date=20261101000000", []string{"2026-11-01 00:00:00", "2026-10-31 00:00:00"}},
		{"/sms/2/status", "count=0&unit=week", []string{"2026-11-22 15:04:05"}},
	} {
		var got []object
		decode(t, w.legacy(200, "GET", tt.path, legacyQuery(t, tt.query)), &got)
		if len(got) != len(tt.dates) {
			t.Fatalf("%s: %v", tt.query, got)
		}
		for i, want := range tt.dates {
			if got[i].text("registdate") != want || got[i].text("sms_average") != "7" || got[i].text("mms_average") != "7" {
				t.Errorf("%s: %v, want %s", tt.query, got[i], want)
			}
		}
	}
}
