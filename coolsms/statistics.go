package coolsms

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// StatisticsParams says which days are counted.
type StatisticsParams struct {
	Start, End      time.Time // zero leaves that side open
	MasterAccountID string
}

// Statistics counts an account's messages and their cost, in won.
type Statistics struct {
	Balance           float64           `json:"balance"` // spent of the balance
	Point             float64           `json:"point"`   // spent of the points
	MonthlyBalanceAvg float64           `json:"monthlyBalanceAvg"`
	MonthlyPointAvg   float64           `json:"monthlyPointAvg"`
	DailyBalanceAvg   float64           `json:"dailyBalanceAvg"`
	DailyPointAvg     float64           `json:"dailyPointAvg"`
	Refund            StatisticsRefund  `json:"refund"`
	Total             TypeCounts        `json:"total"`
	Succeeded         TypeCounts        `json:"successed"`
	Failed            TypeCounts        `json:"failed"`
	Months            []StatisticsMonth `json:"monthPeriod"`
	Days              []StatisticsDay   `json:"dayPeriod"`

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage `json:"-"`
}

// StatisticsMonth counts one month.
type StatisticsMonth struct {
	Month     string           `json:"date"` // like 2026/05
	Balance   float64          `json:"balance"`
	Point     float64          `json:"point"`
	Refund    StatisticsRefund `json:"refund"`
	Total     TypeCounts       `json:"total"`
	Succeeded TypeCounts       `json:"successed"`
	Failed    TypeCounts       `json:"failed"`
	Days      []StatisticsDay  `json:"dayPeriod"`
}

// StatisticsDay counts one day of Korean time.
type StatisticsDay struct {
	Month       string                     `json:"month"` // like 2026/05
	Date        string                     `json:"date"`  // like 2026/05/04
	Balance     float64                    `json:"balance"`
	Point       float64                    `json:"point"`
	Refund      StatisticsRefund           `json:"refund"`
	Total       TypeCounts                 `json:"total"`
	Succeeded   TypeCounts                 `json:"successed"`
	Failed      TypeCounts                 `json:"failed"`
	StatusCodes map[StatusCode]*TypeCounts `json:"statusCode"` // without totals
}

// StatisticsRefund is what was given back.
type StatisticsRefund struct {
	Balance float64 `json:"balance"`
	Point   float64 `json:"point"`
}

// TypeCounts counts messages by their type, types that this package does not
// know included.
type TypeCounts struct {
	Total int
	Types map[MessageType]int
}

// UnmarshalJSON reads the provider's form, which writes the types in small
// letters beside the total.
func (c *TypeCounts) UnmarshalJSON(raw []byte) error {
	var counts map[string]float64
	if err := json.Unmarshal(raw, &counts); err != nil {
		return err
	}
	*c = TypeCounts{Types: make(map[MessageType]int, len(counts))}
	for name, n := range counts {
		if name == "total" {
			c.Total = int(n)
			continue
		}
		c.Types[MessageType(strings.ToUpper(name))] = int(n)
	}
	return nil
}

func (s *Statistics) decode(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	if members["total"] == nil && members["dayPeriod"] == nil {
		return errNoCounts
	}
	if err := json.Unmarshal(raw, s); err != nil {
		return err
	}
	s.Raw = raw
	return nil
}

// Statistics counts the account's messages by months and days.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/getStatistics.md
func (s *MessagesService) Statistics(ctx context.Context, p StatisticsParams) (*Statistics, error) {
	return s.statistics(ctx, "/messages/v4/statistics", p)
}

// DailyStatistics counts the account's messages by days.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/getDailyStatistics.md
func (s *MessagesService) DailyStatistics(ctx context.Context, p StatisticsParams) (*Statistics, error) {
	return s.statistics(ctx, "/messages/v4/statistics/daily", p)
}

func (s *MessagesService) statistics(ctx context.Context, path string, p StatisticsParams) (*Statistics, error) {
	q := url.Values{}
	setTimes(q, p.Start, p.End)
	set(q, "masterAccountId", p.MasterAccountID)
	out := &Statistics{}
	if err := s.c.do(ctx, call{method: http.MethodGet, path: path, query: q, limit: maxLists}, out); err != nil {
		return nil, err
	}
	return out, nil
}
