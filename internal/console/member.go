package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/results"
)

// look reads the member of the address. That somebody looked is recorded.
func (v *visit) look() (account.Member, error) {
	act := v.act()
	act.Reason = "" // what was typed has not been taken yet
	return v.accounts.Show(v.r.Context(), v.r.PathValue("id"), act)
}

// memberView is what member.html shows: one member, and what can be done.
type memberView struct {
	Page         frame
	ID, Name     string
	Number       string // masked, or that there is none
	State        chip
	Facts        []fact
	Sessions     []browserLine
	Consents     []agreedLine
	Notices      []fact
	Seen         []seenLine
	Timeline     string // of the number, "" when there is none
	Texts        string
	Blocked, May bool   // May is also what a manager may
	Open         string // the form that stands open
	Whole        string // the number
	Block, End   whyField
	Unmask       whyField
}

// whyField is the field for a reason.
type whyField struct{ ID, Text, Error string }

// browserLine is a browser in which a member is signed in.
type browserLine struct{ ID, Label, Facts string }

// agreedLine is something that a member agreed to.
type agreedLine struct {
	Title, Facts, URL string
	State             chip
}

// seenLine is somebody who had a number shown to them.
type seenLine struct{ Name, Facts string }

// member shows one member, of whom it is recorded that somebody looked.
func (v *visit) member() error {
	return v.showMember(func(view *memberView) {
		if strings.HasSuffix(v.r.URL.Path, "/number") {
			view.Open = "number"
		}
	}, refusal{})
}

// showMember shows the member of the address, with what add puts onto the page.
func (v *visit) showMember(add func(*memberView), why refusal) error {
	m, err := v.look()
	if err != nil {
		return err
	}
	view := &memberView{
		Page: v.failed("title.member", why), ID: m.ID, Name: m.Name, Number: v.memberNumber(m.Number), State: v.memberState(m.State()),
		Facts: v.memberFacts(m), Blocked: m.State() == account.StateBlocked, May: v.self.Role.May(manager),
		Block: whyField{ID: "block-reason"}, End: whyField{ID: "end-reason"}, Unmask: whyField{ID: "reason"},
	}
	if !m.Number.IsZero() {
		token, err := v.results.NumberToken(m.Number.E164())
		if err != nil {
			return err
		}
		view.Timeline, view.Texts = numbersPath+"/"+token, addressOf(resultsPath, results.Filter{Number: token})
	}
	for _, s := range m.Sessions {
		view.Sessions = append(view.Sessions, browserLine{s.ID, s.Label, v.locale.say("member.session",
			"way", v.memberWay(s.Way), "since", v.stamp(s.CreatedAt), "seen", v.stamp(s.SeenAt))})
	}
	if err := v.addPapers(view); err != nil {
		return err
	}
	add(view)
	return v.show("member.html", why.code(), view)
}

// addPapers adds what a member agreed to and was told, and who saw the number.
func (v *visit) addPapers(view *memberView) error {
	ctx := v.r.Context()
	agreed, err := v.consents.Agreements(ctx, view.ID)
	if err != nil {
		return err
	}
	for _, a := range agreed {
		view.Consents = append(view.Consents, v.agreedLine(a))
	}
	told, err := v.accounts.Notices(ctx, view.ID)
	if err != nil {
		return err
	}
	for _, n := range told {
		line := fact{v.locale.named("told", string(n.Kind)), v.stamp(n.At)}
		if n.Texted {
			line.Value = v.locale.say("member.texted", "when", line.Value)
		}
		view.Notices = append(view.Notices, line)
	}
	seen, err := v.accounts.Seen(ctx, view.ID, seenOnPage)
	if err == nil {
		view.Seen, err = v.seenLines(seen)
	}
	return err
}

// seenOnPage are those who saw a number that one page names.
const seenOnPage = 10

