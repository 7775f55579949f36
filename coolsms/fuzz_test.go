package coolsms_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
)

// FuzzAnswers gives every call the same answer. Whatever it is, the call ends
// with an error or with a result that holds what its documentation promises.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(err, "no examples")
	}
	for _, name := range files {
		body, err := os.ReadFile(name) //nolint:gosec // from the folder above
		if err != nil {
			f.Fatal(err)
		}
		f.Add(200, body)
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"messageList":[]}`, `{"messageList":{"a":null},"nextKey":null}`, `{"messageList":[{}]}`, `{"resultList":[]}`, `{"messageList":{"a":{`} {
		f.Add(200, []byte(body))
		f.Add(400, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		c := coolsms.New(testKey, testSecret, coolsms.WithRetry(0), coolsms.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) { return respond(status, string(body)), nil }),
		}))
		ctx := t.Context()
		if g, err := c.Groups.Create(ctx, coolsms.CreateGroupParams{}); failed(t, status, err) == (g != nil) || g != nil && g.GroupID == "" {
			t.Errorf("create: %+v, %v", g, err)
		}
		if g, err := c.Groups.Send(ctx, groupID); failed(t, status, err) == (g != nil) || g != nil && g.GroupID != groupID {
			t.Errorf("send: %+v, %v", g, err)
		}
		if p, err := c.Groups.Put(ctx, groupID, nil); failed(t, status, err) == (p != nil) || p != nil && p.Results == nil {
			t.Errorf("put: %+v, %v", p, err)
		}
		if r, err := c.Groups.DeleteMessages(ctx, groupID, nil); failed(t, status, err) == (r != nil) || r != nil && r.GroupID != groupID {
			t.Errorf("delete messages: %+v, %v", r, err)
		}
		p, err := c.Messages.List(ctx, coolsms.ListParams{})
		if failed(t, status, err) == (p != nil) {
			t.Errorf("list: %+v, %v", p, err)
		}
		if p != nil {
			for _, m := range p.Messages {
				_, _, _ = m.String(), m.StatusCode.Class(), m.StatusCode.English()
			}
		}
		if _, err := c.Cash.Balance(ctx); failed(t, status, err) && err.Error() == "" {
			t.Error("balance: an error without a text")
		}
		if p, err := c.Groups.List(ctx, coolsms.ListGroupsParams{}); failed(t, status, err) == (p != nil) {
			t.Errorf("groups: %+v, %v", p, err)
		}
		if r, err := c.Messages.Send(ctx, coolsms.SendParams{}); failed(t, status, err) == (r != nil) || r != nil && r.MessageID == "" {
			t.Errorf("send one: %+v, %v", r, err)
		}
		if g, err := c.Messages.SendMany(ctx, coolsms.SendManyParams{}); failed(t, status, err) == (g != nil) || g != nil && g.GroupID == "" {
			t.Errorf("send many: %+v, %v", g, err)
		}
		if r, err := c.Messages.SendManyDetail(ctx, coolsms.SendManyDetailParams{}); failed(t, status, err) == (r != nil) || r != nil && r.Failed == nil {
			t.Errorf("send many in detail: %+v, %v", r, err)
		}
		if f, err := c.Files.Get(ctx, "F"); failed(t, status, err) == (f != nil) || f != nil && f.FileID == "" {
			t.Errorf("file: %+v, %v", f, err)
		}
		if p, err := c.KakaoTemplates.List(ctx, coolsms.ListKakaoTemplatesParams{}); failed(t, status, err) == (p != nil) || p != nil && slices.Contains(p.Items, nil) {
			t.Errorf("templates: %+v, %v", p, err)
		}
		if p, err := c.Webhooks.List(ctx, coolsms.ListWebhooksParams{}); failed(t, status, err) == (p != nil) || p != nil && slices.Contains(p.Items, nil) {
			t.Errorf("webhooks: %+v, %v", p, err)
		}
		for _, err := range []error{
			second(c.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{})),
			second(c.SenderNumbers.Active(ctx)),
			second(c.SenderNumbers.Authenticate(ctx, "0215770000", coolsms.SenderFactor{})),
			second(c.Pricing.Messaging(ctx, "82")),
			second(c.Cash.History(ctx, coolsms.BalanceHistoryParams{})),
			second(c.Messages.Statistics(ctx, coolsms.StatisticsParams{})),
			second(c.Account.Quota(ctx)),
			second(c.Account.Member(ctx)),
			second(c.Blocks.Groups(ctx, coolsms.ListBlockGroupsParams{})),
			second(c.KakaoChannels.Categories(ctx)),
			c.Files.Delete(ctx, "F"),
		} {
			if failed(t, status, err) && err.Error() == "" {
				t.Error("an error without a text")
			}
		}
	})
}

// failed reports whether a call failed, and checks that it did when it had to.
func failed(t *testing.T, status int, err error) bool {
	t.Helper()
	if err == nil && (status < 200 || status > 299) {
		t.Errorf("an answer of %d passed for a success", status)
	}
	return err != nil
}

// FuzzMessagesPage reads pages as the client does and as encoding/json does,
// which knows nothing of order. What is JSON is read alike.
func FuzzMessagesPage(f *testing.F) {
	for _, name := range []string{"messages-list.response.json", "send.response.json"} {
		body, err := os.ReadFile("testdata/" + name) //nolint:gosec // one of two
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, body := range []string{
		`{"messageList":{"a":{"to":"\u00e9\\\"","text":"\ud83d","customFields":{"\u0061":"b"}}},"limit":1e0}`, `{"messageList":[]}`,
		`{"messageList":{"a":null},"x":[1,[2,{"y":-0.5e+3}],true,false,null,"s"]}`, `{"messageList":{"a":{"to":7}}}`, `{"messageList":{}} x`, "{\"messageList\":{\"a\":{\"to\":\"\xff\"}}}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := coolsms.New(testKey, testSecret, coolsms.WithRetry(0), coolsms.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) { return respond(200, string(body)), nil }),
		}))
		page, err := c.Messages.List(t.Context(), coolsms.ListParams{})
		type message struct {
			MessageID    string            `json:"messageId"`
			To           string            `json:"to"`
			Text         string            `json:"text"`
			CustomFields map[string]string `json:"customFields"`
		}
		var want struct{ MessageList map[string]message }
		if json.Unmarshal(body, &want) != nil || err != nil || len(want.MessageList) != len(page.Messages) {
			return // refused by one of the two, or with a member twice
		}
		for _, m := range page.Messages {
			if !json.Valid(m.Raw) {
				t.Fatalf("the raw message is %q", m.Raw)
			}
			var plain map[string]json.RawMessage // exact names, where encoding/json takes any case
			if json.Unmarshal(m.Raw, &plain) != nil || plain == nil {
				continue
			}
			var to, text string
			_, _ = json.Unmarshal(plain["to"], &to), json.Unmarshal(plain["text"], &text)
			if m.To != to || m.Text != text {
				t.Errorf("got %q and %q, want %q and %q", m.To, m.Text, to, text)
			}
			fields := map[string]string{}
			_ = json.Unmarshal(plain["customFields"], &fields)
			if !maps.Equal(m.CustomFields, fields) {
				t.Errorf("got the fields %v, want %v", m.CustomFields, fields)
			}
		}
	})
}

// FuzzWebhook gives a receiver any event and body. It answers, and what it
// hands on holds what its documentation promises.
func FuzzWebhook(f *testing.F) {
	files, err := filepath.Glob("testdata/webhook-*-report.*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(err, "no examples")
	}
	for _, name := range files {
		body, err := os.ReadFile(name) //nolint:gosec // from the folder above
		if err != nil {
			f.Fatal(err)
		}
		f.Add(coolsms.EventSingleReport, body)
		f.Add(coolsms.EventGroupReport, body)
	}
	for _, body := range []string{``, `[]`, `[null]`, `[{"data":null}]`, `[{"data":{}}]`, `[[]]`, `{}`} {
		f.Add(coolsms.EventSingleReport, []byte(body))
		f.Add("", []byte(body))
	}
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		d, status := deliver(t, event, coolsms.SecretHash(hookSecret), body, nil)
		if (status == http.StatusOK) != (d != nil) {
			t.Fatalf("answered %d, received %+v", status, d)
		}
		if d == nil {
			return
		}
		for _, i := range d.Items {
			_ = i.Key()
			if event == coolsms.EventSingleReport && (i.Report == nil || i.Report.MessageID == "") || event == coolsms.EventGroupReport && (i.Group == nil || i.Group.GroupID == "") {
				t.Errorf("an item of %s without its report: %s", event, i.Data)
			}
			if !json.Valid(i.Data) {
				t.Errorf("the raw report is %q", i.Data)
			}
		}
	})
}
