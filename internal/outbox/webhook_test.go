package outbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/sandbox"
)

const hookSecret = "a secret of the webhook"

// hook is where the emulator, or a forger, reports to.
type hook struct {
	*world
	server *httptest.Server
}

// listen registers a webhook that reports to the world's outbox, whichever it
// is by then.
func (w *world) listen() *hook {
	w.t.Helper()
	handler := func(rw http.ResponseWriter, r *http.Request) {
		coolsms.WebhookHandler(hookSecret, w.Report).ServeHTTP(rw, r)
	}
	h := &hook{w, httptest.NewServer(http.HandlerFunc(handler))}
	w.t.Cleanup(h.server.Close)
	key, secret := w.sandbox.Key()
	_, err := coolsms.New(key, secret, coolsms.WithBaseURL(w.server.URL)).Webhooks.Create(w.t.Context(), coolsms.WebhookParams{
		EventID: coolsms.EventSingleReport, URL: h.server.URL, Secret: hookSecret,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// forge reports that a message has come to a code.
func (h *hook) forge(secret, provider, ours, code string) int {
	h.t.Helper()
	body, err := json.Marshal([]map[string]any{{
		"messageId": provider, "statusCode": code, "customFields": map[string]string{"id": ours},
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.server.URL, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("X-Solapi-Event-Name", coolsms.EventSingleReport)
	r.Header.Set("X-Solapi-Secret", coolsms.SecretHash(secret))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (w *world) providerID(id string) (provider string) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT provider_message_id FROM messages WHERE id = $1`, id).Scan(&provider)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return provider
}

// accepted hands messages over whose report comes later, or at once where the
// machine is slow.
func (w *world) accepted(numbers ...int) []string {
	w.t.Helper()
	var ids []string
	for _, n := range numbers {
		ids = append(ids, w.enqueue(number(w.t, n), code))
	}
	w.drain()
	for _, id := range ids {
		if got := w.message(id).Status; got != outbox.Accepted && !got.Ended() {
			w.t.Fatalf("a message is %v, want accepted", got)
		}
	}
	return ids
}

// TestReport_SettlesAtOnce lets a report come long before the next ask.
func TestReport_SettlesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithReportDelay(150*time.Millisecond))
	h := w.listen()
	ids := w.accepted(1, 2)
	for began := time.Now(); time.Since(began) < 30*time.Second; { // the clock of the outbox stands still
		_, _ = w.Step(t.Context())
		if w.message(ids[0]).Status.Ended() && w.message(ids[1]).Status.Ended() {
			break
		}
	}
	for _, id := range ids {
		if got := w.message(id).Status; got != outbox.Delivered {
			t.Errorf("after its report a message is %v, want delivered", got)
		}
	}
	if code := h.forge("another secret", "x", "y", "4000"); code != http.StatusUnauthorized {
		t.Errorf("a report without the secret is answered %d", code)
	}
}

// TestReport_IsAHintAlone forges reports, with the secret, in every way that
// would help a forger.
func TestReport_IsAHintAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithReportDelay(100*24*time.Hour))
	h := w.listen()
	ids := w.accepted(1, 2)
	one, two := w.providerID(ids[0]), w.providerID(ids[1])
	for _, code := range []string{"4000", "3032", "9999", ""} {
		for _, names := range [][2]string{
			{one, ids[0]}, {two, ids[0]}, {one, ""}, {"M4V0", ids[0]}, {one, "msg_none"}, {"M4V0", "msg_none"}, {"M4V0", ""},
		} {
			if got := h.forge(hookSecret, names[0], names[1], code); got != http.StatusOK {
				t.Fatalf("a report is answered %d", got)
			}
			w.drain()
		}
	}
	for _, id := range ids {
		if got := w.message(id).Status; got != outbox.Accepted {
			t.Errorf("after forged reports a message is %v, want accepted", got)
		}
	}
}

// TestReport_DoubledReorderedAndLateComeToOneEnd has the emulator repeat, swap
// and delay its reports.
func TestReport_DoubledReorderedAndLateComeToOneEnd(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"webhook_duplicate", "webhook_reorder", "webhook_late", "webhook_lose", "webhook_forge"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.WithReportDelay(50*time.Millisecond))
			w.listen()
			w.control("faults", faultSpec{Kind: kind, DelayMS: 100, Times: -1})
			w.control("numbers", map[string]any{"to": number(t, 2).National(), "statusCode": "3043"})
			ids := w.accepted(1, 2, 3)
			w.settle(ids...)
			want := []outbox.Status{outbox.Delivered, outbox.Undelivered, outbox.Delivered}
			for i, id := range ids {
				if got := w.message(id).Status; got != want[i] {
					t.Errorf("message %d is %v, want %v", i, got, want[i])
				}
			}
			for range 20 { // whatever still comes changes nothing
				w.clock.Advance(time.Second)
				w.drain()
			}
			for i, id := range ids {
				if got := w.message(id).Status; got != want[i] {
					t.Errorf("later message %d is %v, want %v", i, got, want[i])
				}
			}
		})
	}
}

// TestReport_ThreeDaysLateSettlesAnUnknownMessage reports after the end was
// given up. Nothing but a report brings that question up again.
func TestReport_ThreeDaysLateSettlesAnUnknownMessage(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint(restart), func(t *testing.T) {
			t.Parallel()
			clock := time.Now()
			w := newWorld(t, sandbox.WithReportDelay(73*time.Hour), sandbox.WithClock(func() time.Time { return clock }))
			h := w.listen()
			id := w.accepted(1)[0]
			provider := w.providerID(id)
			w.clock.Advance(72*time.Hour + time.Minute)
			w.settle(id)
			if got := w.message(id).Status; got != outbox.Unknown {
				t.Fatalf("after 72 hours the message is %v, want unknown", got)
			}
			if restart {
				w.restart()
			}
			h.forge(hookSecret, provider, id, "4000")
			w.drain()
			if got := w.message(id).Status; got != outbox.Unknown {
				t.Fatalf("a report that is not true makes the message %v", got)
			}
			clock = clock.Add(74 * time.Hour)
			w.sandbox.Settle()
			w.restartClient(clock)
			h.forge(hookSecret, provider, id, "4000")
			w.drain()
			if got := w.message(id).Status; got != outbox.Delivered {
				t.Fatalf("after a true report the message is %v, want delivered", got)
			}
			h.forge(hookSecret, provider, id, "3032")
			w.drain()
			if got := w.message(id).Status; got != outbox.Delivered {
				t.Fatalf("an end was changed to %v", got)
			}
		})
	}
}

// restartClient makes the outbox anew with a client of another time.
func (w *world) restartClient(now time.Time) {
	key, secret := w.sandbox.Key()
	w.options.Client = coolsms.New(key, secret, coolsms.WithBaseURL(w.server.URL), coolsms.WithClock(func() time.Time { return now }))
	w.restart()
}

// TestReport_AtAnotherNodeSettlesToo brings the report to a node that did not
// hand the message over.
func TestReport_AtAnotherNodeSettlesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithReportDelay(100*time.Millisecond))
	n := &nodes{world: w}
	one, two := n.join("one"), n.join("two")
	id := n.enqueueAt(one, "login", number(t, 1), code)
	n.run(one)
	w.Outbox = two
	w.listen()
	for began := time.Now(); time.Since(began) < 30*time.Second && !w.message(id).Status.Ended(); {
		_, _ = two.Step(t.Context())
	}
	if got := w.message(id).Status; got != outbox.Delivered {
		t.Errorf("a report at another node leaves the message %v, want delivered", got)
	}
}

// TestWatch_AtAnotherNodeAsksEverySecond opens the page at a node that did not
// hand the message over.
func TestWatch_AtAnotherNodeAsksEverySecond(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join("one"), n.join("two")
	id := n.enqueueAt(one, "login", number(t, 1), code)
	for n.message(id).Status != outbox.Accepted {
		if _, err := one.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	two.Watch(id)
	n.run(two)
	if got := n.message(id).Status; got != outbox.Delivered {
		t.Errorf("watched from another node the message is %v, want delivered", got)
	}
}
