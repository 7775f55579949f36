package coolsms_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
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
			Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) { return clienttest.Respond(status, string(body)), nil }),
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
