// Package clienttest is what the tests of both clients let a provider do to
// them: answer, hang up, say half a thing, fall silent.
package clienttest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
)

// Handler returns a handler that answers with a status and a body.
func Handler(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// HangUp closes the connection after the request has been read.
func HangUp(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

// Cut returns a handler that promises more than its beginning of an answer.
func Cut(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, beginning)
	}
}

// Drip returns a handler that begins to answer and then says nothing more until
// the caller leaves.
func Drip(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, beginning)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// RoundTrip is a transport made of a function.
type RoundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f RoundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Respond returns an answer as a transport gives it.
func Respond(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

// Turn is one step of a script that a transport follows.
type Turn func() (*http.Response, error)

// Says answers; header is a name and its value, or nothing.
func Says(status int, body string, header ...string) Turn {
	return func() (*http.Response, error) {
		r := Respond(status, body)
		if len(header) == 2 {
			r.Header.Set(header[0], header[1])
		}
		return r, nil
	}
}

// Fails gives an error instead of an answer.
func Fails(err error) Turn {
	return func() (*http.Response, error) { return nil, err }
}

// Dialling fails before a connection comes about.
var Dialling = Fails(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")})

// File reads a body of the protocol's examples out of testdata.
func File(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Table reads a CSV file with a head line out of testdata.
func Table(t testing.TB, name string) []map[string]string {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(File(t, name))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}
