package sandbox

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// How a connection ends instead of an answer.
type cut int

const (
	cutNot    cut = iota
	cutSilent     // closed without a byte
	cutReset      // torn down, by RST where the transport has one
)

// answer is what goes back: a whole answer, a dripping one, or a cut.
type answer struct {
	status     int
	body       []byte
	code       string // errorCode, for the log
	retryAfter int    // seconds; 0 sends no header
	drip       time.Duration
	cut        cut
}

func (a answer) deliver(w http.ResponseWriter, r *http.Request) {
	if a.cut != cutNot {
		sever(w, a.cut)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	w.WriteHeader(a.status)
	if a.drip > 0 {
		a.dribble(w, r)
		return
	}
	_, _ = w.Write(a.body) // a client that has gone needs no answer
}

// dribble sends the body in twenty pieces over the time of the fault.
func (a answer) dribble(w http.ResponseWriter, r *http.Request) {
	const pieces = 20
	flush := http.NewResponseController(w)
	size := len(a.body)/pieces + 1
	for body := a.body; len(body) > 0 && r.Context().Err() == nil; {
		n := min(size, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		body = body[n:]
		_ = flush.Flush() // a transport without flushing delivers at the end
		wait(r.Context(), a.drip/pieces)
	}
}

// severer is a ResponseWriter that can be cut by itself (see RoundTrip).
type severer interface{ sever(how cut) }

// sever ends the connection without an answer. Where it cannot be taken over,
// as in HTTP/2, the handler is aborted, which net/http turns into a reset.
func sever(w http.ResponseWriter, how cut) {
	if s, ok := w.(severer); ok {
		s.sever(how)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if raw, ok := conn.(interface{ NetConn() net.Conn }); ok && how == cutReset {
		conn = raw.NetConn() // under TLS a close_notify would go first
	}
	if tcp, ok := conn.(*net.TCPConn); ok && how == cutReset {
		_ = tcp.SetLinger(0) // without it the cut is a plain close
	}
	_ = conn.Close() // nothing is left to be told about it
}

// RoundTrip serves a request without a socket, so that a Sandbox can be the
// Transport of an http.Client. Cut connections become the errors a socket
// would give: io.EOF for a lost answer, ECONNRESET for a reset.
func (s *Sandbox) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close() //nolint:errcheck // a RoundTripper must close it; nobody waits for the result
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	if in.URL.Path == "" {
		in.URL.Path = "/"
	}
	w := &memoryWriter{header: http.Header{}}
	s.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	switch w.cut {
	case cutSilent:
		return nil, io.EOF
	case cutReset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    cut
}

func (w *memoryWriter) Header() http.Header { return w.header }
func (w *memoryWriter) sever(how cut)       { w.cut = how }

func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
