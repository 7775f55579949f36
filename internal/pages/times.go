package pages

import (
	"fmt"
	"strconv"
	"time"
)

// seoul is the zone that times are shown in. Korea keeps one offset all year.
var seoul = time.FixedZone("KST", 9*60*60)

// months are the texts that name a month.
var months = [...]string{
	"time.jan", "time.feb", "time.mar", "time.apr", "time.may", "time.jun",
	"time.jul", "time.aug", "time.sep", "time.oct", "time.nov", "time.dec",
}

// clock returns a time of day in Seoul, such as 3:04 in the afternoon.
func (l *locale) clock(t time.Time) string {
	t = t.In(seoul)
	id, h := "time.am", t.Hour()
	if h >= 12 {
		id = "time.pm"
	}
	if h %= 12; h == 0 {
		h = 12
	}
	return l.say(id, "h", strconv.Itoa(h), "mm", fmt.Sprintf("%02d", t.Minute()))
}

// date returns a day in Seoul.
func (l *locale) date(t time.Time) string {
	y, m, d := t.In(seoul).Date()
	return l.say("time.date", "y", strconv.Itoa(y), "month", l.say(months[m-1]), "d", strconv.Itoa(d))
}

// moment returns a day and a time of day in Seoul.
func (l *locale) moment(t time.Time) string {
	return l.say("time.moment", "date", l.date(t), "clock", l.clock(t))
}

// brief is moment without the year when that is the current one.
func (l *locale) brief(t, now time.Time) string {
	if t.In(seoul).Year() != now.In(seoul).Year() {
		return l.moment(t)
	}
	_, m, d := t.In(seoul).Date()
	day := l.say("time.day", "month", l.say(months[m-1]), "d", strconv.Itoa(d))
	return l.say("time.moment", "date", day, "clock", l.clock(t))
}

// span returns a wait in words, rounded up: seconds below a minute, minutes
// below an hour, hours and minutes beyond.
func (l *locale) span(d time.Duration) string {
	if d < time.Minute {
		return l.count("span.seconds", seconds(d))
	}
	minutes := int((d + time.Minute - 1) / time.Minute)
	if minutes < 60 {
		return l.count("span.minutes", minutes)
	}
	hours := l.count("span.hours", minutes/60)
	if minutes%60 == 0 {
		return hours
	}
	return l.say("span.join", "hours", hours, "minutes", l.count("span.minutes", minutes%60))
}

// days returns a number of days in words: in years where it is a number of these.
func (l *locale) days(number string) string {
	n, err := strconv.Atoi(number)
	switch {
	case err != nil:
		return number
	case n%365 != 0:
		return l.count("span.days", n)
	}
	return l.count("span.years", n/365)
}
