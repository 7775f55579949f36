package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// membersOnPage are the members that one page lists.
const membersOnPage = 50

// membersView is what members.html shows: the members, of one state or of all.
type membersView struct {
	Page        frame
	Error       string // about the state or the place in the list
	Tabs        []menuItem
	Sought      string // why nobody was found
	Number      string // the page of the number that nobody has
	Rows        []memberLine
	Any         bool   // nothing narrows the list
	Left        string // words for a page that did not look through all
	First, Next string
}

// memberLine is one member of the list.
type memberLine struct {
	ID, Number     string
	State          chip
	Joined, Active string
}

// memberTones are the colours of where members stand.
var memberTones = map[account.State]string{
	account.StateActive: "ok", account.StateBlocked: "danger", account.StateDormant: "off", account.StateNumberless: "warn",
}

func (v *visit) memberState(s account.State) chip {
	return chip{Tone: memberTones[s], Text: v.locale.say("member.state." + string(s))}
}

// memberNumber is the number of a member, masked, or that they have none.
func (v *visit) memberNumber(n phone.Number) string {
	if n.IsZero() {
		return v.locale.say("member.numberless")
	}
	return n.String()
}

// memberList shows the members of the state in the address.
func (v *visit) memberList() error { return v.showMembers(refusal{}, "") }

// showMembers shows a page of the list. A refusal is about the member that was to
// be looked for, or about number, the page of one that nobody has.
func (v *visit) showMembers(why refusal, number string) error {
	q := v.r.URL.Query()
	state, cursor := account.State(q.Get("state")), q.Get("cursor")
	view := &membersView{Page: v.failed("title.members", why), Tabs: v.memberTabs(state), Sought: why.Text, Number: number, Any: state == ""}
	l, err := v.accounts.List(v.r.Context(), state, cursor, membersOnPage)
	if err != nil {
		return v.refuseAs(err, func(why refusal) error {
			view.Page, view.Error, view.First = v.failed("title.members", why), why.Text, membersPath
			return v.show("members.html", why.code(), view)
		})
	}
	for _, m := range l.Members {
		view.Rows = append(view.Rows, memberLine{
			ID: m.ID, Number: v.memberNumber(m.Number), State: v.memberState(m.State), Joined: v.stamp(m.CreatedAt), Active: v.stamp(m.ActiveAt),
		})
	}
	if cursor != "" {
		view.First = membersOf(state, "")
	}
	if l.Next != "" {
		view.Next = membersOf(state, l.Next)
		if len(l.Members) < membersOnPage {
			view.Left = v.locale.say("members.left", "until", v.stamp(l.Reached))
		}
	}
	return v.show("members.html", why.code(), view)
}

// memberTabs lead to the members of each state.
func (v *visit) memberTabs(chosen account.State) []menuItem {
	tabs := []menuItem{{Path: membersPath, Text: v.locale.say("filter.all"), Current: chosen == ""}}
	for _, s := range account.States() {
		tabs = append(tabs, menuItem{Path: membersOf(s, ""), Text: v.locale.say("member.state." + string(s)), Current: chosen == s})
	}
	return tabs
}

// membersOf is the address of the members of a state.
func membersOf(state account.State, cursor string) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", string(state))
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if len(q) == 0 {
		return membersPath
	}
	return membersPath + "?" + q.Encode()
}

// seekMember leads to the member of a number, or of an id. That somebody looked
// for a number is recorded.
func (v *visit) seekMember() error {
	again := func(why refusal) error { return v.showMembers(why, "") }
	typed := v.typed("sought")
	switch {
	case typed == "":
		return again(v.missing("members.seek.empty"))
	case strings.HasPrefix(typed, "usr_"):
		return v.next(membersPath + "/" + url.PathEscape(typed))
	}
	to, err := phone.Parse(typed)
	if err != nil {
		return v.refuseAs(err, again)
	}
	id, err := v.accounts.Find(v.r.Context(), to, v.act())
	if errors.Is(err, account.ErrNoUser) {
		token, err := v.results.NumberToken(typed)
		if err != nil {
			return err
		}
		return v.showMembers(refusal{Text: v.locale.say("members.nobody"), status: http.StatusNotFound}, numbersPath+"/"+token)
	}
	if err != nil {
		return err
	}
	return v.next(membersPath + "/" + id)
}
