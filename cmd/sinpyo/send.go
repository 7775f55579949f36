package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// The most bytes of the kinds of text.
const (
	smsBytes     = 90
	lmsBytes     = 2000
	subjectBytes = 40
)

// sendCommand sends one text.
type sendCommand struct {
	settingsFlags
	To      string `arg:"" help:"The mobile number, in any usual spelling."`
	Text    string `arg:"" help:"What the text says."`
	From    string `placeholder:"NUMBER" help:"Send from this number instead of coolsms.sender."`
	Subject string `placeholder:"TEXT" help:"Put this above the text; makes it an LMS."`
	Type    string `enum:"auto,SMS,LMS" default:"auto" help:"Refuse what does not fit SMS or LMS; auto takes the cheaper that fits."`
	DryRun  bool   `name:"dry-run" help:"Show bytes, type and price, and send nothing."`
	Yes     bool   `help:"Do not ask."`
	JSON    bool   `help:"Print JSON."`
}

// Help is shown below the flags.
func (sendCommand) Help() string {
	return `It goes to the provider at once and past the server's limits, so it asks first.

Examples:

    sinpyo send --dry-run 010-1234-5678 '오늘 점검이 있습니다'
    sinpyo send --yes 010-1234-5678 '오늘 점검이 있습니다'`
}

// parcel is a text that is ready to go, and what send --json prints of it.
type parcel struct {
	Type      coolsms.MessageType `json:"type"`
	Bytes     int                 `json:"bytes"` // in EUC-KR
	Price     *float64            `json:"price"` // in won; null when the provider does not tell it
	Sent      bool                `json:"sent"`
	GroupID   string              `json:"group_id,omitempty"`
	MessageID string              `json:"message_id,omitempty"`

	priceErr error
	message  coolsms.Message
}

// Run shows what would be sent, asks, and sends it.
func (c *sendCommand) Run(s *shell) error {
	settings, client, err := c.provider(s)
	if err != nil {
		return err
	}
	p, err := c.pack(settings.CoolSMS.Sender)
	if err != nil {
		return usageError{err}
	}
	price, err := priceOf(s.ctx, client, p.Type)
	if p.priceErr = err; err == nil {
		p.Price = &price
	}
	if c.DryRun {
		if c.JSON {
			return printJSON(s, p)
		}
		return p.show(s, true)
	}
	if !c.Yes {
		if err := p.show(s, false); err != nil {
			return err
		}
		if err := ask(s, "Send it?"); err != nil {
			return err
		}
	}
	if err := p.send(s.ctx, client); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s, p)
	}
	_, err = fmt.Fprintf(s.out, "accepted  %s of %d bytes\ngroup     %s\nmessage   %s\n\nWhat became of it:  sinpyo results --group %s\n",
		p.Type, p.Bytes, p.GroupID, p.MessageID, p.GroupID)
	return err
}

// pack checks what was typed and chooses the kind of text.
func (c *sendCommand) pack(sender string) (*parcel, error) {
	to, err := phone.Parse(c.To)
	if err != nil {
		return nil, fmt.Errorf("TO: %w", err)
	}
	if c.From != "" {
		if sender, err = nationalDigits(c.From); err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
	}
	if sender == "" {
		return nil, errors.New("there is no sender number: set coolsms.sender, or give --from")
	}
	text, subject := norm.NFC.String(c.Text), norm.NFC.String(c.Subject)
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("TEXT is empty")
	}
	p := &parcel{}
	if p.Bytes, err = sms.Bytes(text); err != nil {
		return nil, fmt.Errorf("TEXT: %w", err)
	}
	if p.Type, err = c.kind(p.Bytes, subject); err != nil {
		return nil, err
	}
	p.message = coolsms.Message{
		To: to.National(), From: sender, Text: text, Subject: subject, Type: p.Type,
		AutoTypeDetect: coolsms.Bool(false), // what was shown is what is sent
	}
	return p, nil
}

