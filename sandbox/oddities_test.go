package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/sandbox"
)

// The Authorization headers that SDKs make at 06:04:05 UTC.
var (
	plainHeader    = header("2026-11-22T06:04:05Z", salt)
	pythonHeader   = strings.NewReplacer("apiKey", "ApiKey", "date=", "Date=").Replace(header("2026-11-22T06:04:05.123456+00:00", "6f1a2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b"))
	javaHeader     = header("2026-11-22T15:04:05.123456789+09:00", salt)
	rubyHeader     = header("2026-11-22T15:04:05.123+0900", salt)
	phpHeader      = header("2026-11-22T15:04:05.32400Z", "6921a5b5c1d2e") // Seoul's clock, its offset as a fraction, a false Z
	phpHeadHeader  = strings.NewReplacer("apiKey", "ApiKey", "date=", "Date=", "salt=", "Salt=", "signature=", "Signature=").Replace(plainHeader)
	goHeader       = header("2026-11-22T06:04:05Z", salt+"01234567") // 40 characters
	packedHeader   = strings.ReplaceAll(plainHeader, ", ", ",")
	reorderedParts = strings.Split(strings.TrimPrefix(plainHeader, "HMAC-SHA256 "), ", ")
	reordered      = "HMAC-SHA256 " + reorderedParts[3] + ", " + reorderedParts[2] + ", " + reorderedParts[1] + ", " + reorderedParts[0]
)

const (
	detail   = "/messages/v4/send-many/detail"
	jsonType = "application/json"
)

// stage is an account in which every path of the requests below leads to
// something: a pending group of one message, a scheduled one, and a sent text.
func stage(w *world) *strings.Replacer {
	w.t.Helper()
	open := w.group(text("01000000001"))
	inOpen := w.only(open).text("messageId")
	later := w.group(text("01000000001"))
	w.do(200, "POST", groups+"/"+later+"/schedule", `{"scheduledDate":"2026-12-01T00:00:00Z"}`)
	sent := w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000002")+`}`).text("messageId")
	return strings.NewReplacer("{open}", open, "{inOpen}", inOpen, "{later}", later, "{sent}", sent, "{text}", text("01000000001"))
}

