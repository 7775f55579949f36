package pages_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

func TestRow32_LeavingEndsEverySessionAndErasesPersonalData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	v.makePasskey()
	v.makePassword()
	v.makeTOTP()
	v.makeCodes()
	me := v.user().ID
	other := w.visitor("ko")
	for name, value := range v.cookies {
		other.cookies[name] = value
	}
	v.see("/account/leave", "지우는 것", "따로 두는 것", "3년 동안")
	v.try("/account/leave", http.StatusBadRequest, "표시해 주세요")
	other.see("/account")
	v.tell("/account/leave", "/left", "sure", "yes")
	if len(v.cookies) != 0 {
		t.Errorf("the browser keeps %v", v.cookies)
	}
	if sets := v.see("/left", "탈퇴를 마쳤어요").Header()["Set-Cookie"]; len(sets) != 0 {
		t.Errorf("the last page sets %q", sets)
	}
	other.leads("/account", "/login")
	if found := w.rowsOf(me); len(found) > 0 {
		t.Errorf("the member stands in %q", found)
	}
	w.Clock.Advance(time.Minute)
	again := w.visitor("ko")
	again.join(number, "김하늘")
	if got := again.user(); got.ID == me {
		t.Error("the new account is the old one")
	}
	if h, err := w.factors.Held(t.Context(), again.user().ID); err != nil || len(h.Passkeys) > 0 || h.Second() || h.RecoveryCodes > 0 {
		t.Errorf("the new account has factors: %+v (%v)", h, err)
	}
}

// rowsOf lists where a member's id stands in the database, events aside: those
// tell what happened, and name nobody.
func (w *world) rowsOf(userID string) (found []string) {
	w.Helper()
	err := w.DB.View(w.Context(), func(tx *db.Tx) error {
		found = nil
		for table, columns := range map[string][]string{
			"users": {"id"}, "sessions": {"user_id"}, "consents": {"user_id"}, "passkeys": {"user_id"}, "passwords": {"user_id"},
			"totp_seeds": {"user_id"}, "recovery_codes": {"user_id"}, "notices": {"user_id"}, "number_changes": {"user_id"},
			"recoveries": {"user_id"}, "one_time_codes": {"user_id"}, "factor_tries": {"user_id"},
		} {
			for _, column := range columns {
				var n int
				if err := tx.Row(fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = $1", table, column), userID).Scan(&n); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
				if n > 0 {
					found = append(found, fmt.Sprintf("%s (%d)", table, n))
				}
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// Leaving takes no more steps than joining: from the account page one page, one
// tick and one button.
func TestLeave_IsNoHarderThanJoining(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	page := v.see("/account", `href="/account/leave"`)
	if strings.Count(page.body, "/account/leave") != 1 {
		t.Error("the way out is not there once")
	}
	form := v.see("/account/leave").body
	if n := strings.Count(form, `type="checkbox"`); n != 1 {
		t.Errorf("%d things to tick", n)
	}
	if strings.Contains(form, " checked") || strings.Contains(form, "<textarea") {
		t.Error("more is asked, or the tick is set already")
	}
	v.tell("/account/leave", "/left", "sure", "yes")
}
