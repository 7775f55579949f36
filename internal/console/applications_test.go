package console_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// idsOfKeys are the ids of texts of these pages that the program puts together.
func idsOfKeys() (ids []string) {
	for kind, values := range map[string]string{
		"language": "ko en", "languages": "ko en ko_en en_ko", "life": "0 30 90 365", "overlap": "1 24 168 720",
		"scope":    "verify verify.does messages messages.does provider provider.does",
		"refused":  "service_name_invalid.length service_name_invalid.space service_name_invalid.word service_name_invalid.character service_name_invalid.unknown service_host_invalid.length service_host_invalid.form text_too_long.length",
		"examined": "ok warning failed", "found": "ok skipped warning failed", "news.pair": "set drop",
		"check": "settings data_folder database public_address texts provider clock key permissions balance sender backup webhook",
		"fault": "provider_pair_not_found provider_pair_invalid provider_sender_missing application_builtin application_languages_invalid service_name_invalid service_host_invalid text_too_long " +
			"key_name_invalid key_scopes_invalid key_lifetime_invalid key_not_found key_rotating",
	} {
		for value := range strings.FieldsSeq(values) {
			ids = append(ids, kind+"."+value)
		}
	}
	return ids
}

// recordsOf are the records of acts, the newest first: who, act, detail.
func recordsOf(t *testing.T, w *consoletest.World, act string) (told []string) {
	t.Helper()
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		list, _, err := audit.List(tx, audit.Filter{Act: act})
		for _, r := range list {
			told = append(told, strings.Join([]string{r.Actor, r.From, r.Act, r.Detail}, "|"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// shops gives the console a second application with keys of every kind, and
// returns its id and that of its first key.
func shops(t *testing.T, w *consoletest.World) (appID, keyID string) {
	t.Helper()
	act := app.Act{Actor: "command line"}
	ctx := t.Context()
	made, err := w.Texts.Apps.Create(ctx, "책방 모바일", "m.hanppyeom.example", app.Languages(), act)
	if err != nil {
		t.Fatal(err)
	}
	create := func(application, name string, options ...app.KeyOption) (id, secret string) {
		k, secret, err := w.Texts.Apps.CreateKey(ctx, application, name, act, options...)
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
		return k.ID, secret
	}
	keyID, secret := create(made.ID, "shop-backend", app.WithScopes(app.Verify), app.WithPurposes("signup", "login"), app.WithLifetime(90*24*time.Hour))
	create(made.ID, "report", app.WithScopes(app.Messages), app.WithLifetime(10*24*time.Hour))
	gone, _ := create(made.ID, "old-backend")
	create(made.ID, "trial", app.WithLifetime(time.Second))
	if err := w.Texts.Apps.RevokeKey(ctx, gone, act); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Texts.Apps.Authenticate(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if err := w.Texts.Apps.WriteUses(ctx); err != nil {
		t.Fatal(err)
	}
	return made.ID, keyID
}

func TestApplications_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("ko")
	appID, keyID := shops(t, w)
	for _, language := range []string{"ko", "en"} {
		p := owner
		if language == "en" {
			p = w.Operator(language, "Mina Choi", operator.Manager)
		}
		for name, path := range map[string]string{
			"texts": "/texts", "texts-application": "/texts?application=" + appID + "&name=책방+모바일+앱&host=m.hanppyeom.example",
			"texts-refused": "/texts?name=책방😀&host=m.hanppyeom.example", "applications": "/applications",
			"application-new": "/applications/new", "application-name": "/applications/" + appID + "/name",
			"newkey": "/applications/" + appID + "/keys", "key": "/applications/" + appID + "/keys/" + keyID,
		} {
			a := p.Get(path)
			if a.Code != http.StatusOK || strings.Contains(a.Body.String(), "ZgotmplZ") {
				t.Errorf("%s answered %d, or html/template refuses a value", path, a.Code)
			}
			golden(t, name+"."+language, a.Body.String())
		}
		a := p.Post("/applications/"+appID+"/keys", "name", "twin", "scope", "verify", "life", "30")
		golden(t, "secret."+language, a.Body.String())
	}
}

var secretOnPage = regexp.MustCompile(`sinpyo_[A-Z2-7]{52}`)

// TestKeys_AreMadeReplacedAndRevoked walks a key from its making to its end, as
// the operator who is told of in the records.
func TestKeys_AreMadeReplacedAndRevoked(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	w.Owner("en")
	p := w.Operator("en", "Mina", operator.Manager)
	const keys = "/applications/app_builtin/keys"
	p.Get(keys)
	says(t, p.Post(keys, "name", "", "scope", "verify", "life", "0"), http.StatusBadRequest, "1 to 100 characters")
	says(t, p.Post(keys, "name", "n", "life", "0"), http.StatusBadRequest, "at least one thing")
	says(t, p.Post(keys, "name", "n", "scope", "everything", "life", "0"), http.StatusBadRequest, "at least one thing")
	says(t, p.Post(keys, "name", "n", "scope", "verify", "life", "9999"), http.StatusBadRequest, "Choose a lifetime")
	if a := p.Post(keys, "name", "n", "scope", "verify", "purpose", "payment", "life", "0"); a.Code != http.StatusForbidden {
		t.Errorf("a purpose that no form offers is answered %d", a.Code)
	}
	if a := p.Get("/applications/app_none/keys"); a.Code != http.StatusNotFound {
		t.Errorf("no application is answered %d", a.Code)
	}

	p.Get(keys)
	a := p.Post(keys, "name", "shop", "scope", "verify", "scope", "messages", "purpose", "login", "life", "90", "reason", "ticket 7")
	secret := secretOnPage.FindString(a.Body.String())
	caller, err := w.Texts.Apps.Authenticate(t.Context(), secret)
	if err != nil || caller.May(app.Messages) != nil || caller.May(app.Provider) == nil || caller.MayStart("signup") == nil {
		t.Fatalf("the key that the page shows: %+v, %v", caller, err)
	}
	list := p.Get("/applications")
	if strings.Contains(list.Body.String(), secret) {
		t.Error("the list shows the secret")
	}
	says(t, list, http.StatusOK, "shop")
	at := link(t, list, keys+"/key_")

	p.Get(at)
	says(t, p.Post(at, "do", "rotate", "overlap", "9"), http.StatusBadRequest, "Choose a lifetime")
	next := secretOnPage.FindString(p.Post(at, "do", "rotate", "overlap", "24").Body.String())
	works := func(secret string) bool {
		_, err := w.Texts.Apps.Authenticate(t.Context(), secret)
		if err != nil && !errors.Is(err, app.ErrKey) {
			t.Fatal(err)
		}
		return err == nil
	}
	if !works(next) || !works(secret) || next == secret {
		t.Error("within the overlap not both keys work")
	}
	says(t, p.Post(at, "do", "rotate", "overlap", "24"), http.StatusConflict, "being replaced already")
	says(t, p.Post(at, "do", "revoke", "name", "shopp"), http.StatusBadRequest, "another name")
	if !works(secret) {
		t.Error("a wrong name has revoked the key")
	}
	p.Leads(at, "/applications", "do", "revoke", "name", "shop", "reason", "leaked")
	if works(secret) || !works(next) {
		t.Error("not the key that was named is revoked")
	}
	says(t, p.Get(at), http.StatusOK, "Revoked")
	says(t, p.Post(at, "do", "revoke", "name", "shop"), http.StatusNotFound, "ended already")

	got := recordsOf(t, w, "keys")
	for i, want := range []string{"keys revoke|leaked", "keys rotate|key_", "keys create|app_builtin: ticket 7"} {
		if who := p.ID + "|203.0.113.0/24|"; i >= len(got) || !strings.HasPrefix(got[i], who+want) {
			t.Errorf("record %d of %q is not %q", i, got, who+want)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d records, want 3", len(got))
	}
}

// TestApplication_NoTextCouldCarryIsNotSaved is row 20 by the page: a name that
// overflows, or that holds what carriers do not know, is refused in words and
// nothing is kept.
func TestApplication_NoTextCouldCarryIsNotSaved(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	w.Owner("en")
	p := w.Operator("en", "Mina", operator.Manager)
	appID, _ := shops(t, w)
	name := "/applications/" + appID + "/name"
	p.Get(name)
	for _, c := range []struct{ name, host, words string }{
		{"아주아주아주긴이름의서비스", "hanppyeom-bookshop.example.kr", "bytes too many"},
		{"책방😀", "", "Carriers do not know this character: 😀"},
		{"책[방", "", "must not stand in a text: ["},
		{"", "", "It has 0."},
		{"www.책방", "", "because of &#39;www.&#39;"},
		{"책방", "https://m.kr", "bare host"},
	} {
		for _, path := range []string{name, "/applications/new"} {
			says(t, p.Post(path, "name", c.name, "host", c.host, "languages", "ko en"), http.StatusBadRequest, c.words)
		}
	}
	all, err := w.Texts.Apps.List(t.Context())
	if err != nil || len(all) != 2 || all[1].Name != "책방 모바일" {
		t.Fatalf("kept are %+v (%v)", all, err)
	}
	says(t, p.Post(name, "name", "책방", "host", "", "languages", "fr"), http.StatusBadRequest, "Choose the languages")
	p.Get("/applications/app_builtin/name")
	says(t, p.Post("/applications/app_builtin/name", "name", "책방", "host", "", "languages", "ko"), http.StatusConflict, "The settings name")

	p.Leads(name, "/texts?application="+appID, "name", "책방", "host", "", "languages", "en ko", "reason", "shorter")
	says(t, p.Get("/texts?application="+appID), http.StatusOK, "The next text looks like this")
	renamed, err := w.Texts.Apps.ByID(t.Context(), appID)
	if err != nil || renamed.Name != "책방" || renamed.Host != "" || !cmp.Equal(renamed.Languages, []string{"en", "ko"}) {
		t.Errorf("renamed is %+v (%v)", renamed, err)
	}
	if got, want := recordsOf(t, w, "applications rename"), []string{p.ID + "|203.0.113.0/24|applications rename|책방  en ko: shorter"}; !cmp.Equal(got, want) {
		t.Errorf("records %q, want %q", got, want)
	}
	p.Get("/applications/new")
	a := p.Post("/applications/new", "name", "셋째", "host", "", "languages", "ko")
	if to := a.Header().Get("Location"); a.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/applications/app_") || !strings.HasSuffix(to, "/keys") {
		t.Errorf("making one answered %d to %q", a.Code, a.Header().Get("Location"))
	}
}

// TestTexts_AreTriedByAnybodyAndSavedByOperators: a viewer sees what a name would
// do and no way to keep it.
func TestTexts_AreTriedByAnybodyAndSavedByOperators(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	appID, _ := shops(t, w)
	viewer := w.Operator("en", "Mina", operator.Viewer)
	address := "/texts?application=" + appID + "&name=Acme&host=id.acme.com"
	for _, p := range []*consoletest.Person{owner, viewer} {
		a := p.Get(address)
		says(t, a, http.StatusOK, "[Acme] 인증번호 1234567890<br>타인에게 알려주지 마세요<br>@id.acme.com #1234567890")
		says(t, a, http.StatusOK, "76 / 80 bytes")
		if saves := strings.Contains(a.Body.String(), "/applications/"+appID+"/name?host=id.acme.com&amp;name=Acme"); saves != (p == owner) {
			t.Errorf("%s is led to saving: %t", p.Name, saves)
		}
	}
	says(t, viewer.Get("/texts?name=오픈인증&host=auth.example.kr"), http.StatusOK, "Short wording · the long one would take 84 bytes")
	if a := viewer.Get("/texts?application=app_none"); a.Code != http.StatusNotFound {
		t.Errorf("no application is answered %d", a.Code)
	}
	list := viewer.Get("/applications")
	says(t, list, http.StatusOK, "shop-backend")
	if strings.Contains(list.Body.String(), "/keys") || strings.Contains(list.Body.String(), "/applications/new") {
		t.Error("a viewer is led to acts")
	}
	names, err := w.Texts.Apps.Names(context.WithoutCancel(t.Context()))
	if err != nil || names[appID] != "책방 모바일" {
		t.Errorf("trying a name has kept it: %v (%v)", names, err)
	}
}
