package legacy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

// Counters is how many items of a call succeeded.
type Counters struct {
	Success int
	Failed  int
	Errors  []ItemError // of those that failed, in the order of their places

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

// Err returns nil when nothing failed, else a [*ResultError] with the code of
// the first that did. The code is "" when the provider counts failures without
// listing them.
func (c *Counters) Err() error {
	switch {
	case len(c.Errors) > 0:
		return &ResultError{Code: c.Errors[0].Code}
	case c.Failed > 0:
		return &ResultError{}
	}
	return nil
}

// ItemError is one item that failed.
type ItemError struct {
	Index int // its place in the request, as the provider counts
	Code  ResultCode
}

// counted is the provider's form of Counters. Success is nil when it is
// missing, since nothing is not zero.
type counted struct {
	Success *integer  `json:"success_count"`
	Failed  integer   `json:"error_count"`
	Errors  errorList `json:"error_list"`
}

func (w *counted) counters(raw []byte) (Counters, error) {
	if w.Success == nil {
		return Counters{}, errNoCounters
	}
	return Counters{Success: int(*w.Success), Failed: int(w.Failed), Errors: w.Errors, Raw: raw}, nil
}

// UnmarshalJSON reads the provider's form.
func (c *Counters) UnmarshalJSON(raw []byte) error {
	var w counted
	if err := object(raw, &w); err != nil {
		return err
	}
	var err error
	*c, err = w.counters(bytes.Clone(raw))
	return err
}

func (c *Counters) decode(raw []byte) error { return c.UnmarshalJSON(raw) }

// countersList is an answer of one Counters for each message.
type countersList []Counters

func (l *countersList) decode(raw []byte) error {
	if err := json.Unmarshal(raw, (*[]Counters)(l)); err != nil {
		return err
	}
	if *l == nil {
		return errNoList
	}
	return nil
}

// errorList reads an error_list. The documents print it in a form that is no
// JSON, so the true one is unknown: an object of codes by their places, an
// array of such objects, and an array of pairs are all understood.
type errorList []ItemError

func (l *errorList) UnmarshalJSON(raw []byte) error {
	var found []ItemError
	var err error
	switch raw[0] {
	case '{':
		found, err = byPlace(raw)
	case '[':
		var list []json.RawMessage
		if err = json.Unmarshal(raw, &list); err != nil {
			return err
		}
		for _, item := range list {
			var some []ItemError
			if item[0] == '{' {
				some, err = byPlace(item)
			} else {
				some, err = pair(item)
			}
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
	default:
		if s, _ := bareText(raw); s != "" {
			return errNoErrors
		}
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b ItemError) int { return cmp.Compare(a.Index, b.Index) })
	*l = found
	return nil
}

// byPlace reads {"4": "54"}.
func byPlace(raw []byte) ([]ItemError, error) {
	var codes map[string]text
	if err := json.Unmarshal(raw, &codes); err != nil {
		return nil, err
	}
	var found []ItemError
	for place, code := range codes {
		i, err := strconv.Atoi(place)
		if err != nil {
			return nil, errNoErrors
		}
		found = append(found, ItemError{Index: i, Code: ResultCode(code)})
	}
	return found, nil
}

// pair reads [4, "54"].
func pair(raw []byte) ([]ItemError, error) {
	var two []json.RawMessage
	if json.Unmarshal(raw, &two) != nil || len(two) != 2 {
		return nil, errNoErrors
	}
	var place integer
	var code text
	if err := json.Unmarshal(two[0], &place); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(two[1], &code); err != nil {
		return nil, err
	}
	return []ItemError{{Index: int(place), Code: ResultCode(code)}}, nil
}
