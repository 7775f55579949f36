package main

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// memberOptions are what the accounts are made of, those of a server and those of
// a command beside it.
func memberOptions(c *config.Config, d *db.DB, ring *seal.Ring) account.Options {
	return account.Options{
		DB: d, Ring: ring,
		ProofDays: c.Accounts.SecondProofDays, RecoveryWait: c.Accounts.RecoveryWait,
		DormantAfter: time.Duration(c.Accounts.DormantAfterDays) * 24 * time.Hour,
	}
}

// members makes the accounts of a server.
func (h *house) members() (*account.Accounts, error) {
	notices, err := sms.NewNotices(h.settings.Service.Name)
	if err != nil {
		return nil, err
	}
	o := memberOptions(h.settings, h.db, h.ring)
	o.Verify, o.Registerer = h.verifier, h.registry
	o.Outbox, o.ApplicationID, o.Notices = h.outbox, h.builtin.ID, notices
	return account.New(o), nil
}
