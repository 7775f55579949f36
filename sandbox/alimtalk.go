package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxKakaoText  = 1000 // characters of an AlimTalk or a friend talk
	maxImageText  = 400  // characters of a friend talk with an image
	maxButtons    = 5
	maxButtonName = 14  // characters
	maxButtonURL  = 100 // characters
)

// sampleChannel and sampleTemplate are there from the start, so that a first
// AlimTalk can be sent without waiting for a review.
const (
	sampleChannel  = "KA01PF260101000000000aBcDeFgHiJk"
	sampleTemplate = "KA01TP260101000000000aBcDeFgHiJk"
)

// addSamples gives a new account its channel and its approved template.
func (w *world) addSamples() {
	w.addChannel(&channel{ID: sampleChannel, SearchID: "sandbox", Phone: "01000000000", Category: "00300010001"})
	_ = w.addTemplate(&talkTemplate{ID: sampleTemplate, Status: approved, templateBody: templateBody{ // its channel is there
		Name: "code", Content: "#{code} 인증번호", ChannelID: sampleChannel, CategoryCode: "001002", MessageType: "BA", EmphasizeType: "NONE",
	}})
}

type kakaoOptions struct {
	PFID       string            `json:"pfId"`
	TemplateID string            `json:"templateId"`
	ImageID    string            `json:"imageId"`
	Title      string            `json:"title"`
	Variables  map[string]string `json:"variables"`
	DisableSMS wireBool          `json:"disableSms"`
	AdFlag     wireBool          `json:"adFlag"`
	Buttons    json.RawMessage   `json:"buttons"`
}

type kakaoButton struct {
	Name    string `json:"buttonName"`
	Type    string `json:"buttonType"`
	LinkMo  string `json:"linkMo"`
	LinkPc  string `json:"linkPc"`
	LinkAnd string `json:"linkAnd"`
	LinkIos string `json:"linkIos"`
}

// readKakao reads options. What cannot be read is absent: options without a
// channel are refused with 1041.
func readKakao(raw json.RawMessage) (o kakaoOptions) {
	_ = json.Unmarshal(raw, &o)
	return o
}

func (d *draft) kakaoOptions() kakaoOptions { return readKakao(d.kakao) }

func readButtons(raw json.RawMessage) (buttons []kakaoButton, ok bool) {
	return buttons, len(raw) == 0 || json.Unmarshal(raw, &buttons) == nil
}

// checkKakao applies the rules that need no state. Their order is G.
func (d *draft) checkKakao() string {
	options := d.kakaoOptions()
	limit := maxKakaoText
	if d.kind == "CTI" {
		limit = maxImageText
	}
	switch {
	case options.PFID == "":
		return "1041"
	case d.kind == "ATA" && options.TemplateID == "":
		return "1042"
	case d.kind != "ATA" && d.text == "":
		return "1010" // an AlimTalk may bring variables instead
	case d.from != "" && !isDigits(d.from):
		return "1011"
	case utf8.RuneCountInString(d.text) > limit:
		return "1031"
	case d.kind == "CTI" && options.ImageID == "":
		return "1051"
	}
	return d.checkButtons(options.Buttons)
}

func (d *draft) checkButtons(raw json.RawMessage) string {
	buttons, ok := readButtons(raw)
	if !ok {
		return "1044"
	}
	if len(buttons) > maxButtons {
		return "1050"
	}
	for _, b := range buttons {
		links := []string{b.LinkMo, b.LinkPc, b.LinkAnd, b.LinkIos}
		long := slices.ContainsFunc(links, func(link string) bool { return utf8.RuneCountInString(link) > maxButtonURL })
		switch {
		case b.Name == "", !slices.Contains([]string{"WL", "AL", "DS", "BK", "MD", "BC", "BT", "AC"}, b.Type):
			return "1044"
		case utf8.RuneCountInString(b.Name) > maxButtonName:
			return "1049"
		case long:
			return "1048"
		case b.Type == "WL" && b.LinkMo == "", b.Type == "AL" && b.LinkAnd == "" && b.LinkIos == "":
			return "1045"
		case b.Type == "DS" && d.kind != "ATA":
			return "1053"
		}
	}
	return ""
}

