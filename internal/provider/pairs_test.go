package provider_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/sandbox"
)

// TestPairs_AreStoredOnceTheProviderTakesThem: nothing changes before that, and
// going back asks likewise.
func TestPairs_AreStoredOnceTheProviderTakesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := sandbox.New(sandbox.WithKey(first.Key, first.Secret), sandbox.WithKey(second.Key, second.Secret))
	t.Cleanup(account.Close)
	pairs := &provider.Pairs{
		DB: w.db, Ring: w.ring, Settings: first, Sender: "0215770000",
		Client: func(p provider.Pair) *coolsms.Client {
			return coolsms.New(p.Key, p.Secret, coolsms.WithHTTPClient(&http.Client{Transport: account}), coolsms.WithRetry(0))
		},
	}
	act := provider.Act{Actor: "opr_1", Reason: "yearly"}
	chosen := func() provider.Stored {
		t.Helper()
		s, err := pairs.Chosen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	settings := chosen()
	if settings.SetAt != 0 || settings.Fingerprint != w.ring.Fingerprint(first.Key) {
		t.Errorf("chosen is %+v, want the pair of the settings", settings)
	}
	if err := pairs.Drop(t.Context(), act); !errors.Is(err, provider.ErrNone) {
		t.Errorf("dropping nothing gives %v", err)
	}
	for name, p := range map[string]provider.Pair{"no secret": {Key: "NCS"}, "no key": {Secret: "s"}, "a space": {Key: "a b", Secret: "s"}} {
		if err := pairs.Set(t.Context(), p, act); !errors.Is(err, provider.ErrPair) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if err := pairs.Set(t.Context(), third, act); !errors.Is(err, coolsms.ErrUnauthorized) {
		t.Errorf("a wrong secret gives %v", err)
	}
	pairs.Sender = "0299990000"
	if err := pairs.Set(t.Context(), second, act); !errors.Is(err, provider.ErrSender) {
		t.Errorf("another account gives %v", err)
	}
	pairs.Sender = "0215770000"
	if chosen() != settings {
		t.Fatal("a refused pair has changed something")
	}
	if err := pairs.Set(t.Context(), second, act); err != nil {
		t.Fatal(err)
	}
	if s := chosen(); s.SetAt == 0 || s.Fingerprint != w.ring.Fingerprint(second.Key) {
		t.Errorf("chosen is %+v, want the second", s)
	}
	pairs.Settings = third
	if err := pairs.Drop(t.Context(), act); !errors.Is(err, coolsms.ErrUnauthorized) || chosen().SetAt == 0 {
		t.Errorf("going back to what does not work gives %v", err)
	}
	pairs.Settings = first
	if err := pairs.Drop(t.Context(), act); err != nil || chosen() != settings {
		t.Errorf("going back gives %v and %+v", err, chosen())
	}
}
