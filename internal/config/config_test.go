package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/config"
)

// write puts a settings file into a directory of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sinpyo.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, src config.Source) *config.Config {
	t.Helper()
	c, err := config.Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoad_Defaults(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, config.Source{})
	var got []string
	for _, v := range c.Values() {
		if v.Origin != "default" {
			t.Errorf("%s comes from %q, want default", v.Name, v.Origin)
		}
		got = append(got, v.Name+"="+v.Value)
	}
	want := []string{
		"listen=127.0.0.1:8080", "public_url=http://localhost:8080",
		"console_listen=127.0.0.1:8081", "console_url=http://localhost:8081", "console_networks=",
		"metrics_listen=127.0.0.1:9090", "sandbox_listen=127.0.0.1:8910",
		"data_dir=./sinpyo-data", "database_url=sqlite", "master_key_file=",
		"coolsms.api_key=", "coolsms.api_secret=", "coolsms.sender=",
		"coolsms.sender_by_purpose=", "coolsms.second_sender=", "coolsms.calls_per_second=50", "coolsms.balance_floor=0", "coolsms.runway_days=7",
		"coolsms.webhook_secret=", "coolsms.base_url=https://api.coolsms.co.kr",
		"service.name=신표", "service.host=localhost", "service.logo=", "service.brand=", "service.support=", "service.return_to=",
		"accounts.password=optional", "accounts.password_least=8", "accounts.argon2_memory=64", "accounts.argon2_time=3",
		"accounts.second_proof_days=90", "accounts.recovery_wait=24h", "accounts.dormant_after_days=0",
		"pages_dir=",
		"limits.application_per_minute=120", "limits.installation_per_minute=300", "limits.won_per_day=50000",
		"limits.shadow=", "log_level=info", "tracing.endpoint=", "tracing.ratio=0.01", "retention_days=90",
		"retention.message_days=730", "retention.left_consents_days=1095", "consents_file=", "accounts.guardian_url=", "trusted_proxies=", "tls_cert=", "tls_key=", "hsts_subdomains=false", "alerts.to=",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoad_LaterLayersWin(t *testing.T) {
	t.Parallel()
	path := write(t, `
		listen = "127.0.0.1:1"
		console_listen = "127.0.0.1:2"
		metrics_listen = "127.0.0.1:3"
		public_url = "https://ID.example.kr/"
		trusted_proxies = ["10.0.0.0/8", "192.0.2.1"]
		[limits]
		won_per_day = 1000
		[coolsms]
		sender = "02-1577-0000"
		[service]
		name = "오픈인증"
	`)
	c := mustLoad(t, config.Source{
		File: path,
		Environ: []string{
			"PATH=/bin", "SINPYO_CONSOLE_LISTEN=", "SINPYO_METRICS_LISTEN=127.0.0.1:30",
			"SINPYO_COOLSMS_API_KEY=NCSKEY", "SINPYO_COOLSMS_API_SECRET=hush", "SINPYO_TEST_DATABASE=x", "SINPYO_CRASH_AT=put",
		},
		Flags: map[string]string{"metrics_listen": "127.0.0.1:300"},
	})
	got := []string{c.Listen, c.ConsoleListen, c.MetricsListen, c.PublicURL.String(), c.Service.Host, c.CoolSMS.Sender,
		c.Service.Name, fmt.Sprint(c.Limits.WonPerDay), fmt.Sprint(c.TrustedProxies), c.CoolSMS.APISecret.Reveal()}
	want := []string{"127.0.0.1:1", "", "127.0.0.1:300", "https://id.example.kr", "id.example.kr", "0215770000",
		"오픈인증", "1000", "[10.0.0.0/8 192.0.2.1/32]", "hush"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	origins := map[string]string{}
	for _, v := range c.Values() {
		origins[v.Name] = v.Origin
	}
	for name, want := range map[string]string{
		"listen": path, "console_listen": "environment SINPYO_CONSOLE_LISTEN", "metrics_listen": "flag", "data_dir": "default",
	} {
		if got := origins[name]; got != want {
			t.Errorf("%s comes from %q, want %q", name, got, want)
		}
	}
}

func TestLoad_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		src  config.Source
		want string
	}{
		{"an unknown setting", toml(t, "lisen = \":1\""), "there is no setting lisen; did you mean listen?"},
		{"an unknown setting in a table", toml(t, "[coolsms]\napi_keys = 1"), "there is no setting coolsms.api_keys; did you mean coolsms.api_key?"},
		{"a setting like no other", toml(t, "frobnicate = 1"), "there is no setting frobnicate; sinpyo config show lists what there is"},
		{"an unknown variable", env("SINPYO_LISTN=:1"), "there is no variable SINPYO_LISTN; did you mean SINPYO_LISTEN?"},
		{"a file for what is no secret", env("SINPYO_LISTEN_FILE=/x"), "there is no variable SINPYO_LISTEN_FILE; did you mean SINPYO_LISTEN?"},
		{"an unknown flag", flag("listne", ":1"), "there is no setting listne; did you mean listen?"},
		{"a secret as a flag", flag("coolsms.api_secret", "hush"), "coolsms.api_secret may not stand in an argument"},
		{"a secret twice", env("SINPYO_COOLSMS_API_KEY=a", "SINPYO_COOLSMS_API_KEY_FILE=/b"),
			"SINPYO_COOLSMS_API_KEY and SINPYO_COOLSMS_API_KEY_FILE are both set: keep one"},
		{"a secret's file that is missing", env("SINPYO_COOLSMS_API_KEY_FILE=/nowhere/key"), "SINPYO_COOLSMS_API_KEY_FILE: open /nowhere/key"},
		{"half a key", env("SINPYO_COOLSMS_API_KEY=a"), "coolsms.api_key and coolsms.api_secret belong together"},
		{"a policy of its own", env("SINPYO_ACCOUNTS_PASSWORD=perhaps"), `accounts.password must be off, optional or required; got "perhaps"`},
		{"short passwords", env("SINPYO_ACCOUNTS_PASSWORD_LEAST=7"), "accounts.password_least must be a whole number from 8 to 64"},
		{"hashes with little memory", env("SINPYO_ACCOUNTS_ARGON2_MEMORY=18"), "accounts.argon2_memory must be a whole number from 19 to 1024"},
		{"hashes in one pass with little memory", env("SINPYO_ACCOUNTS_ARGON2_MEMORY=45", "SINPYO_ACCOUNTS_ARGON2_TIME=1"), "accounts.argon2_time must be 2 at least"},
		{"a number that proves for ever", env("SINPYO_ACCOUNTS_SECOND_PROOF_DAYS=366"), "accounts.second_proof_days must be a whole number from 30 to 365"},
		{"a recovery in minutes", env("SINPYO_ACCOUNTS_RECOVERY_WAIT=30m"), "accounts.recovery_wait must be a time from 1h to 720h"},
		{"a recovery that is no time", env("SINPYO_ACCOUNTS_RECOVERY_WAIT=a day"), "accounts.recovery_wait must be a time from 1h to 720h"},
		{"dormancy within a year", env("SINPYO_ACCOUNTS_DORMANT_AFTER_DAYS=364"), "accounts.dormant_after_days must be a whole number from 365 to 3650, or 0"},
		{"half a certificate", env("SINPYO_TLS_CERT=a"), "tls_cert and tls_key belong together"},
		{"a named file that is missing", config.Source{File: "/nowhere/sinpyo.toml"}, "reading the settings: open /nowhere/sinpyo.toml"},
		{"broken TOML", toml(t, "listen = \"127.0.0.1:1\"\npublic_url = ="), "sinpyo.toml:2: "},
		{"an address without port", env("SINPYO_LISTEN=localhost"), `listen must be host:port, such as 127.0.0.1:8080, or empty; got "localhost" (from environment SINPYO_LISTEN)`},
		{"a port out of range", env("SINPYO_LISTEN=localhost:70000"), "listen must be host:port"},
		{"plain http", env("SINPYO_PUBLIC_URL=http://id.example.kr"), "public_url must be https outside localhost"},
		{"a public address with a path", env("SINPYO_PUBLIC_URL=https://example.kr/id"), "public_url must be scheme and host alone"},
		{"a public address without scheme", env("SINPYO_PUBLIC_URL=example.kr"), "public_url must be an address"},
		{"a plain http provider", env("SINPYO_COOLSMS_BASE_URL=http://api.coolsms.co.kr"), "coolsms.base_url must be https, or http on this machine"},
		{"a provider that hides as localhost", env("SINPYO_COOLSMS_BASE_URL=http://localhost.evil.example"), "coolsms.base_url must be https"},
		{"a sender of letters", env("SINPYO_COOLSMS_SENDER=sinpyo"), "coolsms.sender must be the 8 to 11 digits"},
		{"a short sender", env("SINPYO_COOLSMS_SENDER=1577"), "coolsms.sender must be the 8 to 11 digits"},
		{"a count of words", env("SINPYO_LIMITS_WON_PER_DAY=lots"), "limits.won_per_day must be a whole number from 0 to 1000000000"},
		{"a count out of range", env("SINPYO_LIMITS_APPLICATION_PER_MINUTE=0"), "limits.application_per_minute must be a whole number from 1"},
		{"a broken network of the console", env("SINPYO_CONSOLE_NETWORKS=office"), `console_networks must list networks such as 10.0.0.0/8; got "office"`},
		{"a broken network", env("SINPYO_TRUSTED_PROXIES=10.0.0.0/8, lan"), `trusted_proxies must list networks such as 10.0.0.0/8; got "lan"`},
		{"another database", env("SINPYO_DATABASE_URL=mysql://root:hush@h/d"), "database_url must be sqlite or postgres://"},
		{"a service host with a scheme", env("SINPYO_SERVICE_HOST=https://example.kr"), "service.host must be a bare host name"},
		{"a return address over plain http", env("SINPYO_SERVICE_RETURN_TO=http://shop.example.kr/"), "service.return_to must list addresses with https"},
		{"a return address without host", env("SINPYO_SERVICE_RETURN_TO=/welcome"), "service.return_to must list whole addresses"},
		{"a return address of a person", env("SINPYO_SERVICE_RETURN_TO=https://shop@evil.example/"), "service.return_to must list whole addresses"},
		{"a return address with a fragment", env("SINPYO_SERVICE_RETURN_TO=https://shop.example.kr/#"), "service.return_to must list whole addresses"},
		{"a return address that is a script", env("SINPYO_SERVICE_RETURN_TO=javascript:alert(1)"), "service.return_to must list whole addresses"},
		{"a guardian without a page", env("SINPYO_ACCOUNTS_GUARDIAN_URL=example.kr"), "accounts.guardian_url must be a page such as"},
		{"a guardian in the clear", env("SINPYO_ACCOUNTS_GUARDIAN_URL=http://example.kr/g"), "accounts.guardian_url must be a page such as"},
		{"a brand by its name", env("SINPYO_SERVICE_BRAND=blue"), "service.brand must be a colour of six hexadecimal digits"},
		{"support that is a script", env("SINPYO_SERVICE_SUPPORT=javascript:alert(1)"), "service.support must begin with https:, tel: or mailto:"},
		{"support without host", env("SINPYO_SERVICE_SUPPORT=https:///help"), "service.support must be an address"},
		{"a long service name", env("SINPYO_SERVICE_NAME=" + strings.Repeat("신", 21)), "service.name must have 1 to 20 characters"},
		{"a switch that is neither", env("SINPYO_HSTS_SUBDOMAINS=maybe"), "hsts_subdomains must be true or false"},
	}
	for _, tt := range tests {
		_, err := config.Load(tt.src)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: want one line without the secret, got %q", tt.name, err)
		}
	}
}

