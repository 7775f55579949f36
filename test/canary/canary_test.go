package canary_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	_ "modernc.org/sqlite"             // registers the driver "sqlite"

	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/test/canary"
	"github.com/sinpyo/sinpyo/test/kit"
)

// people is how many sign up by the API, and as many on the pages.
const people = 30

// faults is what goes wrong at the provider meanwhile.
var faults = []string{
	`{"method":"PUT","path":"/messages/v4/groups/*/messages","kind":"status","status":500,"times":1}`,
	`{"method":"PUT","path":"/messages/v4/groups/*/messages","kind":"drop_reply","times":1}`,
	`{"method":"PUT","path":"/messages/v4/groups/*/messages","kind":"garbage","times":1}`,
	`{"method":"POST","path":"/messages/v4/groups/*/send","kind":"reset","times":1}`,
	`{"method":"POST","path":"/messages/v4/groups/*/send","kind":"status","status":503,"after":true,"times":1}`,
	`{"method":"GET","path":"/messages/v4/list","kind":"status","status":429,"times":1}`,
	`{"method":"GET","path":"/messages/v4/list","kind":"garbage","times":1}`,
}

// TestRow37_RunLeavesNoSecretBehind runs the program as a process through sign-ups
// over the API and on the pages, with wrong codes, refusals and a provider that
// goes wrong, at the log level debug and with every request traced, and has an
// owner look at it all in the console. Then it looks for every number, code, key
// and cookie in all that the run left: what was printed and logged, metrics,
// traces, the console's pages, addresses and titles, and every byte of the
// database and its copies (S-12, S-37, S-46, S-82, S-90).
//
// Codes have ten digits where the limits give such codes to a number whose
// wrong checks are spent: the numbers' are spent before. Shorter codes count as
// text only where they stand alone.
func TestRow37_RunLeavesNoSecretBehind(t *testing.T) {
	provider, address := newProvider(t)
	traces := newCollector(t)
	p := &program{TB: t, dir: filepath.Join(t.TempDir(), "data"), out: &kit.Journal{}, errOut: &kit.Journal{}}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(p.dir, "master.key")
	if err := os.WriteFile(keyFile, []byte(base64.StdEncoding.EncodeToString([]byte(masterKey))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.environ = append(os.Environ(), "SINPYO_DATA_DIR="+p.dir, "SINPYO_LISTEN=127.0.0.1:0", "SINPYO_METRICS_LISTEN=127.0.0.1:0", "SINPYO_CONSOLE_LISTEN=127.0.0.1:0",
		"SINPYO_COOLSMS_API_KEY="+providerKey, "SINPYO_COOLSMS_API_SECRET="+providerSecret, "SINPYO_COOLSMS_SENDER=0215770000",
		"SINPYO_COOLSMS_BASE_URL="+address, "SINPYO_LOG_LEVEL=debug", "SINPYO_TRACING_ENDPOINT="+traces.URL, "SINPYO_TRACING_RATIO=1",
		"SINPYO_TRUSTED_PROXIES=127.0.0.0/8", "SINPYO_LIMITS_APPLICATION_PER_MINUTE=100000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=100000",
		"SINPYO_LIMITS_WON_PER_DAY=100000000", "SINPYO_LIMITS_SHADOW=number_range") // numbers here are one after another
	postgres := ""
	if os.Getenv(dbtest.EnvPostgres) != "" {
		postgres = dbtest.URL(t)
		p.environ = append(p.environ, "SINPYO_DATABASE_URL="+postgres)
	}

	l := &load{program: p, provider: provider, digits: map[int]int{}}
	l.secrets = []canary.Canary{
		{Kind: "provider key", Value: providerKey}, {Kind: "provider secret", Value: providerSecret},
		{Kind: "master key", Value: masterKey},
	}
	var numbers []string
	for i := range 2 * people {
		number := fmt.Sprintf("0100000%04d", 4000+i)
		numbers = append(numbers, number)
		l.secrets = append(l.secrets, canary.Number(number)...)
	}
	seen := map[string]string{"migrate up": p.run("migrate", "up")}
	long := spendGuesses(t, p, postgres, keyFile, numbers)
	l.key = newKey(t, p)
	l.secret("application key", l.key)
	p.serve()
	for _, fault := range faults {
		post(t, address+"/sandbox/faults", fault)
	}
	var people sync.WaitGroup
	next := make(chan int)
	for range 8 {
		people.Go(func() {
			for i := range next {
				if i%2 == 0 {
					l.byAPI(numbers[i])
				} else {
					l.byPages(numbers[i], i)
				}
			}
		})
	}
	for i := range numbers {
		next <- i
	}
	close(next)
	people.Wait()
	if l.done != len(numbers) || long && l.digits[10] != len(numbers) {
		t.Errorf("%d numbers were verified, want %d; codes by their digits: %v", l.done, len(numbers), l.digits)
	}

	l.comeIn(seen).lookAround(numbers[0])
	seen["metrics"] = get(t, p.figures)
	for _, command := range []string{"config show", "config show --json", "keys list --json", "doctor", "senders --json", "balance --json", "migrate status"} {
		seen[command] = p.run(strings.Fields(command)...)
	}
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.cmd.Process.Pid)); err == nil {
		seen["the command line"] = string(line)
	}
	readFiles(t, p.dir, "while serving: ", keyFile, seen) // the log of the database too
	p.stop()
	// The link stands where it is printed, for the one who is to use it.
	seen["stdout"] = strings.Replace(p.out.String(), p.link, "", 1)
	seen["stderr"], seen["traces"] = p.errOut.String(), traces.String()
	if postgres == "" {
		vacuumInto(t, p.dir)
	} else {
		readPostgres(t, postgres, seen)
	}
	readFiles(t, p.dir, "", keyFile, seen)

	wantIn(t, seen["traces"], "GET /signup", "POST /v1/verifications/{id}/check", "db.update", "PUT /messages/v4/groups/{id}/messages")
	wantIn(t, seen["stderr"], `"level":"DEBUG"`, "provider called", "outbox: ")
	wantIn(t, seen["metrics"], "sinpyo_verification_checks_total")
	wantLabels(t, seen["metrics"])
	wantRows(t, seen)
	scanner := canary.NewScanner(l.secrets)
	size := 0
	for where, data := range seen {
		size += len(data)
		hits := scanner.Scan(where, []byte(data))
		for i, hit := range hits {
			if i == 5 {
				t.Errorf("and %d more in %s", len(hits)-i, where)
				break
			}
			t.Error(hit)
		}
	}
	t.Logf("%d canaries, codes by their digits %v; %d places, %.1f MB", scanner.Len(), l.digits, len(seen), float64(size)/1e6)
}

