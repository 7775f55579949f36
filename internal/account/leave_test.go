package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/db"
)

// hits lists the columns of all tables in which a value stands that holds one of
// some texts or keyed hashes.
func (w *world) hits(canaries ...[]byte) (places []string) {
	w.Helper()
	columns := `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY 1, 2`
	if !w.DB.Single() {
		columns = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2`
	}
	err := w.DB.View(w.Context(), func(tx *db.Tx) error {
		var list [][2]string
		err := tx.Each(columns, nil, func(scan func(...any) error) error {
			var c [2]string
			err := scan(&c[0], &c[1])
			list = append(list, c)
			return err
		})
		if err != nil {
			return err
		}
		for _, c := range list {
			err := tx.Each(fmt.Sprintf("SELECT %q FROM %q", c[1], c[0]), nil, func(scan func(...any) error) error {
				var value any
				if err := scan(&value); err != nil {
					return err
				}
				raw, ok := value.([]byte)
				if !ok {
					raw = fmt.Append(nil, value)
				}
				place := c[0] + "." + c[1]
				if slices.ContainsFunc(canaries, func(canary []byte) bool { return bytes.Contains(raw, canary) }) && !slices.Contains(places, place) {
					places = append(places, place)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(places)
	return places
}

// TestRow32_LeavingErasesThePersonAndFreesTheNumber is S-106; that sessions are
// dead on every node is TestSession_EndedOnOneNodeIsDeadOnTheOther.
func TestRow32_LeavingErasesThePersonAndFreesTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := signUp(w.prove(12345678, mine))
	up.Name, up.Device = "이름카나리아", "브라우저카나리아"
	s, err := w.Join(t.Context(), up)
	if err != nil {
		t.Fatal(err)
	}
	w.hold(s.UserID, "totp")
	s = w.change(s, 22345678) // so that there is a number of before, too
	other, _ := w.join(3)
	w.Clock.Advance(time.Minute)
	w.texts(1)
	w.Clock.Advance(time.Minute)
	w.Provider.Settle()
	w.Drive() // hears what became of the texts
	person := [][]byte{[]byte("카나리아"), []byte("12345678"), []byte("22345678")}
	numbers := [][]byte{w.Ring.Whole(numbered(t, 12345678)), w.Ring.Whole(numbered(t, 22345678))}
	if got := w.hits(person...); strings.Join(got, " ") != "sessions.device users.name" {
		t.Fatalf("before leaving the person stands in %v", got)
	}

	w.Clock.Advance(account.FreshFor)
	if err := w.Leave(t.Context(), s); !errors.Is(err, account.ErrStepUp) {
		t.Fatalf("without a proof: %v, want ErrStepUp", err)
	}
	if s, err = w.StepUp(t.Context(), s, account.TOTP); err != nil {
		t.Fatal(err)
	}
	if err := w.Leave(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	kept, err := w.consents.Kept(t.Context(), numbers[1])
	if err != nil {
		t.Fatal(err)
	}
	if w.stands(s) || w.owner(22345678) != "" || len(kept) == 0 {
		t.Error("the session stands, the number is not free, or the consents were not released under the number")
	}
	if got := w.hits(append(person, []byte(s.UserID))...); strings.Join(got, " ") != "events.user_id" {
		t.Errorf("after leaving the person, or more than the id, stands in %v", got)
	}

	// What was texted goes as soon as nothing can be out any more.
	erase := func(after time.Duration) int {
		t.Helper()
		w.Clock.Advance(after)
		n, err := w.EraseDeparted(t.Context(), w.DB.Now().Add(-account.DepartedKept))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	erase(account.DepartedKept - time.Second)
	if got := w.hits(numbers[1]); !slices.Contains(got, "messages.number_mac") {
		t.Errorf("within an hour the number is left in %v, want the messages", got)
	}
	if n := erase(time.Second); n == 0 {
		t.Error("nothing was erased after an hour")
	}
	erase(time.Hour) // the number of before was told of the change after it
	if got := strings.Join(w.hits(numbers...), " "); got != "kept_consents.number_mac notice_limits.number_mac number_limits.number_mac" {
		t.Errorf("the keyed hash of a number is left in %s, want the limits and the consents kept apart alone", got)
	}
	if !w.stands(other) {
		t.Error("somebody else left too")
	}
	w.Clock.Advance(time.Hour)
	if again, err := w.Join(t.Context(), signUp(w.prove(22345678, mine))); err != nil || again.UserID == s.UserID {
		t.Errorf("joining again: %s, %v", again.UserID, err)
	}
}

// TestEraseDeparted_WaitsFourDaysForAnEnd has a text whose end nobody hears of.
func TestEraseDeparted_WaitsFourDaysForAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1) // the provider is not asked again
	if err := w.Leave(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{2 * time.Hour, 0}, {93 * time.Hour, 0}, {time.Hour, 1}, {time.Hour, 0}} {
		w.Clock.Advance(c.after)
		n, err := w.EraseDeparted(t.Context(), w.DB.Now().Add(-account.DepartedKept))
		if err != nil || n != c.want {
			t.Errorf("%v later: %d messages erased (%v), want %d", c.after, n, err, c.want)
		}
	}
	if got := w.hits(w.Ring.Whole(numbered(t, 1))); strings.Join(got, " ") != "kept_consents.number_mac number_limits.number_mac" {
		t.Errorf("the number is left in %v", got)
	}
}

func TestEraseMember_IsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	act := account.Act{Actor: "command line", Reason: "ticket 12"}
	if err := w.EraseMember(t.Context(), s.UserID, act); err != nil {
		t.Fatal(err)
	}
	if err := w.EraseMember(t.Context(), s.UserID, act); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("erasing twice: %v, want ErrNoUser", err)
	}
	var got string
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT actor || '|' || act || '|' || subject || '|' || detail FROM records ORDER BY number DESC LIMIT 1`).Scan(&got)
	})
	if want := "command line|users erase|" + s.UserID + "|ticket 12"; err != nil || got != want {
		t.Errorf("recorded %q (%v), want %q", got, err, want)
	}
	if w.owner(1) != "" || w.stands(s) {
		t.Error("the member is still there")
	}
}

