package sandbox

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Option sets one property of a Sandbox.
type Option func(*settings)

// Quirks are the places where the documents contradict each other or real
// clients need leniency. The zero value follows the newest documents.
type Quirks struct {
	// AllowReplay accepts a signature used before (solapi-go repeats its header
	// on its own retries) instead of answering DuplicatedSignature.
	AllowReplay bool
	// AcceptLatePuts takes messages into a group that is no longer PENDING.
	// They are stored and never sent.
	AcceptLatePuts bool
	// CancelFails makes a cancelled schedule FAILED (documents of 2021) instead
	// of PENDING (documents of 2018 and 2026).
	CancelFails bool
	// OldRefusals answers a message that /send refuses with InvalidStatusCode
	// (documents of 2018) instead of FailedToAddMessage.
	OldRefusals bool
	// AnswerRefused answers it with 200 and the status code of the refusal, as
	// the same documents allow. It goes before OldRefusals.
	AnswerRefused bool
	// EnvelopeReports wraps each item of a webhook's body as {eventDataId, data,
	// retryCount} (models of solapi-python) instead of sending it flat.
	EnvelopeReports bool
}

// link is an address shown in the strip at the top of the page.
type link struct{ Name, URL string }

type settings struct {
	key          string // the first of keys
	keys         map[string]string
	drawnKey     bool // no option gave a key
	senders      []Sender
	balance      int64
	point        int64
	prices       map[string]int64
	priceJSON    json.RawMessage // prices as groups show them
	now          func() time.Time
	manual       bool
	carrierDelay time.Duration
	reportDelay  time.Duration
	rand         io.Reader
	logger       *slog.Logger
	links        []link
	keep         int
	quirks       Quirks
	hookClient   *http.Client
	bodyTime     time.Duration
}

func defaults() settings {
	return settings{
		keys:    map[string]string{},
		balance: 10_000,
		// Won per text in Korea, from the published samples (G: VOICE).
		prices:       map[string]int64{"SMS": 20, "LMS": 50, "MMS": 200, "ATA": 19, "CTA": 13, "CTI": 20, "VOICE": 50},
		now:          time.Now,
		carrierDelay: 300 * time.Millisecond,
		reportDelay:  time.Second,
		rand:         rand.Reader,
		logger:       slog.New(slog.DiscardHandler),
		keep:         100_000,
		bodyTime:     bodyTime,
		hookClient: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // only 200 is success
		}},
	}
}

// complete fills what the options left open.
func (set *settings) complete() {
	set.rand = &serialReader{r: set.rand}
	if len(set.keys) == 0 {
		chance := bufio.NewReader(set.rand)
		set.key = "NCS" + randomText(chance, 13)
		set.keys[set.key] = randomText(chance, 32)
		set.drawnKey = true
	}
	set.priceJSON = set.priceList()
	if len(set.senders) == 0 {
		set.senders = []Sender{{PhoneNumber: "0215770000", ExpireAt: set.now().AddDate(0, 6, 0)}}
	}
}

// WithKey makes the account answer to this API key and secret. Given more than
// once, each pair works and Key returns the first.
func WithKey(key, secret string) Option {
	return func(set *settings) {
		if len(set.keys) == 0 {
			set.key = key
		}
		set.keys[key] = secret
	}
}

// WithSender registers an ACTIVE sender number that lapses at expiry (the zero
// time: never), in place of the default one. It may be given more than once.
func WithSender(number string, expiry time.Time) Option {
	return func(set *settings) {
		set.senders = append(set.senders, Sender{PhoneNumber: number, ExpireAt: expiry})
	}
}

// WithBalance sets the money at the start, in won: balance and points. Points
// are spent first.
func WithBalance(balance, point int64) Option {
	return func(set *settings) { set.balance, set.point = balance, point }
}

// WithPrice sets what one text of a type ("SMS", "LMS", ...) costs, in won.
func WithPrice(kind string, won int64) Option {
	return func(set *settings) { set.prices[kind] = won }
}

// WithClock takes the time from now and starts no timer: what is due happens
// at the next call or at Settle. With WithRand it makes a Sandbox deterministic.
func WithClock(now func() time.Time) Option {
	return func(set *settings) { set.now, set.manual = now, true }
}

// WithRand takes ids and the chance of faults from r instead of the operating
// system. Reads are serialised.
func WithRand(r io.Reader) Option { return func(set *settings) { set.rand = r } }

// WithCarrierDelay sets how long after the send a text is handed to the
// carrier (2000 to 3000); the default is 300 ms.
func WithCarrierDelay(d time.Duration) Option {
	return func(set *settings) { set.carrierDelay = max(d, 0) }
}

// WithReportDelay sets how long after the send the final report comes (3000 to
// 4000 or the number's fate); the default is 1 s. With 0 a text is delivered
// before the send call returns.
func WithReportDelay(d time.Duration) Option {
	return func(set *settings) { set.reportDelay = max(d, 0) }
}

// WithLogger logs one debug line per call: method, route, status, never a body,
// a number or a secret. Without it nothing is logged.
func WithLogger(l *slog.Logger) Option { return func(set *settings) { set.logger = l } }

// WithLink adds an address to the strip at the top of the phone page, such as
// the sign-up page that sends here. Order is kept.
func WithLink(name, url string) Option {
	return func(set *settings) { set.links = append(set.links, link{name, url}) }
}

// WithKeep bounds how many messages, and how many groups, are remembered; the
// default is 100,000 each. The oldest leave first.
func WithKeep(n int) Option { return func(set *settings) { set.keep = max(n, 1) } }

// WithWebhookClient calls webhooks through c, for receivers that only it can
// reach: one inside the test, or behind a certificate of one's own.
func WithWebhookClient(c *http.Client) Option {
	return func(set *settings) { set.hookClient = c }
}

// WithQuirks turns on behaviour that contradicts the newest documents.
func WithQuirks(q Quirks) Option { return func(set *settings) { set.quirks = q } }
