package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"github.com/sinpyo/sinpyo/internal/web"
)

// newLog returns the log of the program: for a person where w is a terminal,
// else one JSON object a line, with the time in UTC and control characters
// escaped (S-92). What is logged in the context of a request carries its id,
// from whichever room it comes.
func newLog(w io.Writer, least slog.Level) *slog.Logger {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return slog.New(ours{tint.NewTextHandler(w, &tint.Options{TimeFormat: "15:04:05.000", Level: least})})
	}
	return slog.New(ours{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: least})})
}

// ours is a handler that writes the time in UTC and the request id.
type ours struct{ slog.Handler }

// Handle writes a record.
func (h ours) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	if id := web.RequestID(ctx); id != "" && !hasRequestID(r) {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// hasRequestID reports whether whoever logged has named the request.
func hasRequestID(r slog.Record) (has bool) {
	r.Attrs(func(a slog.Attr) bool {
		has = a.Key == "request_id"
		return !has
	})
	return has
}

// WithAttrs returns a handler that writes further attributes.
func (h ours) WithAttrs(attrs []slog.Attr) slog.Handler { return ours{h.Handler.WithAttrs(attrs)} }

// WithGroup returns a handler that writes into a group.
func (h ours) WithGroup(name string) slog.Handler { return ours{h.Handler.WithGroup(name)} }
