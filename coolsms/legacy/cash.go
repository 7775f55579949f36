package legacy

import (
	"context"
	"encoding/json"
)

// CashService knows the account's money.
type CashService struct{ c *Client }

// Balance is the account's money, in won.
type Balance struct {
	Cash  float64
	Point float64 // given by the provider; spent like money

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

// Usable returns what can be spent: cash and points together.
func (b *Balance) Usable() float64 { return b.Cash + b.Point }

// Balance returns the account's money.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *CashService) Balance(ctx context.Context) (*Balance, error) {
	return s.c.balance(ctx, v2+"balance")
}

func (c *Client) balance(ctx context.Context, path string) (*Balance, error) {
	b := &Balance{}
	if err := c.do(ctx, get(path, nil), b); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Balance) decode(raw []byte) error {
	var w struct {
		Cash  *decimal `json:"cash"`
		Point decimal  `json:"point"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	if w.Cash == nil { // nothing is not zero
		return errNoBalance
	}
	*b = Balance{Cash: float64(*w.Cash), Point: float64(w.Point), Raw: raw}
	return nil
}
