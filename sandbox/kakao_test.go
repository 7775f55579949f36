package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// The channel and the template that a new account has.
const (
	pf        = `"pfId":"KA01PF260101000000000aBcDeFgHiJk"`
	tp        = `"templateId":"KA01TP260101000000000aBcDeFgHiJk"`
	channels  = "/kakao/v2/channels"
	templates = "/kakao/v2/templates"
	sampleID  = "KA01TP260101000000000aBcDeFgHiJk"
	channelID = "KA01PF260101000000000aBcDeFgHiJk"
)

// talk is an AlimTalk by the sample template, with more options if need be.
func talk(more string) string {
	return `{"to":"01000000001","from":"0215770000","kakaoOptions":{` + pf + `,` + tp + `,"variables":{"#{code}":"482913"}` + more + `}}`
}

func TestAlimTalk_FillsTheTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do(200, "POST", "/messages/v4/send-many/detail", string(example(t, "alimtalk.request.json")))
	if got.at("groupInfo.count.registeredSuccess") != 1.0 || got.at("groupInfo.countForCharge.ata.82") != 1.0 {
		t.Fatalf("not accepted: %v", got)
	}
	w.pass(time.Minute)
	m := w.only(got.text("groupInfo.groupId"))
	if m["type"] != "ATA" || m["text"] != "482913 인증번호" || m["statusCode"] != "4000" || m["replacement"] != false ||
		m.text("kakaoOptions.templateId") != sampleID || m.at("kakaoOptions.disableSms") != false {
		t.Errorf("message %v", m)
	}
	if texts := w.Handset("01000000001"); len(texts) != 1 || texts[0].Text != "482913 인증번호" || texts[0].Type != "ATA" {
		t.Errorf("the phone shows %+v, want it without the carriers' line", texts)
	}
	if left := w.Money().Balance; left != 10_000-19 {
		t.Errorf("%d won left, want 9981", left)
	}
}

