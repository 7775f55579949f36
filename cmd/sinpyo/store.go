package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/keyring"
)

// databaseURL returns the database of an installation.
func databaseURL(c *config.Config) string {
	return cmp.Or(c.DatabaseURL.Reveal(), filepath.Join(c.DataDir, "sinpyo.db"))
}

// openDatabase opens the database of a command beside which a server may run.
func openDatabase(ctx context.Context, c *config.Config, migrate bool) (*db.DB, error) {
	d, err := db.Open(ctx, db.Options{URL: databaseURL(c), Migrate: migrate})
	return d, reason(err)
}

// openStore opens the database of a server and the keys that belong to it.
func openStore(ctx context.Context, c *config.Config, log *slog.Logger, reg prometheus.Registerer, tracer trace.Tracer) (*db.DB, *keyring.Keyring, error) {
	if err := prepareDataDir(c.DataDir); err != nil {
		return nil, nil, err
	}
	d, err := db.Open(ctx, db.Options{URL: databaseURL(c), Migrate: true, Exclusive: true, Logger: log, Registerer: reg, Tracer: tracer})
	if err != nil {
		return nil, nil, reason(err)
	}
	if _, unfinished, err := d.FactIfAny(ctx, unfinishedFact); err != nil || unfinished { // PostgreSQL alone has it
		if err == nil {
			err = usageError{errUnfinished}
		}
		return nil, nil, errors.Join(err, d.Close())
	}
	keys, err := openKeys(ctx, c, d)
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return d, keys, nil
}

// prepareDataDir makes the data directory for its owner alone, or refuses one
// that others may look into (S-85).
func prepareDataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the data directory %s: %w", dir, reason(err))
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the data directory %s has mode %04o and others may look into it: run chmod 700 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}

// masterKeyFile returns where the master keys are.
func masterKeyFile(c *config.Config) string {
	return cmp.Or(c.MasterKeyFile, filepath.Join(c.DataDir, "master.key"))
}

// openKeys reads the master keys, or makes one for a database that has never
// had any. A key that is not the database's would make every number in it
// unreadable and unfindable, so it stops the start.
func openKeys(ctx context.Context, c *config.Config, d *db.DB) (*keyring.Keyring, error) {
	keys, err := keyring.Open(ctx, d, masterKeyFile(c))
	return keys, keysFailed(c, err)
}

// keysFailed says where the file is that an operator has to look at.
func keysFailed(c *config.Config, err error) error {
	if errors.Is(err, keyring.ErrMissing) || errors.Is(err, keyring.ErrOther) || errors.Is(err, keyring.ErrBehind) {
		return usageError{fmt.Errorf("%s: %w", masterKeyFile(c), err)}
	}
	if errors.As(err, new(keyring.FileError)) {
		return usageError{err}
	}
	return err
}

// nodeName returns the name by which this node is known to the others, kept in
// the data directory so that a restart takes up its own work at once. On SQLite
// there are no others, and no name.
func nodeName(c *config.Config) (string, error) {
	if c.DatabaseURL == "" {
		return "", nil
	}
	path := filepath.Join(c.DataDir, "node_id")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(id.New("node") + "\n")
		err = os.WriteFile(path, text, 0o600)
	}
	name := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return "", fmt.Errorf("the name of this node cannot be kept in %s: %w", path, reason(err))
	case name == "":
		return "", usageError{fmt.Errorf("%s is empty: delete it, and the next start writes a new one", path)}
	}
	return name, nil
}

// reason shortens an error of the system to what a person can act on.
func reason(err error) error {
	var op *net.OpError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("another program listens there already")
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: this user may not; change the owner or the rights", err)
	case errors.As(err, &op):
		return op.Err
	}
	return err
}
