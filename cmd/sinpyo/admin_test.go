package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// admin runs a command and wants it to end with a status.
func (i *installation) admin(status int, args ...string) string {
	i.Helper()
	var out, errOut lockedBuffer
	args = append(append([]string{"admin"}, args...), "--data-dir", i.dir)
	if got := run(i.Context(), args, nil, &out, &errOut); got != status {
		i.Fatalf("%v: status %d, want %d\n%s%s", args, got, status, &out, &errOut)
	}
	return out.String() + errOut.String()
}

// beside returns the operators as a running server has them.
func (i *installation) beside() *operator.Operators {
	i.Helper()
	c, err := config.Load(config.Source{Flags: map[string]string{"data_dir": i.dir}})
	if err != nil {
		i.Fatal(err)
	}
	keys, err := openKeys(i.Context(), c, i.db)
	if err != nil {
		i.Fatal(err)
	}
	o, err := operator.New(operatorOptions(c, i.db, keys.Ring()))
	if err != nil {
		i.Fatal(err)
	}
	return o
}

// joins has somebody open the link that a command printed as JSON, and make a
// passkey.
func (i *installation) joins(o *operator.Operators, printed, name string) operator.Session {
	i.Helper()
	var made struct{ ID, Link string }
	if err := json.Unmarshal([]byte(printed), &made); err != nil {
		i.Fatalf("%v:\n%s", err, printed)
	}
	_, token, _ := strings.Cut(made.Link, "#")
	claim, err := o.Open(i.Context(), token)
	if err != nil || claim.OperatorID != made.ID {
		i.Fatalf("the link %s: %+v, %v", made.Link, claim, err)
	}
	e, err := claim.Enrol(name, "ko", operator.Browser{})
	if err != nil {
		i.Fatal(err)
	}
	options, ceremony, err := e.BeginPasskey(i.Context())
	if err != nil {
		i.Fatal(err)
	}
	s, err := e.FinishPasskey(i.Context(), ceremony, factortest.New("http://localhost:8081").Create(i, options), "노트북")
	if err != nil {
		i.Fatal(err)
	}
	return s
}

// TestAdmin_IsObeyedByARunningServer makes an owner and a viewer by command, has
// them join at the server, and takes the sessions away again by command.
func TestAdmin_IsObeyedByARunningServer(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	o := i.beside()
	owner := i.joins(o, i.admin(0, "create", "김하늘", "--role", "owner", "--json"), "김하늘")
	viewer := i.joins(o, i.admin(0, "create", "박지우", "--role", "viewer", "--reason", "helps out", "--json"), "박지우")
	stands := func(s operator.Session) bool {
		_, _, err := o.Peek(t.Context(), s.Token)
		return err == nil
	}
	if list := i.admin(0, "list"); strings.Count(list, "  active  ") != 2 {
		t.Errorf("list:\n%s", list)
	}

	for said, args := range map[string][]string{
		"make another one first":           {"disable", "김하늘", "--reason", "x"},
		"there has to be an owner who can": {"role", "김하늘", "--role", "viewer", "--reason", "x"},
	} {
		if got := i.admin(1, args...); !strings.Contains(got, said) {
			t.Errorf("admin %v says %q", args, got)
		}
	}
	if !stands(owner) || !stands(viewer) {
		t.Fatal("sessions ended by themselves")
	}
	i.admin(0, "role", "박지우", "--role", "support", "--reason", "new task")
	if stands(viewer) {
		t.Error("another role left the session")
	}
	again := i.joins(o, i.admin(0, "reset", "김하늘", "--reason", "laptop stolen", "--json"), "김하늘")
	if stands(owner) || !stands(again) {
		t.Error("a reset left the old session, or the link made none")
	}
	i.admin(0, "unlock", "박지우", "--reason", "called")
	i.admin(0, "disable", "박지우", "--reason", "left")
	i.admin(0, "enable", "박지우", "--reason", "came back")

	want := []string{
		"admin create: owner", "admin create: viewer: helps out", "admin role: viewer to support: new task",
		"admin reset: laptop stolen", "admin unlock: called", "admin disable: left", "admin enable: came back",
	}
	var got []string
	err := i.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT act || ': ' || detail FROM records WHERE actor = 'command line' ORDER BY number`, nil, func(scan func(...any) error) error {
			var r string
			err := scan(&r)
			got = append(got, r)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, r := range i.records() {
		if strings.Contains(r, "김하늘") || strings.Contains(r, "박지우") {
			t.Errorf("a record tells a name: %s", r)
		}
	}
}
