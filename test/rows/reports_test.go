package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

const (
	hookPath   = "/coolsms/webhook"
	hookSecret = "rows-webhook-secret-0001"
)

// TestRow12_ReportsDoubledAndReorderedEndOnce has the provider report twice,
// out of order and late, and lets others report what is not so.
func TestRow12_ReportsDoubledAndReorderedEndOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{
		Settings: []string{"SINPYO_COOLSMS_WEBHOOK_SECRET=" + hookSecret},
		Sandbox:  []sandbox.Option{sandbox.WithReportDelay(200 * time.Millisecond)},
	})
	w.registerWebhook()
	for _, kind := range []string{sandbox.FaultHookDuplicate, sandbox.FaultHookReorder, sandbox.FaultHookLate} {
		if _, err := w.Provider.Arm(sandbox.Fault{Kind: kind, Path: hookPath, DelayMS: 1500, Times: 4}); err != nil {
			t.Fatal(err)
		}
	}
	type expected struct{ number, id, messageID, status, code string }
	var all []expected
	ends := []expected{
		{status: "delivered", code: "4000"}, {status: "undelivered", code: "3043"},
		{status: "undelivered", code: "3032"}, {status: "undelivered", code: "3015"},
	}
	for i := range 3 * len(ends) {
		e := ends[i%len(ends)]
		e.number = w.Number()
		if err := w.Provider.Decide(sandbox.Fate{To: e.number, StatusCode: e.code}); err != nil {
			t.Fatal(err)
		}
		v := w.Start(w.Any(i), e.number)
		e.id, e.messageID = v.ID, v.Message.ID
		all = append(all, e)
		w.Wait("the text to be handed over", func() bool {
			s := w.Read(w.A(), e.id).Message.Status
			return s != "queued" && s != "sending"
		}) // so that each has a report of its own
	}
	final := func(when string) {
		t.Helper()
		for _, e := range all {
			status := w.Ended(w.B(), e.id)
			if m := w.message(w.Any(len(e.id)), e.messageID); status != e.status || m.Status != e.status || m.StatusCode != e.code {
				t.Errorf("%s a message is %s, %s %s; want %s %s", when, status, m.Status, m.StatusCode, e.status, e.code)
			}
		}
	}
	final("after its reports")
	// What has ended is reported again, as something else, with the right secret.
	for _, e := range all {
		m := w.message(w.A(), e.messageID)
		for i, code := range []string{"3000", "4000", "3043"} {
			if a := w.report(w.Any(i), hookSecret, m, code); a.Status != http.StatusOK {
				t.Errorf("a late report answered %v", a)
			}
		}
	}
	w.Settled()
	final("after reports of something else")
}

// registerWebhook has the provider report to the first node. The command of the
// program does so for an https address alone.
func (w *world) registerWebhook() {
	w.Helper()
	provider := coolsms.New(kit.ProviderKey, kit.ProviderSecret, coolsms.WithBaseURL(w.Gateway.URL))
	_, err := provider.Webhooks.Create(w.Context(), coolsms.WebhookParams{
		EventID: coolsms.EventSingleReport, URL: "http://" + w.A().Listen + hookPath, Secret: hookSecret,
	})
	if err != nil {
		w.Fatal(err)
	}
}

// TestRow12_AReportIsBelievedOnlyWhenTheProviderSaysSo reports a delivery that
// never was: with no secret, with a wrong one, and with the right one.
func TestRow12_AReportIsBelievedOnlyWhenTheProviderSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{Settings: []string{"SINPYO_COOLSMS_WEBHOOK_SECRET=" + hookSecret}})
	number := w.Number()
	if err := w.Provider.Decide(sandbox.Fate{To: number, StatusCode: "3000"}); err != nil { // waits for ever
		t.Fatal(err)
	}
	v := w.Start(w.A(), number)
	var m message
	w.Wait("the provider to have it", func() bool {
		m = w.message(w.A(), v.Message.ID)
		return m.Status == "accepted"
	})
	for _, n := range w.Nodes {
		for _, secret := range []string{"", "wrong-secret-0001"} {
			if a := w.report(n, secret, m, "4000"); a.Status/100 != 4 {
				t.Errorf("node %s answered a forged report %v", n.Name, a)
			}
		}
		if a := w.report(n, hookSecret, message{ID: "msg_none", ProviderMessageID: "M4V20990101000000AAAAAAAAAAAAAAA"}, "4000"); a.Status != http.StatusOK {
			t.Errorf("node %s answered a report of a message it does not know %v", n.Name, a)
		}
		asks := w.asks()
		if a := w.report(n, hookSecret, m, "4000"); a.Status != http.StatusOK {
			t.Errorf("node %s answered a report %v", n.Name, a)
		}
		w.Wait("the provider to be asked about it", func() bool { return w.asks() > asks })
	}
	w.Settled()
	if got := w.message(w.B(), v.Message.ID); got.Status != "accepted" {
		t.Errorf("a message the provider still has is shown as %s", got.Status)
	}
}

