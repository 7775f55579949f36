package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/sms"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// resultView is what result.html shows: one text.
type resultView struct {
	Page   frame
	ID     string
	Line   resultLine
	Tally  string // how the mark stands: "done", "apart" or "waiting"
	Says   string // the verdict
	Lead   string // why, and what to do
	Day    string
	Took   string // from the first step to the last
	Steps  []stepLine
	Course *courseFacts // nil when there is none, or it was erased
	Facts  []fact
	Text   *textView
	Others []resultLine
	Live   live // while it is under way

	Erased      bool // its number
	May         bool // see the number
	Asked       bool // the form for the number stands open
	Whole       string
	Reason      string
	ReasonError string

	Asks        bool // the provider knows of it
	Answer      string
	AnswerError string

	status int // of the answer
}

// stepLine is where the text came to.
type stepLine struct {
	Time, Tone, Text, Facts, Gap string
}

// courseFacts are what became of a verification.
type courseFacts struct {
	ID, URL string
	State   chip
	Checks  count
	Resends count
}

// count is so many of so many.
type count struct {
	Text    string
	Notches []bool
}

// fact is one line of a panel.
type fact struct{ Name, Value string }

// textView is what a text said. Nobody sees a code.
type textView struct {
	Lines []string
	Bytes string
}

// result shows one text with its way.
func (v *visit) result() error {
	return v.showResult(func(view *resultView) { view.Asked = strings.HasSuffix(v.r.URL.Path, "/number") })
}

