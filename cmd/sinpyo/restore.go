package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/backup"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// restoredTables say of every table what becomes of it. A test compares them
// with the tables there are.
func restoredTables() []db.Fate {
	return slices.Concat(
		db.Restored(), app.Restored(), keyring.Restored(), audit.Restored(), watch.Restored(), provider.Restored(),
		idempotency.Restored(), receipt.Restored(), limit.Restored(), verify.Restored(), outbox.Restored(), consent.Restored(),
		factor.Restored(), account.Restored(), operator.Restored(), traffic.Restored(),
	)
}

// restoreCommand puts a backup in the place of the database.
type restoreCommand struct {
	settingsFlags
	File  string `arg:"" help:"The backup."`
	Check bool   `help:"Only look whether the backup is whole and opens with the master key."`
	Force bool   `help:"Restore though there is a database: that one is kept aside."`
	JSON  bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (restoreCommand) Help() string {
	return `Stop the servers first, and put your copy of the master key in its place. Nothing comes back to life: texts that had
not left are dropped, open verifications, sign-ins, links and one-time codes end, and recovery codes go.

Example:  sinpyo restore --check sinpyo-20261123T191303Z.backup`
}

// restoredBackup is what restore --json prints.
type restoredBackup struct {
	File     string         `json:"file"`
	Database string         `json:"database"`
	Schema   int64          `json:"schema"`
	At       time.Time      `json:"at"`
	Program  string         `json:"program"`
	Ended    map[string]int `json:"ended,omitempty"`
	Aside    string         `json:"kept_aside,omitempty"`
}

// Run restores a backup, or only looks at it.
func (c *restoreCommand) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	if err := prepareDataDir(settings.DataDir); err != nil {
		return err
	}
	about, err := c.look(s.ctx, settings)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	done := restoredBackup{File: c.File, Database: about.Database, Schema: about.Schema, At: about.At, Program: about.Program}
	switch {
	case c.Check:
	case about.Database == backup.Postgres:
		done.Aside, done.Ended, err = c.intoPostgres(s.ctx, settings, about)
	default:
		done.Aside, done.Ended, err = c.intoFile(s.ctx, settings, about)
	}
	if err != nil {
		return err
	}
	return c.print(s, done)
}

// look compares the checksum and reads the backup to its end, so that nothing is
// touched for one that is damaged.
func (c *restoreCommand) look(ctx context.Context, settings *config.Config) (about backup.About, err error) {
	if err := c.checkSum(); err != nil {
		return about, err
	}
	err = c.read(ctx, settings, func(a backup.About, plain io.Reader) error {
		about = a
		_, err := io.Copy(io.Discard, plain)
		return err
	})
	if err != nil {
		return about, err
	}
	kind := backup.SQLite
	if db.OnPostgres(databaseURL(settings)) {
		kind = backup.Postgres
	}
	_, newest, err := db.Status(ctx, db.Options{URL: databaseURL(settings)})
	switch {
	case about.Database != kind:
		return about, usageError{fmt.Errorf("it is of a database of the kind %s, and the settings name one of the kind %s: set database_url", about.Database, kind)}
	case err != nil && !c.Force:
		return about, reason(err)
	case about.Schema > newest:
		return about, fmt.Errorf("%w (the backup has schema %d, the program knows %d)", db.ErrNewerSchema, about.Schema, newest)
	}
	return about, nil
}

