package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// server is the program under measurement, a process of its own.
type server struct {
	address string
	cmd     *exec.Cmd
	log     *os.File
}

// database says where a server keeps its data: a folder, and a PostgreSQL URL
// where it is not the SQLite file in that folder.
type database struct{ dir, url string }

// startServer starts the program with everything on and waits for its first
// 200 on /readyz. ready is how long that took from the start of the process.
func startServer(program string, d database, provider string) (s *server, ready time.Duration, err error) {
	address, err := freePort()
	if err != nil {
		return nil, 0, err
	}
	metrics, err := freePort()
	if err != nil {
		return nil, 0, err
	}
	log, err := os.OpenFile(filepath.Join(d.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	_, port, _ := strings.Cut(address, ":")
	cmd := exec.Command(program, "serve") //nolint:noctx // stop ends it
	cmd.Dir = d.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.dir,
		"SINPYO_LISTEN=" + address,
		"SINPYO_METRICS_LISTEN=" + metrics, "SINPYO_CONSOLE_LISTEN=",
		"SINPYO_PUBLIC_URL=http://localhost:" + port,
		"SINPYO_DATA_DIR=" + filepath.Join(d.dir, "data"),
		"SINPYO_COOLSMS_BASE_URL=" + provider,
		"SINPYO_COOLSMS_API_KEY=" + apiKey,
		"SINPYO_COOLSMS_API_SECRET=" + apiSecret,
		"SINPYO_COOLSMS_SENDER=" + sender,
		// The ceilings are at work, and far away.
		"SINPYO_LIMITS_APPLICATION_PER_MINUTE=1000000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=1000000",
		"SINPYO_LIMITS_WON_PER_DAY=1000000000",
		"SINPYO_COOLSMS_CALLS_PER_SECOND=10000", // what is measured is the program, not its cap
	}
	if d.url != "" {
		cmd.Env = append(cmd.Env, "SINPYO_DATABASE_URL="+d.url)
	}
	cmd.Stdout, cmd.Stderr = log, log
	s = &server{address: address, cmd: cmd, log: log}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	if err := s.waitReady(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return nil, 0, errors.Join(fmt.Errorf("the server did not get ready: %w\n%s", err, said), s.stop())
	}
	return s, time.Since(started), nil
}

// waitReady asks for /readyz until it is answered 200.
func (s *server) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// pid is the server's process id.
func (s *server) pid() int { return s.cmd.Process.Pid }

// stop asks the server to end and waits until it has.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := s.cmd.Wait()
	return errors.Join(err, s.log.Close())
}
