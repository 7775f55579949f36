package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// stateVersion is the form of a state file. A change that older programs would
// misread raises it.
const stateVersion = 1

// keepsake is one part of the account that is written down and put back. Parts
// are put back in the order of the table; a part that a file does not have
// stays as New made it.
type keepsake struct {
	name string
	save func(w *world) any
	load func(w *world, raw json.RawMessage) error
}

// keepsakes are all parts of the account that outlive a restart. The log of
// requests, armed faults and used signatures do not.
var keepsakes = []keepsake{
	keep("account", (*world).saveAccount, (*world).loadAccount),
	keep("senders", (*world).saveSenders, (*world).loadSenders),
	keep("fates", (*world).saveFates, (*world).loadFates),
	keep("resources", (*world).saveResources, (*world).loadResources),
	keep("legacy", (*world).saveLegacy, (*world).loadLegacy),
	keep("groups", (*world).saveGroups, (*world).loadGroups),
	keep("webhooks", (*world).saveHooks, (*world).loadHooks),
}

// keep makes a keepsake of two functions that speak of the same form.
func keep[T any](name string, save func(*world) T, load func(*world, T) error) keepsake {
	return keepsake{
		name: name,
		save: func(w *world) any { return save(w) },
		load: func(w *world, raw json.RawMessage) error {
			var v T
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return load(w, v)
		},
	}
}

// Save writes the account as it stands, with its API keys and the texts it
// holds, as JSON that Load reads.
func (s *Sandbox) Save(out io.Writer) error {
	parts := map[string]any{"version": stateVersion, "keys": s.savedKeys()}
	s.mu.Lock()
	for _, k := range keepsakes {
		parts[k.name] = k.save(s.world)
	}
	s.mu.Unlock()
	if err := json.NewEncoder(out).Encode(parts); err != nil {
		return fmt.Errorf("writing the account down: %w", err)
	}
	return nil
}

// Load puts an account back that Save wrote, in place of this one. What came
// due in the meantime happens at once, each thing at its own time. API keys
// come from the file unless WithKey gave one. Call it before the first request.
func (s *Sandbox) Load(in io.Reader) error {
	var parts map[string]json.RawMessage
	if err := json.NewDecoder(in).Decode(&parts); err != nil {
		return fmt.Errorf("not a saved account: %w", err)
	}
	var version int
	if err := json.Unmarshal(parts["version"], &version); err != nil || version != stateVersion {
		return fmt.Errorf("a saved account of version %s; this program reads version %d", clip(string(parts["version"]), 20), stateVersion)
	}
	w := newWorld(&s.set, s.set.now())
	for _, k := range keepsakes {
		if raw, ok := parts[k.name]; ok {
			if err := k.load(w, raw); err != nil {
				return fmt.Errorf("not a saved account: %w", err)
			}
		}
	}
	var keys savedKeys
	if raw, ok := parts["keys"]; ok {
		if err := json.Unmarshal(raw, &keys); err != nil {
			return fmt.Errorf("not a saved account: keys: %w", err)
		}
	}
	if s.set.drawnKey && keys.Pairs[keys.First] != "" {
		s.set.key, s.set.keys = keys.First, keys.Pairs
	}
	s.change(func(old *world) { *old = *w })
	return nil
}

// savedKeys are the API keys the account answers to.
type savedKeys struct {
	First string            `json:"first"`
	Pairs map[string]string `json:"pairs"` // key to secret
}

func (s *Sandbox) savedKeys() savedKeys { return savedKeys{s.set.key, s.set.keys} }

// savedAccount is the money.
type savedAccount struct {
	Balance int64 `json:"balance"`
	Point   int64 `json:"point"`
}

func (w *world) saveAccount() savedAccount { return savedAccount{w.balance, w.point} }

func (w *world) loadAccount(v savedAccount) error {
	w.balance, w.point = v.Balance, v.Point
	return nil
}

// savedSender is a sender number with what the provider alone knows of it.
type savedSender struct {
	Sender
	HandleKey string    `json:"handleKey"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Documents bool      `json:"documents,omitempty"` // were handed in
}

func (w *world) saveSenders() []savedSender {
	out := make([]savedSender, len(w.senders))
	for i, s := range w.senders {
		out[i] = savedSender{*s, s.handleKey, s.created, s.updated, s.documents}
	}
	return out
}

func (w *world) loadSenders(saved []savedSender) error {
	w.senders = nil
	for _, v := range saved {
		s := v.Sender
		s.handleKey, s.created, s.updated, s.documents = v.HandleKey, v.Created, v.Updated, v.Documents
		w.senders = append(w.senders, &s)
	}
	return nil
}

func (w *world) saveFates() []Fate {
	out := make([]Fate, 0, len(w.fates))
	for _, f := range w.fates {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Fate) int { return cmp.Compare(a.To, b.To) })
	return out
}

func (w *world) loadFates(saved []Fate) error {
	for _, f := range saved {
		if err := f.valid(); err != nil {
			return fmt.Errorf("fates: %w", err)
		}
		w.fates[f.To] = &f
	}
	return nil
}

// saveLegacy writes down what the legacy API alone keeps. Its lists are copied,
// so that they can be read when the account goes on changing.
func (w *world) saveLegacy() legacyBook {
	v := w.legacy
	v.Images, v.Received = slices.Clone(v.Images), slices.Clone(v.Received)
	return v
}

func (w *world) loadLegacy(v legacyBook) error {
	w.legacy = v
	return nil
}
