package coolsms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
)

// fetch makes a call that is answered with one thing, which must name itself.
func fetch[T any](ctx context.Context, c *Client, k call, name func(*T) string) (*T, error) {
	a := thingAnswer[T]{name: name}
	if err := c.do(ctx, k, &a); err != nil {
		return nil, err
	}
	return &a.thing, nil
}

type thingAnswer[T any] struct {
	thing T
	name  func(*T) string
}

func (a *thingAnswer[T]) decode(raw []byte) error {
	if err := json.Unmarshal(raw, &a.thing); err != nil {
		return err
	}
	if a.name(&a.thing) == "" {
		return errNameless
	}
	return nil
}

// list makes a call that is answered with a page whose items are in a member of
// that name.
func list[T any](ctx context.Context, c *Client, k call, member string) (*Page[T], error) {
	a := pageAnswer[T]{list: member}
	k.limit = maxLists
	if err := c.do(ctx, k, &a); err != nil {
		return nil, err
	}
	return &a.page, nil
}

// all walks over all pages of a list.
func all[T any](startKey string, page func(startKey string) (*Page[T], error)) iter.Seq2[*T, error] {
	return walk(startKey, func(startKey string) ([]*T, string, error) {
		p, err := page(startKey)
		if err != nil {
			return nil, "", err
		}
		return p.Items, p.NextKey, nil
	})
}

// arrayAnswer is an answer that is a bare array.
type arrayAnswer[T any] []T

func (a *arrayAnswer[T]) decode(raw []byte) error {
	if err := json.Unmarshal(raw, (*[]T)(a)); err != nil {
		return err
	}
	if *a == nil {
		return errNoItems
	}
	return nil
}

// ignored is an answer of which nothing is needed but that it is JSON.
type ignored struct{}

func (*ignored) decode(raw []byte) error {
	if !json.Valid(raw) {
		return errJSON
	}
	return nil
}

// idPath appends an id to a path, escaped as far as needed. An empty one would
// name all of them.
func idPath(path, id, verb string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", fmt.Errorf("coolsms: %q is no id", id)
	}
	return path + "/" + url.PathEscape(id) + verb, nil
}

// dates are the times that most things have.
type dates struct {
	DateCreated stamp `json:"dateCreated"`
	DateUpdated stamp `json:"dateUpdated"`
}

// keep copies what would change under the hands of encoding/json.
func keep(raw []byte) json.RawMessage { return bytes.Clone(raw) }
