package sandbox

import "slices"

// webhookView is a webhook as the provider shows it. secret is the SHA-1 of
// the secret that was set.
type webhookView struct {
	WebhookID   string  `json:"webhookId"`
	EventID     string  `json:"eventId"`
	URL         string  `json:"url"`
	Name        *string `json:"name"`
	Secret      *string `json:"secret"`
	Status      string  `json:"status"`
	FailCount   int     `json:"failCount"`
	IsTemporary bool    `json:"isTemporary"`
	AccountID   string  `json:"accountId"`
	DateCreated string  `json:"dateCreated"`
	DateUpdated string  `json:"dateUpdated"`
}

func viewWebhook(h *webhook) webhookView {
	return webhookView{
		WebhookID: h.id, EventID: h.event, URL: h.url, Name: filled(h.name), Secret: filled(h.secret),
		Status: h.status, FailCount: h.fails, IsTemporary: h.temporary, AccountID: accountID,
		DateCreated: stamp(h.created), DateUpdated: stamp(h.updated),
	}
}

var webhookFields = map[string]valueKind{
	"eventId": asText, "url": asText, "status": asText, "dateCreated": asTime, "dateUpdated": asTime,
}

func (h *webhook) field(name string) value {
	switch name {
	case "eventId":
		return value{text: h.event}
	case "url":
		return value{text: h.url}
	case "status":
		return value{text: h.status}
	case "dateCreated":
		return value{time: h.created}
	}
	return value{time: h.updated}
}

// listWebhookEvents serves GET /webhook/v1/events. The shape is G.
func listWebhookEvents(c *call) (any, error) {
	type event struct {
		EventID string `json:"eventId"`
		Name    string `json:"name"`
	}
	c.note = note{key: "note.hooks", n: 3}
	return struct {
		EventList []event `json:"eventList"`
	}{[]event{{singleReport, singleReport}, {groupReport, groupReport}, {faxReceive, faxReceive}}}, nil
}

// listWebhooks serves GET /webhook/v1/outgoing, newest first.
func listWebhooks(c *call) (any, error) {
	q := c.r.URL.Query()
	limit, err := limitOf(q, defaultLimit)
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(q, webhookFields)
	if err != nil {
		return nil, err
	}
	v := struct {
		page
		WebhookList []webhookView `json:"webhookList"`
	}{page{StartKey: filled(q.Get("startKey")), Limit: limit}, []webhookView{}}
	c.s.change(func(w *world) {
		start := q.Get("startKey")
		for _, h := range slices.Backward(w.hooks) {
			if start != "" && h.id != start {
				continue
			}
			start = ""
			switch {
			case !f.match(h.field):
			case len(v.WebhookList) == limit:
				v.NextKey = filled(h.id)
				return
			default:
				v.WebhookList = append(v.WebhookList, viewWebhook(h))
			}
		}
	})
	c.note = note{key: "note.hooks", n: int64(len(v.WebhookList))}
	return v, nil
}

// webhookRequest is the body of a call that makes or changes a webhook; what
// is absent stays.
type webhookRequest struct {
	EventID     *string  `json:"eventId"`
	URL         *string  `json:"url"`
	Secret      *string  `json:"secret"`
	Name        *string  `json:"name"`
	Status      *string  `json:"status"`
	IsTemporary wireBool `json:"isTemporary"`
}

