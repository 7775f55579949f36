package coolsms

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// CashService knows the account's money.
type CashService struct{ c *Client }

// Balance is the account's money, in won.
type Balance struct {
	AccountID       string           `json:"accountId"`
	Balance         float64          `json:"balance"`
	Point           float64          `json:"point"` // given by the provider; spent like money
	MinimumCash     float64          `json:"minimumCash"`
	RechargeTo      float64          `json:"rechargeTo"`
	AutoRecharge    bool             `json:"-"`
	LowBalanceAlert *LowBalanceAlert `json:"lowBalanceAlert"`

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage `json:"-"`
}

// LowBalanceAlert says when the provider itself warns of an empty account.
type LowBalanceAlert struct {
	Enabled             bool      `json:"enabled"`
	Balances            []float64 `json:"balances"`
	Channels            []string  `json:"channels"`
	NotificationBalance string    `json:"notificationBalance"`
	CurrentBalance      string    `json:"currentBalance"`
}

// Usable returns what can be spent: balance and points together.
func (b *Balance) Usable() float64 { return b.Balance + b.Point }

// Balance returns the account's money.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/cash/getBalance.md
func (s *CashService) Balance(ctx context.Context) (*Balance, error) {
	b := &Balance{}
	if err := s.c.do(ctx, call{method: http.MethodGet, path: "/cash/v1/balance"}, b); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Balance) decode(raw []byte) error {
	type plain Balance
	wire := struct {
		*plain
		Balance      *float64 `json:"balance"`
		AutoRecharge flag     `json:"autoRecharge"`
	}{plain: (*plain)(b)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	if wire.Balance == nil { // nothing is not zero
		return errNoBalance
	}
	b.Balance, b.AutoRecharge, b.Raw = *wire.Balance, bool(wire.AutoRecharge), raw
	return nil
}

// BalanceHistoryParams says which changes of the account's money are asked
// for; all that is set must hold.
type BalanceHistoryParams struct {
	Start, End time.Time // when it changed; zero leaves that side open
	Type       string    // the sort of change, such as MANUAL
	GroupID    string    // the group of messages that it paid for

	Offset int // how many of the newest are passed over
	Limit  int // 0 leaves it to the provider, which takes 20
}

// BalanceChange is one change of the account's money, in won.
type BalanceChange struct {
	HistoryID      string  `json:"historyId"`
	AccountID      string  `json:"accountId"`
	Type           string  `json:"type"`
	GroupID        string  `json:"groupId"` // "" when it was not for messages
	Memo           string  `json:"memo"`
	RechargeMethod string  `json:"rechargeMethod"`
	BalanceAmount  float64 `json:"balanceAmount"` // below zero for what was spent
	PointAmount    float64 `json:"pointAmount"`
	OldBalance     float64 `json:"oldBalance"`
	NewBalance     float64 `json:"newBalance"`
	OldPoint       float64 `json:"oldPoint"`
	NewPoint       float64 `json:"newPoint"`

	DateCreated time.Time `json:"-"`

	// Raw is the change as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage `json:"-"`
}

// History returns changes of the account's money, newest first.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/cash/getBalanceHistory.md
func (s *CashService) History(ctx context.Context, p BalanceHistoryParams) ([]BalanceChange, error) {
	q := pageQuery("", p.Limit)
	setTimes(q, p.Start, p.End)
	set(q, "type", p.Type)
	set(q, "groupId", p.GroupID)
	if p.Offset > 0 {
		q.Set("offset", strconv.Itoa(p.Offset))
	}
	var changes balanceChanges
	k := call{method: http.MethodGet, path: "/cash/v1/balance/history", query: q, limit: maxLists}
	if err := s.c.do(ctx, k, &changes); err != nil {
		return nil, err
	}
	return changes, nil
}

type balanceChanges []BalanceChange

func (c *balanceChanges) decode(raw []byte) error {
	if err := json.Unmarshal(raw, (*[]BalanceChange)(c)); err != nil {
		return err
	}
	if *c == nil {
		return errNoHistory
	}
	return nil
}

// UnmarshalJSON reads the provider's form.
func (c *BalanceChange) UnmarshalJSON(raw []byte) error {
	type plain BalanceChange
	wire := struct {
		*plain
		DateCreated stamp `json:"dateCreated"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	c.DateCreated, c.Raw = wire.DateCreated.Time, bytes.Clone(raw)
	return nil
}
