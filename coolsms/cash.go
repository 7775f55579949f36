package coolsms

import (
	"context"
	"encoding/json"
	"net/http"
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
