package sandbox

// createGroup serves POST /messages/v4/groups.
func createGroup(c *call) (any, error) {
	var req groupRequest
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	if _, ok := stringFields(req.CustomFields); !ok {
		return nil, errValidation.because("customFields의 값은 문자열이어야 합니다.")
	}
	var v groupView
	c.s.change(func(w *world) { v = w.viewGroup(w.newGroup(req)) })
	c.note = note{key: "note.created"}
	return v, nil
}

// withGroup runs fn on the group the path names.
func (c *call) withGroup(fn func(w *world, g *group) error) (err error) {
	c.s.change(func(w *world) {
		if g := w.groups[c.r.PathValue("id")]; g != nil {
			err = fn(w, g)
		} else {
			err = errNoResource
		}
	})
	return err
}

// onGroup is withGroup answered by the group as it stands afterwards.
func (c *call) onGroup(key string, fn func(w *world, g *group) error) (any, error) {
	var v groupView
	err := c.withGroup(func(w *world, g *group) error {
		err := fn(w, g)
		v = w.viewGroup(g)
		c.note = note{key: key, n: int64(g.open)}
		return err
	})
	return v, err
}

// getGroup serves GET /messages/v4/groups/{id}; deleted groups stay readable.
func getGroup(c *call) (any, error) {
	v, err := c.onGroup("note.read", func(*world, *group) error { return nil })
	if g, ok := v.(groupView); ok && err == nil {
		c.note.key = "note.read." + g.Status
	}
	return v, err
}

// deleteGroup serves DELETE /messages/v4/groups/{id}.
func deleteGroup(c *call) (any, error) {
	return c.onGroup("note.deleted", (*world).discard)
}

// sendGroup serves POST /messages/v4/groups/{id}/send.
func sendGroup(c *call) (any, error) {
	return c.onGroup("note.accepted", (*world).launch)
}

// resendGroup serves POST /messages/v4/groups/{id}/resend.
func resendGroup(c *call) (any, error) {
	return c.onGroup("note.accepted", (*world).resend)
}

// scheduleGroup serves POST /messages/v4/groups/{id}/schedule.
func scheduleGroup(c *call) (any, error) {
	var req struct {
		ScheduledDate string `json:"scheduledDate"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	at, ok := parseKorean(req.ScheduledDate)
	if !ok {
		return nil, errScheduledDate
	}
	return c.onGroup("note.scheduled", func(w *world, g *group) error { return w.schedule(g, at) })
}

// cancelSchedule serves DELETE /messages/v4/groups/{id}/schedule.
func cancelSchedule(c *call) (any, error) {
	return c.onGroup("note.cancelled", (*world).cancel)
}

// putMessages serves PUT and POST /messages/v4/groups/{id}/messages. Refused
// messages are stored as failed messages of the group, each with its own id.
func putMessages(c *call) (any, error) {
	var req struct {
		Messages wireMessages `json:"messages"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	// What the group said about strict is read first, so that the messages can
	// be checked outside the lock.
	var strict *bool
	if err := c.withGroup(func(_ *world, g *group) error { strict = g.strict; return nil }); err != nil {
		return nil, err
	}
	ds, err := drafts(req.Messages, strict)
	if err != nil {
		return nil, err
	}
	v := struct {
		ErrorCount int          `json:"errorCount"`
		ResultList []resultView `json:"resultList"`
	}{ResultList: make([]resultView, 0, len(ds))}
	err = c.withGroup(func(w *world, g *group) error {
		if g.status != pending && !w.set.quirks.AcceptLatePuts {
			return errGroupStatus
		}
		for _, m := range w.accept(g, ds) {
			v.ResultList = append(v.ResultList, viewResult(m))
			if m.refused() {
				v.ErrorCount++
			}
		}
		return nil
	})
	c.note = note{key: "note.put", n: int64(len(v.ResultList) - v.ErrorCount), m: int64(v.ErrorCount)}
	return v, err
}

// deleteMessages serves DELETE /messages/v4/groups/{id}/messages, whose list
// of ids comes in the body.
func deleteMessages(c *call) (any, error) {
	var req struct {
		MessageIDs []string `json:"messageIds"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	if len(req.MessageIDs) == 0 {
		return nil, errValidation.because("messageIds가 비어 있습니다.")
	}
	type item struct {
		MessageID  string `json:"messageId"`
		ResultCode string `json:"resultCode"`
	}
	v := struct {
		GroupID    string `json:"groupId"`
		ErrorCount int    `json:"errorCount"`
		ResultList []item `json:"resultList"`
	}{GroupID: c.r.PathValue("id")}
	err := c.withGroup(func(w *world, g *group) error { return w.removeMessages(g, req.MessageIDs) })
	if err != nil {
		return nil, err
	}
	for _, id := range req.MessageIDs {
		v.ResultList = append(v.ResultList, item{id, "Success"})
	}
	c.note = note{key: "note.removed", n: int64(len(v.ResultList))}
	return v, nil
}
