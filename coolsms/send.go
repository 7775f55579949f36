package coolsms

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Agent tells the provider which program sends.
type Agent struct {
	SDKVersion string `json:"sdkVersion,omitempty"`
	OSPlatform string `json:"osPlatform,omitempty"`
	AppID      string `json:"appId,omitempty"`
}

// SendParams is one message to be sent at once.
type SendParams struct {
	Message         Message `json:"message"`
	AllowDuplicates bool    `json:"allowDuplicates,omitempty"`
	Strict          bool    `json:"strict,omitempty"` // undocumented; it seems to guard status 1029
	Agent           *Agent  `json:"agent,omitempty"`
}

// SendResult is what became of one message that was sent.
type SendResult struct {
	GroupID       string      `json:"groupId"`
	MessageID     string      `json:"messageId"`
	AccountID     string      `json:"accountId"`
	StatusCode    StatusCode  `json:"statusCode"`    // 2000
	StatusMessage string      `json:"statusMessage"` // Korean prose
	To            string      `json:"to"`
	From          string      `json:"from"`
	Type          MessageType `json:"type"` // as the provider chose it
	Country       string      `json:"country"`

	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// String tells id, status and recipient, the latter masked.
func (r SendResult) String() string {
	return "coolsms.SendResult(" + r.MessageID + " " + string(r.StatusCode) + " to " + mask(r.To) + ")"
}

// LogValue is String.
func (r SendResult) LogValue() slog.Value { return slog.StringValue(r.String()) }

func (r *SendResult) decode(raw []byte) error {
	if err := json.Unmarshal(raw, r); err != nil {
		return err
	}
	if r.MessageID == "" || r.StatusCode == "" {
		return errNoMessage
	}
	r.Raw = raw
	return nil
}

// Send sends one message now. A message that the provider refuses is a
// [*MessageError], in whichever of three ways the provider says so; it has the
// [*APIError] inside when the answer was not a 200.
//
// The call is made once and never repeated: there is no way to find out whether
// an answer that was lost meant that the message left. A program that must not
// send twice sends through a group ([GroupsService.Send]).
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/sendSimpleMessage.md
func (s *MessagesService) Send(ctx context.Context, p SendParams) (*SendResult, error) {
	r := &SendResult{}
	err := s.c.do(ctx, call{method: http.MethodPost, path: "/messages/v4/send", body: p, once: true}, r)
	if err != nil {
		return nil, refusedMessage(err)
	}
	if r.StatusCode.Class() != ClassPending {
		return nil, &MessageError{MessageID: r.MessageID, StatusCode: r.StatusCode, StatusMessage: r.StatusMessage}
	}
	return r, nil
}

// fourDigits finds a status code in an error message of the documents of 2018,
// which name the message and its code.
var fourDigits = regexp.MustCompile(`\b[1-4]\d{3}\b`)

// refusedMessage turns the refusal of a send's one message into a
// [*MessageError]. Its code is in no field of the answer: the error message is
// the status's Korean text, or holds the code.
func refusedMessage(err error) error {
	var refusal *APIError
	if !errors.As(err, &refusal) || refusal.Code != FailedToAddMessage && refusal.Code != InvalidStatusCode {
		return err
	}
	text := strings.TrimSpace(refusal.Message)
	m := &MessageError{StatusMessage: text, Err: refusal}
	for i := range statuses {
		if statuses[i].class == ClassRejected && statuses[i].korean == text {
			m.StatusCode = statuses[i].code
			return m
		}
	}
	if code := StatusCode(fourDigits.FindString(text)); code.Known() {
		m.StatusCode = code
	}
	return m
}

// SendManyParams is up to 10,000 messages to be sent at once.
type SendManyParams struct {
	Messages        []Message `json:"messages"`
	AllowDuplicates bool      `json:"allowDuplicates,omitempty"` // a recipient more than once
	Strict          bool      `json:"strict,omitempty"`          // undocumented; it seems to guard status 1029
	Agent           *Agent    `json:"agent,omitempty"`
}

// SendMany sends up to 10,000 messages now and returns their group. How many
// were refused is in its count; which ones is known by listing the group's
// messages, or from [MessagesService.SendManyDetail].
//
// Like Send, the call is made once.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/messages/sendMany.md
func (s *MessagesService) SendMany(ctx context.Context, p SendManyParams) (*Group, error) {
	var a groupAnswer
	if err := s.c.do(ctx, call{method: http.MethodPost, path: "/messages/v4/send-many", body: p, once: true}, &a); err != nil {
		return nil, err
	}
	return &a.group, nil
}

// SendManyDetailParams is up to 10,000 messages to be sent at once or later.
type SendManyDetailParams struct {
	Messages        []Message `json:"messages"`
	AllowDuplicates bool      `json:"allowDuplicates,omitempty"` // a recipient more than once
	Strict          bool      `json:"strict,omitempty"`          // undocumented; it seems to guard status 1029
	Agent           *Agent    `json:"agent,omitempty"`

	// ScheduledDate is when they leave, up to six months ahead; zero means now.
	ScheduledDate time.Time `json:"-"`

	// ShowMessageList asks for what became of every message, not only of those
	// that were refused.
	ShowMessageList bool `json:"showMessageList,omitempty"`
}

// SendManyDetailResult is what became of messages that were sent together.
type SendManyDetailResult struct {
	Group    Group       `json:"groupInfo"`
	Failed   []PutResult `json:"failedMessageList"` // those that were refused
	Messages []PutResult `json:"messageList"`       // every one, with ShowMessageList; without numbers

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage `json:"-"`
}

// AllRefused reports whether nothing was accepted. The provider answers 200 all
// the same.
func (r *SendManyDetailResult) AllRefused() bool {
	return len(r.Failed) > 0 && r.Group.Count.RegisteredSuccess == 0
}

func (r *SendManyDetailResult) decode(raw []byte) error {
	if err := json.Unmarshal(raw, r); err != nil {
		return err
	}
	switch {
	case r.Group.GroupID == "":
		return errNoGroup
	case r.Failed == nil:
		return errNoResults
	}
	r.Raw = raw
	return nil
}

// SendManyDetail sends up to 10,000 messages, now or later, and tells which of
// them were refused and why. Messages that were refused do not fail the call.
//
// Like Send, the call is made once.
//
// https://developers.solapi.com/references/messages/sendManyDetail
func (s *MessagesService) SendManyDetail(ctx context.Context, p SendManyDetailParams) (*SendManyDetailResult, error) {
	body := struct {
		SendManyDetailParams
		ScheduledDate string `json:"scheduledDate,omitempty"`
	}{p, requestTime(p.ScheduledDate)}
	r := &SendManyDetailResult{}
	k := call{method: http.MethodPost, path: "/messages/v4/send-many/detail", body: body, limit: maxLists, once: true}
	if err := s.c.do(ctx, k, r); err != nil {
		return nil, err
	}
	return r, nil
}

// requestTime writes a time into a request's body; a zero one is left out.
func requestTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