// TestOddities sends what the SDKs really put on the wire, where it differs from
// what the documents ask for. Each request must be taken for what it means:
// want names what stands in the answer, as path=value.
func TestOddities(t *testing.T) {
	t.Parallel()
	inner, err := json.Marshal("[" + text("01000000001") + "]")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name          string
		authorization string
		kind          string // Content-Type
		method, path  string
		body          string
		want          string
	}{
		{"npm solapi: many in one call, agent, no allowDuplicates", plainHeader, jsonType, "POST", detail,
			`{"messages":[{text}],"showMessageList":false,"agent":{"sdkVersion":"nodejs/6.0.1","osPlatform":"linux | v22.0.0"}}`, "groupInfo.count.registeredSuccess=1"},
		{"npm solapi: scheduledDate with milliseconds", plainHeader, jsonType, "POST", detail,
			`{"messages":[{text}],"scheduledDate":"2026-11-23T00:00:00.000Z","agent":{}}`, "groupInfo.status=SCHEDULED"},
		{"npm solapi: messageIds as a repeated key, coded dates, dateType", plainHeader, jsonType, "GET",
			"/messages/v4/list?messageIds={sent}&messageIds=M4VNOTHERE&dateType=CREATED&startDate=2026-11-22T06%3A00%3A00.000Z&endDate=2026-11-22T07%3A00%3A00.000Z", "", "messageList.{sent}.to=01000000002"},
		{"npm solapi: getGroups by id becomes a triple", plainHeader, jsonType, "GET", groups + "?criteria=groupId&cond=eq&value={open}", "", "groupList.{open}.status=PENDING"},
		{"npm solapi: send without a body", plainHeader, jsonType, "POST", groups + "/{open}/send", "", "status=SENDING"},
		{"npm solapi: cancel without a body", plainHeader, jsonType, "DELETE", groups + "/{later}/schedule", "", "status=PENDING"},
		{"npm solapi: remove a group without a body", plainHeader, jsonType, "DELETE", groups + "/{open}", "", "status=DELETED"},
		{"npm solapi: DELETE with a body", plainHeader, jsonType, "DELETE", groups + "/{open}/messages", `{"messageIds":["{inOpen}"]}`, "groupId={open}"},

		{"coolsms-node-sdk: allowDuplicates always", plainHeader, jsonType, "POST", "/messages/v4/send",
			`{"message":{text},"allowDuplicates":false,"agent":{"sdkVersion":"nodejs/2.1.0"}}`, "statusCode=2000"},
		{"coolsms-node-sdk: groups by a parameter of their own", plainHeader, jsonType, "GET", groups + "?groupId={open}", "", "groupList.{open}.status=PENDING"},

		{"coolsms-python: ApiKey and Date, microseconds", pythonHeader, jsonType, "POST", "/messages/v4/send", `{"message":{text}}`, "statusCode=2000"},
		{"solapi-python: appId at the top", plainHeader, jsonType, "POST", detail, `{"messages":[{text}],"appId":"exampleapp"}`, "groupInfo.app.appId=exampleapp"},
		{"solapi-python: appId in its agent", plainHeader, jsonType, "POST", detail, `{"messages":[{text}],"agent":{"appId":"exampleapp"}}`, "groupInfo.app.appId=exampleapp"},
		{"solapi-python: list-old", plainHeader, "", "GET", "/messages/v4/list-old?messageId={sent}", "", "messageList.{sent}.to=01000000002"},

		{"Java: nanoseconds and +09:00", javaHeader, jsonType, "POST", "/messages/v4/send", `{"message":{text}}`, "statusCode=2000"},
		{"Kotlin: dates without a zone are Korean", javaHeader, "", "GET", "/messages/v4/list?startDate=2026-11-22T15:00:00&endDate=2026-11-22T15:10:00&to=01000000002", "",
			"messageList.{sent}.to=01000000002"},
		{"Kotlin: repeated eq is any of, repeated ne none of", javaHeader, "", "GET",
			"/messages/v4/list?criteria=statusCode,statusCode,messageId,messageId&cond=ne,ne,eq,eq&value=3000,4000,M4VNOTHERE,{sent}", "", "messageList.{sent}.to=01000000002"},

		{"Ruby: an offset without a colon", rubyHeader, jsonType, "POST", "/messages/v4/send-many", `{"messages":[{text}]}`, "count.registeredSuccess=1"},

		{"C#: POST puts messages", plainHeader, jsonType, "POST", groups + "/{open}/messages", `{"messages":[{"to":"01000000003","from":"0215770000","text":"x"}]}`, "errorCount=0"},
		{"C#: local time under a Z is taken at its word", plainHeader, jsonType, "POST", detail, `{"messages":[{text}],"scheduledDate":"2026-11-22T15:04:05Z"}`,
			"groupInfo.scheduledDate=2026-11-22T15:04:05.000Z"},

		{"solapi-go v2: lists with commas", goHeader, "", "GET", "/messages/v4/list?type=SMS,LMS&statusCode=2000,4000&messageIds={sent},M4VNOTHERE", "", "messageList.{sent}.to=01000000002"},
		{"coolsms-go: {} as the body of a send", goHeader, jsonType, "POST", groups + "/{open}/send", `{}`, "status=SENDING"},
		{"coolsms-go: {} as the body of a delete", goHeader, jsonType, "DELETE", groups + "/{open}", `{}`, "status=DELETED"},
		{"DB agent: booleans as texts", goHeader, jsonType, "POST", groups, `{"allowDuplicates":"true","strict":"false"}`, "allowDuplicates=true"},
		{"DB agent: ids as coded JSON", goHeader, "", "GET", "/messages/v4/list?messageIds%5Bin%5D=" + url.QueryEscape(`["M4VNOTHERE","`) + "{sent}" + url.QueryEscape(`"]`), "",
			"messageList.{sent}.to=01000000002"},

		{"solapi-php: Seoul's clock under a Z", phpHeader, jsonType, "POST", detail,
			`{"messages":[{"to":"01000000001","from":"0215770000","text":"x","country":"82"}],"allowDuplicates":false,"agent":{"sdkVersion":"php/5.1"}}`, "groupInfo.count.registeredSuccess=1"},
		{"coolsms-php: messages as JSON text", phpHeader, jsonType, "PUT", groups + "/{open}/messages",
			strings.ReplaceAll(`{"messages":`+string(inner)+`}`, "01000000001", "01000000003"), "errorCount=0"},
		{"php-sdk: every name capitalised", phpHeadHeader, jsonType, "POST", "/messages/v4/send", `{"message":{text}}`, "statusCode=2000"},

		{"no blanks after commas", packedHeader, "", "GET", "/cash/v1/balance", "", "balance=9980"},
		{"parameters in another order", reordered, "", "GET", "/cash/v1/balance", "", "balance=9980"},
		{"a slash at the end", plainHeader, jsonType, "POST", groups + "/", `{}`, "status=PENDING"},
		{"recipients as a list", plainHeader, jsonType, "POST", "/messages/v4/send-many", `{"messages":[{"to":["01000000001","01000000002"],"from":"0215770000","text":"x"}]}`,
			"count.registeredSuccess=2"},
		{"numbers with hyphens", plainHeader, jsonType, "POST", "/messages/v4/send", `{"message":{"to":"010-0000-0001","from":"02-1577-0000","text":"x"}}`, "to=01000000001"},
		{"a type in lower case", plainHeader, jsonType, "POST", "/messages/v4/send", `{"message":{"to":"01000000001","from":"0215770000","text":"x","type":"lms"}}`, "type=LMS"},
		{"a body of another kind", plainHeader, "text/plain;charset=UTF-8", "POST", "/messages/v4/send", `{"message":{text}}`, "statusCode=2000"},
		{"fields that nobody knows", plainHeader, jsonType, "POST", "/messages/v4/send", `{"message":{"to":"01000000001","from":"0215770000","text":"x","later":{}},"more":[1]}`, "statusCode=2000"},
		{"a date with an offset", plainHeader, jsonType, "POST", groups + "/{open}/schedule", `{"scheduledDate":"2026-11-23T09:00:00+09:00"}`, "scheduledDate=2026-11-23T00:00:00.000Z"},
		{"raw brackets", plainHeader, "", "GET", "/messages/v4/list?dateCreated[gte]=2026-11-22T06:00:00Z&messageId={sent}", "", "messageList.{sent}.to=01000000002"},
		{"the misspelt messagesId", plainHeader, "", "GET", "/messages/v4/list?messagesId={sent}", "", "messageList.{sent}.to=01000000002"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ids := stage(w)
			r, err := http.NewRequestWithContext(context.Background(), tt.method, base+ids.Replace(tt.path), strings.NewReader(ids.Replace(tt.body)))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = "api.solapi.com" // name resolution points SDKs here
			r.Header.Set("Authorization", tt.authorization)
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			resp, err := w.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("answered %d: %s, %v", resp.StatusCode, body, err)
			}
			var got object
			decode(t, body, &got)
			path, value, _ := strings.Cut(ids.Replace(tt.want), "=")
			if s := fmt.Sprint(got.at(path)); s != value {
				t.Errorf("%s is %s, want %s: %s", path, s, value, body)
			}
		})
	}
}