// asks counts how often the provider was asked about messages.
func (w *world) asks() int {
	n := 0
	for _, r := range w.Provider.Requests(1000) {
		if r.Method == http.MethodGet && r.Path == "/messages/v4/list" {
			n++
		}
	}
	return n
}

// report calls the webhook of a node as the provider does.
func (w *world) report(n *node, secret string, m message, code string) answer {
	w.Helper()
	report := []map[string]any{{
		"messageId": m.ProviderMessageID, "groupId": "G4V20990101000000AAAAAAAAAAAAAAA", "type": "SMS",
		"to": "01000000000", "from": "0215770000", "statusCode": code, "statusMessage": "", "customFields": map[string]string{"id": m.ID},
	}}
	return kit.Request(w.Context(), http.MethodPost, "http://"+n.Listen+hookPath, report, func(r *http.Request) {
		r.Header.Set("X-Solapi-Event-Name", coolsms.EventSingleReport)
		if secret != "" {
			r.Header.Set("X-Solapi-Secret", coolsms.SecretHash(secret))
		}
	})
}

// message looks at a message.
func (w *world) message(n *node, id string) message {
	w.Helper()
	var m message
	w.MustCall(http.StatusOK, &m, n, http.MethodGet, "/v1/messages/"+id, nil)
	return m
}

// published reads the provider's table of status codes.
func published(t *testing.T) (rows []map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../../coolsms/testdata/status-codes.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(lines) < 50 {
		t.Fatalf("reading the table of status codes: %d lines, %v", len(lines), err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestRow13_EveryStatusCodeIsExplained has a text end with each code of the
// provider's table, and with two that are not in it.
func TestRow13_EveryStatusCodeIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	table := published(t)
	strange := map[string]string{"1999": "rejected", "3999": "failed"}
	for code, class := range strange {
		table = append(table, map[string]string{"code": code, "class": class})
	}
	ids := make([]string, len(table))
	numbers := make([]string, len(table))
	for i, row := range table {
		numbers[i] = w.Number()
		if err := w.Provider.Decide(sandbox.Fate{To: numbers[i], StatusCode: row["code"]}); err != nil {
			t.Fatal(err)
		}
	}
	kit.Together(len(table), func(i int) {
		a := w.TryStart(w.Any(i), numbers[i])
		var v verification
		if err := a.Into(&v); err != nil || a.Status != http.StatusCreated {
			t.Errorf("a start answered %v", a)
			return
		}
		ids[i] = v.Message.ID
	})
	if t.Failed() {
		return
	}
	for i, row := range table {
		want := row["class"]
		switch want {
		case "pending":
			want = "accepted"
		case "failed":
			want = "undelivered"
		}
		var m message
		w.WaitFor(kit.Patience, "a message to end with "+row["code"], func() bool {
			m = w.message(w.Any(i), ids[i])
			return m.Status == want || m.Status != "queued" && m.Status != "sending" && m.Status != "accepted"
		})
		if m.Status != want {
			t.Errorf("%s: the message is %s, want %s", row["code"], m.Status, want)
		}
		if want != "accepted" && m.StatusCode != row["code"] {
			t.Errorf("%s: it is shown with the code %q", row["code"], m.StatusCode)
		}
		if m.Reason.English == "" || !strings.ContainsFunc(m.Reason.Korean, hangul) {
			t.Errorf("%s: its reason is %q, %q", row["code"], m.Reason.Korean, m.Reason.English)
		}
		if m.Advice.English == "" || !strings.ContainsFunc(m.Advice.Korean, hangul) {
			t.Errorf("%s: what to do is %q, %q", row["code"], m.Advice.Korean, m.Advice.English)
		}
		if want != "accepted" && row["meaning_en"] != "" && m.Reason.English != row["meaning_en"] {
			t.Errorf("%s: its reason is %q, the table says %q", row["code"], m.Reason.English, row["meaning_en"])
		}
	}
	var counted float64
	for _, n := range w.Nodes {
		counted += w.metric(n, "sinpyo_outbox_unknown_codes_total")
	}
	// A message whose hand-over was settled by reading may have been counted before.
	if counted < float64(len(strange)) {
		t.Errorf("%v codes were counted as unknown, want %d at least", counted, len(strange))
	}
}

func hangul(r rune) bool { return r >= '가' && r <= '힣' }

// metric reads a figure without labels off a node's metrics.
func (w *world) metric(n *node, name string) float64 {
	w.Helper()
	a := kit.Request(w.Context(), http.MethodGet, "http://"+n.Metrics+"/metrics", nil)
	if a.Status != http.StatusOK {
		w.Fatalf("the metrics answered %v", a)
	}
	for lines := bufio.NewScanner(bytes.NewReader(a.Body)); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				w.Fatal(err)
			}
			return v
		}
	}
	w.Fatalf("there is no metric %s", name)
	return 0
}
