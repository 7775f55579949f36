package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"time"
)

// Settings are the settings of the program, read and checked.
type Settings struct {
	Listen        string // "host:port"; "" switches a listener off, port 0 takes any
	ConsoleListen string
	MetricsListen string
	SandboxListen string
	PublicURL     *url.URL // an origin: no path, no query
	ConsoleURL    *url.URL

	ConsoleNetworks []netip.Prefix // that the console answers to; none are all

	DataDir       string
	DatabaseURL   Secret // "" is the SQLite file in DataDir, else postgres://…
	MasterKeyFile string // "" is the file in DataDir

	CoolSMS   CoolSMS
	Service   Service
	Accounts  Accounts
	Retention Retention
	Limits    Limits
	Tracing   Tracing

	ConsentsFile string // what is asked at sign-up; "" is built in

	PagesDir       string // a folder with templates and texts of the operator's; "" is none
	LogLevel       slog.Level
	RetentionDays  int // how long ended verifications are kept
	TrustedProxies []netip.Prefix
	TLSCert        string // both paths are "" when a proxy in front speaks TLS
	TLSKey         string
	HSTSSubdomains bool
	AlertsTo       string // a number as it was typed; "" for none
}

// CoolSMS are the settings of the provider.
type CoolSMS struct {
	APIKey    Secret
	APISecret Secret
	Sender    string // 8 to 11 digits
	BaseURL   string

	SenderByPurpose map[string]string // other sender numbers, by purpose
	SecondSender    string            // in place of one that is refused; "" for none
	CallsPerSecond  int
	BalanceFloor    int    // in won; 0 asks for no balance
	WebhookSecret   Secret // "" takes no reports
}

// Service is the service that people sign up for: what the built-in
// application's texts say, and how the pages look.
type Service struct {
	Name     string
	Host     string
	Logo     string   // a file; "" shows the name
	Brand    string   // a colour, "#256ef4"; "" is the built-in one
	Support  string   // where people ask for help; "" for nowhere
	ReturnTo []string // addresses that the pages may lead back to
}

// Accounts are the settings of members' accounts, and of what members prove
// themselves with beside their number.
type Accounts struct {
	GuardianURL   string // where somebody under 14 goes on; "" is nowhere
	Password      string // off, optional or required
	PasswordLeast int    // characters
	Argon2Memory  int    // of one hash, in MiB
	Argon2Time    int    // passes of one hash

	SecondProofDays  int           // after which a number alone does not open an account
	RecoveryWait     time.Duration // of a recovery without a second proof; 0 is never
	DormantAfterDays int           // 0 is never
}

// Retention are the periods that are not RetentionDays.
type Retention struct {
	LeftConsentsDays int // how long the consents of members who left are kept apart
	MessageDays      int // how long messages are kept, after RetentionDays without their number
}

// Tracing says where spans go.
type Tracing struct {
	Endpoint string  // the address of an OTLP receiver; "" for no tracing
	Ratio    float64 // of the requests that are traced, 0 to 1
}

// Limits are the ceilings of an installation.
type Limits struct {
	ApplicationPerMinute  int
	InstallationPerMinute int
	WonPerDay             int
	Shadow                string // names of rules that decide and refuse nothing
}

// Secret is a text that prints as dots; Reveal returns it.
type Secret string

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns dots, or "" for no secret.
func (s Secret) String() string { return dots(string(s)) }

// GoString returns what String returns, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue returns what String returns.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String returns, for JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// dots hides a text and its length.
func dots(text string) string {
	if text == "" {
		return ""
	}
	return "••••••••"
}