// apply changes a webhook, or nothing at all when the request is wrong.
func (req *webhookRequest) apply(w *world, h *webhook) error {
	event, address, status := h.event, h.url, h.status
	for _, field := range []struct{ to, from *string }{{&event, req.EventID}, {&address, req.URL}, {&status, req.Status}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	if err := hookProblem(event, address); err != nil {
		return err
	}
	if status != hookActive && status != hookInactive {
		return errValidation.because("status는 ACTIVE 또는 INACTIVE여야 합니다.")
	}
	if status == hookActive && h.status == hookInactive {
		h.fails = 0 // G: a fresh start
	}
	h.event, h.url, h.status, h.updated = event, address, status, w.now
	if status == hookInactive {
		h.rest()
	}
	if req.Secret != nil {
		h.secret = secretHex(*req.Secret)
	}
	if req.Name != nil {
		h.name = clip(*req.Name, 256)
	}
	if req.IsTemporary.set {
		h.temporary = req.IsTemporary.value
	}
	return nil
}

// createWebhook serves POST /webhook/v1/outgoing.
func createWebhook(c *call) (any, error) {
	var req webhookRequest
	err := decode(c.body, &req)
	if err != nil {
		return nil, err
	}
	var v webhookView
	c.s.change(func(w *world) {
		h := &webhook{id: w.newHookID("WH01WH"), status: hookActive, created: w.now}
		if len(w.hooks) >= maxHooks {
			err = errValidation.because("웹훅을 더 만들 수 없습니다.") // G
			return
		}
		if err = req.apply(w, h); err == nil {
			w.hooks = append(w.hooks, h)
			v = viewWebhook(h)
		}
	})
	c.note = note{key: "note.hook"}
	return v, err
}

// onHook runs fn on the webhook the path names and answers with it as it
// stands afterwards.
func (c *call) onHook(fn func(w *world, h *webhook) error) (any, error) {
	var v webhookView
	var err error
	c.s.change(func(w *world) {
		h := w.hook(c.r.PathValue("id"))
		if h == nil {
			err = errNoResource
			return
		}
		if err = fn(w, h); err == nil {
			v = viewWebhook(h)
		}
	})
	c.note = note{key: "note.hook"}
	return v, err
}

// updateWebhook serves PUT /webhook/v1/outgoing/{id}.
func updateWebhook(c *call) (any, error) {
	var req webhookRequest
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	return c.onHook(req.apply)
}

// deleteWebhook serves DELETE /webhook/v1/outgoing/{id}.
func deleteWebhook(c *call) (any, error) {
	return c.onHook(func(w *world, h *webhook) error {
		h.rest()
		w.hooks = slices.DeleteFunc(w.hooks, func(other *webhook) bool { return other == h })
		return nil
	})
}

// testWebhook serves POST /webhook/v1/outgoing-test: one call, with an empty
// array (G), while the caller waits.
func testWebhook(c *call) (any, error) {
	var req webhookRequest
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	p := &parcel{event: singleReport, items: []any{}}
	if req.URL != nil {
		p.url = *req.URL
	}
	if req.Secret != nil {
		p.secret = secretHex(*req.Secret)
	}
	if err := hookProblem(p.event, p.url); err != nil {
		return nil, err
	}
	c.note = note{key: "note.hook"}
	if outcome := c.s.post(p); outcome != hookSuccess {
		return nil, errValidation.because("웹훅 주소가 200으로 답하지 않았습니다: " + outcome) // G
	}
	return struct {
		Message string `json:"message"`
	}{"Success"}, nil
}

// Webhook is a registered webhook and how its calls go, as GET
// /sandbox/webhooks lists it.
type Webhook struct {
	WebhookID string `json:"webhookId"`
	EventID   string `json:"eventId"`
	URL       string `json:"url"`
	Status    string `json:"status"`
	FailCount int    `json:"failCount"` // failed calls in a row
	// Waiting counts the reports it has not been called for yet.
	Waiting int `json:"waiting"`
	// LastAnswer is the status of the last call, or why there was none.
	LastAnswer string `json:"lastAnswer,omitempty"`
}

// Webhooks returns the registered webhooks, oldest first.
func (s *Sandbox) Webhooks() []Webhook {
	out := []Webhook{}
	s.change(func(w *world) {
		for _, h := range w.hooks {
			out = append(out, Webhook{h.id, h.event, h.url, h.status, h.fails, len(h.waiting()), h.last})
		}
	})
	return out
}
