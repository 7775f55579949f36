package sandbox

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestWords_TemplateAndCatalogueAgree(t *testing.T) {
	t.Parallel()
	page, err := assets.ReadFile("assets/inbox.html")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, found := range regexp.MustCompile(`\{\{-?(?:if )?t "([^"]+)"`).FindAllSubmatch(page, -1) {
		used[string(found[1])] = true
		if _, ok := words[string(found[1])]; !ok {
			t.Errorf("the page uses %q, which has no words", found[1])
		}
	}
	if regexp.MustCompile(`[가-힣]`).Match(page) {
		t.Error("the template holds Korean text of its own")
	}
	sources := ""
	for _, name := range []string{"words.go", "page.go", "pageview.go", "thread.go", "presets.go", "calls_send.go", "calls_group.go", "calls_list.go", "calls_account.go", "calls_webhook.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources += string(b)
	}
	verbs := regexp.MustCompile(`%[sd]`)
	for key, pair := range words {
		if pair[ko] == "" || pair[en] == "" || len(verbs.FindAllString(pair[ko], -1)) != len(verbs.FindAllString(pair[en], -1)) {
			t.Errorf("%q: the two languages differ: %q", key, pair)
		}
		built := strings.HasPrefix(key, "fault.") || strings.HasPrefix(key, "hit.") || strings.HasPrefix(key, "note.read.")
		if !used[key] && !built && strings.Count(sources, `"`+key+`"`) < 2 && !strings.Contains(sources, `say("`+key+`"`) {
			t.Errorf("%q is used nowhere", key)
		}
	}
	for _, p := range presets {
		if words["fault."+p.name][ko] == "" || words["fault."+p.name+".sub"][ko] == "" {
			t.Errorf("the button %q has no words", p.name)
		}
	}
	for _, kind := range []string{FaultStatus, FaultDelay, FaultReset, FaultDropReply, FaultGarbage, FaultSlowBody,
		FaultHookDuplicate, FaultHookReorder, FaultHookLate, FaultHookLose, FaultHookForge} {
		if words["hit."+kind][ko] == "" {
			t.Errorf("a %s fault has no words", kind)
		}
	}
}

func TestSpell(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"01012345678": "010-1234-5678", "0215770000": "02-1577-0000", "021234567": "02-123-4567", "0311234567": "031-123-4567",
		"050212345678": "0502-1234-5678", "15770000": "1577-0000", "6502530000": "6502530000", "": "",
	} {
		if got := spell(number); got != want {
			t.Errorf("spell(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestCodeIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[가게] 인증번호 482913\n@shop.example #482913": "482913",
		"문의 02-1577-0000, 코드 0123":                "0123",
		"2026 안내\n@shop.example #999999":          "999999",
		"12345678901":                             "",
		"안내":                                      "",
	} {
		if got := codeIn(text); got != want {
			t.Errorf("codeIn(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestKSX1001_IsThe1987Table(t *testing.T) {
	t.Parallel()
	set := ksx1001()
	hangul := 0
	for r := '가'; r <= '힣'; r++ {
		if set[r] {
			hangul++
		}
	}
	if hangul != 2350 || len(set) < 8200 || len(set) > 8250 {
		t.Errorf("%d syllables of %d characters, want 2350 of about 8,227", hangul, len(set))
	}
}
