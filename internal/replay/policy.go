package replay

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// Limit names one figure of a policy, in addresses, flags and answers.
type Limit string

// The figures.
const (
	NumberPause        Limit = "number_pause"        // seconds between two texts to a number
	NumberHour         Limit = "number_hour"         // texts to a number in an hour
	NumberDay          Limit = "number_day"          // texts to a number in 24 hours
	NetworkHour        Limit = "network_hour"        // starts from a network in an hour
	ApplicationMinute  Limit = "application_minute"  // texts of an application in a minute
	InstallationMinute Limit = "installation_minute" // texts in a minute
	WonDay             Limit = "won_day"             // won a day in Seoul
)

// Limits lists them, in the order in which a policy is told.
func Limits() []Limit {
	return []Limit{NumberPause, NumberHour, NumberDay, NetworkHour, ApplicationMinute, InstallationMinute, WonDay}
}

// Bounds returns the least and the most that a figure can be.
func Bounds(name Limit) (least, most int) {
	switch name {
	case NumberPause:
		return 0, 24 * 3600
	case NumberHour, NumberDay:
		return 1, 1000
	case NetworkHour:
		return 1, 10_000
	case WonDay:
		return limit.Bounds(limit.Won)
	case ApplicationMinute, InstallationMinute:
	}
	return limit.Bounds(limit.Application)
}

// ErrPolicy refuses a figure that is out of bounds, or a window.
var ErrPolicy = fault.New(fault.Invalid, "policy_invalid",
	"a policy's figures are whole numbers: number_pause from 0 to 86400 seconds, number_hour and number_day from 1 to 1000, "+
		"network_hour from 1 to 10000, application_minute and installation_minute from 1 to 1000000, won_day from 0 to 1000000000; "+
		"days from 1 to 30")

// Policy is what is tried out.
type Policy struct {
	figures      [7]int
	applications map[string]int // a minute of those that have a budget of their own
}

// place is where a figure stands.
func place(name Limit) int {
	for i, n := range Limits() {
		if n == name {
			return i
		}
	}
	return -1
}

// Figure returns one figure of the policy.
func (p *Policy) Figure(name Limit) int { return p.figures[place(name)] }

// Set changes one figure. Refusal: [ErrPolicy].
func (p *Policy) Set(name Limit, n int) error {
	at := place(name)
	if at < 0 {
		return ErrPolicy
	}
	if least, most := Bounds(name); n < least || n > most {
		return ErrPolicy
	}
	p.figures[at] = n
	return nil
}

// InForce returns the policy that holds now.
func InForce(tx *db.Tx, l *limit.Limits) (Policy, error) {
	budgets, err := l.Budgets(tx)
	if err != nil {
		return Policy{}, err
	}
	s := limit.SendLimits()
	p := Policy{
		figures:      [7]int{int(s.Pause / time.Second), s.NumberHour, s.NumberDay, s.NetworkHour},
		applications: map[string]int{},
	}
	for _, b := range budgets {
		switch {
		case b.Application != "":
			p.applications[b.Application] = b.Most
		case b.Rule == limit.Won:
			p.figures[place(WonDay)] = b.Most
		case b.Rule == limit.Installation:
			p.figures[place(InstallationMinute)] = b.Most
		default:
			p.figures[place(ApplicationMinute)] = b.Most
		}
	}
	return p, nil
}

// minuteOf is how many texts an application may send in a minute.
func (p *Policy) minuteOf(application string) int {
	if own, ok := p.applications[application]; ok {
		return own
	}
	return p.Figure(ApplicationMinute)
}
