package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/sms"
)

var act = app.Act{Actor: "opr_1", From: "203.0.113.0/24", Reason: "ticket 7"}

func newApps(t *testing.T) (*app.Apps, *db.DB) {
	t.Helper()
	d := dbtest.New(t)
	apps := app.New(d)
	if _, err := apps.PutBuiltin(t.Context(), "신표", "localhost"); err != nil {
		t.Fatal(err)
	}
	return apps, d
}

func TestKey_OpensItsApplicationUntilRevoked(t *testing.T) {
	t.Parallel()
	apps, _ := newApps(t)
	key, secret, err := apps.CreateKey(t.Context(), app.Builtin, "shop backend", act)
	if err != nil {
		t.Fatal(err)
	}
	got, err := apps.Authenticate(t.Context(), secret)
	if err != nil || got.ID != app.Builtin || got.Name != "신표" {
		t.Fatalf("Authenticate = %+v, %v", got, err)
	}
	for _, wrong := range []string{"", "sinpyo_", secret + "x", strings.ToLower(secret), strings.TrimPrefix(secret, "sinpyo_")} {
		if _, err := apps.Authenticate(t.Context(), wrong); !errors.Is(err, app.ErrKey) {
			t.Errorf("a wrong key gives %v, want ErrKey", err)
		}
	}
	if err := apps.RevokeKey(t.Context(), key.ID, act); err != nil {
		t.Fatal(err)
	}
	if _, err := apps.Authenticate(t.Context(), secret); !errors.Is(err, app.ErrKey) {
		t.Errorf("a revoked key gives %v, want ErrKey", err)
	}
	if err := apps.RevokeKey(t.Context(), key.ID, act); !errors.Is(err, app.ErrNoKey) {
		t.Errorf("revoking twice gives %v, want ErrNoKey", err)
	}
	keys, err := apps.Keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].RevokedAt == 0 || keys[0].Name != "shop backend" {
		t.Errorf("Keys = %+v, %v", keys, err)
	}
}

