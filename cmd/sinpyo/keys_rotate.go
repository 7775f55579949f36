package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// sealedColumns are all that is sealed in the database. A test compares them
// with the tables.
func sealedColumns() []seal.Column {
	var all []seal.Column
	for _, room := range [][]seal.Column{
		verify.Sealed(), outbox.Sealed(), account.Sealed(), idempotency.Sealed(), receipt.Sealed(),
		factor.Sealed(), audit.Sealed(), provider.Sealed(),
	} {
		all = append(all, room...)
	}
	return all
}

// keysRotateMaster puts a new master key in the place of the old one.
type keysRotateMaster struct {
	settingsFlags
	Wait time.Duration `default:"2m" help:"How long to wait for running servers to take the new key."`
}

// Help is shown below the flags.
func (keysRotateMaster) Help() string {
	return `Works beside running servers. Adds a key to the master key file, has every server seal with it, seals anew what
stands under the older one, and takes that out of the file. Broken off, it goes on when it is run again.
Where servers have files of their own, copy the new file to them while this waits.

Example:  sinpyo keys rotate-master --wait 30m`
}

// Run rotates the master key.
func (c *keysRotateMaster) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	err = keyring.Rotation{
		DB: d, Path: masterKeyFile(settings), Columns: sealedColumns(), Wait: c.Wait, Actor: "command line",
		Tell: func(step string) { _, _ = fmt.Fprintln(s.out, step) },
	}.Rotate(s.ctx)
	return errors.Join(keysFailed(settings, err), d.Close())
}
