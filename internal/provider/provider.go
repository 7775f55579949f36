// Package provider keeps the key pair of the account with the text-message
// provider that was put in the place of the settings', so that it can be changed
// while servers run (S-100).
//
// # The walk
//
// Whoever changes it does so with [Pairs], which asks the provider with the new pair
// and then stores it with [Set], sealed. Each running server follows ([Follower]): within seconds it
// sees that another pair is stored, asks the provider with it by itself, and goes on
// with it from there; as long as it does not work the one before stays in use.
// [Drop] goes back to the pair of the settings.
//
// The package shows no secret.
package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// ErrNone refuses to drop a pair where none is stored.
var ErrNone = fault.New(fault.NotFound, "provider_pair_not_found", "the pair of the settings is in use: no other was set")

const (
	followEvery = 2 * time.Second  // also when nobody woke the server
	againAfter  = 10 * time.Second // when a stored pair does not work
	topic       = "provider_pair"
	pairPlace   = "provider_pair.pair"
	pairID      = "current"
)

// ErrRefused says that a stored pair does not work from here.
var ErrRefused = errors.New("the provider's pair that was set does not work from here, the one before stays in use")

// Pair is a key and its secret. It prints as dots, also in JSON.
type Pair struct{ Key, Secret string }

// MarshalText returns what String returns.
func (p Pair) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String returns dots.
func (Pair) String() string { return "••••" }

// GoString returns what String returns, for %#v.
func (p Pair) GoString() string { return p.String() }

// LogValue returns what String returns.
func (p Pair) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Stored tells of the stored pair, not the pair itself.
type Stored struct {
	Fingerprint string
	SetAt       db.Time
}

// Act is who changes the pair. It becomes a record (S-93).
type Act = audit.Act

// Set stores a pair that the provider takes.
func Set(tx *db.Tx, ring *seal.Ring, p Pair, fingerprint string, act Act) error {
	tx.Exec(putPair, fingerprint, ring.Seal(pairPlace, pairID, []byte(p.Key+"\n"+p.Secret)), tx.Now)
	tx.Notify(topic)
	return audit.Keep(tx, act.Record("provider set-key", fingerprint))
}

// Drop goes back to the pair of the settings. Refusal: [ErrNone].
func Drop(tx *db.Tx, act Act) error {
	stored, ok, err := Look(tx)
	if err != nil {
		return err
	}
	if !ok {
		return ErrNone
	}
	tx.Must(1, ErrNone, deletePair, stored.Fingerprint)
	tx.Notify(topic)
	return audit.Keep(tx, act.Record("provider drop-key", stored.Fingerprint))
}

// Look tells of the stored pair; ok is false where there is none.
func Look(tx *db.Tx) (s Stored, ok bool, err error) {
	err = tx.Each(selectPair, nil, func(scan func(...any) error) error {
		var sealed []byte
		ok = true
		return scan(&s.Fingerprint, &s.SetAt, &sealed)
	})
	if err != nil {
		return Stored{}, false, fmt.Errorf("looking for the provider's pair: %w", err)
	}
	return s, ok, nil
}

// Read returns the stored pair; ok is false where there is none.
func Read(tx *db.Tx, ring *seal.Ring) (p Pair, s Stored, ok bool, err error) {
	var sealed []byte
	err = tx.Each(selectPair, nil, func(scan func(...any) error) error {
		ok = true
		return scan(&s.Fingerprint, &s.SetAt, &sealed)
	})
	if err != nil {
		return Pair{}, Stored{}, false, fmt.Errorf("reading the provider's pair: %w", err)
	}
	if !ok {
		return Pair{}, Stored{}, false, nil
	}
	plain, err := ring.Open(pairPlace, pairID, sealed)
	if err != nil {
		return Pair{}, Stored{}, false, fmt.Errorf("opening the provider's pair: %w", err)
	}
	p.Key, p.Secret, _ = strings.Cut(string(plain), "\n")
	return p, s, true, nil
}

// Follower has a running server use the pair that is stored. Its methods are
// called by one goroutine.
type Follower struct {
	DB       *db.DB
	Ring     *seal.Ring
	Settings Pair    // used where none is stored
	InUse    db.Time // when the pair in use was stored; 0 for that of the settings
	// Use goes on with another pair once the provider takes it, or returns why it
	// does not.
	Use func(ctx context.Context, p Pair) error

	failed db.Time // when one was stored that did not work
	again  db.Time // when that is tried again
}

// Run follows until ctx ends and returns nil. That a stored pair does not work is
// handed to trouble, and it is tried again after a while.
func (f *Follower) Run(ctx context.Context, trouble func(error)) error {
	woken, stop := f.DB.Listen(topic)
	defer stop()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := f.Follow(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-tick.C:
		}
	}
	return nil
}

// Follow goes on with the stored pair when it is another than the one in use.
func (f *Follower) Follow(ctx context.Context) error {
	pair, stored := f.Settings, Stored{}
	err := f.DB.View(ctx, func(tx *db.Tx) error {
		found, ok, err := Look(tx)
		if err != nil || !ok || found.SetAt == f.InUse {
			stored = found
			return err
		}
		if pair, stored, ok, err = Read(tx, f.Ring); !ok { // dropped meanwhile
			pair = f.Settings
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case stored.SetAt == f.InUse, stored.SetAt == f.failed && f.DB.Now() < f.again:
		return nil
	}
	if err := f.Use(ctx, pair); err != nil {
		f.failed, f.again = stored.SetAt, f.DB.Now().Add(againAfter)
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	f.InUse = stored.SetAt
	return nil
}
