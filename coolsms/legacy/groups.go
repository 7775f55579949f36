package legacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// GroupsService collects texts and sends them together. Nothing says that the
// provider sends a group only once: after a [GroupsService.Send] that
// [IsAmbiguous], look with [MessagesService.Sent] by the group.
type GroupsService struct{ c *Client }

// Create makes an empty group and returns its id. Although it changes something
// at the provider, it is a GET.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) Create(ctx context.Context, o GroupOptions) (groupID string, err error) {
	q := url.Values{}
	o.write(q, s.c.agent)
	g := &Group{}
	k := call{method: http.MethodGet, path: v2 + "new_group", params: q, writes: true}
	if err := s.c.do(ctx, k, g); err != nil {
		return "", err
	}
	return g.GroupID, nil
}

// List returns the ids of the account's groups.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) List(ctx context.Context) ([]string, error) {
	var out ids
	if err := s.c.do(ctx, get(v2+"group_list", nil), &out); err != nil {
		return nil, err
	}
	return out, nil
}

// Delete deletes groups. Nothing in them will be sent.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) Delete(ctx context.Context, groupIDs ...string) (*Counters, error) {
	return s.c.count(ctx, v2+"delete_groups", url.Values{"group_ids": {strings.Join(groupIDs, ",")}})
}

// Group is a group of texts.
type Group struct {
	GroupID      string
	MessageCount int

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

func (g *Group) decode(raw []byte) error {
	var w struct {
		GroupID      text    `json:"group_id"`
		MessageCount integer `json:"message_count"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	if w.GroupID == "" {
		return errNoGroup
	}
	*g = Group{GroupID: string(w.GroupID), MessageCount: int(w.MessageCount), Raw: raw}
	return nil
}

// Get returns a group.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) Get(ctx context.Context, groupID string) (*Group, error) {
	path, err := groupPath(groupID, "")
	if err != nil {
		return nil, err
	}
	g := &Group{}
	if err := s.c.do(ctx, get(path, nil), g); err != nil {
		return nil, err
	}
	return g, nil
}

// Add puts one message into a group. Recipients that the provider refuses are
// counted; they do not fail the call.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) Add(ctx context.Context, groupID string, m Message) (*Counters, error) {
	path, err := groupPath(groupID, "/add_messages")
	if err != nil {
		return nil, err
	}
	return s.c.count(ctx, path, m.params())
}

// AddMany puts messages into a group, whose texts must be UTF-8. The counters
// are those of each message.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) AddMany(ctx context.Context, groupID string, messages []Message) ([]Counters, error) {
	path, err := groupPath(groupID, "/add_messages.json")
	if err != nil {
		return nil, err
	}
	for i := range messages {
		if !utf8.ValidString(messages[i].Text) || !utf8.ValidString(messages[i].Subject) { // JSON would spoil it
			return nil, fmt.Errorf("coolsms/legacy: message %d is not UTF-8: use Add for texts in EUC-KR", i)
		}
	}
	list, err := inJSON(messages)
	if err != nil {
		return nil, fmt.Errorf("coolsms/legacy: %s: %w", path, err)
	}
	var out countersList
	if err := s.c.do(ctx, post(path, url.Values{"messages": {list}}), &out); err != nil {
		return nil, err
	}
	return out, nil
}

// PageParams says which part of a list is asked for.
type PageParams struct {
	Offset int // how many to skip; it is not used by walks
	Limit  int // of one page; 0 leaves it to the provider, and means 100 for walks
}

func (p *PageParams) query() url.Values {
	q := url.Values{}
	setInt(q, "offset", p.Offset)
	setInt(q, "limit", p.Limit)
	return q
}

// Messages returns one page of the ids of a group's messages.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) Messages(ctx context.Context, groupID string, p PageParams) (*IDPage, error) {
	path, err := groupPath(groupID, "/message_list")
	if err != nil {
		return nil, err
	}
	return s.c.idPage(ctx, path, p)
}

// AllMessages walks over the ids of a group's messages. It ends after the first
// error, which comes with "".
func (s *GroupsService) AllMessages(ctx context.Context, groupID string, p PageParams) iter.Seq2[string, error] {
	return allIDs(p, func(p PageParams) (*IDPage, error) { return s.Messages(ctx, groupID, p) })
}

// DeleteMessages takes messages out of a group.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) DeleteMessages(ctx context.Context, groupID string, messageIDs ...string) (*Counters, error) {
	path, err := groupPath(groupID, "/delete_messages")
	if err != nil {
		return nil, err
	}
	return s.c.count(ctx, path, url.Values{"message_ids": {strings.Join(messageIDs, ",")}})
}

// Send sends a group's messages.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
func (s *GroupsService) Send(ctx context.Context, groupID string) error {
	path, err := groupPath(groupID, "/send")
	if err != nil {
		return err
	}
	return s.c.do(ctx, post(path, nil), &Group{})
}

// groupPath returns the path of a group's resource. Without an id it would be
// that of another.
func groupPath(groupID, rest string) (string, error) {
	if strings.Trim(groupID, ".") == "" {
		return "", errors.New("coolsms/legacy: the group's id is missing")
	}
	return v2 + "groups/" + url.PathEscape(groupID) + rest, nil
}

// count makes a call that is answered with counters.
func (c *Client) count(ctx context.Context, path string, params url.Values) (*Counters, error) {
	out := &Counters{}
	if err := c.do(ctx, post(path, params), out); err != nil {
		return nil, err
	}
	return out, nil
}
