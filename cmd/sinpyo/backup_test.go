package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/backup"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// does runs a command and wants its status and a part of what it says, on either
// output.
func does(t *testing.T, status int, part string, args ...string) string {
	t.Helper()
	return doesIn(t, nil, status, part, args...)
}

// doesIn is does in an environment.
func doesIn(t *testing.T, environ []string, status int, part string, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	if got := run(t.Context(), args, environ, &said, &said); got != status || !strings.Contains(said.String(), part) {
		t.Fatalf("%v: status %d, want %d and %q in\n%s", args, got, status, part, &said)
	}
	return said.String()
}

func newDataDir(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "data") }

// begin starts a verification and returns its id.
func (p *program) begin(to string) string {
	p.Helper()
	var v struct{ ID string }
	answer := p.want(201, `"status":"pending"`, p.site("/v1/verifications"), `{"to":"`+to+`","purpose":"signup"}`)
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		p.Fatal(err)
	}
	return v.ID
}

// approve checks a code and returns the receipt.
func (p *program) approve(id, code string) string {
	p.Helper()
	var v struct{ Receipt string }
	answer := p.want(200, `"approved":true`, p.site("/v1/verifications/"+id+"/check"), `{"code":"`+code+`"}`)
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		p.Fatal(err)
	}
	return v.Receipt
}

