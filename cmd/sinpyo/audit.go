package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

// auditCommand looks at the records of what operators did. Each of its commands
// works beside a running server.
type auditCommand struct {
	List   auditList   `cmd:"" help:"List what operators did."`
	Verify auditVerify `cmd:"" help:"Look whether a record was changed, taken out or put in."`
}

// withRecords runs do on the records of an installation.
func (f settingsFlags) withRecords(s *shell, do func(*audit.Book) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	keys, err := openKeys(s.ctx, settings, d)
	if err == nil {
		err = do(audit.NewBook(d, keys.Ring()))
	}
	return errors.Join(err, d.Close())
}

type auditList struct {
	settingsFlags
	listFlags
	Since   string `placeholder:"TIME" help:"Not before: 2h, 7d, 2026-11-22 or 2026-11-22T15:04 (Korean time)."`
	Until   string `placeholder:"TIME" help:"Before."`
	Actor   string `placeholder:"ID" help:"Of one operator, or of 'command line' or 'retention'."`
	Act     string `placeholder:"WORDS" help:"An act, or its first words: keys, 'keys create'."`
	Subject string `placeholder:"ID" help:"On one row."`
	Person  string `placeholder:"ID" help:"That touched the data of a member."`
	Limit   int    `default:"50" help:"The newest so many; 0 is all."`
}

// Help is shown below the flags.
func (auditList) Help() string {
	return `Examples:

    sinpyo audit list --since 30d --act users
    sinpyo audit list --person usr_01k9x3v7m8e4t9q2w5r6y7u8p0 --limit 0 --csv`
}

// listedRecord is one record as it is listed.
type listedRecord struct {
	Number  int64  `json:"number"`
	At      string `json:"at"`
	Actor   string `json:"actor"`
	From    string `json:"from,omitempty"`
	Act     string `json:"act"`
	Subject string `json:"subject,omitempty"`
	Person  string `json:"person,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// Run lists the records, the newest first.
func (c *auditList) Run(s *shell) error {
	filter, err := c.filter(time.Now())
	if err != nil {
		return usageError{err}
	}
	list := []listedRecord{}
	rows := [][]string{{"number", "at", "actor", "from", "act", "subject", "person", "detail"}}
	err = c.withRecords(s, func(book *audit.Book) error {
		for more := true; more && (c.Limit == 0 || len(list) < c.Limit); {
			var page []audit.Kept
			var err error
			filter.Most = 1000
			if c.Limit > 0 {
				filter.Most = c.Limit - len(list)
			}
			if page, more, err = book.List(s.ctx, filter); err != nil {
				return err
			}
			for _, k := range page {
				l := listedRecord{k.Number, stamp(k.At), k.Actor, k.From, k.Act, k.Subject, k.Person, k.Detail}
				list = append(list, l)
				rows = append(rows, []string{strconv.FormatInt(l.Number, 10), l.At, l.Actor, l.From, l.Act, l.Subject, l.Person, l.Detail})
				filter.Before = k.Number
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.print(s, list, rows)
}

// filter returns what the flags ask for.
func (c *auditList) filter(now time.Time) (audit.Filter, error) {
	f := audit.Filter{Actor: c.Actor, Act: c.Act, Subject: c.Subject, Person: c.Person}
	for _, bound := range []struct {
		flag, text string
		at         *db.Time
	}{{"--since", c.Since, &f.Since}, {"--until", c.Until, &f.Until}} {
		at, err := moment(bound.text, now)
		if err != nil {
			return f, fmt.Errorf("%s: %w", bound.flag, err)
		}
		if !at.IsZero() {
			*bound.at = db.At(at)
		}
	}
	if c.Limit < 0 {
		return f, errors.New("--limit: 0 or more")
	}
	return f, nil
}

type auditVerify struct {
	settingsFlags
	Mark []string `placeholder:"MARK" help:"What an earlier audit verify printed as the newest; may be repeated."`
	JSON bool     `help:"Print JSON."`
}

// Help is shown below the flags.
func (auditVerify) Help() string {
	return `Ends with status 1 when a record does not fit. Note the mark of the newest record where nobody can write who can
write to the database, and give it the next time: then what was there before cannot be told otherwise unseen.

Example:  sinpyo audit verify --mark 128:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`
}

// verified is what audit verify --json prints.
type verified struct {
	Records int64  `json:"records"`
	Newest  string `json:"newest,omitempty"` // its mark
	Sealed  int64  `json:"sealed"`           // up to which number the master key vouches for them
	Broken  int64  `json:"broken,omitempty"`
	Missing int64  `json:"missing,omitempty"`
}

// Run walks the records, with the mark that the server sealed and those of the
// command line.
func (c *auditVerify) Run(s *shell) error {
	marks := make([]audit.Mark, len(c.Mark))
	for i, text := range c.Mark {
		var err error
		if marks[i], err = audit.ParseMark(text); err != nil {
			return usageError{fmt.Errorf("--mark: %w", err)}
		}
	}
	var found audit.Verdict
	err := c.withRecords(s, func(book *audit.Book) (err error) {
		found, err = book.Verify(s.ctx, marks...)
		return err
	})
	if err != nil {
		return err
	}
	v := verified{Records: found.Count, Sealed: found.Sealed.Number, Broken: found.Broken, Missing: found.Missing}
	if found.Count > 0 {
		v.Newest = found.Newest.String()
	}
	if err := c.print(s, v); err != nil {
		return err
	}
	if found.Unsealed {
		return errors.Join(v.failure(), errors.New("the mark that the server had sealed was changed"))
	}
	return v.failure()
}

func (c *auditVerify) print(s *shell, v verified) error {
	if c.JSON {
		return printJSON(s, v)
	}
	_, err := fmt.Fprintf(s.out, "%d records\n", v.Records)
	if err == nil && v.Newest != "" {
		_, err = fmt.Fprintf(s.out, "newest %s\nsealed up to %d\n", v.Newest, v.Sealed)
	}
	return err
}

// failure says which record does not fit, or nothing.
func (v verified) failure() error {
	switch {
	case v.Broken == 0:
		return nil
	case v.Missing > 0 && v.Broken > v.Records:
		return fmt.Errorf("record %d is missing: %d at the end were taken out", v.Broken, v.Missing)
	}
	return fmt.Errorf("record %d does not fit: it was changed or put in, or one was taken out there", v.Broken)
}
