package coolsms

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"
)

// GroupsService fills and sends groups.
type GroupsService struct{ c *Client }

const groupsPath = "/messages/v4/groups"

// CreateGroupParams are the properties of a new group; all may be left out.
type CreateGroupParams struct {
	// AllowDuplicates admits a recipient more than once. Without it the second
	// message to one number is refused with 1026, which makes it safe to put
	// the same messages again.
	AllowDuplicates bool              `json:"allowDuplicates"`
	CustomFields    map[string]string `json:"customFields,omitempty"`
	AppID           string            `json:"appId,omitempty"`
	SDKVersion      string            `json:"sdkVersion,omitempty"`
	OSPlatform      string            `json:"osPlatform,omitempty"`
	Strict          bool              `json:"strict,omitempty"` // undocumented; it seems to guard status 1029
	Hint            json.RawMessage   `json:"hint,omitempty"`   // undocumented
}

// Create makes an empty group.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/createMessageGroup.md
func (s *GroupsService) Create(ctx context.Context, p CreateGroupParams) (*Group, error) {
	return s.group(ctx, call{method: http.MethodPost, path: groupsPath, body: p}, "")
}

// Put puts up to 10,000 messages into a pending group. Messages that the
// provider refuses are among the results; they do not fail the call.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/addGroupMessages.md
func (s *GroupsService) Put(ctx context.Context, groupID string, messages []Message) (*PutMessagesResult, error) {
	path, err := groupPath(groupID, "/messages")
	if err != nil {
		return nil, err
	}
	body := struct {
		Messages []Message `json:"messages"`
	}{messages}
	out := &PutMessagesResult{}
	if err := s.c.do(ctx, call{method: http.MethodPut, path: path, body: body, limit: maxLists}, out); err != nil {
		return nil, err
	}
	return out, nil
}

// PutMessagesResult is what became of messages that were put into a group.
type PutMessagesResult struct {
	ErrorCount int         `json:"errorCount"` // how many were refused
	Results    []PutResult `json:"resultList"` // in the order of the messages

	// Raw is the answer as it came, with the fields that this package does not
	// know. It costs nothing: the answer was read into it.
	Raw json.RawMessage `json:"-"`
}

func (r *PutMessagesResult) decode(raw []byte) error {
	if err := json.Unmarshal(raw, r); err != nil {
		return err
	}
	if r.Results == nil {
		return errNoResults
	}
	r.Raw = raw
	return nil
}

// Get returns a group. Its Status is the truth about what a send has done.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/getMessageGroupInfo.md
func (s *GroupsService) Get(ctx context.Context, groupID string) (*Group, error) {
	return s.one(ctx, http.MethodGet, groupID, "")
}

// Send sends a group, once in its life: a second time is refused with
// ErrAlreadySent, so a send whose answer was lost may be repeated.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/sendGroupMessage.md
func (s *GroupsService) Send(ctx context.Context, groupID string) (*Group, error) {
	return s.one(ctx, http.MethodPost, groupID, "/send")
}

// Schedule sets the time at which a pending group is sent, up to six months
// ahead. It is paid for then; too little money makes it fail.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/scheduleGroupMessage.md
func (s *GroupsService) Schedule(ctx context.Context, groupID string, at time.Time) (*Group, error) {
	path, err := groupPath(groupID, "/schedule")
	if err != nil {
		return nil, err
	}
	body := struct {
		ScheduledDate string `json:"scheduledDate"`
	}{requestTime(at)}
	return s.group(ctx, call{method: http.MethodPost, path: path, body: body}, groupID)
}

// CancelSchedule takes the time back. Whether the group may then be scheduled
// anew or has failed for good, the provider's documents do not agree: look at
// the Status of the answer.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/cancelScheduledGroupMessage.md
func (s *GroupsService) CancelSchedule(ctx context.Context, groupID string) (*Group, error) {
	return s.one(ctx, http.MethodDelete, groupID, "/schedule")
}

// Resend sends a failed group once more: one that there was no money for, or
// that went over the day's quota.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/resendGroupMessage.md
func (s *GroupsService) Resend(ctx context.Context, groupID string) (*Group, error) {
	return s.one(ctx, http.MethodPost, groupID, "/resend")
}

// ListGroupsParams says which groups are asked for; all that is set must hold.
type ListGroupsParams struct {
	GroupID string

	// Start and End bound the day of creation. Zero leaves that side open.
	Start, End time.Time

	// Filters bound other fields: status, groupId, dateCreated, dateUpdated,
	// scheduledDate, count.total, count.sentTotal.
	Filters []Filter

	Limit    int    // of one page, up to 500; 0 means 20 for List and 100 for All
	StartKey string // "" starts with the newest
}

// List returns one page of groups, newest first.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/getMessageGroupList.md
func (s *GroupsService) List(ctx context.Context, p ListGroupsParams) (*GroupsPage, error) {
	q := pageQuery(p.StartKey, p.Limit)
	set(q, "groupId", p.GroupID)
	setTimes(q, p.Start, p.End)
	if err := setFilters(q, p.Filters); err != nil {
		return nil, err
	}
	page := &GroupsPage{}
	if err := s.c.do(ctx, call{method: http.MethodGet, path: groupsPath, query: q, limit: maxLists}, page); err != nil {
		return nil, err
	}
	return page, nil
}

