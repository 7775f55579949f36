package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxLegacyRecipients = 1000          // per request
	rehearsalNumber     = "01000000000" // the one recipient of mode=test
)

// batch is the messages of one legacy request, checked, and the time they
// name, zero for now.
type batch struct {
	drafts   []draft
	pictures []string // of each draft its image id, empty for none
	at       time.Time
}

// add reads the messages that f describes, one for each number of its comma
// list. image is the id of the picture that goes along, if any.
func (b *batch) add(f fields, image string) error {
	kind := strings.ToUpper(f["type"])
	switch kind {
	case "":
		kind = "SMS" // nothing is detected here
	case "SMS", "LMS", "MMS", "ATA", "CTA":
	default:
		return errMessageType
	}
	to := f.list("to")
	switch {
	case f["text"] == "":
		return errNoText
	case kind == "MMS" && image == "":
		return errNoImage
	case len(b.drafts)+len(to) > maxLegacyRecipients:
		return errTooManyLegacy
	}
	ds, err := drafts([]wireMessage{f.message(kind, to)}, nil)
	if err != nil {
		return err
	}
	at, ok := legacyDate(f["datetime"])
	for i := range ds {
		d := &ds[i]
		picture := ""
		switch {
		case kind == "MMS":
			d.kind, picture = kind, image
		case image != "":
			d.code = "1025" // which is what it means in this API
		}
		b.pictures = append(b.pictures, picture)
		if !ok || f["mode"] == "test" && d.to != rehearsalNumber {
			d.code = "1011" // G
		}
	}
	b.drafts = append(b.drafts, ds...)
	if b.at.IsZero() {
		b.at = at
	}
	return nil
}

// message is f as v4 would have it. To the rules of text an MMS is an LMS with
// a picture, and the picture is looked up elsewhere.
func (f fields) message(kind string, to []string) wireMessage {
	if kind == "MMS" {
		kind = "LMS"
	}
	word := func(name string) wireText {
		s := f[name]
		return wireText{s: strings.ToValidUTF8(s, "\uFFFD"), set: s != "", invalid: !utf8.ValidString(s)}
	}
	m := wireMessage{
		To: to, From: word("from"), Text: word("text"), Subject: word("subject"), Country: word("country"),
		Type: wireText{s: kind, set: true}, AutoTypeDetect: wireBool{set: true},
	}
	if kind == "ATA" || kind == "CTA" {
		m.KakaoOptions = f.kakao()
	}
	return m
}

// kakao is what f says of KakaoTalk as v4 would have it. The older keys of
// channels and templates are taken for the ids of today (G).
func (f fields) kakao() json.RawMessage {
	options := map[string]any{
		"pfId": f["sender_key"], "templateId": f["template_code"], "disableSms": isTrue(f["only_ata"]),
	}
	if f["button_name"] != "" {
		options["buttons"] = []map[string]string{
			{"buttonName": f["button_name"], "buttonType": "WL", "linkMo": f["button_url"]}, // the type G
		}
	}
	raw, _ := json.Marshal(options) // text and a bool always encode
	return raw
}

func isTrue(s string) bool {
	return s == "1" || strings.EqualFold(s, "true") || strings.EqualFold(s, "yes")
}

// legacyDate reads YYYYMMDDHHMISS in Korea; nothing means now.
func legacyDate(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	t, err := time.ParseInLocation("20060102150405", s, korea)
	return t, err == nil
}

// itemFields reads one message of a JSON array. A list of recipients may be an
// array, and numbers may stand where the form has text.
func itemFields(raw map[string]json.RawMessage) fields {
	f := fields{}
	for name, value := range raw {
		var text string
		var list []string
		var number json.Number
		switch {
		case json.Unmarshal(value, &text) == nil:
		case json.Unmarshal(value, &list) == nil:
			text = strings.Join(list, ",")
		case json.Unmarshal(value, &number) == nil:
			text = number.String()
		case string(value) == "true":
			text = "true"
		}
		f[strings.ToLower(name)] = text
	}
	return f
}

// items reads a parameter that holds a JSON array of messages as text.
func (f fields) items(name string) ([]fields, error) {
	var raw []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f[name]), &raw); err != nil {
		return nil, errNoText.because(name + "을 읽을 수 없습니다.") // G
	}
	if len(raw) > maxLegacyRecipients {
		return nil, errTooManyLegacy
	}
	out := make([]fields, len(raw))
	for i := range raw {
		out[i] = itemFields(raw[i])
	}
	return out, nil
}

