package consoletest

import (
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/sms"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// people gives the console members, who agree to the built-in documents.
func (w *World) people(at *url.URL, registry *prometheus.Registry) {
	w.Helper()
	factors, err := factor.New(factor.Options{
		DB: w.DB, Ring: w.Ring, Name: "한뼘책방", Origin: at, Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		w.Fatal(err)
	}
	notices, err := sms.NewNotices("한뼘책방")
	if err != nil {
		w.Fatal(err)
	}
	w.Consents = consent.New(consent.Options{DB: w.DB, Fill: map[string]string{
		"service": "한뼘책방", "retention_days": "90", "message_days": "730", "left_consents_days": "1825",
	}})
	if err := w.Consents.KeepTexts(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.Accounts = account.New(account.Options{
		DB: w.DB, Ring: w.Ring, Verify: w.Texts.Verifier, Consents: w.Consents, Factors: account.NewFactors(factors),
		Outbox: w.Texts.Outbox, ApplicationID: w.Texts.App.ID, Notices: notices, Registerer: registry,
	})
}

// Member has somebody join by a text as the pages do, and agree to what is
// required and what else is named. Their session is returned.
func (w *World) Member(number, name string, agreed ...string) account.Session {
	w.Helper()
	ref := w.Start(number, verify.Signup)
	w.Clock.Advance(9 * time.Second)
	w.Enter(number, ref)
	for _, item := range w.Consents.Items() {
		if item.Required {
			agreed = append(agreed, item.ID)
		}
	}
	s, err := w.Accounts.Join(w.Context(), account.SignUp{Verification: ref, Name: name, Agreed: agreed, Locale: "ko", Device: "Safari, iPhone"})
	if err != nil {
		w.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	return s
}
