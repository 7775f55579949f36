package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// fields is a message with some of its fields replaced.
func fields(change string) string {
	base := `"to":"01000000001","from":"0215770000","text":"안녕하세요"`
	if change == "" {
		return "{" + base + "}"
	}
	return "{" + base + "," + change + "}" // the last of equal names wins
}

func TestRules_StatusCodeAtTheDoor(t *testing.T) {
	t.Parallel()
	han := func(n int) string { return strings.Repeat("가", n) }
	tests := []struct{ name, change, code, kind string }{
		{"plain", ``, "2000", "SMS"},
		{"type in lower case", `"type":"sms"`, "2000", "SMS"},
		{"hyphens", `"to":"010-0000-0001","from":"02-1577-0000"`, "2000", "SMS"},
		{"one recipient in a list", `"to":["01000000001"]`, "2000", "SMS"},
		{"45 syllables", `"text":"` + han(45) + `"`, "2000", "SMS"},
		{"46 syllables become LMS", `"text":"` + han(46) + `"`, "2000", "LMS"},
		{"46 syllables as SMS", `"type":"SMS","text":"` + han(46) + `"`, "1031", "SMS"},
		{"46 syllables, detection off", `"autoTypeDetect":"false","text":"` + han(46) + `"`, "1031", "SMS"},
		{"1000 syllables", `"text":"` + han(1000) + `"`, "2000", "LMS"},
		{"1001 syllables", `"text":"` + han(1001) + `"`, "1031", "LMS"},
		{"90 letters and line breaks", `"text":"` + strings.Repeat(`a\n`, 45) + `"`, "2000", "SMS"},
		{"subject makes LMS", `"subject":"제목"`, "2000", "LMS"},
		{"subject on SMS", `"type":"SMS","subject":"제목"`, "1013", "SMS"},
		{"long subject", `"subject":"` + han(21) + `"`, "1014", "LMS"},
		{"no text", `"text":""`, "1010", "SMS"},
		{"no sender", `"from":""`, "1010", "SMS"},
		{"no recipient", `"to":""`, "1010", "SMS"},
		{"null recipient", `"to":null`, "1010", "SMS"},
		{"empty list", `"to":[]`, "1010", "SMS"},
		{"+82", `"to":"+821000000001"`, "1011", "SMS"},
		{"letters", `"to":"0100000000a"`, "1011", "SMS"},
		{"too short", `"to":"0100000"`, "1011", "SMS"},
		{"too long", `"to":"0100000000111"`, "1011", "SMS"},
		{"sender with letters", `"from":"sinpyo"`, "1011", "SMS"},
		{"unknown type", `"type":"TELEX"`, "1025", ""},
		{"type without a route", `"type":"FAX"`, "1058", "FAX"},
		{"not UTF-8", "\"text\":\"\xff\xfe\"", "1027", "SMS"},
		{"control character", `"text":"a\u0007b"`, "1028", "SMS"},
		{"emoji", `"text":"😀"`, "1029", "SMS"},
		{"CP949 only", `"text":"똠"`, "1029", "SMS"},
		{"won sign", `"text":"₩"`, "1029", "SMS"},
		{"no-break space", `"text":"a\u00a0b"`, "1029", "SMS"},
		{"decomposed", `"text":"\u1100\u1161"`, "1029", "SMS"},
		{"symbols of KS X 1001", `"text":"※ ㈜ ± → ①"`, "2000", "SMS"},
		{"field key of 31", `"customFields":{"` + strings.Repeat("k", 31) + `":"v"}`, "1032", "SMS"},
		{"field value of 101", `"customFields":{"k":"` + han(101) + `"}`, "1032", "SMS"},
		{"field not a string", `"customFields":{"k":1}`, "1032", "SMS"},
		{"fields at their limits", `"customFields":{"` + strings.Repeat("k", 30) + `":"` + han(100) + `"}`, "2000", "SMS"},
		{"kakao options on SMS", `"type":"SMS","kakaoOptions":{"pfId":"p"}`, "1033", "SMS"},
		{"unknown image", `"imageId":"ST01"`, "1034", "MMS"},
		{"MMS without image", `"type":"MMS"`, "1010", "MMS"},
		{"alimtalk", `"kakaoOptions":{` + pf + `,` + tp + `},"text":"1 인증번호"`, "2000", "ATA"},
		{"friend talk", `"kakaoOptions":{` + pf + `}`, "2000", "CTA"},
		{"friend talk with image", `"kakaoOptions":{` + pf + `,"imageId":"i"}`, "1051", "CTI"},
		{"no channel", `"kakaoOptions":{}`, "1041", "CTA"},
		{"no template", `"type":"ATA","kakaoOptions":{"pfId":"p"}`, "1042", "ATA"},
		{"long friend talk", `"kakaoOptions":{"pfId":"p"},"text":"` + han(1001) + `"`, "1031", "CTA"},
		{"unregistered sender", `"from":"0299990000"`, "1062", "SMS"},
		{"long abroad", `"country":"1","to":"6502530000","type":"LMS"`, "1058", "LMS"},
		{"voice", `"type":"VOICE","voiceOptions":{"voiceType":"FEMALE","replyRange":9}`, "2000", "VOICE"},
		{"voice without options", `"type":"VOICE"`, "1010", "VOICE"},
		{"voice of nobody", `"type":"VOICE","voiceOptions":{"voiceType":"CHILD"}`, "1011", "VOICE"},
		{"voice with too many answers", `"type":"VOICE","voiceOptions":{"voiceType":"MALE","replyRange":10}`, "1011", "VOICE"},
		{"voice with a strange counselor", `"type":"VOICE","voiceOptions":{"voiceType":"MALE","counselorNumber":"x"}`, "1011", "VOICE"},
		{"voice that cannot be read", `"type":"VOICE","voiceOptions":[]`, "1011", "VOICE"},
		{"voice without text", `"type":"VOICE","text":"","voiceOptions":{"voiceType":"MALE"}`, "1010", "VOICE"},
		{"abroad needs no registration", `"country":"1","to":"6502530000","from":"0299990000"`, "2000", "SMS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.group(fields(tt.change))
			m := w.only(id)
			if m.text("statusCode") != tt.code || m.text("type") != tt.kind {
				t.Errorf("got %v %v, want %s %s", m["statusCode"], m["type"], tt.code, tt.kind)
			}
			wantStatus := "PENDING"
			if tt.code != "2000" {
				wantStatus = "COMPLETE"
			}
			if m.text("status") != wantStatus {
				t.Errorf("status %v, want %s", m["status"], wantStatus)
			}
		})
	}
}

