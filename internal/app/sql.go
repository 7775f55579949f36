package app

const upsertApplication = `
INSERT INTO applications (id, name, host, languages, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, host = excluded.host, languages = excluded.languages`

const countApplication = `SELECT count(*) FROM applications WHERE id = $1`

const applicationByKey = `
SELECT a.id, a.name, a.host, a.languages
FROM application_keys k JOIN applications a ON a.id = k.application_id
WHERE k.secret_hash = $1 AND k.revoked_at IS NULL`

const insertKey = `
INSERT INTO application_keys (id, application_id, name, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)`

const allKeys = `
SELECT id, application_id, name, created_at, coalesce(revoked_at, 0) FROM application_keys ORDER BY created_at, id`

const revokeKey = `UPDATE application_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`