// TestExport_GivesOutWhatIsKept is S-107.
func TestExport_GivesOutWhatIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.hold(s.UserID, "passkey totp")
	s = w.change(s, 2)
	e, err := w.Export(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"id":"` + s.UserID + `"`, `"name":"김하늘"`, `"phone":"+821000000002"`, `"language":"ko"`,
		`"passkey":true,"password":false,"authenticator":true`, `"browser":"Chrome","signed_in_by":"sms"`,
		`"kind":"number_changed"`, `"item":"terms"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the export lacks %s: %s", want, text)
		}
	}
}

func TestRename_CleansTheNameAndNeedsASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	if err := w.Rename(t.Context(), s, "  이바다 "); err != nil {
		t.Fatal(err)
	}
	if user, _, err := w.BySession(t.Context(), s.Token); err != nil || user.Name != "이바다" {
		t.Errorf("the name is %q (%v)", user.Name, err)
	}
	if err := w.Rename(t.Context(), s, " "); !errors.Is(err, account.ErrName) {
		t.Errorf("no name: %v", err)
	}
	if err := w.SignOut(t.Context(), s.Token); err != nil {
		t.Fatal(err)
	}
	if err := w.Rename(t.Context(), s, "김하늘"); !errors.Is(err, account.ErrNoSession) {
		t.Errorf("after signing out: %v", err)
	}
}

// TestEnterOnce_WorksOnceWithinADay tries a code twice, late, and mistyped.
func TestEnterOnce_WorksOnceWithinADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.Clock.Advance(200 * day) // neither the number's age nor a password is asked
	w.hold(s.UserID, "password")
	act := account.Act{Actor: "command line", Reason: "review"}
	code := func() string {
		t.Helper()
		code, until, err := w.MakeOnce(t.Context(), s.UserID, act)
		if err != nil || !until.Equal(w.Clock.Now().Add(24*time.Hour)) || len(code) != 23 || strings.Count(code, "-") != 3 {
			t.Fatalf("the code %q works until %v (%v)", code, until, err)
		}
		return code
	}
	refused := func(name, code string) {
		t.Helper()
		if _, err := w.EnterOnce(t.Context(), code, account.Browser{}); !errors.Is(err, account.ErrOnce) {
			t.Errorf("%s: %v, want ErrOnce", name, err)
		}
	}
	first := code()
	entered, err := w.EnterOnce(t.Context(), " "+strings.ToLower(strings.ReplaceAll(first, "-", " ")), account.Browser{Label: "Review"})
	if err != nil || entered.UserID != s.UserID || w.Fresh(entered) || w.Trust(entered, "") != "" {
		t.Fatalf("the code: %v, fresh %t", err, w.Fresh(entered))
	}
	refused("a used code", first)
	refused("nothing", "")
	refused("another code", "AAAAA-AAAAA-AAAAA-AAAAA")
	second := code()
	third := code()
	refused("a code that another took the place of", second)
	w.Clock.Advance(24*time.Hour + time.Second)
	refused("after a day and a second", third)
	if got := w.told(s.UserID); got != "signed_in_once" {
		t.Errorf("the member is told %q", got)
	}
	if _, _, err := w.MakeOnce(t.Context(), "usr_nobody", act); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("a code for nobody: %v", err)
	}
}

