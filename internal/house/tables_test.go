package house_test

import (
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// owners says whose each table is. Another room that wants to know something
// about a table asks its owner in Go.
var owners = map[string]string{
	"db_clock": "db", "db_facts": "db",
	"number_limits": "limit", "network_sends": "limit", "device_limits": "limit", "network_limits": "limit",
	"ceilings": "limit", "won_days": "limit", "wrong_hours": "limit", "gates": "limit", "decisions": "limit",
	"budgets": "limit", "decision_hours": "limit",
	"applications": "app", "application_keys": "app",
	"sealing_keys": "keyring", "sealing_nodes": "keyring",
	"events": "audit", "records": "audit", "record_head": "audit",
	"watched_senders": "watch", "watched_purse": "watch", "watch_turns": "watch",
	"provider_pair":   "provider",
	"provider_groups": "outbox", "messages": "outbox", "nodes": "outbox", "node_duties": "outbox", "outbox_marks": "outbox",
	"idempotency":   "idempotency",
	"signing_keys":  "receipt",
	"verifications": "verify",
	"consents":      "consent", "consent_texts": "consent", "kept_consents": "consent",
	"passkeys": "factor", "passkey_ceremonies": "factor", "passwords": "factor", "totp_seeds": "factor",
	"recovery_codes": "factor", "factor_tries": "factor",
	"users": "account", "sessions": "account",
	"number_changes": "account", "recoveries": "account", "one_time_codes": "account",
	"notices": "account", "notice_limits": "account", "departures": "account",
	"operators": "operator", "operator_links": "operator", "operator_sessions": "operator", "operator_tries": "operator",
	"traffic_state": "traffic", "traffic_hours": "traffic", "traffic_cells": "traffic", "traffic_aside": "traffic",
	"traffic_prefixes": "traffic",
}

var (
	created = regexp.MustCompile(`(?im)^\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	named   = regexp.MustCompile(`(?is)\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(\w+)`)
)

// schemaTables reads the names of the tables that the migrations make.
func schemaTables(t *testing.T) map[string]bool {
	t.Helper()
	migrations, err := filepath.Glob(filepath.Join("..", "db", "schema", "*.sql"))
	if err != nil || len(migrations) == 0 {
		t.Fatalf("no migrations found: %v", err)
	}
	tables := map[string]bool{}
	for _, m := range migrations {
		text, err := os.ReadFile(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range created.FindAllStringSubmatch(string(text), -1) {
			tables[strings.ToLower(match[1])] = true
		}
	}
	return tables
}

func TestTables_HaveOneOwnerEach(t *testing.T) {
	t.Parallel()
	tables := schemaTables(t)
	for _, table := range sortedKeys(tables) {
		if owners[table] == "" {
			t.Errorf("table %s has no owner: name its room in owners", table)
		}
	}
	for _, table := range sortedKeys(owners) {
		if !tables[table] {
			t.Errorf("owners names %s, which no migration makes", table)
		}
	}
}

// TestTables_AreNamedByTheirOwnerOnly reads the SQL in every string of the
// product's own code: a table stands in its owner's sql.go and nowhere else. Only
// db, whose every file is about databases, has its few statements where they run.
func TestTables_AreNamedByTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range readHouse(t) {
		if f.test || isTestKit(f.pkg) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, _ := strconv.Unquote(literal.Value)
			for _, match := range named.FindAllStringSubmatch(text, -1) {
				table := strings.ToLower(match[1])
				owner, isTable := owners[table]
				if !isTable || match[1] != table {
					continue
				}
				if room, _ := roomOf(f.pkg); room != owner {
					t.Errorf("%s: %s names the table %s, which is %s's", f.at(literal), f.pkg, table, owner)
				} else if room != "db" && path.Base(f.name) != "sql.go" {
					t.Errorf("%s: the SQL for %s belongs in sql.go", f.at(literal), table)
				}
				seen[table] = true
			}
			return true
		})
	}
	for _, table := range sortedKeys(owners) {
		if !seen[table] {
			t.Errorf("no SQL names the table %s", table)
		}
	}
}
