package console

import (
	"strconv"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// partBar is a part of a whole, as part.html draws it.
type partBar struct{ Width, Tone string }

// partOf returns the bar of a part. What is not nothing can be seen.
func partOf(n, whole int, tone string) partBar {
	if n <= 0 || whole <= 0 {
		return partBar{"0", tone}
	}
	return partBar{strconv.Itoa(min(max(100*n/whole, 2), 100)) + "%", tone}
}

// codeWords tells what a status code means, and what to do about it.
func (l *locale) codeWords(code string) (means, advice string) {
	if code == "" {
		return l.say("code.none"), ""
	}
	info := coolsms.StatusCode(code).Info()
	if l.name == "ko" {
		return info.Korean, info.Action.Korean()
	}
	return info.English, info.Action.English()
}

// named returns the text with the id of a kind of thing and its value, or the
// value where the catalogue does not know it.
func (l *locale) named(kind, value string) string {
	if value == "" {
		value = "none"
	}
	if kind == "purpose" && outbox.IsTrial(value) {
		value = "test"
	}
	if id := kind + "." + value; l.has(id) {
		return l.say(id)
	}
	return value
}
