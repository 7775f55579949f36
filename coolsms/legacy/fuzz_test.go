package legacy_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

// FuzzAnswers gives every call the same answer. Whatever it is, the call ends
// with an error or with a result that holds what its documentation promises.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("testdata/legacy-*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(err, "no examples")
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(200, body)
		f.Add(403, body)
	}
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `[null]`, `["G1",7]`, `[{}]`, `[[0,"62"]]`, `{"success_count":1,"error_list":[{"0":62},[4,"54"]],"group_id":7,"result_code":0}`,
		`{"total_count":"9","data":[null]}`, `{"total_count":1e9,"list":[{}]}`, `{"cash":"NaN"}`, `{"cash":"1e999"}`, `[{"sms_average":"1e300"}]`, `{"group_id":{"`,
	} {
		f.Add(200, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		c := legacy.New(testKey, testSecret, legacy.WithRetry(0), legacy.WithHTTPClient(&http.Client{
			Transport: clienttest.RoundTrip(func(*http.Request) (*http.Response, error) { return clienttest.Respond(status, string(body)), nil }),
		}))
		ctx := t.Context()
		if r, err := c.Messages.Send(ctx, legacy.SendParams{}); failed(t, status, err) == (r != nil) || r != nil && r.ResultCode == "" {
			t.Errorf("send: %+v, %v", r, err)
		} else if r != nil {
			_ = r.Err()
		}
		if p, err := c.Messages.Sent(ctx, legacy.SentParams{}); failed(t, status, err) == (p != nil) || p != nil && p.Messages == nil {
			t.Errorf("sent: %+v, %v", p, err)
		} else if p != nil {
			for _, m := range p.Messages {
				_, _, _ = m.String(), m.Class(), m.ResultCode.Info()
			}
		}
		ends := 0
		for m, err := range c.Messages.AllSent(ctx, legacy.SentParams{}) {
			if (m == nil) != (err != nil) {
				t.Errorf("all sent: %v, %v", m, err)
			}
			if err != nil {
				ends++
			}
		}
		if ends > 1 {
			t.Errorf("the walk went on after an error")
		}
		if n, err := c.Messages.Cancel(ctx, legacy.CancelParams{GroupID: "G1"}); failed(t, status, err) == (n != nil) {
			t.Errorf("cancel: %+v, %v", n, err)
		}
		if n, err := c.Groups.Delete(ctx, "G1"); failed(t, status, err) == (n != nil) {
			t.Errorf("delete: %+v, %v", n, err)
		}
		if id, err := c.Groups.Create(ctx, legacy.GroupOptions{}); failed(t, status, err) == (id != "") {
			t.Errorf("create: %q, %v", id, err)
		}
		if p, err := c.Groups.Messages(ctx, "G1", legacy.PageParams{}); failed(t, status, err) == (p != nil) || p != nil && p.IDs == nil {
			t.Errorf("messages: %+v, %v", p, err)
		}
		if n, err := c.SenderNumbers.List(ctx); failed(t, status, err) == (n != nil) {
			t.Errorf("numbers: %+v, %v", n, err)
		}
		if i, err := c.Images.Get(ctx, "IMG1"); failed(t, status, err) == (i != nil) || i != nil && i.ImageID == "" {
			t.Errorf("image: %+v, %v", i, err)
		}
		_ = failed(t, status, second(c.Groups.AddMany(ctx, "G1", nil)))
		_ = failed(t, status, second(c.Groups.List(ctx)))
		_ = failed(t, status, second(c.Groups.Get(ctx, "G1")))
		_ = failed(t, status, c.Groups.Send(ctx, "G1"))
		_ = failed(t, status, second(c.Cash.Balance(ctx)))
		_ = failed(t, status, second(c.Messages.Status(ctx, legacy.StatusParams{})))
		_ = failed(t, status, second(c.SenderNumbers.Register(ctx, legacy.RegisterParams{})))
		_ = failed(t, status, c.SenderNumbers.Verify(ctx, "H1"))
		_ = failed(t, status, second(c.SenderNumbers.Default(ctx)))
	})
}

// failed reports whether a call failed, and checks that it did when it had to
// and in one of the two ways that are documented.
func failed(t *testing.T, status int, err error) bool {
	t.Helper()
	if err == nil && (status < 200 || status > 299) {
		t.Errorf("an answer of %d passed for a success", status)
	}
	var refusal *legacy.APIError
	var lost *legacy.CallError
	if err != nil && (err.Error() == "" || !errors.As(err, &refusal) && !errors.As(err, &lost)) {
		t.Errorf("an error of another kind: %v", err)
	}
	return err != nil
}
