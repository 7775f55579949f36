package sandbox_test

import (
	"strings"
	"testing"
	"time"
)

func FuzzResourceBodies(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", "null", `{"file":"/9j/4AAQSkZJRgABAQ==","type":"MMS"}`, `{"phoneNumber":"0299990000","documents":[1]}`, `{"status":"ACTIVE"}`,
		`{"name":"n","content":"#{a} .*+?","channelId":"` + channelID + `","buttons":[{}],"highlight":"x"}`, `{"searchId":"x","phoneNumber":"010"}`,
		`{"transactionId":"x","token":"1"}`, `{"quota":-1}`, `{"senderNumber":"1","recipientNumber":"2"}`, "{\"name\":\"\xff\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld(t)
		for _, route := range []string{
			"POST /storage/v1/files", "POST /senderid/v1/numbers", "PUT /senderid/v1/numbers/0215770000", "PUT /senderid/v1/numbers/0215770000/authenticate",
			"POST /quota/v1/me/system", "POST " + channels + "/token", "POST " + channels, "POST " + templates, "PUT " + templates + "/" + sampleID,
			"PUT " + templates + "/" + sampleID + "/name",
		} {
			method, path, _ := strings.Cut(route, " ")
			answered(t, w, method, path, body, w.authorization())
		}
		for _, path := range []string{
			"/sandbox/quota", "/sandbox/channels", "/sandbox/templates", "/sandbox/templates/" + sampleID, "/sandbox/blacks",
			"/sandbox/block-groups", "/sandbox/block-numbers",
		} {
			answered(t, w, "POST", path, body, "")
		}
		for _, path := range []string{"/storage/v1/files", numbers, channels, templates, "/iam/v1/black", "/iam/v1/block/groups", "/iam/v1/block/numbers"} {
			answered(t, w, "GET", path, "", w.authorization())
		}
	})
}

func FuzzResourceQueries(f *testing.F) {
	for _, seed := range []string{"", "limit=1&startKey=x", "name[like]=a&dateCreated[gte]=2026-11-22", "startDate=x&endDate=", "offset=1&type=SEND", "countryId=82"} {
		f.Add(seed)
	}
	w := newWorld(f)
	w.upload("MMS")
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{
			"/storage/v1/files?", channels + "?", templates + "?", "/iam/v1/black?", "/iam/v1/block/groups?", "/iam/v1/block/numbers?",
			"/messages/v4/statistics?", "/cash/v1/balance/history?", "/pricing/v1/messaging?", "/pricing/v1/messaging/countries?",
		} {
			answered(t, w, "GET", path+query, "", w.authorization())
		}
	})
}

// FuzzTalk sends AlimTalks by templates and texts that nobody thought of: a
// message is accepted or refused, and what is accepted ends.
func FuzzTalk(f *testing.F) {
	f.Add("#{a} hello", "1 hello", "#{a}", "1")
	f.Add("(.*)[", "(.*)[", "", "")
	f.Add("#{a}#{b}", "", "a", "#{b}")
	f.Fuzz(func(t *testing.T, content, text, name, value string) {
		w := newWorld(t)
		made := w.post(templates, map[string]any{"name": "n", "content": content, "channelId": channelID})
		id := made.text("templateId")
		if id == "" {
			return // refused
		}
		if err := w.Review(id, "APPROVED", ""); err != nil {
			t.Fatal(err)
		}
		sent := w.post("/messages/v4/send-many", map[string]any{"messages": []any{map[string]any{
			"to": "01000000001", "text": text,
			"kakaoOptions": map[string]any{"pfId": channelID, "templateId": id, "variables": map[string]string{name: value}},
		}}})
		w.pass(time.Minute)
		code := w.only(sent.text("groupId")).text("statusCode")
		if code != "4000" && !strings.HasPrefix(code, "10") {
			t.Fatalf("ended with %s", code)
		}
		if text == content && len(name) == 0 && !strings.Contains(content, "#{") && content != "" && code != "4000" && code != "1031" {
			t.Fatalf("the template's own text was refused with %s", code)
		}
	})
}
