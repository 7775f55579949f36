package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// example reads a transcript of the provider. The client is tested against the
// same ones, so that the two cannot agree on a mistake of their own.
func example(t testing.TB, name string) []byte {
	t.Helper()
	folder := "../coolsms/testdata/"
	if strings.HasPrefix(name, "legacy-") {
		folder = "../coolsms/legacy/testdata/"
	}
	raw, err := os.ReadFile(folder + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sameShape checks that got has every key of want with the same kind of value.
// Keys of maps that name ids are matched by position.
func sameShape(t *testing.T, path string, want, got any) {
	t.Helper()
	if want == nil || got == nil {
		return // null stands for any kind
	}
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is a %T, want an object", path, got)
			return
		}
		for name, value := range want {
			if len(name) == 32 && name[1:3] == "4V" {
				for _, other := range g {
					sameShape(t, path+".*", value, other)
				}
				continue
			}
			if other, ok := g[name]; !ok {
				t.Errorf("%s.%s is missing", path, name)
			} else if name != "customFields" && name != "price" && !strings.HasPrefix(path, "$.countForCharge") {
				sameShape(t, path+"."+name, value, other)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok {
			t.Errorf("%s is a %T, want a list", path, got)
			return
		}
		for i := range min(len(want), len(g)) {
			sameShape(t, fmt.Sprintf("%s[%d]", path, i), want[i], g[i])
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			t.Errorf("%s is a %T, want a %T", path, got, want)
		}
	}
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	refused := list(`{"to":"01000000001","from":"0299990000","text":"x"}`)
	ended := func(w *world) {
		w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000009","statusCode":"3032"}`)
		w.do(200, "POST", "/messages/v4/send-many", list(text("01000000001")))
		w.pass(time.Minute)
	}
	tests := []struct {
		want, method, path, body string
		before                   func(w *world)
	}{
		{"groups-create.response.json", "POST", groups, string(example(t, "groups-create.request.json")), nil},
		{"send.response.json", "POST", "/messages/v4/send", string(example(t, "send.request.json")), nil},
		{"send-many.response.json", "POST", "/messages/v4/send-many", list(text("01000000001")), nil},
		{"send-many-detail.response.json", "POST", "/messages/v4/send-many/detail", string(example(t, "send-many-detail.request.json")), nil},
		{"send-many-detail.all-failed.response.json", "POST", "/messages/v4/send-many/detail", refused, nil},
		{"messages-list.response.json", "GET", "/messages/v4/list", "", ended},
		{"groups-list.response.json", "GET", groups, "", ended},
		{"balance.response.json", "GET", "/cash/v1/balance", "", nil},
		{"senderid-numbers.response.json", "GET", "/senderid/v1/numbers", "", func(w *world) {
			w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"0299990000","status":"PENDING"}`)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.before != nil {
				tt.before(w)
			}
			var want object
			if err := json.Unmarshal(example(t, tt.want), &want); err != nil {
				t.Fatal(err)
			}
			sameShape(t, "$", map[string]any(want), map[string]any(w.do(200, tt.method, tt.path, tt.body)))
		})
	}
}

func TestTranscripts_GroupSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := func(name string, got object) {
		t.Helper()
		var want object
		decode(t, example(t, name), &want)
		sameShape(t, "$", map[string]any(want), map[string]any(got))
	}
	id := w.group()
	added := w.do(200, "PUT", groups+"/"+id+"/messages", string(example(t, "groups-messages-add.request.json")))
	check("groups-messages-add.response.json", added)
	codes := ""
	for _, item := range added.at("resultList").([]any) {
		codes += item.(map[string]any)["to"].(string) + " " + item.(map[string]any)["statusCode"].(string) + ";"
	}
	if codes != "01000000001 2000;01000000002 2000;01000000001 1026;" {
		t.Errorf("results %s, want them in the order of the request", codes)
	}
	second := added.at("resultList").([]any)[1].(map[string]any)["messageId"].(string)
	check("groups-messages-delete.response.json", w.do(200, "DELETE", groups+"/"+id+"/messages", `{"messageIds":["`+second+`"]}`))
	check("groups-schedule.response.json", w.do(200, "POST", groups+"/"+id+"/schedule", `{"scheduledDate":"2026-12-01T00:00:00Z"}`))
}

func TestSendManyDetail_CountsAndOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do(200, "POST", "/messages/v4/send-many/detail", string(example(t, "send-many-detail.request.json")))
	var codes []string
	for _, item := range got.at("messageList").([]any) {
		codes = append(codes, item.(map[string]any)["statusCode"].(string))
	}
	if fmt.Sprint(codes) != "[2000 2000 1026]" || got.text("groupInfo.status") != "SENDING" ||
		got.at("groupInfo.count.total") != 3.0 || got.text("groupInfo.app.appId") != "exampleapp" {
		t.Errorf("codes %v, group %v %v", codes, got.at("groupInfo.status"), got.at("groupInfo.count"))
	}
	all := w.do(200, "POST", "/messages/v4/send-many/detail", list(`{"to":"01000000001","from":"0299990000","text":"x"}`))
	if all.text("groupInfo.status") != "FAILED" || all.at("groupInfo.count.registeredFailed") != all.at("groupInfo.count.total") {
		t.Errorf("nothing accepted: %v %v", all.at("groupInfo.status"), all.at("groupInfo.count"))
	}
	if w.do(200, "POST", "/messages/v4/send-many/detail", list(text("01000000001")))["messageList"] != nil {
		t.Error("messageList came unasked")
	}
}

func TestSend_Refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(400, "FailedToAddMessage", "POST", "/messages/v4/send", `{"message":{"to":"01000000001","from":"0299990000","text":"x"}}`)
	w.refused(400, "ValidationError", "POST", "/messages/v4/send", `{}`)
	w.refused(400, "ValidationError", "POST", "/messages/v4/send", `{"message":{"to":["01000000001","01000000002"],"from":"0215770000","text":"x"}}`)
	w.refused(400, "ValidationError", "POST", "/messages/v4/send-many/detail", `{"messages":[]}`)
	w.refused(400, "InvalidScheduledDate", "POST", "/messages/v4/send-many/detail", `{"messages":[`+text("01000000001")+`],"scheduledDate":"soon"}`)
	w.refused(400, "ValidationError", "POST", groups, `{"customFields":{"a":1}}`)
	w.refused(400, "ValidationError", "POST", groups, `{"allowDuplicates":"perhaps"}`)
}

func TestSend_LenientBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inner, err := json.Marshal("[" + text("01000000001") + "]")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		`{"messages":` + string(inner) + `}`,                                      // JSON text inside JSON
		`{"messages":` + text("01000000001") + `}`,                                // one message without a list
		list(text("01000000001")[:1] + `"later":true,` + text("01000000001")[1:]), // unknown fields
	} {
		if got := w.do(200, "POST", "/messages/v4/send-many/", body); got.at("count.registeredSuccess") != 1.0 {
			t.Errorf("%s: %v", body, got["count"])
		}
	}
	if g := w.do(200, "POST", groups, ``); g.text("status") != "PENDING" {
		t.Errorf("empty body: %v", g)
	}
	past := w.do(200, "POST", "/messages/v4/send-many/detail", `{"messages":[`+text("01000000001")+`],"scheduledDate":"2020-01-01T00:00:00.000Z"}`)
	if past.text("groupInfo.status") != "SENDING" {
		t.Errorf("a date in the past: %v, want it sent at once", past.at("groupInfo.status"))
	}
}

func TestHandset_ShowsWhatAPhoneShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithReportDelay(0))
	w.pass(time.Millisecond)
	w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
	texts := w.Handset("010-0000-0001")
	if len(texts) != 1 {
		t.Fatalf("%d texts, want 1", len(texts))
	}
	got := texts[0]
	if got.Text != "[Web발신]\n[예시] 인증번호 482913" || got.Bytes != 22 || got.Type != "SMS" || got.From != sender ||
		!got.AcceptedAt.Equal(start.Add(time.Millisecond)) || got.ReceivedAt == nil || !got.ReceivedAt.Equal(got.AcceptedAt) {
		t.Errorf("got %+v", got)
	}
}
