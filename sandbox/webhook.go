package sandbox

import (
	"crypto/sha1" //nolint:gosec // the provider's own form of the secret
	"encoding/hex"
	"net/url"
	"slices"
	"time"
)

// Events a webhook can wait for. FAX-RECEIVE can be registered and never
// happens here.
const (
	singleReport = "SINGLE-REPORT"
	groupReport  = "GROUP-REPORT"
	faxReceive   = "FAX-RECEIVE"
)

// States of a webhook.
const (
	hookActive   = "ACTIVE"
	hookInactive = "INACTIVE"
)

const (
	hookBatch    = 100              // most items in one call
	hookPatience = 25               // failed calls in a row that make a webhook INACTIVE (G)
	hookHeld     = 10 * time.Second // how long webhook_reorder waits for a call to let pass
	maxHooks     = 100
)

// hookWaits are the waits between the five calls of a delivery (G: the
// provider's are unknown).
var hookWaits = [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}

// webhook is an address that is told what became of messages or groups.
type webhook struct {
	id, event, url string
	secret         string // the SHA-1 hex of the secret that was set, or empty
	name           string
	temporary      bool
	status         string
	fails          int // failed calls in a row
	last           string
	created        time.Time
	updated        time.Time

	queue []report    // not called for yet
	ready []*delivery // another call is due
	later []*delivery // wait for their time in the agenda
	held  []*delivery // let another call pass first
	taken *delivery   // whose call is under way
	busy  bool        // a goroutine makes its calls
}

// report is one item of a webhook's body: a message or a group that ended.
type report struct {
	id      string // eventDataId, the same in every call
	message *message
	group   *group
}

// delivery is the items of one call, and how often it was made.
type delivery struct {
	reports []report
	tries   int
	faulted bool // a fault has had its turn
}

// secretHex is the form in which the provider shows and sends a secret.
func secretHex(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha1.Sum([]byte(secret)) //nolint:gosec // the provider's own form
	return hex.EncodeToString(sum[:])
}

// hookProblem reports what is wrong with a webhook given from outside.
func hookProblem(event, address string) error {
	if event != singleReport && event != groupReport && event != faxReceive {
		return errValidation.because("eventId는 SINGLE-REPORT, GROUP-REPORT, FAX-RECEIVE 중 하나여야 합니다.") // G
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(address) > 2048 {
		return errValidation.because("url이 올바르지 않습니다.")
	}
	return nil
}

// newHookID makes an id of the form WH01WH, WH01ED and the like have: the UTC
// time to the millisecond and 11 random characters.
func (w *world) newHookID(prefix string) string {
	t := w.now.UTC()
	return prefix + t.Format("060102150405") + t.Format(".000")[1:] + randomText(w.chance, 11)
}

func (w *world) hook(id string) *webhook {
	for _, h := range w.hooks { // a handful
		if h.id == id {
			return h
		}
	}
	return nil
}

// announce enters a report for every webhook that waits for its event.
func (w *world) announce(event string, r report) {
	for _, h := range w.hooks {
		if h.event != event || h.status != hookActive {
			continue
		}
		if len(h.queue) >= w.set.keep {
			h.queue = h.queue[1:] // the oldest leave first, as everywhere
		}
		r.id = w.newHookID("WH01ED")
		h.queue = append(h.queue, r)
	}
}

// owed reports whether a call can be made to a webhook now.
func (h *webhook) owed() bool { return !h.busy && len(h.ready)+len(h.queue) > 0 }

// take returns the delivery a webhook is owed next: one that is due again, or
// up to a hundred new reports. It returns nil when nothing is owed.
func (h *webhook) take() *delivery {
	if len(h.ready) > 0 {
		d := h.ready[0]
		h.ready = h.ready[1:]
		return d
	}
	n := min(len(h.queue), hookBatch)
	if n == 0 {
		return nil
	}
	d := &delivery{reports: slices.Clone(h.queue[:n])}
	if h.queue = h.queue[n:]; len(h.queue) == 0 {
		h.queue = nil
	}
	return d
}

// book writes down how a call ended: anything but 200 is tried again, five
// times in all, and a webhook that only fails becomes INACTIVE (G).
func (w *world) book(h *webhook, d *delivery, outcome string) {
	h.last = outcome
	if outcome == hookSuccess {
		h.fails = 0
		h.letPass()
		return
	}
	h.fails++
	h.updated = w.now
	d.tries++
	if h.fails >= hookPatience {
		h.rest()
		return
	}
	if d.tries <= len(hookWaits) {
		w.deliverAfter(hookWaits[d.tries-1], h, d)
	}
	h.letPass()
}

// deliverAfter owes a delivery again after a while.
func (w *world) deliverAfter(wait time.Duration, h *webhook, d *delivery) {
	h.later = append(h.later, d)
	w.after(wait, func(*world) { h.bring(&h.later, d) })
}

// bring owes a delivery that waits in a list, unless it was given up there.
func (h *webhook) bring(list *[]*delivery, d *delivery) {
	if i := slices.Index(*list, d); i >= 0 {
		*list = slices.Delete(*list, i, i+1)
		h.ready = append(h.ready, d)
	}
}

// hold keeps a delivery back until another call to the webhook was made.
func (w *world) hold(h *webhook, d *delivery) {
	h.held = append(h.held, d)
	w.after(hookHeld, func(*world) { h.bring(&h.held, d) })
}

// letPass owes what was held back, now that another call was made.
func (h *webhook) letPass() {
	h.ready = append(h.ready, h.held...)
	h.held = nil
}

// rest makes a webhook INACTIVE. What it was owed is lost.
func (h *webhook) rest() {
	h.status = hookInactive
	h.queue, h.ready, h.later, h.held = nil, nil, nil, nil
}

// waiting returns the reports a webhook has not taken yet.
func (h *webhook) waiting() []report {
	var out []report
	if h.taken != nil {
		out = append(out, h.taken.reports...)
	}
	for _, list := range [][]*delivery{h.ready, h.held, h.later} {
		for _, d := range list {
			out = append(out, d.reports...)
		}
	}
	return append(out, h.queue...)
}
