package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/sheet"
)

// countWait is how long a page waits for what is counted beside it.
const countWait = 100 * time.Millisecond

// consentsView is what consents.html shows: all that members were ever asked.
type consentsView struct {
	Page     frame
	Editions []editionLine
	Counted  string // when; that it is under way
}

// editionLine is a version of an item.
type editionLine struct {
	Item, Version, URL       string
	Title                    string
	Kind                     string
	State                    chip
	Since                    string
	Agreed, Withdrawn, Stand string // "" where nobody agrees, or nothing was counted yet
}

// consentAt is the address of a version.
func consentAt(item, version string) string {
	return consentsPath + "/" + url.PathEscape(item) + "/" + url.PathEscape(version)
}

// consentTitle is the title of an item that is asked now, or its id.
func (v *visit) consentTitle(id string) string {
	if item, ok := v.consents.Book().Item(id); ok {
		text, _ := item.In(v.locale.name)
		return v.consents.Shown(text.Title)
	}
	return id
}

// consentList shows every version of everything that was ever asked.
func (v *visit) consentList() error {
	editions, err := v.consents.Editions(v.r.Context())
	if err != nil {
		return err
	}
	counts, err := v.consents.Counts(v.r.Context(), countWait)
	if err != nil {
		return err
	}
	view := &consentsView{Page: v.frame("title.consents"), Counted: v.counted(counts)}
	for _, e := range editions {
		view.Editions = append(view.Editions, v.editionLine(e, counts))
	}
	return v.show("consents.html", http.StatusOK, view)
}

// counted says as of when something was counted.
func (v *visit) counted(c consent.Counts) string {
	if c.At.IsZero() {
		return v.locale.say("consents.counting")
	}
	return v.locale.say("consents.counted", "when", v.stamp(c.At))
}

func (v *visit) editionLine(e consent.Edition, counts consent.Counts) editionLine {
	line := editionLine{
		Item: e.Item, Version: e.Version, URL: consentAt(e.Item, e.Version), Title: e.Item, Since: v.stamp(e.Since),
		Kind: v.locale.named("consent.kind", string(e.Kind)), State: chip{Tone: "off", Text: v.locale.say("consents.past")},
	}
	for _, locale := range append([]string{v.locale.name}, consent.Languages...) {
		if title := e.Titles[locale]; title != "" {
			line.Title = v.consents.Shown(title)
			break
		}
	}
	switch {
	case e.Current && e.Kind == consent.Notice:
		line.State = chip{Tone: "ok", Text: v.locale.say("consents.announced")}
	case e.Current:
		line.State = chip{Tone: "ok", Text: v.locale.say("consents.current")}
	}
	if e.Kind != consent.Notice && !counts.At.IsZero() {
		n := counts.Of(e.Item, e.Version)
		line.Agreed, line.Withdrawn, line.Stand = grouped(n.Agreed), grouped(n.Withdrawn), grouped(n.Stand())
	}
	return line
}

// consentView is what consent.html shows: one version, as people read it.
type consentView struct {
	Page    frame
	Line    editionLine
	Counted string
	Facts   []fact
	Texts   []consentText
	CSV     string // "" for who may not have it
}

// consentText is a version in one language.
type consentText struct{ Locale, Language, Title, Body, Hash string }

// edition finds the version of the address.
func (v *visit) edition() (consent.Edition, error) {
	editions, err := v.consents.Editions(v.r.Context())
	if err != nil {
		return consent.Edition{}, err
	}
	item, version := v.r.PathValue("item"), v.r.PathValue("version")
	at := slices.IndexFunc(editions, func(e consent.Edition) bool { return e.Item == item && e.Version == version })
	if at < 0 {
		return consent.Edition{}, consent.ErrNoText
	}
	return editions[at], nil
}

// consent shows one version.
func (v *visit) consent() error {
	e, err := v.edition()
	if err != nil {
		return err
	}
	counts, err := v.consents.Counts(v.r.Context(), countWait)
	if err != nil {
		return err
	}
	view := &consentView{Page: v.frame("title.consent"), Line: v.editionLine(e, counts), Counted: v.counted(counts)}
	need := ""
	if e.Kind != "" && e.Kind != consent.Notice {
		need = v.locale.say("consents.optional")
		if e.Required {
			need = v.locale.say("consents.required")
		}
	}
	view.Facts = []fact{{v.locale.say("consents.kind"), facts(view.Line.Kind, need)}, {v.locale.say("consents.version"), e.Version},
		{v.locale.say("consents.since"), view.Line.Since}, {"ID", e.Item}}
	for _, locale := range consent.Languages {
		text, err := v.consents.Text(v.r.Context(), e.Item, e.Version, locale)
		if errors.Is(err, consent.ErrNoText) {
			continue
		}
		if err != nil {
			return err
		}
		view.Texts = append(view.Texts, consentText{
			locale, v.locale.say("lang." + locale), v.consents.Shown(text.Title), v.consents.Shown(text.Body), e.Hashes[locale],
		})
	}
	if v.self.Role.May(manager) && e.Kind != consent.Notice {
		view.CSV = view.Line.URL + "/csv"
	}
	return v.show("consent.html", http.StatusOK, view)
}

// ledgerView is what consentcsv.html shows: what to write, how, and why.
type ledgerView struct {
	Page  frame
	Line  editionLine
	CP949 bool
	Why   whyField
}

// ledger asks for the reason of an export.
func (v *visit) ledger() error { return v.showLedger(refusal{}) }

func (v *visit) showLedger(why refusal) error {
	e, err := v.edition()
	if err != nil {
		return err
	}
	return v.show("consentcsv.html", why.code(), &ledgerView{
		Page: v.failed("title.consentcsv", why), Line: v.editionLine(e, consent.Counts{}),
		CP949: v.typed("encoding") == string(sheet.CP949), Why: whyField{"reason", v.typed("reason"), why.Text},
	})
}

// actOnLedger writes who agreed to a version as CSV.
func (v *visit) actOnLedger() error {
	e, err := v.edition()
	if err != nil {
		return err
	}
	heads := []string{"member.id", "ledger.item", "consents.version", "me.language", "ledger.hash", "ledger.screen", "ledger.agreed",
		"ledger.withdrawn", "ledger.withdrawn.screen", "ledger.reminded"}
	return v.giveList("consents-"+e.Item+"-"+e.Version, heads, v.showLedger, func(row func(...string) error) error {
		return v.consents.Export(v.r.Context(), e.Item, e.Version, v.act(), func(a consent.Entry) error {
			return row(a.UserID, a.Item, a.Version, a.Locale, a.Hash, string(a.Screen), clock(a.AgreedAt), clock(a.WithdrawnAt),
				string(a.WithdrawnScreen), clock(a.RemindedAt))
		})
	})
}
