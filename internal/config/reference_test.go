package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/config"
)

// TestReference_ExplainsEverySetting wants words in both languages for each
// setting, and no two settings with the same row.
func TestReference_ExplainsEverySetting(t *testing.T) {
	t.Parallel()
	hangul := regexp.MustCompile(`\p{Hangul}`)
	settings := mustLoad(t, config.Source{}).Values()
	for _, lang := range config.Languages {
		rows := strings.Split(strings.TrimSpace(config.Reference(lang)), "\n")[2:]
		if len(rows) != len(settings) {
			t.Fatalf("%s: %d rows for %d settings", lang, len(rows), len(settings))
		}
		for i, row := range rows {
			cells := strings.Split(row, " | ")
			if len(cells) != 4 || len(cells[3]) < 10 || !strings.HasPrefix(row, "| `"+settings[i].Name+"` | `"+config.Variable(settings[i].Name)+"` | ") {
				t.Errorf("%s: the row of %s is %s", lang, settings[i].Name, row)
			}
			if lang == "ko" && !hangul.MatchString(cells[3]) && settings[i].Name != "coolsms.base_url" {
				t.Errorf("%s is not explained in Korean: %s", settings[i].Name, row)
			}
		}
	}
}

// TestExample_IsWhatGoesWithoutSaying takes every # away and gets the defaults.
func TestExample_IsWhatGoesWithoutSaying(t *testing.T) {
	t.Parallel()
	want := mustLoad(t, config.Source{}).Values()
	for _, lang := range config.Languages {
		text := regexp.MustCompile(`(?m)^#([a-z])`).ReplaceAllString(config.Example(lang), "$1")
		if got := strings.Count(text, "\n# "); got < len(want) {
			t.Errorf("%s: %d lines explain %d settings", lang, got, len(want))
		}
		got := mustLoad(t, config.Source{File: write(t, text)}).Values()
		for i := range got {
			got[i].Origin = "default"
			// It is filled in when nobody sets it, and the example's is nothing.
			if got[i].Name == "service.host" {
				got[i].Value = want[i].Value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", lang, diff)
		}
		if strings.Contains(text, "](") {
			t.Errorf("%s: a link is left: %s", lang, text)
		}
	}
}
