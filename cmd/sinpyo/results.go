package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
)

// resultsCommand lists what became of texts.
type resultsCommand struct {
	settingsFlags
	listFlags
	To          string        `placeholder:"NUMBER" help:"Only texts to this number."`
	From        string        `placeholder:"NUMBER" help:"Only texts from this number."`
	Group       string        `placeholder:"ID" help:"Only texts of this group."`
	Message     []string      `placeholder:"ID" help:"Only these texts; may be repeated."`
	Type        string        `placeholder:"TYPE" help:"Only texts of this type, such as SMS."`
	Status      []string      `placeholder:"CODE" help:"Only texts with these status codes."`
	Class       string        `enum:",pending,delivered,undelivered,rejected" default:"" placeholder:"CLASS" help:"Only pending, delivered, undelivered or rejected ones."`
	Since       string        `placeholder:"TIME" help:"Not before: 2h, 7d, 2026-11-22 or 2026-11-22T15:04 (Korean time)."`
	Until       string        `placeholder:"TIME" help:"Not after, written likewise."`
	Limit       int           `default:"20" help:"At most so many, the newest; 0 for all."`
	Follow      bool          `short:"f" help:"Go on, and print each text whenever its status changes."`
	Every       time.Duration `default:"2s" help:"How often --follow looks." hidden:""`
	ShowNumbers bool          `name:"show-numbers" help:"Print whole phone numbers."`
}

// Help is shown below the flags.
func (resultsCommand) Help() string {
	return `The provider keeps them for six months. What a text says is never printed: it may hold a code.

Examples:

    sinpyo results --to 010-1234-5678 --since 7d
    sinpyo results --class undelivered --since 2026-11-01 --limit 0 --csv
    sinpyo results --follow`
}

// result is what became of one text, as it is listed.
type result struct {
	MessageID  string        `json:"message_id"`
	GroupID    string        `json:"group_id"`
	CreatedAt  string        `json:"created_at"`
	UpdatedAt  string        `json:"updated_at"`
	To         string        `json:"to"`
	From       string        `json:"from"`
	Type       string        `json:"type"`
	Status     string        `json:"status"` // four digits
	Class      coolsms.Class `json:"class"`
	Meaning    string        `json:"meaning"`
	MeaningKo  string        `json:"meaning_ko"`
	Retry      coolsms.Retry `json:"retry"`  // whether the same text may get through later
	Advice     string        `json:"advice"` // what the operator should do
	Carrier    string        `json:"carrier,omitempty"`
	ReceivedAt string        `json:"received_at,omitempty"` // by the carrier's word

	created, updated time.Time
}

// Run asks the provider.
func (c *resultsCommand) Run(s *shell) error {
	params, err := c.params(time.Now())
	if err != nil {
		return usageError{err}
	}
	_, client, err := c.provider(s)
	if err != nil {
		return err
	}
	found, err := c.collect(s.ctx, client, params)
	if err != nil {
		return told(err)
	}
	if c.Follow {
		return c.follow(s, client, params, found)
	}
	list := make([]result, len(found))
	rows := [][]string{c.heads()}
	for i, m := range found {
		list[i] = c.view(m)
		rows = append(rows, c.row(list[i]))
	}
	return c.print(s, list, rows)
}

