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

	"github.com/sinpyo/sinpyo/test/kit"
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
	v, number := w.visitor(), w.Number()
	v.open(w.A(), number)
	v.mustDo(w.A(), "check", "code", v.Code(number))
	page := v.get(w.B(), "/signup")
	boxes := tickBox.FindAllString(string(page.Body), -1)
	if len(boxes) != 5 { // one of them ticks the others, by script
		t.Fatalf("%d boxes: %q", len(boxes), boxes)
	}
	for _, box := range boxes {
		if strings.Contains(box, "checked") {
			t.Errorf("ticked from the start: %s", box)
		}
	}
	if words := wordsOf(page.Body); strings.Count(words, "(필수)") != 2 || strings.Count(words, "(선택)") != 2 {
		t.Errorf("required and optional items are not told apart: %s", words)
	}
	if a := v.Do(w.A(), "finish", "name", "김하늘", "agree", "age_14", "agree", "marketing_sms"); a.Status != http.StatusBadRequest {
		t.Errorf("without the terms it answered %d", a.Status)
	}
	v.get(w.A(), "/signup")
	v.mustDo(w.B(), "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	eager := w.visitor()
	other := w.Number()
	eager.open(w.B(), other)
	eager.mustDo(w.B(), "check", "code", eager.Code(other))
	eager.get(w.B(), "/signup")
	eager.mustDo(w.A(), "finish", "name", "이바다", "agree", "age_14", "agree", "terms", "agree", "marketing_sms")

	type row struct {
		UserID                              string `json:"user_id"`
		Item, Version, Locale, Hash, Screen string
		AgreedAt                            string `json:"agreed_at"`
	}
	export := func(item string) (rows []row) {
		t.Helper()
		out := w.B().CLI("consents", "export", "--item", item, "--reason", "row 28", "--json")
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
	for _, n := range w.Nodes {
		n.Stop()
		n.Up("SINPYO_CONSENTS_FILE=" + file)
	}
	for _, n := range w.Nodes {
		for path, want := range map[string]string{"/documents/terms": "둘째 판이에요.", "/documents/terms/2": "둘째 판이에요.", "/documents/terms/1": "이용약관이 실려요."} {
			if a := v.get(n, path); a.Status != http.StatusOK || !strings.Contains(string(a.Body), want) {
				t.Errorf("node %s: %s answered %d without %q", n.Name, path, a.Status, want)
			}
		}
	}
	if again := export("terms"); !slices.Equal(again, terms) {
		t.Errorf("after a new edition the ledger says %+v, and said %+v", again, terms)
	}

	// Another text under the same version does not start.
	write(strings.Replace(secondTerms, "둘째", "셋째", 1))
	w.A().Stop()
	if w.A().StartUp("SINPYO_CONSENTS_FILE=" + file) {
		t.Fatal("it started with a changed text")
	}
	if log := w.A().Log.String(); !strings.Contains(log, `terms version 2 in "ko" is not the text kept since`) {
		t.Errorf("it stopped and said %s", kit.Telling(log))
	}
}
