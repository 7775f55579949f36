package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// messagesCommand looks at the texts of an installation, which it keeps longer
// than the provider, with what the provider does not know: what they were for
// and whether their codes were entered. Each of its commands works beside a
// running server.
type messagesCommand struct {
	Search messagesSearch `cmd:"" help:"List texts, the newest first."`
	Show   messagesShow   `cmd:"" help:"Tell all that is known of one text."`
	Export messagesExport `cmd:"" help:"Write all texts of a filter as CSV."`
}

// reading are the parts of an installation that a command reads from.
type reading struct {
	results  *results.Results
	accounts *account.Accounts
	outbox   *outbox.Outbox
	traffic  *traffic.Traffic
}

// withReading runs do on what is kept in an installation.
func (f settingsFlags) withReading(s *shell, do func(r reading) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	f.adopt(s, settings)
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	keys, err := openKeys(s.ctx, settings, d)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	ring, registry := keys.Ring(), prometheus.NewRegistry()
	limits := limit.New(limit.Options{DB: d})
	texts := outbox.New(outbox.Options{
		DB: d, Ring: ring, Client: clientOf(settings, pairOf(settings), coolsms.WithRetry(0)), Key: settings.CoolSMS.APIKey.Reveal(),
		Logger: slog.New(slog.DiscardHandler), Registerer: registry,
	})
	accounts, err := openMembers(settings, d, ring)
	if err == nil {
		err = do(reading{accounts: accounts, outbox: texts, traffic: traffic.New(traffic.Options{DB: d, Logger: slog.New(slog.DiscardHandler)}), results: results.New(results.Options{
			DB: d, Ring: ring, Outbox: texts, Limits: limits, Holder: accounts.Holder,
			Verify: verify.New(verify.Options{DB: d, Ring: ring, Outbox: texts, Limits: limits, Rand: rand.Reader, Registerer: registry}),
		})})
	}
	return errors.Join(err, d.Close())
}

// messageFilter are the flags that narrow a list of texts.
type messageFilter struct {
	Number       string `placeholder:"NUMBER" help:"Only texts to this number, or to those that end in these four digits; - reads it from standard input."`
	Since        string `placeholder:"TIME" help:"Not before: 2h, 7d, 2026-11-22 or 2026-11-22T15:04 (Korean time)."`
	Until        string `placeholder:"TIME" help:"Before, written likewise."`
	Status       string `enum:",queued,sending,accepted,delivered,undelivered,rejected,unknown,dropped" default:"" placeholder:"STATUS" help:"Only queued, sending, accepted, delivered, undelivered, rejected, unknown or dropped ones."`
	Code         string `placeholder:"CODE" help:"Only texts with this status code of the provider."`
	Type         string `placeholder:"TYPE" help:"Only texts of this type, such as SMS."`
	Sender       string `placeholder:"NUMBER" help:"Only texts from this sender number."`
	Purpose      string `placeholder:"PURPOSE" help:"Only texts for this: signup, login, recovery, number_change, api, alarm or notice."`
	Application  string `placeholder:"ID" help:"Only texts of this application."`
	Verification string `placeholder:"ID" help:"Only texts of this verification."`
}

// filter makes the filter that the flags ask for.
func (c messageFilter) filter(s *shell, r *results.Results, now time.Time) (f results.Filter, err error) {
	f = results.Filter{
		Status: outbox.Status(c.Status), Code: c.Code, Type: strings.ToUpper(c.Type), Purpose: c.Purpose,
		ApplicationID: c.Application, VerificationID: c.Verification,
		Sender: strings.NewReplacer("-", "", " ", "").Replace(c.Sender),
	}
	if f.Since, err = moment(c.Since, now); err != nil {
		return f, usageError{fmt.Errorf("--since: %w", err)}
	}
	if f.Until, err = moment(c.Until, now); err != nil {
		return f, usageError{fmt.Errorf("--until: %w", err)}
	}
	number := c.Number
	if number == "-" {
		if number, err = bufio.NewReader(s.in).ReadString('\n'); strings.TrimSpace(number) == "" {
			return f, usageError{fmt.Errorf("standard input holds no number: %w", err)}
		}
	}
	if number != "" {
		if f.Number, err = r.NumberToken(number); err != nil {
			return f, usageError{err}
		}
	}
	return f, nil
}

