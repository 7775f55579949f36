package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
)

// pay takes the price of a group's accepted messages, points first (G), and
// reports whether the account could. Nothing is taken when it could not.
func (w *world) pay(g *group) bool {
	var total int64
	for _, m := range g.messages {
		if m.code == "2000" {
			m.price = w.set.priceOf(m.kind)
			total += m.price
		}
	}
	if w.balance+w.point < total {
		return false
	}
	moved := &moneyMoved{OldBalance: w.balance, OldPoint: w.point, TotalPrice: total}
	fromPoint := min(w.point, total)
	w.moveMoney(moneySent, g.id, fromPoint-total, -fromPoint)
	day := w.tally(w.now)
	day.Balance += total - fromPoint
	day.Point += fromPoint
	g.point.Requested += fromPoint
	g.balance.Requested += total - fromPoint
	moved.NewBalance, moved.NewPoint = w.balance, w.point
	g.priced = true
	g.note(w.now, "group sent", moved)
	return true
}

// refund gives back the price of a message that finally failed, to the purse
// that paid last: the balance as far as the group drew on it, then points (G).
func (w *world) refund(g *group, m *message) {
	toBalance := min(m.price, g.balance.Requested+g.balance.Replacement-g.balance.Refund)
	g.balance.Refund += toBalance
	g.point.Refund += m.price - toBalance
	w.moveMoney(moneyRefunded, g.id, toBalance, m.price-toBalance)
	day := w.tally(m.sent)
	day.RefundBalance += toBalance
	day.RefundPoint += m.price - toBalance
	g.count.Refund++
}

// chargeKinds are the types countForCharge and profit always name.
var chargeKinds = [...]string{"sms", "lms", "mms", "ata", "cta", "cti", "nsa", "rcs_sms", "rcs_lms", "rcs_mms", "rcs_tpl", "voice"}

// charge counts accepted messages per type and country.
type charge [len(chargeKinds)]map[string]int

func (c *charge) add(kind, country string, n int) {
	for i, name := range chargeKinds {
		if strings.EqualFold(name, kind) {
			if c[i] == nil {
				c[i] = map[string]int{}
			}
			if c[i][country] += n; c[i][country] == 0 {
				delete(c[i], country)
			}
			return
		}
	}
}

// json writes {"sms":{"82":2},"lms":{},...}: an empty object where nothing counts.
func (c *charge) json() json.RawMessage {
	out := make([]byte, 0, 160)
	for i, name := range chargeKinds {
		out = append(append(append(out, ",\""...), name...), "\":"...)
		if len(c[i]) == 0 {
			out = append(out, "{}"...)
			continue
		}
		counts, _ := json.Marshal(c[i]) // a map of numbers always encodes
		out = append(out, counts...)
	}
	out[0] = '{'
	return append(out, '}')
}

// noProfit is app.profit: this account resells nothing.
var noProfit = func() json.RawMessage {
	fields := make([]string, len(chargeKinds))
	for i, name := range chargeKinds {
		fields[i] = strconv.Quote(name) + ":0"
	}
	return json.RawMessage("{" + strings.Join(fields, ",") + "}")
}()

// priceList is the price object of a priced group: {"82":{"sms":20,...}}.
func (set *settings) priceList() json.RawMessage {
	prices := make(map[string]int64, len(set.prices))
	for kind, won := range set.prices {
		prices[strings.ToLower(kind)] = won
	}
	out, _ := json.Marshal(map[string]any{"82": prices}) // numbers and text always encode
	return out
}
