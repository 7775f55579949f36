package faults

import (
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// envAlone is set for a test that was started again in a network of its own; it
// names the program.
const envAlone = "SINPYO_TEST_ALONE"

// TestRow39_ALineThatCarriesNothingIsGivenUp drops each packet between a node and
// its database, both ways and without a word, until the other node has sent what
// it had accepted, and until it answers that it has no database.
func TestRow39_ALineThatCarriesNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite has one node, and its database is with it")
	}
	drops := kit.Times(t, 10, 1)
	if os.Getenv(envAlone) == "" {
		again(t)
		return
	}
	command(t, "ip", "link", "set", "lo", "up")
	listen := kit.Port(t)
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	y := newTally(kit.NewWorld(t, kit.Setup{
		Settings: quick, Nodes: 2,
		Program: func() (string, error) { return os.Getenv(envAlone), nil },
		NodeSettings: func(w *kit.World, n *kit.Node) []string {
			if n != w.A() {
				return nil
			}
			through, err := kit.NewProxy(w, listen, w.Database).Through(w.Database)
			if err != nil {
				w.Fatal(err)
			}
			return []string{"SINPYO_DATABASE_URL=" + through}
		},
	}), "packets between a node and its database dropped")
	y.Note = "by the kernel, in a network of the test's own; the database's end of the line is not tested"
	chance := rand.New(rand.NewPCG(39, 3))
	for range drops {
		y.underWay(y.A())
		stop := y.load(3)
		moment(chance)
		began := time.Now()
		for _, side := range []string{"--sport", "--dport"} {
			command(t, "iptables", "-A", "INPUT", "-p", "tcp", side, port, "-j", "DROP")
		}
		y.Injected++
		y.arrived(began)
		for tried := time.Now(); ; {
			if a := y.TryStart(y.A(), y.Number()); a.Status == http.StatusServiceUnavailable {
				t.Logf("a start without a database was refused after %v, %v after the line went silent", a.Took, time.Since(began))
				break
			}
			if time.Since(tried) > kit.Patience {
				t.Fatal("a node without a database does not say so")
			}
		}
		command(t, "iptables", "-F", "INPUT")
		y.recovered(time.Now())
		stop()
		y.count()
	}
	y.report()
}

// again runs a test once more, in a network that it shares with nobody: what it
// does to it ends with it and meets nothing else.
func again(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("iptables"); err != nil {
		t.Skip("drops packets with iptables, which is not installed")
	}
	program, err := kit.Plain()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1") //nolint:gosec // itself
	cmd.Env = append(os.Environ(), envAlone+"="+program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Skipf("needs a network of its own, which this machine does not give: %v", err)
	}
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// command runs a command that must succeed.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil { //nolint:gosec // as the test says
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
