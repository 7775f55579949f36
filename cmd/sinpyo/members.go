package main

import (
	"context"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// members makes the accounts of a server, with what members agreed to and what
// they prove themselves with.
func (h *house) members(ctx context.Context) (err error) {
	c := h.settings
	h.consents, err = openLedger(ctx, c, h.db, func(tx *db.Tx, userID string) { h.accounts.Hold(tx, userID) })
	if err != nil {
		return err
	}
	factors := factorOptions(c, h.db, h.ring)
	factors.Registerer = h.registry
	factors.Changed = func(tx *db.Tx, made factor.Change) {
		h.accounts.Hold(tx, made.UserID)
		h.accounts.FactorChanged(tx, made.UserID, string(made.Kind), made.Removed)
	}
	if h.factors, err = factor.New(factors); err != nil {
		return err
	}
	notices, err := sms.NewNotices(c.Service.Name)
	if err != nil {
		return err
	}
	o := memberOptions(c, h.db, h.ring, h.consents, h.factors)
	o.Verify, o.Registerer, o.Log = h.verifier, h.registry, h.log
	o.Outbox, o.ApplicationID, o.Notices = h.outbox, h.builtin.ID, notices
	h.accounts = account.New(o)
	return nil
}

// openMembers makes the accounts for a command beside a server, which tells
// nobody anything.
func openMembers(c *config.Config, d *db.DB, ring *seal.Ring) (*account.Accounts, error) {
	consents, err := ledger(c, d, nil)
	if err != nil {
		return nil, err
	}
	factors, err := factor.New(factorOptions(c, d, ring))
	if err != nil {
		return nil, err
	}
	return account.New(memberOptions(c, d, ring, consents, factors)), nil
}

// memberOptions are what all accounts are made of.
func memberOptions(c *config.Config, d *db.DB, ring *seal.Ring, consents *consent.Ledger, factors *factor.Factors) account.Options {
	return account.Options{
		DB: d, Ring: ring, Consents: consents, Factors: account.NewFactors(factors),
		ProofDays: c.Accounts.SecondProofDays, RecoveryWait: c.Accounts.RecoveryWait,
		DormantAfter: time.Duration(c.Accounts.DormantAfterDays) * 24 * time.Hour,
	}
}

// factorOptions are what all factors are made of.
func factorOptions(c *config.Config, d *db.DB, ring *seal.Ring) factor.Options {
	return factor.Options{
		DB: d, Ring: ring, Name: c.Service.Name, Origin: c.PublicURL, Words: []string{c.Service.Host},
		Passwords: factor.Passwords{
			Policy: factor.Policy(c.Accounts.Password), Least: c.Accounts.PasswordLeast,
			MemoryMiB: c.Accounts.Argon2Memory, Time: c.Accounts.Argon2Time,
		},
	}
}
