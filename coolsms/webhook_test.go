package coolsms_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

const hookSecret = "change-me"

// deliver hands a body to a receiver and returns what was received and the
// status that it answered with.
func deliver(t testing.TB, event, secret string, body []byte, fail error) (*coolsms.WebhookDelivery, int) {
	t.Helper()
	var got *coolsms.WebhookDelivery
	h := coolsms.WebhookHandler(hookSecret, func(_ context.Context, d *coolsms.WebhookDelivery) error {
		got = d
		return fail
	})
	r := httptest.NewRequest(http.MethodPost, "/hooks/sms", bytes.NewReader(body))
	r.Header.Set("X-Solapi-Event-Name", event)
	if secret != "" {
		r.Header.Set("X-Solapi-Secret", secret)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return got, w.Code
}

func TestSecretHash_IsTheSampleOfTheDocuments(t *testing.T) {
	t.Parallel()
	if got := coolsms.SecretHash(hookSecret); got != "e8d4a2f731a2b37fcb169639d14ccb9350952d59" {
		t.Errorf("got %s", got)
	}
}

func TestWebhookHandler_ReadsBothForms(t *testing.T) {
	t.Parallel()
	processed, reported := at(t, "2026-05-04T01:02:03.5Z"), at(t, "2026-05-04T01:02:08Z")
	report := &coolsms.Report{
		MessageID: "M4V20260504100203A8S4D2F6G0H1J3K", GroupID: groupID, Type: coolsms.SMS, To: "01000000001", From: "0215770000",
		StatusCode: coolsms.StatusDelivered, StatusMessage: "delivered (example text)", NetworkCode: "45005",
		CustomFields:  map[string]string{"challengeId": "ch_01"},
		DateProcessed: &processed, DateReported: &reported, DateReceived: &reported,
	}
	for name, id := range map[string]string{
		"webhook-single-report.flat.json": "", "webhook-single-report.enveloped.json": "WH01ED260504010209000aBcDeFgHiJk",
	} {
		d, status := deliver(t, coolsms.EventSingleReport, coolsms.SecretHash(hookSecret), clienttest.File(t, name), nil)
		if status != http.StatusOK || d == nil || d.Event != coolsms.EventSingleReport || len(d.Items) != 1 || len(d.Raw) == 0 {
			t.Fatalf("%s: %d, %+v", name, status, d)
		}
		item := d.Items[0]
		if diff := cmp.Diff(report, item.Report); diff != "" || item.EventDataID != id || item.Group != nil || !bytes.Contains(item.Data, []byte("rcsOptions")) {
			t.Errorf("%s: %+v %s", name, item, diff)
		}
		if item.Key() != report.MessageID+" 4000" {
			t.Errorf("%s: the key is %q", name, item.Key())
		}
		if strings.Contains(item.Report.String(), "01000000001") {
			t.Errorf("the number shows in %s", item.Report)
		}
	}

	d, status := deliver(t, coolsms.EventGroupReport, coolsms.SecretHash(hookSecret), clienttest.File(t, "webhook-group-report.enveloped.json"), nil)
	if status != http.StatusOK || d.Items[0].Group == nil || d.Items[0].Group.Status != coolsms.GroupComplete || d.Items[0].Group.Count.SentSuccess != 2 ||
		d.Items[0].Key() != groupID+" COMPLETE" || len(d.Items[0].Group.Raw) == 0 {
		t.Errorf("a group: %d, %+v", status, d)
	}
	d, status = deliver(t, "SOMETHING-NEW", coolsms.SecretHash(hookSecret), []byte(`[{"eventDataId":"E1","retryCount":2,"data":{"x":1}},{"y":2}]`), nil)
	if status != http.StatusOK || len(d.Items) != 2 || d.Items[0].Key() != "E1" || d.Items[0].RetryCount != 2 || string(d.Items[0].Data) != `{"x":1}` ||
		string(d.Items[1].Data) != `{"y":2}` {
		t.Errorf("an unknown event: %d, %+v", status, d)
	}
}

func TestWebhookHandler_AnswersOKOnlyWhenItWasTaken(t *testing.T) {
	t.Parallel()
	good := string(clienttest.File(t, "webhook-single-report.flat.json"))
	right := coolsms.SecretHash(hookSecret)
	for name, tt := range map[string]struct {
		secret, body string
		fail         error
		want         int
		called       bool
	}{
		"taken":               {right, good, nil, 200, true},
		"nothing in it":       {right, "[]", nil, 200, true},
		"the receiver failed": {right, good, errors.New("no database"), 500, true},
		"no secret":           {"", good, nil, 401, false},
		"the secret itself":   {hookSecret, good, nil, 401, false},
		"another secret":      {coolsms.SecretHash("x"), good, nil, 401, false},
		"no body":             {right, "", nil, 400, false},
		"null":                {right, "null", nil, 400, false},
		"no array":            {right, `{"messageId":"M1"}`, nil, 400, false},
		"no message":          {right, `[{"statusCode":"4000"}]`, nil, 400, false},
		"no item":             {right, `[7]`, nil, 400, false},
		"cut":                 {right, good[:len(good)/2], nil, 400, false},
		"huge":                {right, `["` + strings.Repeat("x", 5<<20) + `"]`, nil, 413, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, status := deliver(t, coolsms.EventSingleReport, tt.secret, []byte(tt.body), tt.fail)
			if status != tt.want || (d != nil) != tt.called {
				t.Errorf("answered %d, received %+v", status, d)
			}
		})
	}
}

func TestWebhookHandler_WithoutASecretAdmitsNobody(t *testing.T) {
	t.Parallel()
	h := coolsms.WebhookHandler("", func(context.Context, *coolsms.WebhookDelivery) error { t.Error("it was received"); return nil })
	for _, secret := range []string{"", coolsms.SecretHash("")} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("[]"))
		r.Header.Set("X-Solapi-Secret", secret)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("answered %d", w.Code)
		}
	}
}

func TestWebhookHandler_TakesPostsAlone(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(coolsms.WebhookHandler(hookSecret, func(context.Context, *coolsms.WebhookDelivery) error { t.Error("it was received"); return nil }))
	t.Cleanup(srv.Close)
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it is a test's
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != http.MethodPost || strings.Contains(string(body), hookSecret) {
		t.Errorf("answered %d, %s", res.StatusCode, body)
	}
}
