package sandbox_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// raw opens a connection to a server and writes the head of a signed call.
func raw(t *testing.T, w *world, server *httptest.Server, path, headers string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n%s\r\n", path, w.authorization(), headers)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// answerOn reads the answer on a connection.
func answerOn(t *testing.T, conn net.Conn) (int, object) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var o object
	decode(t, body, &o)
	return resp.StatusCode, o
}

func TestBody_HugeOnesAreRefusedUnread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w)
	defer server.Close()
	// Announced, and never sent.
	status, got := answerOn(t, raw(t, w, server, groups, "Content-Length: 1099511627776\r\n"))
	if status != 413 || got.text("errorCode") != "RequestEntityTooLarge" {
		t.Errorf("a terabyte announced: %d %v", status, got)
	}
	// Sent without announcing it: read as far as the limit.
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+groups, io.LimitReader(zeros{}, 64<<20))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", w.authorization())
	resp, err := server.Client().Do(r)
	if err == nil { // the connection may be closed while the body is still being sent
		defer resp.Body.Close()
		if resp.StatusCode != 413 {
			t.Errorf("64 MiB in chunks: %d", resp.StatusCode)
		}
	}
	w.do(200, "GET", "/cash/v1/balance", "")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBody_BrokenOnesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, body := range map[string]string{
		"cut off":       `{"messages":[{"to":"010`,
		"no JSON":       "<html>",
		"zero bytes":    strings.Repeat("\x00", 1<<20),
		"deep":          `{"messages":` + strings.Repeat("[", 1<<20),
		"deep objects":  strings.Repeat(`{"messages":`, 1<<17),
		"deep text":     `{"messages":"` + strings.Repeat("[", 1<<20) + `"}`,
		"two documents": `{"messages":[]}{"messages":[]}`,
		"wrong types":   `{"messages":{"to":{"to":1}}}`,
		"long number":   `{"messages":[{"to":` + strings.Repeat("9", 1<<20) + `}]}`,
		"empty list":    `{"messages":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.refused(400, "ValidationError", "POST", "/messages/v4/send-many", body)
		})
	}
}

// A body whose sender hangs up halfway is no message.
func TestBody_CutConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := httptest.NewRecorder()
	body := io.MultiReader(strings.NewReader(`{"message":`+text("01000000001")), failing{})
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/messages/v4/send", body)
	r.Header.Set("Authorization", w.authorization())
	if w.ServeHTTP(rec, r); rec.Code != 400 {
		t.Errorf("answered %d", rec.Code)
	}
	if n := len(w.Handset("01000000001")); n != 0 {
		t.Errorf("%d texts were sent", n)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// Bodies that drip hold nobody else up, take the memory of what has arrived
// alone, and are given up in the end.
func TestBody_DrippingOnes(t *testing.T) { // alone: it looks at the memory of the process
	w := newWorld(t, sandbox.WithBodyTime(200*time.Millisecond))
	server := httptest.NewServer(w)
	defer server.Close()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	var slow []net.Conn
	for range 20 {
		conn := raw(t, w, server, groups, "Content-Length: 15000000\r\n")
		if _, err := conn.Write([]byte("{")); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	if status, _, body, err := overSocket(t, w, server, "GET", "/cash/v1/balance", ""); err != nil || status != 200 {
		t.Errorf("beside them: %d %s %v", status, body, err)
	}
	runtime.ReadMemStats(&during)
	if grown := int64(during.Sys) - int64(before.Sys); grown > 200<<20 { // they announced 300 MB
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	for _, conn := range slow {
		if status, got := answerOn(t, conn); status != 400 || got.text("errorCode") != "ValidationError" {
			t.Errorf("in the end: %d %v", status, got)
		}
	}
}

// A call may take longer than its body may.
func TestBody_DelayDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithBodyTime(time.Second))
	server := httptest.NewServer(w)
	defer server.Close()
	if _, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultDelay, DelayMS: 1100}); err != nil {
		t.Fatal(err)
	}
	if status, _, body, err := overSocket(t, w, server, "POST", groups, "{}"); err != nil || status != 200 {
		t.Errorf("answered %d %s %v", status, body, err)
	}
}

// Nobody without a key makes the emulator read a body.
func TestBody_IsNotReadWithoutASignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := &counting{Reader: bytes.NewReader(make([]byte, 1<<20))}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/messages/v4/send", body)
	rec := httptest.NewRecorder()
	if w.ServeHTTP(rec, r); rec.Code != 401 || body.n != 0 {
		t.Errorf("answered %d after reading %d bytes", rec.Code, body.n)
	}
}

type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}
