package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/results"
)

// providerView is what provider.html shows: the account's key, whether the
// provider answers, what it has refused, and what the doctor finds.
type providerView struct {
	Page        frame
	State, Tone string // of the way to the provider, as this server knows it
	Waiting     string
	Pair        pairLine
	May         bool // act
	Refused     []refusedLine
	RefusedPath string
	Findings    []findingLine
	Verdict     string
	VerdictTone string
	Examined    string // when
}

// pairLine tells which key is in use. The key itself is on no page.
type pairLine struct {
	Fingerprint, From, Since string
	State, Tone              string // whether this server uses it
	Set                      bool   // here, not in the settings
}

// refusedLine is a reason for which the provider did not take texts.
type refusedLine struct {
	Path, Means, Code, Advice string
	Texts, Last               string
	n                         int
}

// findingLine is what a check has found.
type findingLine struct {
	Number              int
	Name                string
	Sign, Tone, State   string
	Detail, Cause, Cure string
}

// refusedMost are the refused texts that the page tells of.
const refusedMost = 50

// provider shows how it stands with the provider,
// with what the checks found when they were last made by themselves.
func (v *visit) provider() error {
	if v.lastRound == nil {
		return v.showProvider(doctor.Round{})
	}
	last, _, err := v.lastRound(v.r.Context())
	if err != nil {
		return err
	}
	return v.showProvider(last)
}

// examine has the doctor look, and shows what it finds.
func (v *visit) examine() error {
	found, err := v.doctor(v.r.Context())
	if err != nil {
		return err
	}
	return v.showProvider(doctor.Round{At: db.At(v.now()), Found: found})
}

func (v *visit) showProvider(round doctor.Round) error {
	ctx := v.r.Context()
	pair, err := v.pairLine()
	if err != nil {
		return err
	}
	line, err := v.outbox.Line(ctx)
	if err != nil {
		return err
	}
	refused, err := v.results.Search(ctx, results.Filter{Status: outbox.Rejected}, "", refusedMost)
	if err != nil {
		return err
	}
	view := &providerView{
		Page: v.frame("title.provider"), Pair: pair, May: v.self.Role.May(manager), Waiting: v.waiting(line),
		RefusedPath: link(resultsPath, "status", string(outbox.Rejected)),
	}
	view.State, view.Tone = v.providerState()
	view.Refused = v.refused(refused.Rows)
	found := round.Found
	if found == nil {
		return v.show("provider.html", http.StatusOK, view)
	}
	for _, f := range found {
		view.Findings = append(view.Findings, v.findingLine(f))
	}
	worst := doctor.Worst(found)
	view.VerdictTone, view.Examined = findingTones[worst], v.stamp(round.At.Std())
	view.Verdict = v.locale.count("examined."+string(worst), doctor.Count(found, worst))
	return v.show("provider.html", http.StatusOK, view)
}

// pairLine tells which pair is to be used, and whether this server does already.
func (v *visit) pairLine() (pairLine, error) {
	l := v.locale
	chosen, err := v.pairs.Chosen(v.r.Context())
	if err != nil {
		return pairLine{}, err
	}
	line := pairLine{Fingerprint: chosen.Fingerprint, From: l.say("pair.settings"), State: l.say("pair.used"), Tone: "ok"}
	if chosen.SetAt != 0 {
		line.From, line.Since, line.Set = l.say("pair.set"), v.stamp(chosen.SetAt.Std()), true
	}
	if v.outbox.KeyInUse() != chosen.Fingerprint {
		line.State, line.Tone = l.say("pair.following"), "warn"
	}
	return line, nil
}

// refused tells why texts were not taken, the reason of the newest first.
func (v *visit) refused(rows []results.Row) (lines []refusedLine) {
	for i := range rows {
		code := rows[i].StatusCode
		at := slices.IndexFunc(lines, func(l refusedLine) bool { return l.Code == code })
		if at < 0 {
			means, advice := v.locale.codeWords(code)
			at = len(lines)
			lines = append(lines, refusedLine{
				Path: link(resultsPath, "status", string(outbox.Rejected), "code", code), Means: means, Code: code, Advice: advice,
				Last: v.stamp(moment(rows[i].CreatedAt)),
			})
		}
		lines[at].n++
		lines[at].Texts = v.locale.text(lines[at].n)
	}
	return lines
}

// findingTones are the colours of what checks find.
var findingTones = map[doctor.State]string{doctor.OK: "ok", doctor.Warning: "warn", doctor.Failed: "danger"}

func (v *visit) findingLine(f doctor.Finding) findingLine {
	return findingLine{
		Number: f.Number, Name: v.locale.say("check." + strings.ReplaceAll(f.Name, " ", "_")),
		Sign: f.State.Sign(), Tone: findingTones[f.State], State: v.locale.say("found." + string(f.State)),
		Detail: v.words(f.Detail), Cause: v.words(f.Cause), Cure: v.words(f.Cure),
	}
}

// pairView is what pair.html shows: another key pair, or back to the settings'.
type pairView struct {
	Page      frame
	Pair      pairLine
	Key       string // what was typed; the secret is typed anew
	SetError  string
	DropError string
}

// pair asks for another key pair.
func (v *visit) pair() error { return v.showPair(refusal{}) }

func (v *visit) showPair(why refusal) error {
	line, err := v.pairLine()
	if err != nil {
		return err
	}
	view := &pairView{Page: v.failed("title.pair", why), Pair: line, Key: v.typed("key")}
	if v.typed("do") == "drop" {
		view.DropError = why.Text
	} else {
		view.SetError = why.Text
	}
	return v.show("pair.html", why.code(), view)
}

// actOnPair sets another pair, or goes back to that of the settings. Either way
// the provider is asked before anything changes.
func (v *visit) actOnPair() error {
	ctx, act := v.r.Context(), v.act()
	var err error
	do := v.typed("do")
	switch do {
	case "set":
		err = v.pairs.Set(ctx, provider.Pair{Key: v.typed("key"), Secret: v.typed("secret")}, act)
	case "drop":
		err = v.pairs.Drop(ctx, act)
	default:
		return v.next(pairPath)
	}
	if err != nil {
		return v.refusePair(err)
	}
	v.tell("news.pair." + do)
	return v.next(providerPath)
}

// refusePair shows the form anew with what the provider, or the way to it, has
// against the pair.
func (v *visit) refusePair(err error) error {
	cause := doctor.RemedyOf(err).Cause
	if fault.As(err) != nil || cause == (outbox.Words{}) {
		return v.refuseAs(err, v.showPair)
	}
	return v.showPair(refusal{Text: v.locale.say("pair.refused", "cause", v.words(cause)), status: http.StatusBadRequest})
}
