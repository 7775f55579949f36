package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// What clients put on the wire is looser than the documents: booleans as
// strings, lists as JSON text inside JSON, one recipient or many. The types of
// this file decode all of it and refuse the rest.

// wireMessage is one message of a request.
type wireMessage struct {
	To             recipients      `json:"to"`
	From           wireText        `json:"from"`
	Text           wireText        `json:"text"`
	Type           wireText        `json:"type"`
	AutoTypeDetect wireBool        `json:"autoTypeDetect"`
	Country        wireText        `json:"country"`
	Subject        wireText        `json:"subject"`
	ImageID        wireText        `json:"imageId"`
	CustomFields   json.RawMessage `json:"customFields"`
	KakaoOptions   json.RawMessage `json:"kakaoOptions"`
	VoiceOptions   json.RawMessage `json:"voiceOptions"`
}

// wireAgent tells who calls.
type wireAgent struct {
	SDKVersion *string `json:"sdkVersion"`
	OSPlatform *string `json:"osPlatform"`
	AppID      *string `json:"appId"`
}

// wireText is a string or null, and remembers bytes that are not UTF-8, which
// encoding/json would otherwise replace without a word.
type wireText struct {
	s       string
	set     bool
	invalid bool
}

func (t *wireText) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	t.set = true
	t.invalid = !utf8.Valid(b)
	if !t.invalid && len(b) > 1 && b[0] == '"' && bytes.IndexByte(b, '\\') < 0 {
		t.s = string(b[1 : len(b)-1])
		return nil
	}
	return json.Unmarshal(b, &t.s)
}

// wireBool is true, false, null, or either word in quotes (the official DB
// agent); set tells a given value from an absent one.
type wireBool struct{ value, set bool }

func (v *wireBool) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(string(bytes.Trim(b, `"`))) {
	case "null":
	case "true", "1":
		*v = wireBool{true, true}
	case "false", "0", "":
		*v = wireBool{false, true}
	default:
		return errors.New("neither true nor false")
	}
	return nil
}

// recipients is one number or a list of them.
type recipients []string

func (to *recipients) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(to))
	}
	var one wireText
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*to = nil
	if one.set {
		*to = recipients{one.s}
	}
	return nil
}

// wireMessages is a list of messages, one message, or either as JSON text
// inside a string (a Kakao helper of the coolsms PHP SDK).
type wireMessages []wireMessage

func (m *wireMessages) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var inner string
		if err := json.Unmarshal(b, &inner); err != nil {
			return err
		}
		b = []byte(inner)
	}
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '{' {
		var one wireMessage
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		*m = wireMessages{one}
		return nil
	}
	return json.Unmarshal(b, (*[]wireMessage)(m))
}

// stringFields reads an object of strings; absent and null are empty.
func stringFields(raw json.RawMessage) (map[string]string, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	var fields map[string]string
	return fields, json.Unmarshal(raw, &fields) == nil
}

// decode reads a JSON body into v. An empty body leaves v as it is: several
// official SDKs send none, with a JSON content type.
func decode(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return errValidation.because("본문을 읽을 수 없습니다: " + err.Error())
	}
	return nil
}
