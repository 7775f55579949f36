package coolsms

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// BlocksService knows whom the account sends nothing: those who opted out over
// an 080 line, and those whom it blocks itself.
type BlocksService struct{ c *Client }

// Black is somebody who opted out over an 080 line.
type Black struct {
	HandleKey       string `json:"handleKey"`
	Type            string `json:"type"` // DENIAL
	SenderNumber    string `json:"senderNumber"`
	RecipientNumber string `json:"recipientNumber"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the item as it came.
	Raw json.RawMessage `json:"-"`
}

// String tells the recipient, masked.
func (b Black) String() string { return "coolsms.Black(" + mask(b.RecipientNumber) + ")" }

// LogValue is String.
func (b Black) LogValue() slog.Value { return slog.StringValue(b.String()) }

// UnmarshalJSON reads the provider's form.
func (b *Black) UnmarshalJSON(raw []byte) error {
	type plain Black
	wire := struct {
		*plain
		dates
	}{plain: (*plain)(b)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	b.DateCreated, b.DateUpdated, b.Raw = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time, keep(raw)
	return nil
}

// ListBlacksParams says whose opting out is asked for.
type ListBlacksParams struct {
	SenderNumber string
	Start, End   time.Time // when; zero leaves that side open

	PageParams
}

// Blacks returns one page of those who opted out.
func (s *BlocksService) Blacks(ctx context.Context, p ListBlacksParams) (*Page[Black], error) {
	q := pageQuery(p.StartKey, p.Limit)
	q.Set("type", "DENIAL")
	set(q, "senderNumber", p.SenderNumber)
	setCreated(q, p.Start, p.End)
	return list[Black](ctx, s.c, call{method: http.MethodGet, path: "/iam/v1/black", query: q}, "blackList")
}

// AllBlacks walks over all who opted out.
func (s *BlocksService) AllBlacks(ctx context.Context, p ListBlacksParams) iter.Seq2[*Black, error] {
	return all(p.StartKey, func(startKey string) (*Page[Black], error) {
		p := p
		p.StartKey = startKey
		return s.Blacks(ctx, p)
	})
}

// BlockGroup is a list of blocked numbers.
type BlockGroup struct {
	BlockGroupID  string   `json:"blockGroupId"`
	AccountID     string   `json:"accountId"`
	Status        string   `json:"status"` // ACTIVE, INACTIVE
	Name          string   `json:"name"`
	UseAll        bool     `json:"-"` // it holds for every sender number
	SenderNumbers []string `json:"senderNumbers"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the item as it came.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads the provider's form.
func (g *BlockGroup) UnmarshalJSON(raw []byte) error {
	type plain BlockGroup
	wire := struct {
		*plain
		dates
		UseAll flag `json:"useAll"`
	}{plain: (*plain)(g)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	g.UseAll, g.Raw = bool(wire.UseAll), keep(raw)
	g.DateCreated, g.DateUpdated = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time
	return nil
}

// ListBlockGroupsParams says which lists of blocked numbers are asked for.
type ListBlockGroupsParams struct {
	BlockGroupID string
	SenderNumber string
	Name         string // a part of it
	Status       string // ACTIVE or INACTIVE
	UseAll       *bool

	PageParams
}

// Groups returns one page of the lists of blocked numbers.
func (s *BlocksService) Groups(ctx context.Context, p ListBlockGroupsParams) (*Page[BlockGroup], error) {
	q := pageQuery(p.StartKey, p.Limit)
	set(q, "blockGroupId", p.BlockGroupID)
	set(q, "senderNumber", p.SenderNumber)
	set(q, "name[like]", p.Name)
	set(q, "status", p.Status)
	if p.UseAll != nil {
		q.Set("useAll", strconv.FormatBool(*p.UseAll))
	}
	return list[BlockGroup](ctx, s.c, call{method: http.MethodGet, path: "/iam/v1/block/groups", query: q}, "blockGroups")
}

// AllGroups walks over all lists of blocked numbers.
func (s *BlocksService) AllGroups(ctx context.Context, p ListBlockGroupsParams) iter.Seq2[*BlockGroup, error] {
	return all(p.StartKey, func(startKey string) (*Page[BlockGroup], error) {
		p := p
		p.StartKey = startKey
		return s.Groups(ctx, p)
	})
}

// BlockNumber is a number that gets nothing.
type BlockNumber struct {
	BlockNumberID string   `json:"blockNumberId"`
	AccountID     string   `json:"accountId"`
	Memo          string   `json:"memo"`
	PhoneNumber   string   `json:"phoneNumber"`
	BlockGroupIDs []string `json:"blockGroupIds"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the item as it came.
	Raw json.RawMessage `json:"-"`
}

// String tells the number, masked.
func (n BlockNumber) String() string { return "coolsms.BlockNumber(" + mask(n.PhoneNumber) + ")" }

// LogValue is String.
func (n BlockNumber) LogValue() slog.Value { return slog.StringValue(n.String()) }

// UnmarshalJSON reads the provider's form.
func (n *BlockNumber) UnmarshalJSON(raw []byte) error {
	type plain BlockNumber
	wire := struct {
		*plain
		dates
	}{plain: (*plain)(n)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	n.DateCreated, n.DateUpdated, n.Raw = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time, keep(raw)
	return nil
}

// ListBlockNumbersParams says which blocked numbers are asked for.
type ListBlockNumbersParams struct {
	BlockNumberID string
	PhoneNumber   string // digits only
	BlockGroupID  string
	Memo          string // a part of it

	PageParams
}

// Numbers returns one page of blocked numbers.
func (s *BlocksService) Numbers(ctx context.Context, p ListBlockNumbersParams) (*Page[BlockNumber], error) {
	q := pageQuery(p.StartKey, p.Limit)
	set(q, "blockNumberId", p.BlockNumberID)
	set(q, "phoneNumber", p.PhoneNumber)
	set(q, "blockGroupId", p.BlockGroupID)
	set(q, "memo[like]", p.Memo)
	return list[BlockNumber](ctx, s.c, call{method: http.MethodGet, path: "/iam/v1/block/numbers", query: q}, "blockNumbers")
}

// AllNumbers walks over all blocked numbers.
func (s *BlocksService) AllNumbers(ctx context.Context, p ListBlockNumbersParams) iter.Seq2[*BlockNumber, error] {
	return all(p.StartKey, func(startKey string) (*Page[BlockNumber], error) {
		p := p
		p.StartKey = startKey
		return s.Numbers(ctx, p)
	})
}

// setCreated bounds the day of creation as lists with operators take it.
func setCreated(q url.Values, start, end time.Time) {
	if !start.IsZero() {
		q.Set("dateCreated[gte]", start.UTC().Format(queryTime))
	}
	if !end.IsZero() {
		q.Set("dateCreated[lte]", end.UTC().Format(queryTime))
	}
}
