package console

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/face"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// sendersView is what senders.html shows.
type sendersView struct {
	Page     frame
	Moment   string // when the provider was asked
	Notice   *notice
	Ruler    *ruler
	Senders  []senderLine
	Purposes []fact // the number that texts for each are sent from
	Purse    *purseView
}

// senderLine is one sender number.
type senderLine struct {
	Number, Roles, Path string
	Trial               string // where a test text is sent from it; "" for who may not
	State, Tone         string // of the chip
	Ends, Left          string
	LeftTone            string
	Bar                 partBar
}

// purseView is the account's money.
type purseView struct {
	Known         bool
	Won           template.HTML
	PerDay, Left  string
	Bar           partBar
	Today, Asked  string
	Floor, Runway string // the lines at which somebody is warned
}

// senderPage shows the sender numbers of the settings, and the money.
func (v *visit) senderPage() error {
	ctx := v.r.Context()
	a, err := v.readAccount(ctx)
	if err != nil {
		return err
	}
	hours, err := v.traffic.Hours(ctx, traffic.Today(db.At(v.now())))
	if err != nil {
		return err
	}
	view := &sendersView{
		Page: v.frame("title.senders"), Notice: v.lapsing(a.senders), Ruler: v.ruler(a.senders),
		Senders: v.senderLines(a.senders), Purse: v.purseView(a, spentToday(hours)),
	}
	view.Purposes = v.purposeSenders()
	var asked db.Time
	for _, s := range a.senders {
		asked = max(asked, s.ListedAt)
	}
	if asked != 0 {
		view.Moment = v.locale.say("senders.asked", "time", v.stamp(asked.Std()))
	}
	return v.show("senders.html", http.StatusOK, view)
}

// sender writes a sender number as it is told.
func (v *visit) sender(number string) string { return face.SpellSender(number) }

// roles tells what a number is for.
func (v *visit) roles(roles []string) string {
	var words []string
	for _, r := range roles {
		words = append(words, v.senderRole(r))
	}
	return strings.Join(words, ", ")
}

func (v *visit) senderRole(role string) string {
	if role == outbox.DefaultSender || role == outbox.SecondSender {
		return v.locale.say("sender." + role)
	}
	return v.locale.named("purpose", role)
}

// purposeSenders are the numbers that texts are sent from, by what for, and the
// one that takes their place.
func (v *visit) purposeSenders() (list []fact) {
	of := map[string]string{}
	for _, s := range v.outbox.Configured() {
		of[s.Role] = v.sender(s.Number)
	}
	for _, p := range verify.Purposes() {
		number := of[string(p)]
		if number == "" {
			number = v.locale.say("senders.default", "number", of[outbox.DefaultSender])
		}
		list = append(list, fact{v.purpose(string(p)), number})
	}
	list = append(list, fact{v.locale.say("senders.rest"), v.locale.say("senders.default", "number", of[outbox.DefaultSender])})
	if second := of[outbox.SecondSender]; second != "" {
		list = append(list, fact{v.locale.say("sender.second"), second})
	}
	return list
}

// senderLines are the numbers, that which ends first at the head.
func (v *visit) senderLines(senders []watch.Sender) (lines []senderLine) {
	senders = slices.Clone(senders)
	slices.SortStableFunc(senders, func(a, b watch.Sender) int {
		if a.ExpiresAt == 0 || b.ExpiresAt == 0 {
			return int(min(b.ExpiresAt, 1) - min(a.ExpiresAt, 1))
		}
		return int(max(min(a.ExpiresAt-b.ExpiresAt, 1), -1))
	})
	asked := slices.ContainsFunc(senders, func(s watch.Sender) bool { return s.Known })
	for _, s := range senders {
		line := v.senderLine(s)
		if !asked {
			line.State, line.Tone = v.locale.say("sender.unasked"), ""
		}
		lines = append(lines, line)
	}
	return lines
}

func (v *visit) senderLine(s watch.Sender) senderLine {
	l := v.locale
	line := senderLine{
		Number: v.sender(s.Number), Roles: v.roles(s.Roles), Path: link(resultsPath, "sender", s.Number),
		State: l.say("sender.used"), Tone: "ok",
	}
	if v.may(trialPath) && len(s.Roles) > 0 {
		line.Trial = link(trialPath, "role", s.Roles[0])
	}
	switch {
	case !s.Known:
		line.State, line.Tone = l.say("sender.unlisted"), "warn"
		return line
	case s.ExpiresAt == 0:
		line.Ends = l.say("sender.endless")
		return line
	case s.Lapsed:
		line.State, line.Tone = l.say("sender.lapsed"), "danger"
	case s.DaysLeft <= soon:
		line.State, line.Tone = l.say("sender.soon"), "danger"
	}
	line.Ends = s.ExpiresAt.Std().In(seoul).Format("2006-01-02")
	line.LeftTone = leftTone(s.DaysLeft)
	line.Bar = partOf(min(s.DaysLeft, rulerDays), rulerDays, line.LeftTone)
	if !s.Lapsed {
		line.Left = l.days(s.DaysLeft)
	}
	return line
}

