package coolsms

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MessagesService looks messages up.
type MessagesService struct{ c *Client }

// ListParams says which messages are asked for; all that is set must hold.
type ListParams struct {
	MessageIDs  []string // any of these
	GroupID     string
	To, From    string // digits only
	Type        MessageType
	StatusCodes []StatusCode // any of these

	// Start and End bound the day of creation, or of the last change with
	// ByUpdate. Zero leaves that side open.
	Start, End time.Time
	ByUpdate   bool

	Limit    int    // of one page; 0 means 20 for List and 100 for All
	StartKey string // "" starts with the newest
}

// perPage is the page size of All and AllMessages.
const perPage = 100

// List returns one page of messages, newest first. Those that the provider does
// not know are left out.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/getMessageList.md
func (s *MessagesService) List(ctx context.Context, p ListParams) (*MessagesPage, error) {
	page := &MessagesPage{}
	k := call{method: http.MethodGet, path: "/messages/v4/list", query: p.query(), limit: maxLists}
	if err := s.c.do(ctx, k, page); err != nil {
		return nil, err
	}
	return page, nil
}

// All walks over all pages. It ends after the first error, which comes with a
// nil message.
func (s *MessagesService) All(ctx context.Context, p ListParams) iter.Seq2[*StoredMessage, error] {
	if p.Limit == 0 {
		p.Limit = perPage
	}
	return walk(p.StartKey, func(startKey string) ([]*StoredMessage, string, error) {
		p := p
		p.StartKey = startKey
		page, err := s.List(ctx, p)
		if err != nil {
			return nil, "", err
		}
		return page.Messages, page.NextKey, nil
	})
}

func (p *ListParams) query() url.Values {
	q := pageQuery(p.StartKey, p.Limit)
	if len(p.MessageIDs) > 0 {
		ids, _ := json.Marshal(p.MessageIDs) // strings always marshal
		q.Set("messageIds[in]", string(ids))
	}
	set(q, "groupId", p.GroupID)
	set(q, "to", p.To)
	set(q, "from", p.From)
	set(q, "type", string(p.Type))
	codes := make([]string, len(p.StatusCodes))
	for i, c := range p.StatusCodes {
		codes[i] = string(c)
	}
	set(q, "statusCode", strings.Join(codes, ","))
	setTimes(q, p.Start, p.End)
	switch {
	case p.ByUpdate:
		q.Set("dateType", "UPDATED")
	case !p.Start.IsZero() || !p.End.IsZero():
		q.Set("dateType", "CREATED")
	}
	return q
}

const queryTime = "2006-01-02T15:04:05.000Z"

func pageQuery(startKey string, limit int) url.Values {
	q := url.Values{}
	set(q, "startKey", startKey)
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return q
}

// setTimes bounds a list to what lies between two times; a zero one leaves its
// side open.
func setTimes(q url.Values, start, end time.Time) {
	if !start.IsZero() {
		q.Set("startDate", start.UTC().Format(queryTime))
	}
	if !end.IsZero() {
		q.Set("endDate", end.UTC().Format(queryTime))
	}
}

func set(q url.Values, key, value string) {
	if value != "" {
		q.Set(key, value)
	}
}
