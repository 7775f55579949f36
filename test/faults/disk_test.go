package faults

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// TestFaults_FullDiskRefusesAndRecovers fills the file system of the data folder,
// which has 24 MiB, and empties it again.
func TestFaults_FullDiskRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	onlySQLite(t)
	times := kit.Times(t, 20, 1)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "disk full")
	y.Note = "a file system of 24 MiB in memory, filled to the last byte by another file."
	y.A().Stop()
	folder := filepath.Dir(y.World.Database)
	y.A().Under = []string{
		"unshare", "-rm", "sh", "-ec",
		`cp -a "$0" "$0.before"; mount -t tmpfs -o size=24m,mode=0700 none "$0"; cp -a "$0.before/." "$0"; exec "$@"`, folder,
	}
	y.A().Up()
	filler := fmt.Sprintf("/proc/%d/root%s/filler", y.A().PID(), folder) // as the program sees it
	for range times {
		y.trouble("the disk is full", "database_unavailable", false, func() (heal func()) {
			if err := exec.CommandContext(t.Context(), "dd", "if=/dev/zero", "of="+filler, "bs=4k", "status=none").Run(); err == nil {
				t.Error("the disk did not get full")
			}
			return func() {
				if err := os.Remove(filler); err != nil {
					t.Error(err)
				}
			}
		})
	}
	y.report()
}

// TestFaults_FailingDiskRefusesAndRecovers has calls on the files of the database
// fail, as they do on a file system that has become read-only and on a disk that
// fails.
func TestFaults_FailingDiskRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	onlySQLite(t)
	for _, f := range []struct {
		name  string
		calls []string // each in its turn
		error string
		codes []string
	}{
		{"disk read-only", []string{"pwrite64,ftruncate"}, "EROFS", []string{"database_unavailable"}},
		{"disk I/O error", []string{"pwrite64", "fsync,fdatasync"}, "EIO", []string{"database_unavailable", "outcome_unknown"}},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			times := kit.Times(t, 20, len(f.calls))
			y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), f.name)
			y.Note = "system calls (" + strings.Join(f.calls, " and ") + " in turns) on the files of the database were answered " +
				f.error + " by strace: it shows what the program does with the answer, not what a disk does. " +
				"Every fourth time the program is killed while it lasts. What a failed sync leaves is answered as unknown (outcome_unknown), since a start after a kill may find it."
			for i := range times {
				turn := i % len(f.calls)
				y.trouble("the disk failed", f.codes[turn], i%4 == 3, func() (heal func()) { return y.failing(f.calls[turn], f.error) })
			}
			y.report()
		})
	}
}

// trouble plays one fault of the storage: while it lasts starts are refused with
// the code of words, the program says that it is not ready and its log says what to
// do; when it is over the same process goes on, unless it was killed meanwhile.
func (y *tally) trouble(cure, code string, killed bool, fault func() (heal func())) {
	y.Helper()
	logged := strings.Count(y.A().Log.String(), cure)
	stop := y.stroll(2, 20*time.Millisecond)
	for range 5 {
		y.start(y.A())
	}
	heal := fault()
	y.refused(code)
	y.Wait("the program to say that it is not ready", func() bool { return !y.A().Ready() })
	y.Wait("the log to say what to do", func() bool { return strings.Count(y.A().Log.String(), cure) > logged })
	stop()
	if killed {
		y.A().Kill()
	}
	heal()
	y.Injected++
	end := time.Now()
	if killed {
		y.A().Up()
	}
	y.Wait("the program to say that it is ready", y.A().Ready) // by itself: nobody asks for anything
	y.recovered(end)
	y.count()
}

// refused waits until a start is refused with a code, in words. Until then some may
// be refused before they have come to what fails, and are told that nothing was kept.
func (y *tally) refused(code string) {
	y.Helper()
	y.Wait("a start to be refused with "+code, func() bool {
		s := &asked{number: y.Number()}
		a := y.TryStart(y.A(), s.number)
		if a.Status == http.StatusCreated {
			s.id = a.Field("id")
		}
		y.mu.Lock()
		y.starts = append(y.starts, s)
		y.mu.Unlock()
		if a.Status == http.StatusCreated {
			return false
		}
		known := a.Code() == code || a.Code() == "database_unavailable"
		if a.Status != http.StatusServiceUnavailable || !known || a.Detail() == "" || a.RetryAfter() == 0 {
			y.Errorf("a start was refused with %v %v: %s", a, a.Header, a.Body)
			return true
		}
		return a.Code() == code
	})
}

// failing has calls of the program on the files of its database fail until heal is
// called.
func (y *tally) failing(calls, with string) (heal func()) {
	y.Helper()
	args := []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", "trace=" + calls,
		"-e", "inject=" + calls + ":error=" + with, "-P", y.World.Database, "-P", y.World.Database + "-wal",
		"-p", fmt.Sprint(y.A().PID())}
	if os.Geteuid() != 0 {
		args = append([]string{"sudo", "-n"}, args...) // not every system lets one look into another process
	}
	var words kit.Journal
	cmd := exec.CommandContext(y.Context(), args[0], args[1:]...)
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		y.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is told to end
		close(ended)
	}()
	y.Wait("strace to hold the program", func() bool {
		select {
		case <-ended:
			y.Fatalf("strace ended: %s", words.String())
		default:
		}
		return traced(y.A().PID())
	})
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it lets go
		<-ended
	}
}

// traced reports whether all threads of a process are held by a tracer.
func traced(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, thread := range threads {
		status, err := os.ReadFile(thread) // #nosec G304 -- of a process of the test
		if err == nil && strings.Contains(string(status), "TracerPid:\t0\n") {
			return false
		}
	}
	return true
}
