package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// installation is one with a member, looked at from the command line.
type installation struct {
	*testing.T
	dir      string
	db       *db.DB
	accounts *account.Accounts
}

const theMember = "usr_01k9x3v7m8e4t9q2w5r6y7u8p0"

func newInstallation(t *testing.T) *installation {
	t.Helper()
	i := &installation{T: t, dir: filepath.Join(t.TempDir(), "data")}
	if err := prepareDataDir(i.dir); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{Flags: map[string]string{"data_dir": i.dir}})
	if err != nil {
		t.Fatal(err)
	}
	if i.db, err = openDatabase(t.Context(), c, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.db.Close() })
	keys, err := openKeys(t.Context(), c, i.db)
	if err != nil {
		t.Fatal(err)
	}
	to, err := phone.Parse("010-1234-5678")
	if err != nil {
		t.Fatal(err)
	}
	number := keys.Ring().Number("users", theMember, to)
	err = i.db.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO users (id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at)
VALUES ($1, $2, $3, $4, $5, '김하늘', 'ko', $6, $6)`, theMember, number.Sealed, number.Whole, number.Tail, number.Prefix, tx.Now)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if i.accounts, err = beside(c, i.db, keys.Ring()); err != nil {
		t.Fatal(err)
	}
	return i
}

// users runs a command and wants it to end with a status.
func (i *installation) users(status int, args ...string) string {
	i.Helper()
	var out, errOut lockedBuffer
	args = append(append([]string{"users"}, args...), "--data-dir", i.dir)
	if got := run(i.Context(), args, nil, &out, &errOut); got != status {
		i.Fatalf("%v: status %d, want %d\n%s%s", args, got, status, &out, &errOut)
	}
	return out.String() + errOut.String()
}

// records lists what was recorded.
func (i *installation) records() (list []string) {
	i.Helper()
	err := i.db.View(i.Context(), func(tx *db.Tx) error {
		if broken, err := audit.Verify(tx); err != nil || broken != 0 {
			i.Errorf("record %d does not fit (%v)", broken, err)
		}
		return tx.Each(`SELECT act || ': ' || detail FROM records ORDER BY number`, nil, func(scan func(...any) error) error {
			var r string
			err := scan(&r)
			list = append(list, r)
			return err
		})
	})
	if err != nil {
		i.Fatal(err)
	}
	return list
}

// TestUsers_AreShownBlockedAndErased goes through what an operator can do for a
// member, and what is recorded of it.
func TestUsers_AreShownBlockedAndErased(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	s, err := i.accounts.EnterByPasskey(t.Context(), theMember, account.Browser{Label: "Safari on iPhone"})
	if err != nil {
		t.Fatal(err)
	}

	shown := i.users(0, "show", "010-1234-5678", "--reason", "ticket 1")
	for _, want := range []string{"id             " + theMember, "name           김하늘", "phone          010-****-5678", "sessions       1"} {
		if !strings.Contains(shown, want+"\n") {
			t.Errorf("show lacks %q:\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "1234") {
		t.Errorf("show tells the number:\n%s", shown)
	}
	var u shownUser
	if err := json.Unmarshal([]byte(i.users(0, "show", theMember, "--reason", "ticket 2", "--json")), &u); err != nil || u.ID != theMember || u.Phone != "010-****-5678" || u.Sessions != 1 {
		t.Errorf("show --json: %+v (%v)", u, err)
	}
	if list := i.users(0, "sessions", theMember, "--reason", "ticket 3"); !strings.Contains(list, "Safari on iPhone") || !strings.Contains(list, "passkey") {
		t.Errorf("sessions:\n%s", list)
	}
	i.users(0, "sessions", theMember, "--end", "--reason", "ticket 4")
	if _, _, err := i.accounts.BySession(t.Context(), s.Token); err == nil {
		t.Error("sessions --end left a session")
	}

	i.users(0, "block", theMember, "--reason", "ticket 5")
	if _, err := i.accounts.EnterByPasskey(t.Context(), theMember, account.Browser{}); err == nil {
		t.Error("a blocked member signed in")
	}
	if shown := i.users(0, "show", theMember, "--reason", "ticket 6"); !strings.Contains(shown, "blocked        20") {
		t.Errorf("show does not tell of the block:\n%s", shown)
	}
	i.users(1, "sign-in", theMember, "--reason", "ticket 7")
	i.users(0, "unblock", theMember, "--reason", "ticket 8")

	made := i.users(0, "sign-in", theMember, "--reason", "review 9")
	code := regexp.MustCompile(`code   ([A-Z2-7]{5}(?:-[A-Z2-7]{5}){3})\n`).FindStringSubmatch(made)
	if code == nil {
		t.Fatalf("sign-in prints no code:\n%s", made)
	}
	if _, err := i.accounts.EnterOnce(t.Context(), code[1], account.Browser{}); err != nil {
		t.Errorf("the code: %v", err)
	}

	i.users(2, "erase", theMember, "--reason", "letter 10")
	i.users(0, "erase", theMember, "--yes", "--reason", "letter 11")
	if said := i.users(1, "show", theMember, "--reason", "ticket 12"); !strings.Contains(said, "no such member") {
		t.Errorf("after erasing: %s", said)
	}
	i.users(1, "show", "010-1234-5678", "--reason", "ticket 13")

	want := []string{
		"users find: ticket 1", "users show: ticket 1", "users show: ticket 2", "users show: ticket 3",
		"users sessions end: ticket 4", "users block: ticket 5", "users show: ticket 6", "users unblock: ticket 8",
		"users sign-in: review 9", "users erase: letter 11", "users find: ticket 13",
	}
	if got := i.records(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestUsers_NeedAReasonAndSomebody(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	for said, args := range map[string][]string{
		"missing flags: --reason": {"show", theMember},
		"1 to 200 characters":     {"show", theMember, "--reason", " "},
		"mobile":                  {"block", "02-123-4567", "--reason", "x"},
	} {
		if got := i.users(2, args...); !strings.Contains(got, said) {
			t.Errorf("users %v says %q, want %q", args, got, said)
		}
	}
	if got := i.records(); len(got) != 0 {
		t.Errorf("recorded %v", got)
	}
}
