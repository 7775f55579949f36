package coolsms

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/internal/transport"
)

const (
	defaultBaseURL   = "https://api.coolsms.co.kr"
	defaultUserAgent = "sinpyo-coolsms/1 (+https://github.com/sinpyo/sinpyo)"
	defaultRetries   = 2
)

// Client calls the API with one key. It is safe for concurrent use.
type Client struct {
	Groups         *GroupsService         // groups of messages: the way texts are sent
	Messages       *MessagesService       // sending at once; what became of messages; statistics
	Cash           *CashService           // the account's money
	Pricing        *PricingService        // what messages cost
	SenderNumbers  *SenderNumbersService  // the numbers texts may be sent from
	Files          *FilesService          // pictures and documents
	Webhooks       *WebhooksService       // the addresses that the provider reports to
	KakaoChannels  *KakaoChannelsService  // the Kakao channels messages may be sent from
	KakaoTemplates *KakaoTemplatesService // the texts that AlimTalk may send
	Blocks         *BlocksService         // whom nothing is sent to
	Account        *AccountService        // the account's limits, and whose key it is

	base      string // no slash at its end
	http      *http.Client
	userAgent string
	log       *slog.Logger
	retries   int
	signer    signer
	wrap      func(http.RoundTripper) http.RoundTripper
	err       error // what is wrong with the way the client was made
}

// An Option changes how a [Client] works.
type Option func(*Client)

// WithBaseURL sets another address of the API, such as a test server's. The
// default is https://api.coolsms.co.kr.
func WithBaseURL(address string) Option {
	return func(c *Client) {
		base, ok := transport.Base(address)
		if !ok {
			c.err = errors.Join(c.err, errors.New("coolsms: the base URL must be like "+defaultBaseURL))
			return
		}
		c.base = base
	}
}

// WithHTTPClient sets the client that carries the calls. It is copied, and the
// copy follows no redirects: a call must not be repeated at another address.
// The default has time-outs for every stage and keeps 64 idle connections.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) {
		if h != nil {
			own := *h
			c.http = &own
		}
	}
}

// WithTransport puts something between the client and what carries its calls,
// to watch them: wrap is given the one and returns the other. It sees requests
// with key, numbers and texts.
func WithTransport(wrap func(http.RoundTripper) http.RoundTripper) Option {
	return func(c *Client) {
		if wrap != nil {
			c.wrap = wrap
		}
	}
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(s string) Option { return func(c *Client) { c.userAgent = s } }

// WithLogger logs every attempt at level debug: method, path, status, time
// taken, error. Neither key nor numbers nor texts are logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *Client) {
		if l != nil {
			c.log = l
		}
	}
}

// WithClock sets where the time comes from that requests are dated with.
func WithClock(now func() time.Time) Option {
	return func(c *Client) {
		if now != nil {
			c.signer.now = now
		}
	}
}

// WithRand sets where salts come from, 16 bytes for each attempt. Reads are not
// made at the same time. The default is crypto/rand.
func WithRand(r io.Reader) Option {
	return func(c *Client) {
		if r != nil {
			c.signer.rand = transport.Locked(r)
		}
	}
}

// WithRetry sets how often a call is repeated at most: one that only reads
// after any temporary failure, any other only when no connection came about.
// 0 turns repeats off; the default is 2.
func WithRetry(n int) Option { return func(c *Client) { c.retries = max(n, 0) } }

// New returns a client that signs with key and secret. What is wrong with them
// or with an option is returned by every call.
func New(key, secret string, opts ...Option) *Client {
	c := &Client{
		base:      defaultBaseURL,
		userAgent: defaultUserAgent,
		log:       slog.New(slog.DiscardHandler),
		retries:   defaultRetries,
		signer:    newSigner(key, secret),
	}
	if key == "" || secret == "" {
		c.err = errors.New("coolsms: API key or secret is missing: make them in the CoolSMS console")
	}
	for _, o := range opts {
		o(c)
	}
	if c.http == nil {
		c.http = &http.Client{Transport: transport.New(64), Timeout: 30 * time.Second}
	}
	if c.wrap != nil {
		carrier := c.http.Transport
		if carrier == nil {
			carrier = http.DefaultTransport
		}
		own := *c.http
		own.Transport = c.wrap(carrier)
		c.http = &own
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	c.Groups = &GroupsService{c}
	c.Messages = &MessagesService{c}
	c.Cash = &CashService{c}
	c.Pricing = &PricingService{c}
	c.SenderNumbers = &SenderNumbersService{c}
	c.Files = &FilesService{c}
	c.Webhooks = &WebhooksService{c}
	c.KakaoChannels = &KakaoChannelsService{c}
	c.KakaoTemplates = &KakaoTemplatesService{c}
	c.Blocks = &BlocksService{c}
	c.Account = &AccountService{c}
	return c
}

// String names the client by its address and the end of its key.
func (c *Client) String() string {
	return "coolsms.Client(" + c.base + ", key ending " + c.signer.keyEnd + ")"
}

// LogValue is String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format writes String for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }
