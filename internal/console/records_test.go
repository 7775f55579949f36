package console_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// recorded returns a console on which a few things were done, and its owner.
func recorded(t *testing.T, language string) (*consoletest.World, *consoletest.Person) {
	t.Helper()
	w := shop(t, consoletest.Options{})
	owner := w.Owner(language)
	support := w.Operator(language, "박서준", operator.Support)
	at := link(t, support.Get("/results"), "/results/msg_")
	support.Get(at)
	says(t, support.Post(at+"/number", "reason", "ticket 7"), http.StatusOK, theNumber)
	owner.Get("/operators/" + support.ID)
	owner.Leads("/operators/"+support.ID, "/operators", "do", "role", "role", "viewer")
	w.Write(func(tx *db.Tx) {
		if err := audit.Keep(tx, audit.Record{Actor: "command line", Act: "house painted", Subject: "door", Person: "usr_9", Detail: "=1+1"}); err != nil {
			t.Error(err)
		}
	})
	return w, owner
}

func TestRecords_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			_, p := recorded(t, language)
			golden(t, "records."+language, p.Get("/audit").Body.String())
			golden(t, "records-csv."+language, p.Get("/audit/csv?act=users").Body.String())
			golden(t, "records-none."+language, p.Get("/audit?act=keys").Body.String())
			p.Get("/audit")
			p.Leads("/audit", "/audit")
			golden(t, "records-verified."+language, p.Get("/audit").Body.String())
		})
	}
}

// TestRecords_TellWhoDidWhatToWhomAndWhy finds acts by person, act and time.
func TestRecords_TellWhoDidWhatToWhomAndWhy(t *testing.T) {
	t.Parallel()
	w, p := recorded(t, "en")
	for path, want := range map[string][]string{
		"/audit?act=messages":              {"Number shown <small>messages unmask</small>", `>박서준</td>`, "ticket 7", "203.0.113.0/24"},
		"/audit?act=admin+role":            {"Role changed", ">김하늘</td>", ">박서준</a>", "support to viewer"},
		"/audit?actor=command+line":        {"house painted", "Command line", "usr_9", "This machine"},
		"/audit?person=usr_9":              {"house painted"},
		"/audit?subject=door":              {"house painted"},
		"/audit?since=2026-11-22&act=keys": {"No record fits"},
		"/audit?until=2026-11-22":          {"No record fits"},
	} {
		for _, words := range want {
			says(t, p.Get(path), http.StatusOK, words)
		}
	}
	if body := p.Get("/audit?act=messages").Body.String(); strings.Contains(body, "house painted") || strings.Contains(body, "Role changed") {
		t.Error("the filter lets other acts pass")
	}
	for _, path := range []string{"/audit?since=sometime", "/audit?before=x", "/audit?before=-1"} {
		if a := p.Get(path); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), `role="alert"`) {
			t.Errorf("%s answered %d", path, a.Code)
		}
	}
	if a := p.Get("/audit?actor=&act=keys"); a.Header().Get("Location") != "/audit?act=keys" {
		t.Errorf("empty fields stay in the address: %s", a.Header().Get("Location"))
	}
	says(t, w.Operator("en", "Mina", operator.Support).Get("/audit"), http.StatusForbidden, "It takes the role <b>Operator</b>")
}

// TestRecords_GoOnWhereTheyEnded walks through all pages and misses none.
func TestRecords_GoOnWhereTheyEnded(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	p := w.Owner("en")
	for n := range 120 {
		w.Write(func(tx *db.Tx) {
			_ = audit.Keep(tx, audit.Record{Actor: "unknown", Act: "walk", Subject: fmt.Sprint("step ", n)})
		})
	}
	pages, steps := 0, 0
	for at := "/audit?actor=unknown"; at != ""; pages++ {
		body := p.Get(at).Body.String()
		steps += strings.Count(body, "step ")
		_, next, ok := strings.Cut(body, `<a class="quiet" href="/audit?actor=unknown&amp;before=`)
		if at = ""; ok {
			before, _, _ := strings.Cut(next, `"`)
			at = "/audit?actor=unknown&before=" + before
		}
	}
	if pages != 3 || steps != 120 {
		t.Errorf("%d steps on %d pages", steps, pages)
	}
}

// TestRecords_ShowThatOneWasChanged is what S-93 asks of the console: the button
// walks the chain and finds the record that was edited.
func TestRecords_ShowThatOneWasChanged(t *testing.T) {
	t.Parallel()
	w, p := recorded(t, "en")
	says(t, p.Get("/audit"), http.StatusOK, "Not verified yet")
	p.Leads("/audit", "/audit")
	says(t, p.Get("/audit"), http.StatusOK, "Nothing changed or missing")
	if err := audit.NewAnchors(w.DB, w.Ring).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	says(t, p.Get("/audit"), http.StatusOK, "Up to record ")
	w.Write(func(tx *db.Tx) { tx.Exec(`UPDATE records SET detail = 'nothing' WHERE number = 3`) })
	p.Leads("/audit", "/audit")
	says(t, p.Get("/audit"), http.StatusOK, "Record 3 does not fit")
	w.Write(func(tx *db.Tx) { tx.Exec(`UPDATE record_head SET anchor_sealed = hash`) })
	says(t, p.Get("/audit"), http.StatusOK, "The seal was changed")
}

// TestRecords_AreExportedByOwnersAndThatIsRecorded takes the log as CSV.
func TestRecords_AreExportedByOwnersAndThatIsRecorded(t *testing.T) {
	t.Parallel()
	w, p := recorded(t, "en")
	p.Get("/audit/csv?person=usr_9")
	says(t, p.Post("/audit/csv?person=usr_9"), http.StatusBadRequest, "reason")
	a := p.Post("/audit/csv?person=usr_9", "reason", "yearly review")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Body.String(), "\uFEFF"))).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d: %v\n%s", a.Code, err, a.Body)
	}
	got := lines[1]
	if diff := cmp.Diff([]string{"Command line", "command line", "this machine", "house painted", "door", "usr_9", "'=1+1"}, got[2:]); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
	if at, err := time.Parse("2006-01-02 15:04:05", got[1]); err != nil || at.Year() != 2026 {
		t.Errorf("its time is %q", got[1])
	}
	if kind := a.Header().Get("Content-Disposition"); !strings.Contains(kind, "records-2026") {
		t.Errorf("the file is %s", kind)
	}
	says(t, p.Get("/audit?act=audit"), http.StatusOK, "yearly review")
	manager := w.Operator("en", "Mina", operator.Manager)
	if body := manager.Get("/audit").Body.String(); strings.Contains(body, "/audit/csv") {
		t.Error("an operator who may not export is offered to")
	}
	says(t, manager.Get("/audit/csv"), http.StatusForbidden, "It takes the role <b>Owner</b>")
}
