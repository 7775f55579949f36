package provider

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const putPair = `
INSERT INTO provider_pair (id, fingerprint, pair_sealed, set_at) VALUES ('current', $1, $2, $3)
ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, pair_sealed = excluded.pair_sealed, set_at = excluded.set_at`

const selectPair = `SELECT fingerprint, set_at, pair_sealed FROM provider_pair WHERE id = 'current'`

const deletePair = `DELETE FROM provider_pair WHERE id = 'current' AND fingerprint = $1`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{{Table: "provider_pair", Column: "pair_sealed", Place: pairPlace}}
}

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "provider_pair",
			Why: "a pair that was put in its place since has to be set again: doctor tells"},
	}
}
