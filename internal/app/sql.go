package app

import "github.com/sinpyo/sinpyo/internal/db"

const upsertApplication = `
INSERT INTO applications (id, name, host, languages, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, host = excluded.host, languages = excluded.languages`

const insertApplication = `INSERT INTO applications (id, name, host, languages, created_at) VALUES ($1, $2, $3, $4, $5)`

const renameApplication = `UPDATE applications SET name = $2, host = $3, languages = $4 WHERE id = $1`

const allApplications = `
SELECT id, name, host, languages, created_at FROM applications
ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, created_at, id`

const countApplication = `SELECT count(*) FROM applications WHERE id = $1`

const applicationNames = `SELECT id, name FROM applications`

const callerByKey = `
SELECT a.id, a.name, a.host, a.languages, k.id, k.scopes, k.purposes
FROM application_keys k JOIN applications a ON a.id = k.application_id
WHERE k.secret_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)`

const validKey = `
SELECT 1 FROM application_keys WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`

const insertKey = `
INSERT INTO application_keys (id, application_id, name, secret_hash, created_at, scopes, purposes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const allKeys = `
SELECT id, application_id, name, scopes, purposes, created_at,
    coalesce(last_used_at, 0), coalesce(expires_at, 0), coalesce(revoked_at, 0)
FROM application_keys ORDER BY created_at, id`

const revokeKey = `UPDATE application_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`

// rotateKey names a key's successor, once, and not while the key that it
// follows itself still works.
const rotateKey = `
UPDATE application_keys SET
    successor_id = $3,
    expires_at   = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END
WHERE id = $1 AND successor_id IS NULL AND revoked_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM application_keys k
    WHERE k.successor_id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $4))`

const useKey = `UPDATE application_keys SET last_used_at = $2 WHERE id = $1 AND coalesce(last_used_at, 0) < $2`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "applications",
			Why: "what was changed since has to be changed again"},
		{Table: "application_keys",
			Why: "keys that were revoked since have to be revoked again"},
	}
}
