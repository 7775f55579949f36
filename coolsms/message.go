package coolsms

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"time"
)

// MessageType is a kind of message. Values that are not among the constants are
// kept as they came; "" in an answer means that the provider has not chosen yet.
type MessageType string

// The kinds that are texts on every phone.
const (
	SMS MessageType = "SMS" // up to 90 bytes in EUC-KR
	LMS MessageType = "LMS" // up to 2000, with a subject
	MMS MessageType = "MMS" // an LMS with a picture
)

// Message is a message to be put into a group, or sent.
type Message struct {
	To      string      `json:"to"`                // digits only, Korean ones in national form
	From    string      `json:"from,omitempty"`    // a registered sender number, digits only
	Text    string      `json:"text,omitempty"`    // in characters of KS X 1001
	Type    MessageType `json:"type,omitempty"`    // "" lets the provider choose
	Country string      `json:"country,omitempty"` // calling code without +; "" means 82
	Subject string      `json:"subject,omitempty"` // LMS and MMS only, up to 40 bytes
	ImageID string      `json:"imageId,omitempty"` // of an MMS: a file of type MMS

	// AutoTypeDetect lets the provider make a dearer type of a text that does
	// not fit; nil means yes.
	AutoTypeDetect *bool `json:"autoTypeDetect,omitempty"`

	// CustomFields come back in lists and reports: keys of up to 30, values of
	// up to 100 characters. They cannot be searched.
	CustomFields map[string]string `json:"customFields,omitempty"`

	// What makes another kind of message of it.
	KakaoOptions *KakaoOptions `json:"kakaoOptions,omitempty"`
	NaverOptions *NaverOptions `json:"naverOptions,omitempty"`
	RCSOptions   *RCSOptions   `json:"rcsOptions,omitempty"`
	VoiceOptions *VoiceOptions `json:"voiceOptions,omitempty"`
	FaxOptions   *FaxOptions   `json:"faxOptions,omitempty"`
}

// String tells kind and recipient, the latter masked, and nothing of the text.
func (m Message) String() string {
	return "coolsms.Message(" + string(m.Type) + " to " + mask(m.To) + ")"
}

// LogValue is String.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }

// PutResult is what became of one message that was put into a group.
type PutResult struct {
	MessageID     string            `json:"messageId"`
	To            string            `json:"to"`
	From          string            `json:"from"`
	Type          MessageType       `json:"type"` // as the provider chose it
	Country       string            `json:"country"`
	StatusCode    StatusCode        `json:"statusCode"`    // 2000, or why it was refused
	StatusMessage string            `json:"statusMessage"` // Korean prose
	AccountID     string            `json:"accountId"`
	CustomFields  map[string]string `json:"customFields"` // often left out
}

// Err returns nil for an accepted message, else a [*MessageError]. A refused
// message stays in the group as failed and is never sent.
func (r PutResult) Err() error {
	if r.StatusCode.Class() == ClassPending {
		return nil
	}
	return &MessageError{MessageID: r.MessageID, StatusCode: r.StatusCode, StatusMessage: r.StatusMessage}
}

// String tells id, status and recipient, the latter masked.
func (r PutResult) String() string {
	return "coolsms.PutResult(" + r.MessageID + " " + string(r.StatusCode) + " to " + mask(r.To) + ")"
}

// LogValue is String.
func (r PutResult) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MessageError is the refusal of one message.
type MessageError struct {
	MessageID     string     // "" when the answer names none
	StatusCode    StatusCode // "" when the answer names none
	StatusMessage string     // Korean prose of the provider
	Err           error      // the refusal of the whole call, when it was one; else nil
}

// Error tells the code and what it means.
func (e *MessageError) Error() string {
	if e.StatusCode == "" {
		return "coolsms: message refused for a reason that is in no table" + because(e.Err)
	}
	return "coolsms: message refused with " + string(e.StatusCode) + ": " + e.StatusCode.English()
}

