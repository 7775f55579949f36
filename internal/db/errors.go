package db

import (
	"errors"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// What Update and View may refuse, beside what their closures return.
var (
	// ErrBusy says that more acts wait than the queue holds.
	ErrBusy = fault.New(fault.Unavailable, "database_busy", "too many changes are waiting for the database").After(time.Second)
	// ErrNotKept says that the group's commit failed, or the storage failed
	// under it: nothing of the act was kept, and it may be tried again. From a
	// View it says that the server could not be reached, or its disk not be read.
	ErrNotKept = fault.New(fault.Unavailable, "database_unavailable", "the database could not keep the change").After(5 * time.Second)
	// ErrUnknown says that the connection was lost during COMMIT, or that the disk
	// did not sync it: the act may or may not have been kept. Only the caller's
	// idempotency key settles it.
	ErrUnknown = fault.New(fault.Unavailable, "outcome_unknown", "the database failed while the change was being committed").After(time.Second)
	// ErrClosed says that the database has been closed.
	ErrClosed = fault.New(fault.Unavailable, "database_closed", "the program is stopping")
)

// What Open may refuse. The text says the cure.
var (
	// ErrLocked says that another server holds this SQLite file.
	ErrLocked = errors.New("another server is running on this database")
	// ErrNewerSchema says that a newer program has migrated the database.
	ErrNewerSchema = errors.New("the database is newer than this program: install the newer program again, or restore a backup")
	// ErrOlderSchema says that migrations are missing and were not asked for.
	ErrOlderSchema = errors.New("the database is older than this program: run `sinpyo migrate up`")
	// ErrLooseRights says that others may read the database's files.
	ErrLooseRights = errors.New("the database can be read by others")
	// ErrClockOff says that this machine and the PostgreSQL server disagree
	// about the time by more than five seconds.
	ErrClockOff = errors.New("the clocks of this machine and of the database server are more than 5 s apart: set the clock")
)

// ErrConstraint is inside the error of a statement that broke a constraint:
// a key that is there already, a missing parent, a value that a CHECK forbids.
var ErrConstraint = errors.New("a constraint of the database was broken")

// statementError is a failure of the database, with the head of the statement
// that met it. Statements carry no values, so neither does the text.
type statementError struct {
	query      string
	cause      error
	constraint bool
}

func (e *statementError) Error() string {
	head := strings.Join(strings.Fields(e.query), " ")
	if len(head) > 60 {
		head = head[:60] + "…"
	}
	return e.cause.Error() + " (in " + head + ")"
}

func (e *statementError) Unwrap() error { return e.cause }

// Is reports whether the statement broke a constraint, when that is asked.
func (e *statementError) Is(target error) bool { return e.constraint && target == ErrConstraint }
