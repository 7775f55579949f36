package idempotency

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const answerByKey = `SELECT body_mac, status, answer_sealed FROM idempotency WHERE key_mac = $1 AND expires_at > $2`

// insertAnswer changes no row where the key has an answer that still counts.
const insertAnswer = `
INSERT INTO idempotency (key_mac, body_mac, status, answer_sealed, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key_mac) DO UPDATE SET
    body_mac = excluded.body_mac, status = excluded.status, answer_sealed = excluded.answer_sealed, expires_at = excluded.expires_at
WHERE idempotency.expires_at <= $6`

const eraseAnswers = `
DELETE FROM idempotency WHERE key_mac IN (SELECT key_mac FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
RETURNING expires_at`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{{Table: "idempotency", Column: "answer_sealed", Place: place, Key: "key_mac", Hex: true}}
}

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "idempotency",
			Why: "a call that is repeated gets the answer it had, and nothing is done again"},
	}
}
