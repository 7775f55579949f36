package main

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

// server is a running PostgreSQL.
type server struct {
	dir string // holds data and socket; the server's own
	cmd *exec.Cmd
}

// start makes a cluster and waits until its server answers.
func start(ctx context.Context, fsync bool) (_ *server, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgserver-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	owner, err := s.giveAway()
	if err != nil {
		return nil, err
	}
	initdb := s.command(owner, filepath.Join(bin, "initdb"), "--pgdata="+s.data(), "--username=postgres",
		"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", s.data(), "-c", "listen_addresses=", "-c", "unix_socket_directories=" + dir, "-c", "max_connections=400"}
	if !fsync {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	s.cmd = s.command(owner, filepath.Join(bin, "postgres"), args...)
	log, err := os.Create(s.log())
	if err != nil {
		return nil, err
	}
	defer log.Close() // the server has its own
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, s.wait(ctx)
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
func (s *server) giveAway() (*syscall.Credential, error) {
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
func (s *server) command(owner *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) //nolint:gosec,noctx // a program of PostgreSQL; ended by stop
	cmd.Dir = s.dir
	// A process group of its own: an interrupt at the terminal is for the
	// command, and the server must outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setpgid: true}
	return cmd
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }
func (s *server) log() string  { return filepath.Join(s.dir, "log") }

// failed adds the server's own words to an error.
func (s *server) failed(what string, err error) error {
	words, _ := os.ReadFile(s.log()) // none are better than another error
	return fmt.Errorf("%s: %w\n%s", what, err, words)
}

// url returns the server's address, a folder that its owner alone can enter.
func (s *server) url() string {
	q := url.Values{"host": {s.dir}, "user": {"postgres"}}
	return "postgres:///postgres?" + q.Encode()
}

// wait returns when the server answers.
func (s *server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	pool, err := sql.Open("pgx", s.url())
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

// stop ends the server and removes its folder.
func (s *server) stop() error {
	var err error
	if s.cmd != nil && s.cmd.Process != nil {
		err = s.cmd.Process.Signal(syscall.SIGINT) // "fast": connections are cut, files are left in order
		if e := s.cmd.Wait(); e != nil && err == nil {
			err = s.failed("the server ended badly", e)
		}
	}
	if e := os.RemoveAll(s.dir); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}
