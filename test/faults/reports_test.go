package faults

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

const (
	hookPath   = "/coolsms/webhook"
	hookSecret = "faults-webhook-secret-0001"
	hookLate   = 3 * time.Second
)

// ends are what becomes of texts, in turn.
var ends = []struct{ code, status string }{
	{"4000", "delivered"}, {"3043", "undelivered"}, {"4000", "delivered"}, {"3015", "undelivered"},
}

// told is a start with the end that the carrier has for it.
type told struct {
	*asked
	status, code string
}

// TestFaults_Reports has the provider report late, twice, out of order, and
// others report what is not so. Each text has one end in the end, which is the
// carrier's.
func TestFaults_Reports(t *testing.T) {
	t.Parallel()
	for fault, kind := range map[string]string{
		"delivery reports late": sandbox.FaultHookLate, "delivery reports doubled": sandbox.FaultHookDuplicate,
		"delivery reports out of order": sandbox.FaultHookReorder, "delivery reports forged": sandbox.FaultHookForge,
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			playReports(t, fault, kind, kit.Times(t, 100, 4))
		})
	}
}

func playReports(t *testing.T, fault, kind string, times int) {
	t.Helper()
	w := kit.NewWorld(t, kit.Setup{
		Settings: append([]string{"SINPYO_COOLSMS_WEBHOOK_SECRET=" + hookSecret}, quick...),
		Sandbox:  []sandbox.Option{sandbox.WithReportDelay(150 * time.Millisecond)},
	})
	y := newTally(w, fault)
	provider := coolsms.New(kit.ProviderKey, kit.ProviderSecret, coolsms.WithBaseURL(w.Gateway.URL))
	_, err := provider.Webhooks.Create(t.Context(), coolsms.WebhookParams{
		EventID: coolsms.EventSingleReport, URL: "http://" + w.A().Listen + hookPath, Secret: hookSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	armed := y.arm(sandbox.Fault{Kind: kind, Path: hookPath, DelayMS: int(hookLate.Milliseconds()), Times: times})
	var all []told
	for y.Injected < times {
		for range 4 {
			all = append(all, y.startToEnd(len(all)))
		}
		y.Injected = times - y.unhit(armed)
		y.countInTime()
	}
	began := time.Now()
	y.wantEnds("after its reports", all)
	y.Recovery = time.Since(began)
	if kind == sandbox.FaultHookLate {
		time.Sleep(hookLate) // the last of them
	}
	if kind == sandbox.FaultHookForge {
		for i, s := range all {
			y.forge(w.Any(i), s)
		}
	}
	y.recovered(time.Now())
	y.wantEnds("in the end", all)
	y.report()
}

// startToEnd asks for a text whose end is the i-th.
func (y *tally) startToEnd(i int) told {
	y.Helper()
	end := ends[i%len(ends)]
	number := fmt.Sprintf("010%08d", y.Numbers.Load()+1) // that of the start
	if err := y.Provider.Decide(sandbox.Fate{To: number, StatusCode: end.code}); err != nil {
		y.Fatal(err)
	}
	y.mayFail = end.status != "delivered"
	defer func() { y.mayFail = false }()
	return told{y.start(y.Any(i)), end.status, end.code}
}

// wantEnds wants each text to be at its end.
func (y *tally) wantEnds(when string, all []told) {
	y.Helper()
	for _, s := range all {
		if s.id == "" {
			y.Error("a start was not answered")
			continue
		}
		if status := y.Ended(y.B(), s.id); status != s.status {
			y.Errorf("%s a text is shown as %s, want %s", when, status, s.status)
		}
	}
}

// forge reports another end of a text: with no secret, a wrong one, and, as one
// who has stolen it, with the right one, which the provider does not bear out.
func (y *tally) forge(n *kit.Node, s told) {
	y.Helper()
	other := "4000"
	if s.status == "delivered" {
		other = "3043"
	}
	var m kit.Message
	y.MustCall(http.StatusOK, &m, n, http.MethodGet, "/v1/messages/"+y.Read(n, s.id).Message.ID, nil)
	report := []kit.Fields{{
		"messageId": m.ProviderMessageID, "groupId": "G4V20990101000000AAAAAAAAAAAAAAA", "type": "SMS",
		"to": "01000000000", "from": "0215770000", "statusCode": other, "statusMessage": "", "customFields": kit.Fields{"id": m.ID},
	}}
	for _, secret := range []string{"", "wrong-secret-0001", hookSecret} {
		a := kit.Request(y.Context(), http.MethodPost, "http://"+n.Listen+hookPath, report, func(r *http.Request) {
			r.Header.Set("X-Solapi-Event-Name", coolsms.EventSingleReport)
			if secret != "" {
				r.Header.Set("X-Solapi-Secret", coolsms.SecretHash(secret))
			}
		})
		if believed := a.Status == http.StatusOK; believed != (secret == hookSecret) {
			y.Errorf("a forged report was answered %v", a)
		}
		y.Injected++
	}
}
