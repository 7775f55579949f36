package sandbox

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

const (
	maxRecipients   = 10_000 // per request
	maxSMSBytes     = 90
	maxLMSBytes     = 2000
	maxSubjectBytes = 40
	maxFieldKey     = 30  // characters of a customFields key
	maxFieldValue   = 100 // characters of a customFields value
)

// draft is one message for one recipient, checked as far as that needs no
// state. code is empty, or the 10xx the message is refused with.
type draft struct {
	to, from, text, subject string
	country, kind, image    string
	autoType                bool
	custom                  map[string]string
	kakao                   json.RawMessage
	voice                   json.RawMessage
	bytes                   int
	code                    string
}

// drafts reads the messages of a request: recipients are spread, one draft
// each, in order. strict is what the request or the group said about
// characters the carriers do not know; nil when it said nothing.
func drafts(messages []wireMessage, strict *bool) ([]draft, error) {
	if len(messages) == 0 {
		return nil, errValidation.because("messages가 비어 있습니다.")
	}
	total := 0
	for i := range messages {
		total += max(1, len(messages[i].To))
	}
	if total > maxRecipients {
		return nil, errTooMany
	}
	out := make([]draft, 0, total)
	for i := range messages {
		d := newDraft(&messages[i], strict)
		if len(messages[i].To) == 0 {
			d.code = "1010"
			out = append(out, d)
			continue
		}
		for _, to := range messages[i].To {
			one := d
			one.to = digits(to)
			if code := checkRecipient(one.to, one.country); code != "" {
				one.code = code
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// newDraft reads what all recipients of a message share.
func newDraft(m *wireMessage, strict *bool) draft {
	d := draft{
		from: digits(m.From.s), text: m.Text.s, subject: m.Subject.s,
		country: m.Country.s, kind: strings.ToUpper(m.Type.s), image: m.ImageID.s,
		autoType: !m.AutoTypeDetect.set || m.AutoTypeDetect.value,
	}
	if d.country == "" {
		d.country = "82"
	}
	if len(m.KakaoOptions) > 0 && string(m.KakaoOptions) != "null" {
		d.kakao = m.KakaoOptions
	}
	if d.kind == "VOICE" && string(m.VoiceOptions) != "null" {
		d.voice = m.VoiceOptions
	}
	text := measure(d.text)
	if text.outside && strict != nil && !*strict {
		d.text = replaceOutside(d.text)
		text = measure(d.text)
	}
	d.bytes = text.bytes
	if d.kind == "" {
		d.kind = d.detect()
	}
	custom, ok := customFields(m.CustomFields)
	d.custom = custom
	switch {
	case m.Text.invalid || m.Subject.invalid:
		d.code = "1027"
	case !ok:
		d.code = "1032"
	default:
		d.code = d.check(text)
	}
	return d
}

// detect chooses the type of a message that names none (README section 14).
func (d *draft) detect() string {
	switch {
	case !d.autoType:
		return "SMS" // G
	case d.kakao != nil:
		options := d.kakaoOptions()
		if options.TemplateID != "" {
			return "ATA"
		}
		if options.ImageID != "" {
			return "CTI"
		}
		return "CTA"
	case d.country != "82":
		return "SMS" // abroad there is nothing else
	case d.image != "":
		return "MMS"
	case d.subject != "" || d.bytes > maxSMSBytes:
		return "LMS"
	}
	return "SMS"
}

// check applies the rules of the message's type and returns the code of the
// first one broken. The order of the rules is G.
func (d *draft) check(text carrierText) string {
	if d.country != "82" && (d.kind == "LMS" || d.kind == "MMS") {
		return "1058" // abroad there is only SMS (G: the code)
	}
	switch d.kind {
	case "SMS", "LMS", "MMS":
		return d.checkText(text)
	case "ATA", "CTA", "CTI":
		return d.checkKakao()
	case "VOICE":
		return d.checkVoice()
	}
	if knownTypes[d.kind] {
		return "1058" // G: no such route in this emulator
	}
	return "1025"
}

// knownTypes are legal types that this emulator has no route for.
var knownTypes = func() map[string]bool {
	set := map[string]bool{}
	for _, kind := range strings.Fields(`NSA RCS_SMS RCS_LMS RCS_MMS RCS_TPL RCS_ITPL RCS_LTPL FAX
		BMS_TEXT BMS_IMAGE BMS_WIDE BMS_WIDE_ITEM_LIST BMS_CAROUSEL_FEED BMS_PREMIUM_VIDEO
		BMS_COMMERCE BMS_CAROUSEL_COMMERCE BMS_FREE`) {
		set[kind] = true
	}
	return set
}()

func (d *draft) checkText(text carrierText) string {
	subject := measure(d.subject)
	limit := maxLMSBytes
	if d.kind == "SMS" {
		limit = maxSMSBytes
	}
	switch {
	case d.from == "" || d.text == "":
		return "1010" // G: an absent sender could also mean the account's default
	case !isDigits(d.from):
		return "1011"
	case d.kakao != nil:
		return "1033"
	case d.kind == "SMS" && d.subject != "":
		return "1013"
	case text.control || subject.control:
		return "1028"
	case text.outside || subject.outside:
		return "1029" // strict only guards what an explicit false lets pass
	case subject.bytes > maxSubjectBytes:
		return "1014"
	case text.bytes > limit:
		return "1031"
	case d.kind == "MMS" && d.image == "":
		return "1010"
	}
	return ""
}

func customFields(raw json.RawMessage) (map[string]string, bool) {
	fields, ok := stringFields(raw)
	for key, value := range fields {
		if utf8.RuneCountInString(key) > maxFieldKey || utf8.RuneCountInString(value) > maxFieldValue {
			ok = false
		}
	}
	return fields, ok
}

// digits removes hyphens and blanks, as every SDK does before sending (G: that
// the server does it too). A plus sign stays and is refused later.
func digits(number string) string {
	if !strings.ContainsAny(number, "- ") {
		return number
	}
	return strings.NewReplacer("-", "", " ", "").Replace(number)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// checkRecipient returns 1010, 1011 or nothing. Numbers with +82 are refused (G).
func checkRecipient(to, country string) string {
	switch {
	case to == "":
		return "1010"
	case !isDigits(to), len(to) > 15, country == "82" && (len(to) < 8 || len(to) > 12):
		return "1011"
	}
	return ""
}
