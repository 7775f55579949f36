package sandbox

import (
	"container/list"
	"encoding/json"
	"time"
)

// message is one stored message, accepted or refused.
type message struct {
	id      string
	seq     uint64 // order of arrival
	group   *group
	to      string
	from    string
	text    string
	subject string
	country string
	kind    string
	image   string
	auto    bool
	custom  map[string]string
	kakao   json.RawMessage
	voice   json.RawMessage
	bytes   int

	code  string        // status code
	final string        // the code it will end with, decided when it is sent
	price int64         // won paid for it, 0 before the send
	wait  time.Duration // from the send to the report

	replaced *replacement // the text that went in place of a Kakao message

	created, updated, processed, reported, received time.Time
	sent                                            time.Time // when the send call was taken

	place   *list.Element
	phone   *phone
	onPhone *list.Element
}

// refused reports whether the message never got past the door.
func (m *message) refused() bool { return m.code[0] == '1' }

// accept puts drafts into a group, refused ones too, and returns what became
// of each, in order.
func (w *world) accept(g *group, ds []draft) []*message {
	out := make([]*message, 0, len(ds))
	for i := range ds {
		d := &ds[i]
		code := w.door(g, d) // first: it completes an AlimTalk
		m := &message{
			id: w.newMessageID(g), group: g, to: d.to, from: d.from,
			text: d.text, subject: d.subject, country: d.country, kind: d.kind, image: d.image,
			auto: d.autoType, custom: d.custom, kakao: d.kakao, voice: d.voice, bytes: d.bytes,
			code: code, created: w.now, updated: w.now,
		}
		w.keepMessage(m)
		out = append(out, m)
		if m.refused() {
			g.count.RegisteredFailed++
			continue
		}
		g.count.RegisteredSuccess++
		g.open++
		g.taken[m.to] = true
		g.charge.add(m.kind, m.country, 1)
	}
	g.count.Total = g.count.RegisteredFailed + g.count.RegisteredSuccess
	g.updated = w.now
	return out
}

// door returns the code a draft enters with: 2000, or the 10xx it is refused
// with by the rules that depend on the account.
func (w *world) door(g *group, d *draft) string {
	switch {
	case d.code != "":
		return d.code
	case d.country == "82" && !w.maySend(d.from) && (d.from != "" || !isKakao(d.kind)):
		return "1062"
	case w.barred(d.from, d.to) != "":
		return w.barred(d.from, d.to)
	case d.image != "" && w.fileOf(d.image, "MMS") == nil:
		return "1034"
	case g.taken[d.to] && !g.allowDuplicates:
		return "1026"
	}
	if isKakao(d.kind) {
		if code := w.kakaoDoor(d); code != "" {
			return code
		}
	}
	if f := w.fateOf(d.to); f != nil && f.StatusCode[0] == '1' {
		w.spend(f)
		return f.StatusCode
	}
	return "2000"
}

// maySend reports whether a sender number is registered, ACTIVE and not lapsed.
func (w *world) maySend(number string) bool {
	s := w.sender(number)
	return s != nil && s.active(w.now)
}
