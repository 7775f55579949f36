package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/operator"
)

func TestTrial_LooksAsItDid(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := consoletest.New(t, consoletest.Options{}).Owner(language)
			golden(t, "trial."+language, p.Get("/senders/test?role=login").Body.String())
			golden(t, "trial-wrong."+language, p.Post("/senders/test", "role", "login", "to", "02-123-4567").Body.String())
			golden(t, "trial-sure."+language, p.Post("/senders/test", "role", "login", "to", theNumber, "reason", "새 번호").Body.String())
		})
	}
}

// TestTrial_AsksOnceMoreAndLeadsToItsResult sends a test text to a phone of the
// operator's. The number stands in no address, and on no page after.
func TestTrial_AsksOnceMoreAndLeadsToItsResult(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	p := w.Operator("en", "Mina", operator.Manager)
	says(t, p.Get("/senders"), http.StatusOK, `href="/senders/test?role=default"`)
	p.Get("/senders/test?role=login")
	says(t, p.Post("/senders/test", "role", "login", "to", theNumber), http.StatusBadRequest, "Say why, in 1")
	sure := p.Post("/senders/test", "role", "login", "to", theNumber, "reason", "new number")
	says(t, sure, http.StatusOK, "Send it to this number?")
	says(t, sure, http.StatusOK, "<b>"+theNumber+"</b>")
	says(t, sure, http.StatusOK, "070-4000-1234")
	says(t, sure, http.StatusOK, "KRW 20")
	if list := p.Get("/results"); len(rows(list)) != 0 {
		t.Fatal("a text was sent before somebody was sure")
	}
	p.Get("/senders/test?role=login")
	a := p.Post("/senders/test", "role", "login", "to", theNumber, "reason", "new number", "do", "send")
	at := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/results/msg_") {
		t.Fatalf("answered %d to %q\n%s", a.Code, at, a.Body)
	}
	page := p.Get(at)
	says(t, page, http.StatusOK, "The test text is on its way")
	says(t, page, http.StatusOK, "010-****-5678")
	if strings.Contains(page.Body.String(), theNumber) {
		t.Error("the number that was typed stands on the page of the text")
	}
	w.Arrive()
	says(t, p.Get(at), http.StatusOK, "<dd>Test</dd>")
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		kept, _, err := audit.List(tx, audit.Filter{Act: "senders test"})
		if len(kept) != 1 || kept[0].Actor != p.ID || kept[0].Subject != strings.TrimPrefix(at, "/results/") || kept[0].From != "203.0.113.0/24" || kept[0].Detail != "new number" {
			t.Errorf("the records: %+v", kept)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	p.Get("/senders/test")
	says(t, p.Post("/senders/test", "to", theNumber, "reason", "again", "do", "send"), http.StatusTooManyRequests, "may get no text now")
	if a := p.Get("/senders/test?role=nobody"); a.Code != http.StatusBadRequest {
		t.Errorf("a role that nobody set: %d", a.Code)
	}
}

// TestTrial_IsForOperatorsWhoHaveJustProvedThemselves has support and who proved
// themselves long ago turned away.
func TestTrial_IsForOperatorsWhoHaveJustProvedThemselves(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	p := w.Operator("en", "Mina", operator.Support)
	says(t, p.Get("/senders/test"), http.StatusForbidden, "It takes the role <b>Operator</b>")
	if strings.Contains(p.Get("/senders").Body.String(), "/senders/test") {
		t.Error("who may not is offered to send one")
	}
	m := w.Operator("en", "Jun", operator.Manager)
	w.Clock.Advance(operator.FreshFor + time.Second)
	if a := m.Get("/senders/test?role=login"); a.Header().Get("Location") != "/confirm" {
		t.Errorf("answered %d to %s", a.Code, a.Header().Get("Location"))
	}
}