// TestRow40_RestoreBringsNothingBackToLife makes a backup while codes and
// receipts are open, uses them, and restores: none is taken again.
func TestRow40_RestoreBringsNothingBackToLife(t *testing.T) {
	t.Parallel()
	dir, file := newDataDir(t), filepath.Join(t.TempDir(), "sinpyo.backup")
	var environ []string
	onPostgres := os.Getenv(dbtest.EnvPostgres) != ""
	if onPostgres {
		environ = []string{"SINPYO_DATABASE_URL=" + dbtest.URL(t)}
	}
	p := startIn(t, environ, serveArgs(dir)...)
	key := p.places["API key"]
	pending := p.begin("010-2000-0001")
	code := p.code("01020000001")
	approved := p.begin("010-2000-0002")
	receipt := p.approve(approved, p.code("01020000002"))

	said := doesIn(t, environ, 0, "sha256   ", "backup", "--data-dir", dir, file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup: %v, %v", info.Mode(), err)
	}
	if sum, err := backup.Sum(file); err != nil || sum == "" || !strings.Contains(said, sum) {
		t.Errorf("the checksum %q (%v) is not in\n%s", sum, err, said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	master, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil || bytes.Contains(text, bytes.TrimSpace(master)) || bytes.Contains(text, []byte("CREATE TABLE")) {
		t.Errorf("the backup shows the master key or the database (%v)", err)
	}
	doesIn(t, environ, 0, `"detail": "`, "audit", "list", "--act", "backup", "--data-dir", dir, "--json")

	spent := p.approve(pending, code)
	redeem := func(status int, receipt string) {
		t.Helper()
		p.want(status, "", p.site("/v1/receipts/redeem"), `{"receipt":"`+receipt+`","purpose":"signup"}`)
	}
	redeem(200, spent)
	redeem(200, receipt)

	doesIn(t, environ, 1, " first", "restore", "--force", "--data-dir", dir, file)
	p.stop()
	doesIn(t, environ, 1, "--force", "restore", "--data-dir", dir, file)
	doesIn(t, environ, 0, "nothing was changed", "restore", "--check", "--data-dir", dir, file)
	said = doesIn(t, environ, 0, "verifications that were open", "restore", "--force", "--data-dir", dir, file)
	aside := regexp.MustCompile(`aside +(\S+)`).FindStringSubmatch(said)
	if aside == nil {
		t.Fatalf("nothing was kept aside:\n%s", said)
	}
	if info, err := os.Stat(aside[1]); !onPostgres && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("aside: %v, %v", info, err)
	}
	doesIn(t, environ, 0, "", "audit", "verify", "--data-dir", dir)
	doesIn(t, environ, 0, "the backup of", "audit", "list", "--act", "restore", "--data-dir", dir)

	p = startIn(t, environ, serveArgs(dir)...)
	p.places["API key"] = key
	for _, id := range []string{pending, approved} {
		if status, text := p.call(p.site("/v1/verifications/"+id+"/check"), `{"code":"`+code+`"}`); strings.Contains(text, `"approved":true`) {
			t.Errorf("after the restore a code was taken: %d %s", status, text)
		}
	}
	for _, r := range []string{spent, receipt} {
		if status, text := p.call(p.site("/v1/receipts/redeem"), `{"receipt":"`+r+`","purpose":"signup"}`); status == 200 {
			t.Errorf("after the restore a receipt was taken: %s", text)
		}
	}
	p.approve(p.begin("010-2000-0003"), p.code("01020000003"))
}

// TestRow40_RestoreRefusesWhatItCannotTrust restores into a folder of its own.
func TestRow40_RestoreRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	from, into, file := newDataDir(t), newDataDir(t), filepath.Join(t.TempDir(), "sinpyo.backup")
	does(t, 0, "", "keys", "create", "--name", "one", "--data-dir", from)
	does(t, 0, "", "backup", "--data-dir", from, file)
	does(t, 1, "is there already", "backup", "--data-dir", from, file)
	does(t, 0, "", "backup", "--force", "--data-dir", from, file)
	does(t, 2, "--keep", "backup", "--keep", "3", "--data-dir", from, file)
	does(t, 1, "no database", "backup", "--data-dir", newDataDir(t), file+"2")

	restore := func(status int, part, file string) {
		t.Helper()
		does(t, status, part, "restore", "--data-dir", into, file)
	}
	restore(2, "put your copy of it there first", file)
	if _, err := seal.Create(filepath.Join(into, "master.key")); err != nil {
		t.Fatal(err)
	}
	restore(1, "another master key", file)
	copyFile(t, filepath.Join(from, "master.key"), filepath.Join(into, "master.key"), nil)

	changed := filepath.Join(t.TempDir(), "changed")
	turn := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	copyFile(t, file, changed, turn)
	restore(1, "damaged", changed)
	copyFile(t, file, changed, func(b []byte) []byte { return b[:len(b)-100] })
	restore(1, "damaged", changed)
	copyFile(t, file+backup.SumSuffix, changed+backup.SumSuffix, nil)
	restore(1, "its checksum is", changed)
	_ = os.Remove(changed + backup.SumSuffix)
	copyFile(t, file, changed, func(b []byte) []byte { return bytes.Replace(b, []byte(`"schema":`), []byte(`"schema":9`), 1) })
	restore(1, "damaged", changed)
	copyFile(t, filepath.Join(from, "master.key"), changed, nil)
	restore(1, "no backup", changed)
	newer := writeBackup(t, from, backup.About{Database: backup.SQLite, Schema: 9999})
	restore(1, "the backup has schema 9999", newer)
	other := writeBackup(t, from, backup.About{Database: backup.Postgres, Schema: 1})
	restore(2, "set database_url", other)
	if left, err := filepath.Glob(filepath.Join(into, "sinpyo.db*")); err != nil || len(left) > 0 {
		t.Errorf("a refused restore left %v, %v", left, err)
	}
	restore(0, "restored", file)
	does(t, 0, "one", "keys", "list", "--data-dir", into)

	// After a rotation the backup needs the file from before it.
	key := filepath.Join(from, "master.key")
	copyFile(t, key, key+".copy", nil)
	does(t, 0, "", "keys", "rotate-master", "--data-dir", from)
	does(t, 1, "from that time", "restore", "--check", "--data-dir", from, file)
	copyFile(t, key+".copy", key, nil)
	does(t, 0, "nothing was changed", "restore", "--check", "--data-dir", from, file)
	if left, err := filepath.Glob(filepath.Join(into, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestRow40_BackupsOfOneSecondHaveNamesOfTheirOwn names backups of one second in a folder.
func TestRow40_BackupsOfOneSecondHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := backupCommand{To: t.TempDir()}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var names []string
	for range 3 {
		path, err := c.target(now)
		if err == nil {
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Base(path))
	}
	want := []string{"sinpyo-20260102T030405Z.backup", "sinpyo-20260102T030406Z.backup", "sinpyo-20260102T030407Z.backup"}
	if !slices.Equal(names, want) {
		t.Errorf("backups %v, want %v", names, want)
	}
}

// copyFile copies a small file, changed on its way.
func copyFile(t *testing.T, from, to string, change func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil && change != nil {
		text = change(text)
	}
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writeBackup makes a sealed file that says of itself what is told.
func writeBackup(t *testing.T, dir string, about backup.About) string {
	t.Helper()
	ring, err := seal.Load(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "made")
	err = putFile(path, func(w io.Writer) error {
		s, err := backup.New(w, ring, about)
		if err == nil {
			err = s.Close()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRow40_BackupKeepsAFolder makes more backups than stay, and one to standard
// output.
func TestRow40_BackupKeepsAFolder(t *testing.T) {
	t.Parallel()
	dir, folder := newDataDir(t), filepath.Join(t.TempDir(), "backups")+"/"
	does(t, 0, "", "keys", "create", "--name", "one", "--data-dir", dir)
	for i := range 3 {
		old := filepath.Join(folder, fmt.Sprintf("sinpyo-2026010%dT000000Z.backup", i+1))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(old, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var made madeBackup
	if err := json.Unmarshal([]byte(does(t, 0, "", "backup", "--keep", "2", "--json", "--data-dir", dir, folder)), &made); err != nil {
		t.Fatal(err)
	}
	if len(made.Deleted) != 2 || made.Schema == 0 || made.Bytes == 0 || len(made.SHA256) != 64 {
		t.Errorf("made %+v", made)
	}
	if left, err := filepath.Glob(folder + "*.backup"); err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}

	var out, said bytes.Buffer
	if status := run(t.Context(), []string{"backup", "--data-dir", dir, "-"}, nil, &out, &said); status != 0 {
		t.Fatalf("to standard output: status %d\n%s", status, &said)
	}
	piped := filepath.Join(t.TempDir(), "piped")
	if err := os.WriteFile(piped, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	does(t, 0, "nothing was changed", "restore", "--check", "--data-dir", dir, piped)
}

// TestRestoredTables_AreAllOfThem wants each table that a migration makes to be
// told of, once and with a reason.
func TestRestoredTables_AreAllOfThem(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, fate := range restoredTables() {
		if told[fate.Table] || fate.Why == "" || (fate.Ends == "") != (fate.What == "") {
			t.Errorf("%+v is told of twice, or not in full", fate)
		}
		told[fate.Table] = true
		if fate.Ends != "" && !regexp.MustCompile(`\b`+fate.Table+`\b`).MatchString(fate.Ends) {
			t.Errorf("what ends with %s is not in it", fate.Table)
		}
	}
	d, err := db.Open(t.Context(), db.Options{URL: filepath.Join(newDataDir(t), "sinpyo.db"), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	err = d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`, nil,
			func(scan func(...any) error) error {
				var table string
				err := scan(&table)
				if !told[table] {
					t.Errorf("nobody says what a restore does to %s: say it in Restored of its package", table)
				}
				delete(told, table)
				return err
			})
	})
	if err != nil || len(told) > 0 {
		t.Errorf("told of tables that are not there: %v (%v)", told, err)
	}
}

// TestRow40_SettleEndsWhatMayNotGoOn puts rows of each kind into the tables of
// either database, some of which may stay, and settles them.
func TestRow40_SettleEndsWhatMayNotGoOn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := int64(d.Now())
	rows := []string{
		`INSERT INTO verifications (id, application_id, purpose, locale, status, number_sealed, number_mac, tail_mac, prefix_mac, binding,
			code_length, code_sealed, code_mac, message_id, metadata, created_at, sent_at, expires_at, ended_at, approved_at) VALUES
			('pending', 'a', 'signup', 'ko', 'pending', $1, $1, $1, $1, $1, 6, $1, $1, '', '', 0, 0, $2, NULL, NULL),
			('approved', 'a', 'signup', 'ko', 'approved', $1, $1, $1, $1, $1, 6, NULL, NULL, '', '', 0, 0, $2, $2, $2),
			('old', 'a', 'signup', 'ko', 'approved', $1, $1, $1, $1, $1, 6, NULL, NULL, '', '', 0, 0, 7, 7, 7)`,
		`INSERT INTO messages (id, application_id, verification_id, number_sealed, number_mac, tail_mac, prefix_mac, text_sealed, status,
			status_code, network, group_id, created_at, deadline) VALUES
			('queued', 'a', '', $1, $1, $1, $1, $1, 'queued', '', '', NULL, 0, $2),
			('sending', 'a', '', $1, $1, $1, $1, $1, 'sending', '', '', 'g', 0, $2),
			('accepted', 'a', '', $1, $1, $1, $1, NULL, 'accepted', '', '', 'g', 0, $2)`,
		`INSERT INTO provider_groups (id, fingerprint, status, created_at, ended_at) VALUES
			('pool', '', 'pool', 0, NULL), ('open', '', 'open', $2, NULL), ('sent', '', 'sent', 0, NULL), ('dead', '', 'dead', 0, 7)`,
		`INSERT INTO sessions (id, token_hash, user_id, device, created_at, expires_at) VALUES ('s', $1, 'u', '', 0, $2)`,
		`INSERT INTO operator_sessions (id, operator_id, token_hash, way, browser, came_from, created_at, seen_at, proved_at)
			VALUES ('s', 'o', $1, '', '', '', 0, $2, 0)`,
		`INSERT INTO operator_links (token_hash, operator_id, expires_at) VALUES ($1, 'o', $2)`,
		`INSERT INTO one_time_codes (code_hash, user_id, expires_at) VALUES ($1, 'u', $2)`,
		`INSERT INTO recoveries (user_id, begun_at, ready_at) VALUES ('u', 0, $2)`,
		`INSERT INTO recovery_codes (user_id, code_mac, made_at) VALUES ('u', $1, $2)`,
		`INSERT INTO passkey_ceremonies (id, act, user_id, asked, expires_at) VALUES ('c', 'proof', 'u', '', $2)`,
		`INSERT INTO totp_seeds (user_id, seed_sealed, draft_sealed, last_step) VALUES ('u', $1, $1, $2 / 30000000)`,
		`INSERT INTO notices (id, user_id, kind, at, number_sealed, due_at) VALUES ('n', 'u', '', 0, $1, $2)`,
		`INSERT INTO nodes (id, name, started_at, lease_until) VALUES ('n', '', 0, $2 + 60000000)`,
		`INSERT INTO node_duties (duty, node_id, until) VALUES ('d', 'n', $2)`,
		`INSERT INTO sealing_nodes (id, opens, writes, seen_at) VALUES ('n', 1, 1, $2)`,
	}
	counts := map[string]int{ // of what stands in a way that it may not after a restore
		`SELECT count(*) FROM verifications WHERE status = 'pending' OR code_sealed IS NOT NULL OR code_mac IS NOT NULL OR ended_at IS NULL`: 1,
		`SELECT count(*) FROM verifications WHERE status = 'approved' AND approved_at > 7`:                                                   1,
		`SELECT count(*) FROM messages WHERE status = 'queued' OR status = 'sending' OR text_sealed IS NOT NULL OR group_id IS NULL`:         2,
		`SELECT count(*) FROM provider_groups WHERE ended_at IS NULL AND status <> 'sent'`:                                                   2,
		`SELECT count(*) FROM sessions WHERE ended_at IS NULL`:                                                                               1,
		`SELECT count(*) FROM operator_sessions WHERE ended_at IS NULL`:                                                                      1,
		`SELECT count(*) FROM operator_links`:                                                                                                1,
		`SELECT count(*) FROM one_time_codes`:                                                                                                1,
		`SELECT count(*) FROM recoveries`:                                                                                                    1,
		`SELECT count(*) FROM recovery_codes`:                                                                                                1,
		`SELECT count(*) FROM passkey_ceremonies`:                                                                                            1,
		fmt.Sprintf(`SELECT count(*) FROM totp_seeds WHERE last_step <= %d OR draft_sealed IS NOT NULL`, now/30_000_000):                     1,
		`SELECT count(*) FROM notices WHERE due_at IS NOT NULL OR number_sealed IS NOT NULL`:                                                 1,
		fmt.Sprintf(`SELECT count(*) FROM nodes WHERE lease_until > %d`, now+30_000_000):                                                     1,
		`SELECT count(*) FROM node_duties`:                                                                                                   1,
		`SELECT count(*) FROM sealing_nodes`:                                                                                                 1,
	}
	stays := map[string]int{
		`SELECT count(*) FROM verifications WHERE id = 'old' AND status = 'approved' AND ended_at = 7`: 1,
		`SELECT count(*) FROM messages WHERE id = 'accepted' AND status = 'accepted'`:                  1,
		`SELECT count(*) FROM provider_groups WHERE id = 'sent' AND ended_at IS NULL`:                  1,
		`SELECT count(*) FROM totp_seeds WHERE seed_sealed IS NOT NULL`:                                1,
		`SELECT count(*) FROM notices`: 1,
	}
	for _, insert := range rows {
		insert = strings.ReplaceAll(insert, "$2", strconv.FormatInt(now, 10))
		var args []any
		if strings.Contains(insert, "$1") {
			args = []any{[]byte{1}}
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			tx.Exec(insert, args...)
			return nil
		}); err != nil {
			t.Fatalf("%v:\n%s", err, insert)
		}
	}
	want := func(when string, counts map[string]int, times int) {
		t.Helper()
		for query, n := range counts {
			var got int
			if err := d.View(t.Context(), func(tx *db.Tx) error { return tx.Row(query).Scan(&got) }); err != nil || got != n*times {
				t.Errorf("%s: %d (%v), want %d of\n%s", when, got, err, n*times, query)
			}
		}
	}
	want("before", counts, 1)
	want("before", stays, 1)
	var ended map[string]int
	err := d.Update(t.Context(), func(tx *db.Tx) (err error) {
		ended, err = db.Settle(tx, restoredTables())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want("after", counts, 0)
	want("after", stays, 1)
	if ended["verifications that were open"] != 2 || ended["texts that had not left"] != 2 || ended["servers"] != 2 {
		t.Errorf("told of %v", ended)
	}
}
