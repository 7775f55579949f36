package coolsms

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// Bool returns a pointer to v, for fields whose absence means something else
// than false.
func Bool(v bool) *bool { return &v }

// flag reads what the provider writes as a boolean in one place and as 0 or 1
// in another.
type flag bool

func (f *flag) UnmarshalJSON(raw []byte) error {
	*f = flag(bytes.Equal(raw, []byte("true")) || bytes.Equal(raw, []byte("1")))
	return nil
}

// fields reads an object of strings. An empty array passes for an empty object,
// as PHP writes it.
type fields map[string]string

func (f *fields) UnmarshalJSON(raw []byte) error {
	if string(raw) == "[]" {
		return nil
	}
	return json.Unmarshal(raw, (*map[string]string)(f))
}

// stamp reads a time. One that cannot be read is taken for absent: a page of a
// thousand messages is not worth losing over it.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(raw []byte) error {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	text := string(raw[1 : len(raw)-1]) // a time has nothing that JSON would escape
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			s.Time = t
			return nil
		}
	}
	return nil
}

// ptr returns nil for a time that was not given.
func (s *stamp) ptr() *time.Time {
	if s.IsZero() {
		return nil
	}
	return &s.Time
}

// The ways in which an answer can miss its documented shape.
var (
	errNoGroup   = errors.New("it does not speak of the group that was meant")
	errNoResults = errors.New("it has no list of results")
	errNoList    = errors.New("it has no list of messages")
	errNoGroups  = errors.New("it has no list of groups")
	errNoItems   = errors.New("it has no list of items")
	errNoMessage = errors.New("it does not name the message that was sent")
	errNoNumbers = errors.New("it has no list of sender numbers")
	errNoBalance = errors.New("it has no balance")
	errNoPrices  = errors.New("it has no prices")
	errNoCounts  = errors.New("it counts nothing")
	errNoQuota   = errors.New("it has no quota")
	errNameless  = errors.New("it does not name what was asked for")
	errNoHistory = errors.New("it has no list of changes")
	errJSON      = errors.New("it is not JSON")
	errEnd       = errors.New("there is something after the answer")
	errCursor    = errors.New("coolsms: the cursor of the next page does not move on")
)
