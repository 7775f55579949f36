package outbox_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const manyMessages = 200_000

var fill = db.NewBulk(`INSERT INTO messages (id, application_id, verification_id, number_sealed, number_mac, tail_mac, prefix_mac, status,
    status_code, network, group_id, provider_message_id, created_at, deadline, accepted_at, received_at, ended_at, purpose, cost, sender, type)`, 21)

// fillMessages writes many messages of the last ninety days, to a fifth as many
// numbers, and returns the hashes of one of these.
func fillMessages(t *testing.T, d *db.DB, ring *seal.Ring, now db.Time) (number, tail []byte) {
	t.Helper()
	sealed := make([]byte, 41)
	step := (90 * 24 * time.Hour) / manyMessages
	entropy := make([]byte, 8)
	for first := 0; first < manyMessages; first += 2000 {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			for i := first; i < first+2000; i++ {
				at := now.Add(time.Duration(i-manyMessages) * step)
				if _, err := rand.Read(entropy); err != nil {
					return err
				}
				suffix := fmt.Sprintf("%x", entropy)
				n := i * 7919 % (manyMessages / 5)
				number = ring.Hash(seal.Whole, fmt.Sprint(n))
				tail = ring.Hash(seal.Tail, fmt.Sprintf("%04d", n%10000))
				status, code := "delivered", "4000"
				if i%50 == 0 {
					status, code = "undelivered", "3043"
				}
				tx.Append(fill, id.Before("msg", at.Std())[:14]+suffix[:16], "app_builtin", id.Before("ver", at.Std())[:14]+suffix[:16], sealed, number,
					tail, tail, status, code, "SKT", "G1", "M1", at, at, at, at.Add(2*time.Second), at.Add(3*time.Second), "login", 20, "0215770000", "SMS")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return number, tail
}

// TestFind_ReadsByIndex wants no search to go through all of 200,000 messages,
// and none but that of a number, which has few, to sort what it finds.
func TestFind_ReadsByIndex(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("so many rows take minutes under the race detector, and nothing here races")
	}
	clock := dbtest.NewClock(time.Now())
	d := dbtest.New(t, dbtest.WithClock(clock), func(o *db.Options) { o.DuplicateClosures = false })
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := db.At(clock.Now())
	number, tail := fillMessages(t, d, ring, now)
	explain := "EXPLAIN QUERY PLAN "
	if os.Getenv(dbtest.EnvPostgres) != "" {
		explain = "EXPLAIN "
		if err := d.Update(t.Context(), func(tx *db.Tx) error { tx.Exec("ANALYZE messages"); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	week := outbox.Filter{Since: clock.Now().AddDate(0, 0, -7), Status: outbox.Undelivered}
	for name, index := range map[string]string{
		"number": "messages_number", "tail": "messages_tail", "all": "", "floor": "", "totals": "messages_number", "enter": "messages_number",
		"reduce": "", "whose": "", "blocks": "", "count": "", "counted number": "messages_number", "counted tail": "messages_tail",
	} {
		s := week.Searches(number, tail, now)[name]
		plan := explained(t, d, explain, s)
		for _, line := range plan {
			scan := strings.Contains(line, "Seq Scan on messages") ||
				(strings.Contains(line, "SCAN m") || strings.Contains(line, "SCAN messages")) && !strings.Contains(line, "USING")
			if scan || index == "" && (strings.Contains(line, "TEMP B-TREE") || strings.Contains(line, "Sort")) {
				t.Errorf("%s: %s", name, strings.Join(plan, "\n"))
				break
			}
		}
		if all := strings.Join(plan, "\n"); index != "" && !strings.Contains(all, index) {
			t.Errorf("%s does not go by %s:\n%s", name, index, all)
		}
	}
}

func explained(t *testing.T, d *db.DB, explain string, s outbox.Statement) (plan []string) {
	t.Helper()
	query := s.SQL
	if explain == "EXPLAIN " { // its plan is asked for without binds
		for i := len(s.Binds); i > 0; i-- {
			query = strings.ReplaceAll(query, fmt.Sprintf("$%d", i), literal(s.Binds[i-1]))
		}
		s.Binds = nil
	}
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		plan = nil
		return tx.Each(explain+query, s.Binds, func(scan func(...any) error) error {
			var line string
			into := []any{&line}
			if explain != "EXPLAIN " {
				into = []any{new(any), new(any), new(any), &line}
			}
			err := scan(into...)
			plan = append(plan, line)
			return err
		})
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return plan
}

func literal(v any) string {
	switch v := v.(type) {
	case []byte:
		return `'\x` + hex.EncodeToString(v) + `'::bytea`
	case string:
		return "'" + v + "'"
	default:
		return fmt.Sprintf("%d", v)
	}
}
