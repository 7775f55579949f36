package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/results"
)

// leakCommand helps after a leak (S-110).
type leakCommand struct {
	People leakPeople `cmd:"" help:"List who was texted, and which members did something, in a time span."`
}

type leakPeople struct {
	settingsFlags
	listFlags
	Since   string `required:"" placeholder:"TIME" help:"Not before: 2h, 7d, 2026-11-22 or 2026-11-22T15:04 (Korean time)."`
	Until   string `placeholder:"TIME" help:"Before, written likewise; now, unless given."`
	Numbers bool   `help:"Print whole numbers; needs --reason and is recorded."`
	Reason  string `placeholder:"TEXT" help:"Why, for the record. Write no name and no number."`
}

// Help is shown below the flags.
func (leakPeople) Help() string {
	return `The law wants a notice to everybody concerned within 72 hours (PIPA 34). What was erased meanwhile is not
listed, and whoever took the database took everybody in it.

Example:  sinpyo leak people --since 2026-11-20 --until 2026-11-21 --numbers --reason 'leak 3' --csv`
}

// shownPerson is somebody as they are listed.
type shownPerson struct {
	User  string `json:"user_id,omitempty"` // empty for a number that is nobody's
	Phone string `json:"phone"`             // empty when it was erased
	First string `json:"first_at"`
	Last  string `json:"last_at"`
}

// Run lists them.
func (c *leakPeople) Run(s *shell) error {
	now := time.Now()
	since, err := moment(c.Since, now)
	if err != nil {
		return usageError{fmt.Errorf("--since: %w", err)}
	}
	until, err := moment(c.Until, now)
	if err != nil {
		return usageError{fmt.Errorf("--until: %w", err)}
	}
	if until.IsZero() {
		until = now
	}
	if c.Numbers && strings.TrimSpace(c.Reason) == "" {
		return usageError{errors.New("--numbers needs --reason")}
	}
	return c.withReading(s, func(r reading) error {
		if c.Numbers {
			if err := r.results.Keep(s.ctx, "leak people", results.Act{Actor: "command line", Reason: c.Reason}); err != nil {
				return err
			}
		}
		list := []shownPerson{}
		rows := [][]string{{"user", "phone", "first (UTC)", "last (UTC)"}}
		err := r.accounts.Touched(s.ctx, r.outbox, since, until, func(p account.Person) error {
			shown := shownPerson{p.UserID, p.Number.String(), utcStamp(p.First.Std()), utcStamp(p.Last.Std())}
			if c.Numbers {
				shown.Phone = p.Number.Display()
			}
			list = append(list, shown)
			rows = append(rows, []string{shown.User, shown.Phone, shown.First, shown.Last})
			return nil
		})
		if err != nil {
			return err
		}
		return c.print(s, list, rows)
	})
}