// sendBatch reads the messages of a send: those of the outer parameters and,
// in v1, those of extension, which inherit all but the recipients. Without a
// recipient the outer ones only lend their fields.
func (c *call) sendBatch(image string) (batch, error) {
	var b batch
	if c.form.fields["to"] != "" || c.form.fields["extension"] == "" {
		if err := b.add(c.form.fields, image); err != nil {
			return b, err
		}
	}
	if c.form.fields["extension"] == "" {
		return b, nil
	}
	items, err := c.form.items("extension")
	if err != nil {
		return b, err
	}
	for _, item := range items {
		for name, value := range c.form.fields {
			if _, own := item[name]; !own && name != "to" {
				item[name] = value
			}
		}
		if err := b.add(item, image); err != nil {
			return b, err
		}
	}
	return b, nil
}

// newPicture is the id that stands for a picture of the request itself until
// it is in the store.
const newPicture = "new"

// legacySend serves POST /sms/2/send and /sms/1.5/send: a group of its own,
// sent at once or at datetime. Nothing is known of what delay does, so it is
// ignored (G), as are force_sms and the parameters that only tell who calls.
func legacySend(c *call) (any, error) {
	picture, err := c.picture()
	if err != nil {
		return nil, err
	}
	image := c.form.fields["image_id"]
	if picture != nil {
		image = newPicture
	}
	b, err := c.sendBatch(image)
	if err != nil {
		return nil, err
	}
	v := struct {
		GroupID string `json:"group_id"`
		Success int    `json:"success_count"`
		Errors  int    `json:"error_count"`
		Code    string `json:"result_code"`
		Message string `json:"result_message"`
	}{Code: "00", Message: "Success"}
	c.s.change(func(w *world) {
		if picture != nil {
			image = w.keepLegacyImage(*picture)
			for i := range b.pictures {
				if b.pictures[i] == newPicture {
					b.pictures[i] = image
				}
			}
		}
		g := w.newLegacyGroup()
		g.scheduledFor = b.at
		v.GroupID = g.id
		for _, m := range w.acceptLegacy(g, b) {
			if m.refused() {
				v.Errors++
				_, v.Code = legacyResult(m)
				v.Message = legacyMessage(m)
			} else {
				v.Success++
			}
		}
		c.note = putNote("note.accepted", g)
		switch {
		case g.open == 0:
			w.fail(g, errFailedToAdd)
		case c.form.fields["mode"] == "test":
			w.rehearse(g)
		default:
			if err = w.sendLegacy(g); err != nil {
				w.fail(g, err)
			}
			if g.status == scheduled {
				c.note.key = "note.scheduled"
			}
		}
	})
	return v, err
}

// legacyCancel serves POST cancel: it takes back what waits for its time, one
// message or a group. The documents print no answer but counters, so it is an
// empty object (G); nothing to take back is NoSuchMessage (G).
func legacyCancel(c *call) (any, error) {
	messageID := c.form.first("message_id", "mid")
	groupID := c.form.first("group_id", "gid")
	cancelled := 0
	c.s.change(func(w *world) {
		var messages []*message
		if m := w.messages[messageID]; m != nil {
			messages = []*message{m}
		} else if g := w.groups[groupID]; g != nil && messageID == "" {
			messages = g.messages
		}
		for _, m := range messages {
			if g := m.group; g.status == scheduled && m.code == "2000" {
				w.withdraw(m)
				cancelled++
				if g.open == 0 {
					g.status = failed // nothing is left to send
					g.note(w.now, "schedule cancelled", nil)
				}
			}
		}
	})
	if cancelled == 0 {
		return nil, errNoSuchMessage
	}
	c.note = note{key: "note.cancelled"}
	return struct{}{}, nil
}

// legacyBalance serves GET balance: won as text.
func legacyBalance(c *call) (any, error) {
	a := c.s.Money()
	c.note = note{key: "note.balance", n: a.Balance + a.Point}
	return struct {
		Cash  string `json:"cash"`
		Point string `json:"point"`
	}{strconv.FormatInt(a.Balance, 10), strconv.FormatInt(a.Point, 10)}, nil
}