func TestAlimTalk_MustBeTheTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/channels", `{"channelId":"OTHER","searchId":"other"}`)
	w.control(200, "POST", "/sandbox/templates", `{"templateId":"BUTTONS","name":"b","content":"a.b #{x}","channelId":"`+channelID+`",
		"buttons":[{"buttonName":"one","buttonType":"WL","linkMo":"https://example.com"},{"buttonName":"two","buttonType":"BK"}]}`)
	draft := w.do(200, "POST", templates, `{"name":"d","content":"x","channelId":"`+channelID+`","categoryCode":"999999"}`).text("templateId")
	one := `{"buttonName":"one","buttonType":"WL","linkMo":"https://example.com"}`
	two := `{"buttonName":"two","buttonType":"BK"}`
	buttons := func(list string) string {
		return `"kakaoOptions":{` + pf + `,"templateId":"BUTTONS","buttons":[` + list + `]},"text":"a.b 1"`
	}
	long := strings.Repeat("가", 1000)
	tests := []struct{ name, change, code string }{
		{"finished text", `"kakaoOptions":{` + pf + `,` + tp + `},"text":"7 인증번호"`, "2000"},
		{"variables in the text", `"kakaoOptions":{` + pf + `,` + tp + `,"variables":{"#{code}":"7"}},"text":"#{code} 인증번호"`, "2000"},
		{"variable without brackets", `"kakaoOptions":{` + pf + `,` + tp + `,"variables":{"code":"7"}},"text":""`, "2000"},
		{"another text", `"kakaoOptions":{` + pf + `,` + tp + `},"text":"인증번호 7"`, "1043"},
		{"variable left open", `"kakaoOptions":{` + pf + `,` + tp + `},"text":""`, "1043"},
		{"a dot is a dot", `"kakaoOptions":{` + pf + `,"templateId":"BUTTONS"},"text":"a-b 1"`, "1043"},
		{"too long when filled", `"kakaoOptions":{` + pf + `,` + tp + `,"variables":{"#{code}":"` + long + `"}},"text":""`, "1031"},
		{"no such channel", `"kakaoOptions":{"pfId":"x",` + tp + `},"text":"7 인증번호"`, "1041"},
		{"another channel", `"kakaoOptions":{"pfId":"OTHER",` + tp + `},"text":"7 인증번호"`, "1042"},
		{"no such template", `"kakaoOptions":{` + pf + `,"templateId":"x"}`, "1042"},
		{"a draft", `"kakaoOptions":{` + pf + `,"templateId":"` + draft + `"},"text":"x"`, "1042"},
		{"no sender", `"from":"","kakaoOptions":{` + pf + `,` + tp + `},"text":"7 인증번호"`, "2000"},
		{"unregistered sender", `"from":"0299990000","kakaoOptions":{` + pf + `,` + tp + `},"text":"7 인증번호"`, "1062"},
		{"its buttons", buttons(one + `,` + two), "2000"},
		{"its buttons unsaid", `"kakaoOptions":{` + pf + `,"templateId":"BUTTONS"},"text":"a.b 1"`, "2000"},
		{"no buttons", buttons(""), "1046"},
		{"a button missing", buttons(one), "1046"},
		{"a button too many", buttons(one + `,` + two + `,` + two), "1044"},
		{"another order", buttons(two + `,` + one), "1052"},
		{"six buttons", buttons(strings.TrimSuffix(strings.Repeat(two+`,`, 6), ",")), "1050"},
		{"button without a name", buttons(`{"buttonType":"BK"}`), "1044"},
		{"button of no type", buttons(`{"buttonName":"x","buttonType":"??"}`), "1044"},
		{"buttons that are none", `"kakaoOptions":{` + pf + `,"templateId":"BUTTONS","buttons":7},"text":"a.b 1"`, "1044"},
		{"link missing", buttons(`{"buttonName":"x","buttonType":"WL"}`), "1045"},
		{"app link missing", buttons(`{"buttonName":"x","buttonType":"AL"}`), "1045"},
		{"long link", buttons(`{"buttonName":"x","buttonType":"WL","linkMo":"https://` + strings.Repeat("x", 100) + `"}`), "1048"},
		{"long name", buttons(`{"buttonName":"` + strings.Repeat("가", 15) + `","buttonType":"BK"}`), "1049"},
		{"unwanted button", `"kakaoOptions":{` + pf + `,` + tp + `,"buttons":[` + two + `]},"text":"7 인증번호"`, "1047"},
		{"delivery button on a friend talk", `"kakaoOptions":{` + pf + `,"buttons":[{"buttonName":"x","buttonType":"DS"}]}`, "1053"},
		{"friend talk of 400 with image", `"kakaoOptions":{` + pf + `,"imageId":"` + w.upload("KAKAO") + `"},"text":"` + long[:1200] + `"`, "2000"},
		{"friend talk of 401 with image", `"kakaoOptions":{` + pf + `,"imageId":"` + w.upload("KAKAO") + `"},"text":"` + long[:1203] + `"`, "1031"},
		{"friend talk with an MMS image", `"kakaoOptions":{` + pf + `,"imageId":"` + w.upload("MMS") + `"}`, "1051"},
	}
	for _, tt := range tests {
		if m := w.only(w.group(fields(tt.change))); m["statusCode"] != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, m["statusCode"], tt.code)
		}
	}
}