// TestOddities_ReusedHeader has a text sent as solapi-go v2 sends it: it makes
// the header once and repeats it when it meets a 503. The strict rule refuses
// the repeat, the switch lets it pass.
func TestOddities_ReusedHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		allow  bool
		status int
		code   string
	}{{false, 403, "DuplicatedSignature"}, {true, 200, ""}} {
		w := newWorld(t, sandbox.WithQuirks(sandbox.Quirks{AllowReplay: tt.allow}))
		if _, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, After: true, Times: 1}); err != nil {
			t.Fatal(err)
		}
		var got object
		for _, want := range []int{503, tt.status} {
			resp, body, err := w.send("POST", detail, list(text("01000000001")), goHeader)
			if err != nil || resp.StatusCode != want {
				t.Fatalf("answered %v %s, want %d", err, body, want)
			}
			got = object{}
			if want != 503 {
				decode(t, body, &got)
			}
		}
		if got.text("errorCode") != tt.code {
			t.Errorf("errorCode %q, want %q", got.text("errorCode"), tt.code)
		}
	}
}

// TestAnswers_HoldWhatSDKsNeed looks for what SDKs read without asking whether
// it is there, or refuse in another shape.
func TestAnswers_HoldWhatSDKsNeed(t *testing.T) {
	t.Parallel()
	types := []string{"sms", "lms", "mms", "ata", "cta", "cti", "nsa", "rcs_sms", "rcs_lms", "rcs_mms", "rcs_tpl"}
	whole := func(v any) bool { f, ok := v.(float64); return ok && f == math.Trunc(f) }
	isText := func(v any) bool { _, ok := v.(string); return ok }
	isObject := func(v any) bool { _, ok := v.(map[string]any); return ok }
	is := func(o object, path string, good func(any) bool) {
		t.Helper()
		if v := o.at(path); !good(v) {
			t.Errorf("%s is %#v", path, v)
		}
	}

	w := newWorld(t)
	balance := w.do(200, "GET", "/cash/v1/balance", "")
	is(balance, "balance", whole) // whole for solapi-go v1
	is(balance, "point", whole)
	if balance.at("lowBalanceAlert") != nil {
		is(balance, "lowBalanceAlert.currentBalance", isText) // npm solapi
	}

	for _, path := range []string{"/messages/v4/list", "/messages/v4/list-old", groups} {
		p := w.page(path)
		name, items := "messageList", p.MessageList
		if path == groups {
			name, items = "groupList", p.GroupList
		}
		if string(items) != "{}" || string(p.raw["nextKey"]) != "null" || p.Limit == 0 { // [] fails npm solapi; C# reads nextKey unguarded
			t.Errorf("an empty %s has %s %s, nextKey %s, limit %d", path, name, items, p.raw["nextKey"], p.Limit)
		}
	}

	w.do(200, "POST", "/messages/v4/send", `{"message":{"to":"01000000001","from":"0215770000","text":"x","customFields":{"a":"b"}}}`)
	w.pass(0)
	for _, g := range w.do(200, "GET", groups, "").at("groupList").(map[string]any) {
		g := object(g.(map[string]any))
		for _, kind := range types {
			is(g, "countForCharge."+kind, isObject)
			is(g, "app.profit."+kind, whole)
		}
		for _, purse := range []string{"balance.", "point."} {
			for _, sum := range []string{"requested", "replacement", "refund", "sum"} {
				is(g, purse+sum, whole)
			}
		}
		for _, name := range []string{"status", "accountId", "apiVersion", "groupId", "dateCreated", "dateUpdated"} {
			is(g, name, isText)
		}
		for _, name := range []string{"allowDuplicates", "isRefunded"} {
			is(g, name, func(v any) bool { _, ok := v.(bool); return ok })
		}
		is(g, "log", func(v any) bool { _, ok := v.([]any); return ok })
		is(g, "hint", func(v any) bool { return v == nil }) // solapi-go v2
		is(g, "price", isObject)
		for country, price := range g.at("price").(map[string]any) {
			if !isObject(price) { // solapi-python
				t.Errorf("the price of %s is %#v", country, price)
			}
		}
		if _, there := g["masterAccountId"]; !there {
			t.Error("masterAccountId is missing")
		}
	}
	for id, m := range w.do(200, "GET", "/messages/v4/list", "").at("messageList").(map[string]any) {
		m := object(m.(map[string]any))
		is(m, "customFields.a", isText)
		is(m, "type", func(v any) bool { return v == "SMS" })
		is(m, "messageId", func(v any) bool { return v == id })
	}

	refused := w.do(200, "POST", detail, list(`{"to":"01000000001","from":"0299990000","text":"x"}`))
	is(refused, "failedMessageList", func(v any) bool { l, ok := v.([]any); return ok && len(l) == 1 })
	accepted := w.do(200, "POST", detail, list(text("01000000001")))
	is(accepted, "failedMessageList", func(v any) bool { l, ok := v.([]any); return ok && len(l) == 0 })
	is(accepted, "groupInfo.count", isObject)
}
