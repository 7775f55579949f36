package console_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/catalogue/cataloguetest"
)

func TestCatalogue_SaysTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	cataloguetest.SaysTheSame(t)
}

var quotedText = regexp.MustCompile(`\b(t|m) "([a-z0-9_.]+)"`)

// silent are refusals that no page of the console shows beside a field: they are
// of passwords and recovery codes, or a page of their own.
var silent = []string{"form_stale", "operator_not_found", "hashing_busy", "recovery_codes_used"}

// madeIDs returns the ids that the program puts together.
func madeIDs(t *testing.T) []string {
	t.Helper()
	ids := []string{"fault.other", "fault.database_busy"}
	for _, role := range []string{"viewer", "support", "operator", "owner"} {
		ids = append(ids, "role."+role, "role."+role+".does")
	}
	for _, state := range []string{"active", "invited", "locked", "disabled"} {
		ids = append(ids, "state."+state)
	}
	for _, words := range []string{"missing", "network", "form", "other"} {
		ids = append(ids, "problem."+words+".lead")
	}
	for _, did := range []string{"role", "disable", "enable", "unlock"} {
		ids = append(ids, "news.operator."+did)
	}
	ids = append(ids, "way.passkey", "way.totp")
	for kind, names := range map[string]string{
		"act":  "admin_create admin_join admin_role admin_disable admin_enable admin_reset admin_unlock admin_sign_in admin_sign_in_refused admin_sign_out admin_step_up admin_step_up_refused admin_sessions_end admin_passkey_add admin_passkey_remove admin_totp_add admin_totp_remove keys_create keys_rotate keys_revoke keys_rotate_master signing_key_added provider_set_key provider_drop_key senders_test users_find users_show users_block users_unblock users_erase users_sign_in users_sessions_end messages_unmask messages_export messages_export_masked consents_export consents_reminded consents_kept limits_clear limits_budget_set limits_budget_reset leak_people leak_people_masked users_session_end users_unmask users_export applications_create applications_rename audit_export erase",
		"acts": "admin applications keys provider senders users messages consents limits leak audit erase", "doer": "command_line server retention unknown this_machine",
		"filter": "actor act subject person",
	} {
		for _, name := range strings.Fields(names) {
			ids = append(ids, kind+"."+name)
		}
	}
	ids = append(ids, figureIDs()...)
	ids = append(ids, idsOfTexts()...)
	ids = append(ids, idsOfPeople()...)
	ids = append(ids, limitIDs()...)
	ids = append(ids, idsOfKeys()...)
	for _, code := range cataloguetest.Refusals(t, ".", "../factor", "../operator", "../phone", "../results", "../audit", "../replay") {
		if !slices.Contains(silent, code) && !strings.HasPrefix(code, "password_") {
			ids = append(ids, "fault."+code)
		}
	}
	return ids
}

func TestCatalogue_HasEveryTextThatIsUsedAndNoOther(t *testing.T) {
	t.Parallel()
	used := madeIDs(t)
	marked := map[string]bool{}
	for _, source := range cataloguetest.Sources(t, "templates/*.html") {
		for _, match := range quotedText.FindAllStringSubmatch(source, -1) {
			used = append(used, match[2])
			marked[match[2]] = marked[match[2]] || match[1] == "m"
		}
	}
	cataloguetest.IsUsed(t, used)
	cataloguetest.HasMarkup(t, func(id string) bool { return marked[id] || strings.HasPrefix(id, "figure.") })
}

func TestSources_HoldNoWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	cataloguetest.HoldsNoWords(t)
}

// colour finds a colour where no token is declared.
var colour = regexp.MustCompile(`(?m)^[^-\n]*[^\w-](#[0-9a-f]{3,8}\b|rgb|hsl)`)

func TestStyles_TakeTheirColoursFromTokens(t *testing.T) {
	t.Parallel()
	for name, source := range cataloguetest.Sources(t, "assets/*.css") {
		for line := range strings.Lines(source) {
			if !strings.HasPrefix(strings.TrimSpace(line), "--") && colour.MatchString(line) {
				t.Errorf("%s has a colour that is no token: %s", name, line)
			}
		}
	}
}
