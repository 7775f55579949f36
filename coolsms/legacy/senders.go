package legacy

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"time"
)

// SenderNumbersService knows the numbers that texts may be sent from. The
// provider no longer offers to register numbers this way; its console does.
type SenderNumbersService struct{ c *Client }

const senderID = "/senderid/1.1/"

// SenderNumber is a number as registered.
type SenderNumber struct {
	IDNo        string // the provider's number of the row
	PhoneNumber string // digits only
	HandleKey   string // what the other calls name it by; "" where the provider leaves it out
	Default     bool   // the account's default sender; how it is written is a guess (G)

	Registered *time.Time // nil when it cannot be read
	Updated    *time.Time // the same

	// Raw is the number as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

// UnmarshalJSON reads the provider's form.
func (n *SenderNumber) UnmarshalJSON(raw []byte) error {
	var w struct {
		IDNo        text  `json:"idno"`
		PhoneNumber text  `json:"phone_number"`
		HandleKey   text  `json:"handle_key"`
		Default     flag  `json:"flag_default"`
		Registered  stamp `json:"regdate"`
		Updated     stamp `json:"updatetime"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	*n = SenderNumber{
		IDNo: string(w.IDNo), PhoneNumber: string(w.PhoneNumber), HandleKey: string(w.HandleKey), Default: bool(w.Default),
		Registered: w.Registered.ptr(), Updated: w.Updated.ptr(), Raw: append(json.RawMessage(nil), raw...),
	}
	return nil
}

func (n *SenderNumber) decode(raw []byte) error {
	if err := n.UnmarshalJSON(raw); err != nil {
		return err
	}
	if n.PhoneNumber == "" && n.HandleKey == "" {
		return errNoSender
	}
	return nil
}

// RegisterParams is a number to be registered.
type RegisterParams struct {
	Phone    string // digits only
	SiteUser string // site_user, as in a send
}

// String masks the number.
func (p RegisterParams) String() string { return "legacy.RegisterParams(" + mask(p.Phone) + ")" }

// LogValue is String.
func (p RegisterParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Registration is a number that waits to be proved by an automatic phone call
// (ARS); [SenderNumbersService.Verify] ends it.
type Registration struct {
	HandleKey string
	ARSNumber string

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

func (r *Registration) decode(raw []byte) error {
	var w struct {
		HandleKey text `json:"handle_key"`
		ARSNumber text `json:"ars_number"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	if w.HandleKey == "" {
		return errNoHandle
	}
	*r = Registration{HandleKey: string(w.HandleKey), ARSNumber: string(w.ARSNumber), Raw: raw}
	return nil
}

// Register starts to register a number.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *SenderNumbersService) Register(ctx context.Context, p RegisterParams) (*Registration, error) {
	q := url.Values{}
	set(q, "phone", p.Phone)
	set(q, "site_user", p.SiteUser)
	r := &Registration{}
	if err := s.c.do(ctx, post(senderID+"register", q), r); err != nil {
		return nil, err
	}
	return r, nil
}

// Verify ends a registration, after the phone call.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *SenderNumbersService) Verify(ctx context.Context, handleKey string) error {
	return s.named(ctx, "verify", handleKey)
}

// Delete takes a number away. The documents do not name its parameter, which is
// taken for that of Verify (G).
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *SenderNumbersService) Delete(ctx context.Context, handleKey string) error {
	return s.named(ctx, "delete", handleKey)
}

// SetDefault makes a number the account's default sender. Its parameter is taken
// for that of Verify (G).
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *SenderNumbersService) SetDefault(ctx context.Context, handleKey string) error {
	return s.named(ctx, "set_default", handleKey)
}

func (s *SenderNumbersService) named(ctx context.Context, verb, handleKey string) error {
	return s.c.do(ctx, post(senderID+verb, url.Values{"handle_key": {handleKey}}), &anything{})
}

// List returns the registered numbers.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *SenderNumbersService) List(ctx context.Context) ([]SenderNumber, error) {
	var out senderNumbers
	if err := s.c.do(ctx, get(senderID+"list", nil), &out); err != nil {
		return nil, err
	}
	return out, nil
}

// Default returns the account's default sender. The documents do not print the answer, which is taken for one item of the list
// (G).
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-1.md
func (s *SenderNumbersService) Default(ctx context.Context) (*SenderNumber, error) {
	n := &SenderNumber{}
	if err := s.c.do(ctx, get(senderID+"get_default", nil), n); err != nil {
		return nil, err
	}
	return n, nil
}

type senderNumbers []SenderNumber

func (l *senderNumbers) decode(raw []byte) error {
	if err := json.Unmarshal(raw, (*[]SenderNumber)(l)); err != nil {
		return err
	}
	if *l == nil {
		return errNoList
	}
	return nil
}