func TestAlimTalk_ReplacedByAText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, fate, message, ended, kind string
		cost                             int64
	}{
		{"no KakaoTalk", "3104", talk(""), "4000", "SMS", 20},
		{"blocked", "3107", talk(""), "4000", "SMS", 20},
		{"a long one", "3104", strings.Replace(talk(""), "482913", strings.Repeat("1", 90), 1), "4000", "LMS", 50},
		{"switched off", "3104", talk(`,"disableSms":true`), "3104", "", 0},
		{"switched off in quotes", "3104", talk(`,"disableSms":"true"`), "3104", "", 0},
		{"no sender", "3104", strings.Replace(talk(""), `"from":"0215770000",`, "", 1), "3104", "", 0},
		{"another failure", "3103", talk(""), "3103", "", 0},
		{"a friend talk", "3104", `{"to":"01000000001","from":"0215770000","text":"x","kakaoOptions":{` + pf + `}}`, "4000", "SMS", 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000001","statusCode":"`+tt.fate+`"}`)
			id := w.do(200, "POST", "/messages/v4/send-many", list(tt.message)).text("groupId")
			w.pass(time.Minute)
			m, g := w.only(id), w.do(200, "GET", groups+"/"+id, "")
			replaced := tt.kind != ""
			if m["statusCode"] != tt.ended || m["replacement"] != replaced || g["status"] != "COMPLETE" ||
				g.at("count.sentReplacement") != map[bool]float64{true: 1}[replaced] {
				t.Errorf("got %v replacement %v, group %v %v", m["statusCode"], m["replacement"], g["status"], g["count"])
			}
			if left := w.Money().Balance; left != 10_000-tt.cost || g.at("balance.sum") != float64(tt.cost) {
				t.Errorf("%d won left, sum %v; want it to cost %d", left, g.at("balance.sum"), tt.cost)
			}
			texts := w.Handset("01000000001")
			if !replaced {
				if len(texts) != 0 || len(m["replacements"].([]any)) != 0 {
					t.Errorf("texts %+v, replacements %v; want none", texts, m["replacements"])
				}
				return
			}
			if len(texts) != 1 || texts[0].Type != tt.kind || !strings.HasPrefix(texts[0].Text, "[Web발신]\n") {
				t.Fatalf("texts %+v, want one %s", texts, tt.kind)
			}
			if g.at("balance.replacement") != float64(tt.cost) || m.at("replacements").([]any)[0].(map[string]any)["type"] != tt.kind {
				t.Errorf("purse %v, replacements %v", g["balance"], m["replacements"])
			}
			if found := w.do(200, "GET", "/messages/v4/list?criteria=replacement&cond=eq&value=1", "").at("messageList").(map[string]any); len(found) != 1 {
				t.Errorf("%d replaced messages are listed, want 1", len(found))
			}
		})
	}
}

func TestAlimTalk_NoMoneyForAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithBalance(19, 0))
	w.control(200, "POST", "/sandbox/numbers", `{"to":"*","statusCode":"3104"}`)
	id := w.do(200, "POST", "/messages/v4/send-many", list(talk(""))).text("groupId")
	w.pass(time.Minute)
	if m := w.only(id); m["statusCode"] != "3104" || w.Money().Balance != 19 {
		t.Errorf("got %v and %d won, want 3104 and 19", m["statusCode"], w.Money().Balance)
	}
}

func TestKakao_Hours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	friend := `{"to":"01000000001","text":"x","kakaoOptions":{` + pf + `}}`
	ends := func(message string) any {
		id := w.do(200, "POST", "/messages/v4/send-many", list(message)).text("groupId")
		w.pass(time.Minute)
		return w.only(id)["statusCode"]
	}
	if got := ends(friend); got != "4000" { // 15:04 in Korea
		t.Errorf("by day: %v, want 4000", got)
	}
	w.pass(5 * time.Hour)
	if got := ends(friend); got != "3108" {
		t.Errorf("after 20:00: %v, want 3108", got)
	}
	if got := ends(talk("")); got != "4000" {
		t.Errorf("an AlimTalk after 20:00: %v, want 4000", got)
	}
	w.pass(11 * time.Hour)
	if got := ends(friend); got != "3108" {
		t.Errorf("before 8:00: %v, want 3108", got)
	}
	w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000001","statusCode":"3102"}`)
	w.pass(2 * time.Hour)
	if got := ends(friend); got != "3102" {
		t.Errorf("not a friend: %v, want 3102", got)
	}
}

func TestVoice_IsReadOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.do(200, "POST", "/messages/v4/send-many", list(`{"to":"01000000001","from":"0215770000","type":"VOICE",
		"text":"인증번호는 하나 둘 셋입니다","voiceOptions":{"voiceType":"FEMALE"}}`)).text("groupId")
	w.pass(time.Minute)
	m := w.only(id)
	if m["statusCode"] != "4000" || m.text("voiceOptions.voiceType") != "FEMALE" || m["voiceDuration"] != 3.0 {
		t.Errorf("message %v", m)
	}
	if texts := w.Handset("01000000001"); len(texts) != 1 || texts[0].Type != "VOICE" || texts[0].Text != "인증번호는 하나 둘 셋입니다" {
		t.Errorf("texts %+v", texts)
	}
	if got := w.do(200, "GET", "/messages/v4/statistics", ""); got.at("successed.voice") != 1.0 {
		t.Errorf("statistics %v", got["successed"])
	}
}