// kakaoDoor applies the rules of a Kakao message that depend on the account,
// and completes an AlimTalk that brings variables only.
func (w *world) kakaoDoor(d *draft) string {
	options := d.kakaoOptions()
	if _, at := byKey(w.res.Channels, options.PFID); at < 0 {
		return "1041"
	}
	if d.kind == "CTI" && w.fileOf(options.ImageID, "KAKAO") == nil {
		return "1051"
	}
	if d.kind != "ATA" {
		return ""
	}
	t, at := byKey(w.res.Templates, options.TemplateID)
	if at < 0 || t.Status != approved || t.ChannelID != "" && t.ChannelID != options.PFID {
		return "1042"
	}
	if d.text == "" {
		d.text = t.Content
	}
	d.text = fill(d.text, options.Variables)
	d.bytes = measure(d.text).bytes
	switch {
	case utf8.RuneCountInString(d.text) > maxKakaoText:
		return "1031"
	case !t.fits(d.text):
		return "1043"
	}
	return t.checkButtons(options.Buttons)
}

// checkButtons compares the buttons of a message with those of its template. A
// message that names none has the template's; an empty list means none (G).
func (t *talkTemplate) checkButtons(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	own, _ := readButtons(t.Buttons) // both were read before
	given, _ := readButtons(raw)
	switch {
	case len(own) == 0 && len(given) > 0:
		return "1047"
	case len(given) < len(own):
		return "1046"
	case len(given) > len(own):
		return "1044" // G
	}
	for i := range own {
		if own[i].Name != given[i].Name || own[i].Type != given[i].Type {
			return "1052"
		}
	}
	return ""
}

// isKakao reports whether a type travels by Kakao.
func isKakao(kind string) bool { return kind == "ATA" || kind == "CTA" || kind == "CTI" }

// kakaoObjection is the code a Kakao message ends with because its channel or
// its template is gone or because of the hour, or nothing.
func (w *world) kakaoObjection(m *message) string {
	if !isKakao(m.kind) {
		return ""
	}
	options := readKakao(m.kakao)
	if _, at := byKey(w.res.Channels, options.PFID); at < 0 {
		return "3106"
	}
	if m.kind == "ATA" {
		if t, at := byKey(w.res.Templates, options.TemplateID); at < 0 || t.Status != approved {
			return "3105"
		}
		return ""
	}
	if hour := w.now.In(korea).Hour(); hour < 8 || hour >= 20 {
		return "3108" // a friend talk goes by day
	}
	return ""
}

// replacement is the carrier text that went out in place of a Kakao message.
type replacement struct {
	Kind  string `json:"kind"`
	Cause string `json:"cause"` // status code of the Kakao message
}

// replace sends a text in place of a Kakao message that did not reach its
// recipient, and reports whether it did. The Kakao price goes back and the
// text's is taken (G). There is none when the caller forbids it, when the
// sender number cannot send, or when the money is short.
func (w *world) replace(m *message) bool {
	if !isKakao(m.kind) || m.replaced != nil || m.final != "3104" && m.final != "3107" {
		return false
	}
	r := &replacement{Kind: "SMS", Cause: m.final}
	if m.bytes > maxSMSBytes {
		r.Kind = "LMS"
	}
	price := w.set.priceOf(r.Kind)
	if readKakao(m.kakao).DisableSMS.value || !w.maySend(m.from) || w.balance+w.point+m.price < price {
		return false
	}
	g := m.group
	w.refund(g, m)
	fromPoint := min(w.point, price)
	g.point.Replacement += fromPoint
	g.balance.Replacement += price - fromPoint
	day := w.tally(m.sent)
	day.Point += fromPoint
	day.Balance += price - fromPoint
	w.moveMoney(moneySent, g.id, fromPoint-price, -fromPoint)
	m.replaced, m.price, m.final = r, price, delivered
	m.code, m.updated, m.wait = "3000", w.now, w.now.Sub(m.sent)+w.set.reportDelay
	g.count.SentReplacement++
	g.count.SentPending++
	w.after(w.set.reportDelay, func(w *world) { each(w, []*message{m}, w.report) })
	return true
}

