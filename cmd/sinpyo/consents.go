package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// consentsCommand looks at what members agreed to. Each of its commands works
// beside a running server.
type consentsCommand struct {
	Check     consentsCheck     `cmd:"" help:"Check a file of consents and list what it asks."`
	List      consentsList      `cmd:"" help:"List every version that was ever asked, and how many agreed to it."`
	Text      consentsText      `cmd:"" help:"Print a version as it was shown."`
	Export    consentsExport    `cmd:"" help:"Print who agreed to an item, when, where and to which text; this is recorded."`
	Reminders consentsReminders `cmd:"" help:"List the advertising consents of which their members have to be told, every two years."`
	Reminded  consentsReminded  `cmd:"" help:"Note that members were told; reads their ids, one a line. This is recorded."`
	Kept      consentsKept      `cmd:"" help:"Print what a number that left had agreed to; this is recorded."`
}

// ledger makes the ledger of an installation. member is nil where nobody agrees.
func ledger(c *config.Config, d *db.DB, member func(*db.Tx, string)) (*consent.Ledger, error) {
	book, err := consent.Read(c.ConsentsFile)
	if err != nil {
		return nil, usageError{err}
	}
	return consent.New(consent.Options{
		DB: d, Book: book, GuardianURL: c.Accounts.GuardianURL, Member: member,
		Fill: map[string]string{
			"service":            c.Service.Name,
			"retention_days":     strconv.Itoa(c.RetentionDays),
			"message_days":       strconv.Itoa(c.Retention.MessageDays),
			"left_consents_days": strconv.Itoa(c.Retention.LeftConsentsDays),
		},
	}), nil
}

// openLedger makes the ledger of a server and keeps its texts.
func openLedger(ctx context.Context, c *config.Config, d *db.DB, member func(*db.Tx, string)) (*consent.Ledger, error) {
	l, err := ledger(c, d, member)
	if err != nil {
		return nil, err
	}
	err = l.KeepTexts(ctx)
	if errors.Is(err, consent.ErrTextChanged) {
		return nil, usageError{err}
	}
	return l, err
}

// withLedger runs do on the ledger of an installation.
func (f settingsFlags) withLedger(s *shell, do func(*config.Config, *db.DB, *consent.Ledger) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	l, err := ledger(settings, d, nil)
	if err == nil {
		err = do(settings, d, l)
	}
	return errors.Join(err, d.Close())
}

type consentsCheck struct {
	listFlags
	File string `arg:"" help:"The file, as consents_file would name it."`
}

// Help is shown below the flags.
func (consentsCheck) Help() string { return "Example:  sinpyo consents check consents.toml" }

// checkedItem is one item as it is listed.
type checkedItem struct {
	ID       string            `json:"id"`
	Version  string            `json:"version"`
	Kind     consent.Kind      `json:"kind"`
	Required bool              `json:"required"`
	Hashes   map[string]string `json:"hashes"` // by language
}

// Run lists the items, and the privacy notice last.
func (c *consentsCheck) Run(s *shell) error {
	book, err := consent.Read(c.File)
	if err != nil {
		return usageError{err}
	}
	rows := [][]string{append([]string{"id", "version", "kind", "required"}, consent.Languages...)}
	var list []checkedItem
	for _, item := range append(book.Items(), book.Privacy()) {
		shown := checkedItem{item.ID, item.Version, item.Kind, item.Required, map[string]string{}}
		row := []string{item.ID, item.Version, string(item.Kind), strconv.FormatBool(item.Required)}
		for _, language := range consent.Languages {
			text, _ := item.In(language)
			shown.Hashes[language] = text.Hash
			row = append(row, text.Hash[:16])
		}
		list, rows = append(list, shown), append(rows, row)
	}
	return c.print(s, list, rows)
}

type consentsList struct {
	settingsFlags
	listFlags
}

// Help is shown below the flags.
func (consentsList) Help() string {
	return `Counting reads the whole ledger, piece by piece: a few seconds for a million members.

Example:  sinpyo consents list --json`
}

