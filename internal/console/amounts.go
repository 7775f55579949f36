package console

import (
	"html/template"
	"math"
	"strconv"
	"time"
)

// grouped writes a count with a comma before every three digits.
func grouped(n int) string {
	text := strconv.Itoa(n)
	first := 1
	if n < 0 {
		first = 2
	}
	for i := len(text) - 3; i >= first; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// decimal writes a number with one digit behind the point.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// unknown stands where there is no figure.
const unknown = "—"

// texts are so many texts in words.
func (l *locale) text(n int) string { return l.count("amount.texts", n, "n", grouped(n)) }

// won is so much money in words.
func (l *locale) won(n int) string { return l.say("amount.won", "n", grouped(n)) }

// days are so many days in words.
func (l *locale) days(n int) string { return l.count("amount.days", n, "n", grouped(n)) }

// percent is a share in words; ok is false where there is none.
func percent(p float64, ok bool) string {
	if !ok {
		return unknown
	}
	return decimal(p) + "%"
}

// share is a part of a whole in words.
func share(part, whole int) string {
	if whole == 0 {
		return unknown
	}
	return percent(100*float64(part)/float64(whole), true)
}

// took is how long something took, as exactly as one wants to know: as id.ms,
// id.seconds, id.minutes or id.hours says it.
func took(id string, d time.Duration) (words string, fill string) {
	switch {
	case d > 0 && d < time.Second:
		return id + ".ms", strconv.FormatInt(d.Milliseconds(), 10)
	case d < 10*time.Second:
		return id + ".seconds", decimal(d.Seconds())
	case d < 2*time.Minute:
		return id + ".seconds", strconv.Itoa(int(math.Round(d.Seconds())))
	case d < 2*time.Hour:
		return id + ".minutes", strconv.Itoa(int(math.Round(d.Minutes())))
	}
	return id + ".hours", strconv.Itoa(int(math.Round(d.Hours())))
}

// duration is [took] as words.
func (l *locale) duration(d time.Duration, ok bool) string {
	if !ok {
		return unknown
	}
	id, n := took("amount", d)
	return l.say(id, "n", n)
}

// large is [took] as a figure, with its unit in <b>.
func (l *locale) large(d time.Duration, ok bool) template.HTML {
	if !ok {
		return unknown
	}
	id, n := took("figure", d)
	return l.markup(id, "n", n)
}
