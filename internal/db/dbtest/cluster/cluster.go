// Package cluster runs a PostgreSQL server for tests and measurements. Start makes
// its files in a temporary folder and waits until it answers; Halt and Again end it
// and bring it back as often as a test likes, in order or as in a crash; with Stop
// it is gone and its folder too. It needs the programs of PostgreSQL on the
// machine, and as root the user "postgres", as whom the server then runs.
package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
)

// startTime is how long a server may take until it answers.
const startTime = time.Minute

// Server is a PostgreSQL of its own. It lives in a temporary folder and speaks on
// a socket in that folder alone.
type Server struct {
	dir     string // holds data and socket; the server's own
	program string
	args    []string
	owner   *syscall.Credential
	cmd     *exec.Cmd
}

// Start makes a cluster and waits until its server answers. Without fsync it does
// not wait for the disk.
func Start(ctx context.Context, fsync bool) (_ *Server, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgserver-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, program: filepath.Join(bin, "postgres")}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if s.owner, err = s.giveAway(); err != nil {
		return nil, err
	}
	initdb := s.command(filepath.Join(bin, "initdb"), "--pgdata="+s.data(), "--username=postgres",
		"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.args = []string{"-D", s.data(), "-c", "listen_addresses=", "-c", "unix_socket_directories=" + dir, "-c", "max_connections=400"}
	if !fsync {
		s.args = append(s.args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	return s, s.Again(ctx)
}

// Again starts the server after Halt, and waits until it answers.
func (s *Server) Again(ctx context.Context) error {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own
	cmd := s.command(s.program, s.args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	return s.wait(ctx)
}

// binaries returns the folder of the newest PostgreSQL on this machine.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // where Debian keeps one folder for each version
	if err != nil {
		return "", err
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for what is no version
		return n
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(newest), nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errors.New("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
	}
	return filepath.Dir(path), nil
}

// giveAway makes the folder the property of the user "postgres" when we are
// root, as whom the server refuses to run.
func (s *Server) giveAway() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(s.dir, int(uid), int(gid))
}

// command prepares a program of the server to run as its owner.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) //nolint:gosec,noctx // a program of PostgreSQL; ended by stop
	cmd.Dir = s.dir
	// A process group of its own: an interrupt at the terminal is for the
	// command, and the server must outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Setpgid: true}
	return cmd
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
func (s *Server) log() string  { return filepath.Join(s.dir, "log") }

// failed adds the server's own words to an error.
func (s *Server) failed(what string, err error) error {
	words, _ := os.ReadFile(s.log()) // none are better than another error
	return fmt.Errorf("%s: %w\n%s", what, err, words)
}

// URL returns the server's address, a folder that its owner alone can enter.
func (s *Server) URL() string {
	q := url.Values{"host": {s.dir}, "user": {"postgres"}}
	return "postgres:///postgres?" + q.Encode()
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	pool, err := sql.Open("pgx", s.URL())
	if err != nil {
		return err
	}
	defer pool.Close() // nothing was written
	for {
		err := pool.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return s.failed("the server does not answer", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// How a server ends.
const (
	Fast      = syscall.SIGINT  // connections are cut, files are left in order
	Immediate = syscall.SIGQUIT // as in a crash: files are put in order at the next start
)

// Halt ends the server, which Again starts again.
func (s *Server) Halt(how syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Signal(how)
	if e := s.cmd.Wait(); e != nil && err == nil && how == Fast {
		err = s.failed("the server ended badly", e)
	}
	s.cmd = nil
	return err
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	err := s.Halt(Fast)
	if e := os.RemoveAll(s.dir); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}