func TestRules_StrictFalseReplacesCharacters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.do(200, "POST", groups, `{"strict":false}`).text("groupId")
	w.do(200, "PUT", groups+"/"+id+"/messages", list(fields(`"text":"뷁 안녕"`)))
	if m := w.only(id); m["statusCode"] != "2000" || m["text"] != "? 안녕" {
		t.Errorf("got %v %q", m["statusCode"], m["text"])
	}
}

func TestRules_Senders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := func() string { return w.only(w.group(fields(""))).text("statusCode") }
	for _, status := range []string{"PENDING", "INACTIVE"} {
		w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"02-1577-0000","status":"`+status+`"}`)
		if got := code(); got != "1062" {
			t.Errorf("%s sender: %s, want 1062", status, got)
		}
	}
	w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"0215770000","expireAt":"2026-11-22T06:04:06Z"}`)
	if got := code(); got != "2000" {
		t.Errorf("a second before it lapses: %s, want 2000", got)
	}
	w.pass(time.Second)
	if got := code(); got != "1062" {
		t.Errorf("lapsed: %s, want 1062", got)
	}
	if got := w.do(200, "GET", "/senderid/v1/numbers", "").at("senderIds").([]any)[0].(map[string]any)["expireAt"]; got != "2026-11-22T06:04:06.000Z" {
		t.Errorf("expireAt %v", got)
	}
	var active []string
	_, body, err := w.send("GET", "/senderid/v1/numbers/active", "", w.authorization())
	if err != nil {
		t.Fatal(err)
	}
	if decode(t, body, &active); len(active) != 0 {
		t.Errorf("active numbers %v, want none", active)
	}
}

func TestRules_TooManyRecipients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var to []string
	for i := range 10_000 {
		to = append(to, fmt.Sprintf("%q", fmt.Sprintf("010%08d", i)))
	}
	message := func(to []string) string {
		return list(`{"to":[` + strings.Join(to, ",") + `],"from":"0215770000","text":"x"}`)
	}
	w.refused(413, "RecipientsTooMany", "PUT", groups+"/"+w.group()+"/messages", message(append(to, `"01099999999"`)))
	if got := w.do(200, "PUT", groups+"/"+w.group()+"/messages", message(to)); got["errorCount"] != 0.0 {
		t.Errorf("errorCount %v, want 0", got["errorCount"])
	}
}

