package sandbox

import (
	"encoding/json"
	"net/http"
)

// Quota is how many messages the account may send on one Korean day, at home
// and abroad.
type Quota struct {
	Quota    int `json:"quota"`
	Overseas int `json:"overseasQuota"`
}

// plenty is the quota of a new account: it never stands in the way.
const plenty = 100_000_000

var errQuota = &refusal{http.StatusBadRequest, "QuotaExceeded", "일일 발송 한도를 넘었습니다."} // only the group's log shows it

// withinQuota reports whether a group still fits into the day. A group that
// failed before and is sent once more does not count.
func (w *world) withinQuota(g *group) bool {
	home, abroad := g.destinations()
	day := w.tally(w.now)
	return g.resent || day.Home+home <= w.res.Quota.Quota && day.Abroad+abroad <= w.res.Quota.Overseas
}

// destinations counts the messages of a group that wait to be sent.
func (g *group) destinations() (home, abroad int) {
	for _, m := range g.messages {
		switch {
		case m.code != "2000":
		case m.country == "82":
			home++
		default:
			abroad++
		}
	}
	return home, abroad
}

// getQuota serves GET /quota/v1/me.
func getQuota(c *call) (any, error) {
	v := struct {
		Quota
		AccountID      string `json:"accountId"`
		Min            int    `json:"min"`
		Max            int    `json:"max"`
		AutoAdjustment bool   `json:"autoAdjustment"`
	}{AccountID: accountID, Max: plenty}
	c.s.change(func(w *world) { v.Quota = w.res.Quota })
	return v, nil
}

// askQuota serves POST /quota/v1/me/system, a wish for more. It is written down
// as waiting, with the fields it came with; a person grants it with the control
// /sandbox/quota (G: the answer).
func askQuota(c *call) (any, error) {
	var v map[string]json.RawMessage
	if err := decode(c.body, &v); err != nil {
		return nil, err
	}
	if v == nil {
		v = map[string]json.RawMessage{}
	}
	c.s.change(func(w *world) {
		for name, field := range map[string]string{
			"handleKey": newResourceID(w.chance, "QU01RQ", w.now), "accountId": accountID,
			"status": "PENDING", "dateCreated": stamp(w.now), "dateUpdated": stamp(w.now),
		} {
			v[name], _ = json.Marshal(field) // a string always encodes
		}
	})
	return v, nil
}

// SetQuota changes how much may be sent in a day. The error tells what is wrong
// with q.
func (s *Sandbox) SetQuota(q Quota) error {
	if q.Quota < 0 || q.Overseas < 0 {
		return errValidation.because("quota, overseasQuota: 0 or more")
	}
	s.change(func(w *world) { w.res.Quota = q })
	return nil
}

// postQuota changes the quotas that the body names.
func (s *Sandbox) postQuota(r *http.Request) (any, error) {
	var q Quota
	s.change(func(w *world) { q = w.res.Quota })
	if err := decodeStrict(r.Body, &q); err != nil {
		return nil, err
	}
	return q, s.SetQuota(q)
}
