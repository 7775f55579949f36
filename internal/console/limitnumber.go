package console

import (
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/limit"
)

// limitSeekView is what limitseek.html shows: the field for a number.
type limitSeekView struct {
	Page  frame
	Error string
}

// limitSeek asks for the number whose limits are looked for.
func (v *visit) limitSeek() error { return v.showLimitSeek(refusal{}) }

func (v *visit) showLimitSeek(why refusal) error {
	return v.show("limitseek.html", why.code(), &limitSeekView{Page: v.failed("title.limitnumber", why), Error: why.Text})
}

// seekLimits leads to the limits of the number that was typed.
func (v *visit) seekLimits() error {
	typed := v.typed("sought")
	if typed == "" {
		return v.showLimitSeek(v.missing("limitnumber.empty"))
	}
	token, err := v.results.NumberToken(typed)
	if err != nil {
		return v.refuseAs(err, v.showLimitSeek)
	}
	if _, whole, err := v.results.Named(token); err != nil || !whole {
		return v.showLimitSeek(v.missing("limitnumber.empty"))
	}
	return v.next(limitNumberPath + "/" + token)
}

// limitNumberView is what limitnumber.html shows: all limits of one number.
type limitNumberView struct {
	Page   frame
	Number string // masked
	Road   string // the page of all that happened to it
	Free   bool   // a text may be sent to it now
	Groups []useGroup
	Reason string
	Error  string
}

// useGroup are the limits of a number, or of a browser that signed in with it.
type useGroup struct {
	Title string
	Uses  []useLine
}

// limitNumber shows the limits of the number of the address.
func (v *visit) limitNumber() error { return v.showLimitNumber(refusal{}) }

func (v *visit) showLimitNumber(why refusal) error {
	token := v.r.PathValue("token")
	masked, number, err := v.outbox.Sought(token)
	if err != nil || number == nil {
		return v.next(limitNumberPath)
	}
	uses, err := v.limits.UsageNow(v.r.Context(), number)
	if err != nil {
		return err
	}
	view := &limitNumberView{
		Page: v.failed("title.limitnumber", why), Number: masked, Road: numbersPath + "/" + token, Free: true,
		Reason: v.typed("reason"), Error: why.Text,
	}
	for _, u := range uses {
		trusted := u.Of == "trusted browser"
		if u.Left == 0 && !trusted && (u.Rule == limit.NumberSends || u.Rule == limit.NumberLocked) {
			view.Free = false
		}
		title := v.locale.say("limitnumber.own")
		if trusted {
			title = v.locale.say("limitnumber.trusted")
		}
		first := trusted && u.Rule == limit.NumberSends && u.Per == time.Hour // a browser's limits begin so
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Title != title || first {
			view.Groups = append(view.Groups, useGroup{Title: title})
		}
		group := &view.Groups[len(view.Groups)-1]
		group.Uses = append(group.Uses, v.limitLine(u))
	}
	return v.show("limitnumber.html", why.code(), view)
}

// limitLine is one limit of a number in words: what it counts, and how much is
// used of it.
func (v *visit) limitLine(u limit.Use) useLine {
	what := "texts"
	switch {
	case u.Of == "number, in a row":
		what = "in_a_row"
	case u.Of == "number, recovery":
		what = "recovery"
	case u.Of == "number, 10 digits":
		what = "long_codes"
	case u.Rule == limit.NumberWrong:
		what = "wrong_codes"
	}
	line := useLine{Name: v.locale.say("figureof."+what, "n", grouped(u.Most), "per", v.per(u.Per)), Text: v.locale.say("use.left", "n", strconv.Itoa(u.Left))}
	if what == "texts" {
		line.Text = v.locale.say("use.of", "n", strconv.Itoa(u.Most-u.Left), "most", strconv.Itoa(u.Most))
		line.Notches = notches(u.Most-u.Left, u.Most)
	}
	if u.Until != 0 {
		line.Back = v.locale.say("use.back", "when", v.stamp(moment(u.Until)))
	}
	return line
}

// clearLimits gives the number its limits back.
func (v *visit) clearLimits() error {
	_, number, err := v.outbox.Sought(v.r.PathValue("token"))
	if err != nil || number == nil {
		return v.next(limitNumberPath)
	}
	if err := v.limits.ClearFor(v.r.Context(), number, v.act()); err != nil {
		return v.refuseAs(err, v.showLimitNumber)
	}
	v.tell("news.limits.cleared")
	return v.next(v.r.URL.Path)
}
