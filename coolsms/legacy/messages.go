package legacy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"time"
)

// MessagesService sends texts and tells what became of them.
type MessagesService struct{ c *Client }

const v2 = "/sms/2/"

// Send sends a text to its recipients. It is never repeated by itself once a
// byte of it may have left: when [IsAmbiguous] reports true, look with
// [MessagesService.Sent] before sending again. Recipients that the provider
// refuses are counted in the result; they do not fail the call.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *MessagesService) Send(ctx context.Context, p SendParams) (*SendResult, error) {
	return s.c.send(ctx, v2+"send", &p, nil)
}

// SentParams says which texts are asked for; all that is set must hold. Without
// any the provider gives those of the last 20 days.
type SentParams struct {
	MessageID     string
	GroupID       string
	To            string    // digits only
	Start, End    time.Time // zero leaves that side open
	Status        SentStatus
	ResultCode    ResultCode
	NotResultCode ResultCode

	Offset int // how many to skip; it is not used by AllSent
	Limit  int // of one page; 0 means 20 for Sent and 100 for AllSent
}

func (p *SentParams) query() url.Values {
	q := url.Values{}
	set(q, "message_id", p.MessageID)
	set(q, "group_id", p.GroupID)
	set(q, "rcpt", p.To)
	setTime(q, "start", queryTime, p.Start)
	setTime(q, "end", queryTime, p.End)
	set(q, "status", string(p.Status))
	set(q, "resultcode", string(p.ResultCode))
	set(q, "notin_resultcode", string(p.NotResultCode))
	setInt(q, "offset", p.Offset)
	setInt(q, "limit", p.Limit)
	return q
}

