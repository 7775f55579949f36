package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// States of a template. Only an APPROVED one can be sent.
const (
	inspecting = "INSPECTING" // Kakao looks at it
	approved   = "APPROVED"
	rejected   = "REJECTED" // with a comment that says why
)

// talkTemplate is an AlimTalk template. PENDING is its draft.
type talkTemplate struct {
	ID       string            `json:"templateId"`
	Status   string            `json:"status"`
	Comments []templateComment `json:"comments"`
	Created  time.Time         `json:"dateCreated"`
	Updated  time.Time         `json:"dateUpdated"`
	templateBody

	pattern *regexp.Regexp // of its finished text
}

// templateBody is what a caller says of a template. Names are read in any case,
// because the SDK itself writes emphasizeSubTitle in one place and
// emphasizeSubtitle in another.
type templateBody struct {
	Name              string          `json:"name"`
	Content           string          `json:"content"`
	CategoryCode      string          `json:"categoryCode"`
	ChannelID         string          `json:"channelId"`
	ChannelGroupID    string          `json:"channelGroupId"`
	MessageType       string          `json:"messageType"`
	EmphasizeType     string          `json:"emphasizeType"`
	EmphasizeTitle    string          `json:"emphasizeTitle"`
	EmphasizeSubtitle string          `json:"emphasizeSubtitle"`
	Header            string          `json:"header"`
	Extra             string          `json:"extra"`
	Ad                string          `json:"ad"`
	ImageID           string          `json:"imageId"`
	SecurityFlag      bool            `json:"securityFlag"`
	IsHidden          bool            `json:"isHidden"`
	Buttons           json.RawMessage `json:"buttons"`
	QuickReplies      json.RawMessage `json:"quickReplies"`
	Highlight         json.RawMessage `json:"highlight"`
	Item              json.RawMessage `json:"item"`
}

type templateComment struct {
	IsAdmin     bool   `json:"isAdmin"`
	MemberID    string `json:"memberId"`
	Content     string `json:"content"`
	DateCreated string `json:"dateCreated"`
}

var templateFields = map[string]valueKind{
	"templateId": asText, "name": asText, "channelId": asText, "status": asText, "isHidden": asText, "dateCreated": asTime,
}

func (t *talkTemplate) key() string { return t.ID }

func (t *talkTemplate) field(name string) value {
	switch name {
	case "templateId":
		return textOf(t.ID)
	case "name":
		return textOf(t.Name)
	case "channelId":
		return textOf(t.ChannelID)
	case "status":
		return textOf(t.Status)
	case "isHidden":
		return boolOf(t.IsHidden)
	}
	return value{time: t.Created}
}

// check completes a body and reports what is wrong with it.
func (b *templateBody) check() error {
	b.MessageType = cmp.Or(b.MessageType, "BA")
	b.EmphasizeType = cmp.Or(b.EmphasizeType, "NONE")
	buttons, ok := readButtons(b.Buttons)
	switch {
	case b.Name == "" || b.Content == "":
		return errValidation.because("name과 content가 있어야 합니다.")
	case utf8.RuneCountInString(b.Content) > maxKakaoText:
		return errValidation.because("content는 1,000자까지입니다.")
	case (b.ChannelID == "") == (b.ChannelGroupID == ""):
		return errValidation.because("channelId와 channelGroupId 중 하나가 있어야 합니다.")
	case !slices.Contains([]string{"BA", "EX", "AD", "MI"}, b.MessageType):
		return errValidation.because("messageType은 BA, EX, AD, MI 중 하나입니다.")
	case !slices.Contains([]string{"NONE", "TEXT", "IMAGE", "ITEM_LIST"}, b.EmphasizeType):
		return errValidation.because("emphasizeType은 NONE, TEXT, IMAGE, ITEM_LIST 중 하나입니다.")
	case !ok || len(buttons) > maxButtons:
		return errValidation.because("buttons가 올바르지 않습니다.")
	}
	return nil
}

