package receipt

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// How keys are fetched and kept.
const (
	fetchMost   = 5 * time.Second // for one fetch
	fetchBytes  = 64 << 10        // of one answer
	fetchPause  = time.Minute     // between two fetches, whatever receipts name
	fetchRetry  = 5 * time.Second // after one that failed
	keysFresh   = 5 * time.Minute // how long keys are used without a look; the server's max-age
	keysUsable  = time.Hour       // how long they are used while no look succeeds
	keysAtATime = 16
)

// Keys are the public keys of a server, by their kid.
type Keys map[string]ed25519.PublicKey

// ParseKeys reads the Ed25519 keys of a JWK set (RFC 7517 §5, RFC 8037 §2), as
// /.well-known/jwks.json answers it. Keys of other kinds are left out.
func ParseKeys(jwks []byte) (Keys, error) {
	var set struct {
		Keys []struct {
			Type  string `json:"kty"`
			Curve string `json:"crv"`
			Use   string `json:"use"`
			ID    string `json:"kid"`
			X     string `json:"x"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, fmt.Errorf("receipt: reading keys: %w", err)
	}
	keys := Keys{}
	for _, k := range set.Keys {
		if k.Type != "OKP" || k.Curve != "Ed25519" || k.ID == "" || k.Use != "" && k.Use != "sig" {
			continue
		}
		x, err := encoding.DecodeString(k.X)
		if err != nil || len(x) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("receipt: reading keys: %q is no Ed25519 key", k.ID)
		}
		keys[k.ID] = ed25519.PublicKey(x)
	}
	if len(keys) == 0 || len(keys) > keysAtATime {
		return nil, fmt.Errorf("receipt: reading keys: found %d Ed25519 keys, want 1 to %d", len(keys), keysAtATime)
	}
	return keys, nil
}

// newClient returns the client that keys are fetched with.
func newClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// source fetches the keys of a server and keeps them.
type source struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex
	keys    Keys
	fetched time.Time     // when keys were had last
	next    time.Time     // no fetch before this
	failed  error         // how the last fetch failed, nil when it did not
	flight  chan struct{} // closed when the fetch under way ends; nil while there is none
}

// key returns a key by its kid. Keys that are a little old are used at once and
// fetched anew beside; one that is missing, or too old, is waited for.
func (s *source) key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	s.mu.Lock()
	key, age := s.look(kid)
	if key == nil || age >= keysFresh {
		s.fetch()
	}
	flight := s.flight
	s.mu.Unlock()
	if key == nil && flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrKeys, ctx.Err())
		}
		s.mu.Lock()
		key, _ = s.look(kid)
		s.mu.Unlock()
	}
	if key != nil {
		return key, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, s.failed)
	}
	return nil, ErrKey
}

// look returns a key that is not too old, or nil. s.mu is held.
func (s *source) look(kid string) (key ed25519.PublicKey, age time.Duration) {
	if age = s.now().Sub(s.fetched); age >= keysUsable {
		return nil, age
	}
	return s.keys[kid], age
}

// fetch sees to it that a fetch is under way, unless one was made lately. s.mu
// is held.
func (s *source) fetch() {
	if s.flight != nil || s.now().Before(s.next) {
		return
	}
	flight := make(chan struct{})
	s.flight = flight
	go func() {
		// Its own time, so that one caller who leaves fails no other.
		ctx, cancel := context.WithTimeout(context.Background(), fetchMost)
		defer cancel()
		keys, err := s.get(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed, s.flight = err, nil
		if s.next = s.now().Add(fetchRetry); err == nil {
			s.keys, s.fetched, s.next = keys, s.now(), s.now().Add(fetchPause)
		}
		close(flight)
	}()
}

// get asks for the keys.
func (s *source) get(ctx context.Context) (Keys, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", s.url, answer.Status)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, fetchBytes+1))
	if err != nil {
		return nil, err
	}
	if len(body) > fetchBytes {
		return nil, errors.New("the answer is too large")
	}
	return ParseKeys(body)
}
