package console

import (
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// notice is what an operator should know first: a fact, what follows from it, and
// where to go.
type notice struct {
	Fact, Then, Path, Do string
	Tone                 string
}

// notice returns the notice with the given id, told with what fills its words.
func (v *visit) notice(id, tone, path string, fill ...string) *notice {
	n := &notice{Fact: v.locale.say("notice."+id, fill...), Then: v.locale.say("notice."+id+".then", fill...), Path: path, Tone: tone}
	if path != "" {
		n.Do = v.locale.say("notice." + id + ".do")
	}
	return n
}

// soon is how many days before the end of a number every page says so.
const soon = 7

// worst returns the worst of what there is to know, or nil.
func (v *visit) worst(a credit, drops []traffic.Drop) *notice {
	if v.outbox.Away() {
		return v.notice("away", "danger", "")
	}
	if a.known && a.purse.Alarm == limit.BalanceFloor {
		return v.notice("floor", "danger", sendersPath+"#money")
	}
	if n := v.lapsing(a.senders); n != nil {
		return n
	}
	for _, d := range drops {
		if d.Fallen {
			return v.fallen(d)
		}
	}
	if days, ok := a.purse.Runway(); a.known && ok && a.purse.Alarm == limit.RunwayShort {
		return v.notice("runway", "warn", sendersPath+"#money", "days", v.locale.days(days))
	}
	return nil
}

// lapsing tells of the number that ends first, if it does soon.
func (v *visit) lapsing(senders []watch.Sender) *notice {
	s := firstToEnd(senders)
	switch {
	case s == nil || s.DaysLeft > soon:
		return nil
	case s.Lapsed:
		return v.notice("lapsed", "danger", sendersPath+"#renew", "number", v.sender(s.Number), "roles", v.roles(s.Roles))
	case s.DaysLeft == 0:
		return v.notice("ending", "danger", sendersPath+"#renew", "number", v.sender(s.Number), "roles", v.roles(s.Roles))
	}
	return v.notice("lapsing", "warn", sendersPath+"#renew", "number", v.sender(s.Number), "days", v.locale.days(s.DaysLeft), "roles", v.roles(s.Roles))
}

// fallen tells of a carrier on whose phones far fewer codes are entered.
func (v *visit) fallen(d traffic.Drop) *notice {
	now, _ := d.Now.Conversion()
	usual, _ := d.Usual.Conversion()
	return v.notice("fallen", "warn", link(trafficPath, "by", "carrier"),
		"carrier", v.locale.named("carrier", d.Carrier), "now", decimal(now), "usual", decimal(usual))
}

// firstToEnd returns the sender number whose registration ends first, or nil.
func firstToEnd(senders []watch.Sender) (first *watch.Sender) {
	for i, s := range senders {
		if s.ExpiresAt != 0 && (first == nil || s.ExpiresAt < first.ExpiresAt) {
			first = &senders[i]
		}
	}
	return first
}
