package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/sinpyo/sinpyo/internal/backup"
	"github.com/sinpyo/sinpyo/internal/db"
)

// dumped returns what pg_dump writes of a database, one snapshot of it.
func dumped(ctx context.Context, address string, about *backup.About) (io.ReadCloser, error) {
	namespace, err := db.Namespace(ctx, address)
	if err != nil {
		return nil, err
	}
	about.Database, about.Namespace = backup.Postgres, namespace
	cmd, err := db.Tool(ctx, address, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema="+db.Quoted(namespace))
	if err != nil {
		return nil, err
	}
	d := &dump{cmd: cmd}
	cmd.Stderr = &d.said
	if d.Reader, err = cmd.StdoutPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("running pg_dump: %w", err)
	}
	return d, nil
}

// dump is the output of a program that has to end well for it to count.
type dump struct {
	io.Reader
	cmd  *exec.Cmd
	said bytes.Buffer
	done bool
}

// Read returns io.EOF only when the program has ended well.
func (d *dump) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		d.done = true
		if ended := d.cmd.Wait(); ended != nil {
			err = fmt.Errorf("pg_dump: %w: %s", ended, strings.TrimSpace(d.said.String()))
		}
	}
	return n, err
}

// Close ends the program where it was not read to its end.
func (d *dump) Close() error {
	if !d.done {
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
	}
	return nil
}

// unfinishedFact stands in a PostgreSQL database whose tables were restored and
// not yet settled. No server starts on it.
const unfinishedFact = "restore_unfinished"

// errUnfinished is what a server says of such a database.
var errUnfinished = errors.New("a restore into this database was broken off: run sinpyo restore --force again")

// unpack puts a dump into a PostgreSQL database in one transaction. The tables
// that are there, if taken is set, stay in a schema of another name, which it
// returns.
func unpack(ctx context.Context, address string, about backup.About, dump io.Reader, taken bool, suffix string) (aside string, err error) {
	namespace, err := db.Namespace(ctx, address)
	if err != nil {
		return "", err
	}
	if namespace != about.Namespace {
		return "", fmt.Errorf("the backup is of the schema %s, and the settings name %s: name that in the search_path of database_url", about.Namespace, namespace)
	}
	before, after := "", fmt.Sprintf("\nINSERT INTO %s.db_facts (name, value) VALUES ('%s', '1');\n", db.Quoted(namespace), unfinishedFact)
	if taken {
		aside = namespace + suffix
		before = fmt.Sprintf("ALTER SCHEMA %s RENAME TO %s;\n", db.Quoted(namespace), db.Quoted(aside))
	}
	before += fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %s;\n", db.Quoted(namespace))

	ctx, cancel := context.WithCancel(ctx) // kills psql, which then commits nothing
	defer cancel()
	script, err := db.Tool(ctx, address, "pg_restore", "--file=-", "--no-owner", "--no-privileges", "--schema="+namespace)
	if err != nil {
		return "", err
	}
	load, err := db.Tool(ctx, address, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-")
	if err != nil {
		return "", err
	}
	var scriptSaid, loadSaid bytes.Buffer
	script.Stdin, script.Stderr, load.Stderr = dump, &scriptSaid, &loadSaid
	in, err := load.StdinPipe()
	if err == nil {
		err = load.Start()
	}
	if err != nil {
		return "", fmt.Errorf("running psql: %w", err)
	}
	script.Stdout = in
	_, err = io.WriteString(in, before)
	if err == nil {
		err = script.Run()
	}
	if err == nil {
		_, err = io.WriteString(in, after)
	}
	if err != nil {
		cancel()
		_ = load.Wait()
		return "", fmt.Errorf("restoring: %w: %s", err, strings.TrimSpace(scriptSaid.String()+loadSaid.String()))
	}
	err = errors.Join(in.Close(), load.Wait())
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, strings.TrimSpace(loadSaid.String()))
	}
	return aside, nil
}
