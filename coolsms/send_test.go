package coolsms_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

var oneText = coolsms.Message{To: "01000000001", From: "0215770000", Text: "[예시] 인증번호 482913"}

func TestMessages_Send(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/send", answers(t, "send.response.json", `{"message":{"to":"01000000001","from":"0215770000",
		"text":"[예시] 인증번호 482913","type":"SMS"},"allowDuplicates":true,"strict":true,"agent":{"sdkVersion":"example/1","appId":"exampleapp"}}`))
	m := oneText
	m.Type = coolsms.SMS
	got, err := c.Messages.Send(t.Context(), coolsms.SendParams{
		Message: m, AllowDuplicates: true, Strict: true, Agent: &coolsms.Agent{SDKVersion: "example/1", AppID: "exampleapp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got.Raw = nil
	want := &coolsms.SendResult{
		GroupID: groupID, MessageID: "M4V20260504100203A8S4D2F6G0H1J3K", AccountID: "26010100000001", StatusCode: coolsms.StatusAccepted,
		StatusMessage: "정상 접수(이통사로 접수 예정) ", To: "01000000001", From: "0215770000", Type: coolsms.SMS, Country: "82",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := got.String(); strings.Contains(s, "01000000001") {
		t.Errorf("the number shows in %s", s)
	}
}

// TestMessages_SendRefused has the three ways in which the provider refuses the
// one message of a send, and a refusal of the call.
func TestMessages_SendRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status     int
		body       string
		code       coolsms.StatusCode
		inside     bool // it has the call's refusal inside
		unregister bool
	}{
		"by its Korean text":               {400, string(clienttest.File(t, "send.response-400.json")), "1062", true, true},
		"by a text of no table":            {400, `{"errorCode":"FailedToAddMessage","errorMessage":"새로운 이유"}`, "", true, false},
		"by a code in the text":            {400, `{"errorCode":"InvalidStatusCode","errorMessage":"M4V20180104100203A8S4D2F6G0H1J3K: 1062"}`, "1062", true, true},
		"by a code of no table":            {400, `{"errorCode":"InvalidStatusCode","errorMessage":"status 1999"}`, "", true, false},
		"by the status within a 200":       {200, `{"groupId":"G1","messageId":"M1","statusCode":"1062","statusMessage":"x"}`, "1062", false, true},
		"by an unknown one in a 200":       {200, `{"groupId":"G1","messageId":"M1","statusCode":"1999"}`, "1999", false, false},
		"by a text that more of them have": {400, `{"errorCode":"FailedToAddMessage","errorMessage":" 형식 오류 "}`, "1011", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc("POST /messages/v4/send", clienttest.Handler(tt.status, tt.body))
			_, err := c.Messages.Send(t.Context(), coolsms.SendParams{Message: oneText})
			var refused *coolsms.MessageError
			if !errors.As(err, &refused) || refused.StatusCode != tt.code || err.Error() == "" {
				t.Fatalf("got %v", err)
			}
			var whole *coolsms.APIError
			if errors.As(err, &whole) != tt.inside || errors.Is(err, coolsms.ErrSenderNotRegistered) != tt.unregister {
				t.Errorf("got %#v", err)
			}
			if coolsms.IsAmbiguous(err) || coolsms.IsTemporary(err) {
				t.Errorf("ambiguous %t, temporary %t", coolsms.IsAmbiguous(err), coolsms.IsTemporary(err))
			}
		})
	}

	c, mux := setup(t)
	mux.HandleFunc("POST /messages/v4/send", clienttest.Handler(402, string(clienttest.File(t, "error.response-402.json"))))
	_, err := c.Messages.Send(t.Context(), coolsms.SendParams{Message: oneText})
	var refused *coolsms.MessageError
	if errors.As(err, &refused) || !errors.Is(err, coolsms.ErrInsufficientBalance) {
		t.Errorf("no money: %v", err)
	}
}

// TestMessages_SendIsNeverRepeated also when nothing can have left.
func TestMessages_SendIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]error{
		"dial": &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}, "cut": io.ErrUnexpectedEOF,
	} {
		var calls atomic.Int32
		c := coolsms.New(testKey, testSecret, coolsms.WithRetry(3), coolsms.WithHTTPClient(&http.Client{
			Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) { calls.Add(1); return nil, fail }),
		}))
		for _, err := range []error{
			second(c.Messages.Send(t.Context(), coolsms.SendParams{})),
			second(c.Messages.SendMany(t.Context(), coolsms.SendManyParams{})),
			second(c.Messages.SendManyDetail(t.Context(), coolsms.SendManyDetailParams{})),
		} {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if calls.Load() != 3 {
			t.Errorf("%s: %d attempts for three calls", name, calls.Load())
		}
	}
}

func TestMessages_SendMany(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/send-many", answers(t, "send-many.response.json",
		`{"messages":[{"to":"01000000001","from":"0215770000","text":"[예시] 인증번호 482913"}]}`))
	got, err := c.Messages.SendMany(t.Context(), coolsms.SendManyParams{Messages: []coolsms.Message{oneText}})
	if err != nil || got.GroupID != groupID || got.Status != coolsms.GroupSending || got.Count.RegisteredSuccess != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMessages_SendManyDetail(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/send-many/detail", answers(t, "send-many-detail.response.json", `{"messages":[
		{"to":"01000000001","from":"0215770000","text":"[예시] 인증번호 482913","customFields":{"challengeId":"ch_01"}},
		{"to":"01000000002","from":"0215770000","text":"[예시] 안내 문자"},{"to":"01000000001","from":"0215770000","text":"[예시] 안내 문자"}],
		"showMessageList":true,"agent":{"sdkVersion":"example/1","osPlatform":"linux","appId":"exampleapp"}}`))
	first := oneText
	first.CustomFields = map[string]string{"challengeId": "ch_01"}
	got, err := c.Messages.SendManyDetail(t.Context(), coolsms.SendManyDetailParams{
		Messages: []coolsms.Message{
			first,
			{To: "01000000002", From: "0215770000", Text: "[예시] 안내 문자"},
			{To: "01000000001", From: "0215770000", Text: "[예시] 안내 문자"},
		},
		ShowMessageList: true, Agent: &coolsms.Agent{SDKVersion: "example/1", OSPlatform: "linux", AppID: "exampleapp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.AllRefused() || got.Group.GroupID != groupID || len(got.Failed) != 1 || len(got.Messages) != 3 || len(got.Raw) == 0 {
		t.Fatalf("got %+v", got)
	}
	if err := got.Failed[0].Err(); err == nil || got.Failed[0].StatusCode != "1026" {
		t.Errorf("the twin: %v", err)
	}
	if err := got.Messages[0].Err(); err != nil || got.Messages[0].CustomFields["challengeId"] != "ch_01" {
		t.Errorf("the first: %v", err)
	}
}

func TestMessages_SendManyDetailAllRefused(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("POST /messages/v4/send-many/detail", clienttest.Handler(200, string(clienttest.File(t, "send-many-detail.all-failed.response.json"))))
	got, err := c.Messages.SendManyDetail(t.Context(), coolsms.SendManyDetailParams{Messages: []coolsms.Message{oneText}})
	if err != nil || !got.AllRefused() || !errors.Is(got.Failed[0].Err(), coolsms.ErrSenderNotRegistered) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMessages_SendManyDetailScheduled(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/send-many/detail", answers(t, "send-many-detail.response.json",
		`{"messages":[{"to":"01000000001","from":"0215770000","text":"[예시] 예약 문자"}],"scheduledDate":"2026-06-01T00:00:00Z"}`))
	if _, err := c.Messages.SendManyDetail(t.Context(), coolsms.SendManyDetailParams{
		Messages:      []coolsms.Message{{To: "01000000001", From: "0215770000", Text: "[예시] 예약 문자"}},
		ScheduledDate: time.Date(2026, 6, 1, 9, 0, 0, 0, time.FixedZone("KST", 9*60*60)),
	}); err != nil {
		t.Error(err)
	}
}

func TestGroups_Schedule(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/groups/"+groupID+"/schedule", answers(t, "groups-schedule.response.json", string(clienttest.File(t, "groups-schedule.request.json"))))
	mux.Handle("DELETE /messages/v4/groups/"+groupID+"/schedule", answers(t, "groups-schedule.response.json", ""))
	mux.Handle("POST /messages/v4/groups/"+groupID+"/resend", answers(t, "groups-schedule.response.json", ""))
	for name, call := range map[string]func() (*coolsms.Group, error){
		"schedule": func() (*coolsms.Group, error) {
			return c.Groups.Schedule(t.Context(), groupID, at(t, "2026-06-01T00:00:00Z"))
		},
		"cancel": func() (*coolsms.Group, error) { return c.Groups.CancelSchedule(t.Context(), groupID) },
		"resend": func() (*coolsms.Group, error) { return c.Groups.Resend(t.Context(), groupID) },
	} {
		if g, err := call(); err != nil || g.Status != coolsms.GroupScheduled {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
	}
}

func TestGroups_List(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/groups", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("groupId") != groupID || q.Get("criteria") != "status,count.total" || q.Get("cond") != "eq,gte" || q.Get("value") != "COMPLETE,2" ||
			q.Get("startDate") != "2026-05-04T00:00:00.000Z" || q.Get("limit") != "20" {
			t.Errorf("the query is %s", r.URL.RawQuery)
		}
		_, _ = w.Write(clienttest.File(t, "groups-list.response.json"))
	})
	page, err := c.Groups.List(t.Context(), coolsms.ListGroupsParams{
		GroupID: groupID, Start: at(t, "2026-05-04T00:00:00Z"), Limit: 20,
		Filters: []coolsms.Filter{{Field: "status", Cond: coolsms.Eq, Value: "COMPLETE"}, {Field: "count.total", Cond: coolsms.Gte, Value: "2"}},
	})
	if err != nil || len(page.Groups) != 1 || page.Groups[0].GroupID != groupID || page.Limit != 20 || page.NextKey != "" || !json.Valid(page.Groups[0].Raw) {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestGroups_AllInOrder(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/groups", func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]string{
			"":   `{"nextKey":"G2","groupList":{"G9":{},"G3":{"groupId":"G3"}}}`,
			"G2": `{"groupList":{"G2":{"groupId":"G2"}}}`, // nextKey absent at the end
		}[r.URL.Query().Get("startKey")]
		_, _ = io.WriteString(w, answer)
	})
	var got []string
	for g, err := range c.Groups.All(t.Context(), coolsms.ListGroupsParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, g.GroupID)
	}
	if diff := cmp.Diff([]string{"G9", "G3", "G2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilters_RefuseWhatWouldShiftTheLists(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was called", r.URL.Path) })
	for _, f := range []coolsms.Filter{{Field: "to", Cond: coolsms.Eq, Value: "1,2"}, {Cond: coolsms.Eq}, {Field: "to"}} {
		for _, err := range []error{
			second(c.Messages.List(t.Context(), coolsms.ListParams{Filters: []coolsms.Filter{f}})),
			second(c.Groups.List(t.Context(), coolsms.ListGroupsParams{Filters: []coolsms.Filter{f}})),
		} {
			if err == nil {
				t.Errorf("%+v was sent", f)
			}
		}
	}
}

func TestMessages_ListByTypesAndFilters(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/list", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("type") != "SMS,LMS" || q.Get("criteria") != "statusCode,statusCode" || q.Get("cond") != "ne,ne" || q.Get("value") != "2000,3000" {
			t.Errorf("the query is %s", r.URL.RawQuery)
		}
		_, _ = io.WriteString(w, `{"messageList":{}}`)
	})
	if _, err := c.Messages.List(t.Context(), coolsms.ListParams{
		Type: coolsms.SMS, Types: []coolsms.MessageType{coolsms.LMS},
		Filters: []coolsms.Filter{{Field: "statusCode", Cond: coolsms.Ne, Value: "2000"}, {Field: "statusCode", Cond: coolsms.Ne, Value: "3000"}},
	}); err != nil {
		t.Error(err)
	}
}

func TestMessage_Options(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		m    coolsms.Message
		want string
	}{
		"AlimTalk": {coolsms.Message{To: "01000000001", From: "0215770000", KakaoOptions: &coolsms.KakaoOptions{
			PFID: "KA01PF260101000000000aBcDeFgHiJk", TemplateID: "KA01TP260101000000000aBcDeFgHiJk",
			Variables: map[string]string{"code": "482913", "#{name}": "홍길동"}, DisableSMS: true,
			Buttons: []coolsms.KakaoButton{{Name: "열기", Type: coolsms.ButtonWebLink, LinkMo: "https://example.kr"}},
		}}, `{"to":"01000000001","from":"0215770000","kakaoOptions":{"pfId":"KA01PF260101000000000aBcDeFgHiJk","templateId":"KA01TP260101000000000aBcDeFgHiJk",
			"variables":{"#{code}":"482913","#{name}":"홍길동"},"disableSms":true,"buttons":[{"buttonName":"열기","buttonType":"WL","linkMo":"https://example.kr"}]}}`},
		"friend talk": {coolsms.Message{To: "1", Text: "x", KakaoOptions: &coolsms.KakaoOptions{PFID: "P"}}, `{"to":"1","text":"x","kakaoOptions":{"pfId":"P"}}`},
		"voice": {coolsms.Message{To: "1", Text: "x", Type: coolsms.Voice, VoiceOptions: &coolsms.VoiceOptions{VoiceType: coolsms.VoiceFemale, ReplyRange: 3}},
			`{"to":"1","text":"x","type":"VOICE","voiceOptions":{"voiceType":"FEMALE","replyRange":3}}`},
		"picture": {coolsms.Message{To: "1", Text: "x", ImageID: "ST01"}, `{"to":"1","text":"x","imageId":"ST01"}`},
		"fax":     {coolsms.Message{To: "1", Type: coolsms.Fax, FaxOptions: &coolsms.FaxOptions{FileIDs: []string{"ST01"}}}, `{"to":"1","type":"FAX","faxOptions":{"fileIds":["ST01"]}}`},
		"RCS": {coolsms.Message{To: "1", RCSOptions: &coolsms.RCSOptions{BrandID: "B", AdditionalBody: json.RawMessage(`{"a":1}`)}},
			`{"to":"1","rcsOptions":{"brandId":"B","additionalBody":{"a":1}}}`},
		"Naver": {coolsms.Message{To: "1", NaverOptions: &coolsms.NaverOptions{TalkID: "T", TemplateID: "N"}}, `{"to":"1","naverOptions":{"talkId":"T","templateId":"N"}}`},
	} {
		got, err := json.Marshal(tt.m)
		if err != nil || !sameJSON(got, tt.want) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
