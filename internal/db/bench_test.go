package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// benchTables are small, but shaped as the product's: a row that all share, a
// row for each number, rows that are only added, and one that is looked for.
var benchTables = []string{
	`CREATE TABLE bench_limits (key TEXT NOT NULL PRIMARY KEY, tat BIGINT NOT NULL)`,
	`CREATE TABLE bench_verifications (id TEXT NOT NULL PRIMARY KEY, number_mac BYTEA NOT NULL, status TEXT NOT NULL, attempts BIGINT NOT NULL, created_at BIGINT NOT NULL)`,
	`INSERT INTO bench_limits (key, tat) VALUES ('installation', 0)`,
	`CREATE INDEX bench_verifications_number ON bench_verifications (number_mac, created_at)`,
	`CREATE TABLE bench_messages (id TEXT NOT NULL PRIMARY KEY, verification_id TEXT NOT NULL, body BYTEA NOT NULL, created_at BIGINT NOT NULL)`,
	`CREATE TABLE bench_events (id TEXT NOT NULL PRIMARY KEY, verification_id TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL)`,
}

var errBench = errors.New("refused")

// fiveStatements is an act such as a start followed by its check.
func fiveStatements(tx *db.Tx, i int64, mac, body []byte, refuse bool) {
	ver := fmt.Sprintf("ver_%026d", i)
	until := tx.Now
	if refuse {
		until = -1
	}
	tx.Must(2, errBench, `INSERT INTO bench_limits (key, tat) VALUES ($1, $3), ($2, $3)
ON CONFLICT (key) DO UPDATE SET tat = excluded.tat WHERE bench_limits.tat <= $4`, "installation", ver, tx.Now, until)
	tx.Exec(`INSERT INTO bench_verifications (id, number_mac, status, attempts, created_at) VALUES ($1, $2, 'pending', 0, $3)`, ver, mac, tx.Now)
	tx.Exec(`INSERT INTO bench_messages (id, verification_id, body, created_at) VALUES ($1, $2, $3, $4)`, "msg"+ver[3:], ver, body, tx.Now)
	var status string
	var attempts int
	tx.Get(errBench, `UPDATE bench_verifications SET attempts = attempts + 1, status = CASE WHEN number_mac = $2 THEN 'approved' ELSE status END
WHERE id = $1 AND status = 'pending' AND attempts < 5 RETURNING status, attempts`, ver, mac).Into(&status, &attempts)
	tx.Exec(`INSERT INTO bench_events (id, verification_id, kind, at) VALUES ($1, $2, 'verification.approved', $3)`, "evt"+ver[3:], ver, tx.Now)
}

func BenchmarkUpdate(b *testing.B) {
	for _, workers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) { benchmarkUpdate(b, workers, 0) })
	}
	b.Run("workers=64/refused=90%", func(b *testing.B) { benchmarkUpdate(b, 64, 9) })
}

// benchmarkUpdate runs b.N acts of which so many in ten are refused, and
// reports the processor time of this process for each.
func benchmarkUpdate(b *testing.B, workers int, refused int64) {
	reg := prometheus.NewRegistry()
	d := dbtest.New(b, func(o *db.Options) { o.DuplicateClosures, o.Registerer = false, reg })
	mustExec(b, d, benchTables...)
	var next atomic.Int64
	body := make([]byte, 120)
	used := processorTime()
	b.ResetTimer()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				mac := []byte(fmt.Sprintf("%032x", i*0x1E3779B97F4A7C15&0x7fffffffffffffff))
				refuse := i%10 < refused
				err := d.Update(context.Background(), func(tx *db.Tx) error {
					fiveStatements(tx, i, mac, body, refuse)
					return nil
				})
				if (err != nil) != refuse {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(meanGroup(b, reg), "acts/group")
	b.ReportMetric(float64((processorTime()-used).Microseconds())/float64(b.N), "cpu-µs/op")
}

// meanGroup returns how many acts shared one commit.
func meanGroup(b *testing.B, reg *prometheus.Registry) float64 {
	families, err := reg.Gather()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "sinpyo_db_group_size" {
			h := f.GetMetric()[0].GetHistogram()
			return h.GetSampleSum() / float64(h.GetSampleCount())
		}
	}
	return 0
}

// processorTime returns what this process has used of the processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// mustExec runs statements, each in an act of its own.
func mustExec(t testing.TB, d *db.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := d.Update(context.Background(), func(tx *db.Tx) error {
			tx.Exec(s)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
