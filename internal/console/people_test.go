package console_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/korean"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// club returns the console of a shop with two members, of whom the second takes
// advertising, and the first one's id.
func club(t *testing.T) (*consoletest.World, account.Session) {
	t.Helper()
	// Ids are made of the time that it is, and a leak's texts are found by them.
	w := consoletest.New(t, consoletest.Options{At: time.Now().Truncate(time.Minute)})
	first := w.Member(theNumber, "김하늘")
	w.Member("010-2345-6789", "=1+1", "marketing_sms")
	return w, first
}

func TestPages_OfPeopleAreAsReviewed(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := consoletest.New(t, consoletest.Options{})
			p := w.Owner(language)
			golden(t, "members-none."+language, p.Get("/members").Body.String())
			s := w.Member(theNumber, "박서준", "marketing_sms")
			w.Member("010-2345-6789", "이바다")
			if err := w.Consents.Withdraw(t.Context(), s.UserID, consent.Account, "marketing_sms"); err != nil {
				t.Fatal(err)
			}
			at := "/members/" + s.UserID
			p.Get("/members")
			golden(t, "members-nobody."+language, p.Post("/members", "sought", "010-9999-9999").Body.String())
			golden(t, "member."+language, p.Get(at).Body.String())
			golden(t, "member-refused."+language, p.Post(at, "do", "block").Body.String())
			p.Post(at, "do", "block", "reason", "신고 31")
			p.Post(at+"/number", "reason", "신고 31")
			golden(t, "member-blocked."+language, p.Get(at).Body.String())
			golden(t, "members."+language, p.Get("/members").Body.String())
			golden(t, "number-seen."+language, p.Get(found(t, p, "/numbers", theNumber)).Body.String())
			p.Get(at)
			p.Post(at, "do", "unblock", "reason", "신고 31")
			p.Get(at + "/code")
			golden(t, "membercode."+language, p.Post(at+"/code", "reason", "심사").Body.String())
			golden(t, "memberdata."+language, p.Get(at+"/data").Body.String())
			golden(t, "membererase."+language, p.Post(at+"/erase", "name", "박서진", "reason", "요청").Body.String())
			p.Prove()
			golden(t, "consents."+language, p.Get("/consents").Body.String())
			golden(t, "consent."+language, p.Get("/consents/terms/1").Body.String())
			golden(t, "consentcsv."+language, p.Get("/consents/terms/1/csv").Body.String())
			golden(t, "leak."+language, p.Get("/leak").Body.String())
		})
	}
}

func TestMembers_AreFoundByNumberAndId(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	p := w.Operator("en", "Mina", operator.Support)
	says(t, w.Operator("en", "Vera", operator.Viewer).Get("/members"), http.StatusForbidden, "<b>Support</b>")
	p.Get("/members")
	for _, typed := range []string{theNumber, "+82 10 1234 5678", s.UserID} {
		if a := p.Post("/members", "sought", typed); a.Header().Get("Location") != "/members/"+s.UserID {
			t.Errorf("%s leads to %q (%d)", typed, a.Header().Get("Location"), a.Code)
		}
	}
	for typed, words := range map[string]string{"": "Enter a number", "5678": "Check the number", "02-123-4567": "landline"} {
		says(t, p.Post("/members", "sought", typed), http.StatusBadRequest, words)
	}
	nobody := p.Post("/members", "sought", "010-9999-3032")
	says(t, nobody, http.StatusNotFound, "No member has this number")
	if strings.Contains(nobody.Body.String(), "9999-3032") {
		t.Error("the page repeats the number")
	}
	says(t, p.Get(link(t, nobody, "/numbers/")), http.StatusOK, "010-****-3032")
	says(t, p.Get("/members/usr_none"), http.StatusNotFound, "nothing here")
	p.Get("/members")
	for _, path := range []string{"/members/usr_none", "/members/usr_none/number"} {
		says(t, p.Post(path, "do", "block", "reason", "x"), http.StatusNotFound, "nothing here")
	}
	if got := records(t, w, "users find"); len(got) != 3 {
		t.Errorf("three looked for numbers were recorded as %q", got)
	}
}