// shownType is the type of what arrives on the phone.
func (m *message) shownType() string {
	if m.replaced != nil {
		return m.replaced.Kind
	}
	return m.kind
}

// shownText is what the phone shows: the carriers put their line above a text,
// but not above what Kakao or a voice brings.
func (m *message) shownText() string {
	if kind := m.shownType(); isKakao(kind) || kind == "VOICE" {
		return m.text
	}
	return webPrefix + m.text
}

// replacementView is one entry of a message's replacements (G: all of it).
type replacementView struct {
	Type       string `json:"type"`
	To         string `json:"to"`
	From       string `json:"from"`
	Text       string `json:"text"`
	StatusCode string `json:"statusCode"`
	Cause      string `json:"causeStatusCode"`
}

func viewReplacements(m *message) []replacementView {
	if m.replaced == nil {
		return []replacementView{}
	}
	return []replacementView{{m.replaced.Kind, m.to, m.from, m.text, m.code, m.replaced.Cause}}
}

// storedKakao is kakaoOptions as it is stored, not as it was sent.
type storedKakao struct {
	SenderKey    *string         `json:"senderKey"`
	TemplateCode *string         `json:"templateCode"`
	ButtonName   *string         `json:"buttonName"`
	ButtonURL    *string         `json:"buttonUrl"`
	PFID         *string         `json:"pfId"`
	TemplateID   *string         `json:"templateId"`
	ImageID      *string         `json:"imageId"`
	DisableSMS   bool            `json:"disableSms"`
	Title        *string         `json:"title"`
	AdFlag       bool            `json:"adFlag"`
	Buttons      json.RawMessage `json:"buttons"`
}

func viewKakao(raw json.RawMessage) *storedKakao {
	o := readKakao(raw)
	return &storedKakao{
		PFID: filled(o.PFID), TemplateID: filled(o.TemplateID), ImageID: filled(o.ImageID),
		DisableSMS: o.DisableSMS.value, Title: filled(o.Title), AdFlag: o.AdFlag.value, Buttons: listOr(o.Buttons),
	}
}

// voiceOptions is how a text is read out.
type voiceOptions struct {
	VoiceType       string `json:"voiceType"`
	HeaderMessage   string `json:"headerMessage"`
	TailMessage     string `json:"tailMessage"`
	ReplyRange      *int   `json:"replyRange"`
	CounselorNumber string `json:"counselorNumber"`
}

// checkVoice applies the rules of a text that is read out over the phone.
func (d *draft) checkVoice() string {
	var o voiceOptions
	readable := len(d.voice) == 0 || json.Unmarshal(d.voice, &o) == nil
	kind := strings.ToUpper(o.VoiceType)
	switch {
	case d.from == "" || d.text == "" || readable && kind == "":
		return "1010"
	case !readable, !isDigits(d.from), kind != "FEMALE" && kind != "MALE":
		return "1011"
	case o.ReplyRange != nil && (*o.ReplyRange < 1 || *o.ReplyRange > 9):
		return "1011"
	case o.CounselorNumber != "" && !isDigits(digits(o.CounselorNumber)):
		return "1011"
	}
	return ""
}

// voiceSeconds is how long a text takes to read out: about six syllables a
// second (G).
func voiceSeconds(text string) int { return utf8.RuneCountInString(text)/6 + 1 }
