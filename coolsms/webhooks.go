package coolsms

import (
	"context"
	"crypto/sha1" //nolint:gosec // the provider's choice; it guards nothing that SHA-1 is broken for
	"encoding/hex"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
	"time"
)

// WebhooksService manages the addresses that the provider reports to. What
// takes the reports is [WebhookHandler].
type WebhooksService struct{ c *Client }

const webhooksPath = "/webhook/v1/outgoing"

// The events that are reported.
const (
	EventSingleReport = "SINGLE-REPORT" // one message has ended
	EventGroupReport  = "GROUP-REPORT"  // every message of a group has ended
	EventFaxReceive   = "FAX-RECEIVE"   // a fax came in
)

// WebhookEvent is something that is reported.
type WebhookEvent struct {
	EventID string `json:"eventId"`
	Name    string `json:"name"`

	// Raw is the event as it came.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads the provider's form.
func (e *WebhookEvent) UnmarshalJSON(raw []byte) error {
	type plain WebhookEvent
	if err := json.Unmarshal(raw, (*plain)(e)); err != nil {
		return err
	}
	e.Raw = keep(raw)
	return nil
}

// Webhook is an address that the provider reports to.
type Webhook struct {
	WebhookID  string `json:"webhookId"`
	AccountID  string `json:"accountId"`
	EventID    string `json:"eventId"`
	Name       string `json:"name"`
	URL        string `json:"url"`
	SecretHash string `json:"secret"` // what [SecretHash] makes of the secret; "" for none
	Status     string `json:"status"` // ACTIVE, INACTIVE
	FailCount  int    `json:"failCount"`

	DateCreated time.Time `json:"-"`
	DateUpdated time.Time `json:"-"`

	// Raw is the webhook as it came.
	Raw json.RawMessage `json:"-"`
}

// String tells id, event, status and failures.
func (w Webhook) String() string {
	return "coolsms.Webhook(" + w.WebhookID + " " + w.EventID + " " + w.Status + ")"
}

// LogValue is String.
func (w Webhook) LogValue() slog.Value { return slog.StringValue(w.String()) }

// UnmarshalJSON reads the provider's form.
func (w *Webhook) UnmarshalJSON(raw []byte) error {
	type plain Webhook
	wire := struct {
		*plain
		dates
	}{plain: (*plain)(w)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	w.DateCreated, w.DateUpdated, w.Raw = wire.dates.DateCreated.Time, wire.dates.DateUpdated.Time, keep(raw)
	return nil
}

func nameOfWebhook(w *Webhook) string { return w.WebhookID }

// SecretHash is what the provider makes of a webhook's secret: its SHA-1 in
// hexadecimal. Lists show it and every report carries it; never the secret.
func SecretHash(secret string) string {
	sum := sha1.Sum([]byte(secret)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// Events returns one page of what can be reported.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/webhook/readEvents.md
func (s *WebhooksService) Events(ctx context.Context, p PageParams) (*Page[WebhookEvent], error) {
	k := call{method: http.MethodGet, path: "/webhook/v1/events", query: pageQuery(p.StartKey, p.Limit)}
	return list[WebhookEvent](ctx, s.c, k, "eventList")
}

// ListWebhooksParams says which webhooks are asked for; all that is set must
// hold.
type ListWebhooksParams struct {
	EventID, URL, Status string

	PageParams
}

// List returns one page of webhooks, newest first.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/webhook/readOutgoingData.md
func (s *WebhooksService) List(ctx context.Context, p ListWebhooksParams) (*Page[Webhook], error) {
	q := pageQuery(p.StartKey, p.Limit)
	set(q, "eventId", p.EventID)
	set(q, "url", p.URL)
	set(q, "status", p.Status)
	return list[Webhook](ctx, s.c, call{method: http.MethodGet, path: webhooksPath, query: q}, "webhookList")
}

// All walks over all webhooks. It ends after the first error, which comes with
// a nil webhook.
func (s *WebhooksService) All(ctx context.Context, p ListWebhooksParams) iter.Seq2[*Webhook, error] {
	return all(p.StartKey, func(startKey string) (*Page[Webhook], error) {
		p := p
		p.StartKey = startKey
		return s.List(ctx, p)
	})
}

// WebhookParams is a webhook to be made or changed. What is left out of a change
// stays as it is (G).
type WebhookParams struct {
	EventID     string `json:"eventId,omitempty"` // such as [EventSingleReport]
	URL         string `json:"url,omitempty"`     // https
	Secret      string `json:"secret,omitempty"`
	Name        string `json:"name,omitempty"`
	IsTemporary bool   `json:"isTemporary,omitempty"`
	Status      string `json:"status,omitempty"` // ACTIVE, INACTIVE; of a change
}

// String leaves the secret out.
func (p WebhookParams) String() string {
	return "coolsms.WebhookParams(" + p.EventID + " " + p.URL + " " + p.Status + ")"
}

// LogValue is String.
func (p WebhookParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Create makes a webhook.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/webhook/createOutgoingData.md
func (s *WebhooksService) Create(ctx context.Context, p WebhookParams) (*Webhook, error) {
	return fetch(ctx, s.c, call{method: http.MethodPost, path: webhooksPath, body: p}, nameOfWebhook)
}

// Update changes a webhook.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/webhook/updateOutgoingData.md
func (s *WebhooksService) Update(ctx context.Context, webhookID string, p WebhookParams) (*Webhook, error) {
	path, err := idPath(webhooksPath, webhookID, "")
	if err != nil {
		return nil, err
	}
	return fetch(ctx, s.c, call{method: http.MethodPut, path: path, body: p}, nameOfWebhook)
}

// Delete deletes a webhook.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/webhook/deleteOutgoingData.md
func (s *WebhooksService) Delete(ctx context.Context, webhookID string) error {
	path, err := idPath(webhooksPath, webhookID, "")
	if err != nil {
		return err
	}
	return s.c.do(ctx, call{method: http.MethodDelete, path: path}, &ignored{})
}

// Test lets the provider call an address with a secret, and fails when the
// address did not take it.
//
// https://github.com/solapi/documents/blob/HEAD/api-reference/webhook/sendTestOutgoingData.md
func (s *WebhooksService) Test(ctx context.Context, url, secret string) error {
	body := struct {
		URL    string `json:"url"`
		Secret string `json:"secret"`
	}{url, secret}
	return s.c.do(ctx, call{method: http.MethodPost, path: "/webhook/v1/outgoing-test", body: body}, &ignored{})
}