var memberRow = regexp.MustCompile(`<th scope="row"><a href="/members/(usr_[0-9a-z]+)">`)

// membersOn returns the ids of the members that a page lists.
func membersOn(a *httptest.ResponseRecorder) (ids []string) {
	for _, row := range memberRow.FindAllStringSubmatch(a.Body.String(), -1) {
		ids = append(ids, row[1])
	}
	return ids
}

func TestMembers_AreListedByStateInPages(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	p := w.Operator("en", "Mina", operator.Support)
	at := w.Clock.Now()
	w.Write(func(tx *db.Tx) {
		for i := range 120 {
			joined := db.At(at.AddDate(0, -1, 0).Add(time.Duration(i) * time.Minute))
			m := account.Past{
				ID: id.At("usr", joined.Std(), [10]byte{9: byte(i)}), Number: w.Number(fmt.Sprintf("010-0000-%04d", i)),
				Name: "이바다", Locale: "ko", JoinedAt: joined,
			}
			account.WritePast(tx, m.Row(w.Ring))
		}
	})
	if err := w.Accounts.Block(t.Context(), s.UserID, account.Act{Actor: "command line", Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	var all []string
	for path := "/members"; path != ""; {
		a := p.Get(path)
		all = append(all, membersOn(a)...)
		if path = ""; strings.Contains(a.Body.String(), "Next 50") {
			path = link(t, a, "/members?cursor=")
		}
	}
	if len(all) != 122 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 122 || !slices.IsSortedFunc(all, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%d members are listed, of 122", len(all))
	}
	if diff := cmp.Diff([]string{s.UserID}, membersOn(p.Get("/members?state=blocked"))); diff != "" {
		t.Errorf("the blocked ones:\n%s", diff)
	}
	says(t, p.Get("/members?state=dormant"), http.StatusOK, "No member is in this state")
	says(t, p.Get("/members?state=gone"), http.StatusBadRequest, "Choose them again")
	says(t, p.Get("/members?cursor=x"), http.StatusBadRequest, "Begin it again")
	says(t, p.Get(strings.Replace(link(t, p.Get("/members"), "/members?cursor="), "?", "?state=active&", 1)), http.StatusBadRequest, "Begin it again")
}

// TestMember_IsHelpedForAReasonThatIsRecorded does to a member what support may,
// and finds each act among the records with who, from where and why.
func TestMember_IsHelpedForAReasonThatIsRecorded(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	other, err := w.Accounts.EnterByPasskey(t.Context(), s.UserID, account.Browser{Label: "Firefox, Windows"})
	if err != nil {
		t.Fatal(err)
	}
	p := w.Operator("en", "Mina", operator.Support)
	at := "/members/" + s.UserID
	page := p.Get(at)
	for _, words := range []string{"010-****-5678", "김하늘", "Safari, iPhone", "Firefox, Windows", "Text message", "version 1"} {
		says(t, page, http.StatusOK, words)
	}
	if body := page.Body.String(); strings.Contains(body, "1234") || strings.Contains(body, "/erase") || strings.Contains(body, "/code") {
		t.Error("support is shown the number, or what only an operator may")
	}
	for _, do := range []string{"block", "unblock", "end"} {
		says(t, p.Post(at, "do", do, "reason", " "), http.StatusBadRequest, "Say why")
		says(t, p.Post(at, "do", do, "reason", strings.Repeat("x", 201)), http.StatusBadRequest, "Say why")
	}
	p.Leads(at, at, "do", "nothing")
	p.Leads(at, at, "do", "end", "session", other.ID, "reason", "ticket 1")
	p.Leads(at, at, "do", "end", "session", other.ID, "reason", "ticket 1") // by a second click
	if _, _, err := w.Accounts.BySession(t.Context(), other.Token); err == nil {
		t.Error("the session goes on")
	}
	if _, _, err := w.Accounts.BySession(t.Context(), s.Token); err != nil {
		t.Errorf("the other session: %v", err)
	}
	p.Leads(at, at, "do", "end", "reason", "ticket 2")
	says(t, p.Get(at), http.StatusOK, "No browser is signed in")
	p.Leads(at, at, "do", "block", "reason", "report 3")
	says(t, p.Get(at), http.StatusOK, "Unblock the member")
	p.Leads(at, at, "do", "unblock", "reason", "report 3: settled")
	want := []string{
		p.ID + " users session end ticket 1", p.ID + " users sessions end ticket 2",
		p.ID + " users block report 3", p.ID + " users unblock report 3: settled",
	}
	got := slices.DeleteFunc(records(t, w, "users%"), func(r string) bool { return strings.Contains(r, "users show") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
	if n := len(records(t, w, "users show")); n < 5 {
		t.Errorf("looking was recorded %d times", n)
	}
	err = w.DB.View(t.Context(), func(tx *db.Tx) error {
		var elsewhere int
		err := tx.Row(`SELECT count(*) FROM records WHERE act LIKE 'users%' AND origin <> '203.0.113.0/24'`).Scan(&elsewhere)
		if elsewhere > 0 {
			t.Errorf("%d records do not say from where", elsewhere)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNumber_TellsWhoSawIt is S-99 on the pages of a member, of a text and of their
// number: whoever has one of them shown stands on the others.
func TestNumber_TellsWhoSawIt(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	p := w.Operator("en", "Mina", operator.Support)
	at := "/members/" + s.UserID
	timeline := link(t, p.Get(at), "/numbers/")
	says(t, p.Get(at), http.StatusOK, "Nobody has seen this number whole yet")
	says(t, p.Get(timeline), http.StatusOK, "Nobody has seen this number whole yet")
	p.Get(at + "/number")
	says(t, p.Post(at+"/number", "reason", " "), http.StatusBadRequest, "Say why")
	shown := p.Post(at+"/number", "reason", "ticket 7")
	says(t, shown, http.StatusOK, theNumber)
	text := link(t, p.Get(link(t, p.Get(at), "/results?number=")), "/results/msg_")
	p.Get(text)
	says(t, p.Post(text+"/number", "reason", "ticket 8"), http.StatusOK, theNumber)
	for _, path := range []string{at, timeline} {
		page := p.Get(path)
		for _, words := range []string{"<b>Mina</b>", "ticket 7", "ticket 8"} {
			says(t, page, http.StatusOK, words)
		}
		if strings.Contains(page.Body.String(), "1234-5678") {
			t.Errorf("%s shows the number", path)
		}
	}
	says(t, p.Get(timeline), http.StatusOK, `href="`+at+`"`)
	p.Get("/members")
	other := p.Post("/members", "sought", "010-2345-6789").Header().Get("Location")
	says(t, p.Get(other), http.StatusOK, "Nobody has seen this number whole yet")
}

// TestGraveActs_NeedAFreshProof is S-100: a code, a copy of somebody's data, erasing
// them and every export ask for a proof of the last five minutes.
func TestGraveActs_NeedAFreshProof(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	p := w.Operator("en", "Seojun", operator.Manager)
	at := "/members/" + s.UserID
	p.Get("/me") // whose forms carry the session's token
	w.Clock.Advance(operator.FreshFor)
	for _, path := range []string{at + "/code", at + "/data", at + "/erase", "/consents/terms/1/csv", "/leak", "/results/csv"} {
		for _, a := range []*httptest.ResponseRecorder{p.Get(path), p.Post(path, "reason", "x", "name", "김하늘", "since", "2020-01-01T00:00")} {
			if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/confirm" {
				t.Errorf("%s answered %d to %q", path, a.Code, a.Header().Get("Location"))
			}
		}
	}
	p.Prove()
	p.Get(at + "/code")
	says(t, p.Post(at+"/code", "reason", ""), http.StatusBadRequest, "Say why")
	made := p.Post(at+"/code", "reason", "review")
	code := regexp.MustCompile(`value="([A-Z2-7]{5}(?:-[A-Z2-7]{5}){3})"`).FindStringSubmatch(made.Body.String())
	if made.Code != http.StatusOK || code == nil {
		t.Fatalf("no code was shown: %d", made.Code)
	}
	if again := p.Get(at + "/code"); strings.Contains(again.Body.String(), code[1]) {
		t.Error("the code is shown again")
	}
	if _, err := w.Accounts.EnterOnce(t.Context(), code[1], account.Browser{}); err != nil {
		t.Errorf("the code: %v", err)
	}
	says(t, p.Post(at+"/data", "reason", ""), http.StatusBadRequest, "Say why")
	file := p.Post(at+"/data", "reason", "letter 2")
	var e account.Export
	if err := json.Unmarshal(file.Body.Bytes(), &e); err != nil || e.Phone != "+821012345678" || len(e.Consents) == 0 ||
		file.Header().Get("Content-Disposition") != `attachment; filename="`+s.UserID+w.Clock.Now().In(time.FixedZone("KST", 9*60*60)).Format("-20060102")+`.json"` {
		t.Errorf("the copy: %v, %v, %s", err, file.Header(), file.Body)
	}
	p.Get(at + "/erase")
	says(t, p.Post(at+"/erase", "name", "김하은", "reason", "letter 3"), http.StatusBadRequest, "another name")
	says(t, p.Post(at+"/erase", "name", "김하늘", "reason", ""), http.StatusBadRequest, "Say why")
	p.Leads(at+"/erase", "/members", "name", " 김하늘 ", "reason", "letter 3")
	says(t, p.Get("/members"), http.StatusOK, "The member is erased")
	says(t, p.Get(at), http.StatusNotFound, "nothing here")
	want := []string{p.ID + " users sign-in review", p.ID + " users export letter 2", p.ID + " users erase letter 3"}
	got := slices.DeleteFunc(records(t, w, "users%"), func(r string) bool { return strings.Contains(r, "users show") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

// list reads a CSV that was answered with.
func list(t *testing.T, a *httptest.ResponseRecorder) [][]string {
	t.Helper()
	body := strings.TrimPrefix(a.Body.String(), "\uFEFF")
	if strings.Contains(a.Header().Get("Content-Type"), "euc-kr") {
		var err error
		if body, err = korean.EUCKR.NewDecoder().String(body); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || a.Code != http.StatusOK || !strings.HasPrefix(a.Header().Get("Content-Disposition"), `attachment; filename="`) {
		t.Fatalf("no list: %d, %v (%v)\n%.500s", a.Code, a.Header(), err, a.Body)
	}
	return lines
}

func TestConsents_AreCountedReadAndExported(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	viewer, p := w.Operator("en", "Vera", operator.Viewer), w.Operator("ko", "박서준", operator.Manager)
	if err := w.Consents.Withdraw(t.Context(), w.Member("010-3456-7890", "정우주", "marketing_sms").UserID, consent.Account, "marketing_sms"); err != nil {
		t.Fatal(err)
	}
	page := viewer.Get("/consents")
	rows := regexp.MustCompile(`(?s)<a href="/consents/marketing_sms/1">.*?data-head="Agreed">(\d+)<.*?>(\d+)<.*?>(\d+)<`).FindStringSubmatch(page.Body.String())
	if rows == nil || !slices.Equal(rows[1:], []string{"2", "1", "1"}) {
		t.Errorf("advertising is counted as %q\n%s", rows, page.Body)
	}
	page = viewer.Get("/consents/terms/1")
	for _, words := range []string{"이용약관", "한뼘책방", "required"} {
		says(t, page, http.StatusOK, words)
	}
	if strings.Contains(page.Body.String(), "/csv") {
		t.Error("a viewer is offered the list")
	}
	says(t, viewer.Get("/consents/terms/1/csv"), http.StatusForbidden, "<b>Operator</b>")
	for _, path := range []string{"/consents/terms/none", "/consents/none/1", "/consents/none/1/csv"} {
		says(t, p.Get(path), http.StatusNotFound, "여기에는")
	}
	const at = "/consents/terms/1/csv"
	p.Get(at)
	says(t, p.Post(at, "reason", " "), http.StatusBadRequest, "1~200자")
	says(t, p.Post(at, "encoding", "ebcdic", "reason", "x"), http.StatusBadRequest, "조건")
	lines := list(t, p.Post(at, "encoding", "utf-8", "reason", "11월 점검"))
	if len(lines) != 4 || lines[0][0] != "회원 ID" || !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == s.UserID && l[2] == "1" }) {
		t.Errorf("the list: %q", lines)
	}
	lines = list(t, p.Post("/consents/marketing_night/1/csv", "encoding", "cp949", "reason", "11월 점검"))
	if len(lines) != 1 || lines[0][1] != "문서" {
		t.Errorf("a list of nobody: %q", lines)
	}
	want := []string{p.ID + " consents export 11월 점검", p.ID + " consents export 11월 점검"}
	if diff := cmp.Diff(want, records(t, w, "consents%")); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

// TestLeak_ListsThePeopleOfATime is the drill of S-110 at the door: a span, a
// reason, and the list of whom to tell.
func TestLeak_ListsThePeopleOfATime(t *testing.T) {
	t.Parallel()
	w, s := club(t)
	support, p := w.Operator("en", "Mina", operator.Support), w.Operator("en", "Seojun", operator.Manager)
	says(t, support.Get("/leak"), http.StatusForbidden, "<b>Operator</b>")
	seoul := time.FixedZone("KST", 9*60*60)
	since, until := w.Clock.Now().Add(-time.Hour).In(seoul).Format("2006-01-02T15:04"), w.Clock.Now().Add(time.Hour).In(seoul).Format("2006-01-02T15:04")
	says(t, p.Get("/leak"), http.StatusOK, "72 hours")
	for _, span := range [][2]string{{"", ""}, {"yesterday", ""}, {until, since}, {since, "later"}} {
		says(t, p.Post("/leak", "since", span[0], "until", span[1], "reason", "leak 3"), http.StatusBadRequest, "Enter when it began")
	}
	says(t, p.Post("/leak", "since", since, "reason", ""), http.StatusBadRequest, "Say why")
	lines := list(t, p.Post("/leak", "since", since, "until", until, "reason", "leak 3"))
	if len(lines) != 3 || !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == s.UserID && l[1] == "010-****-5678" }) {
		t.Errorf("the people: %q", lines)
	}
	lines = list(t, p.Post("/leak", "since", since, "encoding", "cp949", "numbers", "yes", "reason", "leak 3: notice"))
	if !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == s.UserID && l[1] == theNumber }) {
		t.Errorf("the people with their numbers: %q", lines)
	}
	lines = list(t, p.Post("/leak", "since", "2020-01-01T00:00", "until", "2020-01-02T00:00", "reason", "leak 4"))
	if len(lines) != 1 {
		t.Errorf("the people of a quiet time: %q", lines)
	}
	want := []string{p.ID + " leak people masked leak 3", p.ID + " leak people leak 3: notice", p.ID + " leak people masked leak 4"}
	if diff := cmp.Diff(want, records(t, w, "leak%")); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
}

// idsOfPeople are the ids of words that the pages of members and consents put
// together.
func idsOfPeople() []string {
	ids := []string{"actor.command line", "screen.none", "consent.kind.none", "fault.account_blocked", "fault.number_gone"}
	for _, s := range account.States() {
		ids = append(ids, "member.state."+string(s))
	}
	for _, w := range []account.Way{
		account.SMS, account.Passkey, account.Password, account.TOTP, account.RecoveryCode, account.Waited, account.Once,
	} {
		ids = append(ids, "member.way."+string(w))
	}
	for _, k := range []account.NoticeKind{ // all but NumberNew, which no account page tells
		account.NumberChanged, account.NumberUndone, account.NumberLeft, account.RecoveryBegun, account.Recovered, account.FactorAdded,
		account.FactorRemoved, account.PasswordChanged, account.CodesMade, account.AfterFailures, account.NumberLocked, account.DormantSoon,
		account.SignedInOnce,
	} {
		ids = append(ids, "told."+string(k))
	}
	for _, s := range []consent.Screen{consent.SignUp, consent.Account, consent.Renewal} {
		ids = append(ids, "screen."+string(s))
	}
	for _, k := range []consent.Kind{consent.Age, consent.Document, consent.Consent, consent.Advertising, consent.AdvertisingNight, consent.Notice} {
		ids = append(ids, "consent.kind."+string(k))
	}
	for _, do := range []string{"block", "unblock", "end"} {
		ids = append(ids, "news.member."+do)
	}
	return ids
}