// listedEdition is a version of an item as it is listed.
type listedEdition struct {
	Item      string            `json:"item"`
	Version   string            `json:"version"`
	Kind      consent.Kind      `json:"kind,omitempty"` // empty when it is asked no more
	Current   bool              `json:"current"`
	Since     string            `json:"first_shown_at"`
	Agreed    int               `json:"agreed"`
	Withdrawn int               `json:"withdrawn"`
	Standing  int               `json:"standing"`
	Hashes    map[string]string `json:"hashes"` // by language
}

// Run lists the versions.
func (c *consentsList) Run(s *shell) error {
	return c.withLedger(s, func(_ *config.Config, _ *db.DB, l *consent.Ledger) error {
		editions, err := l.Editions(s.ctx)
		if err != nil {
			return err
		}
		counts, err := l.Counts(s.ctx, time.Hour)
		if err != nil {
			return err
		}
		list := []listedEdition{}
		rows := [][]string{{"item", "version", "kind", "current", "first shown", "agreed", "withdrawn", "standing"}}
		for _, e := range editions {
			n := counts.Of(e.Item, e.Version)
			list = append(list, listedEdition{e.Item, e.Version, e.Kind, e.Current, whenUTC(e.Since), n.Agreed, n.Withdrawn, n.Stand(), e.Hashes})
			rows = append(rows, []string{
				e.Item, e.Version, string(e.Kind), strconv.FormatBool(e.Current), whenUTC(e.Since),
				strconv.Itoa(n.Agreed), strconv.Itoa(n.Withdrawn), strconv.Itoa(n.Stand()),
			})
		}
		return c.print(s, list, rows)
	})
}

type consentsText struct {
	settingsFlags
	Item    string `arg:"" help:"The id of the item."`
	Version string `arg:"" help:"The version."`
	Lang    string `enum:"ko,en" default:"ko" help:"The language: ko or en."`
}

// Help is shown below the flags.
func (consentsText) Help() string { return "Example:  sinpyo consents text terms 1 --lang en" }

// Run prints the text, its placeholders filled.
func (c *consentsText) Run(s *shell) error {
	return c.withLedger(s, func(_ *config.Config, _ *db.DB, l *consent.Ledger) error {
		text, err := l.Text(s.ctx, c.Item, c.Version, c.Lang)
		if err != nil {
			return err
		}
		return s.say("%s\n\n%s\n\nSHA-256 %s", l.Shown(text.Title), l.Shown(text.Body), text.Hash)
	})
}

type consentsExport struct {
	settingsFlags
	Item    string `required:"" help:"The id of the item."`
	Version string `help:"Only agreements to this version."`
	Reason  string `required:"" help:"Why it is needed, for the record."`
	CSV     bool   `xor:"form" help:"Print CSV, which is also what is printed without it."`
	JSON    bool   `xor:"form" help:"Print one JSON object a line."`
}

// Help is shown below the flags.
func (consentsExport) Help() string {
	return `Every agreement to the item is a line, withdrawn ones and old versions too. Members are named by their ids alone.

Example:  sinpyo consents export --item marketing_sms --reason "audit of November" > marketing.csv`
}

// agreementCells are an agreement as cells of a list.
func agreementCells(a consent.Agreement) []string {
	return []string{
		a.Item, a.Version, a.Locale, a.Hash, string(a.Screen), whenUTC(a.AgreedAt), whenUTC(a.WithdrawnAt), string(a.WithdrawnScreen),
	}
}

// agreementHeads are the heads of agreementCells.
var agreementHeads = []string{"item", "version", "language", "hash", "screen", "agreed", "withdrawn", "withdrawn on"}