func TestFate_OfANumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fate, ended string // status codes
		group       string
		refund      bool
	}{
		{"4000", "4000", "COMPLETE", false},
		{"3032", "3032", "COMPLETE", true},
		{"2062", "2062", "COMPLETE", true},
		{"3999", "3999", "COMPLETE", true}, // a code in no table
		{"2000", "2000", "SENDING", false},
		{"3000", "3000", "SENDING", false},
	}
	for _, tt := range tests {
		t.Run(tt.fate, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.control(200, "POST", "/sandbox/numbers", `{"to":"010-0000-0001","statusCode":"`+tt.fate+`","report_ms":200}`)
			id := w.group(text("01000000001"))
			w.do(200, "POST", groups+"/"+id+"/send", "")
			w.pass(100 * time.Hour)
			g, m := w.do(200, "GET", groups+"/"+id, ""), w.only(id)
			if m["statusCode"] != tt.ended || g.text("status") != tt.group || g["isRefunded"] != tt.refund {
				t.Errorf("got %v %v refunded %v, want %+v", m["statusCode"], g["status"], g["isRefunded"], tt)
			}
			want := int64(9980)
			if tt.refund {
				want = 10_000
			}
			if got := w.Money().Balance; got != want {
				t.Errorf("balance %d, want %d", got, want)
			}
			if n := len(w.Handset("01000000001")); (n == 1) != (tt.fate == "4000") {
				t.Errorf("the phone has %d texts", n)
			}
		})
	}
}

func TestFate_AtTheDoorAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.Decide(sandbox.Fate{To: "*", StatusCode: "1060", Times: 2}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1060", "1060", "2000"} {
		if got := w.only(w.group(text(fmt.Sprintf("0100000000%d", i)))).text("statusCode"); got != want {
			t.Errorf("text %d: %s, want %s", i+1, got, want)
		}
	}
	for _, f := range []sandbox.Fate{{To: ""}, {To: "x"}, {To: "*", StatusCode: "40"}, {To: "*", StatusCode: "5000"}, {To: "*", Times: -1}} {
		if err := w.Decide(f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}

func TestMoney_PointsFirstRefundsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithBalance(100, 30), sandbox.WithPrice("LMS", 45))
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000002","statusCode":"3043"}`)
	id := w.group(text("01000000001"), `{"to":"01000000002","from":"0215770000","text":"x","subject":"s"}`)
	g := w.do(200, "POST", groups+"/"+id+"/send", "")
	if g.at("point.requested") != 30.0 || g.at("balance.requested") != 35.0 || g.at("countForCharge.lms.82") != 1.0 {
		t.Errorf("took %v and %v for %v", g["point"], g["balance"], g["countForCharge"])
	}
	if got := w.Money(); got != (sandbox.Account{Balance: 65}) {
		t.Errorf("left %+v, want 65 and 0", got)
	}
	w.pass(time.Second)
	if got := w.Money(); got != (sandbox.Account{Balance: 100, Point: 10}) {
		t.Errorf("after the refund %+v, want 100 and 10", got)
	}
	g = w.do(200, "GET", groups+"/"+id, "")
	if g.at("balance.refund") != 35.0 || g.at("point.refund") != 10.0 || g.at("point.sum") != 20.0 || g.at("count.refund") != 1.0 {
		t.Errorf("refund %v %v %v", g["balance"], g["point"], g["count"])
	}
}

func TestMoney_NotEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithBalance(19, 0))
	id := w.group(text("01000000001"))
	w.refused(402, "NotEnoughBalance", "POST", groups+"/"+id+"/send", "")
	if g := w.do(200, "GET", groups+"/"+id, ""); g.text("status") != "PENDING" {
		t.Errorf("group is %v, want PENDING: it can be sent after a top-up", g["status"])
	}
	w.refused(402, "NotEnoughBalance", "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
	w.refused(402, "NotEnoughBalance", "POST", "/messages/v4/send-many", list(text("01000000001")))
	w.refused(402, "NotEnoughBalance", "POST", "/messages/v4/send-many/detail", list(text("01000000001")))
	failed := w.group(text("01000000001"))
	w.do(200, "POST", groups+"/"+failed+"/schedule", `{"scheduledDate":"2026-11-22T06:05:00Z"}`)
	w.pass(time.Minute)
	if m := w.only(failed); m["statusCode"] != "2230" {
		t.Errorf("scheduled without money: %v, want 2230", m["statusCode"])
	}

	w.control(200, "POST", "/sandbox/account", `{"point":40}`)
	w.do(200, "POST", groups+"/"+id+"/send", "")
	if g := w.do(200, "POST", groups+"/"+failed+"/resend", ""); g.text("status") != "SENDING" {
		t.Errorf("resent group is %v", g["status"])
	}
	w.pass(time.Second)
	if n := len(w.Handset("")); n != 2 {
		t.Errorf("%d texts arrived, want 2", n)
	}
}
