package provider

import "github.com/sinpyo/sinpyo/internal/seal"

const putPair = `
INSERT INTO provider_pair (id, fingerprint, pair_sealed, set_at) VALUES ('current', $1, $2, $3)
ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, pair_sealed = excluded.pair_sealed, set_at = excluded.set_at`

const selectPair = `SELECT fingerprint, set_at, pair_sealed FROM provider_pair WHERE id = 'current'`

const deletePair = `DELETE FROM provider_pair WHERE id = 'current' AND fingerprint = $1`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{{Table: "provider_pair", Column: "pair_sealed", Place: pairPlace}}
}
