package sandbox

import (
	"encoding/json"
	"time"
)

// The objects of the wire, with every field real answers carry. They are built
// under the lock from values that do not change afterwards, and encoded outside.

type groupView struct {
	GroupID         string            `json:"groupId"`
	ID              string            `json:"_id"`
	AccountID       string            `json:"accountId"`
	APIVersion      string            `json:"apiVersion"`
	Status          string            `json:"status"`
	Count           count             `json:"count"`
	CountForCharge  json.RawMessage   `json:"countForCharge"`
	Balance         purse             `json:"balance"`
	Point           purse             `json:"point"`
	App             appView           `json:"app"`
	ServiceMethod   string            `json:"serviceMethod"`
	SDKVersion      *string           `json:"sdkVersion"`
	OSPlatform      *string           `json:"osPlatform"`
	Log             []logLine         `json:"log"`
	ScheduledDate   *string           `json:"scheduledDate"`
	DateSent        *string           `json:"dateSent"`
	DateCompleted   *string           `json:"dateCompleted"`
	IsRefunded      bool              `json:"isRefunded"`
	FlagUpdated     bool              `json:"flagUpdated"`
	Prepaid         bool              `json:"prepaid"`
	Strict          bool              `json:"strict"`
	MasterAccountID *string           `json:"masterAccountId"`
	AllowDuplicates bool              `json:"allowDuplicates"`
	CustomFields    map[string]string `json:"customFields"`
	Hint            json.RawMessage   `json:"hint"`
	Price           json.RawMessage   `json:"price"`
	DateCreated     string            `json:"dateCreated"`
	DateUpdated     string            `json:"dateUpdated"`
}

type appView struct {
	Profit  json.RawMessage `json:"profit"`
	AppID   *string         `json:"appId"`
	Version *string         `json:"version"`
}

var emptyObject = json.RawMessage("{}")

func (w *world) viewGroup(g *group) groupView {
	v := groupView{
		GroupID: g.id, ID: g.id, AccountID: accountID, APIVersion: "4", Status: g.status,
		Count: g.count, CountForCharge: g.charge.json(), Balance: g.balance, Point: g.point,
		App:           appView{Profit: noProfit, AppID: g.agent.AppID},
		ServiceMethod: "MT", SDKVersion: g.agent.SDKVersion, OSPlatform: g.agent.OSPlatform,
		Log: g.log, ScheduledDate: optional(g.scheduledFor), DateSent: optional(g.sent),
		DateCompleted: optional(g.completed), IsRefunded: g.count.Refund > 0, Prepaid: true,
		Strict: g.strict != nil && *g.strict, AllowDuplicates: g.allowDuplicates,
		CustomFields: g.custom, Hint: g.hint, Price: emptyObject,
		DateCreated: stamp(g.created), DateUpdated: stamp(g.updated),
	}
	if g.priced {
		v.Price = w.set.priceJSON
	}
	return v
}

type messageView struct {
	ID                      string            `json:"_id"`
	MessageID               string            `json:"messageId"`
	GroupID                 string            `json:"groupId"`
	AccountID               string            `json:"accountId"`
	Type                    *string           `json:"type"`
	Country                 string            `json:"country"`
	Subject                 *string           `json:"subject"`
	ImageID                 *string           `json:"imageId"`
	Text                    string            `json:"text"`
	To                      string            `json:"to"`
	From                    string            `json:"from"`
	StatusCode              string            `json:"statusCode"`
	Status                  string            `json:"status"`
	Reason                  *string           `json:"reason"`
	NetworkCode             *string           `json:"networkCode"`
	NetworkName             *string           `json:"networkName"`
	Replacement             bool              `json:"replacement"`
	Replacements            []replacementView `json:"replacements"`
	AutoTypeDetect          bool              `json:"autoTypeDetect"`
	ResendCount             int               `json:"resendCount"`
	CustomFields            map[string]string `json:"customFields"`
	Queues                  [0]string         `json:"queues"`
	CurrentQueue            *string           `json:"currentQueue"`
	Log                     [0]string         `json:"log"`
	ClusterKey              *string           `json:"clusterKey"`
	UnavailableSenderNumber bool              `json:"unavailableSenderNumber"`
	FaxPageCount            int               `json:"faxPageCount"`
	VoiceDuration           int               `json:"voiceDuration"`
	VoiceReplied            bool              `json:"voiceReplied"`
	KakaoOptions            *storedKakao      `json:"kakaoOptions"`
	NaverOptions            *struct{}         `json:"naverOptions"`
	RCSOptions              *struct{}         `json:"rcsOptions"`
	FaxOptions              *struct{}         `json:"faxOptions"`
	VoiceOptions            json.RawMessage   `json:"voiceOptions"`
	DateCreated             string            `json:"dateCreated"`
	DateUpdated             string            `json:"dateUpdated"`
	DateProcessed           *string           `json:"dateProcessed"`
	DateReported            *string           `json:"dateReported"`
	DateReceived            *string           `json:"dateReceived"`
}

