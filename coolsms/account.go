package coolsms

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// AccountService knows the account's limits and whose key is used.
type AccountService struct{ c *Client }

// Quota is how many messages the account may send a day.
type Quota struct {
	AccountID      string  `json:"accountId"`
	Quota          float64 `json:"quota"`
	Min            float64 `json:"min"`
	Max            float64 `json:"max"`
	OverseasQuota  float64 `json:"overseasQuota"`
	AutoAdjustment bool    `json:"-"`

	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// Quota returns how many messages the account may send a day. A group that goes
// over it fails.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/quota/getQuota.md
func (s *AccountService) Quota(ctx context.Context) (*Quota, error) {
	q := &Quota{}
	if err := s.c.do(ctx, call{method: http.MethodGet, path: "/quota/v1/me"}, q); err != nil {
		return nil, err
	}
	return q, nil
}

func (q *Quota) decode(raw []byte) error {
	type plain Quota
	wire := struct {
		*plain
		Quota          *float64 `json:"quota"`
		AutoAdjustment flag     `json:"autoAdjustment"`
	}{plain: (*plain)(q)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.Quota == nil { // nothing is not zero
		return errNoQuota
	}
	q.Quota, q.AutoAdjustment, q.Raw = *wire.Quota, bool(wire.AutoAdjustment), raw
	return nil
}

// QuotaRequestParams asks for more messages a day.
type QuotaRequestParams struct {
	Quota   int      `json:"quota"`                     // how many are wanted
	Reason  string   `json:"reasonRequested,omitempty"` // why
	FileIDs []string `json:"fileIds"`                   // files that prove it; see [FilesService.Upload]
}

// QuotaRequest is where such a request stands.
type QuotaRequest struct {
	HandleKey      string `json:"handleKey"`
	Status         string `json:"status"` // PENDING at first
	RequestedQuota int    `json:"requestedQuota"`
	ReasonRejected string `json:"reasonRejected"`

	DateCreated time.Time `json:"-"`

	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads the provider's form.
func (r *QuotaRequest) UnmarshalJSON(raw []byte) error {
	type plain QuotaRequest
	wire := struct {
		*plain
		dates
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	r.DateCreated, r.Raw = wire.dates.DateCreated.Time, keep(raw)
	return nil
}

// RequestQuota asks the provider for more messages a day. People decide on it.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/quota/requestToIncreaseSystemQuota.md
func (s *AccountService) RequestQuota(ctx context.Context, p QuotaRequestParams) (*QuotaRequest, error) {
	if p.FileIDs == nil {
		p.FileIDs = []string{}
	}
	k := call{method: http.MethodPost, path: "/quota/v1/me/system", body: p}
	return fetch(ctx, s.c, k, func(r *QuotaRequest) string { return r.Status })
}

// Member is who the key belongs to.
type Member struct {
	MemberID  string `json:"memberId"`
	AccountID string `json:"accountId"`
	Role      string `json:"role"`   // OWNER, DEVELOPER, MEMBER
	Status    string `json:"status"` // ACTIVE, INACTIVE, DELETED, UNVERIFIED

	// Raw is the answer as it came. The fields above are guesses; this holds
	// whatever there is.
	Raw json.RawMessage `json:"-"`
}

// Member returns who the key belongs to.
func (s *AccountService) Member(ctx context.Context) (*Member, error) {
	m := &Member{}
	if err := s.c.do(ctx, call{method: http.MethodGet, path: "/users/v1/member"}, m); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Member) decode(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	if len(members) == 0 {
		return errNameless
	}
	for name, into := range map[string]*string{"memberId": &m.MemberID, "accountId": &m.AccountID, "role": &m.Role, "status": &m.Status} {
		_ = json.Unmarshal(members[name], into) // G: what is of another form is in Raw alone
	}
	m.Raw = raw
	return nil
}
