package measure

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Server is the program under measurement, a process of its own.
type Server struct {
	Address string
	cmd     *exec.Cmd
	log     *os.File
}

// Start starts the program in a folder, with a provider, its data in data/ and
// further settings, and waits for its first 200 on /readyz. ready is how long that
// took from the start of the process.
func Start(program, dir, provider string, settings ...string) (s *Server, ready time.Duration, err error) {
	address, err := FreePort()
	if err != nil {
		return nil, 0, err
	}
	metrics, err := FreePort()
	if err != nil {
		return nil, 0, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	_, port, _ := strings.Cut(address, ":")
	cmd := exec.Command(program, "serve") //nolint:noctx // Stop ends it
	cmd.Dir = dir
	cmd.Env = append(Environment(dir),
		"SINPYO_LISTEN="+address,
		"SINPYO_METRICS_LISTEN="+metrics,
		"SINPYO_PUBLIC_URL=http://localhost:"+port,
		"SINPYO_COOLSMS_BASE_URL="+provider,
		"SINPYO_COOLSMS_API_KEY="+APIKey,
		"SINPYO_COOLSMS_API_SECRET="+APISecret,
		"SINPYO_COOLSMS_SENDER="+Sender,
	)
	cmd.Env = append(cmd.Env, settings...)
	cmd.Stdout, cmd.Stderr = log, log
	s = &Server{Address: address, cmd: cmd, log: log}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	if err := s.waitReady(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return nil, 0, errors.Join(fmt.Errorf("the server did not get ready: %w\n%s", err, said), s.Stop())
	}
	return s, time.Since(started), nil
}

// Environment is that of every command of the program in a folder.
func Environment(dir string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "SINPYO_DATA_DIR=" + filepath.Join(dir, "data")}
}

// The account with the emulated provider.
const (
	APIKey    = "NCSBENCH00000001"
	APISecret = "0123456789ABCDEF0123456789ABCDEF"
	Sender    = "0215770000"
)

// FreePort returns a loopback address that nobody listens on.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed on the next line
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// waitReady asks for /readyz until it is answered 200.
func (s *Server) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address+"/readyz", nil)
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

// PID is the server's process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Stop asks the server to end and waits until it has.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := s.cmd.Wait()
	return errors.Join(err, s.log.Close())
}
