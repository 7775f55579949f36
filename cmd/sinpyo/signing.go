package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/receipt"
)

// keysRotateSigning adds a signing key. A running server does so by itself
// every 90 days.
type keysRotateSigning struct {
	settingsFlags
	JSON bool `help:"Print JSON."`
}

// Help is shown below the flags.
func (keysRotateSigning) Help() string {
	return "The new key is published at once and takes over after a day.\n\nExample:  sinpyo keys rotate-signing"
}

// signingKey is one key as keys rotate-signing prints it.
type signingKey struct {
	ID        string `json:"id"`
	SignsFrom string `json:"signs_from"`
	SignsTo   string `json:"signs_to,omitempty"`
}

// Run adds the next signing key, or tells of the one that waits already.
func (c *keysRotateSigning) Run(s *shell) (err error) {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	keys, err := openKeys(s.ctx, settings, d)
	if err != nil {
		return err
	}
	receipts, err := receipt.Open(s.ctx, receipt.Options{DB: d, Ring: keys.Ring(), Issuer: settings.PublicURL.String()})
	if err != nil {
		return err
	}
	if _, err := receipts.Rotate(s.ctx, "command line"); err != nil {
		return err
	}
	var list []signingKey
	for _, k := range receipts.Keys() {
		key := signingKey{ID: k.ID, SignsFrom: k.ActiveAt.Format(time.RFC3339)}
		if !k.RetiredAt.IsZero() {
			key.SignsTo = k.RetiredAt.Format(time.RFC3339)
		}
		list = append(list, key)
	}
	if c.JSON {
		return printJSON(s, list)
	}
	for _, k := range list {
		if k.SignsTo != "" {
			k.SignsTo = " to " + k.SignsTo
		}
		if _, err := fmt.Fprintf(s.out, "%s  signs from %s%s\n", k.ID, k.SignsFrom, k.SignsTo); err != nil {
			return err
		}
	}
	return nil
}
