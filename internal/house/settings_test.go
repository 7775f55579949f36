package house_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/config"
)

var update = flag.Bool("update", false, "write the tables of docs/settings.md anew")

// settingsTable is the one table of the page.
var settingsTable = regexp.MustCompile(`(?m)(^\|.*\n)+`)

// TestSettings_StandInBothLanguages compares the tables of docs/settings.md and
// its Korean twin with what internal/config says of its settings.
func TestSettings_StandInBothLanguages(t *testing.T) {
	t.Parallel()
	for lang, page := range map[string]string{"en": "settings.md", "ko": "ko/settings.md"} {
		path := filepath.Join("..", "..", "docs", filepath.FromSlash(page))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := config.Reference(lang)
		if got := settingsTable.FindString(string(text)); got != want && *update {
			at := settingsTable.FindIndex(text)
			if at == nil {
				t.Fatalf("docs/%s has no table", page)
			}
			text = append(text[:at[0]:at[0]], append([]byte(want), text[at[1]:]...)...)
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("docs/%s is not what the program says of its settings; go test ./internal/house -run TestSettings -update writes it anew:\n%s", page, diff)
		}
	}
}
