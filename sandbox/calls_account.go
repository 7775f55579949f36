package sandbox

import (
	"cmp"
	"net/url"
	"strconv"
)

// getBalance serves GET /cash/v1/balance.
func getBalance(c *call) (any, error) {
	type alert struct {
		NotificationBalance string   `json:"notificationBalance"`
		CurrentBalance      string   `json:"currentBalance"` // a string, or the npm SDK throws
		Balances            []int64  `json:"balances"`
		Channels            []string `json:"channels"`
		Enabled             bool     `json:"enabled"`
	}
	v := struct {
		AccountID        string `json:"accountId"`
		Balance          int64  `json:"balance"`
		Point            int64  `json:"point"`
		MinimumCash      int64  `json:"minimumCash"`
		RechargeTo       int64  `json:"rechargeTo"`
		RechargeTryCount int64  `json:"rechargeTryCount"`
		AutoRecharge     int64  `json:"autoRecharge"`
		LowBalanceAlert  alert  `json:"lowBalanceAlert"`
	}{AccountID: accountID}
	c.s.change(func(w *world) { v.Balance, v.Point = w.balance, w.point })
	v.LowBalanceAlert = alert{"0", strconv.FormatInt(v.Balance, 10), []int64{1000}, []string{"SMS"}, false}
	c.note = note{key: "note.balance", n: v.Balance + v.Point}
	return v, nil
}

type senderView struct {
	HandleKey         string    `json:"handleKey"`
	PhoneNumber       string    `json:"phoneNumber"`
	Status            string    `json:"status"`
	Method            *string   `json:"method"`
	ExpireAt          *string   `json:"expireAt"`
	AutoExtension     bool      `json:"autoExtension"`
	NecessaryMeasures []string  `json:"necessaryMeasures"` // null when nothing is missing
	Consignment       bool      `json:"consignment"`
	ApprovalDocuments [0]string `json:"approvalDocuments"`
	UnlockDuplicate   *string   `json:"unlockDuplicate"`
	DateCreated       string    `json:"dateCreated"`
	DateUpdated       string    `json:"dateUpdated"`
}

type sendersView struct {
	AccountID           string       `json:"accountId"`
	Limit               int          `json:"limit"`
	SenderIDs           []senderView `json:"senderIds"`
	LimitationDocuments [0]string    `json:"limitationDocuments"`
	DateCreated         string       `json:"dateCreated"`
	DateUpdated         string       `json:"dateUpdated"`
}

// viewSenders lists as many numbers as limit allows.
func (w *world) viewSenders(limit int) sendersView {
	v := sendersView{AccountID: accountID, Limit: limit, SenderIDs: []senderView{}}
	for _, s := range w.senders {
		if v.DateUpdated = stamp(s.updated); v.DateCreated == "" {
			v.DateCreated = stamp(s.created)
		}
		if len(v.SenderIDs) == limit {
			break
		}
		v.SenderIDs = append(v.SenderIDs, viewSender(s))
	}
	return v
}

// listSenders serves GET /senderid/v1/numbers, five numbers unless limit says
// otherwise.
func listSenders(c *call) (any, error) {
	limit, err := limitOf(c.r.URL.Query(), 5)
	if err != nil {
		return nil, err
	}
	var v sendersView
	c.s.change(func(w *world) { v = w.viewSenders(limit) })
	c.note = note{key: "note.senders", n: int64(len(v.SenderIDs))}
	return v, nil
}

func viewSender(s *Sender) senderView {
	v := senderView{
		HandleKey: s.handleKey, PhoneNumber: s.PhoneNumber, Status: s.Status, Method: filled(cmp.Or(s.Method, byPhone)),
		ExpireAt: optional(s.ExpireAt), AutoExtension: true,
		DateCreated: stamp(s.created), DateUpdated: stamp(s.updated),
	}
	if s.Status == "PENDING" {
		v.Method = nil
		if !s.documents {
			v.NecessaryMeasures = []string{"BUSINESS_DOCUMENTS"}
		}
	}
	return v
}

// listActiveSenders serves GET /senderid/v1/numbers/active: bare numbers. A
// lapsed number is not active (G).
func listActiveSenders(c *call) (any, error) {
	numbers := []string{}
	c.s.change(func(w *world) {
		for _, s := range w.senders {
			if s.active(w.now) {
				numbers = append(numbers, s.PhoneNumber)
			}
		}
	})
	c.note = note{key: "note.senders", n: int64(len(numbers))}
	return numbers, nil
}

// maxLimit is the longest page, documented for groups and taken for all (G);
// more is cut down to it.
const maxLimit = 500

// limitOf reads limit, or gives the default of the call.
func limitOf(q url.Values, standard int) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errValidation.because("limit은 1 이상의 수여야 합니다.")
	}
	return min(n, maxLimit), nil
}
