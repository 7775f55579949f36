package db_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// TestUpgrade_KeepsTheConsentsOfBefore makes a database as it was before there
// was a ledger, brings it up to date, and writes to it once more as the old
// program does.
func TestUpgrade_KeepsTheConsentsOfBefore(t *testing.T) {
	t.Parallel()
	const insert = `INSERT INTO consents (user_id, item, version, locale, agreed_at) VALUES `
	url := dbtest.Empty(t)
	err := db.MigrateTo(t.Context(), url, 8,
		insert+`('usr_a', 'terms', '1', 'ko', 1), ('usr_a', 'marketing_sms', '1', 'ko', 1)`,
		`UPDATE consents SET withdrawn_at = 2 WHERE item = 'marketing_sms'`)
	if err != nil {
		t.Fatal(err)
	}
	now := dbtest.Open(t, url)
	mustExec(t, now, insert+`('usr_b', 'terms', '1', 'ko', 3)`)
	mustExec(t, now, insert+`('usr_a', 'marketing_sms', '1', 'ko', 4)`) // agreed to again: a row beside the first
	var rows []string
	err = now.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT user_id, item, version, locale, agreed_at, coalesce(withdrawn_at, 0), screen, coalesce(reminded_at, 0)
			FROM consents ORDER BY agreed_at, item`, nil, func(scan func(...any) error) error {
			var user, item, version, locale, screen string
			var agreed, withdrawn, reminded int64
			err := scan(&user, &item, &version, &locale, &agreed, &withdrawn, &screen, &reminded)
			rows = append(rows, fmt.Sprintf("%s %s %s %s %d %d %q %d", user, item, version, locale, agreed, withdrawn, screen, reminded))
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`usr_a marketing_sms 1 ko 1 2 "" 0`, `usr_a terms 1 ko 1 0 "" 0`, `usr_b terms 1 ko 3 0 "" 0`, `usr_a marketing_sms 1 ko 4 0 "" 0`,
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

// TestUpgrade_MarksTheNewestRecord makes a database with records from before the
// newest one was marked.
func TestUpgrade_MarksTheNewestRecord(t *testing.T) {
	t.Parallel()
	url := dbtest.Empty(t)
	const insert = `INSERT INTO records (number, at, actor, act, subject, detail, hash) VALUES (%d, 1, 'x', 'keys create', 'key_1', '', '')`
	err := db.MigrateTo(t.Context(), url, 11, fmt.Sprintf(insert, 1), fmt.Sprintf(insert, 2))
	if err != nil {
		t.Fatal(err)
	}
	var number int64
	err = dbtest.Open(t, url).View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT number FROM record_head WHERE id = 'newest'`).Scan(&number)
	})
	if err != nil || number != 2 {
		t.Errorf("the newest record is %d (%v), want 2", number, err)
	}
}
