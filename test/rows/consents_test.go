package rows

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var tickBox = regexp.MustCompile(`<input type="checkbox" id="agree-[^>]*>`)

// secondTerms are other terms, and nothing else that is asked.
const secondTerms = `[[item]]
id = "terms"
version = "2"
kind = "document"
required = true
ko = { title = "새 약관", text = "둘째 판이에요." }
en = { title = "New terms", text = "The second edition." }
`

func TestRow28_ConsentsAreSeparateUntickedVersionedExportable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	v, number := w.visitor(), w.number()
	v.open(w.a(), number)
	v.mustDo(w.a(), "check", "code", v.code(number))
	page := v.get(w.b(), "/signup")
	boxes := tickBox.FindAllString(string(page.body), -1)
	if len(boxes) != 5 { // one of them ticks the others, by script
		t.Fatalf("%d boxes: %q", len(boxes), boxes)
	}
	for _, box := range boxes {
		if strings.Contains(box, "checked") {
			t.Errorf("ticked from the start: %s", box)
		}
	}
	if words := wordsOf(page.body); strings.Count(words, "(필수)") != 2 || strings.Count(words, "(선택)") != 2 {
		t.Errorf("required and optional items are not told apart: %s", words)
	}
	if a := v.do(w.a(), "finish", "name", "김하늘", "agree", "age_14", "agree", "marketing_sms"); a.status != http.StatusBadRequest {
		t.Errorf("without the terms it answered %d", a.status)
	}
	v.get(w.a(), "/signup")
	v.mustDo(w.b(), "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	eager := w.visitor()
	other := w.number()
	eager.open(w.b(), other)
	eager.mustDo(w.b(), "check", "code", eager.code(other))
	eager.get(w.b(), "/signup")
	eager.mustDo(w.a(), "finish", "name", "이바다", "agree", "age_14", "agree", "terms", "agree", "marketing_sms")

	type row struct {
		UserID                              string `json:"user_id"`
		Item, Version, Locale, Hash, Screen string
		AgreedAt                            string `json:"agreed_at"`
	}
	export := func(item string) (rows []row) {
		t.Helper()
		out := w.b().cli("consents", "export", "--item", item, "--reason", "row 28", "--json")
		for _, secret := range []string{"김하늘", "이바다", number, other} {
			if strings.Contains(out, secret) {
				t.Errorf("the export of %s tells more than ids", item)
			}
		}
		for line := range strings.Lines(out) {
			var r row
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			if r.Item != item || r.Version != "1" || r.Locale != "ko" || len(r.Hash) != 64 || r.Screen != "signup" || r.AgreedAt == "" {
				t.Errorf("exported %+v", r)
			}
			rows = append(rows, r)
		}
		return rows
	}
	terms, news := export("terms"), export("marketing_sms")
	if len(terms) != 2 || len(news) != 1 || !slices.ContainsFunc(terms, func(r row) bool { return r.UserID == news[0].UserID }) {
		t.Fatalf("%d agreed to the terms and %d to the news", len(terms), len(news))
	}

	file := filepath.Join(t.TempDir(), "consents.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secondTerms)
	for _, n := range w.nodes {
		n.stop()
		n.up("SINPYO_CONSENTS_FILE=" + file)
	}
	for _, n := range w.nodes {
		for path, want := range map[string]string{"/documents/terms": "둘째 판이에요.", "/documents/terms/2": "둘째 판이에요.", "/documents/terms/1": "이용약관이 실려요."} {
			if a := v.get(n, path); a.status != http.StatusOK || !strings.Contains(string(a.body), want) {
				t.Errorf("node %s: %s answered %d without %q", n.name, path, a.status, want)
			}
		}
	}
	if again := export("terms"); !slices.Equal(again, terms) {
		t.Errorf("after a new edition the ledger says %+v, and said %+v", again, terms)
	}

	// Another text under the same version does not start.
	write(strings.Replace(secondTerms, "둘째", "셋째", 1))
	w.a().stop()
	if w.a().startUp("SINPYO_CONSENTS_FILE=" + file) {
		t.Fatal("it started with a changed text")
	}
	if log := w.a().log.String(); !strings.Contains(log, `terms version 2 in "ko" is not the text kept since`) {
		t.Errorf("it stopped and said %s", telling(log))
	}
}
