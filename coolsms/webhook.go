package coolsms

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// maxWebhook is the most of a delivery that is read, in bytes. Third parties saw
// at most 100 reports in one.
const maxWebhook = 4 << 20

// WebhookDelivery is what the provider reports in one request.
type WebhookDelivery struct {
	Event string        // [EventSingleReport] and the others; unknown ones are kept
	Items []WebhookItem // in the order they came

	// Raw is the body as it came.
	Raw json.RawMessage
}

// WebhookItem is one report. Deliveries repeat and overtake each other: what
// makes a report the same one again is its Key.
type WebhookItem struct {
	EventDataID string // "" in the flat form, which has none
	RetryCount  int    // 0 in the flat form

	Report *Report // of one message; nil for other events
	Group  *Group  // of [EventGroupReport]; nil for other events

	// Data is the report as it came.
	Data json.RawMessage
}

// Key tells this report from others: the message and its status, or the group
// and its status, or what the provider calls the item.
func (i *WebhookItem) Key() string {
	switch {
	case i.Report != nil:
		return i.Report.MessageID + " " + string(i.Report.StatusCode)
	case i.Group != nil:
		return i.Group.GroupID + " " + string(i.Group.Status)
	}
	return i.EventDataID
}

// Report says what became of one message. Nothing binds it to the provider but
// a secret that is the same every time: take it for a hint, and list the message
// when much depends on it.
type Report struct {
	MessageID     string            `json:"messageId"`
	GroupID       string            `json:"groupId"`
	Type          MessageType       `json:"type"`
	To            string            `json:"to"`
	From          string            `json:"from"`
	StatusCode    StatusCode        `json:"statusCode"`
	StatusMessage string            `json:"statusMessage"` // Korean prose
	NetworkCode   string            `json:"networkCode"`
	CustomFields  map[string]string `json:"customFields"`

	DateProcessed *time.Time `json:"-"` // handed to the carrier; nil if it was not
	DateReported  *time.Time `json:"-"` // the carrier's report came in
	DateReceived  *time.Time `json:"-"` // on the phone, by the carrier's word; nil if it is not
}

// String tells id, status and recipient, the latter masked.
func (r Report) String() string {
	return "coolsms.Report(" + r.MessageID + " " + string(r.StatusCode) + " to " + mask(r.To) + ")"
}

// LogValue is String.
func (r Report) LogValue() slog.Value { return slog.StringValue(r.String()) }

// UnmarshalJSON reads the provider's form.
func (r *Report) UnmarshalJSON(raw []byte) error {
	type plain Report
	wire := struct {
		*plain
		DateProcessed stamp `json:"dateProcessed"`
		DateReported  stamp `json:"dateReported"`
		DateReceived  stamp `json:"dateReceived"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	r.DateProcessed, r.DateReported, r.DateReceived = wire.DateProcessed.ptr(), wire.DateReported.ptr(), wire.DateReceived.ptr()
	return nil
}

// WebhookHandler returns a handler that takes the provider's reports. It gives
// receive those that carry the secret, which is compared in constant time, and
// answers 200 once receive has returned nil; anything else makes the provider
// send them again, some five times in all, so receive must bear repeats.
// The provider waits about five seconds.
//
// Others are answered 405 when they are no POST, 401 without the secret, 413
// above 4 MiB, 400 when the body has another form, and 500 when receive failed.
// An empty secret admits nobody.
//
// Serve it over HTTPS alone: the secret is the same in every request.
func WebhookHandler(secret string, receive func(context.Context, *WebhookDelivery) error) http.Handler {
	want := []byte(SecretHash(secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed)
			return
		}
		if got := []byte(r.Header.Get("X-Solapi-Secret")); subtle.ConstantTimeCompare(got, want) != 1 || secret == "" {
			refuse(w, http.StatusUnauthorized)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
		if err != nil {
			status := http.StatusBadRequest
			var big *http.MaxBytesError
			if errors.As(err, &big) {
				status = http.StatusRequestEntityTooLarge
			}
			refuse(w, status)
			return
		}
		d, err := readDelivery(r.Header.Get("X-Solapi-Event-Name"), raw)
		if err != nil {
			refuse(w, http.StatusBadRequest)
			return
		}
		if err := receive(r.Context(), d); err != nil {
			refuse(w, http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }

// readDelivery reads a body, whose items are reports, or envelopes with a report
// in each.
func readDelivery(event string, raw []byte) (*WebhookDelivery, error) {
	var bodies []json.RawMessage
	if err := json.Unmarshal(raw, &bodies); err != nil {
		return nil, err
	}
	if bodies == nil {
		return nil, errNoItems
	}
	d := &WebhookDelivery{Event: event, Items: make([]WebhookItem, len(bodies)), Raw: raw}
	for i, body := range bodies {
		if err := d.Items[i].read(event, body); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (i *WebhookItem) read(event string, body json.RawMessage) error {
	var envelope struct {
		EventDataID string          `json:"eventDataId"`
		RetryCount  int             `json:"retryCount"`
		Data        json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return err
	}
	i.EventDataID, i.RetryCount, i.Data = envelope.EventDataID, envelope.RetryCount, body
	if envelope.Data != nil {
		i.Data = envelope.Data
	}
	switch event {
	case EventSingleReport:
		i.Report = &Report{}
		if err := json.Unmarshal(i.Data, i.Report); err != nil {
			return err
		}
		if i.Report.MessageID == "" {
			return errNoMessage
		}
	case EventGroupReport:
		i.Group = &Group{}
		if err := json.Unmarshal(i.Data, i.Group); err != nil {
			return err
		}
		if i.Group.GroupID == "" {
			return errNoGroup
		}
		i.Group.Raw = i.Data
	}
	return nil
}
