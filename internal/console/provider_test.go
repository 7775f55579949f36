package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/verify"
)

func TestProvider_LooksAsItDid(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	owner := w.Owner("ko")
	w.Fate("010-7777-1062", "1062")
	w.Start("010-7777-1062", verify.Login)
	for _, language := range []string{"ko", "en"} {
		p := owner
		if language == "en" {
			p = w.Operator(language, "Mina Choi", operator.Manager)
		}
		golden(t, "provider."+language, p.Get("/provider").Body.String())
		a := p.Post("/provider")
		if a.Code != http.StatusOK || strings.Contains(a.Body.String(), "ZgotmplZ") {
			t.Errorf("the checks answered %d, or html/template refuses a value", a.Code)
		}
		golden(t, "provider-checked."+language, a.Body.String())
		golden(t, "pair."+language, p.Get("/provider/key").Body.String())
		golden(t, "pair-refused."+language, p.Post("/provider/key", "do", "set", "key", consoletest.NextPair.Key, "secret", "wrong").Body.String())
	}
}

// TestRow40_ProviderShowsTheLastDailyRound to everybody who may look, with when
// it was.
func TestRow40_ProviderShowsTheLastDailyRound(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	w.Owner("en")
	p := w.Operator("en", "Mina", operator.Viewer)
	if page := p.Get("/provider").Body.String(); strings.Contains(page, "must be mended") {
		t.Error("before any round there are findings")
	}
	w.LastRound = doctor.Round{At: db.At(time.Date(2026, 11, 21, 0, 30, 0, 0, time.UTC)), Found: []doctor.Finding{
		{Number: 10, Name: "balance", State: doctor.Failed, Detail: doctor.Detail("KRW 19, for 0 texts", "19원"), Remedy: doctor.NoMoney},
	}}
	for _, part := range []string{"KRW 19, for 0 texts", "1 must be mended", "09:30", "sinpyo balance shows what is left"} {
		says(t, p.Get("/provider"), http.StatusOK, part)
	}
}

// TestPair_IsCheckedBeforeItIsSetAndNeverShown: S-100.
func TestPair_IsCheckedBeforeItIsSetAndNeverShown(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	w.Owner("en")
	p := w.Operator("en", "Mina", operator.Manager)
	const at = "/provider/key"
	next := consoletest.NextPair
	page := p.Get("/provider")
	says(t, page, http.StatusOK, w.Ring.Fingerprint(consoletest.Pair.Key))
	says(t, page, http.StatusOK, "In use")

	p.Get(at)
	if strings.Contains(p.Get(at).Body.String(), `value="drop"`) {
		t.Error("there is a way back from nothing")
	}
	says(t, p.Post(at, "do", "drop"), http.StatusNotFound, "nothing to go back from")
	says(t, p.Post(at, "do", "set", "key", next.Key), http.StatusBadRequest, "without spaces")
	refused := p.Post(at, "do", "set", "key", next.Key, "secret", "wrong-secret")
	says(t, refused, http.StatusBadRequest, "Nothing was changed: the secret is not the one")
	if strings.Contains(refused.Body.String(), "wrong-secret") {
		t.Error("the page shows the secret that was typed")
	}
	if pairs := recordsOf(t, w, "provider"); len(pairs) != 0 {
		t.Fatalf("a refused pair is recorded: %q", pairs)
	}

	p.Leads(at, "/provider", "do", "set", "key", next.Key, "secret", next.Secret, "reason", "yearly")
	page = p.Get("/provider")
	says(t, page, http.StatusOK, "The new key is set")
	says(t, page, http.StatusOK, w.Ring.Fingerprint(next.Key))
	says(t, page, http.StatusOK, "This server still has the one before") // nobody follows in here
	for _, secret := range []string{next.Key, next.Secret, consoletest.Pair.Key, consoletest.Pair.Secret} {
		if strings.Contains(page.Body.String(), secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	p.Get(at)
	w.Clock.Advance(time.Second)
	p.Leads(at, "/provider", "do", "drop", "reason", "back")
	says(t, p.Get("/provider"), http.StatusOK, "The settings")
	want := []string{p.ID + "|203.0.113.0/24|provider drop-key|back", p.ID + "|203.0.113.0/24|provider set-key|yearly"}
	if diff := cmp.Diff(want, recordsOf(t, w, "provider")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestProvider_IsSeenByAllAndCheckedByOperators: viewers and support find no way
// to act.
func TestProvider_IsSeenByAllAndCheckedByOperators(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	w.Owner("en")
	w.Fate("010-7777-1062", "1062")
	w.Start("010-7777-1062", verify.Login)
	viewer := w.Operator("en", "Bea", operator.Viewer)
	a := viewer.Get("/provider")
	says(t, a, http.StatusOK, "1062")
	says(t, a, http.StatusOK, `href="/results?status=rejected"`)
	if body := a.Body.String(); strings.Contains(body, "/provider/key") || strings.Contains(body, "Check now") {
		t.Error("a viewer is led to acts")
	}
	viewer.Get("/me")
	says(t, viewer.Post("/provider"), http.StatusForbidden, "It takes the role <b>Operator</b>")
	p := w.Operator("en", "Mina", operator.Manager)
	p.Get("/provider")
	a = p.Post("/provider")
	says(t, a, http.StatusOK, "1 must be mended")
	says(t, a, http.StatusOK, "charge the account")
	if len(recordsOf(t, w, "provider")) != 0 {
		t.Error("looking is recorded as an act")
	}
}
