package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// TestKeysRotateMaster_UnderLoad changes the master key while numbers are being
// verified over the API: no call fails, every code is right, and afterwards no
// value stands under the old key (S-83).
func TestKeysRotateMaster_UnderLoad(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	url := filepath.Join(dir, "sinpyo.db")
	var environ []string
	if os.Getenv(dbtest.EnvPostgres) != "" {
		url = dbtest.URL(t)
		environ = []string{"SINPYO_DATABASE_URL=" + url}
	}
	args := append(serveArgs(dir), "--set", "limits.installation_per_minute=1000000", "--set", "limits.application_per_minute=1000000",
		"--set", "limits.won_per_day=1000000000")
	p := startIn(t, environ, args...)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var numbers, rotated atomic.Int64
	var workers sync.WaitGroup
	after := make(chan struct{}) // closed when some were verified after the change
	for range 4 {
		workers.Go(func() {
			pace := time.NewTicker(150 * time.Millisecond) // the emulator's money pays for 500 texts
			defer pace.Stop()
			for ; ctx.Err() == nil; <-pace.C {
				p.verify(fmt.Sprintf("010%08d", numbers.Add(1)))
				if rotated.Load() > 0 && rotated.Add(1) == 40 {
					close(after)
				}
			}
		})
	}
	var said lockedBuffer
	if status := run(t.Context(), []string{"keys", "rotate-master", "--data-dir", dir}, environ, &said, &said); status != 0 {
		t.Errorf("keys rotate-master: status %d\n%s", status, &said)
	}
	rotated.Store(1)
	ended := make(chan struct{})
	go func() { workers.Wait(); close(ended) }()
	select {
	case <-after:
	case <-ended: // they failed, and have said why
	}
	stop()
	<-ended
	if status := p.stop(); status != 0 || strings.Contains(p.errOut.String(), `"level":"ERROR"`) {
		t.Errorf("status %d, log:\n%s", status, p.errOut)
	}
	if !regexp.MustCompile(`sealed [1-9]\d* values anew`).MatchString(said.String()) {
		t.Errorf("nothing was sealed anew:\n%s", &said)
	}
	wantOneKey(t, url, filepath.Join(dir, "master.key"), 2)
	t.Logf("%d numbers verified meanwhile", numbers.Load())

	again := startIn(t, environ, args...)
	again.places["API key"] = p.places["API key"]
	again.verify("01099999999")
}

// verify walks a number through the API.
func (p *program) verify(to string) {
	status, started := p.call(p.site("/v1/verifications"), `{"to":"`+to+`","purpose":"signup"}`)
	var v struct{ ID string }
	if err := json.Unmarshal([]byte(started), &v); err != nil || status != 201 {
		p.Errorf("a start was answered %d, %v", status, err)
		return
	}
	status, checked := p.call(p.site("/v1/verifications/"+v.ID+"/check"), `{"code":"`+p.code(to)+`"}`)
	if status != 200 || !strings.Contains(checked, `"approved":true`) {
		p.Errorf("the right code was answered %d %s", status, checked)
	}
}

// wantOneKey opens every sealed value of a database and wants it to be sealed
// with one key, that of the file.
func wantOneKey(t *testing.T, url, path string, key int) {
	t.Helper()
	ring, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if keys := ring.Keys(); len(keys) != 1 || keys[0].ID != key {
		t.Errorf("the file holds the keys %v, want %d alone", keys, key)
	}
	d, err := db.Open(t.Context(), db.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // it was only read
	opened := 0
	for _, c := range sealedColumns() {
		id := "id"
		if c.Key != "" {
			id = c.Key
		}
		err := d.View(t.Context(), func(tx *db.Tx) error {
			query := "SELECT " + id + ", " + c.Column + " FROM " + c.Table + " WHERE " + c.Column + " IS NOT NULL"
			return tx.Each(query, nil, func(scan func(...any) error) error {
				var key, sealed []byte
				if err := scan(&key, &sealed); err != nil {
					return err
				}
				name := string(key)
				if c.Hex {
					name = fmt.Sprintf("%x", key)
				}
				opened++
				_, err := ring.Open(c.Place, name, sealed)
				return err
			})
		})
		if err != nil {
			t.Errorf("%s: %v", c.Place, err)
		}
	}
	if opened < 80 {
		t.Errorf("%d sealed values, want those of two numbers for each verified one at least", opened)
	}
}

var sealedName = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)|^\s*(?:ALTER TABLE (\w+) ADD COLUMN )?(\w+_sealed)\s+BYTEA`)

// TestSealedColumns_AreAllOfThem compares the columns that the rotation knows
// with those of the tables, which are sealed by their name.
func TestSealedColumns_AreAllOfThem(t *testing.T) {
	t.Parallel()
	known := map[string]int{}
	for _, c := range sealedColumns() {
		known[c.Column]++
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "internal", "db", "schema", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	made := map[string]int{}
	seen := map[string]bool{} // a table may be made anew by a later migration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		table := ""
		for _, match := range sealedName.FindAllStringSubmatch(string(text), -1) {
			if table = cmp.Or(match[1], match[2], table); match[3] != "" && !seen[table+"."+match[3]] {
				seen[table+"."+match[3]] = true
				made[match[3]]++
			}
		}
	}
	for name, n := range made {
		if known[name] != n {
			t.Errorf("%d tables have a column %s, the rotation of keys knows %d: add it to Sealed of its package", n, name, known[name])
		}
	}
	if len(known) != len(made) {
		t.Errorf("the rotation knows %v, the tables have %v", known, made)
	}
}
