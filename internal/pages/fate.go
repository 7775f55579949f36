package pages

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// The states of a text as the person who waits for it sees them. Style sheet
// and script know them by these names.
const (
	sending   = "sending"   // not at the provider yet
	sent      = "sent"      // taken by the provider; never shown as arrived
	delivered = "delivered" // the phone has it
	failed    = "failed"    // it will not arrive
	over      = "over"      // the verification no longer waits for it
)

// fate is what became of a text, in words.
type fate struct {
	State string
	Text  string // for a failure, one of three sentences
	Class string // of a failure: unreachable, cannot_receive or ours
}

// fate says what became of a message.
func (v *visit) fate(m outbox.Message) fate {
	switch m.Status {
	case outbox.Queued, outbox.Sending:
		return fate{State: sending, Text: v.locale.say("fate.sending")}
	case outbox.Accepted, outbox.Unknown:
		text := v.locale.say("fate.sent")
		if usual := v.usual(); usual != "" {
			text = v.locale.say("fate.sent.usual", "time", usual)
		}
		return fate{State: sent, Text: text}
	case outbox.Delivered:
		return fate{State: delivered, Text: v.locale.say("fate.delivered")}
	}
	// undelivered, rejected or dropped. Three coarse sentences, so that the
	// page is no oracle about strangers' phones.
	class := m.Failure()
	if class == outbox.None {
		class = outbox.Ours
	}
	return fate{State: failed, Text: v.locale.say("undelivered." + string(class)), Class: string(class)}
}

// usual says how long texts take these days, or nothing when nobody knows.
func (v *visit) usual() string {
	if v.arrival == nil {
		return ""
	}
	took, ok := v.arrival()
	if !ok {
		return ""
	}
	return v.locale.span(max(took, time.Second))
}

// messageBody is the answer of GET /signup/message. It holds nothing personal.
type messageBody struct {
	State   string `json:"state"`
	Text    string `json:"text"`
	Expires int    `json:"expires"` // seconds until the code runs out
	Resend  int    `json:"resend"`  // seconds until another text can be asked for
}

// message tells the script of the waiting page what became of the text. A page
// that asks keeps the provider being asked, too.
func (v *visit) message() error {
	body := messageBody{State: over}
	if v.flow.id != "" {
		stored, err := v.verify.Watch(v.r.Context(), v.ref())
		if err != nil && fault.As(err) == nil {
			return err
		}
		if err == nil && stored.Status == verify.Pending {
			f, now := v.fate(stored.Message), v.now()
			body = messageBody{
				State: f.State, Text: f.Text,
				Expires: seconds(stored.ExpiresAt.Sub(now)),
				Resend:  seconds(stored.ResendAt.Sub(now)),
			}
		}
	}
	answer, err := json.Marshal(body)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(answer) // the visitor may have gone
	return nil
}
