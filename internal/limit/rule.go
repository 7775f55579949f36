package limit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// Rule names a limit, in settings, decisions and metrics.
type Rule string

// The rules.
const (
	NumberSends  Rule = "number_sends"            // texts to a number (S-20)
	NumberWrong  Rule = "number_wrong"            // wrong codes of a number (S-16, S-17)
	NumberLocked Rule = "number_locked"           // a hundred wrong codes in a row (S-18)
	DeviceSends  Rule = "device"                  // what a trusted browser has of its own (S-19)
	Network      Rule = "network"                 // sends and numbers of a network (S-21)
	Application  Rule = "application_per_minute"  // sends of an application (S-22)
	Installation Rule = "installation_per_minute" // sends of all (S-22)
	Won          Rule = "won_per_day"             // what texts may cost a day (S-22)
	Conversion   Rule = "conversion"              // too few of an application's texts are answered (S-24)
	Spraying     Rule = "spraying"                // too many wrong codes over all numbers (S-25)
	Range        Rule = "number_range"            // starts for numbers near to each other, whatever network they come from
)

// Rules lists all rules.
func Rules() []Rule {
	return []Rule{
		NumberSends, NumberWrong, NumberLocked, DeviceSends, Network,
		Application, Installation, Won, Conversion, Spraying, Range,
	}
}

// ParseRules reads names parted by commas or spaces. Its error goes on where
// the name of a setting ends.
func ParseRules(text string) ([]Rule, error) {
	var rules []Rule
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(Rules(), Rule(name)) {
			return nil, fmt.Errorf("must list rules (%s); got %q", join(Rules()), name)
		}
		rules = append(rules, Rule(name))
	}
	return rules, nil
}

func join(rules []Rule) string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// The refusals of this package. The copy that reaches the caller says in
// RetryAfter how long to wait, where waiting helps.
var (
	// ErrNumber refuses because a limit of the number is spent.
	ErrNumber = fault.New(fault.TooMany, "number_limited",
		"the limit of this number is reached: wait for Retry-After and try again")
	// ErrLocked refuses a number with a hundred wrong codes in a row (S-18).
	ErrLocked = fault.New(fault.Forbidden, "number_locked",
		"too many wrong codes in a row were tried for this number: only a verification with purpose recovery goes on")
	// ErrChallenge asks the caller to solve a challenge and to start again.
	ErrChallenge = fault.New(fault.TooMany, "network_limited",
		"too much comes from this network, or an attack is under way: solve a challenge, or wait for Retry-After, and try again")
	// ErrBudget refuses because a ceiling of the application or of the
	// installation is reached.
	ErrBudget = fault.New(fault.Unavailable, "budget_spent",
		"the budget of texts of this application or installation is spent: wait for Retry-After and try again")
	// ErrUnreadable refuses because what is needed to decide cannot be read
	// (S-26).
	ErrUnreadable = fault.New(fault.Unavailable, "limits_unreadable",
		"the limits cannot be read at the moment, so nothing is sent: try again after Retry-After")
)
