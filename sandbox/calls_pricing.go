package sandbox

import (
	"net/http"
	"strings"
)

// countries are the destinations that have a price. Abroad there is only SMS,
// at the same price as at home (G).
var countries = []struct{ id, name string }{
	{"82", "Korea, South"}, {"1", "United States"}, {"81", "Japan"}, {"86", "China"},
}

var errCountry = &refusal{http.StatusBadRequest, "InvalidCountryId", "없는 국가 코드입니다."}

// unsigned reports whether a call needs no key: prices are public.
func unsigned(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/pricing/v1/") }

// priceOf is what one message costs, in won.
func (set *settings) priceOf(kind string) int64 { return set.prices[kind] }

// priceView lists the prices of one country: {"countryId":"82","sms":20,...}, as
// a sample in the provider's documents has it (solapi/documents, pricing).
func (c *call) priceView(id, name string) map[string]any {
	v := map[string]any{"countryId": id, "countryName": name}
	for kind, won := range c.s.set.prices {
		v[strings.ToLower(kind)] = won
	}
	return v
}

// getPrice serves GET /pricing/v1/messaging, the prices of the account, and
// /default, those of anybody; here they are the same. Without countryId it
// answers Korea (G).
func getPrice(c *call) (any, error) {
	id := c.r.URL.Query().Get("countryId")
	for _, country := range countries {
		if country.id == id || id == "" {
			return c.priceView(country.id, country.name), nil
		}
	}
	return nil, errCountry
}

// listPrices serves GET /pricing/v1/messaging/countries.
func listPrices(c *call) (any, error) {
	id, v := c.r.URL.Query().Get("countryId"), []any{}
	for _, country := range countries {
		if country.id == id || id == "" {
			v = append(v, c.priceView(country.id, country.name))
		}
	}
	if len(v) == 0 {
		return nil, errCountry
	}
	return v, nil
}
