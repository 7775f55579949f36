package main

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// factorOptions are what the members' factors are made of.
func factorOptions(c *config.Config, d *db.DB, ring *seal.Ring) factor.Options {
	return factor.Options{
		DB: d, Ring: ring, Name: c.Service.Name, Origin: c.PublicURL, Words: []string{c.Service.Host},
		Passwords: factor.Passwords{
			Policy: factor.Policy(c.Accounts.Password), Least: c.Accounts.PasswordLeast,
			MemoryMiB: c.Accounts.Argon2Memory, Time: c.Accounts.Argon2Time,
		},
	}
}

// memberOptions are what the accounts are made of, those of a server and those of
// a command beside it.
func memberOptions(c *config.Config, d *db.DB, ring *seal.Ring, factors *factor.Factors) account.Options {
	return account.Options{
		DB: d, Ring: ring, Factors: account.NewFactors(factors),
		ProofDays: c.Accounts.SecondProofDays, RecoveryWait: c.Accounts.RecoveryWait,
		DormantAfter: time.Duration(c.Accounts.DormantAfterDays) * 24 * time.Hour,
	}
}

// beside makes the accounts of a command beside a server.
func beside(c *config.Config, d *db.DB, ring *seal.Ring) (*account.Accounts, error) {
	factors, err := factor.New(factorOptions(c, d, ring))
	if err != nil {
		return nil, err
	}
	return account.New(memberOptions(c, d, ring, factors)), nil
}

// members makes the accounts of a server.
func (h *house) members() (*account.Accounts, error) {
	notices, err := sms.NewNotices(h.settings.Service.Name)
	if err != nil {
		return nil, err
	}
	o := memberOptions(h.settings, h.db, h.ring, h.factors)
	o.Verify, o.Consents, o.Registerer = h.verifier, h.consents, h.registry
	o.Outbox, o.ApplicationID, o.Notices = h.outbox, h.builtin.ID, notices
	return account.New(o), nil
}
