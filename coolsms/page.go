package coolsms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// MessagesPage is one page of messages, newest first.
type MessagesPage struct {
	Messages []*StoredMessage
	Limit    int
	StartKey string // what was asked for
	NextKey  string // the StartKey of the next page; "" on the last one

	// Raw is the answer as it came, with the fields that this package does not
	// know. It costs nothing: the answer was read into it.
	Raw json.RawMessage
}

func (p *MessagesPage) decode(raw []byte) error {
	h := pageHead{list: "messageList", missing: errNoList}
	err := h.read(raw, func(d *json.Decoder, id string) error {
		m := &StoredMessage{}
		w := m.wire() // rather than UnmarshalJSON, which would scan the bytes again
		from := d.InputOffset()
		if err := d.Decode(&w); err != nil {
			return err
		}
		w.fill(m, value(raw, from, d.InputOffset()))
		if m.MessageID == "" {
			m.MessageID = id
		}
		p.Messages = append(p.Messages, m)
		return nil
	})
	p.Limit, p.StartKey, p.NextKey, p.Raw = h.Limit, h.StartKey, h.NextKey, raw
	return err
}

// value is the part of raw in which a decoder found a value behind its key.
func value(raw []byte, from, to int64) json.RawMessage {
	return bytes.TrimLeft(raw[from:to], ": \t\r\n")
}

// GroupsPage is one page of groups, newest first.
type GroupsPage struct {
	Groups   []*Group
	Limit    int
	StartKey string // what was asked for
	NextKey  string // the StartKey of the next page; "" on the last one

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

func (p *GroupsPage) decode(raw []byte) error {
	h := pageHead{list: "groupList", missing: errNoGroups}
	err := h.read(raw, func(d *json.Decoder, id string) error {
		g := &Group{}
		from := d.InputOffset()
		if err := d.Decode(g); err != nil {
			return err
		}
		g.Raw = value(raw, from, d.InputOffset())
		if g.GroupID == "" {
			g.GroupID = id
		}
		p.Groups = append(p.Groups, g)
		return nil
	})
	p.Limit, p.StartKey, p.NextKey, p.Raw = h.Limit, h.StartKey, h.NextKey, raw
	return err
}

// pageHead is what is written around the items of a page.
type pageHead struct {
	list    string // the member that has the items
	missing error  // when there is none

	StartKey, NextKey string
	Limit             int
}

// read reads a page whose items stand in an object by their ids. It goes
// through it piece by piece, since a map would lose their order.
func (h *pageHead) read(raw []byte, each func(d *json.Decoder, id string) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	listed := false
	err := object(d, func(key string) error {
		switch key {
		case "startKey":
			return d.Decode(&h.StartKey)
		case "nextKey":
			return d.Decode(&h.NextKey)
		case "limit":
			return d.Decode(&h.Limit)
		case h.list:
			listed = true
			return object(d, func(id string) error { return each(d, id) })
		default:
			var skipped json.RawMessage
			return d.Decode(&skipped)
		}
	})
	if err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // Token returns it bare
		return errEnd
	}
	if !listed {
		return h.missing
	}
	return nil
}

// object walks over a JSON object; each is called behind every key and takes
// the value. An empty array passes for an empty object, as PHP writes it.
func object(d *json.Decoder, each func(key string) error) error {
	open, err := d.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') && open != json.Delim('[') {
		return fmt.Errorf("%v stands where an object should be", open)
	}
	for open == json.Delim('{') && d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := each(key.(string)); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if err == nil && end != json.Delim('}') && end != json.Delim(']') {
		err = fmt.Errorf("%v stands where a list should end", end)
	}
	return err
}

// Page is one page of a list whose items come in an array.
type Page[T any] struct {
	Items    []*T
	Limit    int
	StartKey string // what was asked for
	NextKey  string // the StartKey of the next page; "" on the last one

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

// pageAnswer reads a page from the member that has its items.
type pageAnswer[T any] struct {
	list string
	page Page[T]
}

func (a *pageAnswer[T]) decode(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	head := struct {
		Limit             int
		StartKey, NextKey string
	}{}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	if err := json.Unmarshal(members[a.list], &a.page.Items); err != nil || a.page.Items == nil {
		if members[a.list] != nil && err != nil {
			return err
		}
		return errNoItems
	}
	for i, item := range a.page.Items {
		if item == nil { // null stands where an item should be
			a.page.Items[i] = new(T)
		}
	}
	a.page.Limit, a.page.StartKey, a.page.NextKey, a.page.Raw = head.Limit, head.StartKey, head.NextKey, raw
	return nil
}

// walk goes over all items of all pages. It ends after the first error, which
// comes with a nil item.
func walk[T any](startKey string, page func(startKey string) (items []*T, nextKey string, err error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		seen := map[string]bool{}
		for key := startKey; ; {
			items, next, err := page(key)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			seen[key] = true
			if key = next; seen[key] {
				yield(nil, errCursor) // rather than go round for ever
				return
			}
		}
	}
}
