package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sinpyo/sinpyo/test/measure"
)

// postgresURL is the server that pgserver started, or "".
func postgresURL() string { return os.Getenv("SINPYO_TEST_POSTGRES") }

// freshPostgres makes a database of its own on that server and returns its URL
// and how to drop it.
func freshPostgres(name string) (string, func() error, error) {
	if err := onPostgres("CREATE DATABASE " + name); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(postgresURL())
	if err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() error { return onPostgres("DROP DATABASE " + name + " WITH (FORCE)") }, nil
}

// onPostgres runs one statement.
func onPostgres(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, postgresURL())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, statement)
	return err
}

// postgresTime returns the processor time of the whole database server: the
// parent of the process that serves our connection, and all its children.
func postgresTime() (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, postgresURL())
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close(ctx) }()
	var backend int
	if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, err
	}
	f, err := measure.Stat(backend)
	if err != nil {
		return 0, fmt.Errorf("the PostgreSQL server is not on this machine: %w", err)
	}
	parent, err := strconv.Atoi(f[1])
	if err != nil {
		return 0, err
	}
	return measure.FamilyTime(parent)
}