// showResult shows the text of the address, with what add puts onto the page.
func (v *visit) showResult(add func(*resultView)) error {
	d, err := v.results.Detail(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	view := v.resultView(&d)
	if d.EndedAt == 0 || d.Verification != nil && d.Verification.EndedAt == 0 {
		if v.now().Sub(moment(d.CreatedAt)) < wayLive {
			view.Live = live{resultsPath + "/" + d.ID, wayEvery}
		}
	}
	add(view)
	if view.Whole != "" {
		view.Live = live{} // what was shown once is not asked for again
	}
	view.Page = v.failed("title.result", refusal{Text: view.ReasonError + view.AnswerError})
	return v.showLive("result.html", view.status, view)
}

func (v *visit) resultView(d *results.Detail) *resultView {
	view := &resultView{
		status: http.StatusOK, ID: d.ID, Line: v.resultLine(&d.Row), Day: v.day(moment(d.CreatedAt)), Steps: v.steps(d),
		Erased: d.To.IsZero(), May: v.self.Role.May(support), Asks: d.ProviderMessageID != "",
	}
	view.Says, view.Lead, view.Tally = v.verdict(d)
	if n := len(d.Steps); n > 1 {
		view.Took = v.took(d.Steps[n-1].At.Sub(d.Steps[0].At))
	}
	if c := d.Verification; c != nil {
		view.Course = v.courseFacts(c)
		view.Text = v.text(d.ApplicationID, c)
	}
	view.Facts = v.factsOf(d)
	for i := range d.Others {
		view.Others = append(view.Others, v.resultLine(&d.Others[i]))
	}
	return view
}

// verdict is what became of a text in a sentence, what that means and what to do,
// and how the mark stands beside it.
func (v *visit) verdict(d *results.Detail) (says, lead, tally string) {
	say := v.locale.say
	if d.EnteredAt != 0 {
		lead = say("verdict.entered.lead", "entry", v.took(d.Entry))
		if d.Arrival != 0 {
			lead = say("verdict.entered.arrived", "arrival", v.took(d.Arrival), "entry", v.took(d.Entry))
		}
		return say("verdict.entered"), lead, "done"
	}
	lead = facts(v.words(d.Why.Why), v.words(d.Why.Advice))
	switch d.Status {
	case outbox.Delivered:
		says, lead = say("verdict.delivered"), v.arrivedIn(d.Arrival)
		switch {
		case d.Verification != nil && d.Verification.Status == verify.Locked:
			says, tally = say("verdict.locked"), "apart"
		case d.Verification != nil && d.Verification.EndedAt != 0:
			says, tally = say("verdict.unused"), "apart"
		}
	case outbox.Undelivered, outbox.Rejected:
		says, tally = say("verdict."+string(d.Status), "why", v.chip(d.Message).Text), "apart"
		lead = v.words(d.Why.Advice)
	default:
		says = say("verdict." + string(d.Status))
	}
	return says, lead, tally
}

func (v *visit) arrivedIn(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return v.locale.say("verdict.arrived", "arrival", v.took(d))
}

// stepTones are the colours of the notches: a person acted, or it worked. What
// the machine did has none.
var stepTones = map[results.StepKind]string{
	results.StepStarted: "person", results.StepCarrier: "ok", results.StepEntered: "ok", results.StepJoined: "ok", results.StepSignedIn: "ok",
}

// steps are the way of a text, each step with the time since the one before.
func (v *visit) steps(d *results.Detail) []stepLine {
	lines := make([]stepLine, len(d.Steps))
	for i, s := range d.Steps {
		line := stepLine{
			Time: moment(s.At).In(seoul).Format("15:04:05.000"), Tone: stepTones[s.Kind],
			Text: v.locale.say("step." + string(s.Kind)), Facts: v.stepFacts(d, s.Kind),
		}
		if s.Kind == results.StepReported {
			line.Text = v.locale.say("step.reported." + string(d.Status))
			if toneOf[d.Status] == "danger" {
				line.Tone = "danger"
			}
		}
		if i > 0 {
			if line.Gap = v.took(s.At.Sub(d.Steps[i-1].At)); line.Gap != "" {
				line.Gap = "+" + line.Gap
			}
		}
		lines[i] = line
	}
	return lines
}

func (v *visit) stepFacts(d *results.Detail, kind results.StepKind) string {
	switch kind {
	case results.StepStarted:
		return v.purpose(d.Purpose)
	case results.StepQueued:
		return d.ID
	case results.StepGrouped:
		return d.GroupID
	case results.StepAccepted:
		return d.ProviderMessageID
	case results.StepCarrier:
		return d.Carrier
	case results.StepReported:
		return facts(strings.TrimSpace(d.StatusCode+" "+v.words(d.Why.Why)), d.Carrier)
	case results.StepEntered:
		if d.Verification != nil {
			return v.locale.say("step.entered.facts", "n", strconv.Itoa(d.Verification.Attempts), "most", strconv.Itoa(verify.Attempts))
		}
	case results.StepJoined, results.StepSignedIn:
		return d.UserID
	}
	return ""
}

// courseTones are the colours of what became of a verification.
var courseTones = map[verify.Status]string{
	verify.Pending: "warn", verify.Approved: "ok", verify.Redeemed: "ok", verify.Locked: "danger",
}

func (v *visit) courseFacts(c *verify.Course) *courseFacts {
	resends := max(0, c.Sends-1)
	of := func(n, most int) count {
		return count{v.locale.say("count.of", "n", strconv.Itoa(n), "most", strconv.Itoa(most)), notches(n, most)}
	}
	return &courseFacts{
		ID: c.ID, URL: addressOf(resultsPath, results.Filter{VerificationID: c.ID}),
		State:  chip{Tone: courseTones[c.Status], Text: v.locale.say("course." + string(c.Status))},
		Checks: of(c.Attempts, verify.Attempts), Resends: of(resends, verify.Resends),
	}
}

// factsOf are the lines of the panel on the text.
func (v *visit) factsOf(d *results.Detail) (list []fact) {
	cost := v.locale.won(d.Cost)
	if !d.Settled {
		cost = v.locale.say("fact.reserved", "won", cost)
	}
	application := d.ApplicationID
	if application == v.builtin.ID {
		application = v.builtin.Name
	}
	for _, f := range []fact{
		{"fact.purpose", v.purpose(d.Purpose)}, {"fact.sender", sender(d.Sender)}, {"fact.carrier", d.Carrier}, {"fact.type", d.Type},
		{"fact.cost", cost}, {"fact.application", application}, {"fact.member", d.UserID},
		{"fact.group", d.GroupID}, {"fact.message", d.ProviderMessageID},
	} {
		if f.Value != "" {
			list = append(list, fact{v.locale.say(f.Name), f.Value})
		}
	}
	return list
}

// text is what the text said, with dots for its code, where its words are known.
func (v *visit) text(applicationID string, c *verify.Course) *textView {
	if applicationID != v.builtin.ID || v.builtin.Texts == nil {
		return nil
	}
	blank := strings.Repeat("\x00", c.Digits) // stands nowhere else
	words := v.builtin.Texts.Text(c.Locale, blank)
	size, err := sms.Bytes(strings.ReplaceAll(words, "\x00", "0"))
	if err != nil {
		return nil
	}
	words = strings.ReplaceAll(words, "\x00", "·")
	return &textView{
		Lines: strings.Split(words, "\n"),
		Bytes: v.locale.say("text.bytes", "n", strconv.Itoa(size), "most", strconv.Itoa(sms.MaxBytes)),
	}
}

// unmask shows the whole number on this one answer. It is recorded with the
// reason.
func (v *visit) unmask() error {
	act := v.act()
	number, err := v.results.Unmask(v.r.Context(), v.r.PathValue("id"), act)
	if err != nil {
		if errors.Is(err, outbox.ErrNotFound) {
			return err
		}
		return v.refuseAs(err, func(why refusal) error {
			return v.showResult(func(view *resultView) {
				view.Asked, view.Reason, view.ReasonError, view.status = true, act.Reason, why.Text, why.code()
			})
		})
	}
	return v.showResult(func(view *resultView) { view.Whole = number.Display() })
}

// askAnswer asks the provider what it says of the text now.
func (v *visit) askAnswer() error {
	answer, err := v.results.Answer(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		if errors.Is(err, outbox.ErrNotFound) {
			return err
		}
		return v.refuseAs(err, func(why refusal) error {
			return v.showResult(func(view *resultView) { view.AnswerError, view.status = why.Text, why.code() })
		})
	}
	return v.showResult(func(view *resultView) { view.Answer = string(answer) })
}
