package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// text writes a text to the member's number and returns its id.
func (i *installation) text() string {
	i.Helper()
	c, err := config.Load(config.Source{Flags: map[string]string{"data_dir": i.dir}})
	if err != nil {
		i.Fatal(err)
	}
	keys, err := openKeys(i.Context(), c, i.db)
	if err != nil {
		i.Fatal(err)
	}
	to, err := phone.Parse("010-1234-5678")
	if err != nil {
		i.Fatal(err)
	}
	o := outbox.New(outbox.Options{
		DB: i.db, Ring: keys.Ring(), Client: coolsms.New("", ""), Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	d := o.Draft("app_builtin", "", "login", to, "인증번호 123456")
	err = o.Update(i.Context(), d, func(tx *db.Tx) error {
		o.Enqueue(tx, d, tx.Now.Add(time.Minute))
		return nil
	})
	if err != nil {
		i.Fatal(err)
	}
	return d.ID
}

// does runs a command beside the installation and returns what it printed.
func (i *installation) does(status int, args ...string) string {
	i.Helper()
	var out, errOut bytes.Buffer
	if got := run(i.Context(), append(args, "--data-dir", i.dir), nil, &out, &errOut); got != status {
		i.Fatalf("sinpyo %s ended with %d, want %d: %s", strings.Join(args, " "), got, status, errOut.String())
	}
	return out.String() + errOut.String()
}

func TestMessages_AreSearchedShownAndExported(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	message := i.text()
	for _, args := range [][]string{
		{}, {"--number", "010-1234-5678"}, {"--number", "5678"}, {"--status", "queued", "--purpose", "login"}, {"--since", "1h"},
	} {
		list := i.does(0, append([]string{"messages", "search"}, args...)...)
		if !strings.Contains(list, message) || !strings.Contains(list, "010-****-5678") || strings.Contains(list, "1234-5678") || strings.Contains(list, "123456") {
			t.Errorf("%v lists\n%s", args, list)
		}
	}
	for _, args := range [][]string{{"--number", "010-1234-5679"}, {"--status", "delivered"}, {"--until", "1h"}, {"--application", "app_other"}} {
		if list := i.does(0, append([]string{"messages", "search", "--json"}, args...)...); strings.TrimSpace(list) != "[]" {
			t.Errorf("%v lists\n%s", args, list)
		}
	}
	for _, args := range [][]string{{"--number", "02-123-4567"}, {"--since", "yesterday"}, {"--limit", "-1"}, {"--status", "gone"}} {
		if said := i.does(2, append([]string{"messages", "search"}, args...)...); strings.Contains(said, "4567") {
			t.Errorf("%v says %s", args, said)
		}
	}

	var d shownDetail
	if err := json.Unmarshal([]byte(i.does(0, "messages", "show", message, "--json")), &d); err != nil || d.ID != message || d.To != "010-****-5678" ||
		d.WhyKo == "" || d.Advice == "" || len(d.Steps) != 1 {
		t.Errorf("show --json: %+v (%v)", d, err)
	}
	if said := i.does(1, "messages", "show", message, "--answer"); !strings.Contains(said, "the provider does not know this message") {
		t.Errorf("the answer about a text that never left: %s", said)
	}
	if shown := i.does(0, "messages", "show", message, "--reason", "ticket 1"); !strings.Contains(shown, "010-1234-5678") {
		t.Errorf("show --reason:\n%s", shown)
	}
	i.does(1, "messages", "show", "msg_none")

	file := filepath.Join(t.TempDir(), "texts.csv")
	i.does(0, "messages", "export", "-o", file, "--lang", "en")
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "\uFEFFcreated (Seoul),to,") || strings.Count(string(text), "\n") != 2 {
		t.Errorf("the file: %q (%v)", text, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file may be read by others: %v (%v)", info.Mode(), err)
	}
	i.does(1, "messages", "export", "-o", file) // it is there
	i.does(2, "messages", "export", "--numbers")
	if whole := i.does(0, "messages", "export", "--numbers", "--reason", "order 2"); !strings.Contains(whole, "010-1234-5678") {
		t.Errorf("whole numbers:\n%s", whole)
	}
	if want := []string{"messages unmask: ticket 1", "messages export: order 2"}; !slices.Equal(i.records(), want) {
		t.Errorf("recorded %q", i.records())
	}
}

func TestLeak_ListsPeople(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	i.text()
	if list := i.does(0, "leak", "people", "--since", "1h"); !strings.Contains(list, theMember) || !strings.Contains(list, "010-****-5678") {
		t.Errorf("masked:\n%s", list)
	}
	if list := i.does(0, "leak", "people", "--since", "2h", "--until", "1h", "--json"); strings.TrimSpace(list) != "[]" {
		t.Errorf("an hour before: %s", list)
	}
	i.does(2, "leak", "people", "--since", "1h", "--numbers")
	i.does(2, "leak", "people", "--since", "once")
	if list := i.does(0, "leak", "people", "--since", "1h", "--numbers", "--reason", "leak 3", "--csv"); !strings.Contains(list, theMember+",010-1234-5678,") {
		t.Errorf("whole:\n%s", list)
	}
	if want := []string{"leak people: leak 3"}; !slices.Equal(i.records(), want) {
		t.Errorf("recorded %q", i.records())
	}
}
