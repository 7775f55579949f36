// Package sheet writes lists as CSV that spreadsheets open as they stand: in
// UTF-8 with the mark by which they know it, or in the CP949 of old Korean ones,
// and without a cell that they would take for a formula (S-99).
//
// [New] begins a list and [Writer.Row] adds to it; nothing is held back but the
// row that is being written and what [Writer.Flush] has not sent on yet.
package sheet

import (
	"encoding/csv"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"
)

// Encoding is how the characters of a list are written.
type Encoding string

// The encodings.
const (
	UTF8  Encoding = "utf-8" // with the mark that spreadsheets know it by
	CP949 Encoding = "cp949" // what it cannot write becomes a question mark
)

// Parse reads an encoding; "" is UTF8. ok is false for what is none.
func Parse(text string) (e Encoding, ok bool) {
	switch e := Encoding(strings.ToLower(text)); e {
	case "", UTF8:
		return UTF8, true
	case CP949:
		return CP949, true
	default:
		return "", false
	}
}

// String names the encoding as an answer's header does.
func (e Encoding) String() string {
	if e == CP949 {
		return "euc-kr"
	}
	return "utf-8"
}

const byteOrder = "\uFEFF"

// Writer writes a list.
type Writer struct {
	lines *csv.Writer
	out   io.WriteCloser
}

// New begins a list on w.
func New(w io.Writer, e Encoding) (*Writer, error) {
	if e == CP949 {
		out := transform.NewWriter(w, encoding.ReplaceUnsupported(korean.EUCKR.NewEncoder()))
		return &Writer{csv.NewWriter(out), out}, nil
	}
	if _, err := io.WriteString(w, byteOrder); err != nil {
		return nil, err
	}
	return &Writer{csv.NewWriter(w), open{w}}, nil
}

// open is left open by Close.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// Row writes a row, without a cell that is a formula. The cells are altered.
func (w *Writer) Row(cells []string) error {
	for i, cell := range cells {
		cells[i] = Plain(cell)
	}
	return w.lines.Write(cells)
}

// Flush sends on what was written.
func (w *Writer) Flush() error {
	w.lines.Flush()
	return w.lines.Error()
}

// Close ends the list. What it was begun on stays open.
func (w *Writer) Close() error {
	if err := w.Flush(); err != nil {
		return err
	}
	return w.out.Close()
}

// Plain keeps a spreadsheet from taking a text for a formula (S-99).
func Plain(cell string) string {
	if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
		return "'" + cell
	}
	return cell
}
