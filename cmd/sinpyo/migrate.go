package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/sinpyo/sinpyo/internal/db"
)

// migrateCommand looks at the tables.
type migrateCommand struct {
	Status migrateStatus `cmd:"" help:"Say whether the database fits this program; status 1 when it does not."`
	Up     migrateUp     `cmd:"" help:"Bring the database up to date, as serve does by itself."`
}

type migrateStatus struct {
	settingsFlags
}

// Run opens the database without changing it.
func (c *migrateStatus) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, false)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s yet: sinpyo migrate up makes one", settings.DataDir)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "the database is up to date")
	return errors.Join(err, d.Close())
}

type migrateUp struct {
	settingsFlags
}

// Run applies what is missing.
func (c *migrateUp) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	var d *db.DB
	if d, err = openDatabase(s.ctx, settings, true); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "the database is up to date")
	return errors.Join(err, d.Close())
}
