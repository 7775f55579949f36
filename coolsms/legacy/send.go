package legacy

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
)

// SendParams is what is sent and how.
type SendParams struct {
	Message
	GroupOptions

	// Image is the picture of an MMS: JPEG, PNG or GIF, up to 300 KB and
	// 2048 x 2048.
	Image []byte
}

// String tells kind and recipients, the latter masked, and nothing of the text.
func (p SendParams) String() string { return p.Message.String() }

// LogValue is String.
func (p SendParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// GroupOptions are properties of all texts of a send; all may be left out.
type GroupOptions struct {
	// Charset is how Text and Subject are encoded: they are sent as they are.
	// "" means UTF-8.
	Charset  Charset
	Mode     string // "test" has the provider pretend; later documents say that it is not supported
	SRK      string // srk; the documents at hand do not explain it
	SiteUser string // site_user; the same
}

// Agent is what calls the provider; all may be left out.
type Agent struct {
	OSPlatform string // such as linux
	DevLang    string // such as Go 1.26
	SDKVersion string
	AppVersion string
}

// write adds the options, and what calls.
func (o *GroupOptions) write(q url.Values, a Agent) {
	set(q, "charset", string(o.Charset))
	set(q, "mode", o.Mode)
	set(q, "srk", o.SRK)
	set(q, "site_user", o.SiteUser)
	set(q, "os_platform", a.OSPlatform)
	set(q, "dev_lang", a.DevLang)
	set(q, "sdk_version", a.SDKVersion)
	set(q, "app_version", a.AppVersion)
}

// send is the call of both versions.
func (c *Client) send(ctx context.Context, path string, p *SendParams, more url.Values) (*SendResult, error) {
	q := p.params()
	p.write(q, c.agent)
	for name := range more {
		q.Set(name, more.Get(name))
	}
	k := post(path, q)
	if p.Image != nil {
		q.Set("image_encoding", "binary")
		k.image = p.Image
	}
	out := &SendResult{}
	if err := c.do(ctx, k, out); err != nil {
		return nil, err
	}
	return out, nil
}

// SendResult is what became of a send.
type SendResult struct {
	GroupID       string
	Success       int // how many recipients were accepted
	Failed        int // how many were refused
	ResultCode    ResultCode
	ResultMessage string // prose of the provider

	// Errors are the refused ones, by their place among the recipients, where
	// the provider lists them.
	Errors []ItemError

	// Raw is the answer as it came, with the fields that this package does not
	// know.
	Raw json.RawMessage
}

// Err returns nil when every recipient was accepted, else a [*ResultError] with
// the provider's code, which is that of the last one that was refused. Others
// may have been accepted and then are sent: see Success.
func (r *SendResult) Err() error {
	if r.ResultCode == ResultSuccess && r.Failed == 0 {
		return nil
	}
	return &ResultError{Code: r.ResultCode, Message: r.ResultMessage}
}

func (r *SendResult) decode(raw []byte) error {
	var w struct {
		counted
		GroupID       text `json:"group_id"`
		ResultCode    text `json:"result_code"`
		ResultMessage text `json:"result_message"`
	}
	switch err := object(raw, &w); {
	case err != nil:
		return err
	case w.Success == nil:
		return errNoCounters
	case w.ResultCode == "":
		return errNoResult
	}
	*r = SendResult{
		GroupID: string(w.GroupID), Success: int(*w.Success), Failed: int(w.Failed), ResultCode: ResultCode(w.ResultCode),
		ResultMessage: string(w.ResultMessage), Errors: w.Errors, Raw: raw,
	}
	return nil
}
