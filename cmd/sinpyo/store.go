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
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
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
func openStore(ctx context.Context, c *config.Config, log *slog.Logger, reg prometheus.Registerer, tracer trace.Tracer) (*db.DB, *seal.Ring, error) {
	if err := prepareDataDir(c.DataDir); err != nil {
		return nil, nil, err
	}
	d, err := db.Open(ctx, db.Options{URL: databaseURL(c), Migrate: true, Exclusive: true, Logger: log, Registerer: reg, Tracer: tracer})
	if err != nil {
		return nil, nil, reason(err)
	}
	ring, err := openRing(ctx, c, d)
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return d, ring, nil
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

// keyCheck is the name of the fact that tells a wrong master key from the
// right one.
const keyCheck = "master_key_check"

// openRing reads the master key, or makes one for a database that has never
// had any. A key that is not the database's would make every number in it
// unreadable and unfindable, so it stops the start.
func openRing(ctx context.Context, c *config.Config, d *db.DB) (*seal.Ring, error) {
	path := cmp.Or(c.MasterKeyFile, filepath.Join(c.DataDir, "master.key"))
	ring, err := seal.Load(path)
	if errors.Is(err, seal.ErrNoKey) {
		_, made, factErr := d.FactIfAny(ctx, keyCheck)
		switch {
		case factErr != nil:
			return nil, factErr
		case made:
			return nil, usageError{fmt.Errorf("the database was made with a master key that is not at %s: put your copy of the file there", path)}
		}
		ring, err = seal.Create(path)
	}
	if err != nil {
		return nil, usageError{err}
	}
	stored, err := d.Fact(ctx, keyCheck, ring.Check())
	if err != nil {
		return nil, fmt.Errorf("checking the master key: %w", err)
	}
	if stored != ring.Check() {
		return nil, usageError{fmt.Errorf("the master key at %s is not the one the database was made with: put your copy of that file there", path)}
	}
	return ring, nil
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