// kind chooses the kind of text, or says why the one that was asked for cannot
// carry it.
func (c *sendCommand) kind(bytes int, subject string) (coolsms.MessageType, error) {
	n, err := sms.Bytes(subject)
	switch {
	case err != nil:
		return "", fmt.Errorf("--subject: %w", err)
	case n > subjectBytes:
		return "", fmt.Errorf("the subject has %d bytes, and %d is the most", n, subjectBytes)
	case subject != "" && c.Type == string(coolsms.SMS):
		return "", errors.New("an SMS has no subject: leave it out, or send an LMS")
	case bytes > lmsBytes:
		return "", fmt.Errorf("the text has %d bytes, and %d is the most of an LMS", bytes, lmsBytes)
	case bytes > smsBytes && c.Type == string(coolsms.SMS):
		return "", fmt.Errorf("the text has %d bytes, and %d is the most of an SMS: shorten it by %d (a Korean character counts 2)",
			bytes, smsBytes, bytes-smsBytes)
	case c.Type == string(coolsms.LMS), subject != "", bytes > smsBytes:
		return coolsms.LMS, nil
	}
	return coolsms.SMS, nil
}

// show tells a person what the text is and costs: as what was asked for, or on
// the way to a question.
func (p *parcel) show(s *shell, asked bool) error {
	out := s.err
	if asked {
		out = s.out
	}
	most, price := smsBytes, fmt.Sprintf("not known: %v", p.priceErr)
	if p.Price != nil {
		price = won(*p.Price) + " (list price)"
	}
	if p.Type == coolsms.LMS {
		most = lmsBytes
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "to\t%s\nfrom\t%s\nbytes\t%d of %d\ntype\t%s\nprice\t%s\n",
		shown(p.message.To), p.message.From, p.Bytes, most, p.Type, price)
	return w.Flush()
}

// errNotAsked refuses to spend money on nobody's word.
var errNotAsked = errors.New("nothing was sent: answer y, or give --yes where nobody can answer")

// ask asks a person, and returns an error for any answer but yes, and when the
// program is stopped before one comes.
func ask(s *shell, question string) error {
	_, _ = fmt.Fprintf(s.err, "%s [y/N] ", question)
	answered := make(chan string, 1)
	go func() {
		answer, _ := bufio.NewReader(s.in).ReadString('\n') // an end without an answer is no yes
		answered <- strings.ToLower(strings.TrimSpace(answer))
	}()
	select {
	case answer := <-answered:
		if slices.Contains([]string{"y", "yes", "예", "네"}, answer) {
			return nil
		}
	case <-s.ctx.Done():
	}
	_, _ = fmt.Fprintln(s.err)
	return errNotAsked
}

// send hands the text over. It goes through a group, so that a lost answer can
// be asked for again without sending twice.
func (p *parcel) send(ctx context.Context, c *coolsms.Client) error {
	group, err := c.Groups.Create(ctx, coolsms.CreateGroupParams{})
	if err != nil {
		return told(err)
	}
	p.GroupID = group.GroupID
	put, err := c.Groups.Put(ctx, group.GroupID, []coolsms.Message{p.message})
	if err == nil && len(put.Results) != 1 {
		err = errors.New("the provider did not say what became of the text")
	}
	if err == nil {
		p.MessageID = put.Results[0].MessageID
		err = put.Results[0].Err()
	}
	if err != nil {
		// Nothing was sent; an empty group that stays would do no harm.
		_, _ = c.Groups.Delete(ctx, group.GroupID)
		return told(err)
	}
	_, err = c.Groups.Send(ctx, group.GroupID)
	if coolsms.IsAmbiguous(err) { // a group leaves once, however often it is asked to
		_, err = c.Groups.Send(ctx, group.GroupID)
	}
	switch {
	case err == nil, isSent(err):
		p.Sent = true
		return nil
	case coolsms.IsAmbiguous(err):
		return fmt.Errorf("the text may have been sent: %w\n  ask before sending it again: sinpyo results --group %s", told(err), group.GroupID)
	}
	return told(err)
}

// isSent reports a refusal that says the group is on its way already.
func isSent(err error) bool {
	var refused *coolsms.APIError
	return errors.Is(err, coolsms.ErrAlreadySent) || errors.As(err, &refused) && refused.Code == coolsms.GroupInProcessing
}
