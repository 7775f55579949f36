package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// savedGroup is a group and its messages, oldest first.
type savedGroup struct {
	ID              string            `json:"id"`
	Status          string            `json:"status"`
	Count           count             `json:"count"`
	Charge          charge            `json:"charge"`
	Balance         purse             `json:"balance"`
	Point           purse             `json:"point"`
	Created         time.Time         `json:"created"`
	Updated         time.Time         `json:"updated"`
	ScheduledFor    time.Time         `json:"scheduledFor,omitzero"`
	Sent            time.Time         `json:"sent,omitzero"`
	Completed       time.Time         `json:"completed,omitzero"`
	Log             []savedLine       `json:"log"`
	Agent           wireAgent         `json:"agent"`
	AllowDuplicates bool              `json:"allowDuplicates,omitempty"`
	Strict          *bool             `json:"strict,omitempty"`
	Custom          map[string]string `json:"custom"`
	Hint            json.RawMessage   `json:"hint,omitempty"`
	Priced          bool              `json:"priced,omitempty"`
	Resent          bool              `json:"resent,omitempty"`
	Open            int               `json:"open"`
	Messages        []savedMessage    `json:"messages"`
}

// savedLine is a line of a group's log.
type savedLine struct {
	CreateAt string      `json:"createAt"`
	Message  string      `json:"message"`
	Moved    *moneyMoved `json:"moved,omitempty"`
}

// savedMessage is one message of a group.
type savedMessage struct {
	ID        string            `json:"id"`
	Seq       uint64            `json:"seq"`
	To        string            `json:"to"`
	From      string            `json:"from"`
	Text      string            `json:"text"`
	Subject   string            `json:"subject,omitempty"`
	Country   string            `json:"country"`
	Kind      string            `json:"kind"`
	Image     string            `json:"image,omitempty"`
	Auto      bool              `json:"auto,omitempty"`
	Custom    map[string]string `json:"custom,omitempty"`
	Kakao     json.RawMessage   `json:"kakao,omitempty"`
	Voice     json.RawMessage   `json:"voice,omitempty"`
	Replaced  *replacement      `json:"replaced,omitempty"`
	Bytes     int               `json:"bytes"`
	Code      string            `json:"code"`
	Final     string            `json:"final,omitempty"`
	Price     int64             `json:"price,omitempty"`
	Wait      time.Duration     `json:"wait,omitempty"`
	Created   time.Time         `json:"created"`
	Updated   time.Time         `json:"updated"`
	Processed time.Time         `json:"processed,omitzero"`
	Reported  time.Time         `json:"reported,omitzero"`
	Received  time.Time         `json:"received,omitzero"`
	Sent      time.Time         `json:"sent,omitzero"`
}

func (w *world) saveGroups() []savedGroup {
	out := make([]savedGroup, 0, len(w.groups))
	for e := w.groupOrder.Back(); e != nil; e = e.Prev() {
		out = append(out, e.Value.(*group).save())
	}
	return out
}

func (g *group) save() savedGroup {
	v := savedGroup{
		ID: g.id, Status: g.status, Count: g.count, Charge: g.charge.clone(), Balance: g.balance, Point: g.point,
		Created: g.created, Updated: g.updated, ScheduledFor: g.scheduledFor, Sent: g.sent, Completed: g.completed,
		Agent: g.agent, AllowDuplicates: g.allowDuplicates, Strict: g.strict, Custom: g.custom, Hint: g.hint,
		Priced: g.priced, Resent: g.resent, Open: g.open, Messages: make([]savedMessage, len(g.messages)),
	}
	for _, line := range g.log {
		v.Log = append(v.Log, savedLine{line.CreateAt, line.Message, line.moneyMoved})
	}
	for i, m := range g.messages {
		v.Messages[i] = savedMessage{
			m.id, m.seq, m.to, m.from, m.text, m.subject, m.country, m.kind, m.image, m.auto, m.custom, m.kakao, m.voice, m.replaced, m.bytes,
			m.code, m.final, m.price, m.wait, m.created, m.updated, m.processed, m.reported, m.received, m.sent,
		}
	}
	return v
}