// filled is a string as the wire has it: null when empty.
func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func viewMessage(m *message) messageView {
	v := messageView{
		ID: m.id, MessageID: m.id, GroupID: m.group.id, AccountID: accountID,
		Type: filled(m.kind), Country: m.country, Subject: filled(m.subject), ImageID: filled(m.image),
		Text: m.text, To: m.to, From: m.from, StatusCode: m.code, Status: "PENDING",
		AutoTypeDetect: m.auto, CustomFields: m.custom, VoiceOptions: m.voice,
		Replacement: m.replaced != nil, Replacements: viewReplacements(m),
		DateCreated: stamp(m.created), DateUpdated: stamp(m.updated),
		DateProcessed: optional(m.processed), DateReported: optional(m.reported), DateReceived: optional(m.received),
	}
	if v.CustomFields == nil {
		v.CustomFields = map[string]string{}
	}
	if isFinal(m.code) {
		v.Status, v.Reason = "COMPLETE", filled(statusText(m.code))
	}
	if m.code == delivered {
		v.NetworkCode, v.NetworkName = filled("45005"), filled("SKT")
		if m.kind == "VOICE" {
			v.VoiceDuration = voiceSeconds(m.text)
		}
	} else if isFinal(m.code) && m.code[0] == '3' {
		v.NetworkName = filled("ETC")
	}
	if m.kakao != nil {
		v.KakaoOptions = viewKakao(m.kakao)
	}
	// An unknown type is stored as null: clients know the list of types.
	if m.code == "1025" {
		v.Type = nil
	}
	return v
}

// resultView is one entry of resultList and failedMessageList.
type resultView struct {
	To            string            `json:"to"`
	From          string            `json:"from"`
	Type          string            `json:"type"`
	Country       string            `json:"country"`
	MessageID     string            `json:"messageId"`
	StatusCode    string            `json:"statusCode"`
	StatusMessage string            `json:"statusMessage"`
	AccountID     string            `json:"accountId"`
	CustomFields  map[string]string `json:"customFields,omitempty"`
}

func viewResult(m *message) resultView {
	return resultView{m.to, m.from, m.kind, m.country, m.id, m.code, statusText(m.code), accountID, m.custom}
}

// HandsetMessage is a text as a phone has it.
type HandsetMessage struct {
	MessageID string `json:"messageId"`
	GroupID   string `json:"groupId"`
	To        string `json:"to"`
	From      string `json:"from"`
	// Text is what the phone shows. Above a text stands the carriers' line
	// [Web발신], above what came by Kakao or by voice there is none.
	Text string `json:"text"`
	// Type is what arrived: SMS for an AlimTalk that a text replaced.
	Type string `json:"type"`
	// Bytes counts what was handed over, in EUC-KR, without that line.
	Bytes int `json:"bytes"`
	// AcceptedAt is when the call that sent it was taken; ReceivedAt is when it
	// arrived, nil while it is on its way.
	AcceptedAt time.Time  `json:"acceptedAt"`
	ReceivedAt *time.Time `json:"receivedAt"`
}

// webPrefix is the line Korean carriers put above texts sent by programs.
const webPrefix = "[Web발신]\n"

func viewHandset(m *message) HandsetMessage {
	v := HandsetMessage{
		MessageID: m.id, GroupID: m.group.id, To: m.to, From: m.from, Text: m.shownText(),
		Type: m.shownType(), Bytes: m.bytes, AcceptedAt: m.sent,
	}
	if !m.received.IsZero() {
		received := m.received
		v.ReceivedAt = &received
	}
	return v
}

// reaches reports whether a phone has this text or will have it: sent, and
// bound to be delivered.
func (m *message) reaches() bool { return !m.sent.IsZero() && m.final == delivered }
