package faults

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/test/kit"
	"github.com/sinpyo/sinpyo/test/platter"
)

// powerNote is what the report says of power cuts.
const powerNote = "every write, sync and change of a name beneath the data folder was recorded (strace) while the server worked; " +
	"at the cut the server was killed, the folder thrown away and made anew from the record without what no sync had followed: " +
	"without any of it, without some of the writes, or without some of their sectors of 512 bytes, names in folders likewise, " +
	"the shared-memory file gone or full of noise. The provider went on and kept what it had taken. " +
	"It proves that nothing was answered, and no text handed over, before the disk had been made to keep it, and that whatever is left starts by itself. " +
	"It says nothing of disks that report a sync before they have done it, that damage what is not being written or tear a sector. " +
	"p99_ms is with the recording on."

// socket is the power supply of a node's disk.
type socket struct {
	*kit.Node
	home   string // the folder that is recorded
	record string
	chance *rand.Rand
	losses int
	disk   *platter.Disk // as it was when the program was started
}

// plug has a node, which is stopped, run on a disk whose power can be cut.
func plug(n *kit.Node, home string, chance *rand.Rand, strace ...string) *socket {
	s := &socket{Node: n, home: home, record: filepath.Join(n.T.TempDir(), "record"), chance: chance}
	n.Under = platter.Strace(s.record, strace...)
	s.load()
	return s
}

// load takes the folder for what the disk holds.
func (s *socket) load() {
	s.T.Helper()
	disk, err := platter.Load(s.home)
	if err != nil {
		s.T.Fatal(err)
	}
	s.disk = disk
}

// cut ends the program and leaves in the folder what its disk would hold.
func (s *socket) cut() {
	s.T.Helper()
	s.Kill()
	record, err := os.OpenFile(s.record, os.O_RDONLY|os.O_CREATE, 0o600) // none when it had hardly begun
	if err != nil {
		s.T.Fatal(err)
	}
	if err := errors.Join(s.disk.Play(record), record.Close(), os.Remove(s.record)); err != nil {
		s.T.Fatal(err)
	}
	if err := s.disk.Same(); err != nil {
		s.T.Fatalf("the record is not whole: %v", err)
	}
	image := s.disk.Cut(platter.Losses[s.losses%len(platter.Losses)], s.chance)
	s.losses++
	if err := image.Write(s.home); err != nil {
		s.T.Fatal(err)
	}
	s.load()
	// Looking for damage mends things: it is done in a copy.
	copied := filepath.Join(filepath.Dir(s.record), "copy")
	if err := image.Write(copied); err != nil {
		s.T.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(copied, "A", "sinpyo.db")); err != nil {
		return // there is none yet
	}
	if err := integrity(s.T, filepath.Join(copied, "A", "sinpyo.db")); err != nil && !errors.Is(err, db.ErrOlderSchema) {
		s.T.Error(err)
	}
}

// integrity reports what SQLite finds wrong with a file.
func integrity(t *testing.T, file string) error {
	d, err := db.Open(t.Context(), db.Options{URL: file})
	if err != nil {
		return err
	}
	var verdict string
	err = d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT integrity_check FROM pragma_integrity_check").Scan(&verdict)
	})
	if err == nil && verdict != "ok" {
		err = errors.New("the database is damaged: " + verdict)
	}
	return errors.Join(err, d.Close())
}

// moment waits for some time below most.
func (s *socket) moment(most time.Duration) {
	time.Sleep(time.Duration(s.chance.Int64N(int64(most)))) // power fails when it likes
}

// TestFaults_PowerCutLosesNothing cuts the power of the server's disk while people
// ask for texts, have their numbers verified and use what that gave them, and while
// the server starts.
func TestFaults_PowerCutLosesNothing(t *testing.T) {
	t.Parallel()
	onlySQLite(t)
	cuts := kit.Times(t, 100, 5)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "power cut: unsynced writes dropped")
	y.Note = powerNote
	y.A().Stop()
	s := plug(y.A(), filepath.Dir(filepath.Dir(y.World.Database)), rand.New(rand.NewPCG(2, 0)))
	s.Up()
	walks := &walks{tally: y}
	for y.Injected < cuts {
		stop := walks.load(3)
		s.moment(1500 * time.Millisecond) // the log is copied back every second
		s.cut()
		y.Injected++
		if y.Injected%5 == 3 {
			s.Launch()
			s.moment(200 * time.Millisecond)
			s.cut()
			y.Injected++
		}
		back := time.Now()
		s.Up()
		y.recovered(back)
		stop()
		if y.Injected%10 > 7 {
			walks.judge()
			y.count()
		}
	}
	walks.judge()
	y.report()
}

// TestFaults_PowerCutFindsAServerThatDoesNotSync has every sync of the server do
// nothing, and expects the test above to see it.
func TestFaults_PowerCutFindsAServerThatDoesNotSync(t *testing.T) {
	t.Parallel()
	onlySQLite(t)
	kit.Times(t, 1, 1)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "")
	y.A().Stop()
	s := plug(y.A(), filepath.Dir(filepath.Dir(y.World.Database)), rand.New(rand.NewPCG(3, 0)), "-e", "inject=fsync,fdatasync:retval=0")
	s.Up()
	number := y.Number()
	v := y.Start(y.A(), number)
	y.Code(number)
	s.cut()
	s.Up()
	if a := y.Call(y.A(), "GET", "/v1/verifications/"+v.ID, nil); a.Status != 404 {
		t.Errorf("a start that no sync had followed is there after the cut: %v", a)
	}
}

// TestFaults_PowerCutWhileInstalling cuts the power of the first start, with
// nothing there yet, and then that of a server that has just become ready.
func TestFaults_PowerCutWhileInstalling(t *testing.T) {
	t.Parallel()
	onlySQLite(t)
	cuts := kit.Times(t, 30, 2)
	w := kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1})
	w.A().Stop()
	chance := rand.New(rand.NewPCG(4, 0))
	for range cuts {
		home := filepath.Join(t.TempDir(), "home")
		if err := os.Mkdir(home, 0o700); err != nil {
			t.Fatal(err)
		}
		n := *w.A()
		n.Env = append(n.Env[:len(n.Env):len(n.Env)],
			"SINPYO_DATA_DIR="+filepath.Join(home, "A"), "SINPYO_MASTER_KEY_FILE="+filepath.Join(home, "master.key"))
		s := plug(&n, home, chance)
		s.Launch()
		s.moment(400 * time.Millisecond)
		s.cut()
		s.Up()
		s.losses = 0 // all that may be lost is lost
		s.cut()
		for _, file := range []string{"A/sinpyo.db", "master.key"} {
			if _, err := os.Stat(filepath.Join(home, file)); err != nil {
				t.Errorf("a ready server lost what it had made: %v", err)
			}
		}
		s.Up()
		s.Kill()
	}
}

// onlySQLite skips what is about the files of SQLite.
func onlySQLite(t *testing.T) {
	t.Helper()
	if kit.OnPostgres() {
		t.Skip("about the files of SQLite")
	}
}
