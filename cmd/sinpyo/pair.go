package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// providerCommand changes the key pair of the account with the provider. Each of
// its commands works beside running servers.
type providerCommand struct {
	SetKey  providerSetKey  `cmd:"" name:"set-key" help:"Check another key pair with the provider and have the servers use it."`
	DropKey providerDropKey `cmd:"" name:"drop-key" help:"Go back to the key pair of the settings."`
	Show    providerShow    `cmd:"" help:"Say which key pair is in use, without showing it."`
}

// pairOf returns the pair of the settings.
func pairOf(c *config.Config) provider.Pair {
	return provider.Pair{Key: c.CoolSMS.APIKey.Reveal(), Secret: c.CoolSMS.APISecret.Reveal()}
}

// clientOf returns a client with a pair.
func clientOf(c *config.Config, p provider.Pair, options ...coolsms.Option) *coolsms.Client {
	return coolsms.New(p.Key, p.Secret, append([]coolsms.Option{coolsms.WithBaseURL(c.CoolSMS.BaseURL)}, options...)...)
}

// client returns a client of the server with a pair. The dispatcher counts and
// repeats its calls itself.
func (h *house) client(p provider.Pair) *coolsms.Client {
	return clientOf(h.settings, p, coolsms.WithRetry(0), coolsms.WithTransport(h.tracing.transport()), coolsms.WithLogger(h.log))
}

// takePair reads the pair that the server begins with, and makes what follows
// another one. The emulator of dev mode has a pair of its own.
func (h *house) takePair(ctx context.Context) error {
	h.pair = pairOf(h.settings)
	h.follower = &provider.Follower{DB: h.db, Ring: h.ring, Settings: h.pair, Use: h.usePair}
	if h.emulator != nil {
		h.follower.Use = func(context.Context, provider.Pair) error { return nil }
		return nil
	}
	return h.db.View(ctx, func(tx *db.Tx) error {
		p, stored, ok, err := provider.Read(tx, h.ring)
		if ok {
			h.pair, h.follower.InUse = p, stored.SetAt
			h.log.Info("the provider's key of the settings is not used: another was set in its place", "set_at", stored.SetAt.Std())
		}
		return err
	})
}

// usePair goes on with another pair once the provider takes it from here.
func (h *house) usePair(ctx context.Context, p provider.Pair) error {
	client := h.client(p)
	ctx, cancel := context.WithTimeout(ctx, pairCheckMost)
	defer cancel()
	if _, err := client.Cash.Balance(ctx); err != nil {
		return err
	}
	if err := h.outbox.Use(ctx, client, p.Key); err != nil {
		return err
	}
	h.log.Info("the provider's key was changed")
	return nil
}

// pairCheckMost is how long checking a pair may take.
const pairCheckMost = 20 * time.Second

// adoptPair puts the stored pair, if there is one, in the place of the settings'.
func adoptPair(ctx context.Context, c *config.Config) error {
	schema, newest, err := db.Status(ctx, db.Options{URL: databaseURL(c)})
	if err != nil || schema < newest { // made, or brought up to date, by the next server
		return reason(err)
	}
	d, err := openDatabase(ctx, c, false)
	if err != nil {
		return err
	}
	var stored bool
	err = d.View(ctx, func(tx *db.Tx) (err error) {
		_, stored, err = provider.Look(tx)
		return err
	})
	if err == nil && stored {
		err = readPair(ctx, c, d)
	}
	return errors.Join(err, d.Close())
}

func readPair(ctx context.Context, c *config.Config, d *db.DB) error {
	keys, err := openKeys(ctx, c, d)
	if err != nil {
		return err
	}
	return d.View(ctx, func(tx *db.Tx) error {
		p, _, ok, err := provider.Read(tx, keys.Ring())
		if ok {
			c.CoolSMS.APIKey, c.CoolSMS.APISecret = config.Secret(p.Key), config.Secret(p.Secret)
		}
		return err
	})
}

type providerSetKey struct {
	settingsFlags
	File   string `arg:"" default:"-" help:"A file with key and secret on two lines; - is standard input."`
	Reason string `placeholder:"TEXT" help:"Why, for the record."`
}

