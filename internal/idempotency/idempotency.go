// Package idempotency lets a caller repeat a request without having it carried
// out twice: the request names itself with an Idempotency-Key, and a repeat is
// given the answer of the first (draft-ietf-httpapi-idempotency-key-header,
// S-70).
//
// The walk is [Keeper.Do]: it looks for an answer that was kept; where there is
// none it carries the request out, and the act that does so keeps its answer by
// its last statement ([Keep]). When a node beside this one was sooner that
// statement finds a row, the whole act is undone, and the other's answer is
// given. So there is one act for one key, whatever is restarted or lost: a
// crash or a lost connection leaves act and answer, or neither.
//
// An answer stays for 24 hours, sealed; of the body a keyed fingerprint is
// kept, and of the key a keyed hash together with whose it is and which route
// it was sent to. The package does not know what is answered, and never keeps
// what a repeat might cure: that is for its caller to say.
package idempotency

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/web"
)

// Lifetime is how long an answer is kept.
const Lifetime = 24 * time.Hour

// keyMost is the longest key, in bytes.
const keyMost = 255

// The refusals of this package.
var (
	ErrKey = fault.New(fault.Invalid, "idempotency_key_invalid",
		"Idempotency-Key: expected 1 to 255 visible ASCII characters, once")
	ErrUnderWay = fault.New(fault.Conflict, "idempotency_under_way",
		"a request with the same Idempotency-Key is being carried out: ask again for its answer").After(time.Second)
	ErrMismatch = web.Refusal(http.StatusUnprocessableEntity, "idempotency_mismatch",
		"this Idempotency-Key was used with another body: take a new key for a new request")
)

// errTaken ends an act whose key has an answer already.
var errTaken = errors.New("the idempotency key has an answer")

// Request is a request that names itself.
type Request struct {
	Caller string // the id of the application key
	Route  string // method and path
	Key    string // as Key returned it
	Body   []byte
}

// Answer is what a request was answered.
type Answer struct {
	Status int
	Body   []byte // JSON
}

// Keep writes an answer in the act that earned it, as its last statement.
type Keep func(tx *db.Tx, a Answer)

// Key reads the key of a request from the values of its header field, and
// returns "" when there are none. Refusal: [ErrKey].
func Key(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	if len(values) > 1 || key == "" || len(key) > keyMost {
		return "", ErrKey
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return "", ErrKey
		}
	}
	return key, nil
}

// Keeper keeps the answers. It is safe for concurrent use.
type Keeper struct {
	db   *db.DB
	ring *seal.Ring

	mu       sync.Mutex
	underWay map[string]struct{} // by the hash of the key
}

// New returns a keeper of the answers in d.
func New(d *db.DB, ring *seal.Ring) *Keeper {
	return &Keeper{db: d, ring: ring, underWay: make(map[string]struct{})}
}

// Do carries out a request with do, unless that was done before: then the
// answer of that time is returned and do is not called, or what it did is
// undone. Otherwise the answer is nil and the error that of do.
//
// When do returns nil it has kept its answer, in an act that was committed.
// What its error is answered with is said by lasting, which returns false for
// what may end otherwise next time; the rest is kept in an act of its own.
//
// Refusals: [ErrUnderWay] while this process is at it, [ErrMismatch] when the
// first request had another body.
func (k *Keeper) Do(ctx context.Context, r Request, do func(Keep) error, lasting func(error) (Answer, bool)) (*Answer, error) {
	c := &call{
		Keeper: k,
		key:    k.ring.Hash(seal.Idempotency, "key", r.Caller, r.Route, r.Key),
		body:   k.ring.Hash(seal.Idempotency, "body", string(r.Body)),
	}
	if !k.begin(c.key) {
		return nil, ErrUnderWay
	}
	defer k.end(c.key)
	if kept, err := c.find(ctx); kept != nil || err != nil {
		return kept, err
	}
	refused := do(c.keep)
	if refused == nil {
		return nil, nil
	}
	// Another node may have been at it: its act can have used up what this one
	// was then refused for.
	if kept, err := c.find(ctx); kept != nil || errors.Is(err, ErrMismatch) {
		return kept, err
	}
	a, ok := lasting(refused)
	if !ok {
		return nil, refused
	}
	err := k.db.Update(ctx, func(tx *db.Tx) error {
		c.keep(tx, a)
		return nil
	})
	if errors.Is(err, errTaken) {
		return c.find(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("keeping a refusal: %w", err)
	}
	return nil, refused
}

// begin notes that a request is being carried out, unless it is already.
func (k *Keeper) begin(key []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, busy := k.underWay[string(key)]
	if !busy {
		k.underWay[string(key)] = struct{}{}
	}
	return !busy
}

func (k *Keeper) end(key []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.underWay, string(key))
}

// call is one request by its hashes.
type call struct {
	*Keeper
	key, body []byte
}

// place is what the sealed answers stand in.
const place = "idempotency.answer"

// keep is the Keep of a request. A row whose time is over counts as none.
func (c *call) keep(tx *db.Tx, a Answer) {
	sealed := c.ring.Seal(place, hex.EncodeToString(c.key), a.Body)
	tx.Must(1, errTaken, insertAnswer, c.key, c.body, a.Status, sealed, tx.Now.Add(Lifetime), tx.Now)
}

// find returns the answer that is kept, or nil.
func (c *call) find(ctx context.Context) (*Answer, error) {
	var a Answer
	var body, sealed []byte
	err := c.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(answerByKey, c.key, tx.Now).Scan(&body, &a.Status, &sealed)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("looking for a kept answer: %w", err)
	case subtle.ConstantTimeCompare(body, c.body) != 1:
		return nil, ErrMismatch
	}
	if a.Body, err = c.ring.Open(place, hex.EncodeToString(c.key), sealed); err != nil {
		return nil, fmt.Errorf("opening a kept answer: %w", err)
	}
	return &a, nil
}
