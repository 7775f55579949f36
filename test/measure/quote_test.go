package measure

import (
	"os"
	"testing"
)

// TestRow41_TheReadmeQuotesWhatWasMeasured compares what both READMEs quote with
// the page that make bench writes.
func TestRow41_TheReadmeQuotesWhatWasMeasured(t *testing.T) {
	t.Parallel()
	page := read(t, "../../docs/benchmarks.md")
	values := make([]string, len(Quoted))
	for i, name := range Quoted {
		var err error
		if values[i], err = Figure(page, name); err != nil || values[i] == "" {
			t.Fatalf("%q: %q, %v", name, values[i], err)
		}
	}
	for _, readme := range []string{"../../README.md", "../../README.ko.md"} {
		text := read(t, readme)
		if want, err := Quote(text, values); err != nil {
			t.Errorf("%s: %v", readme, err)
		} else if text != want {
			t.Errorf("%s quotes other figures than docs/benchmarks.md has: %q", readme, values)
		}
	}
}

func TestQuote_PutsValuesInPlaceOfOthers(t *testing.T) {
	t.Parallel()
	readme := "# S\n\n<!-- figures -->\n| figure | measured |\n|---|--:|\n| a, b | 1 ms / 2 ms |\n| c | 3 |\n<!-- /figures -->\nrest\n"
	want := "# S\n\n<!-- figures -->\n| figure | measured |\n|---|--:|\n| a, b | 4 ms |\n| c | 5 |\n<!-- /figures -->\nrest\n"
	if got, err := Quote(readme, []string{"4 ms", "5"}); err != nil || got != want {
		t.Errorf("got %v\n%s", err, got)
	}
	if _, err := Quote(readme, []string{"4 ms"}); err == nil {
		t.Error("a table with more rows than figures is no error")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
