package legacy

import (
	"encoding/json"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MessageType is a kind of message. Values that are not among the constants are
// kept as they came.
type MessageType string

// The kinds. SMS is the provider's default.
const (
	SMS MessageType = "SMS" // up to 90 bytes in EUC-KR
	LMS MessageType = "LMS" // up to 2000, with a subject
	MMS MessageType = "MMS" // an LMS with a picture
	ATA MessageType = "ATA" // AlimTalk, by a template
	CTA MessageType = "CTA" // friend talk
)

// Charset is how text and subject of a request are encoded.
type Charset string

// The character sets that the provider knows.
const (
	UTF8  Charset = "utf8"
	EUCKR Charset = "euckr"
)

// Message is one text, to one or more recipients.
type Message struct {
	To      []string    // up to 1,000; digits only
	From    string      // a registered sender number, digits only
	Text    string      // in characters of KS X 1001
	Type    MessageType // "" means SMS
	Subject string      // LMS and MMS only, up to 40 bytes
	Country string      // calling code without +; "" means Korea
	At      time.Time   // when to send it; zero or past means now

	ImageID string // of an MMS in a group, from [ImagesService.Upload]

	Kakao *Kakao // for ATA and CTA

	RefName string // refname, a reference of the caller's
}

// Kakao is what makes a text a Kakao message.
type Kakao struct {
	SenderKey    string
	TemplateCode string
	ButtonName   string
	ButtonURL    string
	ForceSMS     bool // force_sms; how a true is written is a guess (G)
	OnlyATA      bool // only_ata; the same (G)
}

// String tells kind and recipients, the latter masked, and nothing of the text.
func (m Message) String() string {
	s := "legacy.Message(" + string(m.Type) + " to "
	switch len(m.To) {
	case 0:
		s += "nobody"
	case 1:
		s += mask(m.To[0])
	default:
		s += strconv.Itoa(len(m.To)) + " numbers"
	}
	return s + ")"
}

// LogValue is String.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }

// params writes the message as the provider reads it.
func (m *Message) params() url.Values {
	q := url.Values{}
	set(q, "to", strings.Join(m.To, ","))
	set(q, "from", m.From)
	set(q, "text", m.Text)
	set(q, "type", string(m.Type))
	set(q, "subject", m.Subject)
	set(q, "country", m.Country)
	setTime(q, "datetime", bodyTime, m.At)
	set(q, "image_id", m.ImageID)
	set(q, "refname", m.RefName)
	if k := m.Kakao; k != nil {
		set(q, "sender_key", k.SenderKey)
		set(q, "template_code", k.TemplateCode)
		set(q, "button_name", k.ButtonName)
		set(q, "button_url", k.ButtonURL)
		setTrue(q, "force_sms", k.ForceSMS)
		setTrue(q, "only_ata", k.OnlyATA)
	}
	return q
}

// inJSON writes messages as a JSON array in a form field.
func inJSON(messages []Message) (string, error) {
	list := make([]map[string]string, len(messages))
	for i := range messages {
		list[i] = map[string]string{}
		for name, values := range messages[i].params() {
			list[i][name] = values[0]
		}
	}
	raw, err := json.Marshal(list)
	return string(raw), err
}

// SentStatus is how far a text has come. Values that are not among the
// constants are kept as they came.
type SentStatus string

// The statuses.
const (
	SentWaiting   SentStatus = "0" // at the provider
	SentAtCarrier SentStatus = "1"
	SentReported  SentStatus = "2" // the carrier's report came in
)

// SentMessage is a text as the provider keeps it.
type SentMessage struct {
	MessageID     string
	GroupID       string
	Type          MessageType
	To            string
	Text          string
	Status        SentStatus
	ResultCode    ResultCode
	ResultMessage string // Korean prose
	Carrier       string // SKT, KTF, LGT; "" while unknown

	Accepted  time.Time
	Scheduled *time.Time // nil when it was to be sent at once
	Sent      *time.Time // nil until then

	// Raw is the message as it came, with the fields that this package does
	// not know.
	Raw json.RawMessage
}

// Class sorts the message by its status and its result code: only both
// together tell whether it was delivered. They are the four digits of the
// current API cut in two (1062 is 1 and 62), which sorts the codes that the
// table of result codes does not have.
func (m *SentMessage) Class() Class {
	switch {
	case m.ResultCode == ResultSuccess && m.Status == SentReported:
		return ClassDelivered
	case m.ResultCode == ResultSuccess || m.ResultCode == "":
		return ClassPending
	case len(m.Status) == 1 && len(m.ResultCode) == 2 && !m.ResultCode.Known():
		return ResultCode(string(m.Status) + "0" + string(m.ResultCode)).Class()
	}
	return m.ResultCode.Class()
}

// Final reports whether the message's fate is settled.
func (m *SentMessage) Final() bool { k := m.Class(); return k != ClassPending && k != ClassUnknown }

// UnmarshalJSON reads the provider's form.
func (m *SentMessage) UnmarshalJSON(raw []byte) error {
	var w struct {
		MessageID     text  `json:"message_id"`
		GroupID       text  `json:"group_id"`
		Type          text  `json:"type"`
		To            text  `json:"recipient_number"`
		Text          text  `json:"text"`
		Status        text  `json:"status"`
		ResultCode    text  `json:"result_code"`
		ResultMessage text  `json:"result_message"`
		Carrier       text  `json:"carrier"`
		Accepted      stamp `json:"accepted_time"`
		Scheduled     stamp `json:"scheduled_time"`
		Sent          stamp `json:"sent_time"`
	}
	if err := object(raw, &w); err != nil {
		return err
	}
	*m = SentMessage{
		MessageID: string(w.MessageID), GroupID: string(w.GroupID), Type: MessageType(w.Type), To: string(w.To), Text: string(w.Text),
		Status: SentStatus(w.Status), ResultCode: ResultCode(w.ResultCode), ResultMessage: string(w.ResultMessage), Carrier: string(w.Carrier),
		Accepted: w.Accepted.Time, Scheduled: w.Scheduled.ptr(), Sent: w.Sent.ptr(), Raw: append(json.RawMessage(nil), raw...),
	}
	return nil
}

// String tells id, status and recipient, the latter masked, and nothing of the
// text.
func (m SentMessage) String() string {
	return "legacy.SentMessage(" + m.MessageID + " " + string(m.Status) + "/" + string(m.ResultCode) + " to " + mask(m.To) + ")"
}

// LogValue is String.
func (m SentMessage) LogValue() slog.Value { return slog.StringValue(m.String()) }

// mask keeps the first three and the last four digits of a whole number.
func mask(number string) string {
	if len(number) < 9 {
		return "****"
	}
	return number[:3] + "****" + number[len(number)-4:]
}
