package legacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The ways in which an answer can miss its documented shape.
var (
	errNoNumber   = errors.New("something else stands where a number should be")
	errNoText     = errors.New("something else stands where a text should be")
	errNoErrors   = errors.New("its error_list is in none of the known forms")
	errNoCounters = errors.New("it does not say how many succeeded")
	errNoResult   = errors.New("it has no result code")
	errNoList     = errors.New("it has no list")
	errNoGroup    = errors.New("it names no group")
	errNoImage    = errors.New("it names no image")
	errNoHandle   = errors.New("it names no handle key")
	errNoSender   = errors.New("it names no sender number")
	errNoBalance  = errors.New("it has no balance")
	errNoObject   = errors.New("it is not an object")
	errWalk       = errors.New("coolsms/legacy: the list does not move on from page to page")
)

// seoul is the time zone of every date of this API.
var seoul = time.FixedZone("KST", 9*60*60)

// integer reads what the provider writes as a number in one place and as a text
// in another. Nothing is 0.
type integer int

func (n *integer) UnmarshalJSON(raw []byte) error {
	s, ok := bareText(raw)
	if s == "" && ok {
		return nil
	}
	v, err := strconv.Atoi(s)
	if err != nil || !ok {
		return errNoNumber // and not err, which would repeat what stands there
	}
	*n = integer(v)
	return nil
}

// decimal is integer for numbers that may have a fraction.
type decimal float64

func (d *decimal) UnmarshalJSON(raw []byte) error {
	s, ok := bareText(raw)
	if s == "" && ok {
		return nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !ok || math.IsInf(v, 0) || math.IsNaN(v) {
		return errNoNumber
	}
	*d = decimal(v)
	return nil
}

// text reads an id or a code, which may stand there as a number.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	s, ok := bareText(raw)
	if !ok {
		return errNoText
	}
	*t = text(s)
	return nil
}

// bareText returns a JSON string's content, a number or truth value as it
// stands, and "" for null. It fails for objects and arrays.
func bareText(raw []byte) (s string, ok bool) {
	switch {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return "", false
	case bytes.Equal(raw, []byte("null")):
		return "", true
	case raw[0] == '"':
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	}
	return string(raw), true
}

// flag reads a truth value however it is written. The documents do not say (G).
type flag bool

func (f *flag) UnmarshalJSON(raw []byte) error {
	s, _ := bareText(raw)
	switch strings.ToLower(s) {
	case "true", "y", "yes", "1":
		*f = true
	default:
		*f = false
	}
	return nil
}

// stamp reads a time, which is Korean. One that cannot be read is taken for
// absent: a page of messages is not worth losing over it.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(raw []byte) error {
	written, _ := bareText(raw)
	for _, layout := range []string{queryTime, bodyTime, "200601021504"} {
		if t, err := time.ParseInLocation(layout, written, seoul); err == nil {
			s.Time = t.UTC()
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

// The ways in which times are written in requests.
const (
	queryTime = "2006-01-02 15:04:05" // where messages are asked for
	bodyTime  = "20060102150405"      // when a message is to be sent
)

// set sets a parameter that was given.
func set(q url.Values, key, value string) {
	if value != "" {
		q.Set(key, value)
	}
}

func setInt(q url.Values, key string, value int) {
	if value != 0 {
		q.Set(key, strconv.Itoa(value))
	}
}

func setTime(q url.Values, key, layout string, value time.Time) {
	if !value.IsZero() {
		q.Set(key, value.In(seoul).Format(layout))
	}
}

// setTrue writes a truth value. The documents do not say how (G).
func setTrue(q url.Values, key string, value bool) {
	if value {
		q.Set(key, "true")
	}
}

// anything is an answer of which nothing is documented (G): it may be empty or
// any JSON.
type anything struct{}

func (*anything) decode(raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var skipped json.RawMessage
	return json.Unmarshal(raw, &skipped)
}

// object unmarshals what must be a JSON object.
func object(raw []byte, out any) error {
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		if err := json.Unmarshal(raw, new(json.RawMessage)); err != nil {
			return err
		}
		return errNoObject
	}
	return json.Unmarshal(raw, out)
}

// seconds is d read as seconds.
func (d decimal) seconds() time.Duration { return time.Duration(float64(d) * float64(time.Second)) }