// checkSum compares the file with the checksum beside it, where there is one.
func (c *restoreCommand) checkSum() error {
	want, err := backup.Sum(c.File)
	if err != nil || want == "" {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return reason(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("%w: its checksum is %s, and %s says %s", backup.ErrDamaged, got, filepath.Base(c.File)+backup.SumSuffix, want)
	}
	return nil
}

// read opens the backup with the master key and hands on what is in it.
func (c *restoreCommand) read(ctx context.Context, settings *config.Config, do func(backup.About, io.Reader) error) error {
	ring, err := seal.Load(masterKeyFile(settings))
	if errors.Is(err, seal.ErrNoKey) {
		return usageError{fmt.Errorf("there is no master key at %s: put your copy of it there first", masterKeyFile(settings))}
	}
	if err != nil {
		return usageError{err}
	}
	f, err := os.Open(c.File)
	if err != nil {
		return reason(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	about, plain, err := backup.Open(f, ring)
	if err == nil {
		err = do(about, whileAlive{ctx, plain})
	}
	return err
}

// whileAlive is a reader that ends when a context does.
type whileAlive struct {
	ctx context.Context //nolint:containedctx // lives as long as the reading
	io.Reader
}

func (w whileAlive) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Reader.Read(p)
}

// errTaken refuses to restore over a database.
func errTaken(what string) error {
	return fmt.Errorf("%s holds a database already: add --force to keep it aside and restore", what)
}

// suffix names what is kept aside.
func (c *restoreCommand) suffix(between string) string {
	return between + strings.ToLower(time.Now().UTC().Format("20060102T150405Z"))
}

// intoFile restores an SQLite database. It is made ready beside the one that is
// there and then takes its place, so that one of the two is there whatever
// happens.
func (c *restoreCommand) intoFile(ctx context.Context, settings *config.Config, about backup.About) (aside string, ended map[string]int, err error) {
	place, err := db.Hold(databaseURL(settings))
	if errors.Is(err, db.ErrLocked) {
		err = fmt.Errorf("%w: stop it first", err)
	}
	if err != nil {
		return "", nil, reason(err)
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	if taken, err := place.Taken(); err != nil || taken && !c.Force {
		return "", nil, errors.Join(err, errTaken(place.Folder()))
	}
	clearLeftovers(place.Folder())
	folder, err := os.MkdirTemp(place.Folder(), ".restore-*") // with mode 0700
	if err != nil {
		return "", nil, reason(err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a later restore does it
	path := filepath.Join(folder, "sinpyo.db")
	err = c.read(ctx, settings, func(_ backup.About, plain io.Reader) error {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, plain)
		return errors.Join(err, f.Sync(), f.Close())
	})
	if err != nil {
		return "", nil, fmt.Errorf("unpacking the backup: %w", reason(err))
	}
	d, err := db.Open(ctx, db.Options{URL: path, Migrate: true})
	if err != nil {
		return "", nil, reason(err)
	}
	ended, err = settle(ctx, settings, d, about, filepath.Base(c.File))
	if err = errors.Join(err, d.Close()); err != nil {
		return "", nil, err
	}
	aside, err = place.Put(path, c.suffix(".before-"))
	return aside, ended, err
}

// settle ends in one transaction what may not come back to life, and records the
// restore.
func settle(ctx context.Context, settings *config.Config, d *db.DB, about backup.About, file string) (ended map[string]int, err error) {
	if _, err := keyring.Check(ctx, d, masterKeyFile(settings)); err != nil {
		return nil, keysFailed(settings, err)
	}
	err = d.Update(ctx, func(tx *db.Tx) (err error) {
		if ended, err = db.Settle(tx, restoredTables()); err != nil {
			return err
		}
		db.DropFact(tx, unfinishedFact)
		return audit.Keep(tx, audit.Record{
			Actor: "command line", Act: "restore", Subject: file, Detail: "the backup of " + about.At.Format(time.RFC3339),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("ending what may not go on: %w", err)
	}
	return ended, nil
}

// intoPostgres restores what pg_dump wrote.
func (c *restoreCommand) intoPostgres(ctx context.Context, settings *config.Config, about backup.About) (aside string, ended map[string]int, err error) {
	address := databaseURL(settings)
	current, _, err := db.Status(ctx, db.Options{URL: address})
	if err != nil {
		return "", nil, reason(err)
	}
	if current > 0 {
		if !c.Force {
			return "", nil, errTaken("database_url")
		}
		if err := noServers(ctx, settings); err != nil {
			return "", nil, err
		}
	}
	err = c.read(ctx, settings, func(_ backup.About, plain io.Reader) error {
		aside, err = unpack(ctx, address, about, plain, current > 0, c.suffix("_before_"))
		return err
	})
	if err != nil {
		return "", nil, err
	}
	d, err := openDatabase(ctx, settings, true)
	if err != nil {
		return aside, nil, err
	}
	ended, err = settle(ctx, settings, d, about, filepath.Base(c.File))
	return aside, ended, errors.Join(err, d.Close())
}

// noServers refuses while a server beats. A database that this program
// cannot open has none of its servers.
func noServers(ctx context.Context, settings *config.Config) error {
	d, err := openDatabase(ctx, settings, false)
	if err != nil {
		return nil //nolint:nilerr // an older or a newer schema
	}
	var running int
	err = d.View(ctx, func(tx *db.Tx) (err error) {
		running, err = outbox.Running(tx)
		return err
	})
	if err = errors.Join(err, d.Close()); err == nil && running > 0 {
		err = fmt.Errorf("%d servers run on this database: stop them first, and wait five seconds for one that was killed", running)
	}
	return err
}

// print says what was done.
func (c *restoreCommand) print(s *shell, done restoredBackup) error {
	if c.JSON {
		return printJSON(s, done)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "backup    %s\nmade      %s by %s, schema %d\n", done.File, done.At.Format(time.RFC3339), done.Program, done.Schema)
	if c.Check {
		text.WriteString("whole     it opens with this master key; nothing was changed\n")
		_, err := io.WriteString(s.out, text.String())
		return err
	}
	for _, what := range sortedByName(done.Ended) {
		fmt.Fprintf(&text, "ended     %d %s\n", done.Ended[what], what)
	}
	if done.Aside != "" {
		fmt.Fprintf(&text, "aside     %s\n", done.Aside)
	}
	text.WriteString("restored  what was revoked, blocked, erased or changed since has to be done again: docs/backup.md\n")
	_, err := io.WriteString(s.out, text.String())
	return err
}

// sortedByName are the names of what was ended, those of nothing left out.
func sortedByName(ended map[string]int) (names []string) {
	for name, n := range ended {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
