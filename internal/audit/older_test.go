package audit_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

// keepOlder writes a record after last as a program does that keeps neither from
// where an act came nor whose data it touched, and returns its hash.
func keepOlder(t *testing.T, d *db.DB, number int64, last []byte) []byte {
	t.Helper()
	const at = 1_700_000_000_000_000
	h := sha256.New()
	for _, field := range []string{
		strconv.FormatInt(number, 10), strconv.Itoa(at), "command line", "keys create", "key_1", "", string(last),
	} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(field), field)
	}
	hash := h.Sum(nil)
	update(t, d, func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO records (number, at, actor, act, subject, detail, hash)
			VALUES ($1, $2, 'command line', 'keys create', 'key_1', '', $3)`, number, at, hash)
		return nil
	})
	return hash
}
