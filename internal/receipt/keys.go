package receipt

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/receipt"
)

// The life of a signing key (S-63).
const (
	headStart   = 24 * time.Hour      // it is published so long before it signs
	signsFor    = 90 * 24 * time.Hour // until the next one takes over
	staysAfter  = time.Hour           // it is published so long afterwards: receipts live 5 minutes, copies of the set 5 more
	reloadEvery = time.Minute
)

// topic wakes the nodes when the keys change.
const topic = "signing_keys"

// sealedPlace is what a seed is sealed for, beside its key's kid.
const sealedPlace = "signing_keys.seed"

// errOvertaken ends the act of a node that adds a key which another node added
// meanwhile.
var errOvertaken = errors.New("another node added a signing key at the same time")

// Key is a signing key as operators see it.
type Key struct {
	ID        string
	CreatedAt time.Time
	ActiveAt  time.Time
	RetiredAt time.Time // zero while no other is to take over
}

// signingKey is a key with what is needed to sign.
type signingKey struct {
	number          int64
	kid             string
	created, active db.Time
	retired         db.Time // 0 while no other is to take over
	private         ed25519.PrivateKey
	header          string // of every receipt it signs, encoded
}

// keySet is what a node knows of the keys. It is replaced and never changed.
type keySet struct {
	keys     []*signingKey // those that are published, the oldest first
	over     bool          // there are others, which nothing is checked with any more
	public   receipt.Keys
	document []byte
	etag     string
}

// at returns the key that signs at a time: the newest that is active.
func (k *keySet) at(now db.Time) *signingKey {
	signs := k.keys[0]
	for _, key := range k.keys {
		if key.active <= now {
			signs = key
		}
	}
	return signs
}

// newest returns the key that was added last.
func (k *keySet) newest() *signingKey { return k.keys[len(k.keys)-1] }

// Reload reads the keys anew, so that this node learns what others added.
func (r *Receipts) Reload(ctx context.Context) error {
	set := &keySet{public: receipt.Keys{}}
	err := r.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(allKeys, nil, func(scan func(...any) error) error {
			key := &signingKey{}
			var sealed []byte
			if err := scan(&key.number, &key.kid, &sealed, &key.created, &key.active, &key.retired); err != nil {
				return err
			}
			if key.retired != 0 && key.retired.Add(staysAfter) <= tx.Now {
				set.over = true
				return nil
			}
			seed, err := r.ring.Open(sealedPlace, key.kid, sealed)
			if err != nil {
				return fmt.Errorf("opening the signing key %s: %w", key.kid, err)
			}
			key.private = ed25519.NewKeyFromSeed(seed)
			clear(seed)
			key.header = base64.RawURLEncoding.EncodeToString(
				[]byte(`{"typ":"` + receipt.Type + `","alg":"EdDSA","kid":"` + key.kid + `"}`))
			set.keys = append(set.keys, key)
			set.public[key.kid] = key.private.Public().(ed25519.PublicKey)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("reading the signing keys: %w", err)
	}
	set.publish()
	r.keys.Store(set)
	return nil
}

// publish writes the JWK set of the keys (RFC 8037 §2).
func (k *keySet) publish() {
	type jwk struct {
		Type      string `json:"kty"`
		Curve     string `json:"crv"`
		Use       string `json:"use"`
		Algorithm string `json:"alg"`
		ID        string `json:"kid"`
		X         string `json:"x"`
	}
	keys := make([]jwk, len(k.keys))
	for i, key := range k.keys {
		keys[i] = jwk{"OKP", "Ed25519", "sig", "EdDSA", key.kid, base64.RawURLEncoding.EncodeToString(k.public[key.kid])}
	}
	var err error
	if k.document, err = json.Marshal(map[string]any{"keys": keys}); err != nil {
		panic("receipt: a key set has only fields that can be marshalled")
	}
	sum := sha256.Sum256(k.document)
	k.etag = `"` + hex.EncodeToString(sum[:16]) + `"`
}

// add makes the signing key with a number. It signs after a wait; the one before
// it signs until then. It returns [errOvertaken] when there is such a key.
func (r *Receipts) add(ctx context.Context, number int64, wait time.Duration, actor string) error {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // it ends the program rather than fail
	kid := id.New("sig")
	sealed := r.ring.Seal(sealedPlace, kid, seed)
	clear(seed)
	err := r.db.Update(ctx, func(tx *db.Tx) error {
		active := tx.Now.Add(wait)
		tx.Must(1, errOvertaken, insertKey, number, kid, sealed, tx.Now, active)
		tx.Exec(retireKey, number-1, active)
		tx.Notify(topic)
		return audit.Keep(tx, audit.Record{
			Actor: actor, Act: "signing key added", Subject: kid, Detail: "signs after " + wait.String(),
		})
	})
	if err != nil {
		return fmt.Errorf("adding signing key %s: %w", strconv.FormatInt(number, 10), err)
	}
	return nil
}

// Rotate adds the next signing key, which takes over after a day, and returns
// it. When one is waiting already it returns that. The actor is recorded.
func (r *Receipts) Rotate(ctx context.Context, actor string) (Key, error) {
	if err := r.Reload(ctx); err != nil {
		return Key{}, err
	}
	if newest := r.keys.Load().newest(); newest.active <= r.db.Now() {
		if err := r.add(ctx, newest.number+1, headStart, actor); err != nil && !errors.Is(err, errOvertaken) {
			return Key{}, err
		}
		if err := r.Reload(ctx); err != nil {
			return Key{}, err
		}
	}
	return r.keys.Load().newest().told(), nil
}

// told is the key as operators see it.
func (k *signingKey) told() Key {
	out := Key{ID: k.kid, CreatedAt: k.created.Std(), ActiveAt: k.active.Std()}
	if k.retired != 0 {
		out.RetiredAt = k.retired.Std()
	}
	return out
}

// Keys lists the published keys, the oldest first.
func (r *Receipts) Keys() []Key {
	var out []Key
	for _, key := range r.keys.Load().keys {
		out = append(out, key.told())
	}
	return out
}

// Tend reads the keys anew, erases those that nothing is checked with any more,
// and adds the next one when the newest has signed for so long that its own end
// is a day away. It is what Run repeats.
func (r *Receipts) Tend(ctx context.Context) error {
	if err := r.Reload(ctx); err != nil {
		return err
	}
	set := r.keys.Load()
	if set.over {
		err := r.db.Update(ctx, func(tx *db.Tx) error {
			tx.Exec(eraseKeys, tx.Now.Add(-staysAfter))
			return nil
		})
		if err != nil {
			return fmt.Errorf("erasing old signing keys: %w", err)
		}
	}
	if newest := set.newest(); newest.active.Add(signsFor-headStart) <= r.db.Now() {
		_, err := r.Rotate(ctx, "server")
		return err
	}
	return nil
}

// Run tends the keys, every minute and when a node has changed them, until ctx
// ends and then returns nil. What failed is handed to trouble and tried again.
func (r *Receipts) Run(ctx context.Context, trouble func(error)) error {
	woken, stop := r.db.Listen(topic)
	defer stop()
	timer := time.NewTicker(reloadEvery)
	defer timer.Stop()
	for {
		if err := r.Tend(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-woken:
		case <-timer.C:
		}
	}
}
