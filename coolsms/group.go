package coolsms

import (
	"encoding/json"
	"time"
)

// GroupStatus is where a group stands. Values that are not among the constants
// are kept as they came.
type GroupStatus string

// The statuses.
const (
	GroupPending   GroupStatus = "PENDING"   // being filled
	GroupScheduled GroupStatus = "SCHEDULED" // leaves at a set time
	GroupSending   GroupStatus = "SENDING"   // sent; reports are coming in
	GroupComplete  GroupStatus = "COMPLETE"  // sent; every message has ended
	GroupFailed    GroupStatus = "FAILED"    // nothing was sent: no money, or over the day's quota
	GroupDeleted   GroupStatus = "DELETED"   // nothing was sent nor will be
)

// Group is a group of messages.
type Group struct {
	GroupID         string            `json:"groupId"`
	AccountID       string            `json:"accountId"`
	Status          GroupStatus       `json:"status"`
	Count           GroupCount        `json:"count"`
	Balance         GroupMoney        `json:"balance"` // what it took and gave back of the balance
	Point           GroupMoney        `json:"point"`   // the same of the points
	AllowDuplicates bool              `json:"allowDuplicates"`
	IsRefunded      bool              `json:"isRefunded"`
	CustomFields    map[string]string `json:"customFields"`

	DateCreated   time.Time  `json:"-"`
	DateUpdated   time.Time  `json:"-"`
	ScheduledDate *time.Time `json:"-"` // nil unless scheduled
	DateSent      *time.Time `json:"-"` // nil until sent
	DateCompleted *time.Time `json:"-"` // nil until complete

	// Raw is the answer as it came, with the fields that this package does not
	// know (prices, log, counts by type).
	Raw json.RawMessage `json:"-"`
}

// GroupCount counts a group's messages.
type GroupCount struct {
	Total             int `json:"total"` // unreliable before sending: see [GroupCount.Registered]
	RegisteredSuccess int `json:"registeredSuccess"`
	RegisteredFailed  int `json:"registeredFailed"` // refused when put
	SentTotal         int `json:"sentTotal"`
	SentSuccess       int `json:"sentSuccess"`
	SentFailed        int `json:"sentFailed"`
	SentPending       int `json:"sentPending"`
	SentReplacement   int `json:"sentReplacement"`
	Refund            int `json:"refund"`
}

// Registered returns how many messages were put into the group, refused ones
// included.
func (c GroupCount) Registered() int { return c.RegisteredSuccess + c.RegisteredFailed }

// GroupMoney is what a group cost, in won.
type GroupMoney struct {
	Requested   float64 `json:"requested"`
	Replacement float64 `json:"replacement"`
	Refund      float64 `json:"refund"`
	Sum         float64 `json:"sum"`
}

// UnmarshalJSON reads the provider's form.
func (g *Group) UnmarshalJSON(raw []byte) error {
	type plain Group
	wire := struct {
		*plain
		AllowDuplicates flag  `json:"allowDuplicates"`
		IsRefunded      flag  `json:"isRefunded"`
		DateCreated     stamp `json:"dateCreated"`
		DateUpdated     stamp `json:"dateUpdated"`
		ScheduledDate   stamp `json:"scheduledDate"`
		DateSent        stamp `json:"dateSent"`
		DateCompleted   stamp `json:"dateCompleted"`
	}{plain: (*plain)(g)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	g.AllowDuplicates, g.IsRefunded = bool(wire.AllowDuplicates), bool(wire.IsRefunded)
	g.DateCreated, g.DateUpdated = wire.DateCreated.Time, wire.DateUpdated.Time
	g.ScheduledDate, g.DateSent, g.DateCompleted = wire.ScheduledDate.ptr(), wire.DateSent.ptr(), wire.DateCompleted.ptr()
	return nil
}
