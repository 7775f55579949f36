package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// newClocked is newApps at a time that the test moves.
func newClocked(t *testing.T) (*app.Apps, *dbtest.Clock) {
	t.Helper()
	clock := dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))
	apps := app.New(dbtest.New(t, dbtest.WithClock(clock)))
	if _, err := apps.PutBuiltin(t.Context(), "신표", "localhost"); err != nil {
		t.Fatal(err)
	}
	return apps, clock
}

func mustKey(t *testing.T, apps *app.Apps, options ...app.KeyOption) (app.Key, string) {
	t.Helper()
	key, secret, err := apps.CreateKey(t.Context(), app.Builtin, "n", act, options...)
	if err != nil {
		t.Fatal(err)
	}
	return key, secret
}

// works reports whether a key opens anything.
func works(t *testing.T, apps *app.Apps, secret string) bool {
	t.Helper()
	_, err := apps.Authenticate(t.Context(), secret)
	if err != nil && !errors.Is(err, app.ErrKey) {
		t.Fatal(err)
	}
	return err == nil
}

func TestKey_MayWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	apps, _ := newClocked(t)
	_, all := mustKey(t, apps)
	_, some := mustKey(t, apps, app.WithScopes(app.Messages, app.Provider))
	for _, scope := range app.Scopes() {
		if c, err := apps.Authenticate(t.Context(), all); err != nil || c.May(scope) != nil {
			t.Errorf("a key without limits may not %s (%v)", scope, err)
		}
		c, err := apps.Authenticate(t.Context(), some)
		if err != nil {
			t.Fatal(err)
		}
		if err = c.May(scope); (err == nil) != (scope != app.Verify) {
			t.Errorf("%s with messages and provider: %v", scope, err)
		}
		if err != nil && (!errors.Is(err, app.ErrScope) || !strings.Contains(err.Error(), "verify")) {
			t.Errorf("err = %v, want scope_missing that names verify", err)
		}
	}
	for _, scopes := range [][]app.Scope{{}, {"everything"}, {app.Verify, ""}} {
		if _, _, err := apps.CreateKey(t.Context(), app.Builtin, "n", act, app.WithScopes(scopes...)); !errors.Is(err, app.ErrKeyScopes) {
			t.Errorf("scopes %q: %v, want ErrKeyScopes", scopes, err)
		}
	}
}

func TestKey_MayStartItsPurposesOnly(t *testing.T) {
	t.Parallel()
	apps, _ := newClocked(t)
	_, limited := mustKey(t, apps, app.WithPurposes("login", "recovery"))
	_, free := mustKey(t, apps)
	c, err := apps.Authenticate(t.Context(), limited)
	if err != nil || c.MayStart("login") != nil || !errors.Is(c.MayStart("signup"), app.ErrPurpose) {
		t.Errorf("limited: login %v, signup %v (%v)", c.MayStart("login"), c.MayStart("signup"), err)
	}
	if c, err = apps.Authenticate(t.Context(), free); err != nil || c.MayStart("signup") != nil {
		t.Errorf("free: signup %v (%v)", c.MayStart("signup"), err)
	}
}

func TestKey_RunsOut(t *testing.T) {
	t.Parallel()
	apps, clock := newClocked(t)
	key, secret := mustKey(t, apps, app.WithLifetime(time.Hour))
	clock.Advance(time.Hour - time.Second)
	if !works(t, apps, secret) || apps.StillValid(t.Context(), key.ID) != nil {
		t.Error("the key ran out early")
	}
	clock.Advance(time.Second)
	if works(t, apps, secret) || !errors.Is(apps.StillValid(t.Context(), key.ID), app.ErrKey) {
		t.Error("the key works after its time")
	}
	if _, _, err := apps.CreateKey(t.Context(), app.Builtin, "n", act, app.WithLifetime(-time.Second)); !errors.Is(err, app.ErrKeyLife) {
		t.Errorf("err = %v, want ErrKeyLife", err)
	}
}

// TestRevoke_IsObeyedByOtherNodesAtOnce revokes on one node and calls on another.
func TestRevoke_IsObeyedByOtherNodesAtOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	here, there := app.New(dbtest.Open(t, url)), app.New(dbtest.Open(t, url))
	if _, err := here.PutBuiltin(t.Context(), "신표", "localhost"); err != nil {
		t.Fatal(err)
	}
	key, secret := mustKey(t, here)
	if !works(t, there, secret) {
		t.Fatal("the other node does not know the key")
	}
	if err := here.RevokeKey(t.Context(), key.ID, act); err != nil {
		t.Fatal(err)
	}
	if works(t, there, secret) || !errors.Is(there.StillValid(t.Context(), key.ID), app.ErrKey) {
		t.Error("the other node takes a revoked key")
	}
}

