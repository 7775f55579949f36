package faults

import (
	"context"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db/dbtest/cluster"
	"github.com/sinpyo/sinpyo/test/kit"
)

// TestFaults_PostgresRestarts ends the database server under load, by turns in
// order and as in a crash, and starts it again.
func TestFaults_PostgresRestarts(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite has no server")
	}
	restarts := kit.Times(t, 100, 3)
	server, err := cluster.Start(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, NodeSettings: func(*kit.World, *kit.Node) []string {
		return []string{"SINPYO_DATABASE_URL=" + server.URL()}
	}}), "PostgreSQL restarted")
	y.Note = "by turns in order and as in a crash, which ends processes and not the machine"
	chance := rand.New(rand.NewPCG(5, 1))
	for i := range restarts {
		stop := y.load(3)
		moment(chance)
		if err := server.Halt([]syscall.Signal{cluster.Fast, cluster.Immediate}[i%2]); err != nil {
			t.Fatal(err)
		}
		y.Injected++
		if err := server.Again(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		y.recovered(time.Now())
		stop()
		if i%10 == 9 {
			y.count()
		}
	}
	y.report()
}

// TestFaults_ConnectionCutDuringCommit ends the line of a commit under load: by
// turns before it reaches the server, and after it has happened and before its
// answer comes back.
func TestFaults_ConnectionCutDuringCommit(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite commits without a connection")
	}
	cuts := kit.Times(t, 100, 6)
	lines := map[*kit.Node]*kit.Proxy{}
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, NodeSettings: func(w *kit.World, n *kit.Node) []string {
		line, setting := w.ProxyBefore()
		lines[n] = line
		return []string{setting}
	}}), "connection cut during commit")
	y.Note = "by turns a commit that does not reach the server and one whose answer gets lost"
	chance := rand.New(rand.NewPCG(5, 2))
	for i := range cuts {
		stop := y.load(3)
		moment(chance)
		met := lines[y.Any(i/2)].CutCommit([]kit.CommitCut{kit.CutBefore, kit.CutBehind}[i%2])
		select {
		case <-met:
		case <-time.After(kit.Patience):
			t.Fatal("nobody committed anything")
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