func toml(t *testing.T, text string) config.Source { return config.Source{File: write(t, text)} }
func env(vars ...string) config.Source             { return config.Source{Environ: vars} }
func flag(name, value string) config.Source {
	return config.Source{Flags: map[string]string{name: value}}
}

func TestLoad_NamesAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(env("SINPYO_LISTEN=x", "SINPYO_PUBLIC_URL=y", "SINPYO_COOLSMS_SENDER=z"))
	if got := strings.Count(fmt.Sprint(err), "\n"); got != 2 {
		t.Errorf("want three lines, got\n%v", err)
	}
}

func TestLoad_AcceptsPlainHTTPOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.9.9.9"} {
		mustLoad(t, env("SINPYO_PUBLIC_URL=http://"+host, "SINPYO_COOLSMS_BASE_URL=http://"+host))
	}
}

func TestLoad_KeepsReturnAddressesAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, env("SINPYO_SERVICE_RETURN_TO=https://Shop.example.kr/a?b=c  http://localhost:3000/"))
	want := []string{"https://Shop.example.kr/a?b=c", "http://localhost:3000/"}
	if diff := cmp.Diff(want, c.Service.ReturnTo); diff != "" {
		t.Error(diff)
	}
}

func TestLoad_SecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inside, outside := filepath.Join(dir, "data", "key"), filepath.Join(dir, "secret")
	if err := os.Mkdir(filepath.Dir(inside), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{inside, outside} {
		if err := os.WriteFile(path, []byte("hush\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars := []string{"SINPYO_DATA_DIR=" + filepath.Dir(inside), "SINPYO_COOLSMS_API_KEY_FILE=" + inside, "SINPYO_COOLSMS_API_SECRET_FILE=" + outside}

	c := mustLoad(t, env(vars...))
	if got := c.CoolSMS.APIKey.Reveal() + c.CoolSMS.APISecret.Reveal(); got != "hushhush" || len(c.Warnings) > 0 {
		t.Errorf("read %q with warnings %q, want both secrets without their line ends and no warning", got, c.Warnings)
	}

	chmod(t, outside, 0o644)
	if c = mustLoad(t, env(vars...)); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], outside) {
		t.Errorf("warnings %q, want one about %s", c.Warnings, outside)
	}

	chmod(t, inside, 0o640)
	if _, err := config.Load(env(vars...)); err == nil || !strings.Contains(err.Error(), "run chmod 600") {
		t.Errorf("a secret in the data directory that a group may read: %v, want a refusal", err)
	}
}

func TestLoad_SecretsFromTheServiceManager(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	put("sinpyo_coolsms_api_key", "NCSKEY\n")
	put("sinpyo_coolsms_api_secret", "hush")
	put("another_programs", "secret")

	c := mustLoad(t, env("CREDENTIALS_DIRECTORY="+dir, "SINPYO_COOLSMS_API_SECRET=louder"))
	if got := c.CoolSMS.APIKey.Reveal() + " " + c.CoolSMS.APISecret.Reveal(); got != "NCSKEY louder" {
		t.Errorf("read %q, want the key of the folder and the secret of the variable, which is stronger", got)
	}

	put("sinpyo_coolsms_api_kye", "NCSKEY")
	_, err := config.Load(env("CREDENTIALS_DIRECTORY=" + dir))
	if want := "there is no secret coolsms_api_kye; did you mean coolsms_api_key?"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a file that no setting has: %v, want %q", err, want)
	}
	if _, err := config.Load(env("CREDENTIALS_DIRECTORY=" + filepath.Join(dir, "nowhere"))); err == nil {
		t.Error("a folder that is not there was taken for an empty one")
	}
}