// leftTone is the colour of so many days that are left.
func leftTone(days int) string {
	switch {
	case days <= soon:
		return "danger"
	case days <= 30:
		return "warn"
	}
	return ""
}

// runwayBar is how many days of money fill the bar.
const runwayBar = 30

// purseView tells how much money there is.
func (v *visit) purseView(a credit, today int) *purseView {
	l := v.locale
	p := &purseView{Known: a.known, Today: l.say("purse.today", "won", l.won(today)), Floor: l.say("purse.floor.none"), Runway: l.say("purse.runway.none")}
	if v.balanceFloor > 0 {
		p.Floor = l.say("purse.floor", "won", l.won(v.balanceFloor))
	}
	if v.runwayDays > 0 {
		p.Runway = l.say("purse.runway", "days", l.days(v.runwayDays))
	}
	if !a.known {
		return p
	}
	p.Won = l.markup("figure.won", "n", grouped(a.purse.Won))
	p.Asked = l.say("purse.asked", "time", v.stamp(a.purse.AskedAt.Std()))
	p.PerDay = l.say("purse.perday", "won", l.won(a.purse.PerDay))
	days, ok := a.purse.Runway()
	if !ok {
		p.PerDay, p.Left = "", l.say("purse.unspent")
		return p
	}
	p.Left = l.say("purse.left", "days", l.days(days))
	tone := ""
	switch a.purse.Alarm {
	case limit.BalanceFloor:
		tone = "danger"
	case limit.RunwayShort:
		tone = "warn"
	}
	p.Bar = partOf(min(days, runwayBar), runwayBar, tone)
	return p
}

// sendersNote is what the side bar says beside the sender numbers: the days that are left
// of the first that ends, if they are few. Where it cannot be read it says
// nothing, and the page does.
func (v *visit) sendersNote() (text, tone string) {
	senders, err := v.watch.Senders(v.r.Context())
	if err != nil {
		return "", ""
	}
	s := firstToEnd(senders)
	switch {
	case s == nil || s.DaysLeft > 30:
		return "", ""
	case s.Lapsed:
		return v.locale.say("sender.lapsed"), "danger"
	}
	return v.locale.days(s.DaysLeft), leftTone(s.DaysLeft)
}

// rulerDays are the days that the ruler shows.
const rulerDays = 180

// ruler shows the days that are left of each number, as ruler.html draws it.
type ruler struct {
	High   int
	Base   int       // where the notches begin
	Foot   int       // and where they end
	Ticks  [3]string // of one, ten and thirty days
	Soon   string    // how wide the last seven days are
	Late   string    // and the others of the last thirty
	Labels []chartLabel
	Flags  []flag
}

// flag marks the end of a number.
type flag struct {
	X, Anchor, Number, Words, Tone string
	Top, Second                    int // of its line, and of its second line of words
	Shift                          int // of the words
}

// What the ruler measures, in pixels.
const (
	flagHigh = 44
	tickHigh = 20
)

// ruler draws the numbers that end. It is nil when none does.
func (v *visit) ruler(senders []watch.Sender) *ruler {
	var ending []watch.Sender
	for _, s := range senders {
		if s.ExpiresAt != 0 && !s.Lapsed {
			ending = append(ending, s)
		}
	}
	if len(ending) == 0 {
		return nil
	}
	slices.SortFunc(ending, func(a, b watch.Sender) int { return int(max(min(a.ExpiresAt-b.ExpiresAt, 1), -1)) })
	base := flagHigh*len(ending) + tickHigh
	r := &ruler{High: base + 32, Base: base - tickHigh, Foot: base, Soon: daysAcross(soon), Late: daysAcross(30 - soon)}
	for day := 0; day <= rulerDays; day++ {
		at, high := 0, 8
		switch {
		case day%30 == 0:
			at, high = 2, tickHigh
		case day%10 == 0:
			at, high = 1, 13
		}
		r.Ticks[at] += "M" + strconv.Itoa(day) + " " + strconv.Itoa(base) + "v-" + strconv.Itoa(high)
	}
	for day := 0; day <= rulerDays; day += 30 {
		label := chartLabel{X: daysAcross(day), Text: v.locale.days(day)}
		if day == 0 {
			label.Text = v.locale.say("window.1")
		}
		r.Labels = append(r.Labels, label)
	}
	for i, s := range ending {
		date := s.ExpiresAt.Std().In(seoul).Format("01-02")
		f := flag{
			X: daysAcross(min(s.DaysLeft, rulerDays)), Anchor: "start", Shift: 8, Number: v.sender(s.Number), Tone: leftTone(s.DaysLeft),
			Words: v.locale.say("ruler.flag", "date", date, "days", v.locale.days(s.DaysLeft)), Top: flagHigh * i,
		}
		if s.DaysLeft > rulerDays*6/10 {
			f.Anchor, f.Shift = "end", -8
		}
		f.Second = f.Top + 32
		r.Flags = append(r.Flags, f)
	}
	return r
}

func daysAcross(day int) string {
	return strconv.FormatFloat(100*float64(day)/rulerDays, 'f', 2, 64) + "%"
}