// seenLines are those who had a number shown to them, with when and why.
func (v *visit) seenLines(kept []audit.Kept) (lines []seenLine, err error) {
	if len(kept) == 0 {
		return nil, nil
	}
	all, err := v.operators.List(v.r.Context())
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, op := range all {
		names[op.ID] = op.Name
	}
	for _, k := range kept {
		name := names[k.Actor]
		if name == "" {
			name = v.locale.named("actor", k.Actor)
		}
		lines = append(lines, seenLine{name, facts(v.stamp(moment(k.At)), k.Detail)})
	}
	return lines, nil
}

func (v *visit) memberFacts(m account.Member) []fact {
	language := m.Locale
	if id := "lang." + m.Locale; v.locale.has(id) {
		language = v.locale.say(id)
	}
	list := []fact{
		{"member.name", m.Name}, {"member.joined", v.stamp(m.CreatedAt)}, {"member.proved", v.stamp(m.LastProvedAt)},
		{"member.active", v.stamp(m.ActiveAt)}, {"member.blocked", v.stamp(m.BlockedAt)}, {"member.dormant", v.stamp(m.DormantAt)},
		{"member.ways", v.memberWays(m.Held)}, {"me.language", language}, {"member.id", m.ID},
	}
	var there []fact
	for _, f := range list {
		if f.Value != "" {
			there = append(there, fact{v.locale.say(f.Name), f.Value})
		}
	}
	return there
}

// memberWays are what a member signs in with, and how many of each.
func (v *visit) memberWays(h account.Held) string {
	many := func(w account.Way, n int) string {
		return v.locale.say("member.many", "way", v.memberWay(w), "n", strconv.Itoa(n))
	}
	ways := []string{v.memberWay(account.SMS)}
	if h.Passkey {
		ways = append(ways, many(account.Passkey, h.Passkeys))
	}
	if h.Password {
		ways = append(ways, v.memberWay(account.Password))
	}
	if h.TOTP {
		ways = append(ways, v.memberWay(account.TOTP))
	}
	if h.RecoveryCodes > 0 {
		ways = append(ways, many(account.RecoveryCode, h.RecoveryCodes))
	}
	return facts(ways...)
}

func (v *visit) memberWay(w account.Way) string { return v.locale.named("member.way", string(w)) }

func (v *visit) agreedLine(a consent.Agreement) agreedLine {
	line := agreedLine{
		Title: v.consentTitle(a.Item), URL: consentAt(a.Item, a.Version), State: chip{Tone: "ok", Text: v.locale.say("member.agreed")},
		Facts: facts(v.locale.say("consents.version.of", "version", a.Version), v.stamp(a.AgreedAt), v.locale.named("screen", string(a.Screen))),
	}
	if !a.Stands() {
		line.State = chip{Tone: "off", Text: v.locale.say("member.withdrawn")}
		line.Facts = facts(line.Facts, v.locale.say("member.withdrawn.at", "when", v.stamp(a.WithdrawnAt)))
	}
	return line
}

// actOnMember does to a member what a form asks for.
func (v *visit) actOnMember() error {
	ctx, id, act := v.r.Context(), v.r.PathValue("id"), v.act()
	do := v.typed("do")
	var err error
	switch do {
	case "block":
		err = v.accounts.Block(ctx, id, act)
	case "unblock":
		err = v.accounts.Unblock(ctx, id, act)
	case "end":
		if session := v.typed("session"); session != "" {
			err = v.accounts.EndSession(ctx, id, session, act)
		} else {
			err = v.accounts.EndSessions(ctx, id, act)
		}
		if errors.Is(err, account.ErrEnded) { // by somebody else, meanwhile
			err = nil
		}
	default:
		return v.next(v.r.URL.Path)
	}
	if err != nil {
		return v.refuseMember(err, func(view *memberView, why refusal) {
			view.Open = strings.TrimPrefix(do, "un")
			field := &view.Block
			if do == "end" {
				field = &view.End
			}
			field.Text, field.Error = act.Reason, why.Text
		})
	}
	v.tell("news.member." + do)
	return v.next(v.r.URL.Path)
}

// refuseMember shows the member's page with a refusal beside a field.
func (v *visit) refuseMember(err error, add func(*memberView, refusal)) error {
	if errors.Is(err, account.ErrNoUser) {
		return err
	}
	return v.refuseAs(err, func(why refusal) error {
		return v.showMember(func(view *memberView) { add(view, why) }, why)
	})
}

