package coolsms

import (
	"encoding/json"
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
	err := h.read(raw, func(s *scanner, id []byte) error {
		m := &StoredMessage{}
		if err := m.read(s); err != nil {
			return err
		}
		if m.MessageID == "" {
			m.MessageID = string(id)
		}
		p.Messages = append(p.Messages, m)
		return nil
	})
	p.Limit, p.StartKey, p.NextKey, p.Raw = h.limit, h.startKey, h.nextKey, raw
	return err
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
	err := h.read(raw, func(s *scanner, id []byte) error {
		value, err := s.take(2)
		if err != nil {
			return err
		}
		g := &Group{}
		if err := g.UnmarshalJSON(value); err != nil {
			return err
		}
		if g.GroupID == "" {
			g.GroupID = string(id)
		}
		g.Raw = value
		p.Groups = append(p.Groups, g)
		return nil
	})
	p.Limit, p.StartKey, p.NextKey, p.Raw = h.limit, h.startKey, h.nextKey, raw
	return err
}

// pageHead is what is written around the items of a page.
type pageHead struct {
	list    string // the member that has the items
	missing error  // when there is none

	startKey, nextKey string
	limit             int
}

// read reads a page whose items stand in an object by their ids; a map would
// lose their order.
func (h *pageHead) read(raw []byte, each func(s *scanner, id []byte) error) error {
	listed := false
	s := &scanner{raw: raw}
	err := s.members(0, func(key []byte) error {
		if string(key) == h.list {
			listed = true
			return s.members(1, func(id []byte) error { return each(s, id) })
		}
		value, err := s.take(1)
		if err != nil {
			return err
		}
		switch string(key) {
		case "startKey":
			return readText(&h.startKey, value)
		case "nextKey":
			return readText(&h.nextKey, value)
		case "limit":
			return readInt(&h.limit, value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.end(); err != nil {
		return err
	}
	if !listed {
		return h.missing
	}
	return nil
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
