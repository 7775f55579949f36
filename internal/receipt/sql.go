package receipt

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const allKeys = `
SELECT number, kid, seed_sealed, created_at, active_at, coalesce(retired_at, 0) FROM signing_keys ORDER BY number`

const insertKey = `
INSERT INTO signing_keys (number, kid, seed_sealed, created_at, active_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (number) DO NOTHING`

const retireKey = `UPDATE signing_keys SET retired_at = $2 WHERE number = $1 AND retired_at IS NULL`

const eraseKeys = `DELETE FROM signing_keys WHERE retired_at <= $1`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{{Table: "signing_keys", Column: "seed_sealed", Place: sealedPlace, Key: "kid"}}
}

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "signing_keys",
			Why: "receipts are spent by their verification, which is ended"},
	}
}
