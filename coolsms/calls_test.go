package coolsms_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestGroups_Create(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("POST /messages/v4/groups", answers(t, "groups-create.response.json", string(clienttest.File(t, "groups-create.request.json"))))
	got, err := c.Groups.Create(t.Context(), coolsms.CreateGroupParams{
		SDKVersion: "example/1", OSPlatform: "linux", CustomFields: map[string]string{"batch": "b-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Raw) == 0 {
		t.Error("the raw answer is missing")
	}
	got.Raw = nil
	want := &coolsms.Group{
		GroupID: groupID, AccountID: "26010100000001", Status: coolsms.GroupPending,
		CustomFields: map[string]string{"batch": "b-1"},
		DateCreated:  at(t, "2026-05-04T01:02:03.100Z"), DateUpdated: at(t, "2026-05-04T01:02:03.100Z"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestGroups_SpeakOfOneGroup walks the calls that are answered with their group.
func TestGroups_SpeakOfOneGroup(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	same := answers(t, "groups-schedule.response.json", "")
	mux.Handle("GET /messages/v4/groups/"+groupID, same)
	mux.Handle("DELETE /messages/v4/groups/"+groupID, same)
	mux.Handle("POST /messages/v4/groups/"+groupID+"/send", same)
	for name, call := range map[string]func() (*coolsms.Group, error){
		"get":    func() (*coolsms.Group, error) { return c.Groups.Get(t.Context(), groupID) },
		"send":   func() (*coolsms.Group, error) { return c.Groups.Send(t.Context(), groupID) },
		"delete": func() (*coolsms.Group, error) { return c.Groups.Delete(t.Context(), groupID) },
	} {
		g, err := call()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if g.GroupID != groupID || g.Status != coolsms.GroupScheduled || g.Count.Registered() != 2 ||
			g.ScheduledDate == nil || !g.ScheduledDate.Equal(at(t, "2026-06-01T00:00:00Z")) || g.DateSent != nil {
			t.Errorf("%s: %+v", name, g)
		}
	}
}

func TestGroup_DecodesWhatASentOneHolds(t *testing.T) {
	t.Parallel()
	var list struct{ GroupList map[string]coolsms.Group }
	if err := json.Unmarshal(clienttest.File(t, "groups-list.response.json"), &list); err != nil {
		t.Fatal(err)
	}
	sent, done := at(t, "2026-05-04T01:02:03.390Z"), at(t, "2026-05-04T01:02:20Z")
	want := coolsms.Group{
		GroupID: groupID, AccountID: "26010100000001", Status: coolsms.GroupComplete,
		Count:        coolsms.GroupCount{Total: 2, SentTotal: 2, SentSuccess: 2, RegisteredSuccess: 2},
		Point:        coolsms.GroupMoney{Requested: 40, Sum: 40},
		CustomFields: map[string]string{},
		DateCreated:  at(t, "2026-05-04T01:02:03.100Z"), DateUpdated: done, DateSent: &sent, DateCompleted: &done,
	}
	if diff := cmp.Diff(want, list.GroupList[groupID]); diff != "" {
		t.Error(diff)
	}
}

func TestGroups_Put(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("PUT /messages/v4/groups/"+groupID+"/messages", answers(t, "groups-messages-add.response.json", `{"messages":[
		{"to":"01000000001","from":"0215770000","text":"[예시] <a> & b","type":"SMS","autoTypeDetect":false,"customFields":{"id":"msg_1"}},
		{"to":"01000000002","from":"0215770000","text":"[예시] 그룹 문자"},
		{"to":"01000000001","from":"0215770000","text":"[예시] 중복"}]}`))
	got, err := c.Groups.Put(t.Context(), groupID, []coolsms.Message{
		{To: "01000000001", From: "0215770000", Text: "[예시] <a> & b", Type: coolsms.SMS, AutoTypeDetect: coolsms.Bool(false), CustomFields: map[string]string{"id": "msg_1"}},
		{To: "01000000002", From: "0215770000", Text: "[예시] 그룹 문자"},
		{To: "01000000001", From: "0215770000", Text: "[예시] 중복"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.ErrorCount != 1 || len(got.Results) != 3 {
		t.Fatalf("got %+v", got)
	}
	want := coolsms.PutResult{
		MessageID: "M4V20260504100203A8S4D2F6G0H1J3K", To: "01000000001", From: "0215770000", Type: coolsms.SMS, Country: "82",
		StatusCode: coolsms.StatusAccepted, StatusMessage: "정상 접수(이통사로 접수 예정) ", AccountID: "26010100000001",
	}
	if diff := cmp.Diff(want, got.Results[0]); diff != "" {
		t.Error(diff)
	}
	if err := got.Results[1].Err(); err != nil {
		t.Errorf("the second was accepted: %v", err)
	}
	var refused *coolsms.MessageError
	if err := got.Results[2].Err(); !errors.As(err, &refused) || refused.StatusCode != "1026" || errors.Is(err, coolsms.ErrSenderNotRegistered) {
		t.Errorf("the twin: %v", err)
	}
	if err := (coolsms.PutResult{StatusCode: "1062"}).Err(); !errors.Is(err, coolsms.ErrSenderNotRegistered) {
		t.Errorf("1062: %v", err)
	}
	if err := (coolsms.PutResult{StatusCode: "1030"}).Err(); !errors.Is(err, coolsms.ErrInsufficientBalance) {
		t.Errorf("1030: %v", err)
	}
}

func TestGroups_DeleteMessages(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("DELETE /messages/v4/groups/{id}/messages", answers(t, "groups-messages-delete.response.json", string(clienttest.File(t, "groups-messages-delete.request.json"))))
	ids := []string{"M4V20260504100203Q5W7E9R1T3Y2U4I"}
	got, err := c.Groups.DeleteMessages(t.Context(), groupID, ids)
	if err != nil {
		t.Fatal(err)
	}
	if got.GroupID != groupID || got.ErrorCount != 0 || len(got.Results) != 1 || got.Results[0] != (coolsms.DeleteResult{MessageID: ids[0], ResultCode: "Success"}) {
		t.Errorf("got %+v", got)
	}
	if _, err := c.Groups.DeleteMessages(t.Context(), "another", ids); !coolsms.IsAmbiguous(err) {
		t.Errorf("an answer about another group: %v", err)
	}
}

func TestGroups_RefuseAnIDThatNamesAllGroups(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was called", r.Method, r.URL.Path) })
	for _, id := range []string{"", ".", ".."} {
		for _, err := range []error{
			second(c.Groups.Get(t.Context(), id)), second(c.Groups.Send(t.Context(), id)), second(c.Groups.Delete(t.Context(), id)),
			second(c.Groups.Put(t.Context(), id, nil)), second(c.Groups.DeleteMessages(t.Context(), id, nil)),
			second(c.Groups.Messages(t.Context(), id, coolsms.PageParams{})),
		} {
			if err == nil || coolsms.IsAmbiguous(err) {
				t.Errorf("id %q: %v", id, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestGroups_EscapeTheID(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() != "/messages/v4/groups/a%2F..%2Fb%3Fc" {
			t.Errorf("the path is %s", r.URL.EscapedPath())
		}
		_, _ = io.WriteString(w, `{"groupId":"a/../b?c"}`)
	})
	if _, err := c.Groups.Get(t.Context(), "a/../b?c"); err != nil {
		t.Error(err)
	}
}

func TestMessages_List(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	var query url.Values
	mux.HandleFunc("GET /messages/v4/list", func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		_, _ = w.Write(clienttest.File(t, "messages-list.response.json"))
	})
	got, err := c.Messages.List(t.Context(), coolsms.ListParams{
		MessageIDs: []string{"M1", "M2"}, GroupID: groupID, To: "01000000001", From: "0215770000", Type: coolsms.SMS,
		StatusCodes: []coolsms.StatusCode{"2000", "3000"},
		Start:       time.Date(2026, 5, 4, 10, 0, 0, 0, time.FixedZone("KST", 9*60*60)), End: at(t, "2026-05-05T00:00:00.250Z"),
		Limit: 20, StartKey: "M0",
	})
	if err != nil {
		t.Fatal(err)
	}
	wantQuery := url.Values{
		"messageIds[in]": {`["M1","M2"]`}, "groupId": {groupID}, "to": {"01000000001"}, "from": {"0215770000"}, "type": {"SMS"},
		"statusCode": {"2000,3000"}, "startDate": {"2026-05-04T01:00:00.000Z"}, "endDate": {"2026-05-05T00:00:00.250Z"},
		"dateType": {"CREATED"}, "limit": {"20"}, "startKey": {"M0"},
	}
	if diff := cmp.Diff(wantQuery, query); diff != "" {
		t.Error(diff)
	}
	processed, reported := at(t, "2026-05-04T01:02:03.5Z"), at(t, "2026-05-04T01:02:08Z")
	want := &coolsms.MessagesPage{
		Limit: 20, NextKey: "M4V20260504100203Q5W7E9R1T3Y2U4I",
		Messages: []*coolsms.StoredMessage{{
			MessageID: "M4V20260504100203A8S4D2F6G0H1J3K", GroupID: groupID, AccountID: "26010100000001", Type: coolsms.SMS,
			To: "01000000001", From: "0215770000", Text: "[예시] 인증번호 482913", Country: "82",
			Status: coolsms.MessageComplete, StatusCode: coolsms.StatusDelivered, Reason: "delivered (example text)",
			NetworkName: "SKT", NetworkCode: "45005", CustomFields: map[string]string{"challengeId": "ch_01"},
			DateCreated: at(t, "2026-05-04T01:02:03.2Z"), DateUpdated: at(t, "2026-05-04T01:02:09Z"),
			DateProcessed: &processed, DateReported: &reported, DateReceived: &reported,
		}},
	}
	got.Raw = nil
	for _, m := range got.Messages {
		if !json.Valid(m.Raw) {
			t.Errorf("the raw message is %s", m.Raw)
		}
		m.Raw = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMessages_ListByUpdate(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/list", func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.RawQuery; got != "dateType=UPDATED" {
			t.Errorf("the query is %s", got)
		}
		_, _ = io.WriteString(w, `{"limit":20,"messageList":{}}`) // nextKey absent, as groups do
	})
	if got, err := c.Messages.List(t.Context(), coolsms.ListParams{ByUpdate: true}); err != nil || len(got.Messages) != 0 || got.NextKey != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestStoredMessage_DecodesAFailure(t *testing.T) {
	t.Parallel()
	var m coolsms.StoredMessage
	if err := json.Unmarshal(clienttest.File(t, "messages-list.failed-item.json"), &m); err != nil {
		t.Fatal(err)
	}
	if m.StatusCode != "3032" || m.StatusCode.Class() != coolsms.ClassUndelivered || m.DateReceived != nil || m.NetworkCode != "" || m.DateReported == nil {
		t.Errorf("got %+v", m)
	}
}

// TestStoredMessage_BearsWhatTheProviderVaries has the forms of section 4 of
// the protocol: nulls, 0 and 1 for booleans, times of several kinds.
func TestStoredMessage_BearsWhatTheProviderVaries(t *testing.T) {
	t.Parallel()
	var m coolsms.StoredMessage
	const form = `{"messageId":"M1","type":null,"from":null,"statusCode":"TEST1000","replacement":1,"autoTypeDetect":0,"currentQueue":7,
		"customFields":null,"dateCreated":"2026-05-04T10:02:03.200+0900","dateUpdated":"2026-05-04T10:02:03+09:00","dateReceived":"soon","dateReported":12}`
	if err := json.Unmarshal([]byte(form), &m); err != nil {
		t.Fatal(err)
	}
	if m.Type != "" || !m.Replacement || m.StatusCode.Class() != coolsms.ClassUnknown || m.DateReceived != nil || m.DateReported != nil ||
		!m.DateCreated.Equal(at(t, "2026-05-04T01:02:03.2Z")) || !m.DateUpdated.Equal(at(t, "2026-05-04T01:02:03Z")) {
		t.Errorf("got %+v", m)
	}
}

func TestCash_Balance(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("GET /cash/v1/balance", answers(t, "balance.response.json", ""))
	got, err := c.Cash.Balance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got.Raw = nil
	want := &coolsms.Balance{
		AccountID: "26010100000001", Balance: 9580, Point: 60,
		LowBalanceAlert: &coolsms.LowBalanceAlert{NotificationBalance: "0", CurrentBalance: "0", Balances: []float64{1000}, Channels: []string{"SMS"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Usable() != 9640 {
		t.Errorf("usable: %v won", got.Usable())
	}
}

func TestSenderNumbers(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.Handle("GET /senderid/v1/numbers", answers(t, "senderid-numbers.response.json", ""))
	mux.Handle("GET /senderid/v1/numbers/active", answers(t, "senderid-numbers-active.response.json", ""))

	page, err := c.SenderNumbers.List(t.Context(), coolsms.ListSenderNumbersParams{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	end := at(t, "2026-09-01T00:00:00Z")
	want := []coolsms.SenderNumber{
		{PhoneNumber: "0215770000", HandleKey: "SED20260301090000A1B2C3D4E5F6G7H", Status: coolsms.SenderActive, Method: "ARS", AutoExtension: true,
			ExpireAt: &end, DateCreated: at(t, "2026-03-01T00:00:00Z"), DateUpdated: at(t, "2026-03-01T00:10:00Z")},
		{PhoneNumber: "0299990000", HandleKey: "SED20260302090000B1B2C3D4E5F6G7H", Status: coolsms.SenderPending, AutoExtension: true,
			NecessaryMeasures: []string{"BUSINESS_DOCUMENTS"}, DateCreated: at(t, "2026-03-02T00:00:00Z"), DateUpdated: at(t, "2026-03-02T00:00:00Z")},
	}
	if diff := cmp.Diff(want, page.Numbers); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct {
		n    coolsms.SenderNumber
		at   time.Time
		want bool
	}{{want[0], end.Add(-time.Second), true}, {want[0], end, false}, {want[1], end.Add(-time.Second), false}} {
		if got := tt.n.UsableAt(tt.at); got != tt.want {
			t.Errorf("%s usable at %s: %t", tt.n.PhoneNumber, tt.at, got)
		}
	}
	active, err := c.SenderNumbers.Active(t.Context())
	if diff := cmp.Diff([]string{"0215770000"}, active); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// pages answers with pages of two messages each, as startKey asks for them.
func pages(t testing.TB, ids ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("limit"); got != "100" {
			t.Errorf("limit is %q", got)
		}
		from := 0
		for i, id := range ids {
			if id == r.URL.Query().Get("startKey") {
				from = i
			}
		}
		to := min(from+2, len(ids))
		next := "null"
		if to < len(ids) {
			next = `"` + ids[to] + `"`
		}
		var items []string
		for _, id := range ids[from:to] {
			items = append(items, `"`+id+`":{"messageId":"`+id+`"}`)
		}
		_, _ = io.WriteString(w, `{"nextKey":`+next+`,"messageList":{`+strings.Join(items, ",")+`}}`)
	}
}

func TestAll_WalksEveryPageInOrder(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	want := []string{"M5", "M4", "M3", "M2", "M1"}
	mux.Handle("GET /messages/v4/list", pages(t, want...))
	mux.Handle("GET /messages/v4/groups/"+groupID+"/messages", pages(t, want...))
	for name, all := range map[string]func(func(*coolsms.StoredMessage, error) bool){
		"messages": c.Messages.All(t.Context(), coolsms.ListParams{}),
		"group":    c.Groups.AllMessages(t.Context(), groupID),
	} {
		var got []string
		for m, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.MessageID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(name, diff)
		}
		got = nil
		for m, err := range all { // a walk can be left, and begun anew
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, m.MessageID); len(got) == 3 {
				break
			}
		}
		if diff := cmp.Diff(want[:3], got); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestAll_EndsWithTheError(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/list", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("startKey") == "" {
			_, _ = io.WriteString(w, `{"nextKey":"M1","messageList":{"M2":{"messageId":"M2"}}}`)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	})
	var steps []string
	for m, err := range c.Messages.All(t.Context(), coolsms.ListParams{}) {
		if err != nil {
			steps = append(steps, "error")
			continue
		}
		steps = append(steps, m.MessageID)
	}
	if diff := cmp.Diff([]string{"M2", "error"}, steps); diff != "" {
		t.Error(diff)
	}
}

func TestAll_DoesNotGoRoundForEver(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/list", func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"": "A", "A": "B", "B": "A"}[r.URL.Query().Get("startKey")]
		_, _ = io.WriteString(w, `{"nextKey":"`+next+`","messageList":{}}`)
	})
	var last error
	for _, err := range c.Messages.All(t.Context(), coolsms.ListParams{}) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "cursor") {
		t.Errorf("got %v", last)
	}
}
