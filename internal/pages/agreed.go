package pages

import (
	"cmp"
	"errors"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// agreementView is what can be agreed to, and where a member stands with it.
type agreementView struct {
	ID       string
	Label    string
	Required bool
	Facts    string // edition and days
	Stands   bool   // the member agrees
	Renewed  bool   // to an edition that is not the current one
	Version  string // the edition agreed to, "" when not agreed
	Show     string // label of the link to its document, "" when it has none
	Closed   string // why one cannot agree now, "" when one can
}

// agreements puts what a member agreed to beside everything that can be agreed
// to. Of several editions the last one counts.
func (v *visit) agreements(given []consent.Agreement) []agreementView {
	standing := map[string]bool{}
	for _, a := range given {
		standing[a.Item] = standing[a.Item] || a.Stands()
	}
	var lines []agreementView
	for _, item := range v.consents.Items() {
		line := agreementView{ID: item.ID, Label: v.label(item), Show: v.showLabel(item), Required: item.Required, Facts: v.locale.say("account.declined")}
		for _, a := range given {
			switch {
			case a.Item != item.ID:
			case a.Stands():
				line.Stands, line.Version, line.Renewed = true, a.Version, a.Version != item.Version
				line.Facts = v.locale.say("account.agreed", "version", a.Version, "date", v.locale.date(a.AgreedAt))
			default:
				line.Facts = v.locale.say("account.withdrawn", "date", v.locale.date(a.WithdrawnAt))
			}
		}
		if day, ok := v.consents.Book().Item(item.Day); ok && !standing[item.Day] {
			line.Closed = v.locale.say("consents.day.first", "name", v.label(day))
		}
		lines = append(lines, line)
	}
	return lines
}

// consentsView is what consents.html shows.
type consentsView struct {
	Page     frame
	Consents []agreementView
	Past     []pastView
	Error    string
}

// pastView is one line of the ledger.
type pastView struct {
	Label string
	Facts string
	Path  string // of the text that was agreed to, "" when there is nothing to read
	Show  string // label of the link to it
}

// agreed shows a member all that they agreed to.
func (v *visit) agreed() error { return v.showAgreed(refusal{}) }

func (v *visit) showAgreed(why refusal) error {
	given, err := v.consents.Agreements(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	view := &consentsView{Page: v.ownFrame("title.consents", why.Text != ""), Consents: v.agreements(given), Error: why.Text}
	for _, a := range given {
		line, err := v.past(a)
		if err != nil {
			return err
		}
		view.Past = append(view.Past, line)
	}
	return v.show("consents.html", why.code(), view)
}

// past tells of one agreement, in the words that were agreed to.
func (v *visit) past(a consent.Agreement) (pastView, error) {
	text, err := v.consents.Text(v.r.Context(), a.Item, a.Version, a.Locale)
	if errors.Is(err, consent.ErrNoText) { // nobody has kept it: its name today says more than none
		item, _ := v.consents.Book().Item(a.Item)
		text.Title, err = cmp.Or(v.label(item), a.Item), nil
	}
	if err != nil {
		return pastView{}, err
	}
	line := pastView{
		Label: v.consents.Shown(text.Title),
		Facts: v.locale.say("consents.given", "version", a.Version, "moment", v.locale.moment(a.AgreedAt)),
	}
	if !a.WithdrawnAt.IsZero() {
		line.Facts = v.locale.say("consents.taken", "given", line.Facts, "moment", v.locale.moment(a.WithdrawnAt))
	}
	if !a.RemindedAt.IsZero() {
		line.Facts = v.locale.say("consents.reminded", "given", line.Facts, "date", v.locale.date(a.RemindedAt))
	}
	if text.Body != "" {
		line.Path = "/documents/" + a.Item + "/" + a.Version
		line.Show = v.locale.say("consent.show.label", "name", line.Label)
	}
	return line, nil
}

// actOnConsents agrees to an optional item, or takes that back.
func (v *visit) actOnConsents() error {
	if done, err := v.ownedForm(v.showAgreed); done || err != nil {
		return err
	}
	item, news := v.typed("item"), "news.agreed"
	var err error
	if v.typed("do") == "withdraw" {
		news = "news.withdrawn"
		err = v.consents.Withdraw(v.r.Context(), v.self.ID, consent.Account, item)
	} else {
		err = v.consents.Agree(v.r.Context(), v.self.ID, v.locale.name, consent.Account, item)
	}
	if err != nil {
		return v.refuseAs(err, v.showAgreed)
	}
	v.tell(news)
	return v.next("/account/consents")
}
