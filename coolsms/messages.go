package coolsms

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MessagesService sends messages without a group of the caller's making, and
// looks messages up.
type MessagesService struct{ c *Client }

// ListParams says which messages are asked for; all that is set must hold.
type ListParams struct {
	MessageIDs  []string // any of these
	GroupID     string
	To, From    string // digits only
	Type        MessageType
	Types       []MessageType // any of these
	StatusCodes []StatusCode  // any of these

	// Start and End bound the day of creation, or of the last change with
	// ByUpdate. Zero leaves that side open.
	Start, End time.Time
	ByUpdate   bool

	// Filters bound fields one by one: messageId, groupId, to, from, type,
	// dateCreated, dateUpdated, replacement, statusCode.
	Filters []Filter

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
	q := p.query()
	if err := setFilters(q, p.Filters); err != nil {
		return nil, err
	}
	page := &MessagesPage{}
	k := call{method: http.MethodGet, path: "/messages/v4/list", query: q, limit: maxLists}
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
	types := p.Types
	if p.Type != "" {
		types = append([]MessageType{p.Type}, types...)
	}
	set(q, "type", join(types))
	set(q, "statusCode", join(p.StatusCodes))
	setTimes(q, p.Start, p.End)
	switch {
	case p.ByUpdate:
		q.Set("dateType", "UPDATED")
	case !p.Start.IsZero() || !p.End.IsZero():
		q.Set("dateType", "CREATED")
	}
	return q
}

// Filter is one condition of a list: Field, how to compare, Value. Several eq
// of one field mean any of their values, several ne none of them.
type Filter struct {
	Field string
	Cond  Cond
	Value string // without a comma
}

// Cond compares a field with a value.
type Cond string

// The comparisons.
const (
	Eq  Cond = "eq"
	Ne  Cond = "ne"
	Gt  Cond = "gt"
	Gte Cond = "gte"
	Lt  Cond = "lt"
	Lte Cond = "lte"
)

// setFilters writes filters as the provider takes them: three lists of equal
// length with commas between.
func setFilters(q url.Values, filters []Filter) error {
	var fields, conds, values []string
	for _, f := range filters {
		if f.Field == "" || f.Cond == "" || strings.Contains(f.Field+string(f.Cond)+f.Value, ",") {
			return fmt.Errorf("coolsms: a filter of field %q needs a field, a comparison, and no comma", f.Field)
		}
		fields, conds, values = append(fields, f.Field), append(conds, string(f.Cond)), append(values, f.Value)
	}
	set(q, "criteria", strings.Join(fields, ","))
	set(q, "cond", strings.Join(conds, ","))
	set(q, "value", strings.Join(values, ","))
	return nil
}

func join[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ",")
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
