// Package doctor says what keeps texts from going out, and how to mend it.
//
// A [Check] looks at one thing and returns a [Finding]; [Examine] makes checks one
// after another, since later ones build on what earlier ones have found. What the
// provider or the way to it refuses has a [Remedy] by its error: see [RemedyOf].
// All of it is told in Korean and in English.
//
// The package looks at nothing itself: the program, which knows the settings,
// makes the checks. A finding holds neither keys nor phone numbers other than the
// operator's own sender.
package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
)

// State is how a check ended.
type State string

// The states, from the best to the worst.
const (
	OK      State = "ok"
	Skipped State = "skipped" // something before it must be mended first
	Warning State = "warning" // works now, and may soon not
	Failed  State = "failed"
)

// Sign is how a state is printed.
func (s State) Sign() string {
	return map[State]string{OK: "✓", Skipped: "-", Warning: "!", Failed: "✗"}[s]
}

// Remedy is why something failed and what a person does about it. The zero one
// says nothing.
type Remedy struct{ Cause, Cure outbox.Words }

// Cure returns a remedy in English and Korean.
func Cure(cause, cure, causeKorean, cureKorean string) Remedy {
	return Remedy{outbox.Words{Korean: causeKorean, English: cause}, outbox.Words{Korean: cureKorean, English: cure}}
}

// Finding is what a check has found.
type Finding struct {
	Number int
	Name   string
	State  State
	Detail outbox.Words
	Remedy
}

// MarshalJSON writes a finding for programs, in English.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Number int    `json:"number"`
		Name   string `json:"name"`
		State  State  `json:"state"`
		Detail string `json:"detail"`
		Cause  string `json:"cause,omitempty"`
		Cure   string `json:"cure,omitempty"`
	}{f.Number, f.Name, f.State, f.Detail.English, f.Cause.English, f.Cure.English})
}

// Detail is what a finding tells, in English and Korean.
func Detail(english, korean string) outbox.Words {
	return outbox.Words{Korean: korean, English: english}
}

// Plain is a detail that is the same in both languages: a path, an error.
func Plain(text string) outbox.Words { return outbox.Words{Korean: text, English: text} }

// Fine finds nothing wrong.
func Fine(detail outbox.Words) Finding { return Finding{State: OK, Detail: detail} }

// Needs is a check that waits for another.
func Needs(english, korean string, check int) Finding {
	return Skip(Detail(fmt.Sprintf("needs %s (check %d)", english, check), fmt.Sprintf("%s 먼저예요(%d번)", korean, check)))
}

// Skip finds that there is nothing to look at.
func Skip(detail outbox.Words) Finding { return Finding{State: Skipped, Detail: detail} }

// Warn finds what works now, and may soon not.
func Warn(detail outbox.Words, r Remedy) Finding {
	return Finding{State: Warning, Detail: detail, Remedy: r}
}

// Fail finds what does not work.
func Fail(detail outbox.Words, r Remedy) Finding {
	return Finding{State: Failed, Detail: detail, Remedy: r}
}

// FailedCall finds a call of the provider that failed.
func FailedCall(err error) Finding { return Fail(Plain(err.Error()), RemedyOf(err)) }

// Check looks at one thing.
type Check struct {
	Name string
	Look func(context.Context) Finding
}

// checkMost is how long one check may take.
const checkMost = 20 * time.Second

// Examine makes checks in their order and numbers what they find. When ctx ends
// it returns what was found until then, and the reason.
func Examine(ctx context.Context, checks []Check) (found []Finding, err error) {
	for i, c := range checks {
		each, cancel := context.WithTimeout(ctx, checkMost)
		f := c.Look(each)
		cancel()
		if ctx.Err() != nil {
			return found, fmt.Errorf("stopped before the checks had ended: %w", ctx.Err())
		}
		f.Number, f.Name = i+1, c.Name
		found = append(found, f)
	}
	return found, nil
}

// Worst returns OK, Warning or Failed.
func Worst(found []Finding) State {
	all := OK
	for _, f := range found {
		switch f.State {
		case Failed:
			return Failed
		case Warning:
			all = Warning
		}
	}
	return all
}

// Count returns how many ended so.
func Count(found []Finding, s State) (n int) {
	for _, f := range found {
		if f.State == s {
			n++
		}
	}
	return n
}
