package limit

import (
	"context"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Decided is what a rule made of a number's start or check, and how often within
// a second.
type Decided struct {
	At          db.Time
	Rule        Rule
	Outcome     Outcome
	Application string
	Times       int64
}

// Decisions returns what was refused to a number between two times, or would
// have been, the newest first and at most so many.
func (l *Limits) Decisions(tx *db.Tx, number []byte, since, until db.Time, most int) (list []Decided, err error) {
	err = tx.Each(decisionsOfNumber, []any{number, since, until, most}, func(scan func(...any) error) error {
		var d Decided
		err := scan(&d.At, &d.Rule, &d.Outcome, &d.Application, &d.Times)
		list = append(list, d)
		return err
	})
	return list, failed("reading decisions", err)
}

// DecidedHour is how often a rule decided in an hour.
type DecidedHour struct {
	Hour    int64 // since the epoch
	Rule    Rule
	Outcome Outcome
	Times   int
}

// DecidedHours returns how often each rule decided in some hours, those of now
// but for the last second.
func (l *Limits) DecidedHours(ctx context.Context, from, to int64) (list []DecidedHour, err error) {
	err = l.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(decisionHours, []any{from, to}, func(scan func(...any) error) error {
			var d DecidedHour
			err := scan(&d.Hour, &d.Rule, &d.Outcome, &d.Times)
			list = append(list, d)
			return err
		})
	})
	return list, failed("counting decisions", err)
}
