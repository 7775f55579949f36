package coolsms

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"time"
)

// KakaoTemplatesService manages the texts that AlimTalk may send. People at
// Kakao inspect each; only an approved one can be sent.
type KakaoTemplatesService struct{ c *Client }

const templatesPath = "/kakao/v2/templates"

// TemplateStatus is where the inspection of a template stands. Values that are
// not among the constants are kept as they came.
type TemplateStatus string

// The statuses.
const (
	TemplatePending    TemplateStatus = "PENDING"    // a draft
	TemplateInspecting TemplateStatus = "INSPECTING" // being looked at
	TemplateApproved   TemplateStatus = "APPROVED"   // it can be sent
	TemplateRejected   TemplateStatus = "REJECTED"   // the comments say why
)

// KakaoTemplate is a text that AlimTalk may send, with names of variables in it.
type KakaoTemplate struct {
	TemplateID     string          `json:"templateId"`
	Name           string          `json:"name"`
	ChannelID      string          `json:"channelId"`
	ChannelGroupID string          `json:"channelGroupId"`
	Content        string          `json:"content"`
	Status         TemplateStatus  `json:"status"`
	MessageType    string          `json:"messageType"`   // BA, EX, AD, MI
	EmphasizeType  string          `json:"emphasizeType"` // NONE, TEXT, IMAGE, ITEM_LIST
	AssignType     string          `json:"assignType"`    // CHANNEL, GROUP
	Buttons        []KakaoButton   `json:"buttons"`
	QuickReplies   json.RawMessage `json:"quickReplies"` // in the provider's form
	Comments       []KakaoComment  `json:"comments"`
	Variables      []string        `json:"-"` // as they stand in the text, with #{ }
	SecurityFlag   bool            `json:"-"`
	IsHidden       bool            `json:"-"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the template as it came, with the fields that this package does
	// not know.
	Raw json.RawMessage `json:"-"`
}

// KakaoComment is what the inspectors or the account said about a template.
type KakaoComment struct {
	IsAdmin  bool   `json:"isAdmin"`
	MemberID string `json:"memberId"`
	Content  string `json:"content"`
}

// UnmarshalJSON reads the provider's form.
func (t *KakaoTemplate) UnmarshalJSON(raw []byte) error {
	type plain KakaoTemplate
	wire := struct {
		*plain
		dates
		SecurityFlag flag `json:"securityFlag"`
		IsHidden     flag `json:"isHidden"`
		Variables    []struct {
			Name string `json:"name"`
		} `json:"variables"`
	}{plain: (*plain)(t)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	t.Variables = nil
	for _, v := range wire.Variables {
		t.Variables = append(t.Variables, v.Name)
	}
	t.SecurityFlag, t.IsHidden, t.Raw = bool(wire.SecurityFlag), bool(wire.IsHidden), keep(raw)
	t.DateCreated, t.DateUpdated = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time
	return nil
}

func nameOfTemplate(t *KakaoTemplate) string { return t.TemplateID }

// ListKakaoTemplatesParams says which templates are asked for; all that is set
// must hold.
type ListKakaoTemplatesParams struct {
	TemplateID string
	ChannelID  string
	Name       string // a part of it
	Status     TemplateStatus
	IsHidden   *bool
	Start, End time.Time // when made; zero leaves that side open

	PageParams
}

// List returns one page of templates.
func (s *KakaoTemplatesService) List(ctx context.Context, p ListKakaoTemplatesParams) (*Page[KakaoTemplate], error) {
	q := pageQuery(p.StartKey, p.Limit)
	set(q, "templateId", p.TemplateID)
	set(q, "channelId", p.ChannelID)
	set(q, "name[like]", p.Name)
	set(q, "status", string(p.Status))
	if p.IsHidden != nil {
		q.Set("isHidden", strconv.FormatBool(*p.IsHidden))
	}
	setCreated(q, p.Start, p.End)
	return list[KakaoTemplate](ctx, s.c, call{method: http.MethodGet, path: templatesPath, query: q}, "templateList")
}

// All walks over all templates. It ends after the first error, which comes with
// a nil template.
func (s *KakaoTemplatesService) All(ctx context.Context, p ListKakaoTemplatesParams) iter.Seq2[*KakaoTemplate, error] {
	return all(p.StartKey, func(startKey string) (*Page[KakaoTemplate], error) {
		p := p
		p.StartKey = startKey
		return s.List(ctx, p)
	})
}

// Categories returns the sorts of templates.
func (s *KakaoTemplatesService) Categories(ctx context.Context) ([]KakaoCategory, error) {
	return categories(ctx, s.c, templatesPath+"/categories")
}

// Get returns a template.
func (s *KakaoTemplatesService) Get(ctx context.Context, templateID string) (*KakaoTemplate, error) {
	return s.one(ctx, http.MethodGet, templateID, "", nil)
}

// KakaoTemplateParams is a template to be made or changed. What is left out of a
// change stays as it is (G).
type KakaoTemplateParams struct {
	ChannelID         string          `json:"channelId,omitempty"` // of a new one
	ChannelGroupID    string          `json:"channelGroupId,omitempty"`
	Name              string          `json:"name,omitempty"`
	Content           string          `json:"content,omitempty"`
	CategoryCode      string          `json:"categoryCode,omitempty"`
	MessageType       string          `json:"messageType,omitempty"`   // BA, EX, AD, MI
	EmphasizeType     string          `json:"emphasizeType,omitempty"` // NONE, TEXT, IMAGE, ITEM_LIST
	EmphasizeTitle    string          `json:"emphasizeTitle,omitempty"`
	EmphasizeSubTitle string          `json:"emphasizeSubTitle,omitempty"`
	Header            string          `json:"header,omitempty"`
	Extra             string          `json:"extra,omitempty"`
	ImageID           string          `json:"imageId,omitempty"`
	SecurityFlag      *bool           `json:"securityFlag,omitempty"`
	Buttons           []KakaoButton   `json:"buttons,omitempty"`
	QuickReplies      json.RawMessage `json:"quickReplies,omitempty"` // in the provider's form
	Highlight         json.RawMessage `json:"highlight,omitempty"`    // in the provider's form
	Item              json.RawMessage `json:"item,omitempty"`         // in the provider's form
}

// Create makes a draft.
func (s *KakaoTemplatesService) Create(ctx context.Context, p KakaoTemplateParams) (*KakaoTemplate, error) {
	return fetch(ctx, s.c, call{method: http.MethodPost, path: templatesPath, body: p}, nameOfTemplate)
}

// Update changes a template that is not being inspected.
func (s *KakaoTemplatesService) Update(ctx context.Context, templateID string, p KakaoTemplateParams) (*KakaoTemplate, error) {
	return s.one(ctx, http.MethodPut, templateID, "", p)
}

// Rename changes a template's name, whatever its status.
func (s *KakaoTemplatesService) Rename(ctx context.Context, templateID, name string) (*KakaoTemplate, error) {
	return s.one(ctx, http.MethodPut, templateID, "/name", struct {
		Name string `json:"name"`
	}{name})
}

// Inspect asks Kakao to inspect a draft.
func (s *KakaoTemplatesService) Inspect(ctx context.Context, templateID string) (*KakaoTemplate, error) {
	return s.one(ctx, http.MethodPut, templateID, "/inspection", nil)
}

// CancelInspection makes a draft again of a template that is being inspected.
func (s *KakaoTemplatesService) CancelInspection(ctx context.Context, templateID string) (*KakaoTemplate, error) {
	return s.one(ctx, http.MethodPut, templateID, "/inspection/cancel", nil)
}

// ReleaseDormant wakes a template that was put to sleep for want of use.
func (s *KakaoTemplatesService) ReleaseDormant(ctx context.Context, templateID string) (*KakaoTemplate, error) {
	return s.one(ctx, http.MethodPost, templateID, "/relese-dormant", nil) // the provider's spelling
}

// Delete deletes a draft or a rejected template.
func (s *KakaoTemplatesService) Delete(ctx context.Context, templateID string) error {
	path, err := idPath(templatesPath, templateID, "")
	if err != nil {
		return err
	}
	return s.c.do(ctx, call{method: http.MethodDelete, path: path}, &ignored{})
}

func (s *KakaoTemplatesService) one(ctx context.Context, method, templateID, verb string, body any) (*KakaoTemplate, error) {
	path, err := idPath(templatesPath, templateID, verb)
	if err != nil {
		return nil, err
	}
	return fetch(ctx, s.c, call{method: method, path: path, body: body}, nameOfTemplate)
}
