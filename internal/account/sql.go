package account

import "github.com/sinpyo/sinpyo/internal/seal"

const userByNumber = `SELECT id FROM users WHERE number_mac = $1`

const insertUser = `
INSERT INTO users (id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (number_mac) DO NOTHING`

const proveNumber = `UPDATE users SET last_proved_at = $3 WHERE id = $1 AND number_mac = $2`

// holdUser changes nothing, and has whoever deletes the row wait.
const holdUser = `UPDATE users SET locale = locale WHERE id = $1`

const insertSession = `
INSERT INTO sessions (id, token_hash, user_id, device, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`

const userBySession = `
SELECT s.id, s.created_at, s.expires_at, u.id, u.number_sealed, u.name, u.locale, u.created_at, u.last_proved_at
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = $1 AND s.token_hash = $2 AND s.ended_at IS NULL AND s.expires_at > $3`

const endSession = `UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`

const trustsDevice = `SELECT 1 FROM users WHERE id = $1 AND number_mac = $2 AND devices_since <= $3`

const distrustDevices = `UPDATE users SET devices_since = $2 WHERE id = $1`

const endOwnSession = `UPDATE sessions SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL`

const endSessions = `UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL`
const eraseSessions = `
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE id < $1 AND expires_at < $2 ORDER BY id LIMIT $3) RETURNING id`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{
		{Table: "users", Column: "number_sealed", Place: "users.number"},
	}
}
