package sandbox

import (
	"net/url"
	"strconv"
	"time"
)

// Types of an entry of the balance history. Only MANUAL is documented (G).
const (
	moneySent     = "SEND"   // taken for a group
	moneyRefunded = "REFUND" // given back for a message that failed
	moneyManual   = "MANUAL" // set by a person
)

// moneyEntry is one change of the purses.
type moneyEntry struct {
	N          uint64    `json:"n"` // counts them
	Type       string    `json:"type"`
	GroupID    string    `json:"groupId"`
	OldBalance int64     `json:"oldBalance"`
	NewBalance int64     `json:"newBalance"`
	OldPoint   int64     `json:"oldPoint"`
	NewPoint   int64     `json:"newPoint"`
	At         time.Time `json:"at"`
}

var historyFields = map[string]valueKind{"type": asText, "groupId": asText, "dateCreated": asTime}

func (e *moneyEntry) field(name string) value {
	switch name {
	case "type":
		return textOf(e.Type)
	case "groupId":
		return textOf(e.GroupID)
	}
	return value{time: e.At}
}

// moveMoney adds to the purses and writes it down.
func (w *world) moveMoney(kind, groupID string, balance, point int64) {
	if balance == 0 && point == 0 {
		return
	}
	w.res.Moves++
	e := moneyEntry{
		N: w.res.Moves, Type: kind, GroupID: groupID, OldBalance: w.balance, OldPoint: w.point,
		NewBalance: w.balance + balance, NewPoint: w.point + point, At: w.now,
	}
	w.balance, w.point = e.NewBalance, e.NewPoint
	if len(w.res.History) >= 2*maxResources { // in halves, so that it costs little
		w.res.History = append(w.res.History[:0], w.res.History[maxResources:]...)
	}
	w.res.History = append(w.res.History, e)
	w.changed |= partAccount
}

// getBalanceHistory serves GET /cash/v1/balance/history: a list, newest first,
// of the fields in a sample of the provider's documents (solapi/documents, cash).
func getBalanceHistory(c *call) (any, error) {
	q := c.r.URL.Query()
	limit, err := limitOf(q, defaultLimit)
	if err != nil {
		return nil, err
	}
	offset, err := offsetOf(q)
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(q, historyFields)
	if err != nil {
		return nil, err
	}
	type entryView struct {
		HistoryID      string  `json:"historyId"`
		AccountID      string  `json:"accountId"`
		Type           string  `json:"type"`
		GroupID        *string `json:"groupId"`
		BalanceAmount  int64   `json:"balanceAmount"`
		PointAmount    int64   `json:"pointAmount"`
		OldBalance     int64   `json:"oldBalance"`
		NewBalance     int64   `json:"newBalance"`
		OldPoint       int64   `json:"oldPoint"`
		NewPoint       int64   `json:"newPoint"`
		Memo           *string `json:"memo"`
		RechargeMethod *string `json:"rechargeMethod"`
		ServiceMethod  *string `json:"serviceMethod"`
		DateCreated    string  `json:"dateCreated"`
	}
	v := []entryView{}
	c.s.change(func(w *world) {
		for i := len(w.res.History) - 1; i >= 0 && len(v) < limit; i-- {
			e := &w.res.History[i]
			if !f.match(e.field) {
				continue
			}
			if offset > 0 {
				offset--
				continue
			}
			one := entryView{
				HistoryID: strconv.FormatUint(e.N, 10), AccountID: accountID, Type: e.Type, GroupID: filled(e.GroupID),
				BalanceAmount: e.NewBalance - e.OldBalance, PointAmount: e.NewPoint - e.OldPoint,
				OldBalance: e.OldBalance, NewBalance: e.NewBalance, OldPoint: e.OldPoint, NewPoint: e.NewPoint,
				DateCreated: stamp(e.At),
			}
			if e.GroupID != "" {
				one.ServiceMethod = filled("MT")
			}
			v = append(v, one)
		}
	})
	return v, nil
}

// offsetOf reads offset, 0 when there is none.
func offsetOf(q url.Values) (int, error) {
	given := q.Get("offset")
	if given == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 0 {
		return 0, errValidation.because("offset은 0 이상의 수여야 합니다.")
	}
	return n, nil
}
