// Pgserver runs a command beside a temporary PostgreSQL server.
//
//	go run ./internal/db/dbtest/pgserver go test ./...
//
// The server lives in a temporary folder, speaks on a socket in that folder
// alone, and is gone with it when the command has ended. The command finds its
// address in SINPYO_TEST_POSTGRES. Without -fsync the server does not wait for
// the disk: enough for tests, of no use for measuring.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/db/dbtest/cluster"
)

func main() {
	fsync := flag.Bool("fsync", false, "wait for the disk at each commit, as a real server does")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: pgserver [-fsync] command [argument ...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	status, err := run(flag.Args(), *fsync)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgserver:", err)
	}
	os.Exit(status)
}

// run starts the server, runs the command, stops the server, and returns the
// command's exit status.
func run(command []string, fsync bool) (status int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := cluster.Start(ctx, fsync)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()

	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // running what one is told is the purpose
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), dbtest.EnvPostgres+"="+s.URL())
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
