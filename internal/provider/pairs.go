package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// The refusals of pairs beside [ErrNone]. What the provider itself refuses is an
// error of package coolsms.
var (
	ErrPair = fault.New(fault.Invalid, "provider_pair_invalid", "a pair is a key and its secret, without spaces")
	// ErrSender refuses a pair of another account: what is on its way could not be
	// asked about any more.
	ErrSender = fault.New(fault.Conflict, "provider_sender_missing",
		"its account does not have coolsms.sender: for another account change the settings and start anew")
)

const (
	checkMost = 20 * time.Second // that checking a pair may take
	wordMost  = 200              // bytes of a key or a secret
)

// Pairs changes which pair an installation uses, beside running servers.
type Pairs struct {
	DB       *db.DB
	Ring     *seal.Ring
	Settings Pair
	Sender   string                     // that the account must have
	Client   func(Pair) *coolsms.Client // with a pair
}

// Chosen tells which pair is to be used: the stored one, or, with a zero SetAt,
// that of the settings.
func (p *Pairs) Chosen(ctx context.Context) (Stored, error) {
	chosen := Stored{Fingerprint: p.Ring.Fingerprint(p.Settings.Key)}
	err := p.DB.View(ctx, func(tx *db.Tx) error {
		stored, ok, err := Look(tx)
		if ok {
			chosen = stored
		}
		return err
	})
	return chosen, err
}

// Set has the provider take a pair, and then stores it. As long as that does not
// succeed nothing is changed. Refusals: [ErrPair], [ErrSender], and the provider's.
func (p *Pairs) Set(ctx context.Context, pair Pair, act Act) error {
	for _, word := range []string{pair.Key, pair.Secret} {
		if word == "" || len(word) > wordMost || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return ErrPair
		}
	}
	if err := p.check(ctx, pair); err != nil {
		return err
	}
	return p.DB.Update(ctx, func(tx *db.Tx) error { return Set(tx, p.Ring, pair, p.Ring.Fingerprint(pair.Key), act) })
}

// Drop goes back to the pair of the settings once the provider has taken it.
// Refusals: [ErrNone], [ErrSender], and the provider's.
func (p *Pairs) Drop(ctx context.Context, act Act) error {
	chosen, err := p.Chosen(ctx)
	switch {
	case err != nil:
		return err
	case chosen.SetAt == 0:
		return ErrNone
	}
	if err := p.check(ctx, p.Settings); err != nil {
		return err
	}
	return p.DB.Update(ctx, func(tx *db.Tx) error { return Drop(tx, act) })
}

// check asks the provider with a pair for all that a server needs it for: the
// money, the sender numbers, and an empty group that is made and deleted.
func (p *Pairs) check(ctx context.Context, pair Pair) error {
	ctx, cancel := context.WithTimeout(ctx, checkMost)
	defer cancel()
	client := p.Client(pair)
	if _, err := client.Cash.Balance(ctx); err != nil {
		return err
	}
	page, err := client.SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: 500})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(page.Numbers, func(n coolsms.SenderNumber) bool { return n.PhoneNumber == p.Sender }) {
		return ErrSender
	}
	group, err := client.Groups.Create(ctx, coolsms.CreateGroupParams{})
	if err != nil {
		return err
	}
	_, err = client.Groups.Delete(ctx, group.GroupID)
	return err
}