type messagesSearch struct {
	settingsFlags
	listFlags
	messageFilter
	Limit int `default:"20" help:"At most so many, the newest; 0 for all."`
}

// Help is shown below the flags.
func (messagesSearch) Help() string {
	return `Numbers are masked, and what a text says is kept nowhere.

Examples:

    sinpyo messages search --number 010-1234-5678
    sinpyo messages search --status undelivered --since 7d --limit 0 --csv`
}

// shownMessage is a text as it is listed.
type shownMessage struct {
	ID             string   `json:"id"`
	CreatedAt      string   `json:"created_at"`
	To             string   `json:"to"` // masked; empty once it was erased
	Purpose        string   `json:"purpose"`
	Status         string   `json:"status"`
	Code           string   `json:"code,omitempty"`
	Carrier        string   `json:"carrier,omitempty"`
	Sender         string   `json:"sender,omitempty"`
	ArrivalSeconds *float64 `json:"seconds_to_arrival,omitempty"`
	EntrySeconds   *float64 `json:"seconds_to_entry,omitempty"`
	Cost           int      `json:"cost"`
	Application    string   `json:"application_id"`
	Verification   string   `json:"verification_id,omitempty"`
}

func showMessage(r *results.Row) shownMessage {
	return shownMessage{
		ID: r.ID, CreatedAt: utcStamp(r.CreatedAt.Std()), To: r.To.String(), Purpose: r.Purpose, Status: string(r.Status),
		Code: r.StatusCode, Carrier: r.Carrier, Sender: r.Sender, ArrivalSeconds: inSeconds(r.Arrival), EntrySeconds: inSeconds(r.Entry),
		Cost: r.Cost, Application: r.ApplicationID, Verification: r.VerificationID,
	}
}

func inSeconds(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	n := float64(d.Milliseconds()) / 1000
	return &n
}

func secondsCell(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', 1, 64)
}

// pageOfMessages is how many texts are read at once.
const pageOfMessages = 200

// Run lists the texts.
func (c *messagesSearch) Run(s *shell) error {
	if c.Limit < 0 {
		return usageError{errors.New("--limit takes 0 or more")}
	}
	return c.withReading(s, func(r reading) error {
		f, err := c.filter(s, r.results, time.Now())
		if err != nil {
			return err
		}
		list := []shownMessage{}
		for cursor := ""; ; {
			page, err := r.results.Search(s.ctx, f, cursor, pageOfMessages)
			if err != nil {
				return err
			}
			for i := range page.Rows {
				if c.Limit == 0 || len(list) < c.Limit {
					list = append(list, showMessage(&page.Rows[i]))
				}
			}
			if cursor = page.Next; cursor == "" || c.Limit > 0 && len(list) == c.Limit {
				break
			}
		}
		rows := [][]string{{"created (UTC)", "to", "purpose", "status", "code", "carrier", "sender", "s to arrival", "s to entry", "won", "message"}}
		for _, m := range list {
			rows = append(rows, []string{
				m.CreatedAt, m.To, m.Purpose, m.Status, m.Code, m.Carrier, m.Sender, secondsCell(m.ArrivalSeconds), secondsCell(m.EntrySeconds),
				strconv.Itoa(m.Cost), m.ID,
			})
		}
		return c.print(s, list, rows)
	})
}

