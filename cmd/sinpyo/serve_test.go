package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is the whole program, running inside the test.
type program struct {
	*testing.T
	places map[string]string // what it printed: "sign-up" to its address
	errOut *lockedBuffer
	stop   func() int // returns the status
}

// serveArgs run the program on free ports over a data directory.
func serveArgs(dir string) []string {
	return []string{"serve", "--dev", "--data-dir", dir, "--listen", "127.0.0.1:0",
		"--set", "metrics_listen=127.0.0.1:0", "--set", "console_listen=127.0.0.1:0", "--set", "sandbox_listen=127.0.0.1:0"}
}

// start runs the program over a data directory.
func start(t *testing.T, dir string) *program {
	t.Helper()
	return startWith(t, serveArgs(dir)...)
}

// startWith runs a command and waits until it says that it is ready.
func startWith(t *testing.T, args ...string) *program {
	t.Helper()
	return startIn(t, nil, args...)
}

// startIn is startWith in an environment.
func startIn(t *testing.T, environ []string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	p := &program{T: t, places: map[string]string{}, errOut: &lockedBuffer{}}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, args, environ, in, p.errOut)
		_ = in.Close()
	}()
	p.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { p.stop() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "ready") {
			return p
		}
		what, where := lines.Text()[:9], lines.Text()[10:]
		p.places[strings.TrimSpace(what)] = where
	}
	t.Fatalf("the program ended with status %d:\n%s", p.stop(), p.errOut)
	return nil
}

// site returns an address of the public listener.
func (p *program) site(path string) string {
	return strings.TrimSuffix(p.places["sign-up"], "/signup") + path
}

// call sends a request and returns status and body. With a body it is a POST
// of JSON with the printed key.
func (p *program) call(url, body string) (int, string) {
	p.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(p.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if body != "" {
		key, _, _ := strings.Cut(p.places["API key"], " ")
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// want is call where status and a part of the body are known.
func (p *program) want(status int, part, url, body string) string {
	p.Helper()
	got, text := p.call(url, body)
	if got != status || !strings.Contains(text, part) {
		p.Fatalf("%s: status %d, want %d and %q in\n%s\nlog:\n%s", url, got, status, part, text, p.errOut)
	}
	return text
}

var codeInText = regexp.MustCompile(`#(\d{6})`)

// code waits for the text on a number's phone.
func (p *program) code(to string) string {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), 10*time.Second)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		_, text := p.call(p.places["inbox"]+"/sandbox/handset/messages?to="+to, "")
		if code := codeInText.FindStringSubmatch(text); code != nil {
			return code[1]
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			p.Fatalf("no text came to %s: %s\nlog:\n%s", to, text, p.errOut)
		}
	}
}

// lockedBuffer is a bytes.Buffer for many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestServe_VerifiesANumber walks from the first start to an approved number,
// and then looks for what must not have been left behind.
func TestServe_VerifiesANumber(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p := start(t, dir)

	p.want(200, "ok", p.site("/readyz"), "")
	p.want(200, "<form", p.site("/signup"), "")
	p.want(404, "<html", p.site("/nothing-here"), "")
	p.want(404, "route_unknown", p.site("/v1/nothing-here"), "")
	p.want(200, `"openapi": "3.1.0"`, p.site("/openapi.json"), "")
	p.want(200, "<html", p.places["inbox"], "")

	var v struct{ ID string }
	started := p.want(201, "queued", p.site("/v1/verifications"), `{"to":"010-1234-5678","purpose":"signup"}`)
	if err := json.Unmarshal([]byte(started), &v); err != nil {
		t.Fatal(err)
	}
	code := p.code("01012345678")
	var checked struct{ Receipt string }
	approved := p.want(200, `"approved":true`, p.site("/v1/verifications/"+v.ID+"/check"), `{"code":"`+code+`"}`)
	if err := json.Unmarshal([]byte(approved), &checked); err != nil {
		t.Fatal(err)
	}
	p.want(200, `"EdDSA"`, p.site("/.well-known/jwks.json"), "")
	redeem := `{"purpose":"signup","receipt":"` + checked.Receipt + `"}`
	p.want(200, `"verification_id":"`+v.ID+`"`, p.site("/v1/receipts/redeem"), redeem)
	p.want(409, "receipt_used", p.site("/v1/receipts/redeem"), redeem)

	figures := p.want(200, `sinpyo_http_requests_total{door="public",method="POST",route="/v1/verifications/{id}/check",status="2xx"} 1`,
		p.places["metrics"], "")
	if status := p.stop(); status != 0 {
		t.Errorf("status %d after a stop, want 0\n%s", status, p.errOut)
	}

	key, _, _ := strings.Cut(p.places["API key"], " ")
	left := map[string]string{"log": p.errOut.String(), "metrics": figures}
	for _, name := range files(t, dir) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		left[filepath.Base(name)] = string(text)
	}
	for where, text := range left {
		for what, secret := range map[string]string{"number": "12345678", "grouped number": "1234-5678", "key": key, "code": "#" + code,
			"receipt": checked.Receipt} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s stands in the %s", what, where)
			}
		}
	}
}

// files lists the data directory, and wants its owner alone to have rights.
func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) < 2 {
		t.Fatalf("files %q, %v; want the database and the master key", names, err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode().Perm(), err)
		}
	}
	return names
}

func TestServe_SecondStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := start(t, dir)
	if first.places["API key"] == "" {
		t.Error("the first start printed no key")
	}
	if status, said := second(t, dir); status != 1 || !strings.Contains(said, "another server is running on this database") {
		t.Errorf("beside a running server: status %d, %q", status, said)
	}
	var out lockedBuffer
	address := strings.TrimPrefix(first.site(""), "http://")
	if status := run(t.Context(), []string{"healthcheck", "--set", "listen=" + address}, nil, &out, &out); status != 0 {
		t.Errorf("healthcheck: status %d, %s", status, &out)
	}
	if status := run(t.Context(), []string{"keys", "create", "--name", "beside", "--data-dir", dir}, nil, &out, &out); status != 0 {
		t.Errorf("keys create beside a running server: status %d, %s", status, &out)
	}
	first.stop()

	again := start(t, dir)
	if key := again.places["API key"]; key != "" {
		t.Errorf("the second start printed a key: %s", key)
	}
	again.stop()

	master := filepath.Join(dir, "master.key")
	if err := os.Rename(master, master+".copy"); err != nil {
		t.Fatal(err)
	}
	if status, said := second(t, dir); status != 2 || !strings.Contains(said, "put your copy of the file there") {
		t.Errorf("without the master key: status %d, %q", status, said)
	}
	if err := os.WriteFile(master, []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := second(t, dir); status != 2 || !strings.Contains(said, "is not the one the database was made with") {
		t.Errorf("with another master key: status %d, %q", status, said)
	}
}

func TestServe_RefusesANewerDatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	if status := run(t.Context(), []string{"migrate", "up", "--data-dir", dir}, nil, io.Discard, io.Discard); status != 0 {
		t.Fatalf("migrate up: status %d", status)
	}
	setSchema(t, dir, 9999)
	status, said := second(t, dir)
	if status != 1 || !strings.HasPrefix(said, "sinpyo: the database is newer than this program") || strings.Count(said, "\n") != 1 {
		t.Errorf("status %d, %q; want 1 and one line", status, said)
	}
}

// second runs the program where it must not start.
func second(t *testing.T, dir string) (status int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var errOut lockedBuffer
	status = run(ctx, serveArgs(dir), nil, io.Discard, &errOut)
	return status, errOut.String()
}