type templateView struct {
	TemplateID        string            `json:"templateId"`
	AccountID         string            `json:"accountId"`
	ChannelID         *string           `json:"channelId"`
	ChannelGroupID    *string           `json:"channelGroupId"`
	AssignType        string            `json:"assignType"`
	Name              string            `json:"name"`
	Content           string            `json:"content"`
	Status            string            `json:"status"`
	Code              *string           `json:"code"`
	CategoryCode      *string           `json:"categoryCode"`
	MessageType       string            `json:"messageType"`
	EmphasizeType     string            `json:"emphasizeType"`
	EmphasizeTitle    *string           `json:"emphasizeTitle"`
	EmphasizeSubtitle *string           `json:"emphasizeSubtitle"`
	Header            *string           `json:"header"`
	Extra             *string           `json:"extra"`
	Ad                *string           `json:"ad"`
	ImageID           *string           `json:"imageId"`
	SecurityFlag      bool              `json:"securityFlag"`
	IsHidden          bool              `json:"isHidden"`
	Commentable       bool              `json:"commentable"`
	Buttons           json.RawMessage   `json:"buttons"`
	QuickReplies      json.RawMessage   `json:"quickReplies"`
	Highlight         json.RawMessage   `json:"highlight"`
	Item              json.RawMessage   `json:"item"`
	Variables         []variableView    `json:"variables"`
	Comments          []templateComment `json:"comments"`
	DateCreated       string            `json:"dateCreated"`
	DateUpdated       string            `json:"dateUpdated"`
}

type variableView struct {
	Name string `json:"name"`
}

var emptyList = json.RawMessage("[]")

// listOr is a raw list, or an empty one where nothing was given.
func listOr(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || string(raw) == "null" {
		return emptyList
	}
	return raw
}

func viewTemplate(t *talkTemplate) templateView {
	v := templateView{
		TemplateID: t.ID, AccountID: accountID, ChannelID: filled(t.ChannelID), ChannelGroupID: filled(t.ChannelGroupID),
		AssignType: "CHANNEL", Name: t.Name, Content: t.Content, Status: t.Status, CategoryCode: filled(t.CategoryCode),
		MessageType: t.MessageType, EmphasizeType: t.EmphasizeType, EmphasizeTitle: filled(t.EmphasizeTitle),
		EmphasizeSubtitle: filled(t.EmphasizeSubtitle), Header: filled(t.Header), Extra: filled(t.Extra), Ad: filled(t.Ad),
		ImageID: filled(t.ImageID), SecurityFlag: t.SecurityFlag, IsHidden: t.IsHidden,
		Buttons: listOr(t.Buttons), QuickReplies: listOr(t.QuickReplies), Highlight: t.Highlight, Item: t.Item,
		Variables: []variableView{}, Comments: append([]templateComment{}, t.Comments...),
		DateCreated: stamp(t.Created), DateUpdated: stamp(t.Updated),
	}
	if t.ChannelGroupID != "" {
		v.AssignType = "GROUP"
	}
	for _, name := range variablesIn(t.Content) {
		v.Variables = append(v.Variables, variableView{name})
	}
	return v
}

// addTemplate keeps a new template, and gives it an id when it has none.
func (w *world) addTemplate(t *talkTemplate) error {
	if _, at := byKey(w.res.Channels, t.ChannelID); t.ChannelID != "" && at < 0 {
		return errNoResource.because("없는 채널입니다.")
	}
	if t.ID == "" {
		t.ID = newResourceID(w.chance, "KA01TP", w.now)
	}
	t.Created, t.Updated = w.now, w.now
	w.res.Templates = pushed(w.res.Templates, t, maxResources)
	return nil
}

// withTemplate runs fn on the template the path names and answers it as it
// stands afterwards.
func (c *call) withTemplate(fn func(w *world, t *talkTemplate) error) (v templateView, err error) {
	c.s.change(func(w *world) {
		t, at := byKey(w.res.Templates, c.r.PathValue("id"))
		if at < 0 {
			err = errNoResource
			return
		}
		if err = fn(w, t); err == nil {
			v = viewTemplate(t)
		}
	})
	return v, err
}

// move takes a template from one of some states to another.
func (t *talkTemplate) move(now time.Time, to string, from ...string) error {
	if !slices.Contains(from, t.Status) {
		return errStatus.because("템플릿 상태가 맞지 않습니다.")
	}
	t.Status, t.Updated = to, now
	return nil
}