// TestNotices_AreThreeTextsADay counts them in every window of a day, and tells
// all of them on the account page.
func TestNotices_AreThreeTextsADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	tell := func(kind string, removed bool) {
		t.Helper()
		err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
			w.FactorChanged(tx, s.UserID, kind, removed)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct {
		kind    string
		removed bool
		texts   int
	}{
		{"passkey", false, 1}, {"password", false, 2}, {"recovery_code", false, 3}, {"totp", true, 3}, {"totp", false, 3},
	} {
		w.Clock.Advance(time.Hour)
		tell(c.kind, c.removed)
		if got := w.texts(1); len(got) != c.texts {
			t.Errorf("after %d notices %d texts came, want %d", i+1, len(got), c.texts)
		}
	}
	if got := w.told(s.UserID); got != "factor_added factor_removed codes_made password_changed factor_added" {
		t.Errorf("the account page tells %q", got)
	}
	w.Clock.Advance(20*time.Hour - time.Second) // the first was 24 hours less a second ago
	tell("passkey", true)
	if got := w.texts(1); len(got) != 3 {
		t.Errorf("within a day %d texts came, want 3", len(got))
	}
	w.Clock.Advance(time.Second)
	tell("passkey", true)
	if got := w.texts(1); len(got) != 4 {
		t.Errorf("a day after the first %d texts came, want 4", len(got))
	}
}

// TestDormancy_IsAnnouncedAndEndedBySigningIn is S-108.
func TestDormancy_IsAnnouncedAndEndedBySigningIn(t *testing.T) {
	t.Parallel()
	const after = 365 * day
	w := newWorldWith(t, func(o *account.Options) { o.DormantAfter = after })
	idle, _ := w.join(1)
	awake, _ := w.join(2)
	run := func(advance time.Duration) int {
		t.Helper()
		w.Clock.Advance(advance)
		n, err := w.Dormancy(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	run(after - account.DormancyNotice)
	if got := w.told(idle.UserID); got != "" {
		t.Errorf("told %q too early", got)
	}
	run(time.Second)
	run(time.Hour)
	if got := w.told(idle.UserID); got != "dormant_soon" || len(w.texts(1)) != 1 || w.told(awake.UserID) != "dormant_soon" {
		t.Errorf("told %q and %q, want once each", got, w.told(awake.UserID))
	}
	if _, err := w.EnterByPasskey(t.Context(), awake.UserID, account.Browser{}); err != nil {
		t.Fatal(err)
	}
	if n := run(account.DormancyNotice - 2*time.Hour); n != 0 {
		t.Errorf("%d members are dormant early", n)
	}
	if n := run(2 * time.Hour); n != 1 {
		t.Errorf("%d members became dormant, want one", n)
	}
	act := account.Act{Actor: "test", Reason: "test"}
	dormant := func(userID string) bool {
		t.Helper()
		m, err := w.Show(t.Context(), userID, act)
		if err != nil {
			t.Fatal(err)
		}
		return !m.DormantAt.IsZero()
	}
	if !dormant(idle.UserID) || dormant(awake.UserID) {
		t.Error("the wrong member is dormant")
	}
	ref := w.prove(1, mine)
	if _, err := w.EnterWith(t.Context(), ref, idle.UserID, account.RecoveryCode, account.Browser{}); err != nil {
		t.Fatal(err)
	}
	if dormant(idle.UserID) || run(time.Hour) != 0 {
		t.Error("signing in does not wake")
	}
}

func TestDormancy_IsOffUnlessSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.Clock.Advance(10 * 365 * day)
	if n, err := w.Dormancy(t.Context(), 0); n != 0 || err != nil || w.told(s.UserID) != "" {
		t.Errorf("%d members are dormant (%v)", n, err)
	}
}

func TestFind_IsRecordedAndFindsByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	act := account.Act{Actor: "test", Reason: "test"}
	if userID, err := w.Find(t.Context(), numbered(t, 1), act); err != nil || userID != s.UserID {
		t.Errorf("found %q (%v)", userID, err)
	}
	if _, err := w.Find(t.Context(), numbered(t, 2), act); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("a number of nobody's: %v", err)
	}
	if got := count(t, w.DB, `SELECT count(*) FROM records WHERE act = 'users find'`); got != 2 {
		t.Errorf("%d looks were recorded, want both", got)
	}
}

// TestClaims_AreErased lets what nobody finished lapse.
func TestClaims_AreErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.hold(s.UserID, "password")
	if _, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.MakeOnce(t.Context(), s.UserID, account.Act{Actor: "test", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	w.texts(1)
	w.Clock.Advance(24*time.Hour + account.RecoveryFor)
	err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
		n, err := w.EraseClaims(tx, tx.Now, 100)
		if n != 3 {
			t.Errorf("%d claims erased, want the recovery, the code and the count of texts", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