func TestLoad_WarnsOfAFileWithSecretsThatOthersMayRead(t *testing.T) {
	t.Parallel()
	path := write(t, "[coolsms]\napi_key = \"k\"\napi_secret = \"hush\"")
	if c := mustLoad(t, config.Source{File: path}); len(c.Warnings) > 0 {
		t.Errorf("with mode 600: %q, want no warning", c.Warnings)
	}
	chmod(t, path, 0o644)
	if c := mustLoad(t, config.Source{File: path}); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], path) {
		t.Errorf("with mode 644: %q, want one warning", c.Warnings)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestConfig_NeverPrintsSecrets(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, env("SINPYO_COOLSMS_API_KEY=hush1", "SINPYO_COOLSMS_API_SECRET=hush2",
		"SINPYO_DATABASE_URL=postgres://sinpyo:hush3@db/sinpyo?password=hush4"))
	marshalled, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	prints := map[string]string{
		"Values": fmt.Sprintf("%+v", c.Values()),
		"JSON":   string(marshalled),
		"%v":     fmt.Sprintf("%v", c.Settings),
		"%#v":    fmt.Sprintf("%#v", c.Settings),
		"%x":     fmt.Sprintf("%x", c.CoolSMS),
		"slog":   c.CoolSMS.APIKey.LogValue().String(),
	}
	for how, text := range prints {
		if strings.Contains(text, "hush") || strings.Contains(text, fmt.Sprintf("%x", "hush")) {
			t.Errorf("%s shows a secret: %s", how, text)
		}
	}
	if !strings.Contains(prints["Values"], "postgres://sinpyo:xxxxx@db/sinpyo") {
		t.Errorf("the database's address should be shown without its password: %s", prints["Values"])
	}
}

func TestSettings_CheckDev(t *testing.T) {
	t.Parallel()
	if err := mustLoad(t, config.Source{}).CheckDev(); err != nil {
		t.Errorf("without a key: %v", err)
	}
	if err := mustLoad(t, env("SINPYO_COOLSMS_API_KEY=k", "SINPYO_COOLSMS_API_SECRET=s")).CheckDev(); err == nil {
		t.Error("with a key of the real provider --dev was allowed")
	}
}

func TestSettings_Missing(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"coolsms.api_key", "coolsms.api_secret", "coolsms.sender"}, mustLoad(t, config.Source{}).Missing()); diff != "" {
		t.Error(diff)
	}
	all := env("SINPYO_COOLSMS_API_KEY=k", "SINPYO_COOLSMS_API_SECRET=s", "SINPYO_COOLSMS_SENDER=0215770000")
	if got := mustLoad(t, all).Missing(); len(got) > 0 {
		t.Errorf("Missing = %q, want nothing", got)
	}
	if got := config.Variable("coolsms.api_key"); got != "SINPYO_COOLSMS_API_KEY" {
		t.Errorf("Variable = %q", got)
	}
}
