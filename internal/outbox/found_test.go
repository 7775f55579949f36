package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

func TestLook_TellsAllOfAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("numbers", map[string]any{"to": number(t, 1).National(), "statusCode": "3043"})
	id := w.enqueue(number(t, 1), "text")
	w.settle(id)
	got, err := w.Look(t.Context(), "app_builtin", id)
	if err != nil {
		t.Fatal(err)
	}
	if got.To != number(t, 1) || got.VerificationID != "ver_test" || got.GroupID == "" || got.ProviderMessageID == "" || got.Status != outbox.Undelivered {
		t.Errorf("found %+v", got)
	}
	var steps []outbox.Status
	last := db.Time(0)
	for _, s := range got.Timeline() {
		if s.At < last {
			t.Errorf("the timeline steps back at %s", s.Status)
		}
		steps, last = append(steps, s.Status), s.At
	}
	if diff := cmp.Diff([]outbox.Status{outbox.Queued, outbox.Sending, outbox.Accepted, outbox.Undelivered}, steps); diff != "" {
		t.Error(diff)
	}
	if why := got.Reason(); !why.Known || why.Why.Korean != "단말기 전원 꺼짐" || why.Why.English != "Handset switched off" || why.Advice.English == "" {
		t.Errorf("the reason: %+v", why)
	}
	for _, foreign := range [][2]string{{"app_other", id}, {"app_builtin", "msg_none"}} {
		if _, err := w.Look(t.Context(), foreign[0], foreign[1]); !errors.Is(err, outbox.ErrNotFound) {
			t.Errorf("%v: %v, want ErrNotFound", foreign, err)
		}
	}
}

// TestFind_ShowsSilenceAsUnknown: after 72 hours nobody calls a message on its
// way any more, in searches and in answers alike.
func TestFind_ShowsSilenceAsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.enqueue(number(t, 1), "text")
	w.clock.Advance(72 * time.Hour)
	if got := w.message(id).Status; got != outbox.Queued {
		t.Errorf("after 72 hours: %s, want queued", got)
	}
	w.clock.Advance(time.Second)
	if got := w.message(id); got.Status != outbox.Unknown || got.Reason().Why.Korean == "" {
		t.Errorf("later: %s, want unknown with a reason", got.Status)
	}
	w.wantFind("queued", outbox.Filter{Status: outbox.Queued})
	w.wantFind("unknown", outbox.Filter{Status: outbox.Unknown}, id)
}

func TestReason_EveryStatusAndCodeHasOne(t *testing.T) {
	t.Parallel()
	codes := append(coolsms.StatusCodes(), "3999", "9999", "x", "")
	for _, status := range []outbox.Status{
		outbox.Queued, outbox.Sending, outbox.Accepted, outbox.Delivered,
		outbox.Undelivered, outbox.Rejected, outbox.Unknown, outbox.Dropped,
	} {
		for _, code := range codes {
			why := outbox.Message{Status: status, StatusCode: string(code)}.Reason()
			for _, words := range []outbox.Words{why.Why, why.Advice} {
				if words.Korean == "" || words.English == "" {
					t.Errorf("%s with %q has no words: %+v", status, code, why)
				}
			}
			if told := status == outbox.Undelivered && code != ""; told && why.Known != code.Known() {
				t.Errorf("%q: known %v", code, why.Known)
			}
		}
	}
}

// TestCodes_UnknownOnesAreCounted sends to a number whose fate is a code that
// the provider's table does not have.
func TestCodes_UnknownOnesAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	registry := prometheus.NewRegistry()
	key, secret := w.sandbox.Key()
	w.Outbox = outbox.New(outbox.Options{
		DB: w.db, Ring: w.ring, Key: key, Sender: "0215770000", Logger: slog.New(slog.DiscardHandler), Registerer: registry,
		Client: coolsms.New(key, secret, coolsms.WithBaseURL(w.server.URL), coolsms.WithHTTPClient(&http.Client{})),
	})
	w.control("numbers", map[string]any{"to": number(t, 1).National(), "statusCode": "3999"})
	id := w.enqueue(number(t, 1), "text")
	w.settle(id)
	if got := w.message(id); got.Status != outbox.Undelivered || got.StatusCode != "3999" || got.Failure() != outbox.Ours {
		t.Errorf("the message stands at %+v", got)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "sinpyo_outbox_unknown_codes_total" && f.GetMetric()[0].GetCounter().GetValue() == 1 {
			return
		}
	}
	t.Error("sinpyo_outbox_unknown_codes_total is not 1")
}

// asked counts the calls to a path of the provider.
func (w *world) asked(path string) (n int) {
	for _, r := range w.sandbox.Requests(1000) {
		if strings.HasPrefix(r.Path, path) {
			n++
		}
	}
	return n
}

func TestAccount_IsAskedOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expires := w.clock.Now().Add(30*24*time.Hour + time.Minute)
	w.control("senders", map[string]any{"phoneNumber": "0215770000", "status": "ACTIVE", "expireAt": expires.Format(time.RFC3339)})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			senders, err := w.Senders(t.Context())
			if err != nil || len(senders) == 0 {
				t.Errorf("%d senders, %v", len(senders), err)
			}
			money, err := w.Balance(t.Context())
			if err != nil || money.Usable() != 1_000_000 {
				t.Errorf("balance %+v, %v", money, err)
			}
		})
	}
	wg.Wait()
	if s, b := w.asked("/senderid/v1/numbers"), w.asked("/cash/v1/balance"); s != 1 || b != 1 {
		t.Errorf("asked %d times for senders and %d for the balance, want once each", s, b)
	}
	w.clock.Advance(time.Minute)
	senders, err := w.Senders(t.Context())
	if err != nil || w.asked("/senderid/v1/numbers") != 2 {
		t.Fatalf("after a minute: asked %d times, %v", w.asked("/senderid/v1/numbers"), err)
	}
	for _, s := range senders {
		if s.PhoneNumber == "0215770000" && (!s.Usable || !s.Default || s.DaysLeft == nil || *s.DaysLeft != 30) {
			t.Errorf("the sender: %+v", s)
		}
	}
}

func TestAccount_TroubleIsARefusalAndHeals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("faults", faultSpec{Method: "GET", Path: "/cash/v1/balance", Kind: "status", Status: 500, Times: 100})
	for range 3 {
		_, err := w.Balance(t.Context())
		if f := fault.As(err); !errors.Is(err, outbox.ErrProvider) || f.RetryAfter != 5*time.Second {
			t.Fatalf("err = %v, want ErrProvider with a wait", err)
		}
	}
	asked := w.asked("/cash/v1/balance")
	if _, err := w.Balance(t.Context()); err == nil || w.asked("/cash/v1/balance") != asked {
		t.Error("a provider in trouble is asked again at once")
	}
	w.sandbox.Disarm("")
	w.clock.Advance(5 * time.Second)
	if _, err := w.Balance(t.Context()); err != nil {
		t.Errorf("after the trouble: %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	w.clock.Advance(time.Minute)
	if _, err := w.Balance(gone); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that has gone: %v", err)
	}
}

func ExampleMessage_Reason() {
	why := outbox.Message{Status: outbox.Undelivered, StatusCode: "3043"}.Reason()
	fmt.Println(why.Why.English)
	fmt.Println(why.Advice.English)
	// Output:
	// Handset switched off
	// Try again after a while.
}
