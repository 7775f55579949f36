package db

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"
)

// Fact notes something about the installation once and for all: it stores
// value under name unless there is one, and returns the one that is stored.
func (d *DB) Fact(ctx context.Context, name, value string) (stored string, err error) {
	err = d.Update(ctx, func(tx *Tx) error {
		tx.Exec(`INSERT INTO db_facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, value)
		return tx.Row(`SELECT value FROM db_facts WHERE name = $1`, name).Scan(&stored)
	})
	return stored, err
}

// SetFact stores value under name, whatever was there before.
func SetFact(tx *Tx, name, value string) {
	tx.Exec(`INSERT INTO db_facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

// TakeTurn notes that somebody takes a turn now, or has Update return refusal
// because somebody did within a time.
func TakeTurn(tx *Tx, name string, least time.Duration, refusal error) {
	tx.Must(1, refusal, `
INSERT INTO db_facts (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE CAST(db_facts.value AS BIGINT) <= $3`,
		name, strconv.FormatInt(int64(tx.Now), 10), tx.Now.Add(-least))
}

// DropFact forgets what is stored under name.
func DropFact(tx *Tx, name string) { tx.Exec(`DELETE FROM db_facts WHERE name = $1`, name) }

// FactIfAny returns what is stored under name, and whether anything is.
func (d *DB) FactIfAny(ctx context.Context, name string) (value string, ok bool, err error) {
	err = d.View(ctx, func(tx *Tx) error {
		return tx.Row(`SELECT value FROM db_facts WHERE name = $1`, name).Scan(&value)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, err
}
