package sandbox

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// valueKind says how the values of a field compare.
type valueKind int

const (
	asText valueKind = iota
	asTime
	asNumber
	asList // texts of which one must match
)

// value is one field of a record, or one operand of a condition.
type value struct {
	text string
	time time.Time
	num  int64
	list []string
}

func (v value) compare(kind valueKind, other value) int {
	switch kind {
	case asTime:
		return v.time.Compare(other.time)
	case asNumber:
		return int(max(-1, min(1, v.num-other.num)))
	case asList:
		if slices.Contains(v.list, other.text) {
			return 0
		}
		return 1
	}
	return strings.Compare(v.text, other.text)
}

// condition is one field under one operator. Several values mean any of them
// for eq and none of them for ne (G).
type condition struct {
	field    string
	kind     valueKind
	op       string
	operands []value
}

// filter is what a list asks for; a record must meet every condition.
type filter []condition

func (f filter) match(get func(field string) value) bool {
	for _, c := range f {
		if !c.match(get(c.field)) {
			return false
		}
	}
	return true
}

func (c *condition) match(v value) bool {
	equal := func(o value) bool { return v.compare(c.kind, o) == 0 }
	switch c.op {
	case "eq":
		return slices.ContainsFunc(c.operands, equal)
	case "ne":
		return !slices.ContainsFunc(c.operands, equal)
	case "like":
		return slices.ContainsFunc(c.operands, func(o value) bool { return strings.Contains(v.text, o.text) })
	}
	if c.kind == asTime && v.time.IsZero() {
		return false // what has not happened is neither before nor after
	}
	for _, o := range c.operands {
		switch n := v.compare(c.kind, o); {
		case c.op == "gt" && n <= 0, c.op == "gte" && n < 0, c.op == "lt" && n >= 0, c.op == "lte" && n > 0:
			return false
		}
	}
	return true
}

// add enters values under an operator; eq and ne on one field gather.
func (f *filter) add(field string, kind valueKind, op string, texts ...string) error {
	if op == "in" {
		op = "eq"
	}
	if !slices.Contains([]string{"eq", "ne", "gt", "gte", "lt", "lte", "like"}, op) {
		return errValidation.because("알 수 없는 조건: " + clip(op, 32))
	}
	operands := make([]value, 0, len(texts))
	for _, text := range texts {
		v, ok := parseValue(field, kind, text)
		if !ok {
			return errValidation.because("값이 올바르지 않습니다: " + clip(field, 32))
		}
		operands = append(operands, v)
	}
	if op == "eq" || op == "ne" {
		for i := range *f {
			if c := &(*f)[i]; c.field == field && c.op == op {
				c.operands = append(c.operands, operands...)
				return nil
			}
		}
	}
	*f = append(*f, condition{field, kind, op, operands})
	return nil
}

func parseValue(field string, kind valueKind, text string) (v value, ok bool) {
	switch kind {
	case asTime:
		// A plus sign that was not escaped arrives as a blank.
		if i := len(text) - len(" 09:00"); i > len("2006-01-02") && text[i] == ' ' {
			text = text[:i] + "+" + text[i+1:]
		}
		v.time, ok = parseKorean(text)
		return v, ok
	case asNumber:
		n, err := strconv.ParseInt(text, 10, 64)
		v.num = n
		return v, err == nil
	}
	switch field {
	case "type":
		text = strings.ToUpper(text)
	case "to", "from", "senderNumber", "recipientNumber", "phoneNumber":
		text = digits(text)
	case "replacement":
		text = strconv.FormatBool(text == "1" || strings.EqualFold(text, "true"))
	}
	v.text = text
	return v, true
}

// values spreads one parameter: repeated keys, comma lists and JSON arrays
// come from different SDKs and mean the same.
func values(params []string) []string {
	var out []string
	for _, p := range params {
		var list []string
		if strings.HasPrefix(p, "[") && json.Unmarshal([]byte(p), &list) == nil {
			out = append(out, list...)
			continue
		}
		for _, part := range strings.Split(p, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// parseFilter reads both styles of README section 7: triples (criteria, cond,
// value) and named parameters (field or field[op]). Parameters that name no
// field of the list are ignored (G).
func parseFilter(q url.Values, fields map[string]valueKind) (filter, error) {
	var f filter
	if err := f.addTriples(q, fields); err != nil {
		return nil, err
	}
	for _, key := range sortedKeys(q) {
		field, op, bracket := strings.Cut(strings.TrimSuffix(key, "]"), "[")
		if !bracket {
			op = "eq"
		}
		if op == "" { // field[]=a&field[]=b
			op = "in"
		}
		if field == "messageIds" || field == "messagesId" { // one page misspells it
			field = "messageId"
		}
		kind, known := fields[field]
		texts := values(q[key])
		if !known || len(texts) == 0 {
			continue
		}
		if err := f.add(field, kind, op, texts...); err != nil {
			return nil, err
		}
	}
	return f, f.addDates(q, fields)
}

func sortedKeys(q url.Values) []string {
	keys := make([]string, 0, len(q))
	for key := range q {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (f *filter) addTriples(q url.Values, fields map[string]valueKind) error {
	criteria, conds, texts := values(q["criteria"]), values(q["cond"]), values(q["value"])
	if len(criteria) != len(conds) || len(criteria) != len(texts) {
		return errValidation.because("criteria, cond, value의 개수가 다릅니다.")
	}
	for i, field := range criteria {
		kind, known := fields[field]
		if !known {
			return errValidation.because("알 수 없는 criteria: " + clip(field, 32))
		}
		if conds[i] == "like" {
			return errValidation.because("알 수 없는 조건: like") // only named parameters know it
		}
		if err := f.add(field, kind, conds[i], texts[i]); err != nil {
			return err
		}
	}
	return nil
}

// addDates reads startDate and endDate, which bound the date dateType names.
func (f *filter) addDates(q url.Values, fields map[string]valueKind) error {
	field := "dateCreated"
	if strings.EqualFold(q.Get("dateType"), "UPDATED") {
		field = "dateUpdated"
	}
	for _, bound := range []struct{ key, op string }{{"startDate", "gte"}, {"endDate", "lte"}} {
		if text := q.Get(bound.key); text != "" {
			if err := f.add(field, fields[field], bound.op, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// only returns the operands of eq on a text field, nil when there is none.
func (f filter) only(field string) []value {
	for _, c := range f {
		if c.field == field && c.op == "eq" {
			return c.operands
		}
	}
	return nil
}

// since returns the latest lower bound on a date, zero when there is none.
func (f filter) since(field string) (t time.Time) {
	for _, c := range f {
		if c.field == field && (c.op == "gt" || c.op == "gte") {
			for _, o := range c.operands {
				if o.time.After(t) {
					t = o.time
				}
			}
		}
	}
	return t
}
