package sandbox

import (
	"time"
)

// sendRequest is the body of /send, /send-many and /send-many/detail.
type sendRequest struct {
	Message         *wireMessage `json:"message"`
	Messages        wireMessages `json:"messages"`
	Agent           wireAgent    `json:"agent"`
	AppID           *string      `json:"appId"` // where solapi-python puts it
	AllowDuplicates wireBool     `json:"allowDuplicates"`
	Strict          wireBool     `json:"strict"`
	ShowMessageList wireBool     `json:"showMessageList"`
	ScheduledDate   *string      `json:"scheduledDate"`
}

func (req *sendRequest) group() groupRequest {
	agent := req.Agent
	if agent.AppID == nil {
		agent.AppID = req.AppID
	}
	return groupRequest{wireAgent: agent, Strict: req.Strict, AllowDuplicates: req.AllowDuplicates}
}

// sendOne serves POST /messages/v4/send: one message in a group of its own. A
// refused message is 400 FailedToAddMessage here.
func sendOne(c *call) (any, error) {
	var req sendRequest
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	if req.Message == nil || len(req.Message.To) > 1 {
		return nil, errValidation.because("message에는 수신번호가 하나여야 합니다.")
	}
	ds, err := drafts([]wireMessage{*req.Message}, strictness(req.Strict))
	if err != nil {
		return nil, err
	}
	type sendOneView struct {
		GroupID       string `json:"groupId"`
		MessageID     string `json:"messageId"`
		AccountID     string `json:"accountId"`
		StatusCode    string `json:"statusCode"`
		StatusMessage string `json:"statusMessage"`
		To            string `json:"to"`
		From          string `json:"from"`
		Type          string `json:"type"`
		Country       string `json:"country"`
	}
	var v sendOneView
	c.s.change(func(w *world) {
		g := w.newGroup(req.group())
		m := w.accept(g, ds)[0]
		v = sendOneView{
			g.id, m.id, accountID, m.code, statusText(m.code), m.to, m.from, m.kind, m.country,
		}
		if m.refused() {
			err = w.refuseOne(m)
			w.fail(g, errFailedToAdd.because(statusText(m.code)))
			return
		}
		err = w.launchOrFail(g)
	})
	c.note = note{key: "note.accepted", n: 1}
	return v, err
}

// refuseOne is how /send answers for a refused message: in one of the two ways
// documented, or not at all, which leaves the status in a 200.
func (w *world) refuseOne(m *message) error {
	switch {
	case w.set.quirks.AnswerRefused:
		return nil
	case w.set.quirks.OldRefusals:
		return errStatusCode.because(m.id + ": " + m.code + " " + statusText(m.code))
	}
	return errFailedToAdd.because(statusText(m.code))
}

// sendMany serves POST /messages/v4/send-many, whose answer is the group.
func sendMany(c *call) (any, error) {
	sent, err := c.sendAll()
	if err != nil {
		return nil, err
	}
	return sent.group, nil
}

// sendManyDetail serves POST /messages/v4/send-many/detail. Even when every
// message is refused the answer is 200; clients look at the counts.
func sendManyDetail(c *call) (any, error) {
	sent, err := c.sendAll()
	if err != nil {
		return nil, err
	}
	type item struct {
		MessageID     string            `json:"messageId"`
		StatusCode    string            `json:"statusCode"`
		StatusMessage string            `json:"statusMessage"`
		CustomFields  map[string]string `json:"customFields"`
	}
	v := struct {
		FailedMessageList []resultView `json:"failedMessageList"`
		GroupInfo         groupView    `json:"groupInfo"`
		MessageList       []item       `json:"messageList,omitempty"`
	}{FailedMessageList: []resultView{}, GroupInfo: sent.group}
	for _, r := range sent.results {
		if r.StatusCode[0] == '1' {
			v.FailedMessageList = append(v.FailedMessageList, r)
		}
		if sent.list {
			custom := r.CustomFields
			if custom == nil {
				custom = map[string]string{}
			}
			v.MessageList = append(v.MessageList, item{r.MessageID, r.StatusCode, r.StatusMessage, custom})
		}
	}
	return v, nil
}

type sentAll struct {
	group   groupView
	results []resultView
	list    bool
}

// sendAll makes a group, fills it and sends or schedules it.
func (c *call) sendAll() (sentAll, error) {
	var req sendRequest
	if err := decode(c.body, &req); err != nil {
		return sentAll{}, err
	}
	ds, err := drafts(req.Messages, strictness(req.Strict))
	if err != nil {
		return sentAll{}, err
	}
	var when time.Time
	if req.ScheduledDate != nil && *req.ScheduledDate != "" {
		var ok bool
		if when, ok = parseKorean(*req.ScheduledDate); !ok {
			return sentAll{}, errScheduledDate
		}
	}
	out := sentAll{list: req.ShowMessageList.value}
	c.s.change(func(w *world) {
		g := w.newGroup(req.group())
		for _, m := range w.accept(g, ds) {
			out.results = append(out.results, viewResult(m))
		}
		c.note = putNote("note.accepted", g)
		switch {
		case g.open == 0:
			w.fail(g, errFailedToAdd) // G: SDKs look at the counts only
		case when.After(w.now):
			err = w.schedule(g, when)
			c.note.key = "note.scheduled"
		default:
			err = w.launchOrFail(g) // a date in the past sends at once (G)
		}
		g.priced = true
		out.group = w.viewGroup(g)
	})
	return out, err
}

// putNote says how many messages were taken and how many refused.
func putNote(key string, g *group) note {
	return note{key: key, n: int64(g.count.RegisteredSuccess), m: int64(g.count.RegisteredFailed)}
}

// parseKorean reads a date; without a zone it is Korean time (G).
func parseKorean(s string) (time.Time, bool) {
	t, zoned, ok := parseTime(s)
	if ok && !zoned {
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), korea)
	}
	return t, ok
}
