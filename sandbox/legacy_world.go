package sandbox

import (
	"io"
	"strings"
	"time"
)

// legacyBook is what the account keeps for the legacy API alone: everything
// else, groups and messages above all, is shared with v4. It is plain data.
type legacyBook struct {
	Images        []legacyImage    `json:"images"`        // oldest first
	Received      []legacyIncoming `json:"received"`      // oldest first
	DefaultSender string           `json:"defaultSender"` // handle key
}

const (
	hexDigits     = "0123456789ABCDEF"
	legacyGroupID = "GID"
)

// newLegacyID makes an id of the old form: GID, MID or IMG and 13 hex digits.
func newLegacyID(r io.ByteReader, prefix string) string {
	out := []byte(prefix)
	for range 13 {
		b, err := r.ReadByte()
		if err != nil {
			panic("sandbox: the source of chance failed: " + err.Error())
		}
		out = append(out, hexDigits[b%16])
	}
	return string(out)
}

// newLegacyGroup opens a group whose id has the old form.
func (w *world) newLegacyGroup() *group {
	return w.openGroup(newLegacyID(w.chance, legacyGroupID), groupRequest{})
}

// newMessageID makes an id for a message of a group, of the form that the
// group's own has.
func (w *world) newMessageID(g *group) string {
	if strings.HasPrefix(g.id, legacyGroupID) {
		return newLegacyID(w.chance, "MID")
	}
	return newID(w.chance, "M4V", w.now)
}

// acceptLegacy is accept for the legacy API: a picture that is not in this API's
// store refuses its message with 1023.
func (w *world) acceptLegacy(g *group, b batch) []*message {
	for i, picture := range b.pictures {
		if d := &b.drafts[i]; picture != "" && d.code == "" && w.legacyImage(picture) == nil {
			d.code = "1023"
		}
	}
	messages := w.accept(g, b.drafts)
	for i, m := range messages {
		m.image = b.pictures[i]
	}
	return messages
}

// sendLegacy sends a group, or schedules it when its messages named a time to
// come. A group has one time: the first that one of its messages names (G).
func (w *world) sendLegacy(g *group) error {
	if at := g.scheduledFor; at.After(w.now) {
		return w.schedule(g, at)
	}
	g.scheduledFor = time.Time{} // a time that has passed means now
	return w.launch(g)
}

// rehearse is mode=test: the messages end with result 60, nothing is delivered
// and nothing is paid.
func (w *world) rehearse(g *group) {
	for _, m := range g.messages {
		if m.code == "2000" {
			w.withdraw(m)
		}
	}
	g.status, g.completed = complete, w.now
	g.note(w.now, "group rehearsed", nil)
}

// withdraw ends a message that was never handed over, with 2160.
func (w *world) withdraw(m *message) {
	m.code, m.final = "2160", "2160"
	m.updated, m.reported = w.now, w.now
	m.group.open--
}

// legacyResult is a message's code as the legacy API cuts it in two: status (0
// waiting, 1 at the carrier or refused, 2 reported) and result code. Where the
// cut would name a state of v4 the result codes' own table is followed: 00 is
// delivered, 99 waiting (G), 83 and 84 a number that is missing (G); a carrier's
// failure 3xxx is reported, so 2 (G).
func legacyResult(m *message) (status, result string) {
	switch {
	case m.code == delivered:
		return "2", "00"
	case m.code == "2000":
		return "0", "99"
	case m.code == "3000":
		return "1", "99"
	case m.code == "1010" && m.to == "":
		return "1", "83"
	case m.code == "1010" && m.from == "":
		return "1", "84"
	case m.code[0] == '3':
		return "2", m.code[2:]
	}
	return m.code[:1], m.code[2:]
}

// legacyWords are result messages that the status codes have no words for.
var legacyWords = map[string]string{"00": "정상", "83": "수신번호 미입력", "84": "발신번호 미입력", "99": "전송 대기"}

// legacyMessage is the result_message of a stored message.
func legacyMessage(m *message) string {
	_, result := legacyResult(m)
	if text, ok := legacyWords[result]; ok {
		return text
	}
	return statusText(m.code)
}

// legacyTime writes a time as the legacy API's lists do, in Korea.
func legacyTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(korea).Format("2006-01-02 15:04:05")
}

// counters is the answer to calls that change several things. The documents
// print error_list in a form that is not JSON; here each entry is an object
// from the position in the request to the code (G).
type counters struct {
	Success int                 `json:"success_count"`
	Errors  int                 `json:"error_count"`
	List    []map[string]string `json:"error_list"`
}

func newCounters() counters { return counters{List: []map[string]string{}} }
