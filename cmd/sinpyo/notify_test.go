package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// manager listens as systemd does.
type manager struct {
	*testing.T
	conn *net.UnixConn
}

func newManager(t *testing.T, socket string) *manager {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &manager{t, conn}
}

// next returns what is told next, and fails when nothing is for too long.
func (m *manager) next() string {
	m.Helper()
	_ = m.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	told := make([]byte, 4096)
	n, err := m.conn.Read(told)
	if err != nil {
		m.Fatalf("nothing was told: %v", err)
	}
	return string(told[:n])
}

// quiet fails when anything is told for a while.
func (m *manager) quiet(d time.Duration) {
	m.Helper()
	_ = m.conn.SetReadDeadline(time.Now().Add(d))
	told := make([]byte, 4096)
	if n, err := m.conn.Read(told); err == nil {
		m.Fatalf("told %q, want nothing", told[:n])
	}
}

// TestServe_TellsItsSupervisor runs the program under sockets of both kinds.
func TestServe_TellsItsSupervisor(t *testing.T) {
	t.Parallel()
	for _, socket := range []string{filepath.Join(t.TempDir(), "notify"), "@sinpyo-test-" + filepath.Base(t.TempDir()) + "-" + time.Now().Format("150405.000000000")} {
		m := newManager(t, socket)
		p := startIn(t, []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=200000"}, serveArgs(filepath.Join(t.TempDir(), "data"))...)
		var ready, beats int
		for beats < 3 || ready < 1 {
			switch told := m.next(); {
			case strings.HasPrefix(told, "READY=1\nSTATUS=answering 127.0.0.1:"):
				ready++
			case told == "WATCHDOG=1":
				beats++
			default:
				t.Fatalf("told %q", told)
			}
		}
		p.want(200, "", p.site("/readyz"), "")
		if status := p.stop(); status != 0 {
			t.Errorf("ended with status %d:\n%s", status, p.errOut)
		}
		for {
			told := m.next()
			if told == "STOPPING=1" {
				break
			}
			if told != "WATCHDOG=1" {
				t.Fatalf("told %q", told)
			}
		}
	}
}

// TestBeat_IsSilentWhileSomethingIsWrong has a program that gets well again.
func TestBeat_IsSilentWhileSomethingIsWrong(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "notify")
	m := newManager(t, socket)
	s := supervisor{socket: socket, every: time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked, wrong := make(chan error), errors.New("it stands still")
	told := make(chan error, 100)
	ended := make(chan error, 1)
	go func() {
		ended <- s.beat(ctx, func(ctx context.Context) error {
			select {
			case err := <-asked:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}, func(err error) { told <- err })
	}()
	asked <- wrong
	if err := <-told; !errors.Is(err, wrong) {
		t.Errorf("told %v, want %v", err, wrong)
	}
	m.quiet(20 * time.Millisecond)
	asked <- nil
	if got := m.next(); got != "WATCHDOG=1" {
		t.Errorf("told %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSupervisor_IsReadFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		environ []string
		want    supervisor
	}{
		{nil, supervisor{}},
		{[]string{"NOTIFY_SOCKET=/run/x"}, supervisor{socket: "/run/x"}},
		{[]string{"NOTIFY_SOCKET=@x", "WATCHDOG_USEC=30000000"}, supervisor{"@x", 15 * time.Second}},
		{[]string{"NOTIFY_SOCKET=@x", "WATCHDOG_USEC=30000000", "WATCHDOG_PID=1"}, supervisor{socket: "@x"}},
		{[]string{"NOTIFY_SOCKET=@x", "WATCHDOG_USEC=soon"}, supervisor{socket: "@x"}},
	} {
		if got := supervisorOf(c.environ); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.environ, got, c.want)
		}
	}
	if err := (supervisor{}).tell(t.Context(), "READY=1"); err != nil {
		t.Errorf("with nobody to tell: %v", err)
	}
	if err := (supervisor{socket: filepath.Join(t.TempDir(), "none")}).tell(t.Context(), "READY=1"); err == nil {
		t.Error("a socket that is not there took it")
	}
}
