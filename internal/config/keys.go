package config

import (
	"net/netip"
	"strings"
)

// key is one setting.
type key struct {
	name string
	def  string // its default, as it would be written
	// set reads the text into the settings. Its error goes on where the name
	// of the setting ends: "must be …".
	set func(s *Settings, text string) error
	// show hides what is secret in a text; nil when nothing is.
	show func(text string) string
}

// env returns the environment variable of a setting.
func (k key) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// secret reports whether the setting may be given as a file.
func (k key) secret() bool { return k.show != nil }

// keys are all settings, in the order they are shown.
var keys = []key{
	{"listen", "127.0.0.1:8080", listener(func(s *Settings) *string { return &s.Listen }), nil},
	{"public_url", "http://localhost:8080", setPublicURL, nil},
	{"console_listen", "127.0.0.1:8081", listener(func(s *Settings) *string { return &s.ConsoleListen }), nil},
	{"console_url", "http://localhost:8081", setConsoleURL, nil},
	{"console_networks", "", networks(func(s *Settings) *[]netip.Prefix { return &s.ConsoleNetworks }), nil},
	{"metrics_listen", "127.0.0.1:9090", listener(func(s *Settings) *string { return &s.MetricsListen }), nil},
	{"sandbox_listen", "127.0.0.1:8910", listener(func(s *Settings) *string { return &s.SandboxListen }), nil},
	{"data_dir", "./sinpyo-data", setDataDir, nil},
	{"database_url", "sqlite", setDatabaseURL, redactURL},
	{"master_key_file", "", plain(func(s *Settings) *string { return &s.MasterKeyFile }), nil},
	{"coolsms.api_key", "", secret(func(s *Settings) *Secret { return &s.CoolSMS.APIKey }), dots},
	{"coolsms.api_secret", "", secret(func(s *Settings) *Secret { return &s.CoolSMS.APISecret }), dots},
	{"coolsms.sender", "", setSender, nil},
	{"coolsms.sender_by_purpose", "", setSenderByPurpose, nil},
	{"coolsms.second_sender", "", setSecondSender, nil},
	{"coolsms.calls_per_second", "50", count(func(s *Settings) *int { return &s.CoolSMS.CallsPerSecond }, 1, 10_000), nil},
	{"coolsms.balance_floor", "0", count(func(s *Settings) *int { return &s.CoolSMS.BalanceFloor }, 0, 1_000_000_000), nil},
	{"coolsms.webhook_secret", "", secret(func(s *Settings) *Secret { return &s.CoolSMS.WebhookSecret }), dots},
	{"coolsms.base_url", "https://api.coolsms.co.kr", setProviderURL, nil},
	{"service.name", "신표", setServiceName, nil},
	{"service.host", "", setServiceHost, nil},
	{"service.logo", "", plain(func(s *Settings) *string { return &s.Service.Logo }), nil},
	{"service.brand", "", setBrand, nil},
	{"service.support", "", setSupport, nil},
	{"service.return_to", "", setReturnTo, nil},
	{"accounts.password", "optional", setPasswordPolicy, nil},
	{"accounts.password_least", "8", count(func(s *Settings) *int { return &s.Accounts.PasswordLeast }, 8, 64), nil},
	{"accounts.argon2_memory", "64", count(func(s *Settings) *int { return &s.Accounts.Argon2Memory }, 19, 1024), nil},
	{"accounts.argon2_time", "3", count(func(s *Settings) *int { return &s.Accounts.Argon2Time }, 1, 20), nil},
	{"accounts.second_proof_days", "90", count(func(s *Settings) *int { return &s.Accounts.SecondProofDays }, 30, 365), nil},
	{"accounts.recovery_wait", "24h", setRecoveryWait, nil},
	{"accounts.dormant_after_days", "0", setDormantAfterDays, nil},
	{"pages_dir", "", plain(func(s *Settings) *string { return &s.PagesDir }), nil},
	{"limits.application_per_minute", "120", count(func(s *Settings) *int { return &s.Limits.ApplicationPerMinute }, 1, 1_000_000), nil},
	{"limits.installation_per_minute", "300", count(func(s *Settings) *int { return &s.Limits.InstallationPerMinute }, 1, 1_000_000), nil},
	{"limits.won_per_day", "50000", count(func(s *Settings) *int { return &s.Limits.WonPerDay }, 0, 1_000_000_000), nil},
	{"limits.shadow", "", plain(func(s *Settings) *string { return &s.Limits.Shadow }), nil},
	{"log_level", "info", setLogLevel, nil},
	{"tracing.endpoint", "", setTracingEndpoint, nil},
	{"tracing.ratio", "0.01", ratio(func(s *Settings) *float64 { return &s.Tracing.Ratio }), nil},
	{"retention_days", "90", count(func(s *Settings) *int { return &s.RetentionDays }, 1, 365), nil},
	{"retention.message_days", "730", count(func(s *Settings) *int { return &s.Retention.MessageDays }, 1, 3650), nil},
	{"retention.left_consents_days", "1095", count(func(s *Settings) *int { return &s.Retention.LeftConsentsDays }, 1, 3650), nil},
	{"consents_file", "", plain(func(s *Settings) *string { return &s.ConsentsFile }), nil},
	{"accounts.guardian_url", "", setGuardianURL, nil},
	{"trusted_proxies", "", networks(func(s *Settings) *[]netip.Prefix { return &s.TrustedProxies }), nil},
	{"tls_cert", "", plain(func(s *Settings) *string { return &s.TLSCert }), nil},
	{"tls_key", "", plain(func(s *Settings) *string { return &s.TLSKey }), nil},
	{"hsts_subdomains", "false", setHSTSSubdomains, nil},
	{"alerts.to", "", plain(func(s *Settings) *string { return &s.AlertsTo }), nil},
}

// find returns the setting called name.
func find(name string) (key, bool) {
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

// names returns the names of all settings.
func names() []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}