// Help is shown below the flags.
func (providerSetKey) Help() string {
	return `The new pair must be of the same account: the provider is asked for the money, for the sender numbers, and to make and
delete an empty group, before anything is stored. A running server asks by itself and goes on with the pair within
seconds; until that succeeds it uses the one before. Delete the old key at the provider afterwards, not before.

Example:  sinpyo provider set-key new-pair.txt --reason 'yearly change'`
}

// Run checks the pair and stores it.
func (c *providerSetKey) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	p, err := readPairFile(c.File, s.in)
	if err != nil {
		return usageError{err}
	}
	act := provider.Act{Actor: "command line", Reason: c.Reason}
	err = withPairs(s, settings, func(pairs *provider.Pairs) error {
		if err := pairs.Set(s.ctx, p, act); err != nil {
			return fmt.Errorf("the pair was not set: %w", told(err))
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "set; running servers go on with it within seconds, which their logs tell")
	return err
}

// readPairFile reads a key and its secret from two lines.
func readPairFile(name string, in io.Reader) (provider.Pair, error) {
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the operator names the file
		if err != nil {
			return provider.Pair{}, reason(err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	var words []string
	lines := bufio.NewScanner(io.LimitReader(in, 4096))
	for lines.Scan() {
		words = append(words, strings.Fields(lines.Text())...)
	}
	if lines.Err() != nil || len(words) != 2 {
		return provider.Pair{}, errors.New("key and secret stand on two lines, and nothing else")
	}
	return provider.Pair{Key: words[0], Secret: words[1]}, nil
}

// pairsOf returns what changes the pair of an installation.
func pairsOf(c *config.Config, d *db.DB, ring *seal.Ring) *provider.Pairs {
	return &provider.Pairs{
		DB: d, Ring: ring, Settings: pairOf(c), Sender: c.CoolSMS.Sender,
		Client: func(p provider.Pair) *coolsms.Client { return clientOf(c, p) },
	}
}

// withPairs runs do on the pairs of an installation.
func withPairs(s *shell, c *config.Config, do func(*provider.Pairs) error) error {
	d, err := openDatabase(s.ctx, c, true)
	if err != nil {
		return err
	}
	keys, err := openKeys(s.ctx, c, d)
	if err == nil {
		err = do(pairsOf(c, d, keys.Ring()))
	}
	return errors.Join(err, d.Close())
}

type providerDropKey struct {
	settingsFlags
	Reason string `placeholder:"TEXT" help:"Why, for the record."`
}

// Help is shown below the flags.
func (providerDropKey) Help() string { return "Example:  sinpyo provider drop-key" }

// Run checks that the provider takes the pair of the settings, and goes back to it.
func (c *providerDropKey) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	act := provider.Act{Actor: "command line", Reason: c.Reason}
	err = withPairs(s, settings, func(pairs *provider.Pairs) error {
		err := pairs.Drop(s.ctx, act)
		if err != nil && fault.As(err) == nil {
			return fmt.Errorf("the pair of the settings does not work: %w", told(err))
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "dropped; running servers go back to the pair of their settings within seconds")
	return err
}

type providerShow struct {
	settingsFlags
	JSON bool `help:"Print JSON."`
}

// Help is shown below the flags.
func (providerShow) Help() string { return "Example:  sinpyo provider show --json" }

// shownPair is what provider show --json prints.
type shownPair struct {
	From        string `json:"from"` // "settings" or "database"
	Fingerprint string `json:"fingerprint"`
	SetAt       string `json:"set_at,omitempty"`
}

// Run tells which pair is in use. The fingerprint is what records name it by.
func (c *providerShow) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	shown := shownPair{From: "settings"}
	err = withPairs(s, settings, func(pairs *provider.Pairs) error {
		chosen, err := pairs.Chosen(s.ctx)
		if shown.Fingerprint = chosen.Fingerprint; chosen.SetAt != 0 {
			shown.From, shown.SetAt = "database", stamp(chosen.SetAt)
		}
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s, shown)
	}
	_, err = fmt.Fprintf(s.out, "from         %s\nfingerprint  %s\nset          %s\n", shown.From, shown.Fingerprint, shown.SetAt)
	return err
}
