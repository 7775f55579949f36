package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// mostSenders is how many sender numbers are asked for.
const mostSenders = 500

// sendersCommand lists the sender numbers.
type sendersCommand struct {
	settingsFlags
	listFlags
	Days int `default:"7" help:"End with status 1 when an active number lapses within so many days."`
}

// Help is shown below the flags.
func (sendersCommand) Help() string {
	return `Run it once a day, and let status 1 wake somebody: a number that has lapsed sends nothing.

Example:  sinpyo senders --days 14 || notify-the-operator`
}

// listedSender is one sender number as it is listed.
type listedSender struct {
	Number    string   `json:"number"`
	Status    string   `json:"status"`
	Usable    bool     `json:"usable"` // active, and not lapsed
	Default   bool     `json:"default"`
	Method    string   `json:"method,omitempty"`
	ExpiresAt string   `json:"expires_at,omitempty"`
	DaysLeft  *int     `json:"days_left"` // null when the number does not lapse
	Warning   *int     `json:"warning"`   // 30, 14, 7 or 1: it lapses within so many days; 0: it has lapsed; else null
	Missing   []string `json:"missing,omitempty"`
}

// Run lists the numbers, and fails when one of them needs somebody.
func (c *sendersCommand) Run(s *shell) error {
	settings, client, err := c.provider(s)
	if err != nil {
		return err
	}
	page, err := client.SenderNumbers.List(s.ctx, coolsms.ListSenderNumbersParams{Limit: mostSenders})
	if err != nil {
		return told(err)
	}
	now := time.Now()
	list := make([]listedSender, len(page.Numbers))
	rows := [][]string{{"number", "status", "expires", "days left", "note"}}
	for i := range page.Numbers {
		list[i] = listSender(&page.Numbers[i], now, settings.CoolSMS.Sender)
		rows = append(rows, list[i].row())
	}
	if err := c.print(s, list, rows); err != nil {
		return err
	}
	return lapsing(list, c.Days)
}

func listSender(n *coolsms.SenderNumber, now time.Time, configured string) listedSender {
	l := listedSender{
		Number: n.PhoneNumber, Status: string(n.Status), Usable: n.UsableAt(now), Default: n.PhoneNumber == configured,
		Method: n.Method, Missing: n.NecessaryMeasures,
	}
	if n.ExpireAt != nil {
		left := daysLeft(*n.ExpireAt, now)
		l.ExpiresAt, l.DaysLeft = n.ExpireAt.UTC().Format(time.RFC3339), &left
		if step, ok := watch.Step(n.ExpireAt.Sub(now)); ok {
			l.Warning = &step
		}
	}
	return l
}

// daysLeft returns how many whole days are left until at, 0 when it is past.
func daysLeft(at, now time.Time) int {
	return int(max(math.Floor(at.Sub(now).Hours()/24), 0))
}

func (l *listedSender) row() []string {
	left := ""
	if l.DaysLeft != nil {
		left = strconv.Itoa(*l.DaysLeft)
	}
	var notes []string
	if l.Default {
		notes = append(notes, "coolsms.sender")
	}
	switch {
	case l.lapsed():
		notes = append(notes, "lapsed")
	case l.Usable && l.Warning != nil:
		notes = append(notes, fmt.Sprintf("lapses within %d days", *l.Warning))
	}
	if len(l.Missing) > 0 {
		notes = append(notes, "missing: "+strings.Join(l.Missing, " "))
	}
	return []string{l.Number, l.Status, l.ExpiresAt, left, strings.Join(notes, ", ")}
}

// lapsed reports whether an active number may not send because its time is
// over.
func (l *listedSender) lapsed() bool { return l.Status == string(coolsms.SenderActive) && !l.Usable }

// lapsing returns an error when an active number lapses within so many days or
// has lapsed. It names no number: the list does.
func lapsing(list []listedSender, days int) error {
	soon, past := 0, 0
	for i := range list {
		switch l := &list[i]; {
		case l.lapsed():
			past++
		case l.Usable && l.DaysLeft != nil && *l.DaysLeft < days:
			soon++
		}
	}
	var faults []error
	if past > 0 {
		faults = append(faults, fmt.Errorf("sender numbers that have lapsed: %d; texts from them are refused with 1062", past))
	}
	if soon > 0 {
		faults = append(faults, fmt.Errorf("sender numbers that lapse within %d days: %d", days, soon))
	}
	if len(faults) > 0 {
		faults = append(faults, errors.New("  renew them at 발신번호 관리 in the provider's console"))
	}
	return errors.Join(faults...)
}
