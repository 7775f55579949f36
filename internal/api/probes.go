package api

import (
	"fmt"
	"io"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/web"
)

// ErrNotReady is the answer of /readyz while the program cannot serve.
var ErrNotReady = fault.New(fault.Unavailable, "not_ready", "the program cannot serve at the moment; its log says why")

// livez answers as long as the program runs.
func livez(w http.ResponseWriter, _ *http.Request) { ok(w) }

// readyz answers whether the program can do its work. The reason goes to the
// log, because anybody may ask.
func (a *API) readyz(w http.ResponseWriter, r *http.Request) {
	if err := a.ready(r.Context()); err != nil {
		web.Report(r.Context(), fmt.Errorf("not ready: %w", err))
		web.WriteProblem(w, r, ErrNotReady)
		return
	}
	ok(w)
}

func ok(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // the caller may have gone
}

// document answers with the OpenAPI document.
func document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	_, _ = w.Write(Document) // the caller may have gone
}
