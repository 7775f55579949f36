package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
)

// keyPrefix makes a key recognisable wherever it turns up.
const keyPrefix = "sinpyo_"

// The refusals of keys.
var (
	ErrKey = fault.New(fault.Unauthenticated, "key_invalid",
		"send an application key as Authorization: Bearer; make one with sinpyo keys create")
	ErrScope = fault.New(fault.Forbidden, "scope_missing",
		"the key may not do this: make one with the scope")
	ErrPurpose = fault.New(fault.Forbidden, "purpose_forbidden",
		"the key may not start verifications of this purpose")
	ErrNoKey = fault.New(fault.NotFound, "key_not_found",
		"there is no such key, or it is revoked or has run out")
	ErrKeyRotating = fault.New(fault.Conflict, "key_rotating",
		"the key has a successor already, or the key it follows still works: revoke that one, or wait until it runs out")
	ErrKeyName   = fault.New(fault.Invalid, "key_name_invalid", "a key needs a name of 1 to 100 characters")
	ErrKeyScopes = fault.New(fault.Invalid, "key_scopes_invalid",
		"a key needs scopes, each of them one of verify, messages, provider")
	ErrKeyLife = fault.New(fault.Invalid, "key_lifetime_invalid", "a key has to work for some time")
)

// Scope is a sort of calls that a key may make.
type Scope string

// The scopes.
const (
	Verify   Scope = "verify"   // start, check, resend, cancel and read verifications
	Messages Scope = "messages" // look up messages
	Provider Scope = "provider" // the sender numbers and the balance at the provider
)

// Scopes lists all scopes, which a key has unless it is made with fewer.
func Scopes() []Scope { return []Scope{Verify, Messages, Provider} }

// Key is an application key without its secret part.
type Key struct {
	ID            string
	ApplicationID string
	Name          string
	Scopes        []Scope
	Purposes      []string // it may start verifications for; empty for all
	CreatedAt     db.Time
	LastUsedAt    db.Time // 0 when it never was; up to a minute late
	ExpiresAt     db.Time // 0 when it does not run out
	RevokedAt     db.Time // 0 while it is valid
}

// Works reports whether calls can be made with the key at a time.
func (k Key) Works(now db.Time) bool {
	return k.RevokedAt == 0 && (k.ExpiresAt == 0 || k.ExpiresAt > now)
}

// KeyOption limits a key that is made.
type KeyOption func(*newKey)

// newKey is a key to be made, and how long it is to work.
type newKey struct {
	Key
	lifetime time.Duration
}

// WithScopes lets the key make calls of these sorts only.
func WithScopes(scopes ...Scope) KeyOption { return func(n *newKey) { n.Scopes = scopes } }

// WithPurposes lets the key start verifications of these purposes only.
func WithPurposes(purposes ...string) KeyOption { return func(n *newKey) { n.Purposes = purposes } }

// WithLifetime has the key run out.
func WithLifetime(d time.Duration) KeyOption { return func(n *newKey) { n.lifetime = d } }

// Caller is an application that calls, and what its key lets it do.
type Caller struct {
	Application
	Key Key // its id, scopes and purposes
}

// May returns [ErrScope] with its name unless the key has the scope.
func (c Caller) May(s Scope) error {
	if slices.Contains(c.Key.Scopes, s) {
		return nil
	}
	return ErrScope.Because("the key has no scope " + string(s) + ": sinpyo keys create --scope " + string(s) + " makes one that has")
}

// MayStart returns [ErrPurpose] unless the key may start verifications of the
// purpose.
func (c Caller) MayStart(purpose string) error {
	if len(c.Key.Purposes) == 0 || slices.Contains(c.Key.Purposes, purpose) {
		return nil
	}
	return ErrPurpose.Because("the key may start " + strings.Join(c.Key.Purposes, ", ") + " only")
}

// Authenticate returns the caller whose key bearer is, or [ErrKey].
func (a *Apps) Authenticate(ctx context.Context, bearer string) (Caller, error) {
	if !strings.HasPrefix(bearer, keyPrefix) {
		return Caller{}, ErrKey
	}
	var c Caller
	var languages, scopes, purposes string
	var now db.Time
	err := a.db.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		return tx.Row(callerByKey, hash(bearer), tx.Now).Scan(&c.ID, &c.Name, &c.Host, &languages, &c.Key.ID, &scopes, &purposes)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Caller{}, ErrKey
	}
	if err != nil {
		return Caller{}, fmt.Errorf("looking up a key: %w", err)
	}
	a.uses.note(c.Key.ID, now)
	c.Key.ApplicationID, c.Key.Scopes, c.Key.Purposes = c.ID, scopesOf(scopes), strings.Fields(purposes)
	c.Languages = strings.Fields(languages)
	c.Texts, err = a.templates(c.Name, c.Host)
	return c, err
}

// StillValid returns [ErrKey] once a key was revoked or has run out, for a call
// that lasts.
func (a *Apps) StillValid(ctx context.Context, keyID string) error {
	err := a.db.View(ctx, func(tx *db.Tx) error { return tx.Row(validKey, keyID, tx.Now).Scan(new(int)) })
	if errors.Is(err, sql.ErrNoRows) {
		return ErrKey
	}
	if err != nil {
		return fmt.Errorf("looking up a key: %w", err)
	}
	return nil
}

