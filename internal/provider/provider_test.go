package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/seal"
)

var (
	first  = provider.Pair{Key: "NCSFIRST00000001", Secret: "first-secret"}
	second = provider.Pair{Key: "NCSSECOND0000001", Secret: "second-secret"}
	third  = provider.Pair{Key: "NCSSECOND0000001", Secret: "third-secret"} // of the same key
)

// world is a server that follows, with what it uses.
type world struct {
	*testing.T
	clock *dbtest.Clock
	db    *db.DB
	ring  *seal.Ring
	*provider.Follower
	used   []provider.Pair
	refuse error // what the provider answers to a pair
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))}
	w.db = dbtest.New(t, dbtest.WithClock(w.clock))
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.Follower = &provider.Follower{DB: w.db, Ring: w.ring, Settings: first, Use: func(_ context.Context, p provider.Pair) error {
		if w.refuse == nil {
			w.used = append(w.used, p)
		}
		return w.refuse
	}}
	return w
}

func (w *world) set(p provider.Pair) {
	w.Helper()
	w.clock.Advance(time.Second)
	err := w.db.Update(w.Context(), func(tx *db.Tx) error {
		return provider.Set(tx, w.ring, p, "f-"+p.Key, provider.Act{Actor: "opr_1", From: "203.0.113.0/24", Reason: "yearly"})
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) drop() error {
	return w.db.Update(w.Context(), func(tx *db.Tx) error { return provider.Drop(tx, provider.Act{Actor: "opr_1"}) })
}

func (w *world) follow(want ...provider.Pair) {
	w.Helper()
	w.used = nil
	for range 2 { // the second time nothing is left to do
		if err := w.Follow(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
	if fmt.Sprintf("%q", keys(w.used)) != fmt.Sprintf("%q", keys(want)) {
		w.Fatalf("the server took %q, want %q", keys(w.used), keys(want))
	}
}

// keys writes pairs out: they print as dots themselves.
func keys(pairs []provider.Pair) (list []string) {
	for _, p := range pairs {
		list = append(list, p.Key+" "+p.Secret)
	}
	return list
}

func TestFollower_TakesWhatIsStoredAndGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follow()
	w.set(second)
	w.follow(second)
	w.set(third)
	w.follow(third)
	if err := w.drop(); err != nil {
		t.Fatal(err)
	}
	w.follow(first)
	if err := w.drop(); !errors.Is(err, provider.ErrNone) {
		t.Errorf("dropping what is not there: %v, want ErrNone", err)
	}
}

// TestFollower_StaysWithTheOneBeforeUntilTheNewOneWorks also asks no more than
// every ten seconds.
func TestFollower_StaysWithTheOneBeforeUntilTheNewOneWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse = errors.New("403 Forbidden")
	w.set(second)
	if err := w.Follow(t.Context()); !errors.Is(err, provider.ErrRefused) || !errors.Is(err, w.refuse) {
		t.Fatalf("Follow = %v, want ErrRefused and why", err)
	}
	w.refuse = nil
	w.follow() // too early
	w.clock.Advance(10 * time.Second)
	w.follow(second)
}

// TestFollower_ANewOneDoesNotWaitForARefusedOne puts a right pair in the place of
// one that did not work.
func TestFollower_ANewOneDoesNotWaitForARefusedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse = errors.New("403 Forbidden")
	w.set(second)
	if err := w.Follow(t.Context()); !errors.Is(err, provider.ErrRefused) {
		t.Fatal(err)
	}
	w.refuse = nil
	w.set(third)
	w.follow(third)
}

func TestSet_SealsThePairAndRecordsTheAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(second)
	var sealed []byte
	var list []audit.Kept
	err := w.db.View(t.Context(), func(tx *db.Tx) (err error) {
		if err := tx.Row(`SELECT pair_sealed FROM provider_pair`).Scan(&sealed); err != nil {
			return err
		}
		p, stored, ok, err := provider.Read(tx, w.ring)
		if !ok || p != second || stored.Fingerprint != "f-"+second.Key {
			t.Errorf("Read = %q, %+v, %v", keys([]provider.Pair{p}), stored, ok)
		}
		if err == nil {
			list, _, err = audit.List(tx, audit.Filter{})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(second.Secret)) || bytes.Contains(sealed, []byte(second.Key)) {
		t.Error("the table holds the pair in clear")
	}
	if len(list) != 1 || list[0].Act != "provider set-key" || list[0].Actor != "opr_1" || list[0].From != "203.0.113.0/24" || list[0].Detail != "yearly" {
		t.Errorf("recorded is %+v", list)
	}
}

func TestPair_PrintsAsDots(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "pair", second, "inside", struct{ P provider.Pair }{second})
	text, err := json.Marshal(second)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	fmt.Fprintf(&out, "%v %+v %#v %s", second, second, second, second)
	if s := out.String(); strings.Contains(s, second.Key) || strings.Contains(s, second.Secret) {
		t.Errorf("a pair prints as %s", s)
	}
}
