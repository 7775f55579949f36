package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

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
	key, secret, err := apps.CreateKey(t.Context(), app.Builtin, "shop backend")
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
	if err := apps.RevokeKey(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := apps.Authenticate(t.Context(), secret); !errors.Is(err, app.ErrKey) {
		t.Errorf("a revoked key gives %v, want ErrKey", err)
	}
	if err := apps.RevokeKey(t.Context(), key.ID); !errors.Is(err, app.ErrNoKey) {
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
	_, secret, err := apps.CreateKey(t.Context(), app.Builtin, "n")
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
	if _, _, err := apps.CreateKey(t.Context(), "app_none", "n"); !errors.Is(err, app.ErrNotFound) {
		t.Errorf("err = %v, want ErrNotFound", err)
	}
	if _, _, err := apps.CreateKey(t.Context(), app.Builtin, ""); !errors.Is(err, app.ErrKeyName) {
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