// unmaskMember shows the whole number on this one answer. It is recorded with the
// reason.
func (v *visit) unmaskMember() error {
	act := v.act()
	to, err := v.accounts.Unmask(v.r.Context(), v.r.PathValue("id"), act)
	if err != nil {
		return v.refuseMember(err, func(view *memberView, why refusal) {
			view.Open, view.Unmask.Text, view.Unmask.Error = "number", act.Reason, why.Text
		})
	}
	return v.showMember(func(view *memberView) { view.Whole = to.Display() }, refusal{})
}

// graveView is what the pages show that ask once more before something that
// matters: a code for one sign-in, the data of a member, erasing one.
type graveView struct {
	Page                 frame
	ID, Name, Number     string
	Why                  whyField
	NameTyped, NameError string // the name, typed again
	Code, Until          string // the code, shown once
}

// grave shows such a page.
func (v *visit) grave(template, title string, why refusal, add func(*graveView)) error {
	m, err := v.look()
	if err != nil {
		return err
	}
	view := &graveView{
		Page: v.failed(title, why), ID: m.ID, Name: m.Name, Number: v.memberNumber(m.Number),
		Why: whyField{"reason", v.typed("reason"), why.Text}, NameTyped: v.typed("name"),
	}
	add(view)
	return v.show(template, why.code(), view)
}

func leave(*graveView) {}

// again is the page anew, with a refusal about its reason.
func (v *visit) again(err error, page func(refusal, func(*graveView)) error) error {
	if errors.Is(err, account.ErrNoUser) {
		return err
	}
	return v.refuseAs(err, func(why refusal) error { return page(why, leave) })
}

func (v *visit) showOnce(why refusal, add func(*graveView)) error {
	return v.grave("membercode.html", "title.membercode", why, add)
}

// once asks for the reason of a code for one sign-in.
func (v *visit) once() error { return v.showOnce(refusal{}, leave) }

// actOnOnce makes the code and shows it, once.
func (v *visit) actOnOnce() error {
	code, until, err := v.accounts.MakeOnce(v.r.Context(), v.r.PathValue("id"), v.act())
	if err != nil {
		return v.again(err, v.showOnce)
	}
	return v.showOnce(refusal{}, func(view *graveView) { view.Code, view.Until = code, v.stamp(until) })
}

func (v *visit) showErase(why refusal, add func(*graveView)) error {
	return v.grave("membererase.html", "title.membererase", why, add)
}

// erase asks for the reason, and for the name once more.
func (v *visit) erase() error { return v.showErase(refusal{}, leave) }

// actOnErase erases a member whose name was typed.
func (v *visit) actOnErase() error {
	m, err := v.look()
	if err != nil {
		return err
	}
	if !sameName(m.Name, v.typed("name")) {
		wrong := v.missing("member.erase.wrong")
		return v.showErase(wrong, func(view *graveView) { view.Why.Error, view.NameError = "", wrong.Text })
	}
	if err := v.accounts.EraseMember(v.r.Context(), m.ID, v.act()); err != nil {
		return v.again(err, v.showErase)
	}
	v.tell("news.member.erase")
	return v.next(membersPath)
}

// sameName reports whether a name was typed again, however its letters are put
// together and its spaces shown.
func sameName(name, typed string) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }
	return plain(name) == plain(typed)
}

func (v *visit) showData(why refusal, add func(*graveView)) error {
	return v.grave("memberdata.html", "title.memberdata", why, add)
}

// data asks for the reason of a copy of all that is kept of a member.
func (v *visit) data() error { return v.showData(refusal{}, leave) }

// actOnData gives out the copy as JSON.
func (v *visit) actOnData() error {
	e, err := v.accounts.ExportMember(v.r.Context(), v.r.PathValue("id"), v.act())
	if err != nil {
		return v.again(err, v.showData)
	}
	body, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="`+e.ID+v.now().In(seoul).Format("-20060102")+`.json"`)
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(append(body, '\n')) // the browser may have gone
	return nil
}
