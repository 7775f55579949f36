package results

import (
	"net/url"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
)

// seoul is the time that operators read and write. Korea has had no summer time
// since 1988.
var seoul = time.FixedZone("KST", 9*3600)

// The forms in which a filter writes a time; it is written in the shortest.
const minute = "2006-01-02T15:04"

var timeForms = []string{time.DateOnly, minute, "2006-01-02T15:04:05", time.RFC3339}

// statuses are those a filter may ask for.
var statuses = map[outbox.Status]bool{
	outbox.Queued: true, outbox.Sending: true, outbox.Accepted: true, outbox.Delivered: true,
	outbox.Undelivered: true, outbox.Rejected: true, outbox.Unknown: true, outbox.Dropped: true,
}

// valueMost is how long a value of a filter may be, in bytes: a token is the
// longest.
const valueMost = 200

// ReadFilter reads a filter from the query of a URL; keys that are none of its
// are left to others. Refusal: [outbox.ErrFilter].
func ReadFilter(q url.Values) (f Filter, err error) {
	f.Status = outbox.Status(q.Get("status"))
	f.Number = q.Get("number")
	for key, into := range words(&f) {
		*into = strings.TrimSpace(q.Get(key))
	}
	for _, value := range []string{f.Number, f.Code, f.Type, f.Sender, f.Purpose, f.ApplicationID, f.VerificationID} {
		if len(value) > valueMost || strings.ContainsFunc(value, unprintable) {
			return Filter{}, outbox.ErrFilter
		}
	}
	if f.Status != "" && !statuses[f.Status] {
		return Filter{}, outbox.ErrFilter
	}
	if f.Since, err = readTime(q.Get("since")); err == nil {
		f.Until, err = readTime(q.Get("until"))
	}
	if err != nil {
		return Filter{}, err
	}
	return f, nil
}

// WriteFilter is the opposite of [ReadFilter].
func WriteFilter(f Filter) url.Values {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("since", writeTime(f.Since))
	set("until", writeTime(f.Until))
	set("status", string(f.Status))
	set("number", f.Number)
	for key, value := range words(&f) {
		set(key, *value)
	}
	return q
}

// words are the fields of a filter that are any word, by their keys.
func words(f *Filter) map[string]*string {
	return map[string]*string{
		"code": &f.Code, "type": &f.Type, "sender": &f.Sender, "purpose": &f.Purpose,
		"application": &f.ApplicationID, "verification": &f.VerificationID,
	}
}

func unprintable(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }

// readTime reads a time of Seoul. The year is one that a database time can hold.
func readTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, text, seoul); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			return t, nil
		}
	}
	return time.Time{}, outbox.ErrFilter
}

func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(seoul)
	for _, form := range timeForms[:3] {
		if back, err := time.ParseInLocation(form, t.Format(form), seoul); err == nil && back.Equal(t) {
			return t.Format(form)
		}
	}
	return t.Format(time.RFC3339Nano)
}