// params makes the question to the provider.
func (c *resultsCommand) params(now time.Time) (p coolsms.ListParams, err error) {
	p.MessageIDs, p.GroupID, p.Type = c.Message, c.Group, coolsms.MessageType(strings.ToUpper(c.Type))
	for _, code := range c.Status {
		if len(code) != 4 || strings.Trim(code, "0123456789") != "" {
			return p, errors.New("--status takes codes of four digits, such as 4000")
		}
		p.StatusCodes = append(p.StatusCodes, coolsms.StatusCode(code))
	}
	if c.Limit < 0 {
		return p, errors.New("--limit takes 0 or more")
	}
	if c.Follow && c.Until != "" {
		return p, errors.New("--follow and --until do not go together")
	}
	for _, f := range []struct {
		name, text string
		into       *string
	}{{"--to", c.To, &p.To}, {"--from", c.From, &p.From}} {
		if f.text == "" {
			continue
		}
		if *f.into, err = nationalDigits(f.text); err != nil {
			return p, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if p.Start, err = moment(c.Since, now); err != nil {
		return p, fmt.Errorf("--since: %w", err)
	}
	if p.End, err = moment(c.Until, now); err != nil {
		return p, fmt.Errorf("--until: %w", err)
	}
	return p, nil
}

// moment reads a time: how long ago, or a date with or without a time of day,
// which is Korean unless it names its zone. "" is the zero time.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, seoul); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("write how long ago (2h, 7d), or a date such as 2026-11-22 or 2026-11-22T15:04")
}

// collect reads as many texts as are wanted, the newest first.
func (c *resultsCommand) collect(ctx context.Context, client *coolsms.Client, p coolsms.ListParams) ([]*coolsms.StoredMessage, error) {
	if c.Class == "" && c.Limit < 100 {
		p.Limit = c.Limit // one page holds them
	}
	var found []*coolsms.StoredMessage
	for m, err := range client.Messages.All(ctx, p) {
		if err != nil {
			return nil, err
		}
		if c.wants(m) {
			found = append(found, m)
		}
		if c.Limit > 0 && len(found) == c.Limit {
			break
		}
	}
	return found, nil
}

// wants applies what the provider cannot be asked for.
func (c *resultsCommand) wants(m *coolsms.StoredMessage) bool {
	return c.Class == "" || string(m.StatusCode.Class()) == c.Class
}

func (c *resultsCommand) view(m *coolsms.StoredMessage) result {
	about := m.StatusCode.Info()
	r := result{
		MessageID: m.MessageID, GroupID: m.GroupID, CreatedAt: utcStamp(m.DateCreated), UpdatedAt: utcStamp(m.DateUpdated),
		To: hidden(m.To), From: m.From, Type: string(m.Type), Status: string(m.StatusCode), Class: about.Class,
		Meaning: about.English, MeaningKo: about.Korean, Retry: about.Retry, Advice: about.Action.English(),
		Carrier: m.NetworkName, created: m.DateCreated, updated: m.DateUpdated,
	}
	if c.ShowNumbers {
		r.To = shown(m.To)
	}
	if m.DateReceived != nil {
		r.ReceivedAt = utcStamp(*m.DateReceived)
	}
	return r
}

// utcStamp writes a time for programs, or nothing for the zero one.
func utcStamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// heads are the heads of the columns: for people a few, for programs all.
func (c *resultsCommand) heads() []string {
	if c.CSV {
		return []string{"message_id", "group_id", "created_at", "updated_at", "to", "from", "type", "status", "class", "meaning", "meaning_ko", "retry", "advice", "carrier", "received_at"}
	}
	when := "created (KST)"
	if c.Follow {
		when = "changed (KST)"
	}
	return []string{when, "to", "type", "carrier", "status", "class", "message", "meaning"}
}

func (c *resultsCommand) row(r result) []string {
	if c.CSV {
		return []string{r.MessageID, r.GroupID, r.CreatedAt, r.UpdatedAt, r.To, r.From, r.Type, r.Status, string(r.Class), r.Meaning, r.MeaningKo, string(r.Retry), r.Advice, r.Carrier, r.ReceivedAt}
	}
	at, when := r.created, ""
	if c.Follow {
		at = r.updated
	}
	if !at.IsZero() {
		when = at.In(seoul).Format("01-02 15:04:05")
	}
	return []string{when, r.To, r.Type, r.Carrier, r.Status, string(r.Class), r.MessageID, r.Meaning}
}

// overlap is how far each look of --follow reaches back behind the newest
// change it knows, for changes that the provider lists late.
const overlap = 10 * time.Second

// follow prints the texts that were found, the oldest first, and then every
// text whose status has changed, until the command is stopped.
func (c *resultsCommand) follow(s *shell, client *coolsms.Client, p coolsms.ListParams, found []*coolsms.StoredMessage) error {
	f := &follower{command: c, seen: map[string]*coolsms.StoredMessage{}}
	if !c.JSON {
		if err := c.printRow(s, c.heads()); err != nil {
			return err
		}
	}
	tick := time.NewTicker(max(c.Every, 10*time.Millisecond))
	defer tick.Stop()
	for {
		if err := f.print(s, found); err != nil {
			return err
		}
		select {
		case <-s.ctx.Done():
			return nil
		case <-tick.C:
		}
		var err error
		if found, err = f.look(s.ctx, client, p); err != nil {
			if s.ctx.Err() != nil {
				return nil //nolint:nilerr // it was told to stop
			}
			if !coolsms.IsTemporary(err) {
				return told(err)
			}
			_, _ = fmt.Fprintln(s.err, "sinpyo: warning: "+err.Error())
		}
	}
}

// follower remembers which statuses were printed.
type follower struct {
	command *resultsCommand
	seen    map[string]*coolsms.StoredMessage
	newest  time.Time // the latest change so far
}

// look reads the texts that have changed since the last look.
func (f *follower) look(ctx context.Context, client *coolsms.Client, p coolsms.ListParams) ([]*coolsms.StoredMessage, error) {
	if !f.newest.IsZero() {
		p.Start, p.ByUpdate = f.newest.Add(-overlap), true
	}
	var changed []*coolsms.StoredMessage
	for m, err := range client.Messages.All(ctx, p) {
		if err != nil {
			return nil, err
		}
		changed = append(changed, m)
	}
	return changed, nil
}

// print prints what has changed among texts, the oldest first, and forgets
// what no later look will bring again.
func (f *follower) print(s *shell, found []*coolsms.StoredMessage) error {
	for _, m := range slices.Backward(found) {
		known := f.seen[m.MessageID]
		f.seen[m.MessageID] = m
		if m.DateUpdated.After(f.newest) {
			f.newest = m.DateUpdated
		}
		if known != nil && known.StatusCode == m.StatusCode || !f.command.wants(m) {
			continue
		}
		if err := f.command.line(s, m); err != nil {
			return err
		}
	}
	for id, m := range f.seen {
		if m.DateUpdated.Before(f.newest.Add(-overlap)) {
			delete(f.seen, id)
		}
	}
	return nil
}

// line prints one text on a line of its own.
func (c *resultsCommand) line(s *shell, m *coolsms.StoredMessage) error {
	r := c.view(m)
	if c.JSON {
		return printJSONLine(s, r)
	}
	return c.printRow(s, c.row(r))
}

// printRow prints one row of a table whose later rows are not known yet.
func (c *resultsCommand) printRow(s *shell, row []string) error {
	if c.CSV {
		return printCSV(s.out, [][]string{row})
	}
	widths := [...]int{14, 13, 4, 7, 6, 11, 32} // the last column needs none
	var line strings.Builder
	for i, cell := range row {
		if i < len(widths) {
			cell = fmt.Sprintf("%-*s  ", widths[i], cell)
		}
		line.WriteString(cell)
	}
	_, err := fmt.Fprintln(s.out, line.String())
	return err
}
