package coolsms_test

import (
	"net/http"
	"os"
	"path/filepath"
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
		_ = failed(t, status, second(c.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{})))
		_ = failed(t, status, second(c.SenderNumbers.Active(ctx)))
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