// SentPage is one page of texts, newest first.
type SentPage struct {
	Messages []*SentMessage
	Total    int // of all pages
	Count    int // of this page
	Page     int // its number, from 1

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

func (p *SentPage) decode(raw []byte) error {
	var w struct {
		Total integer        `json:"total_count"`
		Count integer        `json:"list_count"`
		Page  integer        `json:"page"`
		Data  []*SentMessage `json:"data"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	if w.Data == nil {
		return errNoList
	}
	for _, m := range w.Data {
		if m == nil {
			return errNoObject
		}
	}
	*p = SentPage{Messages: w.Data, Total: int(w.Total), Count: int(w.Count), Page: int(w.Page), Raw: raw}
	return nil
}

// Sent returns one page of texts, newest first. When none matches, the provider
// answers with a refusal that is ErrNotFound.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *MessagesService) Sent(ctx context.Context, p SentParams) (*SentPage, error) {
	return s.c.sent(ctx, v2+"sent", p.query())
}

// AllSent walks over all pages; there is nothing to walk over when none
// matches. It ends after the first error, which comes with a nil message. New
// texts push older ones to later pages; set End to a time that has passed, so
// that the walk misses and repeats none.
func (s *MessagesService) AllSent(ctx context.Context, p SentParams) iter.Seq2[*SentMessage, error] {
	if p.Limit == 0 {
		p.Limit = perPage
	}
	return allSent(func(offset, _ int) (*SentPage, error) {
		p := p
		p.Offset = offset
		return s.Sent(ctx, p)
	})
}

func (c *Client) sent(ctx context.Context, path string, q url.Values) (*SentPage, error) {
	page := &SentPage{}
	if err := c.do(ctx, get(path, q), page); err != nil {
		return nil, err
	}
	return page, nil
}

// allSent walks over pages of texts. A search without a match is refused, which
// is the end rather than a failure.
func allSent(page func(offset, number int) (*SentPage, error)) iter.Seq2[*SentMessage, error] {
	return walk(func(offset, number int) ([]*SentMessage, int, error) {
		p, err := page(offset, number)
		var refused *APIError
		switch {
		case errors.As(err, &refused) && refused.Code == NoSuchMessage:
			return nil, 0, nil
		case err != nil:
			return nil, 0, err
		}
		return p.Messages, p.Total, nil
	}, func(m *SentMessage) string { return m.MessageID })
}

// CancelParams says which scheduled texts are meant: one, or those of a group.
type CancelParams struct {
	MessageID string
	GroupID   string
}

// Cancel stops texts that are scheduled and not sent yet. The documents do not
// print a full answer; counters are zero when the provider gives none (G).
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *MessagesService) Cancel(ctx context.Context, p CancelParams) (*Counters, error) {
	q := url.Values{}
	set(q, "message_id", p.MessageID)
	set(q, "group_id", p.GroupID)
	return s.c.cancel(ctx, v2+"cancel", q)
}

func (c *Client) cancel(ctx context.Context, path string, q url.Values) (*Counters, error) {
	if len(q) == 0 {
		return nil, errors.New("coolsms/legacy: cancel: name a message or a group")
	}
	out := &canceled{}
	if err := c.do(ctx, post(path, q), out); err != nil {
		return nil, err
	}
	return &out.Counters, nil
}

// canceled is Counters that may be missing, wholly or in part.
type canceled struct{ Counters }

func (c *canceled) decode(raw []byte) error {
	var w counted
	if s := bytes.TrimSpace(raw); len(s) > 0 && string(s) != "null" {
		if err := object(raw, &w); err != nil {
			return err
		}
	}
	if w.Success == nil {
		w.Success = new(integer)
	}
	var err error
	c.Counters, err = w.counters(raw)
	return err
}

// StatusParams says over which time delays are asked for; all may be left out.
type StatusParams struct {
	Count   int    // how many units; 0 means 1
	Unit    string // minute, hour or day
	Date    string // a past moment, as the provider writes it
	Channel int    // 1 or 2
}

func (p *StatusParams) query() url.Values {
	q := url.Values{}
	setInt(q, "count", p.Count)
	set(q, "unit", p.Unit)
	set(q, "date", p.Date)
	setInt(q, "channel", p.Channel)
	return q
}

// Delay is how long texts took, on average over one unit of time.
type Delay struct {
	Registered string // as the provider writes it
	SMS, MMS   CarrierDelays

	// Raw is the delay as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

// CarrierDelays are averages, in all and of each carrier. 0 when the provider
// names none.
type CarrierDelays struct{ All, SK, KT, LG time.Duration }

// Status returns the delays of the last minutes, hours or days.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *MessagesService) Status(ctx context.Context, p StatusParams) ([]Delay, error) {
	return s.c.status(ctx, v2+"status", p.query())
}

func (c *Client) status(ctx context.Context, path string, q url.Values) ([]Delay, error) {
	var out delays
	if err := c.do(ctx, get(path, q), &out); err != nil {
		return nil, err
	}
	return out, nil
}

type delays []Delay

func (d *delays) decode(raw []byte) error {
	if err := json.Unmarshal(raw, (*[]Delay)(d)); err != nil {
		return err
	}
	if *d == nil {
		return errNoList
	}
	return nil
}

// UnmarshalJSON reads the provider's form. The documents print the carriers'
// averages of MMS no more than by dots; their names follow those of SMS (G).
func (d *Delay) UnmarshalJSON(raw []byte) error {
	var w struct {
		Registered text    `json:"registdate"`
		SMS        decimal `json:"sms_average"`
		SMSSK      decimal `json:"sms_sk_average"`
		SMSKT      decimal `json:"sms_kt_average"`
		SMSLG      decimal `json:"sms_lg_average"`
		MMS        decimal `json:"mms_average"`
		MMSSK      decimal `json:"mms_sk_average"`
		MMSKT      decimal `json:"mms_kt_average"`
		MMSLG      decimal `json:"mms_lg_average"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	*d = Delay{
		Registered: string(w.Registered),
		SMS:        CarrierDelays{w.SMS.seconds(), w.SMSSK.seconds(), w.SMSKT.seconds(), w.SMSLG.seconds()},
		MMS:        CarrierDelays{w.MMS.seconds(), w.MMSSK.seconds(), w.MMSKT.seconds(), w.MMSLG.seconds()},
		Raw:        append(json.RawMessage(nil), raw...),
	}
	return nil
}
