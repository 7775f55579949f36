package coolsms

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// PricingService knows what messages cost. The provider asks for no key here,
// and none is sent.
type PricingService struct{ c *Client }

// Price is what one message of each type costs to one country, in won. Prices
// differ by contract and change: read them, and keep none in a program.
type Price struct {
	CountryID   string // calling code, such as 82
	CountryName string

	// Won has what the answer prices, types that this package does not know
	// included.
	Won map[MessageType]float64

	// Raw is the price as it came, with what is not a price of a type.
	Raw json.RawMessage
}

// Of returns the price of a message of that type, and whether there is one.
func (p *Price) Of(t MessageType) (won float64, ok bool) {
	won, ok = p.Won[MessageType(strings.ToUpper(string(t)))]
	return won, ok
}

// Messaging returns the prices to one country, named by its calling code ("82");
// "" leaves the choice to the provider.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/pricing/getMessagePrice.md
func (s *PricingService) Messaging(ctx context.Context, countryID string) ([]Price, error) {
	return s.prices(ctx, "/pricing/v1/messaging", countryID)
}

// Countries returns the prices to every country.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/pricing/getMessagePriceList.md
func (s *PricingService) Countries(ctx context.Context) ([]Price, error) {
	return s.prices(ctx, "/pricing/v1/messaging/countries", "")
}

// Default returns the prices of those who have no contract of their own.
func (s *PricingService) Default(ctx context.Context) ([]Price, error) {
	return s.prices(ctx, "/pricing/v1/messaging/default", "")
}

func (s *PricingService) prices(ctx context.Context, path, countryID string) ([]Price, error) {
	q := url.Values{}
	set(q, "countryId", countryID)
	var list priceList
	if err := s.c.do(ctx, call{method: http.MethodGet, path: path, query: q, limit: maxLists, open: true}, &list); err != nil {
		return nil, err
	}
	return list, nil
}

type priceList []Price

// decode reads the three forms that prices are seen in: the price to one
// country, a list of such, and an object of types and prices by country, as
// groups have it.
func (l *priceList) decode(raw []byte) error {
	if bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("[")) {
		if err := json.Unmarshal(raw, (*[]Price)(l)); err != nil {
			return err
		}
		if *l == nil {
			*l = priceList{}
		}
		return nil
	}
	var p Price
	if err := p.UnmarshalJSON(raw); err != nil {
		return err
	}
	if len(p.Won) > 0 || p.CountryID != "" {
		*l = priceList{p}
		return nil
	}
	var byCountry map[string]Price
	if err := json.Unmarshal(raw, &byCountry); err != nil || len(byCountry) == 0 {
		return errNoPrices
	}
	for _, id := range slices.Sorted(maps.Keys(byCountry)) {
		p := byCountry[id]
		p.CountryID = id
		*l = append(*l, p)
	}
	return nil
}

// UnmarshalJSON reads the provider's form: every number in the object is the
// price of the type that it is named after, in small letters.
func (p *Price) UnmarshalJSON(raw []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	*p = Price{Won: map[MessageType]float64{}, Raw: bytes.Clone(raw)}
	for key, value := range fields {
		var won float64
		switch {
		case key == "countryId":
			_ = json.Unmarshal(value, &p.CountryID) // what is no text is in Raw
		case key == "countryName":
			_ = json.Unmarshal(value, &p.CountryName)
		case !bytes.Equal(value, []byte("null")) && json.Unmarshal(value, &won) == nil:
			p.Won[MessageType(strings.ToUpper(key))] = won
		}
	}
	return nil
}
