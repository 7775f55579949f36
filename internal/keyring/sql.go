package keyring

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const readKeys = `
SELECT id, check_value, CASE WHEN active_at IS NULL THEN 0 ELSE 1 END, CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END
FROM sealing_keys ORDER BY id DESC`

const addKey = `
INSERT INTO sealing_keys (id, check_value, added_at, active_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`

// lockKeys lets one act at a time decide about the keys, on PostgreSQL too.
const lockKeys = `UPDATE sealing_keys SET added_at = added_at WHERE id = (SELECT min(id) FROM sealing_keys)`

const activateKey = `
UPDATE sealing_keys SET active_at = $2 WHERE id = $1 AND active_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM sealing_nodes WHERE seen_at > $3 AND opens < $1)`

const retireKeys = `UPDATE sealing_keys SET retired_at = $2 WHERE id < $1 AND retired_at IS NULL`

const seeNode = `
INSERT INTO sealing_nodes (id, opens, writes, seen_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET opens = excluded.opens, writes = excluded.writes, seen_at = excluded.seen_at`

const leaveNode = `DELETE FROM sealing_nodes WHERE id = $1 OR seen_at < $2`

// behindNodes counts the running servers that have not got a key, and those that
// have it and do not seal with it yet.
const behindNodes = `
SELECT coalesce(sum(CASE WHEN opens < $1 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN writes < $1 THEN 1 ELSE 0 END), 0)
FROM sealing_nodes WHERE seen_at > $2`

// The statements on a column of sealed values, whose owner names it. The first
// byte of a value is the number of its key.

func keyOf(c seal.Column) string {
	if c.Key == "" {
		return "id"
	}
	return c.Key
}

// oldValues reads keys and values after $1 that are not sealed with key $2. An
// empty value was erased.
func oldValues(c seal.Column) string {
	return fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s WHERE %[1]s > $1 AND length(%[2]s) > 0 AND substr(%[2]s, 1, 1) <> $2 ORDER BY %[1]s LIMIT $3",
		keyOf(c), c.Column, c.Table)
}

// countOld counts the values that are not sealed with key $1.
func countOld(c seal.Column) string {
	return fmt.Sprintf("SELECT count(*) FROM %[2]s WHERE length(%[1]s) > 0 AND substr(%[1]s, 1, 1) <> $1", c.Column, c.Table)
}

// swapValue replaces the value $2 of row $1, if it is still that, by $3.
func swapValue(c seal.Column) string {
	return fmt.Sprintf("UPDATE %[3]s SET %[2]s = $3 WHERE %[1]s = $1 AND %[2]s = $2", keyOf(c), c.Column, c.Table)
}

const leaveNodes = `DELETE FROM sealing_nodes RETURNING id`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "sealing_keys",
			Why: "they tell which master key the rows above are sealed with"},
		{Table: "sealing_nodes", Ends: leaveNodes, What: "servers",
			Why: "the servers of then are gone"},
	}
}