// clone copies the counts, which go on changing in the account.
func (c *charge) clone() (out charge) {
	for i, counts := range c {
		for country, n := range counts {
			if out[i] == nil {
				out[i] = map[string]int{}
			}
			out[i][country] = n
		}
	}
	return out
}

// loadGroups puts groups and messages back into every index, in the order they
// came in, and enters what is still to happen to them into the agenda.
func (w *world) loadGroups(saved []savedGroup) error {
	var all []*message
	seen := map[string]bool{}
	for i := range saved {
		g := saved[i].group()
		if g.id == "" || w.groups[g.id] != nil {
			return fmt.Errorf("groups: group %d has no id of its own", i)
		}
		var last uint64
		for _, v := range saved[i].Messages {
			if len(v.Code) != 4 || !v.Sent.IsZero() && len(v.Final) != 4 {
				return fmt.Errorf("groups: message %s has no status code", clip(v.ID, 40))
			}
			if v.ID == "" || seen[v.ID] || v.Seq <= last {
				return fmt.Errorf("groups: message %s is out of order", clip(v.ID, 40))
			}
			seen[v.ID], last = true, v.Seq
			m := v.message(g)
			all = append(all, m)
			g.messages = append(g.messages, m)
			if !m.refused() {
				g.taken[m.to] = true
			}
		}
		w.groups[g.id] = g
		g.place = w.groupOrder.PushFront(g)
	}
	slices.SortFunc(all, func(a, b *message) int { return cmp.Compare(a.seq, b.seq) })
	for _, m := range all {
		w.index(m)
	}
	for w.groupOrder.Len() > w.set.keep { // it may be less than it was
		w.forget(w.oldestGroup())
	}
	w.trim()
	for e := w.groupOrder.Back(); e != nil; e = e.Prev() {
		w.resume(e.Value.(*group))
	}
	return nil
}

// resume enters what a group still waits for.
func (w *world) resume(g *group) {
	if g.status == scheduled {
		w.awaken(g)
	}
	type moment struct {
		sent time.Time
		wait time.Duration
	}
	waves := map[moment][]*message{}
	var order []moment
	for _, m := range g.messages {
		if m.sent.IsZero() || isFinal(m.code) {
			continue
		}
		at := moment{m.sent, m.wait}
		if waves[at] == nil {
			order = append(order, at)
		}
		waves[at] = append(waves[at], m)
	}
	for _, at := range order {
		w.enterWave(at.sent, wave{at.wait, waves[at]})
	}
}

func (v *savedGroup) group() *group {
	g := &group{
		id: v.ID, status: v.Status, count: v.Count, charge: v.Charge, balance: v.Balance, point: v.Point,
		created: v.Created, updated: v.Updated, scheduledFor: v.ScheduledFor, sent: v.Sent, completed: v.Completed,
		agent: v.Agent, allowDuplicates: v.AllowDuplicates, strict: v.Strict, custom: v.Custom, hint: v.Hint,
		priced: v.Priced, resent: v.Resent, open: v.Open, taken: map[string]bool{},
	}
	for _, line := range v.Log {
		g.log = append(g.log, logLine{line.CreateAt, line.Message, line.Moved})
	}
	return g
}

func (v *savedMessage) message(g *group) *message {
	return &message{
		id: v.ID, seq: v.Seq, group: g, to: v.To, from: v.From, text: v.Text, subject: v.Subject, country: v.Country,
		kind: v.Kind, image: v.Image, auto: v.Auto, custom: v.Custom, kakao: v.Kakao, voice: v.Voice, replaced: v.Replaced, bytes: v.Bytes,
		code: v.Code, final: v.Final, price: v.Price, wait: v.Wait, created: v.Created, updated: v.Updated,
		processed: v.Processed, reported: v.Reported, received: v.Received, sent: v.Sent,
	}
}
