package sheet_test

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/text/encoding/korean"

	"github.com/sinpyo/sinpyo/internal/sheet"
)

// TestWriter_WritesWhatSpreadsheetsOpen writes a list in each encoding, with cells
// that begin formulas and one that CP949 has no characters for.
func TestWriter_WritesWhatSpreadsheetsOpen(t *testing.T) {
	t.Parallel()
	for encoding, want := range map[sheet.Encoding]string{
		sheet.UTF8:  "\uFEFF번호,'=1+1,'@SUM\n'-1,'+82,🙂\n",
		sheet.CP949: "번호,'=1+1,'@SUM\n'-1,'+82,?\n",
	} {
		var out bytes.Buffer
		w, err := sheet.New(&out, encoding)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range [][]string{{"번호", "=1+1", "@SUM"}, {"-1", "+82", "🙂"}} {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		if encoding == sheet.CP949 {
			if got, err = korean.EUCKR.NewDecoder().String(got); err != nil {
				t.Fatal(err)
			}
			got = string(bytes.ReplaceAll([]byte(got), []byte("\x1a"), []byte("?")))
		}
		if got != want {
			t.Errorf("%s: %q, want %q", encoding, got, want)
		}
	}
}

func TestParse_KnowsTwoEncodings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sheet.Encoding{"": sheet.UTF8, "UTF-8": sheet.UTF8, "cp949": sheet.CP949} {
		if got, ok := sheet.Parse(text); got != want || !ok {
			t.Errorf("%q is %q, %t", text, got, ok)
		}
	}
	if got, ok := sheet.Parse("ebcdic"); ok {
		t.Errorf("ebcdic is %q", got)
	}
}

// full takes nothing.
type full struct{}

var errFull = errors.New("the disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriter_TellsWhenNothingIsTaken(t *testing.T) {
	t.Parallel()
	if _, err := sheet.New(full{}, sheet.UTF8); !errors.Is(err, errFull) {
		t.Errorf("the mark: %v", err)
	}
	w, err := sheet.New(full{}, sheet.CP949)
	if err == nil {
		if err = w.Row([]string{"x"}); err == nil {
			err = w.Close()
		}
	}
	if !errors.Is(err, errFull) {
		t.Errorf("a row: %v", err)
	}
}
