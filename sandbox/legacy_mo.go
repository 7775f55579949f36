package sandbox

import (
	"strconv"
	"time"
)

// maxReceived is how many received messages are kept; the oldest leave first.
const maxReceived = 1000

// legacyIncoming is a message that a phone sent to the account. Of these two
// calls only the paths and the three parameters are known; answers are G.
type legacyIncoming struct {
	At      time.Time `json:"at"`
	To      string    `json:"to"`
	From    string    `json:"from"`
	Content string    `json:"content"`
}

// legacyReceive serves POST /mo/1/insert.
func legacyReceive(c *call) (any, error) {
	f := c.form.fields
	in := legacyIncoming{To: digits(f["mo_number"]), From: f["sender_id"], Content: clip(f["content"], maxLMSBytes)}
	if in.To == "" || in.From == "" || in.Content == "" {
		return nil, errValidation.because("mo_number, sender_id, content가 필요합니다.")
	}
	c.s.change(func(w *world) {
		in.At = w.now
		if len(w.legacy.Received) >= maxReceived {
			w.legacy.Received = w.legacy.Received[1:]
		}
		w.legacy.Received = append(w.legacy.Received, in)
	})
	return struct {
		Code    string `json:"result_code"`
		Message string `json:"result_message"`
	}{"00", "Success"}, nil
}

// legacyReceived serves GET /mo/1/list, newest first, paged like sent.
func legacyReceived(c *call) (any, error) {
	type item struct {
		Number  string `json:"mo_number"`
		Sender  string `json:"sender_id"`
		Content string `json:"content"`
		Date    string `json:"regdate"`
	}
	limit := max(1, c.form.number("count", defaultLimit, maxLimit))
	page := max(1, c.form.number("page", 1, 1<<20))
	v := legacyPage[item]{Page: page, Data: []item{}}
	c.s.change(func(w *world) {
		all := w.legacy.Received
		v.Total = strconv.Itoa(len(all))
		for i := len(all) - 1 - (page-1)*limit; i >= 0 && len(v.Data) < limit; i-- {
			v.Data = append(v.Data, item{all[i].To, all[i].From, all[i].Content, legacyTime(all[i].At)})
		}
	})
	v.Count = len(v.Data)
	return v, nil
}
