package sandbox

import (
	"bytes"
	"cmp"
	"container/list"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
)

const defaultLimit = 20

var messageFields = map[string]valueKind{
	"messageId": asText, "groupId": asText, "to": asText, "from": asText, "type": asText,
	"dateCreated": asTime, "dateUpdated": asTime, "replacement": asText, "statusCode": asText,
}

func (m *message) field(name string) value {
	switch name {
	case "messageId":
		return value{text: m.id}
	case "groupId":
		return value{text: m.group.id}
	case "to":
		return value{text: m.to}
	case "from":
		return value{text: m.from}
	case "type":
		return value{text: m.kind}
	case "statusCode":
		return value{text: m.code}
	case "dateCreated":
		return value{time: m.created}
	case "dateUpdated":
		return value{time: m.updated}
	}
	return boolOf(m.replaced != nil)
}

var groupFields = map[string]valueKind{
	"status": asText, "groupId": asText, "dateCreated": asTime, "dateUpdated": asTime,
	"scheduledDate": asTime, "count.total": asNumber, "count.sentTotal": asNumber,
}

func (g *group) field(name string) value {
	switch name {
	case "status":
		return value{text: g.status}
	case "groupId":
		return value{text: g.id}
	case "dateCreated":
		return value{time: g.created}
	case "dateUpdated":
		return value{time: g.updated}
	case "scheduledDate":
		return value{time: g.scheduledFor}
	case "count.total":
		return value{num: int64(g.count.Total)}
	}
	return value{num: int64(g.count.SentTotal)}
}

// page is one page of a list. nextKey is written even at the end, as null,
// because C# samples read it unguarded. The items go into an object whose keys
// keep their order: newest first is told by the order alone, and the npm and
// Python SDKs keep it.
type page struct {
	StartKey *string `json:"startKey"`
	NextKey  *string `json:"nextKey"`
	Limit    int     `json:"limit"`
}

// encoded is an answer that is JSON already.
type encoded []byte

// with writes the page and its items under a name. It is not a Marshaler
// because encoding/json would read the whole list once more to compact it.
func (p page) with(name string, ids []string, item func(i int) any) (encoded, error) {
	var buf bytes.Buffer
	buf.Grow(128 + 1400*len(ids)) // about what one item takes
	enc := json.NewEncoder(&buf)
	if err := enc.Encode(p); err != nil {
		return nil, err
	}
	buf.Truncate(buf.Len() - len("}\n"))
	buf.WriteString(`,"` + name + `":{`)
	for i, id := range ids {
		if i > 0 {
			buf.WriteByte(',')
		}
		buf.WriteString(strconv.Quote(id)) // ids are plain ASCII
		buf.WriteByte(':')
		if err := enc.Encode(item(i)); err != nil {
			return nil, err
		}
	}
	buf.WriteString("}}")
	return buf.Bytes(), nil
}

// listMessages serves GET /messages/v4/list and /list-old.
func listMessages(c *call) (any, error) { return c.listMessages("") }

// listGroupMessages serves GET /messages/v4/groups/{id}/messages.
func listGroupMessages(c *call) (any, error) {
	if err := c.withGroup(func(*world, *group) error { return nil }); err != nil {
		return nil, err
	}
	return c.listMessages(c.r.PathValue("id"))
}

func (c *call) listMessages(groupID string) (any, error) {
	q := c.r.URL.Query()
	limit, err := limitOf(q, defaultLimit)
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(q, messageFields)
	if err != nil {
		return nil, err
	}
	if groupID != "" {
		f = append(f, condition{"groupId", asText, "eq", []value{{text: groupID}}})
	}
	p := page{StartKey: filled(q.Get("startKey")), Limit: limit}
	var ids []string
	var found []messageView
	c.s.change(func(w *world) {
		since := f.since("dateCreated")
		for m := range w.candidates(f, q.Get("startKey")) {
			if m.created.Before(since) {
				break // all that follow are older
			}
			if !f.match(m.field) {
				continue
			}
			if len(found) == limit {
				p.NextKey = filled(m.id)
				break
			}
			ids, found = append(ids, m.id), append(found, viewMessage(m))
		}
	})
	c.note = note{key: "note.listed", n: int64(len(found))}
	return p.with("messageList", ids, func(i int) any { return &found[i] })
}

// candidates yields the messages a filter can match, newest first, from
// startKey on, by the narrowest index that serves it. An unknown startKey
// yields nothing (G).
func (w *world) candidates(f filter, startKey string) iter.Seq[*message] {
	var start *message
	if startKey != "" {
		if start = w.messages[startKey]; start == nil {
			return func(func(*message) bool) {}
		}
	}
	if ids := f.only("messageId"); ids != nil {
		return from(start, w.byIDs(ids))
	}
	if groups := f.only("groupId"); len(groups) == 1 {
		var messages []*message
		if g := w.groups[groups[0].text]; g != nil {
			messages = g.messages
		}
		return from(start, messages)
	}
	if to := f.only("to"); len(to) == 1 && w.phones[to[0].text] != nil {
		p := w.phones[to[0].text]
		e := p.messages.Front()
		if start != nil && start.phone == p {
			e = start.onPhone
		}
		return newest(start, e)
	}
	if start != nil {
		return newest(start, start.place)
	}
	return newest(nil, w.order.Front())
}

// byIDs looks messages up, oldest first as a group keeps them.
func (w *world) byIDs(ids []value) []*message {
	var out []*message
	seen := map[string]bool{}
	for _, id := range ids {
		if m := w.messages[id.text]; m != nil && !seen[m.id] {
			seen[m.id] = true
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *message) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// from walks an oldest-first slice backwards, beginning at start.
func from(start *message, messages []*message) iter.Seq[*message] {
	end := len(messages)
	if start != nil {
		end, _ = slices.BinarySearchFunc(messages, start.seq+1, func(m *message, seq uint64) int {
			return cmp.Compare(m.seq, seq)
		})
	}
	return func(yield func(*message) bool) {
		for i := end - 1; i >= 0; i-- {
			if !yield(messages[i]) {
				return
			}
		}
	}
}

// newest walks a newest-first list, passing over what is newer than start.
func newest(start *message, e *list.Element) iter.Seq[*message] {
	return func(yield func(*message) bool) {
		for ; e != nil; e = e.Next() {
			m := e.Value.(*message)
			if start != nil && m.seq > start.seq {
				continue
			}
			if !yield(m) {
				return
			}
		}
	}
}

// listGroups serves GET /messages/v4/groups.
func listGroups(c *call) (any, error) {
	q := c.r.URL.Query()
	limit, err := limitOf(q, defaultLimit)
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(q, groupFields)
	if err != nil {
		return nil, err
	}
	p := page{StartKey: filled(q.Get("startKey")), Limit: limit}
	var ids []string
	var found []groupView
	c.s.change(func(w *world) {
		e := w.groupOrder.Front()
		if key := q.Get("startKey"); key != "" {
			e = nil
			if g := w.groups[key]; g != nil {
				e = g.place
			}
		}
		since := f.since("dateCreated")
		for ; e != nil; e = e.Next() {
			g := e.Value.(*group)
			if g.created.Before(since) {
				break
			}
			if !f.match(g.field) {
				continue
			}
			if len(found) == limit {
				p.NextKey = filled(g.id)
				break
			}
			ids, found = append(ids, g.id), append(found, w.viewGroup(g))
		}
	})
	c.note = note{key: "note.listed.groups", n: int64(len(found))}
	return p.with("groupList", ids, func(i int) any { return &found[i] })
}
