package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// writerURL makes this test binary write to a database until it is killed.
const writerURL = "SINPYO_DB_TEST_WRITER"

func TestMain(m *testing.M) {
	if url := os.Getenv(writerURL); url != "" {
		if err := writeForEver(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver adds things and prints the id of each that was acknowledged.
func writeForEver(url string) error {
	d, err := db.Open(context.Background(), db.Options{URL: url})
	if err != nil {
		return err
	}
	failures := make(chan error)
	var mu sync.Mutex
	for worker := range 16 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d.%d.%d", os.Getpid(), worker, i)
				if err := d.Update(context.Background(), insert(id)); err != nil {
					failures <- err
					return
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		}()
	}
	return <-failures
}

func TestUpdate_AcknowledgedActsOutliveAKill(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := dbtest.Open(t, url)
	mustExec(t, d, things)
	for round := range 3 {
		acknowledged := killAfter(t, url, 200+300*round)
		stored := make(map[string]bool)
		for _, id := range ids(t, d) {
			stored[id] = true
		}
		for _, id := range acknowledged {
			if !stored[id] {
				t.Errorf("act %s was acknowledged and is lost", id)
			}
		}
	}
}

// killAfter runs a writing process, kills it after so many acknowledgements,
// and returns all that had been given.
func killAfter(t *testing.T, url string, acts int) (acknowledged []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) // this test itself
	cmd.Env = append(os.Environ(), writerURL+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		acknowledged = append(acknowledged, lines.Text())
		if len(acknowledged) == acts {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acknowledged) < acts {
		t.Fatalf("the writer ended after %d acts", len(acknowledged))
	}
	return acknowledged
}