// whenUTC writes a time, or nothing for the zero one.
func whenUTC(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// Run prints the agreements as they are read: there may be millions.
func (c *consentsExport) Run(s *shell) error {
	return c.withLedger(s, func(_ *config.Config, _ *db.DB, l *consent.Ledger) error {
		act := audit.Act{Actor: "command line", Reason: c.Reason}
		if c.JSON {
			return l.Export(s.ctx, c.Item, c.Version, act, func(e consent.Entry) error { return printJSONLine(s, e) })
		}
		w := csv.NewWriter(s.out)
		if err := w.Write(slices.Concat([]string{"user"}, agreementHeads, []string{"reminded"})); err != nil {
			return err
		}
		err := l.Export(s.ctx, c.Item, c.Version, act, func(e consent.Entry) error {
			return w.Write(plainCells(slices.Concat([]string{e.UserID}, agreementCells(e.Agreement), []string{whenUTC(e.RemindedAt)})))
		})
		w.Flush()
		return errors.Join(err, w.Error())
	})
}

type consentsReminders struct {
	settingsFlags
	listFlags
	Ahead span `default:"30d" placeholder:"SPAN" help:"Include those whose two years end within this time; 30d when left out."`
}

// Help is shown below the flags.
func (consentsReminders) Help() string {
	return `Two years after a consent to advertising, and every two years from then on, its member has to be told that and when they
agreed, and how to withdraw. Tell them, then note it:

    sinpyo consents reminders --json
    sinpyo consents reminded < told.txt`
}

// Run lists the reminders.
func (c *consentsReminders) Run(s *shell) error {
	return c.withLedger(s, func(_ *config.Config, _ *db.DB, l *consent.Ledger) error {
		due, err := l.RemindDue(s.ctx, time.Duration(c.Ahead))
		if err != nil {
			return err
		}
		rows := [][]string{{"user", "item", "agreed", "due"}}
		for _, r := range due {
			rows = append(rows, []string{r.UserID, r.Item, whenUTC(r.AgreedAt), whenUTC(r.Due)})
		}
		return c.print(s, append([]consent.Reminder{}, due...), rows)
	})
}

type consentsReminded struct {
	settingsFlags
}

// Help is shown below the flags.
func (consentsReminded) Help() string { return "Example:  sinpyo consents reminded < told.txt" }

// Run notes the reminders, member by member.
func (c *consentsReminded) Run(s *shell) error {
	return c.withLedger(s, func(_ *config.Config, d *db.DB, l *consent.Ledger) error {
		members, consents := 0, 0
		lines := bufio.NewScanner(s.in)
		for lines.Scan() {
			userID := strings.TrimSpace(lines.Text())
			if userID == "" {
				continue
			}
			var n int
			err := d.Update(s.ctx, func(tx *db.Tx) (err error) {
				n, err = l.Reminded(tx, userID)
				return err
			})
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("%s agrees to no advertising; %d members before were noted", userID, members)
			}
			members, consents = members+1, consents+n
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("reading the ids: %w", err)
		}
		told := fmt.Sprintf("%d members, %d consents", members, consents)
		err := d.Update(s.ctx, func(tx *db.Tx) error {
			return audit.Keep(tx, audit.Record{Actor: "command line", Act: "consents reminded", Detail: told})
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, "noted: "+told)
		return err
	})
}

type consentsKept struct {
	settingsFlags
	listFlags
	Number string `arg:"" help:"A Korean mobile number in any usual spelling."`
	Reason string `required:"" help:"Why it is needed, for the record."`
}

// Help is shown below the flags.
func (consentsKept) Help() string {
	return `Example:  sinpyo consents kept 010-1234-5678 --reason "complaint 4711"`
}

// Run prints what is kept apart under the number's keyed hash, by which the
// record names it too.
func (c *consentsKept) Run(s *shell) error {
	to, err := phone.Parse(c.Number)
	if err != nil {
		return usageError{err}
	}
	return c.withLedger(s, func(settings *config.Config, d *db.DB, l *consent.Ledger) error {
		keys, err := openKeys(s.ctx, settings, d)
		if err != nil {
			return err
		}
		number := keys.Ring().Whole(to)
		err = d.Update(s.ctx, func(tx *db.Tx) error {
			return audit.Keep(tx, audit.Record{Actor: "command line", Act: "consents kept", Subject: hex.EncodeToString(number), Detail: c.Reason})
		})
		if err != nil {
			return err
		}
		kept, err := l.Kept(s.ctx, number)
		if err != nil {
			return err
		}
		rows := [][]string{slices.Concat(agreementHeads, []string{"left"})}
		for _, k := range kept {
			rows = append(rows, append(agreementCells(k.Agreement), whenUTC(k.LeftAt)))
		}
		return c.print(s, append([]consent.Kept{}, kept...), rows)
	})
}
