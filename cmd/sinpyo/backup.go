package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/backup"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/keyring"
)

// backupCommand writes the database into one sealed file.
type backupCommand struct {
	settingsFlags
	To    string `arg:"" help:"A file, a folder (one that ends in / is made), or - for standard output."`
	Keep  int    `placeholder:"N" help:"In a folder: delete all but the newest N backups afterwards."`
	Force bool   `help:"Put it in the place of a file that is there."`
	JSON  bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (backupCommand) Help() string {
	return `Works beside running servers. The file is sealed with the master key, and does not hold it: keep a copy of that
elsewhere. Its checksum goes beside it. Of PostgreSQL it needs pg_dump.

Example:  sinpyo backup --keep 14 /var/lib/sinpyo/backups/`
}

// madeBackup is what backup --json prints.
type madeBackup struct {
	File     string    `json:"file"`
	Bytes    int64     `json:"bytes"`
	SHA256   string    `json:"sha256"`
	Database string    `json:"database"`
	Schema   int64     `json:"schema"`
	At       time.Time `json:"at"`
	Deleted  []string  `json:"deleted,omitempty"`
}

// Run makes a backup and says what it is.
func (c *backupCommand) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	path, err := c.target(time.Now())
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, false)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s yet", settings.DataDir)
	}
	if err != nil {
		return err
	}
	made, err := c.make(s, settings, d, path)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	if c.Keep > 0 {
		if made.Deleted, err = backup.Thin(filepath.Dir(path), c.Keep); err != nil {
			return err
		}
	}
	return c.print(s, made)
}

// target returns the file that To means, "-" for standard output.
func (c *backupCommand) target(now time.Time) (string, error) {
	folder := strings.HasSuffix(c.To, "/")
	if folder {
		if err := os.MkdirAll(c.To, 0o700); err != nil {
			return "", fmt.Errorf("making the folder of backups: %w", reason(err))
		}
	} else if info, err := os.Stat(c.To); err == nil {
		folder = info.IsDir()
	}
	switch {
	case c.Keep < 0 || c.Keep > 0 && !folder:
		return "", usageError{errors.New("--keep takes how many backups stay in a folder, and needs a folder")}
	case folder:
		path := filepath.Join(c.To, backup.Name(now))
		for taken(path) { // two in one second: the later one has the next second's name
			now = now.Add(time.Second)
			path = filepath.Join(c.To, backup.Name(now))
		}
		return path, nil
	case c.To == "-":
		return c.To, nil
	}
	return c.To, c.free(c.To)
}

// free refuses a file that is there already.
func (c *backupCommand) free(path string) error {
	if c.Force || !taken(path) {
		return nil
	}
	return fmt.Errorf("%s is there already: name another file, or add --force", path)
}

// taken reports whether something has this name.
func taken(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// make writes the backup, looks that it lies on the disk, and records it.
func (c *backupCommand) make(s *shell, settings *config.Config, d *db.DB, path string) (made madeBackup, err error) {
	keys, err := keyring.Open(s.ctx, d, masterKeyFile(settings))
	if err != nil {
		return made, keysFailed(settings, err)
	}
	schema, _, err := db.Status(s.ctx, db.Options{URL: databaseURL(settings)})
	if err != nil {
		return made, err
	}
	about := backup.About{Database: backup.SQLite, Schema: schema, At: d.Now().Std().UTC().Truncate(time.Second), Program: version()}
	plain, err := databaseOf(s.ctx, settings, d, &about)
	if err != nil {
		return made, err
	}
	write := func(w io.Writer) error {
		sealed, err := backup.New(w, keys.Ring(), about)
		if err == nil {
			_, err = io.Copy(sealed, plain)
		}
		if err == nil {
			err = sealed.Close()
		}
		return err
	}
	sum := &summed{hash: sha256.New()}
	if path == "-" {
		sum.w = s.out
		err = write(sum)
	} else {
		err = putFile(path, func(f io.Writer) error {
			sum.w = f
			return write(sum)
		})
	}
	if err = errors.Join(err, plain.Close()); err != nil {
		return made, fmt.Errorf("writing the backup: %w", reason(err))
	}
	made = madeBackup{path, sum.n, hex.EncodeToString(sum.hash.Sum(nil)), about.Database, schema, about.At, nil}
	if path != "-" {
		if err := backup.PutSum(path, made.SHA256); err != nil {
			return made, fmt.Errorf("writing the checksum: %w", reason(err))
		}
	}
	return made, record(s.ctx, d, made)
}

// record keeps that there is a backup.
func record(ctx context.Context, d *db.DB, made madeBackup) error {
	err := d.Update(ctx, func(tx *db.Tx) error {
		db.SetFact(tx, doctor.BackupFact, strconv.FormatInt(int64(tx.Now), 10))
		return audit.Keep(tx, audit.Record{
			Actor: "command line", Act: "backup", Subject: filepath.Base(made.File),
			Detail: fmt.Sprintf("%s, %d bytes, sha256 %s", made.Database, made.Bytes, made.SHA256),
		})
	})
	if err != nil {
		return fmt.Errorf("the backup is written, and could not be recorded: %w", err)
	}
	return nil
}

// summed counts and hashes what is written through it.
type summed struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	_, _ = s.hash.Write(p[:n]) // a hash takes everything
	s.n += int64(n)
	return n, err
}

// putFile writes a file for its owner alone, whole or not at all.
func putFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sinpyo-backup-*") // with mode 0600
	if err != nil {
		return err
	}
	err = write(f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// databaseOf returns the database as one stream that is consistent, and
// completes what the backup is of.
func databaseOf(ctx context.Context, settings *config.Config, d *db.DB, about *backup.About) (io.ReadCloser, error) {
	if db.OnPostgres(databaseURL(settings)) {
		return dumped(ctx, databaseURL(settings), about)
	}
	parent, err := db.Folder(databaseURL(settings))
	if err != nil {
		return nil, err
	}
	clearLeftovers(parent)
	folder, err := os.MkdirTemp(parent, ".backup-*") // with mode 0700
	if err != nil {
		return nil, reason(err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a later backup does it
	path := filepath.Join(folder, "copy.db")
	if err := d.CopyTo(ctx, path); err != nil {
		return nil, err
	}
	// Its name goes at once, so that nothing is left behind whatever happens.
	return os.Open(path)
}

// clearLeftovers deletes what backups and restores left that were killed.
func clearLeftovers(parent string) {
	for _, pattern := range []string{".backup-*", ".restore-*"} {
		old, _ := filepath.Glob(filepath.Join(parent, pattern)) // fails for a malformed pattern only
		for _, folder := range old {
			if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
				_ = os.RemoveAll(folder)
			}
		}
	}
}

// print says what was made: on standard error where the backup itself went to
// standard output.
func (c *backupCommand) print(s *shell, made madeBackup) error {
	if made.File == "-" {
		beside := *s
		beside.out = s.err
		s = &beside
	}
	if c.JSON {
		return printJSON(s, made)
	}
	_, err := fmt.Fprintf(s.out, "backup   %s\nsize     %d bytes, schema %d\nsha256   %s\n", made.File, made.Bytes, made.Schema, made.SHA256)
	for _, name := range made.Deleted {
		_, _ = fmt.Fprintln(s.out, "deleted  "+name)
	}
	return err
}
