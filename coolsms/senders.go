package coolsms

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// SenderNumbersService knows the numbers that texts may be sent from. Korean
// law lets only registered ones send; they lapse and are renewed in the
// provider's console.
type SenderNumbersService struct{ c *Client }

const sendersPath = "/senderid/v1/numbers"

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
	k := call{method: http.MethodGet, path: sendersPath, query: pageQuery("", p.Limit), limit: maxLists}
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
	k := call{method: http.MethodGet, path: sendersPath + "/active", limit: maxLists}
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

// SenderDocuments are the files that prove whose a number is.
type SenderDocuments struct {
	CertificateDocument   []string `json:"certificateDocument,omitempty"`
	EmploymentCertificate string   `json:"employmentCertificate,omitempty"`
}

// RegisterSenderParams is a number to be registered.
type RegisterSenderParams struct {
	PhoneNumber  string           `json:"phoneNumber"` // digits only, national form
	Documents    []string         `json:"documents,omitempty"`
	DocumentList *SenderDocuments `json:"documentList,omitempty"` // the newer form of Documents
}

// Register registers a number, PENDING until it is proved. It returns the
// account's numbers.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/senderid/createSenderId.md
func (s *SenderNumbersService) Register(ctx context.Context, p RegisterSenderParams) (*SenderNumbersPage, error) {
	return s.change(ctx, call{method: http.MethodPost, path: sendersPath, body: p})
}

// SenderFactor is the second factor that proves a number: what was heard on the
// phone.
type SenderFactor struct {
	TransactionID string // of the first step's answer
	Token         string // the digits that were heard
}

// String leaves the digits out.
func (f SenderFactor) String() string { return "coolsms.SenderFactor(" + f.TransactionID + ")" }

// LogValue is String.
func (f SenderFactor) LogValue() slog.Value { return slog.StringValue(f.String()) }

// SenderAuthentication is how far the proof of a number is.
type SenderAuthentication struct {
	// TransactionID is set when the phone rings and the digits are wanted.
	TransactionID string

	// Numbers are the account's numbers, when the proof is done.
	Numbers []SenderNumber

	// Raw is the answer as it came.
	Raw json.RawMessage
}

// rings reads the answer to the first step.
func (a *SenderAuthentication) rings(raw []byte) bool {
	var asked struct {
		MFA struct {
			TransactionID string `json:"transactionId"`
		} `json:"mfa"`
	}
	if err := json.Unmarshal(raw, &asked); err != nil || asked.MFA.TransactionID == "" {
		return false
	}
	*a = SenderAuthentication{TransactionID: asked.MFA.TransactionID, Raw: raw}
	return true
}

func (a *SenderAuthentication) decode(raw []byte) error {
	if a.rings(raw) {
		return nil
	}
	var n changedNumbers
	if err := n.decode(raw); err != nil {
		return err
	}
	*a = SenderAuthentication{Numbers: n.Numbers, Raw: raw}
	return nil
}

// Authenticate proves a number by an automatic phone call, in two steps: with an
// empty factor the phone rings and the answer has a transaction; with that and
// the digits that were heard, the number becomes active.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/senderid/authenticateSenderId.md
func (s *SenderNumbersService) Authenticate(ctx context.Context, phoneNumber string, factor SenderFactor) (*SenderAuthentication, error) {
	k, err := senderCall(http.MethodPut, phoneNumber, "/authenticate", struct{}{})
	if err != nil {
		return nil, err
	}
	// The header is not in the reference; the provider's examples send it.
	header := struct {
		AuthType string `json:"authType"`
		Extras   struct {
			PhoneNumber string `json:"phoneNumber"`
		} `json:"extras"`
		TransactionID string `json:"transactionId,omitempty"`
		Token         string `json:"token,omitempty"`
	}{AuthType: "ARS", TransactionID: factor.TransactionID, Token: factor.Token}
	header.Extras.PhoneNumber = phoneNumber
	text, _ := json.Marshal(header) // strings always marshal
	k.factor = string(text)

	a := &SenderAuthentication{}
	err = s.c.do(ctx, k, a)
	var asked *APIError // one example reads the transaction from a refusal
	if errors.As(err, &asked) && a.rings(asked.Body) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// SetStatus makes a number [SenderActive] or [SenderInactive].
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/senderid/updateSenderId.md
func (s *SenderNumbersService) SetStatus(ctx context.Context, phoneNumber string, status SenderStatus) (*SenderNumbersPage, error) {
	return s.one(ctx, http.MethodPut, phoneNumber, struct {
		Status SenderStatus `json:"status"`
	}{status})
}

// Delete deletes a number that is not active. It returns those that are left.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/senderid/deleteSenderId.md
func (s *SenderNumbersService) Delete(ctx context.Context, phoneNumber string) (*SenderNumbersPage, error) {
	return s.one(ctx, http.MethodDelete, phoneNumber, nil)
}

func (s *SenderNumbersService) one(ctx context.Context, method, phoneNumber string, body any) (*SenderNumbersPage, error) {
	k, err := senderCall(method, phoneNumber, "", body)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, k)
}

// senderCall is a call about one number, which stays out of logs and errors.
func senderCall(method, phoneNumber, verb string, body any) (call, error) {
	if phoneNumber == "" || strings.Trim(phoneNumber, "0123456789") != "" {
		return call{}, errors.New("coolsms: a sender number is written in digits only, in national form")
	}
	return call{method: method, path: sendersPath + "/" + phoneNumber + verb, told: sendersPath + "/{number}" + verb, body: body, limit: maxLists}, nil
}

func (s *SenderNumbersService) change(ctx context.Context, k call) (*SenderNumbersPage, error) {
	a := changedNumbers{}
	k.limit = maxLists
	if err := s.c.do(ctx, k, &a); err != nil {
		return nil, err
	}
	return &a.SenderNumbersPage, nil
}

// changedNumbers is the answer to a change: the account's numbers in documents
// of 2019; G: perhaps the one number today.
type changedNumbers struct{ SenderNumbersPage }

func (a *changedNumbers) decode(raw []byte) error {
	var number SenderNumber
	if err := json.Unmarshal(raw, &number); err == nil && number.PhoneNumber != "" {
		a.Numbers, a.Raw = []SenderNumber{number}, raw
		return nil
	}
	return a.SenderNumbersPage.decode(raw)
}
