package sandbox

import "time"

// savedHook is a webhook and the reports it has not taken yet. Those begin
// anew: how often a call was tried is not kept.
type savedHook struct {
	ID        string        `json:"id"`
	Event     string        `json:"event"`
	URL       string        `json:"url"`
	Secret    string        `json:"secret,omitempty"` // its SHA-1
	Name      string        `json:"name,omitempty"`
	Temporary bool          `json:"temporary,omitempty"`
	Status    string        `json:"status"`
	Fails     int           `json:"fails,omitempty"`
	Last      string        `json:"last,omitempty"`
	Created   time.Time     `json:"created"`
	Updated   time.Time     `json:"updated"`
	Waiting   []savedReport `json:"waiting,omitempty"`
}

// savedReport names a message or a group that has to be told of.
type savedReport struct {
	ID      string `json:"id"`
	Message string `json:"message,omitempty"`
	Group   string `json:"group,omitempty"`
}

func (w *world) saveHooks() []savedHook {
	out := make([]savedHook, len(w.hooks))
	for i, h := range w.hooks {
		out[i] = savedHook{
			ID: h.id, Event: h.event, URL: h.url, Secret: h.secret, Name: h.name, Temporary: h.temporary,
			Status: h.status, Fails: h.fails, Last: h.last, Created: h.created, Updated: h.updated,
		}
		for _, r := range h.waiting() {
			v := savedReport{ID: r.id}
			if r.message != nil {
				v.Message = r.message.id
			} else {
				v.Group = r.group.id
			}
			out[i].Waiting = append(out[i].Waiting, v)
		}
	}
	return out
}

func (w *world) loadHooks(saved []savedHook) error {
	for _, v := range saved {
		h := &webhook{
			id: v.ID, event: v.Event, url: v.URL, secret: v.Secret, name: v.Name, temporary: v.Temporary,
			status: v.Status, fails: v.Fails, last: v.Last, created: v.Created, updated: v.Updated,
		}
		for _, r := range v.Waiting {
			switch m, g := w.messages[r.Message], w.groups[r.Group]; { // forgotten ones are told of no more
			case m != nil:
				h.queue = append(h.queue, report{id: r.ID, message: m})
			case g != nil:
				h.queue = append(h.queue, report{id: r.ID, group: g})
			}
		}
		w.hooks = append(w.hooks, h)
	}
	return nil
}
