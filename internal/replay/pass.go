package replay

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// pass is one policy on its way through the texts.
type pass struct {
	policy  Policy
	price   int
	outcome Outcome

	numbers      map[key]times      // of the last 24 hours
	networks     map[key]times      // of the last hour
	applications map[string]*window // their last minute
	installation window
	favoured     window // texts with priority of the last two seconds
	day          int64  // in Seoul
	spent        int    // won of the day
	refused      map[string]refusal
}

// refusal is a start that was refused: its other texts are not sent either.
type refusal struct {
	at db.Time
	by Limit
}

func newPass(p Policy, price int) *pass {
	return &pass{
		policy: p, price: max(price, 1), outcome: Outcome{Policy: p, By: map[Limit]Tally{}},
		numbers: map[key]times{}, networks: map[key]times{}, applications: map[string]*window{}, refused: map[string]refusal{},
	}
}

// text takes one text through the policy.
func (r *pass) text(t *text, counted bool) {
	if earlier, gone := r.refused[t.verification]; gone {
		r.note(earlier.by, Tally{Won: t.cost}, counted)
		return
	}
	challenged := t.begins && t.networkKnown && !r.networks[t.network].admit(t.at, r.policy.Figure(NetworkHour), hour)
	by := r.refuses(t)
	switch {
	case by != "" && t.begins:
		r.refused[t.verification] = refusal{t.at, by}
		r.note(by, Tally{Starts: 1, Verified: one(t.approved), Won: t.cost}, counted)
		return
	case by != "":
		r.note(by, Tally{Resends: 1, Won: t.cost}, counted)
		return
	case challenged:
		r.note(NetworkHour, Tally{Starts: 1, Verified: one(t.approved), Won: t.cost}, counted)
	}
	r.take(t)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (r *pass) note(by Limit, t Tally, counted bool) {
	if !counted {
		return
	}
	if by == NetworkHour {
		r.outcome.Challenged.add(t)
	} else {
		r.outcome.Blocked.add(t)
	}
	sum := r.outcome.By[by]
	sum.add(t)
	r.outcome.By[by] = sum
}

// refuses returns which limit refuses a text, in the order in which package limit
// asks them.
func (r *pass) refuses(t *text) Limit {
	if today := seoulDay(t.at); today != r.day {
		r.day, r.spent = today, 0
	}
	own := r.applications[t.application]
	if own == nil {
		own = &window{}
		r.applications[t.application] = own
	}
	switch {
	case own.used(t.at, time.Minute) >= r.policy.minuteOf(t.application):
		return ApplicationMinute
	case r.installation.used(t.at, time.Minute) >= r.policy.Figure(InstallationMinute):
		return InstallationMinute
	case r.wonLeft(t) < r.price:
		return WonDay
	case t.trusted || t.erased: // what a browser has of its own is no part of a policy
		return ""
	}
	sent := r.numbers[t.number]
	switch {
	case !sent.admit(t.at, 1, time.Duration(r.policy.Figure(NumberPause))*time.Second):
		return NumberPause
	case !sent.admit(t.at, r.policy.Figure(NumberHour), hour):
		return NumberHour
	case !sent.admit(t.at, r.policy.Figure(NumberDay), day):
		return NumberDay
	}
	return ""
}

// sliceLife is how long a node may use what it was granted.
const sliceLife = 2 * time.Second

// wonLeft returns what a text may still cost. One without priority may have been
// granted before what has it took more in the two seconds before.
func (r *pass) wonLeft(t *text) int {
	won := r.policy.Figure(WonDay)
	if t.priority || t.erased {
		return won - r.spent
	}
	return won - limit.KeptForPriority(won) - r.spent + r.price*r.favoured.used(t.at, sliceLife)
}

// take counts a text that is sent.
func (r *pass) take(t *text) {
	r.applications[t.application].add(t.at)
	r.installation.add(t.at)
	r.spent += min(t.cost, r.price)
	if t.priority || t.erased {
		r.favoured.add(t.at)
	}
	if t.begins && t.networkKnown {
		r.networks[t.network] = r.networks[t.network].add(t.at, r.policy.Figure(NetworkHour))
	}
	if !t.trusted && !t.erased {
		r.numbers[t.number] = r.numbers[t.number].add(t.at, max(r.policy.Figure(NumberHour), r.policy.Figure(NumberDay)))
	}
}

// forget leaves out what no text from now on meets any more.
func (r *pass) forget(now db.Time) {
	for k, sent := range r.numbers {
		if sent[len(sent)-1] <= now.Add(-day) {
			delete(r.numbers, k)
		}
	}
	for k, sent := range r.networks {
		if sent[len(sent)-1] <= now.Add(-hour) {
			delete(r.networks, k)
		}
	}
	for id, refused := range r.refused {
		if refused.at <= now.Add(-hour) {
			delete(r.refused, id)
		}
	}
	for id, m := range r.applications {
		if m.used(now, time.Minute) == 0 {
			delete(r.applications, id)
		}
	}
}

// times are the newest texts of a number or a network, the newest last.
type times []db.Time

// admit reports whether fewer than most of them are younger than a window.
func (s times) admit(now db.Time, most int, window time.Duration) bool {
	return len(s) < most || s[len(s)-most] <= now.Add(-window)
}

// add returns them with one more and without those that are not asked for.
func (s times) add(now db.Time, most int) times {
	if len(s) < most {
		return append(s, now)
	}
	copy(s, s[1:])
	s[len(s)-1] = now
	return s
}

// window holds the texts of a short time.
type window struct {
	sent []db.Time
	old  int // of them are older
}

// used returns how many texts there were in so long before now.
func (w *window) used(now db.Time, long time.Duration) int {
	for w.old < len(w.sent) && w.sent[w.old] <= now.Add(-long) {
		w.old++
	}
	return len(w.sent) - w.old
}

// add counts one more, and lets go of what is older once that is most of it.
func (w *window) add(now db.Time) {
	if w.old > 64 && 2*w.old > len(w.sent) {
		w.sent = append(w.sent[:0], w.sent[w.old:]...)
		w.old = 0
	}
	w.sent = append(w.sent, now)
}
