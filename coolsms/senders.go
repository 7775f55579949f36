package coolsms

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// SenderNumbersService knows the numbers that texts may be sent from. Korean
// law lets only registered ones send; they lapse and are renewed in the
// provider's console.
type SenderNumbersService struct{ c *Client }

// SenderStatus is where the registration of a number stands. Values that are
// not among the constants are kept as they came.
type SenderStatus string

// The statuses.
const (
	SenderPending  SenderStatus = "PENDING"
	SenderActive   SenderStatus = "ACTIVE"
	SenderInactive SenderStatus = "INACTIVE"
)

// SenderNumber is a number as registered.
type SenderNumber struct {
	PhoneNumber       string       `json:"phoneNumber"` // digits only, national form
	HandleKey         string       `json:"handleKey"`
	Status            SenderStatus `json:"status"`
	Method            string       `json:"method"`            // how it was proved: ARS, SELF-CERT, documents
	NecessaryMeasures []string     `json:"necessaryMeasures"` // what is still missing
	AutoExtension     bool         `json:"-"`

	ExpireAt    *time.Time `json:"-"` // nil when the provider names no end
	DateCreated time.Time  `json:"-"`
	DateUpdated time.Time  `json:"-"`
}

// UsableAt reports whether texts can be sent from the number at t.
func (n *SenderNumber) UsableAt(t time.Time) bool {
	return n.Status == SenderActive && (n.ExpireAt == nil || t.Before(*n.ExpireAt))
}

// UnmarshalJSON reads the provider's form.
func (n *SenderNumber) UnmarshalJSON(raw []byte) error {
	type plain SenderNumber
	wire := struct {
		*plain
		AutoExtension flag  `json:"autoExtension"`
		ExpireAt      stamp `json:"expireAt"`
		DateCreated   stamp `json:"dateCreated"`
		DateUpdated   stamp `json:"dateUpdated"`
	}{plain: (*plain)(n)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	n.AutoExtension = bool(wire.AutoExtension)
	n.ExpireAt = wire.ExpireAt.ptr()
	n.DateCreated, n.DateUpdated = wire.DateCreated.Time, wire.DateUpdated.Time
	return nil
}

// SenderNumbersPage is the account's sender numbers, up to a limit.
type SenderNumbersPage struct {
	AccountID string         `json:"accountId"`
	Limit     int            `json:"limit"`
	Numbers   []SenderNumber `json:"senderIds"`

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage `json:"-"`
}

func (p *SenderNumbersPage) decode(raw []byte) error {
	if err := json.Unmarshal(raw, p); err != nil {
		return err
	}
	if p.Numbers == nil {
		return errNoNumbers
	}
	p.Raw = raw
	return nil
}

// ListSenderNumbersParams says how many numbers are asked for.
type ListSenderNumbersParams struct {
	Limit int // 0 leaves it to the provider, which takes 5
}

// List returns the account's sender numbers, whatever their status.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/senderid/README.md
func (s *SenderNumbersService) List(ctx context.Context, p ListSenderNumbersParams) (*SenderNumbersPage, error) {
	page := &SenderNumbersPage{}
	k := call{method: http.MethodGet, path: "/senderid/v1/numbers", query: pageQuery("", p.Limit), limit: maxLists}
	if err := s.c.do(ctx, k, page); err != nil {
		return nil, err
	}
	return page, nil
}

// Active returns the numbers that texts can be sent from now.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/senderid/getActivatedSenderIds.md
func (s *SenderNumbersService) Active(ctx context.Context) ([]string, error) {
	var numbers activeNumbers
	k := call{method: http.MethodGet, path: "/senderid/v1/numbers/active", limit: maxLists}
	if err := s.c.do(ctx, k, &numbers); err != nil {
		return nil, err
	}
	return numbers, nil
}

type activeNumbers []string

func (n *activeNumbers) decode(raw []byte) error {
	if err := json.Unmarshal(raw, (*[]string)(n)); err != nil {
		return err
	}
	if *n == nil {
		return errNoNumbers
	}
	return nil
}
