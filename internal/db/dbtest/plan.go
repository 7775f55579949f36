package dbtest

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Plan returns how the database would run a query, a line for each step.
func Plan(t testing.TB, d *db.DB, query string, binds ...any) (plan []string) {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	into := func(line *string) []any { return []any{new(any), new(any), new(any), line} }
	if os.Getenv(EnvPostgres) != "" { // its plan is asked for without binds
		explain = "EXPLAIN "
		into = func(line *string) []any { return []any{line} }
		for i := len(binds); i > 0; i-- {
			query = strings.ReplaceAll(query, fmt.Sprintf("$%d", i), literal(binds[i-1]))
		}
		binds = nil
	}
	err := d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(explain+query, binds, func(scan func(...any) error) error {
			var line string
			err := scan(into(&line)...)
			plan = append(plan, line)
			return err
		})
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return plan
}

// Analyze gives PostgreSQL what it knows of a table's rows; SQLite plans without.
func Analyze(t testing.TB, d *db.DB, table string) {
	t.Helper()
	if os.Getenv(EnvPostgres) == "" {
		return
	}
	err := d.Update(t.Context(), func(tx *db.Tx) error { tx.Exec("ANALYZE " + table); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// Scans reports whether a plan reads the whole of some table.
func Scans(plan []string) bool {
	for _, line := range plan {
		if strings.Contains(line, "Seq Scan") || strings.Contains(line, "SCAN ") {
			return true
		}
	}
	return false
}

func literal(v any) string {
	switch v := v.(type) {
	case []byte:
		return `'\x` + hex.EncodeToString(v) + `'::bytea`
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	default:
		return fmt.Sprintf("%d", v)
	}
}
