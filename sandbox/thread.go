package sandbox

import (
	"regexp"
	"strings"
	"time"
)

// bubble is one item of the phone's thread: a text that arrived, one that is
// on its way, or one that never came.
type bubble struct {
	ID    string
	Day   string // shown above it, empty for a day that already stands there
	State string // "text", "onway" or "lost"
	Parts []span
	Code  string // the one-time code in it, for the copy button
	Time  string
	Type  string
	Bytes int
	Why   string // of a lost one: status code and words
}

// span is a piece of text; a code is set in bold.
type span struct {
	Text string
	Code bool
}

func (l language) bubble(m *message) bubble {
	b := bubble{ID: m.id, Type: m.shownType(), Bytes: m.bytes, State: "onway"}
	at := m.sent
	switch {
	case m.code == delivered:
		at = m.received
		b.State, b.Code = "text", codeIn(m.text)
		if m.subject != "" {
			b.Parts = append(b.Parts, span{Text: m.subject + "\n"})
		}
		b.Parts = append(b.Parts, spans(m.shownText(), b.Code)...)
	case isFinal(m.code):
		at = m.reported
		b.State, b.Why = "lost", strings.TrimSpace(m.code+" "+l.status(m.code))
	}
	b.Day, b.Time = l.day(at), l.clock(at)
	return b
}

var (
	boundCode = regexp.MustCompile(`(?m)^@\S+ #(\d{4,10})$`)
	looseCode = regexp.MustCompile(`(?:^|[^\d-])(\d{4,10})(?:$|[^\d-])`)
)

// codeIn finds the one-time code of a text: the one bound to an origin on the
// last line, or else the first run of 4 to 10 digits that is not part of a
// number with hyphens.
func codeIn(text string) string {
	for _, pattern := range []*regexp.Regexp{boundCode, looseCode} {
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found[1]
		}
	}
	return ""
}

// spans cuts a text so that its code, where people read it first, stands alone.
func spans(text, code string) []span {
	before, after, found := strings.Cut(text, code)
	if code == "" || !found {
		return []span{{Text: text}}
	}
	return []span{{Text: before}, {Text: code, Code: true}, {Text: after}}
}

var weekdays = [...]string{"일", "월", "화", "수", "목", "금", "토"}

// day is the Seoul date of a moment.
func (l language) day(t time.Time) string {
	t = t.In(korea)
	if l == en {
		return t.Format("Monday, 2 January")
	}
	return t.Format("1월 2일 ") + weekdays[t.Weekday()] + "요일"
}

// clock is the Seoul time of a moment.
func (l language) clock(t time.Time) string {
	t = t.In(korea)
	if l == en {
		return t.Format("3:04 PM")
	}
	if t.Hour() < 12 {
		return t.Format("오전 3:04")
	}
	return t.Format("오후 3:04")
}