type messagesShow struct {
	settingsFlags
	Message string `arg:"" help:"A message's id, msg_…"`
	Answer  bool   `help:"Ask the provider, too, and print its answer without text and numbers."`
	Reason  string `placeholder:"TEXT" help:"Print the whole number, too: why, for the record. Write no name and no number."`
	JSON    bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (messagesShow) Help() string {
	return "Example:  sinpyo messages show msg_01k9x3v7m8e4t9q2w5r6y7u8p0"
}

// shownDetail is all of a text.
type shownDetail struct {
	shownMessage
	Why             string      `json:"why"`
	WhyKo           string      `json:"why_ko"`
	Advice          string      `json:"advice"`
	AdviceKo        string      `json:"advice_ko"`
	Settled         bool        `json:"cost_settled"`
	Group           string      `json:"provider_group_id,omitempty"`
	ProviderMessage string      `json:"provider_message_id,omitempty"`
	User            string      `json:"user_id,omitempty"`
	Steps           []shownStep `json:"steps"`
}

type shownStep struct {
	Step string `json:"step"`
	At   string `json:"at"`
}

// Run tells all that is known of the text.
func (c *messagesShow) Run(s *shell) error {
	return c.withReading(s, func(r reading) error {
		d, err := r.results.Detail(s.ctx, c.Message)
		if err != nil {
			return err
		}
		shown := shownDetail{
			shownMessage: showMessage(&d.Row), Why: d.Why.Why.English, WhyKo: d.Why.Why.Korean, Advice: d.Why.Advice.English,
			AdviceKo: d.Why.Advice.Korean, Settled: d.Settled, Group: d.GroupID, ProviderMessage: d.ProviderMessageID, User: d.UserID,
		}
		if c.Reason != "" {
			to, err := r.results.Unmask(s.ctx, c.Message, results.Act{Actor: "command line", Reason: c.Reason})
			if err != nil {
				return err
			}
			shown.To = to.Display()
		}
		for _, step := range d.Steps {
			shown.Steps = append(shown.Steps, shownStep{string(step.Kind), step.At.String()})
		}
		if err := c.print(s, shown); err != nil || !c.Answer {
			return err
		}
		answer, err := r.results.Answer(s.ctx, c.Message)
		if err == nil {
			_, err = fmt.Fprintln(s.out, string(answer))
		}
		return err
	})
}

func (c *messagesShow) print(s *shell, d shownDetail) error {
	if c.JSON {
		return printJSON(s, d)
	}
	rows := [][]string{
		{"message", d.ID}, {"to", d.To}, {"purpose", d.Purpose}, {"status", strings.TrimSpace(d.Status + " " + d.Code)},
		{"why", d.Why}, {"", d.WhyKo}, {"what to do", d.Advice}, {"", d.AdviceKo}, {"carrier", d.Carrier}, {"sender", d.Sender},
		{"won", strconv.Itoa(d.Cost)}, {"application", d.Application}, {"verification", d.Verification}, {"member", d.User},
		{"provider's group", d.Group}, {"provider's message", d.ProviderMessage},
	}
	for _, step := range d.Steps {
		rows = append(rows, []string{step.Step, step.At})
	}
	return listFlags{}.print(s, nil, rows)
}

type messagesExport struct {
	settingsFlags
	messageFilter
	Output   string `short:"o" placeholder:"FILE" help:"Write there, readable by its owner alone, instead of to standard output."`
	Encoding string `enum:"utf-8,cp949" default:"utf-8" help:"utf-8, with the mark spreadsheets know it by, or cp949."`
	Lang     string `enum:"ko,en" default:"ko" help:"Of heads and words: ko or en."`
	Numbers  bool   `help:"Write whole numbers; needs --reason and is recorded."`
	Reason   string `placeholder:"TEXT" help:"Why, for the record. Write no name and no number."`
}

// Help is shown below the flags.
func (messagesExport) Help() string {
	return "Example:  sinpyo messages export --since 2026-11-01 --until 2026-12-01 -o november.csv"
}

// Run writes the texts.
func (c *messagesExport) Run(s *shell) error {
	if c.Numbers && strings.TrimSpace(c.Reason) == "" {
		return usageError{errors.New("--numbers needs --reason")}
	}
	return c.withReading(s, func(r reading) (err error) {
		f, err := c.filter(s, r.results, time.Now())
		if err != nil {
			return err
		}
		out := s.out
		if c.Output != "" {
			file, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("%s cannot be made: %w", c.Output, reason(err))
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			out = file
		}
		n, err := r.results.Export(s.ctx, out, f, results.Export{
			Encoding: results.Encoding(c.Encoding), Korean: c.Lang == "ko", Numbers: c.Numbers,
			Act: results.Act{Actor: "command line", Reason: c.Reason},
		})
		if err == nil && c.Output != "" {
			_, err = fmt.Fprintf(s.err, "wrote %d texts to %s\n", n, c.Output)
		}
		return err
	})
}