func TestKey_IsNotInTheDatabase(t *testing.T) {
	t.Parallel()
	apps, d := newApps(t)
	_, secret, err := apps.CreateKey(t.Context(), app.Builtin, "n", act)
	if err != nil {
		t.Fatal(err)
	}
	var stored []byte
	err = d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT secret_hash FROM application_keys`).Scan(&stored)
	})
	if err != nil || len(stored) != 32 || strings.Contains(string(stored), secret) {
		t.Fatalf("what is stored has %d bytes (%v)", len(stored), err)
	}
}

func TestPutBuiltin_RefusesWhatNoTextCouldCarry(t *testing.T) {
	t.Parallel()
	apps := app.New(dbtest.New(t))
	_, err := apps.PutBuiltin(t.Context(), "이름이 아주 길어서 들어가지 않는 서비스", strings.Repeat("a", 39)+".kr")
	if e := fault.As(err); e == nil || e.Kind != fault.Invalid {
		t.Fatalf("err = %v, want an Invalid refusal", err)
	}
}

func TestCreateKey_RefusesUnknownApplicationsAndEmptyNames(t *testing.T) {
	t.Parallel()
	apps, _ := newApps(t)
	if _, _, err := apps.CreateKey(t.Context(), "app_none", "n", act); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("err = %v, want ErrNotFound", err)
	}
	if _, _, err := apps.CreateKey(t.Context(), app.Builtin, "", act); !errors.Is(err, app.ErrKeyName) {
		t.Errorf("err = %v, want ErrKeyName", err)
	}
}

func TestNames_AreThoseOfAllApplications(t *testing.T) {
	t.Parallel()
	apps, _ := newApps(t)
	names, err := apps.Names(t.Context())
	if err != nil || len(names) != 1 || names[app.Builtin] != "신표" {
		t.Errorf("got %v (%v), want the built-in application alone", names, err)
	}
}

// records are the newest records, the newest first: who, from where, what, detail.
func records(t *testing.T, d *db.DB, what string) (told []string) {
	t.Helper()
	err := d.View(t.Context(), func(tx *db.Tx) error {
		list, _, err := audit.List(tx, audit.Filter{Act: what})
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

func TestCreate_MakesAnApplicationWhoseTextsFit(t *testing.T) {
	t.Parallel()
	apps, d := newApps(t)
	made, err := apps.Create(t.Context(), "한뼘책방", "shop.example.kr", []string{"en", "ko"}, act)
	if err != nil || !strings.HasPrefix(made.ID, "app_") || made.CreatedAt == 0 {
		t.Fatalf("Create = %+v, %v", made, err)
	}
	key, secret, err := apps.CreateKey(t.Context(), made.ID, "shop", act)
	if err != nil || key.ApplicationID != made.ID {
		t.Fatalf("CreateKey = %+v, %v", key, err)
	}
	caller, err := apps.Authenticate(t.Context(), secret)
	if err != nil || caller.ID != made.ID || caller.Language("fr") != "en" {
		t.Fatalf("Authenticate = %+v, %v", caller, err)
	}
	if got, want := caller.Texts.Text("ko", "123456"), "[한뼘책방] 인증번호 123456\n타인에게 알려주지 마세요\n@shop.example.kr #123456"; got != want {
		t.Errorf("its text is %q, want %q", got, want)
	}
	list, err := apps.List(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != app.Builtin || list[1].ID != made.ID || list[1].Texts.Name() != "한뼘책방" {
		t.Errorf("List = %+v, %v", list, err)
	}
	want := []string{"opr_1|203.0.113.0/24|applications create|한뼘책방 shop.example.kr en ko: ticket 7"}
	if diff := cmp.Diff(want, records(t, d, "applications")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestRename_IsHeardByTheNextCall(t *testing.T) {
	t.Parallel()
	apps, d := newApps(t)
	made, err := apps.Create(t.Context(), "Shop", "", []string{"ko"}, act)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := apps.CreateKey(t.Context(), made.ID, "shop", act)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apps.Rename(t.Context(), made.ID, "Market", "m.example.kr", []string{"en"}, act); err != nil {
		t.Fatal(err)
	}
	caller, err := apps.Authenticate(t.Context(), secret)
	if err != nil || caller.Name != "Market" || !strings.HasSuffix(caller.Texts.Text("en", "123456"), "@m.example.kr #123456") {
		t.Errorf("after a new name: %+v, %v", caller, err)
	}
	if got, err := apps.ByID(t.Context(), made.ID); err != nil || got.Host != "m.example.kr" || got.CreatedAt != made.CreatedAt {
		t.Errorf("ByID = %+v, %v", got, err)
	}
	want := "opr_1|203.0.113.0/24|applications rename|Market m.example.kr en: ticket 7"
	if got := records(t, d, "applications rename"); len(got) != 1 || got[0] != want {
		t.Errorf("recorded is %q, want %q", got, want)
	}
}

func TestCreateAndRename_RefuseWhatNoTextCouldCarry(t *testing.T) {
	t.Parallel()
	apps, d := newApps(t)
	made, err := apps.Create(t.Context(), "Shop", "", []string{"ko"}, act)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, host string
		languages  []string
		want       error
	}{
		{"", "", []string{"ko"}, sms.ErrName},
		{"쀍이 든 이름", "", []string{"ko"}, sms.ErrName},
		{"이름", "https://shop.kr", []string{"ko"}, sms.ErrHost},
		{"아주아주아주긴이름의서비스", strings.Repeat("a", 37) + ".kr", []string{"ko"}, sms.ErrTooLong},
		{"이름", "", nil, app.ErrLanguages},
		{"이름", "", []string{"ko", "ko"}, app.ErrLanguages},
		{"이름", "", []string{"fr"}, app.ErrLanguages},
	} {
		if _, err := apps.Create(t.Context(), c.name, c.host, c.languages, act); !errors.Is(err, c.want) {
			t.Errorf("Create(%q, %q, %q) = %v, want %v", c.name, c.host, c.languages, err, c.want)
		}
		if _, err := apps.Rename(t.Context(), made.ID, c.name, c.host, c.languages, act); !errors.Is(err, c.want) {
			t.Errorf("Rename(%q, %q, %q) = %v, want %v", c.name, c.host, c.languages, err, c.want)
		}
	}
	if _, err := apps.Rename(t.Context(), app.Builtin, "이름", "", []string{"ko"}, act); !errors.Is(err, app.ErrBuiltin) {
		t.Errorf("renaming the built-in application gives %v, want ErrBuiltin", err)
	}
	if _, err := apps.Rename(t.Context(), "app_none", "이름", "", []string{"ko"}, act); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("renaming nothing gives %v, want ErrNotFound", err)
	}
	if _, err := apps.ByID(t.Context(), "app_none"); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("looking for nothing gives %v, want ErrNotFound", err)
	}
	if got := records(t, d, "applications"); len(got) != 1 {
		t.Errorf("recorded are refusals: %q", got)
	}
}

func TestKeys_AreRecordedWithPersonAndReason(t *testing.T) {
	t.Parallel()
	apps, d := newApps(t)
	key, _, err := apps.CreateKey(t.Context(), app.Builtin, "n", act)
	if err != nil {
		t.Fatal(err)
	}
	next, _, err := apps.RotateKey(t.Context(), key.ID, time.Hour, act)
	if err != nil {
		t.Fatal(err)
	}
	if err := apps.RevokeKey(t.Context(), next.ID, act); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"opr_1|203.0.113.0/24|keys revoke|ticket 7",
		"opr_1|203.0.113.0/24|keys rotate|" + next.ID + ": ticket 7",
		"opr_1|203.0.113.0/24|keys create|app_builtin: ticket 7",
	}
	if diff := cmp.Diff(want, records(t, d, "keys")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
