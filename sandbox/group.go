package sandbox

import (
	"container/list"
	"encoding/json"
	"slices"
	"time"
)

// States of a group; README section 6 has the picture.
const (
	pending   = "PENDING"   // takes messages, waits to be sent
	scheduled = "SCHEDULED" // waits for its time, takes nothing
	sending   = "SENDING"   // sent; reports are coming
	complete  = "COMPLETE"  // every report is in
	failed    = "FAILED"    // could not be paid, or nothing was acceptable
	deleted   = "DELETED"   // deleted before it was sent
)

// group is the container of every send.
type group struct {
	id              string
	status          string
	count           count
	charge          charge
	balance, point  purse
	created         time.Time
	updated         time.Time
	scheduledFor    time.Time
	sent, completed time.Time
	log             []logLine
	agent           wireAgent
	allowDuplicates bool
	strict          *bool // nil when the request did not say
	custom          map[string]string
	hint            json.RawMessage
	priced          bool
	resent          bool // sent once more after it failed

	messages  []*message // oldest first, refused ones included
	taken     map[string]bool
	open      int // accepted messages without an end
	place     *list.Element
	schedules int // invalidates the agenda entry of a cancelled schedule
}

// count is the group's tally as the provider shows it.
type count struct {
	Total             int `json:"total"`
	SentTotal         int `json:"sentTotal"`
	SentFailed        int `json:"sentFailed"`
	SentSuccess       int `json:"sentSuccess"`
	SentPending       int `json:"sentPending"`
	SentReplacement   int `json:"sentReplacement"`
	Refund            int `json:"refund"`
	RegisteredFailed  int `json:"registeredFailed"`
	RegisteredSuccess int `json:"registeredSuccess"`
}

// purse is what a group took from one of the account's two purses, in won.
type purse struct {
	Requested   int64 `json:"requested"`
	Replacement int64 `json:"replacement"`
	Refund      int64 `json:"refund"`
	Sum         int64 `json:"sum"`
}

// logLine is one entry of a group's log; money stands only where money moved.
type logLine struct {
	CreateAt string `json:"createAt"`
	Message  string `json:"message"`
	*moneyMoved
}

type moneyMoved struct {
	OldBalance int64 `json:"oldBalance"`
	NewBalance int64 `json:"newBalance"`
	OldPoint   int64 `json:"oldPoint"`
	NewPoint   int64 `json:"newPoint"`
	TotalPrice int64 `json:"totalPrice"`
}

// groupRequest is the body of POST /messages/v4/groups; send-many* bring the
// same facts in other places.
type groupRequest struct {
	wireAgent
	Strict          wireBool        `json:"strict"`
	AllowDuplicates wireBool        `json:"allowDuplicates"`
	CustomFields    json.RawMessage `json:"customFields"`
	Hint            json.RawMessage `json:"hint"`
}

// strictness is what a request said about strict, nil for nothing.
func strictness(b wireBool) *bool {
	if !b.set {
		return nil
	}
	return &b.value
}

// newGroup opens a PENDING group.
func (w *world) newGroup(req groupRequest) *group {
	return w.openGroup(newID(w.chance, "G4V", w.now), req)
}

func (w *world) openGroup(id string, req groupRequest) *group {
	custom, _ := stringFields(req.CustomFields)
	if custom == nil {
		custom = map[string]string{}
	}
	g := &group{
		id: id, status: pending,
		created: w.now, agent: req.wireAgent, custom: custom, hint: req.Hint,
		allowDuplicates: req.AllowDuplicates.value, strict: strictness(req.Strict),
		taken: map[string]bool{},
	}
	g.note(w.now, "group created", nil)
	w.remember(g)
	return g
}

func (g *group) note(now time.Time, message string, moved *moneyMoved) {
	g.updated = now
	g.log = append(g.log, logLine{stamp(now), message, moved})
}

func (g *group) ended() bool {
	return g.status == complete || g.status == failed || g.status == deleted
}

// sendable returns nil for a PENDING group, else the refusal of a send.
func (g *group) sendable() error {
	switch g.status {
	case pending:
		return nil
	case scheduled:
		return errScheduled
	case sending:
		return errGroupBusy
	case complete:
		return errAlreadySent
	case deleted:
		return errDeletedGroup
	}
	return errFailedGroup
}

// discard deletes a PENDING group. It stays readable as DELETED.
func (w *world) discard(g *group) error {
	if g.status != pending {
		return errNotOperable
	}
	g.status = deleted
	g.note(w.now, "group deleted", nil)
	return nil
}

// removeMessages takes messages out of a PENDING group, all or none.
func (w *world) removeMessages(g *group, ids []string) error {
	if g.status != pending {
		return errGroupStatus
	}
	gone := make(map[*message]bool, len(ids))
	for _, id := range ids {
		m := w.messages[id]
		if m == nil || m.group != g {
			return errNoMessage
		}
		gone[m] = true
	}
	g.messages = slices.DeleteFunc(g.messages, func(m *message) bool { return gone[m] })
	for m := range gone {
		w.drop(m)
		if m.refused() {
			g.count.RegisteredFailed--
		} else {
			g.count.RegisteredSuccess--
			g.open--
			g.charge.add(m.kind, m.country, -1)
			delete(g.taken, m.to)
		}
	}
	g.count.Total = g.count.RegisteredFailed + g.count.RegisteredSuccess
	g.note(w.now, "messages deleted", nil)
	return nil
}
