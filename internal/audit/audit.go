// Package audit keeps what happened, in two tables of two kinds.
//
// Events tell the way of each sign-up: started, checked, approved, joined. An
// event is written in the transaction of the act it tells of, many a second,
// and goes with its verification. Records tell what operators did; they are few, are
// kept for years, and each one's hash covers the one before it, so that a row
// edited or taken out shows (S-93): [Keep], [Walk], [List]. A mark of the newest
// record is kept beside them and sealed by [Anchors], so that taking out the
// newest ones shows as well.
//
// Neither holds a phone number, a code or a name; events point to rows by id.
package audit

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Kind says what an event tells of.
type Kind string

// The events of the sign-up path (S-92).
const (
	Started    Kind = "verification_started"
	Resent     Kind = "verification_resent"
	Checked    Kind = "verification_checked" // Detail is "right", which approves, or "wrong", of which the fifth locks
	Canceled   Kind = "verification_canceled"
	Superseded Kind = "verification_superseded"
	Expired    Kind = "verification_expired"
	Redeemed   Kind = "verification_redeemed" // by a backend; who signs in or joins redeems too
	SignedIn   Kind = "user_signed_in"        // Detail is the way
	Joined     Kind = "user_joined"
	Left       Kind = "session_ended"
	Alarm      Kind = "alarm_raised" // Detail is the rule

	// Of the factors beside a number; Detail is the kind of factor.
	FactorAdded   Kind = "factor_added" // or set anew
	FactorRemoved Kind = "factor_removed"
	FactorWrong   Kind = "factor_wrong"
)

// The events of a member's life.
const (
	SteppedUp        Kind = "user_stepped_up" // Detail is the way
	NumberChanged    Kind = "number_changed"
	NumberUndone     Kind = "number_change_undone"
	NumberLeft       Kind = "number_detached" // its new owner said that the account is not theirs
	RecoveryBegun    Kind = "recovery_begun"
	RecoveryCanceled Kind = "recovery_canceled"
	Recovered        Kind = "user_recovered" // Detail is the way
	Renamed          Kind = "user_renamed"
	Exported         Kind = "user_exported"
	Closed           Kind = "user_left"
	Dormant          Kind = "user_dormant"
)

// Event is one thing that happened. Empty fields do not apply.
type Event struct {
	Kind           Kind
	ApplicationID  string
	VerificationID string
	UserID         string
	Detail         string // a word from a fixed set
}

// Tell writes an event with the act it tells of.
func Tell(tx *db.Tx, e Event) {
	TellPast(tx, tx.Now, e)
}

// TellPast writes an event of another time, as data for demonstrations are made
// of. Events are written in the order of their times.
func TellPast(tx *db.Tx, at db.Time, e Event) {
	tx.Append(events, at, string(e.Kind), e.ApplicationID, e.VerificationID, e.UserID, e.Detail)
}

// Erase deletes events from before a time, the oldest first and at most so
// many, and returns how many.
func Erase(tx *db.Tx, before db.Time, most int) (n int, err error) {
	err = tx.Each(eraseEvents, []any{before, most}, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing events: %w", err)
	}
	return n, nil
}
