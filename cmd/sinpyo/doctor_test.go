package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/sandbox"
)

// finding is one as doctor --json prints it.
type finding struct {
	Name                string
	State               doctor.State
	Detail, Cause, Cure string
}

// examine runs doctor and returns its status and what one check has found.
func examine(t *testing.T, name string, environ []string, args ...string) (int, finding) {
	t.Helper()
	var out, errOut lockedBuffer
	status := run(t.Context(), append([]string{"doctor", "--json"}, args...), environ, &out, &errOut)
	var said struct{ Checks []finding }
	if err := json.Unmarshal([]byte(out.String()), &said); err != nil {
		t.Fatalf("%v: %s%s", err, &out, &errOut)
	}
	i := slices.IndexFunc(said.Checks, func(f finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no check called %q in %s", name, &out)
	}
	return status, said.Checks[i]
}

// newProvider starts an emulator for a test and returns the settings that name it.
func newProvider(t *testing.T) []string {
	t.Helper()
	s := sandbox.New(sandbox.WithKey(testKey, testSecret))
	t.Cleanup(s.Close)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return environ(server.URL)
}

// TestDoctor_LooksAtTheDatabase lets a server make a database, and then spoils
// it in each way that doctor knows.
func TestDoctor_LooksAtTheDatabase(t *testing.T) {
	t.Parallel()
	provider := newProvider(t)
	dir := filepath.Join(t.TempDir(), "data")
	server := start(t, dir)
	if status, f := examine(t, "database", provider, "--data-dir", dir); status != 0 || !strings.HasSuffix(f.Detail, "and its master key") {
		t.Errorf("beside a running server: status %d, %+v", status, f)
	}
	server.stop()

	master := filepath.Join(dir, "master.key")
	if err := os.Rename(master, master+".copy"); err != nil {
		t.Fatal(err)
	}
	if status, f := examine(t, "database", provider, "--data-dir", dir); status != 2 || f.State != doctor.Failed || !strings.Contains(f.Cure, "put your copy of the key") {
		t.Errorf("without the master key: status %d, %+v", status, f)
	}
	if err := os.WriteFile(master, []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, f := examine(t, "database", provider, "--data-dir", dir); status != 2 || !strings.HasSuffix(f.Detail, "is another one") {
		t.Errorf("with another master key: status %d, %+v", status, f)
	}

	setSchema(t, dir, 9999)
	if status, f := examine(t, "database", provider, "--data-dir", dir); status != 2 || f.Cause != "a newer program has used this database" {
		t.Errorf("with a newer schema: status %d, %+v", status, f)
	}
}

func TestDoctor_WarnsOfAnOldDatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	if status := run(t.Context(), []string{"migrate", "up", "--data-dir", dir}, nil, io.Discard, io.Discard); status != 0 {
		t.Fatalf("migrate up: status %d", status)
	}
	setSchema(t, dir, 1)
	if status, f := examine(t, "database", newProvider(t), "--data-dir", dir); status != 1 || f.State != doctor.Warning || !strings.HasPrefix(f.Detail, "schema 1, ") {
		t.Errorf("status %d, %+v", status, f)
	}
}

// setSchema notes in a database that it has had the migrations up to version,
// which suits no older program.
func setSchema(t *testing.T, dir string, version int) {
	t.Helper()
	d, err := sql.Open("sqlite", filepath.Join(dir, "sinpyo.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(t.Context(), "DELETE FROM goose_db_version WHERE version_id > $1", version); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, 1)", version); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ExecContext(t.Context(), "UPDATE db_facts SET value = $1 WHERE name = 'oldest_program'", version); err != nil {
		t.Fatal(err)
	}
}

func TestDoctor_WarnsOfAFullDisk(t *testing.T) {
	t.Parallel()
	for free, want := range map[int64]doctor.State{-1: doctor.OK, 0: doctor.Warning, leastRoom - 1: doctor.Warning, leastRoom: doctor.OK} {
		if f := room("data", free); f.State != want {
			t.Errorf("with %d bytes free: %+v, want %s", free, f, want)
		}
	}
}

func TestDoctor_LooksAtTheCertificate(t *testing.T) {
	t.Parallel()
	provider := newProvider(t)
	cert, key := certificate(t) // for localhost, and for one more hour
	tls := []string{"--set", "tls_cert=" + cert, "--set", "tls_key=" + key}
	if status, f := examine(t, "public address", provider, append(tls, "--set", "public_url=https://localhost")...); status != 1 || f.Cause != "it lapses in less than 14 days" {
		t.Errorf("a certificate for an hour: status %d, %+v", status, f)
	}
	if status, f := examine(t, "public address", provider, append(tls, "--set", "public_url=https://auth.example.kr")...); status != 2 || f.Detail != "the certificate is not for auth.example.kr" {
		t.Errorf("a certificate for another host: status %d, %+v", status, f)
	}
	if status, f := examine(t, "public address", provider, "--set", "tls_cert="+cert, "--set", "tls_key="+cert); status != 2 || f.State != doctor.Failed {
		t.Errorf("a certificate without its key: status %d, %+v", status, f)
	}
}

// TestDoctor_NamesAStrangersCertificate asks a host whose certificate nobody
// has signed.
func TestDoctor_NamesAStrangersCertificate(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0) // that doctor hangs up is the point
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	status, f := examine(t, "provider", environ(stranger.URL))
	if status != 2 || !strings.Contains(f.Cause, "a proxy may stand in for the provider") {
		t.Errorf("status %d, %+v", status, f)
	}
}

func TestDoctor_ComparesClocks(t *testing.T) {
	t.Parallel()
	here := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	refused := &coolsms.APIError{Status: 403, Code: coolsms.RequestTimeTooSkewed}
	for name, c := range map[string]struct {
		signs providerSigns
		want  doctor.State
		part  string
	}{
		"not reached":           {providerSigns{}, doctor.Skipped, "check 6"},
		"no time told":          {providerSigns{reached: true}, doctor.Skipped, "tells no time"},
		"no time told, refused": {providerSigns{reached: true, err: refused}, doctor.Failed, "RequestTimeTooSkewed"},
		"the same":              {providerSigns{reached: true, asked: here, date: here}, doctor.OK, "within 1s"},
		"a little behind":       {providerSigns{reached: true, asked: here, date: here.Add(20 * time.Second)}, doctor.OK, "within 20s"},
		"a minute ahead":        {providerSigns{reached: true, asked: here, date: here.Add(-time.Minute)}, doctor.Warning, "1m0s ahead of"},
		"too far":               {providerSigns{reached: true, asked: here, date: here.Add(time.Hour)}, doctor.Failed, "1h0m0s behind"},
		"refused":               {providerSigns{reached: true, asked: here, date: here, err: refused}, doctor.Failed, "it refuses that"},
	} {
		d := &examiner{provider: c.signs}
		if f := d.clock(t.Context()); f.State != c.want || !strings.Contains(f.Detail.English, c.part) {
			t.Errorf("%s: %+v, want %s with %q", name, f, c.want, c.part)
		}
	}
}

func TestDoctor_CountsTheDaysOfASender(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	for left, want := range map[time.Duration]doctor.State{
		-time.Second: doctor.Failed, time.Hour: doctor.Warning, 30*24*time.Hour - time.Second: doctor.Warning, 30 * 24 * time.Hour: doctor.OK,
	} {
		end := now.Add(left)
		n := &coolsms.SenderNumber{PhoneNumber: emulatorSender, Status: coolsms.SenderActive, ExpireAt: &end}
		if f := registered(n, now); f.State != want {
			t.Errorf("with %v left: %+v, want %s", left, f, want)
		}
	}
	endless := &coolsms.SenderNumber{PhoneNumber: emulatorSender, Status: coolsms.SenderActive}
	if f := registered(endless, now); f.State != doctor.OK {
		t.Errorf("without an end: %+v", f)
	}
}