func TestRotate_LetsTwoKeysWorkForAWhile(t *testing.T) {
	t.Parallel()
	apps, clock := newClocked(t)
	old, oldSecret := mustKey(t, apps, app.WithScopes(app.Verify), app.WithPurposes("login"), app.WithLifetime(90*24*time.Hour))
	clock.Advance(80 * 24 * time.Hour)
	next, nextSecret, err := apps.RotateKey(t.Context(), old.ID, 24*time.Hour, act)
	if err != nil {
		t.Fatal(err)
	}
	if !works(t, apps, oldSecret) || !works(t, apps, nextSecret) {
		t.Error("one of the two does not work during the overlap")
	}
	if diff := cmp.Diff(old.Scopes, next.Scopes) + cmp.Diff(old.Purposes, next.Purposes); diff != "" {
		t.Errorf("the successor has other rights:\n%s", diff)
	}
	if life := next.ExpiresAt.Sub(next.CreatedAt); life != 90*24*time.Hour {
		t.Errorf("the successor lives %v, want as long as the first did", life)
	}
	if _, _, err := apps.RotateKey(t.Context(), old.ID, 0, act); !errors.Is(err, app.ErrKeyRotating) {
		t.Errorf("rotating the old key again: %v, want ErrKeyRotating", err)
	}
	if _, _, err := apps.RotateKey(t.Context(), next.ID, 0, act); !errors.Is(err, app.ErrKeyRotating) {
		t.Errorf("a third key while two work: %v, want ErrKeyRotating", err)
	}
	clock.Advance(24 * time.Hour)
	if works(t, apps, oldSecret) || !works(t, apps, nextSecret) {
		t.Error("after the overlap the successor alone should work")
	}
	if _, _, err := apps.RotateKey(t.Context(), old.ID, time.Hour, act); !errors.Is(err, app.ErrNoKey) {
		t.Errorf("rotating a key that has run out: %v, want ErrNoKey", err)
	}
	if _, _, err := apps.RotateKey(t.Context(), next.ID, -time.Hour, act); !errors.Is(err, app.ErrKeyLife) {
		t.Errorf("an overlap below zero: %v, want ErrKeyLife", err)
	}
	if _, _, err := apps.RotateKey(t.Context(), next.ID, 0, act); err != nil {
		t.Errorf("rotating the successor now: %v", err)
	}
}

func TestRotate_NeverLengthensTheOldKey(t *testing.T) {
	t.Parallel()
	apps, clock := newClocked(t)
	old, secret := mustKey(t, apps, app.WithLifetime(time.Hour))
	if _, _, err := apps.RotateKey(t.Context(), old.ID, 24*time.Hour, act); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	if works(t, apps, secret) {
		t.Error("rotating lengthened the key's life")
	}
}

func TestUses_AreWrittenInBatches(t *testing.T) {
	t.Parallel()
	apps, clock := newClocked(t)
	_, first := mustKey(t, apps)
	clock.Advance(time.Second)
	_, second := mustKey(t, apps)
	clock.Advance(time.Second)
	mustKey(t, apps) // never used
	used := db.At(clock.Now())
	for _, secret := range []string{first, second, first} {
		if !works(t, apps, secret) {
			t.Fatal("the key does not work")
		}
	}
	last := func() (times []db.Time) {
		keys, err := apps.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			times = append(times, k.LastUsedAt)
		}
		return times
	}
	if diff := cmp.Diff([]db.Time{0, 0, 0}, last()); diff != "" {
		t.Errorf("a call wrote the use of its key:\n%s", diff)
	}
	if err := apps.WriteUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]db.Time{used, used, 0}, last()); diff != "" {
		t.Error(diff)
	}
	clock.Advance(time.Minute)
	if !works(t, apps, second) {
		t.Fatal("the key does not work")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := apps.Run(ctx, func(err error) { t.Error(err) }); err != nil { // ends at once, and writes what is left
		t.Error(err)
	}
	if diff := cmp.Diff([]db.Time{used, used.Add(time.Minute), 0}, last()); diff != "" {
		t.Error(diff)
	}
}

func TestKeys_RefusalsHaveTheirKinds(t *testing.T) {
	t.Parallel()
	for err, kind := range map[*fault.Error]fault.Kind{
		app.ErrKey: fault.Unauthenticated, app.ErrScope: fault.Forbidden, app.ErrPurpose: fault.Forbidden,
	} {
		if err.Kind != kind {
			t.Errorf("%s has kind %v, want %v", err.Code, err.Kind, kind)
		}
	}
}
