package faults

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// TestRow40_ARestoreUnderLoadBringsNothingBackToLife makes a backup while people
// ask for texts, goes on, kills the program, puts the older copy in its place and
// shows everything again that was shown since.
func TestRow40_ARestoreUnderLoadBringsNothingBackToLife(t *testing.T) {
	t.Parallel()
	restores := kit.Times(t, 10, 1)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "backup restored")
	y.Note = "codes, receipts, kept answers and cookies as they were when the backup was made; what was used of them since is shown again after the restore"
	for i := range restores {
		file := filepath.Join(t.TempDir(), "sinpyo.backup")
		e := y.everyone()
		quick := y.slow()
		stop := y.load(1)
		y.busy()
		y.A().CLI("backup", file)
		stop()
		quick()
		e.goOn()
		y.mu.Lock()
		texted := append([]*asked{}, y.starts...)
		y.mu.Unlock()
		y.count() // every text has left, and every code was used

		y.end()
		if said := y.A().CLI("restore", "--force", file); !strings.Contains(said, "texts that had not left") {
			t.Errorf("the backup was made while no text was on its way:\n%s", said)
		}
		y.A().Up()
		y.Injected++
		y.recovered(time.Now())
		y.quiet()
		e.again()
		for _, s := range texted {
			texts := y.Provider.Handset(s.number)
			y.Duplicated += max(0, len(texts)-1)
			if s.id == "" || len(texts) == 0 {
				continue
			}
			if c, _ := y.TryCheck(y.A(), s.id, kit.CodeOf(texts[0].Text)); c.Approved {
				y.ApprovedTwice++
			}
		}
		v, number := y.visitor(), y.Number()
		if v.asks(number); !v.proves(y.Code(number)) || !v.joins() {
			t.Errorf("after restore %d nobody can join", i+1)
		}
	}
	y.report()
}

// end ends the program before a restore: on SQLite as a power cut does. On
// PostgreSQL a restore waits for the lease of one that was killed, half a minute,
// so there the program is told to stop.
func (y *tally) end() {
	if kit.OnPostgres() {
		y.A().Stop()
	} else {
		y.A().Kill()
	}
}

// slow has the provider take its time, so that texts are on their way while the
// backup is made, until the returned function is called.
func (y *tally) slow() (quick func()) {
	y.Helper()
	f, err := y.Provider.Arm(sandbox.Fault{Method: http.MethodPost, Path: send, Kind: "delay", DelayMS: 400, Times: -1})
	if err != nil {
		y.Fatal(err)
	}
	return func() { y.Provider.Disarm(f.ID) }
}

// busy waits until texts are on their way.
func (y *tally) busy() {
	y.Helper()
	y.Wait("texts on their way", func() bool {
		return len(y.Search(y.A(), kit.Fields{"status": "sending"})) > 0
	})
}

// quiet waits until nothing is on its way any more.
func (y *tally) quiet() {
	y.Helper()
	for _, status := range []string{"queued", "sending"} {
		y.Wait("nothing to be "+status, func() bool {
			return len(y.Search(y.A(), kit.Fields{"status": status})) == 0
		})
	}
}

// everyone is somebody at each step that a backup may catch, and what they hold
// then.
type everyone struct {
	*tally
	signedIn, leaving, coding, proved *visitor
	twins                             [4]*visitor // as they were when the backup was made
	codingNumber                      string
	pending, approved                 kit.Verification
	code, receipt, answer             string // answer is one that is kept
	onceTo                            string
}

func (y *tally) everyone() *everyone {
	y.Helper()
	e := &everyone{tally: y, codingNumber: y.Number(), onceTo: y.Number()}
	for _, place := range []**visitor{&e.signedIn, &e.leaving, &e.coding, &e.proved} {
		*place = y.visitor()
	}
	for _, v := range []*visitor{e.signedIn, e.leaving} {
		number := y.Number()
		if v.asks(number); !v.proves(y.Code(number)) || !v.joins() {
			y.Fatal("a visitor could not join")
		}
	}
	e.coding.asks(e.codingNumber)
	e.coding.Page(e.A(), "/signup", nil)
	number := y.Number()
	if e.proved.asks(number); !e.proved.proves(y.Code(number)) {
		y.Fatal("a visitor could not prove a number")
	}
	e.twins = [4]*visitor{e.signedIn.twin(), e.leaving.twin(), e.coding.twin(), e.proved.twin()}

	number = y.Number()
	e.pending = y.Start(y.A(), number)
	e.code = y.Code(number)
	number = y.Number()
	e.approved = y.Start(y.A(), number)
	e.receipt = y.Check(y.A(), e.approved.ID, y.Code(number)).Receipt
	a := e.once()
	if e.answer = string(a.Body); a.Status != http.StatusCreated {
		y.Fatalf("a start was answered %v", a)
	}
	y.Code(e.onceTo)
	return e
}

// once asks for one text, however often it is called.
func (e *everyone) once() kit.Answer {
	return e.Call(e.A(), http.MethodPost, "/v1/verifications", kit.Fields{"to": e.onceTo, "purpose": "signup"}, kit.Once("to-"+e.onceTo))
}

// redeem spends a receipt, and reports whether it was taken.
func (e *everyone) redeem() bool {
	a := e.Call(e.A(), http.MethodPost, "/v1/receipts/redeem", kit.Fields{"receipt": e.receipt, "purpose": "signup"})
	return a.Status == http.StatusOK
}

// goOn uses everything that is held.
func (e *everyone) goOn() {
	e.Helper()
	if !e.Check(e.A(), e.pending.ID, e.code).Approved || !e.redeem() {
		e.Fatal("a code or a receipt was not taken")
	}
	e.leaving.Page(e.A(), "/account", nil)
	e.leaving.Page(e.A(), "/signout", url.Values{})
	if e.leaving.in() || !e.signedIn.in() {
		e.Fatal("signing out signed nobody out, or everybody")
	}
	if !e.coding.proves(e.Code(e.codingNumber)) || !e.coding.joins() || !e.proved.joins() {
		e.Fatal("a visitor could not go on")
	}
}

// again shows everything again, and counts what is taken.
func (e *everyone) again() {
	e.Helper()
	if c, _ := e.TryCheck(e.A(), e.pending.ID, e.code); c.Approved {
		e.ApprovedTwice++
	}
	used := map[string]bool{"a receipt": e.redeem()}
	for i, who := range []string{"an open session", "an ended session"} {
		used[who] = e.twins[i].in()
	}
	used["a code on the pages"] = e.twins[2].proves(e.Code(e.codingNumber)) && e.twins[2].joins()
	used["an approval on the pages"] = e.twins[3].joins()
	for _, v := range []*visitor{e.signedIn, e.leaving, e.coding, e.proved} {
		used["a session from after the backup"] = used["a session from after the backup"] || v.in()
	}
	for what, taken := range used {
		if taken {
			e.TokenReuse++
			e.Errorf("after the restore %s was taken", what)
		}
	}
	if a := e.once(); string(a.Body) != e.answer {
		e.Errorf("after the restore a call that is repeated was answered %v", a)
	}
	if n := len(e.Texts(e.onceTo)); n != 1 {
		e.Duplicated += max(0, n-1)
		e.Errorf("the number of a repeated call got %d texts", n)
	}
}
