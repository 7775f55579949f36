package console

import (
	"time"
)

// seoul is the zone that times are shown in. Korea keeps one offset all year.
var seoul = time.FixedZone("KST", 9*60*60)

// stamp returns a time as lists show it: with the year only when that is another
// one.
func stamp(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	if t.In(seoul).Year() != now.In(seoul).Year() {
		return t.In(seoul).Format("2006-01-02 15:04")
	}
	return t.In(seoul).Format("01-02 15:04")
}

// stamp is [stamp] as seen now.
func (v *visit) stamp(t time.Time) string { return stamp(t, v.now()) }

// span returns a wait in words, rounded up: seconds below a minute, minutes
// beyond.
func (l *locale) span(d time.Duration) string {
	if d < time.Minute {
		return l.count("span.seconds", int((d+time.Second-1)/time.Second))
	}
	return l.count("span.minutes", int((d+time.Minute-1)/time.Minute))
}