func TestTemplates_FromDraftToApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.do(200, "POST", templates, `{"name":"order","content":"#{name}님, #{name}님의 #{item}","channelId":"`+channelID+`","categoryCode":"002001",
		"emphasizeSubTitle":"sub","buttons":[{"buttonName":"x","buttonType":"BK"}]}`)
	id := made.text("templateId")
	if len(id) != 32 || made["status"] != "PENDING" || fmt.Sprint(made["variables"]) != "[map[name:#{name}] map[name:#{item}]]" ||
		made["emphasizeSubtitle"] != "sub" || made["messageType"] != "BA" || len(made["buttons"].([]any)) != 1 {
		t.Errorf("made %v", made)
	}
	status := func(want string) {
		t.Helper()
		if got := w.do(200, "GET", templates+"/"+id, "")["status"]; got != want {
			t.Errorf("status %v, want %s", got, want)
		}
	}
	path := templates + "/" + id
	w.refused(400, "InvalidStatus", "PUT", path+"/inspection/cancel", "")
	w.do(200, "PUT", path+"/inspection", "")
	status("INSPECTING")
	w.refused(400, "InvalidStatus", "PUT", path+"/inspection", "")
	w.refused(400, "InvalidStatus", "PUT", path, `{"content":"other"}`)
	w.refused(400, "InvalidStatus", "DELETE", path, "")
	w.do(200, "PUT", path+"/inspection/cancel", "")
	status("PENDING")
	w.do(200, "PUT", path+"/inspection", "{}")
	w.control(200, "POST", "/sandbox/templates/"+id, `{"status":"REJECTED","comment":"too vague"}`)
	got := w.do(200, "GET", path, "")
	if comments := got["comments"].([]any); got["status"] != "REJECTED" || len(comments) != 1 || comments[0].(map[string]any)["content"] != "too vague" {
		t.Errorf("rejected: %v", got)
	}
	if got = w.do(200, "PUT", path, `{"content":"#{item}","buttons":[]}`); got["status"] != "PENDING" || got["content"] != "#{item}" || got["name"] != "order" || len(got["buttons"].([]any)) != 0 {
		t.Errorf("changed: %v", got)
	}
	w.do(200, "PUT", path+"/inspection", "")
	if err := w.Review(id, "APPROVED", ""); err != nil {
		t.Fatal(err)
	}
	status("APPROVED")
	w.control(400, "POST", "/sandbox/templates/"+id, `{"status":"APPROVED"}`)
	w.control(400, "POST", "/sandbox/templates/"+id, `{"status":"FINE"}`)
	w.control(404, "POST", "/sandbox/templates/nothing", `{"status":"APPROVED"}`)
	if got = w.do(200, "PUT", path+"/name", `{"name":"parcel"}`); got["name"] != "parcel" || got["status"] != "APPROVED" {
		t.Errorf("renamed: %v", got)
	}
	w.do(200, "POST", path+"/relese-dormant", "")
	w.refused(400, "InvalidStatus", "DELETE", path, "")
	if m := w.only(w.group(`{"to":"01000000001","kakaoOptions":{` + pf + `,"templateId":"` + id + `"},"text":"a parcel"}`)); m["statusCode"] != "2000" {
		t.Errorf("sent by it: %v", m["statusCode"])
	}
}

func TestTemplates_ListAndRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want object
	decode(t, example(t, "kakao-templates-list.response.json"), &want)
	sameShape(t, "$", map[string]any(want), map[string]any(w.do(200, "GET", templates, "")))

	w.pass(time.Second)
	body := `{"name":"welcome, you","content":"hello","channelId":"` + channelID + `"}`
	id := w.do(200, "POST", templates, body).text("templateId")
	for query, n := range map[string]int{
		"": 2, "?status=APPROVED": 1, "?status=PENDING": 1, "?name%5Blike%5D=welcome": 1, "?name=code": 1, "?name%5Bne%5D=code": 1,
		"?templateId=" + id: 1, "?channelId=x": 0, "?isHidden=false": 2, "?isHidden=true": 0,
		"?dateCreated%5Bgte%5D=2026-11-22T15:04:06%2B09:00": 1, "?startKey=" + sampleID: 1, "/sendable": 1,
	} {
		if got := w.do(200, "GET", templates+query, "").at("templateList").([]any); len(got) != n {
			t.Errorf("%s: %d templates, want %d", query, len(got), n)
		}
	}
	for change, status := range map[string]int{
		`"name":""`: 400, `"content":""`: 400, `"messageType":"XX"`: 400, `"emphasizeType":"XX"`: 400, `"buttons":7`: 400,
		`"channelGroupId":"g"`: 400, `"channelId":"unknown"`: 404, `"content":"` + strings.Repeat("x", 1001) + `"`: 400, `"name":7`: 400,
	} {
		w.do(status, "POST", templates, strings.TrimSuffix(body, "}")+","+change+"}")
	}
	w.do(200, "DELETE", templates+"/"+id, "")
	w.refused(404, "ResourceNotFound", "GET", templates+"/"+id, "")
	w.refused(404, "ResourceNotFound", "PUT", templates+"/"+id+"/name", `{"name":"x"}`)
	w.refused(400, "ValidationError", "PUT", templates+"/"+sampleID+"/name", `{}`)
	w.control(400, "POST", "/sandbox/templates", `{"templateId":"`+sampleID+`","name":"x","content":"x","channelId":"`+channelID+`"}`)
	w.control(400, "POST", "/sandbox/templates", `{"name":"x"}`)
}

