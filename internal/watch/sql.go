package watch

import "github.com/sinpyo/sinpyo/internal/db"

const selectSender = `SELECT coalesce(expires_at, 0), listed_at, warned FROM watched_senders WHERE number_mac = $1`

// putSender keeps when a number ends. One that was renewed, by a day at least, is
// warned of anew.
const putSender = `
INSERT INTO watched_senders (number_mac, expires_at, listed_at, warned) VALUES ($1, $2, $3, $4)
ON CONFLICT (number_mac) DO UPDATE SET
    warned = CASE WHEN excluded.expires_at < watched_senders.expires_at + $5 THEN watched_senders.warned ELSE excluded.warned END,
    expires_at = excluded.expires_at, listed_at = excluded.listed_at`

const warnSender = `UPDATE watched_senders SET warned = $3 WHERE number_mac = $1 AND expires_at = $2 AND warned > $3`

const selectTurn = `SELECT due_at FROM watch_turns WHERE watch = $1`

const takeTurn = `
INSERT INTO watch_turns (watch, due_at) VALUES ($1, $2)
ON CONFLICT (watch) DO UPDATE SET due_at = excluded.due_at WHERE watch_turns.due_at <= $3`

const setTurn = `UPDATE watch_turns SET due_at = $2 WHERE watch = $1`

const selectPurse = `SELECT won, per_day, asked_at, warned FROM watched_purse WHERE id = 'purse'`

const putPurse = `
INSERT INTO watched_purse (id, won, per_day, asked_at, warned) VALUES ('purse', $1, $2, $3, '')
ON CONFLICT (id) DO UPDATE SET won = excluded.won, per_day = excluded.per_day, asked_at = excluded.asked_at`

const turnAlarm = `UPDATE watched_purse SET warned = $1 WHERE id = 'purse' AND warned <> $1`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "watched_senders",
			Why: "the provider is asked anew"},
		{Table: "watched_purse",
			Why: "the provider is asked anew"},
		{Table: "watch_turns",
			Why: "the provider is asked anew"},
	}
}