// CreateKey makes a key for an application and returns it with its secret
// text, which is never to be had again. Without options it may do everything
// and does not run out. Refusals: [ErrNotFound], [ErrKeyName], [ErrKeyScopes],
// [ErrKeyLife].
func (a *Apps) CreateKey(ctx context.Context, applicationID, name string, act Act, options ...KeyOption) (Key, string, error) {
	n := newKey{Key: Key{ID: id.New("key"), ApplicationID: applicationID, Name: name, Scopes: Scopes()}}
	for _, option := range options {
		option(&n)
	}
	if err := n.check(); err != nil {
		return Key{}, "", err
	}
	secret := newSecret()
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		var known int
		if err := tx.Row(countApplication, applicationID).Scan(&known); err != nil {
			return err
		}
		if known == 0 {
			return ErrNotFound
		}
		n.begin(tx.Now, n.lifetime)
		n.insert(tx, secret)
		return audit.Keep(tx, act.Detailed(applicationID).Record("keys create", n.ID))
	})
	if err != nil {
		return Key{}, "", err
	}
	return n.Key, secret, nil
}

// check refuses what cannot be a key.
func (n *newKey) check() error {
	if runes := len([]rune(n.Name)); runes < 1 || runes > 100 {
		return ErrKeyName
	}
	if n.lifetime < 0 {
		return ErrKeyLife
	}
	for _, s := range n.Scopes {
		if !slices.Contains(Scopes(), s) {
			return ErrKeyScopes
		}
	}
	if len(n.Scopes) == 0 {
		return ErrKeyScopes
	}
	return nil
}

// begin says when the key begins and how long it lasts.
func (k *Key) begin(now db.Time, lifetime time.Duration) {
	k.CreatedAt = now
	if lifetime > 0 {
		k.ExpiresAt = now.Add(lifetime)
	}
}

func (k *Key) insert(tx *db.Tx, secret string) {
	tx.Exec(insertKey, k.ID, k.ApplicationID, k.Name, hash(secret), k.CreatedAt,
		joinScopes(k.Scopes), strings.Join(k.Purposes, " "), orNull(k.ExpiresAt))
}

// RotateKey makes a successor of a key, with the same rights and as long a
// life, and has the key itself run out after the overlap. At most two keys of
// one line work at a time. Refusals: [ErrNoKey], [ErrKeyRotating],
// [ErrKeyLife].
func (a *Apps) RotateKey(ctx context.Context, keyID string, overlap time.Duration, act Act) (key Key, secret string, err error) {
	if overlap < 0 {
		return Key{}, "", ErrKeyLife
	}
	next := id.New("key")
	secret = newSecret()
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		old, err := oneKey(tx, keyID)
		if err != nil {
			return err
		}
		key = Key{ID: next, ApplicationID: old.ApplicationID, Name: old.Name, Scopes: old.Scopes, Purposes: old.Purposes}
		var life time.Duration
		if old.ExpiresAt != 0 {
			life = old.ExpiresAt.Sub(old.CreatedAt)
		}
		key.begin(tx.Now, life)
		key.insert(tx, secret)
		tx.Must(1, ErrKeyRotating, rotateKey, keyID, tx.Now.Add(overlap), next, tx.Now)
		return audit.Keep(tx, act.Detailed(next).Record("keys rotate", keyID))
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, secret, nil
}

// oneKey reads a key that still works.
func oneKey(tx *db.Tx, keyID string) (found Key, err error) {
	err = tx.Each(allKeys, nil, func(scan func(...any) error) error {
		k, err := scanKey(scan)
		if k.ID == keyID && k.Works(tx.Now) {
			found = k
		}
		return err
	})
	if err == nil && found.ID == "" {
		err = ErrNoKey
	}
	return found, err
}

// Keys lists all keys, the oldest first.
func (a *Apps) Keys(ctx context.Context) ([]Key, error) {
	var keys []Key
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(allKeys, nil, func(scan func(...any) error) error {
			k, err := scanKey(scan)
			keys = append(keys, k)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing keys: %w", err)
	}
	return keys, nil
}

func scanKey(scan func(...any) error) (k Key, err error) {
	var scopes, purposes string
	err = scan(&k.ID, &k.ApplicationID, &k.Name, &scopes, &purposes, &k.CreatedAt, &k.LastUsedAt, &k.ExpiresAt, &k.RevokedAt)
	k.Scopes, k.Purposes = scopesOf(scopes), strings.Fields(purposes)
	return k, err
}

// RevokeKey ends a key; the next call with it is refused. Refusal: [ErrNoKey].
func (a *Apps) RevokeKey(ctx context.Context, keyID string, act Act) error {
	return a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNoKey, revokeKey, keyID, tx.Now)
		return audit.Keep(tx, act.Record("keys revoke", keyID))
	})
}

// newSecret returns the text of a key: 260 random bits.
func newSecret() string { return keyPrefix + rand.Text() + rand.Text() }

// hash is plain SHA-256: the secret has 260 random bits, so neither salt nor
// stretching would add anything.
func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func scopesOf(text string) []Scope {
	var scopes []Scope
	for s := range strings.FieldsSeq(text) {
		scopes = append(scopes, Scope(s))
	}
	return scopes
}

func joinScopes(scopes []Scope) string {
	texts := make([]string, len(scopes))
	for i, s := range scopes {
		texts[i] = string(s)
	}
	return strings.Join(texts, " ")
}

// orNull is t for a column that may be empty.
func orNull(t db.Time) any {
	if t == 0 {
		return nil
	}
	return t
}