// createTemplate serves POST /kakao/v2/templates.
func createTemplate(c *call) (any, error) {
	t := &talkTemplate{Status: pending}
	if err := decode(c.body, &t.templateBody); err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	var err error
	var v templateView
	c.s.change(func(w *world) {
		if err = w.addTemplate(t); err == nil {
			v = viewTemplate(t)
		}
	})
	return v, err
}

// listTemplates serves GET /kakao/v2/templates.
func listTemplates(c *call) (any, error) { return c.listTemplates(nil) }

// listSendable serves GET /kakao/v2/templates/sendable: the approved ones (G).
func listSendable(c *call) (any, error) {
	return c.listTemplates(func(t *talkTemplate) bool { return t.Status == approved })
}

func (c *call) listTemplates(only func(*talkTemplate) bool) (any, error) {
	v := struct {
		page
		TemplateList []templateView `json:"templateList"`
	}{TemplateList: []templateView{}}
	var err error
	c.s.change(func(w *world) {
		all := w.res.Templates
		if only != nil {
			all = slices.DeleteFunc(slices.Clone(all), func(t *talkTemplate) bool { return !only(t) })
		}
		var found []*talkTemplate
		v.page, found, err = pageOf(all, c.r.URL.Query(), templateFields)
		for _, t := range found {
			v.TemplateList = append(v.TemplateList, viewTemplate(t))
		}
	})
	return v, err
}

// getTemplate serves GET /kakao/v2/templates/{templateId}.
func getTemplate(c *call) (any, error) {
	return c.withTemplate(func(*world, *talkTemplate) error { return nil })
}

// updateTemplate serves PUT /kakao/v2/templates/{templateId}: a draft or a
// rejected one, which becomes a draft again (G).
func updateTemplate(c *call) (any, error) {
	return c.withTemplate(func(w *world, t *talkTemplate) error {
		body := t.templateBody
		body.Buttons, body.QuickReplies = slices.Clone(body.Buttons), slices.Clone(body.QuickReplies) // decoding writes into them
		body.Highlight, body.Item = slices.Clone(body.Highlight), slices.Clone(body.Item)
		if err := decode(c.body, &body); err != nil {
			return err
		}
		body.ChannelID, body.ChannelGroupID = t.ChannelID, t.ChannelGroupID
		if err := body.check(); err != nil {
			return err
		}
		if err := t.move(w.now, pending, pending, rejected); err != nil {
			return err
		}
		t.templateBody, t.pattern = body, nil
		return nil
	})
}

// renameTemplate serves PUT /kakao/v2/templates/{templateId}/name, in any state.
func renameTemplate(c *call) (any, error) {
	var req struct {
		Name string `json:"name"`
	}
	if err := decode(c.body, &req); err != nil {
		return nil, err
	}
	if req.Name == "" {
		return nil, errValidation.because("name이 있어야 합니다.")
	}
	return c.withTemplate(func(w *world, t *talkTemplate) error {
		t.Name, t.Updated = req.Name, w.now
		return nil
	})
}

// deleteTemplate serves DELETE /kakao/v2/templates/{templateId}: a draft or a
// rejected one.
func deleteTemplate(c *call) (any, error) {
	return c.withTemplate(func(w *world, t *talkTemplate) error {
		if t.Status != pending && t.Status != rejected {
			return errStatus.because("대기 또는 반려 상태의 템플릿만 지울 수 있습니다.")
		}
		w.res.Templates = slices.DeleteFunc(w.res.Templates, func(other *talkTemplate) bool { return other == t })
		return nil
	})
}

// inspectTemplate serves PUT /kakao/v2/templates/{templateId}/inspection. The
// verdict is the control POST /sandbox/templates/{templateId}.
func inspectTemplate(c *call) (any, error) {
	return c.withTemplate(func(w *world, t *talkTemplate) error { return t.move(w.now, inspecting, pending, rejected) })
}

