package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// legacyDays is how far sent looks back when nothing is asked for.
const legacyDays = 20

// sentItem is one message of the sent list.
type sentItem struct {
	Type      string `json:"type"`
	Accepted  string `json:"accepted_time"`
	To        string `json:"recipient_number"`
	GroupID   string `json:"group_id"`
	MessageID string `json:"message_id"`
	Status    string `json:"status"`
	Code      string `json:"result_code"`
	Message   string `json:"result_message"`
	Sent      string `json:"sent_time"` // to the minute, without signs
	Text      string `json:"text"`
	Carrier   string `json:"carrier"`
	Scheduled string `json:"scheduled_time"`
}

func viewSent(m *message) sentItem {
	v := sentItem{
		Type: m.kind, Accepted: legacyTime(m.created), To: m.to, GroupID: m.group.id, MessageID: m.id,
		Message: legacyMessage(m), Text: m.text, Scheduled: legacyTime(m.group.scheduledFor),
	}
	v.Status, v.Code = legacyResult(m)
	if !m.processed.IsZero() {
		v.Sent = m.processed.In(korea).Format("200601021504")
	}
	if name := viewMessage(m).NetworkName; name != nil {
		v.Carrier = *name
	}
	return v
}

// sentQuery is what a sent call asks for.
type sentQuery struct {
	filter        filter
	status        string
	codes, except []string
	offset, limit int
}

// sentQuery reads the parameters of sent, by their names in v2 and in v1.
func (f fields) sentQuery(now time.Time) (sentQuery, error) {
	q := sentQuery{
		status: f["status"], codes: f.list("resultcode"), except: f.list("notin_resultcode"),
		limit: max(1, min(f.number("limit", f.number("count", defaultLimit, maxLimit), maxLimit), maxLimit)),
	}
	q.offset = f.number("offset", (max(1, f.number("page", 1, 1<<20))-1)*q.limit, 1<<30)
	for _, by := range []struct {
		value, field string
		kind         valueKind
		op           string
	}{
		{f.first("message_id", "mid"), "messageId", asText, "eq"},
		{f.first("group_id", "gid"), "groupId", asText, "eq"},
		{f["rcpt"], "to", asText, "eq"},
		{f["start"], "dateCreated", asTime, "gte"},
		{f["end"], "dateCreated", asTime, "lte"},
	} {
		if by.value == "" {
			continue
		}
		if err := q.filter.add(by.field, by.kind, by.op, by.value); err != nil {
			return q, errNoSuchMessage // nothing is that old or that called (G)
		}
	}
	if len(q.filter) == 0 {
		since := value{time: now.AddDate(0, 0, -legacyDays)}
		q.filter = filter{{"dateCreated", asTime, "gte", []value{since}}}
	}
	return q, nil
}

// match reports whether a message is in the list. What was never sent nor
// scheduled is not (G).
func (q *sentQuery) match(m *message) bool {
	if m.group.status == pending || m.group.status == deleted || !q.filter.match(m.field) {
		return false
	}
	status, code := legacyResult(m)
	return (q.status == "" || q.status == status) &&
		(len(q.codes) == 0 || slices.Contains(q.codes, code)) && !slices.Contains(q.except, code)
}

// legacySent serves GET sent, newest first. Nothing found is 404 NoSuchMessage.
func legacySent(c *call) (any, error) {
	q, err := c.form.sentQuery(c.now)
	if err != nil {
		return nil, err
	}
	total := 0
	found := []sentItem{}
	c.s.change(func(w *world) {
		since := q.filter.since("dateCreated")
		for m := range w.candidates(q.filter, "") {
			if m.created.Before(since) {
				break // all that follow are older
			}
			if !q.match(m) {
				continue
			}
			if total >= q.offset && len(found) < q.limit {
				found = append(found, viewSent(m))
			}
			total++
		}
	})
	if total == 0 {
		return nil, errNoSuchMessage
	}
	c.note = note{key: "note.listed", n: int64(len(found))}
	return legacyPage[sentItem]{strconv.Itoa(total), len(found), q.offset/q.limit + 1, found}, nil
}

// legacyPage is a list as v1 and v2 page it; the total is text.
type legacyPage[T any] struct {
	Total string `json:"total_count"`
	Count int    `json:"list_count"`
	Page  int    `json:"page"`
	Data  []T    `json:"data"`
}

// averages is how many seconds delivery took, on the average, in one span of time.
type averages struct {
	Date  string `json:"registdate"`
	SMS   string `json:"sms_average"`
	SMSSK string `json:"sms_sk_average"`
	SMSKT string `json:"sms_kt_average"`
	SMSLG string `json:"sms_lg_average"`
	MMS   string `json:"mms_average"`
	MMSSK string `json:"mms_sk_average"`
	MMSKT string `json:"mms_kt_average"`
	MMSLG string `json:"mms_lg_average"`
}

// maxSpans bounds the spans of one status call (G).
const maxSpans = 100

// legacyStatus serves GET status: count spans of a unit, back from date or
// from now. Every carrier takes the account's report delay. channel does not
// matter here.
func legacyStatus(c *call) (any, error) {
	f := c.form.fields
	unit, ok := map[string]time.Duration{
		"": time.Minute, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
	}[strings.ToLower(f["unit"])]
	if !ok {
		unit = time.Minute // G
	}
	from := c.now
	if at, ok := legacyDate(f["date"]); ok && !at.IsZero() {
		from = at
	}
	seconds := strconv.Itoa(int(c.s.set.reportDelay.Round(time.Second) / time.Second))
	out := make([]averages, max(1, f.number("count", 1, maxSpans)))
	for i := range out {
		date := legacyTime(from.Add(-time.Duration(i) * unit))
		out[i] = averages{date, seconds, seconds, seconds, seconds, seconds, seconds, seconds, seconds}
	}
	return out, nil
}