// spendGuesses takes the wrong checks of the numbers, so that their codes have
// ten digits, and reports whether that is so: it is where verifications have a
// lane.
func spendGuesses(t *testing.T, p *program, postgres, keyFile string, numbers []string) bool {
	t.Helper()
	ring, err := seal.Load(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	d := openDatabase(t, p, postgres)
	if _, err := d.ExecContext(t.Context(), "SELECT lane FROM verifications WHERE id = ''"); err != nil {
		return false
	}
	for _, text := range numbers {
		number, err := phone.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.ExecContext(t.Context(), "INSERT INTO number_limits (number_mac, wrong_month) VALUES ($1, $2)",
			ring.Whole(number), time.Now().Add(300*24*time.Hour).UnixMicro())
		if err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// openDatabase opens the program's database beside it.
func openDatabase(t *testing.T, p *program, postgres string) *sql.DB {
	t.Helper()
	driver, url := "sqlite", filepath.Join(p.dir, "sinpyo.db")
	if postgres != "" {
		driver, url = "pgx", postgres
	}
	d, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// newKey makes an application key, and does not let what it prints be scanned:
// that is where the key is shown once.
func newKey(t *testing.T, p *program) string {
	t.Helper()
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(p.run("keys", "create", "--name", "canary", "--json")), &made); err != nil || made.Key == "" {
		t.Fatalf("keys create: %v", err)
	}
	return made.Key
}

// vacuumInto copies the database as an operator may.
func vacuumInto(t *testing.T, dir string) {
	t.Helper()
	d, err := sql.Open("sqlite", filepath.Join(dir, "sinpyo.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(t.Context(), "VACUUM INTO '"+filepath.Join(dir, "copy.db")+"'"); err != nil {
		t.Fatal(err)
	}
}

// readFiles reads every file below dir, but the one of the master key.
func readFiles(t *testing.T, dir, prefix, keyFile string, seen map[string]string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == keyFile {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			seen[prefix+strings.TrimPrefix(path, dir)] = string(text)
		} else if os.IsNotExist(err) {
			return nil // a file of a running server may go
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readPostgres dumps every table as text and, where this machine lets us, reads
// the files of the server after a checkpoint.
func readPostgres(t *testing.T, url string, seen map[string]string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 10 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		var dump bytes.Buffer
		if _, err := conn.PgConn().CopyTo(t.Context(), &dump, "COPY "+table+" TO STDOUT"); err != nil {
			t.Fatal(err)
		}
		seen["table "+table] = dump.String()
	}
	var data string
	if _, err := conn.Exec(t.Context(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), "SHOW data_directory").Scan(&data); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir(data); err != nil {
		t.Logf("the server's files are not ours to read: %v", err)
		return
	}
	readFiles(t, data, "the server's ", "", seen)
	if log, err := os.ReadFile(filepath.Join(filepath.Dir(data), "log")); err == nil {
		seen["the server's log"] = string(log)
	}
}

// labels are the names of labels that may stand in the metrics of the rooms.
// Those of Go's own collectors are theirs.
var labels = map[string]bool{
	"act": true, "doing": true, "door": true, "method": true, "outcome": true, "purpose": true, "result": true, "role": true, "route": true, "rule": true, "status": true, "le": true,
}

var labelName = regexp.MustCompile(`(\w+)="`)

// wantLabels wants no label in a scrape but those known, and no value that
// looks like an id.
func wantLabels(t *testing.T, scrape string) {
	t.Helper()
	id := regexp.MustCompile(`[a-z]{3,4}_[0-9a-z]{26}`)
	for line := range strings.Lines(scrape) {
		if !strings.HasPrefix(line, "sinpyo_") {
			continue
		}
		for _, name := range labelName.FindAllStringSubmatch(line, -1) {
			if !labels[name[1]] {
				t.Errorf("the label %s stands in %s", name[1], line)
			}
		}
		if id.MatchString(line) {
			t.Errorf("an id stands in %s", line)
		}
	}
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is nowhere in what was kept: has the run done what it should?", part)
		}
	}
}

// wantRows wants a name, which stands in clear, to be found in the database: so
// would be what must not.
func wantRows(t *testing.T, seen map[string]string) {
	t.Helper()
	name := hex.EncodeToString([]byte("김카나"))
	for where, text := range seen {
		if strings.Contains(where, "users") || strings.HasSuffix(where, ".db") {
			if strings.Contains(text, "김카나") || strings.Contains(text, name) {
				return
			}
		}
	}
	t.Error("no member stands in what was read of the database")
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func post(t *testing.T, url, body string) {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the emulator answered %v, %v", res, err)
	}
	_ = res.Body.Close()
}