// Unwrap returns Err.
func (e *MessageError) Unwrap() error { return e.Err }

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// Is reports ErrSenderNotRegistered and ErrInsufficientBalance.
func (e *MessageError) Is(target error) bool {
	switch target {
	case ErrSenderNotRegistered:
		return e.StatusCode == "1062" || e.StatusCode == "2062"
	case ErrInsufficientBalance:
		return e.StatusCode == "1030" || e.StatusCode == "2230"
	}
	return false
}

// MessageStatus says whether a message's StatusCode may still change.
type MessageStatus string

// The statuses seen so far.
const (
	MessagePending  MessageStatus = "PENDING"
	MessageComplete MessageStatus = "COMPLETE"
)

// StoredMessage is a message as the provider keeps it, for six months.
type StoredMessage struct {
	MessageID    string            `json:"messageId"`
	GroupID      string            `json:"groupId"`
	AccountID    string            `json:"accountId"`
	Type         MessageType       `json:"type"`
	To           string            `json:"to"`
	From         string            `json:"from"`
	Text         string            `json:"text"`
	Subject      string            `json:"subject"`
	Country      string            `json:"country"`
	ImageID      string            `json:"imageId"` // of an MMS
	Status       MessageStatus     `json:"status"`
	StatusCode   StatusCode        `json:"statusCode"`  // decides; see [StatusCode.Class]
	Reason       string            `json:"reason"`      // Korean prose
	NetworkName  string            `json:"networkName"` // SKT, KTF, LGT, ETC; "" while unknown
	NetworkCode  string            `json:"networkCode"`
	Replacement  bool              `json:"-"` // it stands in for a message of another kind
	ResendCount  int               `json:"resendCount"`
	CustomFields map[string]string `json:"customFields"`

	DateCreated   time.Time  `json:"-"`
	DateUpdated   time.Time  `json:"-"`
	DateProcessed *time.Time `json:"-"` // handed to the carrier; nil until then
	DateReported  *time.Time `json:"-"` // the carrier's report came in; nil until then
	DateReceived  *time.Time `json:"-"` // on the phone, by the carrier's word; nil until then

	// Raw is the message as it came, with the fields that this package does not
	// know (options of Kakao and others, replacements, log).
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads the provider's form.
func (m *StoredMessage) UnmarshalJSON(raw []byte) error {
	w := m.wire()
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	w.fill(m, bytes.Clone(raw))
	return nil
}

// storedWire is the provider's form of a message: its fields stand in front of
// those of the embedded one.
type storedWire struct {
	*plainMessage
	CustomFields  fields `json:"customFields"`
	Replacement   flag   `json:"replacement"`
	DateCreated   stamp  `json:"dateCreated"`
	DateUpdated   stamp  `json:"dateUpdated"`
	DateProcessed stamp  `json:"dateProcessed"`
	DateReported  stamp  `json:"dateReported"`
	DateReceived  stamp  `json:"dateReceived"`
}

type plainMessage StoredMessage

func (m *StoredMessage) wire() storedWire { return storedWire{plainMessage: (*plainMessage)(m)} }

func (w *storedWire) fill(m *StoredMessage, raw []byte) {
	m.Raw = raw
	m.CustomFields, m.Replacement = w.CustomFields, bool(w.Replacement)
	m.DateCreated, m.DateUpdated = w.DateCreated.Time, w.DateUpdated.Time
	m.DateProcessed, m.DateReported, m.DateReceived = w.DateProcessed.ptr(), w.DateReported.ptr(), w.DateReceived.ptr()
}

// String tells id, status and recipient, the latter masked, and nothing of the
// text.
func (m StoredMessage) String() string {
	return "coolsms.StoredMessage(" + m.MessageID + " " + string(m.StatusCode) + " to " + mask(m.To) + ")"
}

// LogValue is String.
func (m StoredMessage) LogValue() slog.Value { return slog.StringValue(m.String()) }

// mask keeps the first three and the last four digits of a whole number.
func mask(number string) string {
	if len(number) < 9 {
		return "****"
	}
	return number[:3] + "****" + number[len(number)-4:]
}
