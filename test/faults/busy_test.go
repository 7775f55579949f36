package faults

import (
	"database/sql"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the second process's own

	"github.com/sinpyo/sinpyo/test/kit"
)

// busyTimeout is how long the server waits for another process that writes.
const busyTimeout = 5 * time.Second

// TestFaults_BusyDatabaseIsWaitedFor has a second process hold the database while
// people ask for texts: to write for less than the server waits, to write for
// longer, and to read for long, which keeps the log from being started anew.
func TestFaults_BusyDatabaseIsWaitedFor(t *testing.T) {
	t.Parallel()
	onlySQLite(t)
	times := kit.Times(t, 100, 5)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "database busy, long reader, WAL growth")
	y.Note = "a second process held the database: eight times in ten to write for 0.1 to 3 s, once for longer than the server waits (5 s), " +
		"when starts are refused with words, and once to read, for which time the log grows; it is started anew within 5 s after that. p99_ms is mostly the waiting."
	other := y.another()
	chance := rand.New(rand.NewPCG(5, 0))
	for i := range times {
		stop := y.stroll(2, 100*time.Millisecond)
		switch i % 10 {
		case 3:
			y.holdsToRead(other)
		case 4:
			y.holdsToWrite(other, busyTimeout+500*time.Millisecond, func() { y.refused("database_unavailable") })
		default:
			y.holdsToWrite(other, 100*time.Millisecond+time.Duration(chance.Int64N(int64(2900*time.Millisecond))), func() {})
		}
		y.Injected++
		y.recovered(time.Now())
		stop()
		if i%10 == 9 {
			y.count()
		}
	}
	y.report()
}

// another is a connection to the database that is not the server's.
func (y *tally) another() *sql.Conn {
	y.Helper()
	name := url.URL{Scheme: "file", OmitHost: true, Path: y.World.Database}
	pool, err := sql.Open("sqlite", name.String()+"?_pragma=busy_timeout(30000)")
	if err != nil {
		y.Fatal(err)
	}
	y.Cleanup(func() { _ = pool.Close() })
	conn, err := pool.Conn(y.Context())
	if err != nil {
		y.Fatal(err)
	}
	return conn
}

// run has the other process say something to the database.
func (y *tally) run(other *sql.Conn, query string) {
	y.Helper()
	if _, err := other.ExecContext(y.Context(), query); err != nil {
		y.Fatalf("%s: %v", query, err)
	}
}

// holdsToWrite keeps the server from writing for a while, and calls meanwhile
// in it.
func (y *tally) holdsToWrite(other *sql.Conn, d time.Duration, meanwhile func()) {
	y.Helper()
	y.run(other, "BEGIN IMMEDIATE")
	end := time.After(d)
	meanwhile()
	<-end
	y.run(other, "ROLLBACK")
}

// holdsToRead keeps the log from being started anew while it grows, lets go, and
// waits until it has been.
func (y *tally) holdsToRead(other *sql.Conn) {
	y.Helper()
	y.run(other, "BEGIN")
	y.run(other, "CREATE TEMP TABLE IF NOT EXISTS seen AS SELECT count(*) FROM messages") // it reads
	y.run(other, "DELETE FROM seen")
	y.run(other, "INSERT INTO seen SELECT count(*) FROM messages")
	number, size := y.log()
	y.Wait("the log to grow", func() bool {
		_, now := y.log()
		return now > size+1<<20
	})
	if now, _ := y.log(); now != number {
		y.Error("the log was started anew under somebody who reads it")
	}
	y.run(other, "ROLLBACK")
	y.WaitFor(5*time.Second, "the log to be started anew", func() bool {
		now, _ := y.log()
		return now != number
	})
	if _, size := y.log(); size > 80<<20 {
		y.Errorf("the log still has %d MiB", size>>20)
	}
}

// log returns which log of the database this is, and its size.
func (y *tally) log() (number uint32, size int64) {
	y.Helper()
	file, err := os.Open(y.World.Database + "-wal")
	if err != nil {
		y.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was read
	info, err := file.Stat()
	if err != nil {
		y.Fatal(err)
	}
	head := make([]byte, 16) // https://www.sqlite.org/fileformat2.html#walformat
	if _, err := io.ReadFull(file, head); err != nil {
		y.Fatal(err)
	}
	return binary.BigEndian.Uint32(head[12:]), info.Size()
}
