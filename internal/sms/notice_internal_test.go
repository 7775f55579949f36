package sms

import (
	"errors"
	"strings"
	"testing"
)

// TestNotices_FitBehindTheLongestName wants every notice to fit with a name of
// twenty Korean characters, and to say what the templates of codes may not.
func TestNotices_FitBehindTheLongestName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"신표", "오픈인증", strings.Repeat("가", 20), "Acme & Daughters Ltd"} {
		n, err := NewNotices(name)
		if err != nil {
			t.Fatal(err)
		}
		for kind := range notices {
			for _, locale := range []string{"ko", "en"} {
				text := n.Text(kind, locale)
				if size, err := Bytes(text); err != nil || size > MaxBytes || !strings.HasPrefix(text, "["+name+"] ") {
					t.Errorf("%s: %q has %d bytes (%v), want at most %d behind the name", kind, text, size, err, MaxBytes)
				}
			}
		}
	}
}

func TestNotices_HoldNoLinkAndNoForbiddenWord(t *testing.T) {
	t.Parallel()
	for kind, n := range notices {
		for _, x := range []template{n.ko, n.koShort, n.en, n.enShort} {
			text := string(x)
			if word := lint(text); word != "" || strings.ContainsAny(text, "@#") || strings.Contains(text, "본인인증") || strings.Contains(text, "본인확인") {
				t.Errorf("%s: %q holds what no text may hold", kind, text)
			}
			if strings.Count(text, "{") != 1 || !strings.HasPrefix(text, "[{name}] ") {
				t.Errorf("%s: %q has another variable than the name", kind, text)
			}
		}
	}
}

func TestNotices_TakeTheLongTextWhereItFits(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]bool{"신표": true, strings.Repeat("가", 20): false} {
		n, err := NewNotices(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(n.Text("number_changed", "ko"), "24시간"); got != long {
			t.Errorf("behind %q: long = %t, want %t", name, got, long)
		}
	}
	n, err := NewNotices("신표")
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Text("number_left", "ko"); got != "" {
		t.Errorf("a kind that is not texted gives %q", got)
	}
	if _, err := NewNotices("a@b"); err == nil {
		t.Error("a name that no text may hold is taken")
	}
}

func TestNoticePreviews_AreAllNotices(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"신표", strings.Repeat("가", 20)} {
		all, err := NoticePreviews(name)
		if err != nil || len(all) != 2*len(notices) {
			t.Fatalf("%d previews of %d notices (%v)", len(all), len(notices), err)
		}
		for _, p := range all {
			if n, err := Bytes(p.Text); err != nil || n != p.Bytes || n > MaxBytes || p.Short() == (p.Bytes == p.Long) {
				t.Errorf("%+v (%d bytes, %v)", p, n, err)
			}
		}
	}
	if _, err := NoticePreviews(""); !errors.Is(err, ErrName) {
		t.Errorf("no name gives %v", err)
	}
}
