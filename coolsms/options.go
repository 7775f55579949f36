package coolsms

import (
	"encoding/json"
	"log/slog"
	"strings"
)

// The other kinds of message.
const (
	ATA    MessageType = "ATA"     // AlimTalk: a Kakao message by an approved template
	CTA    MessageType = "CTA"     // friend talk: a Kakao message to friends of a channel
	CTI    MessageType = "CTI"     // friend talk with a picture
	NSA    MessageType = "NSA"     // a Naver message
	RCSSMS MessageType = "RCS_SMS" // RCS, short
	RCSLMS MessageType = "RCS_LMS" // RCS, long
	RCSMMS MessageType = "RCS_MMS" // RCS with pictures
	RCSTPL MessageType = "RCS_TPL" // RCS by a template
	Fax    MessageType = "FAX"     // files sent to a fax machine
	Voice  MessageType = "VOICE"   // a call that reads the text aloud
)

// KakaoOptions makes a Kakao message of a message: an AlimTalk with a template,
// a friend talk without. Kakao needs no Type.
//
// The text of an AlimTalk must be the template's with its variables filled in:
// give Variables and leave the text out, or give the finished text.
type KakaoOptions struct {
	PFID       string `json:"pfId,omitempty"` // the channel
	PFGroupID  string `json:"pfGroupId,omitempty"`
	TemplateID string `json:"templateId,omitempty"`

	// Variables fill in the template, by their names, with or without the #{ }
	// that stands around them there.
	Variables map[string]string `json:"variables,omitempty"`

	// DisableSMS keeps the provider from sending a text when Kakao cannot
	// deliver. By default it does, from the message's From.
	DisableSMS bool `json:"disableSms,omitempty"`

	Title   string          `json:"title,omitempty"`
	AdFlag  bool            `json:"adFlag,omitempty"`
	ImageID string          `json:"imageId,omitempty"` // a file of type KAKAO; makes a friend talk a CTI
	Buttons []KakaoButton   `json:"buttons,omitempty"`
	BMS     json.RawMessage `json:"bms,omitempty"` // a brand message, in the provider's form
}

// String tells channel and template, and nothing of the variables.
func (o KakaoOptions) String() string {
	return "coolsms.KakaoOptions(" + o.PFID + " " + o.TemplateID + ")"
}

// LogValue is String.
func (o KakaoOptions) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalJSON writes the variables' names as templates have them.
func (o KakaoOptions) MarshalJSON() ([]byte, error) {
	type plain KakaoOptions
	named := make(map[string]string, len(o.Variables))
	for name, value := range o.Variables {
		if !strings.HasPrefix(name, "#{") {
			name = "#{" + name + "}"
		}
		named[name] = value
	}
	o.Variables = named
	return json.Marshal(plain(o))
}

// KakaoButtonType is what a button does. Values that are not among the
// constants are kept as they came.
type KakaoButtonType string

// The types.
const (
	ButtonWebLink    KakaoButtonType = "WL"
	ButtonAppLink    KakaoButtonType = "AL"
	ButtonDelivery   KakaoButtonType = "DS"
	ButtonBotKeyword KakaoButtonType = "BK"
	ButtonForward    KakaoButtonType = "MD"
	ButtonConsult    KakaoButtonType = "BC"
	ButtonBot        KakaoButtonType = "BT"
	ButtonAddChannel KakaoButtonType = "AC"
)

// KakaoButton is a button under a Kakao message.
type KakaoButton struct {
	Name    string          `json:"buttonName"`
	Type    KakaoButtonType `json:"buttonType"`
	LinkMo  string          `json:"linkMo,omitempty"`  // on a phone
	LinkPC  string          `json:"linkPc,omitempty"`  // on a computer
	LinkAnd string          `json:"linkAnd,omitempty"` // into an Android app
	LinkIOS string          `json:"linkIos,omitempty"` // into an iOS app
}

// VoiceType is the voice that reads.
type VoiceType string

// The voices.
const (
	VoiceFemale VoiceType = "FEMALE"
	VoiceMale   VoiceType = "MALE"
)

// VoiceOptions makes a call of a message: type [Voice], and the text is read
// aloud.
type VoiceOptions struct {
	VoiceType       VoiceType `json:"voiceType"`
	HeaderMessage   string    `json:"headerMessage,omitempty"`   // read before the text
	TailMessage     string    `json:"tailMessage,omitempty"`     // read after it
	ReplyRange      int       `json:"replyRange,omitempty"`      // the highest digit that may be answered, 1 to 9
	CounselorNumber string    `json:"counselorNumber,omitempty"` // whom the call may be put through to
}

// NaverOptions makes a Naver message of a message.
type NaverOptions struct {
	TalkID     string            `json:"talkId"`
	TemplateID string            `json:"templateId"`
	Variables  map[string]string `json:"variables,omitempty"`
	DisableSMS bool              `json:"disableSms,omitempty"`
	Buttons    []json.RawMessage `json:"buttons,omitempty"` // in the provider's form
}

// RCSOptions makes an RCS message of a message.
type RCSOptions struct {
	BrandID        string            `json:"brandId"`
	TemplateID     string            `json:"templateId,omitempty"`
	Variables      map[string]string `json:"variables,omitempty"`
	CopyAllowed    bool              `json:"copyAllowed,omitempty"`
	CommercialType bool              `json:"commercialType,omitempty"`
	MMSType        string            `json:"mmsType,omitempty"` // M3, S3 to M6, S6
	DisableSMS     bool              `json:"disableSms,omitempty"`
	AdditionalBody json.RawMessage   `json:"additionalBody,omitempty"` // in the provider's form
	Buttons        []json.RawMessage `json:"buttons,omitempty"`        // in the provider's form
}

// FaxOptions names the files that a message of type [Fax] carries.
type FaxOptions struct {
	FileIDs []string `json:"fileIds"`
}