// cancelInspection serves PUT /kakao/v2/templates/{templateId}/inspection/cancel.
func cancelInspection(c *call) (any, error) {
	return c.withTemplate(func(w *world, t *talkTemplate) error { return t.move(w.now, pending, inspecting) })
}

// wakeTemplate serves POST /kakao/v2/templates/{templateId}/relese-dormant (so
// spelt). No template sleeps here.
func wakeTemplate(c *call) (any, error) { return getTemplate(c) }

// listTemplateCategories serves GET /kakao/v2/templates/categories (G: the codes).
func listTemplateCategories(*call) (any, error) {
	return []category{{"001001", "회원가입"}, {"001002", "인증/비밀번호/로그인"}, {"002001", "구매완료"}, {"999999", "기타"}}, nil
}

// Review is Kakao's verdict on a template: APPROVED, or REJECTED with a comment
// that says why. Drafts need not ask first, and an approved template can be
// taken back. The error tells what is wrong.
func (s *Sandbox) Review(templateID, status, comment string) error {
	if status != approved && status != rejected {
		return errValidation.because("status: APPROVED or REJECTED")
	}
	var err error
	s.change(func(w *world) {
		t, at := byKey(w.res.Templates, templateID)
		if at < 0 {
			err = errNoResource
			return
		}
		from := []string{pending, inspecting}
		if status == rejected {
			from = append(from, approved)
		}
		if err = t.move(w.now, status, from...); err == nil && comment != "" {
			t.Comments = pushed(t.Comments, templateComment{true, "kakao", comment, stamp(w.now)}, 100)
		}
	})
	return err
}

// postReview is POST /sandbox/templates/{id}.
func (s *Sandbox) postReview(r *http.Request) (any, error) {
	var req struct {
		Status  string `json:"status"`
		Comment string `json:"comment"`
	}
	if err := decodeStrict(r.Body, &req); err != nil {
		return nil, err
	}
	return &req, s.Review(r.PathValue("id"), req.Status, req.Comment)
}

// postTemplate is POST /sandbox/templates: an approved template at once, under
// an id of one's own if need be, such as that of the true one.
func (s *Sandbox) postTemplate(r *http.Request) (any, error) {
	req := struct {
		TemplateID string `json:"templateId"`
		templateBody
	}{}
	if err := decodeStrict(r.Body, &req); err != nil {
		return nil, err
	}
	if err := req.check(); err != nil {
		return nil, err
	}
	var v templateView
	var err error
	t := &talkTemplate{ID: req.TemplateID, Status: approved, templateBody: req.templateBody}
	s.change(func(w *world) {
		if _, at := byKey(w.res.Templates, t.ID); at >= 0 {
			err = errValidation.because("templateId: is there already")
		} else if err = w.addTemplate(t); err == nil {
			v = viewTemplate(t)
		}
	})
	return v, err
}

var variable = regexp.MustCompile(`#\{[^{}]*\}`)

// variablesIn names the variables of a text, each once, with their brackets.
func variablesIn(content string) []string {
	var names []string
	for _, name := range variable.FindAllString(content, -1) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// fill puts values into a text. Names come with #{ } or without.
func fill(content string, values map[string]string) string {
	if len(values) == 0 {
		return content
	}
	return variable.ReplaceAllStringFunc(content, func(name string) string {
		if v, ok := values[name]; ok {
			return v
		}
		if v, ok := values[strings.TrimSuffix(strings.TrimPrefix(name, "#{"), "}")]; ok {
			return v
		}
		return name
	})
}

// fits reports whether a finished text can have come from this template: no
// variable is left open, and all between the variables is the same.
func (t *talkTemplate) fits(finished string) bool {
	if t.pattern == nil {
		var b bytes.Buffer
		b.WriteString(`(?s)\A`)
		for i, part := range variable.Split(t.Content, -1) {
			if i > 0 {
				b.WriteString(`.*`)
			}
			b.WriteString(regexp.QuoteMeta(part))
		}
		b.WriteString(`\z`)
		pattern, err := regexp.Compile(b.String())
		if err != nil { // a content that is not text
			return false
		}
		t.pattern = pattern
	}
	return t.pattern.MatchString(finished) && (!variable.MatchString(finished) || !variable.MatchString(t.Content))
}
