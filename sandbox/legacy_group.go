package sandbox

import (
	"errors"
	"maps"
	"slices"
	"strconv"
)

// legacyNewGroup serves GET /sms/2/new_group. What it says about the caller is
// not kept.
func legacyNewGroup(c *call) (any, error) {
	var id string
	c.s.change(func(w *world) { id = w.newLegacyGroup().id })
	c.note = note{key: "note.created"}
	return groupName{id}, nil
}

type groupName struct {
	GroupID string `json:"group_id"`
}

// legacyGroupList serves GET /sms/2/group_list: the groups that are not sent
// yet, newest first (G: which ones and in what order).
func legacyGroupList(c *call) (any, error) {
	ids := []string{}
	c.s.change(func(w *world) {
		for e := w.groupOrder.Front(); e != nil; e = e.Next() {
			if g := e.Value.(*group); g.status == pending {
				ids = append(ids, g.id)
			}
		}
	})
	c.note = note{key: "note.listed.groups", n: int64(len(ids))}
	return ids, nil
}

// each does something with every id of a comma list and counts. do returns the
// code of what could not be done.
func (f fields) each(name string, do func(id string) string) counters {
	v := newCounters()
	for i, id := range f.list(name) {
		if code := do(id); code != "" {
			v.Errors++
			v.List = append(v.List, map[string]string{strconv.Itoa(i): code})
			continue
		}
		v.Success++
	}
	return v
}

// legacyDeleteGroups serves POST /sms/2/delete_groups. A group that is unknown
// or no longer waits counts as 1022 (G).
func legacyDeleteGroups(c *call) (any, error) {
	var v counters
	c.s.change(func(w *world) {
		v = c.form.each("group_ids", func(id string) string {
			if g := w.groups[id]; g == nil || w.discard(g) != nil {
				return "1022"
			}
			return ""
		})
	})
	c.note = note{key: "note.deleted"}
	return v, nil
}

// withLegacyGroup runs fn on the group the path names.
func (c *call) withLegacyGroup(fn func(w *world, g *group) error) error {
	err := c.withGroup(fn)
	if errors.Is(err, errNoResource) {
		return errNoLegacyResource
	}
	return err
}

// legacyGroup serves GET /sms/2/groups/{id}.
func legacyGroup(c *call) (any, error) {
	v := struct {
		groupName
		Count int `json:"message_count"`
	}{}
	err := c.withLegacyGroup(func(_ *world, g *group) error {
		v.GroupID, v.Count = g.id, len(g.messages)
		c.note = note{key: "note.read." + g.status}
		return nil
	})
	return v, err
}

// putLegacy puts messages into a group that still waits; a group that does not is no
// resource of this API any more (G).
func (w *world) putLegacy(g *group, b batch) (counters, error) {
	if g.status != pending && !w.set.quirks.AcceptLatePuts {
		return counters{}, errNoLegacyResource
	}
	if g.status == pending && g.scheduledFor.IsZero() {
		g.scheduledFor = b.at
	}
	v := newCounters()
	for i, m := range w.acceptLegacy(g, b) {
		if m.refused() {
			v.Errors++
			v.List = append(v.List, map[string]string{strconv.Itoa(i): m.code})
			continue
		}
		v.Success++
	}
	return v, nil
}

// legacyAddMessages serves POST /sms/2/groups/{id}/add_messages.
func legacyAddMessages(c *call) (any, error) {
	var b batch
	if err := b.add(c.form.fields, c.form.fields["image_id"]); err != nil {
		return nil, err
	}
	var v counters
	err := c.withLegacyGroup(func(w *world, g *group) (err error) {
		v, err = w.putLegacy(g, b)
		return err
	})
	c.note = note{key: "note.put", n: int64(v.Success), m: int64(v.Errors)}
	return v, err
}

// legacyAddMessagesJSON serves POST /sms/2/groups/{id}/add_messages.json: each
// item of messages has counters of its own. An item that could not even be
// tried fails the call before anything is added (G).
func legacyAddMessagesJSON(c *call) (any, error) {
	items, err := c.form.items("messages")
	if err != nil {
		return nil, err
	}
	batches := make([]batch, len(items))
	total := 0
	for i, item := range items {
		if err := batches[i].add(item, item["image_id"]); err != nil {
			return nil, err
		}
		if total += len(batches[i].drafts); total > maxLegacyRecipients {
			return nil, errTooManyLegacy
		}
	}
	out := make([]counters, len(batches))
	err = c.withLegacyGroup(func(w *world, g *group) (err error) {
		for i := range batches {
			if out[i], err = w.putLegacy(g, batches[i]); err != nil {
				return err
			}
			c.note.n += int64(out[i].Success)
			c.note.m += int64(out[i].Errors)
		}
		return nil
	})
	c.note.key = "note.put"
	return out, err
}

// idList is a page of ids.
type idList struct {
	Total  int      `json:"total_count"`
	Offset int      `json:"offset"`
	Limit  int      `json:"limit"`
	List   []string `json:"list"`
}

// cut keeps the part of all ids that the call asked for.
func (f fields) cut(ids []string) idList {
	limit := f.number("limit", defaultLimit, maxLimit)
	offset := f.number("offset", 0, len(ids))
	return idList{len(ids), offset, limit, ids[offset:min(offset+limit, len(ids))]}
}

// number reads a number from 0 to most. This API has no error for one that
// cannot be read, so the default takes its place (G).
func (f fields) number(name string, standard, most int) int {
	n, err := strconv.Atoi(f[name])
	if err != nil || n < 0 {
		n = standard
	}
	return min(n, most)
}

// legacyMessageList serves GET /sms/2/groups/{id}/message_list, in the order
// the messages were added.
func legacyMessageList(c *call) (any, error) {
	ids := []string{}
	err := c.withLegacyGroup(func(_ *world, g *group) error {
		for _, m := range g.messages {
			ids = append(ids, m.id)
		}
		return nil
	})
	v := c.form.cut(ids)
	c.note = note{key: "note.listed", n: int64(len(v.List))}
	return v, err
}

// legacyDeleteMessages serves POST /sms/2/groups/{id}/delete_messages. A
// message that is not in the group counts as 1021.
func legacyDeleteMessages(c *call) (any, error) {
	var v counters
	err := c.withLegacyGroup(func(w *world, g *group) error {
		if g.status != pending {
			return errNoLegacyResource
		}
		gone := map[string]bool{}
		v = c.form.each("message_ids", func(id string) string {
			if m := w.messages[id]; m == nil || m.group != g || gone[id] {
				return "1021"
			}
			gone[id] = true
			return ""
		})
		return w.removeMessages(g, slices.Collect(maps.Keys(gone)))
	})
	c.note = note{key: "note.removed", n: int64(v.Success)}
	return v, err
}

// legacySendGroup serves POST /sms/2/groups/{id}/send. A group that was sent
// already or is scheduled is no resource of this call (G), and one without a
// message to send is NoSuchMessage (G).
func legacySendGroup(c *call) (any, error) {
	id := c.r.PathValue("id")
	err := c.withLegacyGroup(func(w *world, g *group) error {
		if g.status != pending {
			return errNoLegacyResource
		}
		if g.open == 0 {
			return errNoSuchMessage
		}
		if err := w.sendLegacy(g); err != nil {
			return err
		}
		c.note = note{key: "note.accepted", n: int64(g.open)}
		if g.status == scheduled {
			c.note.key = "note.scheduled"
		}
		return nil
	})
	return groupName{id}, err
}