// All walks over all pages. It ends after the first error, which comes with a
// nil group.
func (s *GroupsService) All(ctx context.Context, p ListGroupsParams) iter.Seq2[*Group, error] {
	if p.Limit == 0 {
		p.Limit = perPage
	}
	return walk(p.StartKey, func(startKey string) ([]*Group, string, error) {
		p := p
		p.StartKey = startKey
		page, err := s.List(ctx, p)
		if err != nil {
			return nil, "", err
		}
		return page.Groups, page.NextKey, nil
	})
}

// Delete deletes a pending group. Nothing in it will ever be sent.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/deleteMessageGroup.md
func (s *GroupsService) Delete(ctx context.Context, groupID string) (*Group, error) {
	return s.one(ctx, http.MethodDelete, groupID, "")
}

// Messages returns one page of a group's messages, those that were refused when
// put included. limit 0 means 20; startKey "" starts with the newest.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/getGroupMessageList.md
func (s *GroupsService) Messages(ctx context.Context, groupID string, p PageParams) (*MessagesPage, error) {
	path, err := groupPath(groupID, "/messages")
	if err != nil {
		return nil, err
	}
	page := &MessagesPage{}
	k := call{method: http.MethodGet, path: path, query: pageQuery(p.StartKey, p.Limit), limit: maxLists}
	if err := s.c.do(ctx, k, page); err != nil {
		return nil, err
	}
	return page, nil
}

// PageParams says which part of a list is asked for.
type PageParams struct {
	Limit    int    // of one page; 0 leaves it to the provider, which takes 20
	StartKey string // the NextKey of the page before; "" starts with the newest
}

// AllMessages walks over all messages of a group. It ends after the first
// error, which comes with a nil message.
func (s *GroupsService) AllMessages(ctx context.Context, groupID string) iter.Seq2[*StoredMessage, error] {
	return walk("", func(startKey string) ([]*StoredMessage, string, error) {
		page, err := s.Messages(ctx, groupID, PageParams{Limit: perPage, StartKey: startKey})
		if err != nil {
			return nil, "", err
		}
		return page.Messages, page.NextKey, nil
	})
}

// DeleteMessages takes messages out of a pending group.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/groups/deleteGroupMessages.md
func (s *GroupsService) DeleteMessages(ctx context.Context, groupID string, messageIDs []string) (*DeleteMessagesResult, error) {
	path, err := groupPath(groupID, "/messages")
	if err != nil {
		return nil, err
	}
	body := struct {
		MessageIDs []string `json:"messageIds"`
	}{messageIDs}
	out := &DeleteMessagesResult{}
	if err := s.c.do(ctx, call{method: http.MethodDelete, path: path, body: body, limit: maxLists}, out); err != nil {
		return nil, err
	}
	if out.GroupID != groupID {
		return nil, &CallError{Method: http.MethodDelete, Path: path, Status: http.StatusOK, Err: errNoGroup, Sent: true}
	}
	return out, nil
}

// DeleteMessagesResult is what became of messages that were to be taken out.
type DeleteMessagesResult struct {
	GroupID    string         `json:"groupId"`
	ErrorCount int            `json:"errorCount"` // how many are still in the group
	Results    []DeleteResult `json:"resultList"`

	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// DeleteResult is what became of one of them.
type DeleteResult struct {
	MessageID  string `json:"messageId"`
	ResultCode string `json:"resultCode"` // "Success", or why it is still there
}

func (r *DeleteMessagesResult) decode(raw []byte) error {
	if err := json.Unmarshal(raw, r); err != nil {
		return err
	}
	if r.Results == nil {
		return errNoResults
	}
	r.Raw = raw
	return nil
}

// one makes a call that speaks of one group and is answered with it.
func (s *GroupsService) one(ctx context.Context, method, groupID, verb string) (*Group, error) {
	path, err := groupPath(groupID, verb)
	if err != nil {
		return nil, err
	}
	return s.group(ctx, call{method: method, path: path}, groupID)
}

func (s *GroupsService) group(ctx context.Context, k call, want string) (*Group, error) {
	a := groupAnswer{want: want}
	if err := s.c.do(ctx, k, &a); err != nil {
		return nil, err
	}
	return &a.group, nil
}

// groupAnswer is an answer that must be the group of that id, or any group when
// it is a new one.
type groupAnswer struct {
	want  string
	group Group
}

func (a *groupAnswer) decode(raw []byte) error {
	if err := a.group.UnmarshalJSON(raw); err != nil {
		return err
	}
	if id := a.group.GroupID; id == "" || a.want != "" && id != a.want {
		return errNoGroup
	}
	a.group.Raw = raw
	return nil
}

// groupPath is the path of a group.
func groupPath(groupID, verb string) (string, error) { return idPath(groupsPath, groupID, verb) }
