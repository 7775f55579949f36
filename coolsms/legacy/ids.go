package legacy

import (
	"context"
	"encoding/json"
	"iter"
)

// IDPage is one page of ids.
type IDPage struct {
	IDs           []string
	Total         int // of all pages
	Offset, Limit int

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

func (p *IDPage) decode(raw []byte) error {
	var w struct {
		Total  integer `json:"total_count"`
		Offset integer `json:"offset"`
		Limit  integer `json:"limit"`
		List   ids     `json:"list"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	if w.List == nil {
		return errNoList
	}
	*p = IDPage{IDs: w.List, Total: int(w.Total), Offset: int(w.Offset), Limit: int(w.Limit), Raw: raw}
	return nil
}

// ids is a list of ids.
type ids []string

func (l *ids) UnmarshalJSON(raw []byte) error {
	var list []text
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	if list == nil {
		return nil
	}
	*l = make(ids, len(list))
	for i, id := range list {
		(*l)[i] = string(id)
	}
	return nil
}

func (l *ids) decode(raw []byte) error {
	if err := json.Unmarshal(raw, l); err != nil {
		return err
	}
	if *l == nil {
		return errNoList
	}
	return nil
}

func (c *Client) idPage(ctx context.Context, path string, p PageParams) (*IDPage, error) {
	page := &IDPage{}
	if err := c.do(ctx, get(path, p.query()), page); err != nil {
		return nil, err
	}
	return page, nil
}

// allIDs walks over all ids of all pages.
func allIDs(p PageParams, page func(PageParams) (*IDPage, error)) iter.Seq2[string, error] {
	if p.Limit == 0 {
		p.Limit = perPage
	}
	return walk(func(offset, _ int) ([]string, int, error) {
		got, err := page(PageParams{Offset: offset, Limit: p.Limit})
		if err != nil {
			return nil, 0, err
		}
		return got.IDs, got.Total, nil
	}, func(id string) string { return id })
}
