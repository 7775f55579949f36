package legacy

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"
)

// V1Service is version 1.5 of the API: sending and asking as in version 2, with
// other names for some parameters, and without groups and a store of pictures.
type V1Service struct{ c *Client }

const v1 = "/sms/1.5/"

// V1SendParams is what is sent and how, in version 1.5.
type V1SendParams struct {
	SendParams

	// Extension are more texts. What they leave out they take from the outer
	// one, except the recipients.
	Extension []Message

	Delay int // 0 to 20
}

// Send sends a text to its recipients, as [MessagesService.Send] does.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *V1Service) Send(ctx context.Context, p V1SendParams) (*SendResult, error) {
	more := url.Values{}
	if len(p.Extension) > 0 {
		list, err := inJSON(p.Extension)
		if err != nil {
			return nil, fmt.Errorf("coolsms/legacy: %ssend: %w", v1, err)
		}
		more.Set("extension", list)
	}
	setInt(more, "delay", p.Delay)
	return s.c.send(ctx, v1+"send", &p.SendParams, more)
}

// V1SentParams says which texts are asked for, in version 1.5.
type V1SentParams struct {
	MessageID     string
	GroupID       string
	To            string    // digits only
	Start, End    time.Time // zero leaves that side open
	Status        SentStatus
	ResultCode    ResultCode
	NotResultCode ResultCode

	Page  int // from 1; it is not used by AllSent
	Count int // of one page; 0 leaves it to the provider for Sent and means 100 for AllSent
}

func (p *V1SentParams) query() url.Values {
	q := (&SentParams{
		To: p.To, Start: p.Start, End: p.End, Status: p.Status, ResultCode: p.ResultCode, NotResultCode: p.NotResultCode,
	}).query()
	set(q, "mid", p.MessageID)
	set(q, "gid", p.GroupID)
	setInt(q, "page", p.Page)
	setInt(q, "count", p.Count)
	return q
}

// Sent returns one page of texts, newest first. When none matches, the provider
// answers with a refusal that is ErrNotFound.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *V1Service) Sent(ctx context.Context, p V1SentParams) (*SentPage, error) {
	return s.c.sent(ctx, v1+"sent", p.query())
}

// AllSent walks over all pages, as [MessagesService.AllSent] does.
func (s *V1Service) AllSent(ctx context.Context, p V1SentParams) iter.Seq2[*SentMessage, error] {
	if p.Count == 0 {
		p.Count = perPage
	}
	return allSent(func(_, number int) (*SentPage, error) {
		p := p
		p.Page = number
		return s.Sent(ctx, p)
	})
}

// Cancel stops texts that are scheduled and not sent yet, as
// [MessagesService.Cancel] does.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *V1Service) Cancel(ctx context.Context, p CancelParams) (*Counters, error) {
	q := url.Values{}
	set(q, "mid", p.MessageID)
	set(q, "gid", p.GroupID)
	return s.c.cancel(ctx, v1+"cancel", q)
}

// Balance returns the account's money.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *V1Service) Balance(ctx context.Context) (*Balance, error) {
	return s.c.balance(ctx, v1+"balance")
}

// Status returns the delays of the last minutes, hours or days.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *V1Service) Status(ctx context.Context, p StatusParams) ([]Delay, error) {
	return s.c.status(ctx, v1+"status", p.query())
}
