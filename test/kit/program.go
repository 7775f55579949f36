package kit

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// folder holds the built programs.
var folder string

// Main runs the tests of a package that runs the program, lets many of them run
// at once, since they wait for others more than they work, and ends the process.
func Main(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if err := manyAtOnce(); err != nil {
		return 0, err
	}
	if folder, err = os.MkdirTemp("", "sinpyo-test"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return m.Run(), nil
}

// manyAtOnce lets eight tests run at once, unless -parallel says how many.
func manyAtOnce() error {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if asked {
		return nil
	}
	return flag.Set("test.parallel", "8")
}

// Plain is the path of the program, Crashing that of the one with its crash
// points. Each is built when it is first asked for, within [Main].
var (
	Plain    = sync.OnceValues(func() (string, error) { return build("sinpyo") })
	Crashing = sync.OnceValues(func() (string, error) { return build("sinpyo-crashing", "-tags", "crashpoints") })
)

func build(name string, flags ...string) (string, error) {
	path := filepath.Join(folder, name)
	args := append(append([]string{"build"}, flags...), "-o", path, "github.com/sinpyo/sinpyo/cmd/sinpyo")
	cmd := exec.CommandContext(context.Background(), "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
}
