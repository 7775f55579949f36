package main

import "testing"

func TestNumbers_AsTheyArePrinted(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]struct{ hidden, shown string }{
		"01012345678": {"010-****-5678", "010-1234-5678"},
		"16502530000": {"165****0000", "16502530000"}, // abroad
		"0111234567":  {"011****4567", "0111234567"},
		"15771577":    {"****", "15771577"},
		"":            {"****", ""},
	} {
		if got := hidden(digits); got != want.hidden {
			t.Errorf("hidden(%q) = %q, want %q", digits, got, want.hidden)
		}
		if got := shown(digits); got != want.shown {
			t.Errorf("shown(%q) = %q, want %q", digits, got, want.shown)
		}
	}
}

func TestNationalDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+82 10-1234-5678": "01012345678", "０１０-1234-5678": "01012345678", "02-1577-0000": "0215770000", "1577.1577": "15771577",
	} {
		if got, err := nationalDigits(text); err != nil || got != want {
			t.Errorf("nationalDigits(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "home", "010-1234-567x", "1234567890123456"} {
		if got, err := nationalDigits(text); err == nil {
			t.Errorf("nationalDigits(%q) = %q, want an error", text, got)
		}
	}
}
