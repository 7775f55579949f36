package main

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sinpyo": main})
}

// TestCommands runs the scripts of testdata, one for each subcommand. Each has
// a directory of its own, in $TAKEN an address that is in use, and in $LAPSING a
// sender number that lapses in ten days.
func TestCommands(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TAKEN", taken.Addr().String())
			e.Setenv("LAPSING", `{"phoneNumber":"021232222","expireAt":"`+time.Now().Add(10*24*time.Hour).UTC().Format(time.RFC3339)+`"}`)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "mode": mode, "emulator": startProvider, "post": post, "text": text,
		},
	})
}

// status runs a command and wants it to end with a status: status 2 sinpyo …
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [argument...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if coder, ok := err.(interface{ ExitCode() int }); ok {
		got = string(rune('0' + coder.ExitCode()))
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("status %s, want %s", got, args[0])
	}
}

// mode wants a file to have the given rights: mode 600 data/master.key
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode BITS file")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := info.Mode().Perm().String(); got != map[string]string{"600": "-rw-------", "700": "-rwx------"}[args[0]] {
		ts.Fatalf("%s has mode %s", args[1], got)
	}
}