func TestKakao_GoneBeforeTheSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ends := func(before func()) any {
		id := w.group(talk(""))
		before()
		w.do(200, "POST", groups+"/"+id+"/send", "")
		w.pass(time.Minute)
		return w.only(id)["statusCode"]
	}
	reject := func() {
		w.control(200, "POST", "/sandbox/templates/"+sampleID, `{"status":"REJECTED","comment":"complaints"}`)
	}
	if got := ends(reject); got != "3105" {
		t.Errorf("a template that Kakao took back: %v, want 3105", got)
	}
	w.Reset() // which brings the sample back
	if got := ends(func() { w.do(200, "DELETE", channels+"/"+channelID, "") }); got != "3106" {
		t.Errorf("a channel that is gone: %v, want 3106", got)
	}
}

func TestChannels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(400, "ValidationError", "POST", channels+"/token", `{"searchId":"shop"}`)
	w.refused(400, "ValidationError", "POST", channels, `{"searchId":"shop","phoneNumber":"01000000001","categoryCode":"c","token":"1"}`)
	if got := w.do(200, "POST", channels+"/token", `{"searchId":"shop","phoneNumber":"010-0000-0001"}`); got["success"] != true {
		t.Errorf("token: %v", got)
	}
	made := w.do(200, "POST", channels, `{"searchId":"shop","phoneNumber":"01000000001","categoryCode":"c","token":"123456"}`)
	id := made.text("channelId")
	if !strings.HasPrefix(id, "KA01PF") || made["accountId"] != "26010100000001" || made["phoneNumber"] != "01000000001" {
		t.Errorf("made %v", made)
	}
	for query, n := range map[string]int{
		"": 2, "?searchId=shop": 1, "?channelId=" + id: 1, "?phoneNumber=010-0000-0001": 1, "?categoryCode=c": 1, "?isMine=true": 2, "?limit=1": 1,
	} {
		if got := w.do(200, "GET", channels+query, "").at("channelList").([]any); len(got) != n {
			t.Errorf("%s: %d channels, want %d", query, len(got), n)
		}
	}
	for _, path := range []string{channels + "/categories", templates + "/categories"} {
		_, body, err := w.send("GET", path, "", w.authorization())
		if err != nil {
			t.Fatal(err)
		}
		var got []struct{ Code, Name string }
		if decode(t, body, &got); len(got) == 0 || got[0].Code == "" || got[0].Name == "" {
			t.Errorf("%s: %s", path, body)
		}
	}
	w.do(200, "DELETE", channels+"/"+id, "")
	w.refused(404, "ResourceNotFound", "GET", channels+"/"+id, "")
	w.refused(404, "ResourceNotFound", "DELETE", channels+"/"+id, "")
	w.control(400, "POST", "/sandbox/channels", `{"channelId":"`+channelID+`","searchId":"x"}`)
	w.control(400, "POST", "/sandbox/channels", `{}`)
}

// post is a signed call with any body, whose answer may be a refusal.
func (w *world) post(path string, body any) object {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	_, answer, err := w.send("POST", path, string(raw), w.authorization())
	if err != nil {
		w.t.Fatal(err)
	}
	var o object
	decode(w.t, answer, &o)
	return o
}
