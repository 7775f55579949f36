package pages_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/catalogue/cataloguetest"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

func TestCatalogue_SaysTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	cataloguetest.SaysTheSame(t)
}

func TestCatalogue_HasNoMarkupButBoldAndBreaks(t *testing.T) {
	t.Parallel()
	inTemplates := templateIDs(t)
	cataloguetest.HasMarkup(t, func(id string) bool { return slices.Contains(inTemplates, id) })
}

var templateText = regexp.MustCompile(`\bt "([a-z0-9_.]+)"`)

// templateIDs returns the ids of the texts that templates quote.
func templateIDs(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, source := range cataloguetest.Sources(t, "templates/*.html") {
		for _, match := range templateText.FindAllStringSubmatch(source, -1) {
			ids = append(ids, match[1])
		}
	}
	return ids
}

// madeIDs returns the ids that the program puts together: of a failed text, of
// an ended verification, of notices, of the ways of signing in, of refusals.
func madeIDs(t *testing.T) []string {
	t.Helper()
	ids := []string{"fault.other"}
	for _, f := range []outbox.Failure{outbox.Unreachable, outbox.CannotReceive, outbox.Ours} {
		ids = append(ids, "undelivered."+string(f))
	}
	for _, s := range []verify.Status{verify.Expired, verify.Locked} {
		ids = append(ids, "err.code."+string(s))
	}
	for _, made := range []struct{ id, file, declared string }{
		{"notice.", "../account/notice.go", `NoticeKind = "([a-z_]+)"`},
		{"session.by.", "../account/enter.go", `Way = "([a-z_]+)"`},
	} {
		for _, match := range regexp.MustCompile(made.declared).FindAllStringSubmatch(cataloguetest.Sources(t, made.file)[made.file], -1) {
			if match[1] != "number_new" { // which is texted, and told nowhere else
				ids = append(ids, made.id+match[1])
			}
		}
	}
	for _, code := range refusals(t) {
		ids = append(ids, "fault."+code)
	}
	return ids
}

// refusals returns the codes of the refusals a visitor can meet, as the rooms
// below declare them.
func refusals(t *testing.T) []string {
	t.Helper()
	// These lead to another page, are said in more words than a code has, or meet
	// backends or operators alone.
	silent := []string{"account_not_found", "session_invalid", "consent_missing", "consent_text_not_found", "code_unreadable", "message_not_found", "cursor_invalid", "user_not_found", "number_gone", "session_ended", "filter_invalid", "provider_answer_missing", "budget_invalid", "budget_unset"}
	codes := []string{"database_busy"}
	for _, code := range cataloguetest.Refusals(t, ".", "../phone", "../limit", "../outbox", "../verify", "../account", "../consent", "../factor") {
		if !slices.Contains(silent, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func TestCatalogue_HasEveryTextThatIsUsedAndNoOther(t *testing.T) {
	t.Parallel()
	cataloguetest.IsUsed(t, append(templateIDs(t), madeIDs(t)...))
}

func TestSources_HoldNoWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	cataloguetest.HoldsNoWords(t)
}

func TestCatalogue_NeverClaimsToKnowWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		for id, forms := range cataloguetest.Read(t, language) {
			for _, form := range forms {
				for _, word := range []string{"본인인증", "본인확인", "identity"} {
					if strings.Contains(form, word) {
						t.Errorf("%s %s says %s", language, id, word)
					}
				}
			}
		}
	}
}
