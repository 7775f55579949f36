package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
)

// report posts a body to the webhook as the provider does and returns the status.
func (p *program) report(secret, body string) int {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.site(webhookPath), strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Solapi-Event-Name", coolsms.EventSingleReport)
	r.Header.Set("X-Solapi-Secret", coolsms.SecretHash(secret))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// TestWebhook_TakesReportsWithTheSecret posts what the provider posts, up to a
// hundred reports in one, and what it does not.
func TestWebhook_TakesReportsWithTheSecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	settings := filepath.Join(t.TempDir(), "sinpyo.toml")
	if err := os.WriteFile(settings, []byte("[coolsms]\nwebhook_secret = \"hush\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := startWith(t, append(serveArgs(dir), "--config", settings)...)
	one := `{"messageId":"M4V20260504100203A8S4D2F6G0H1J3K","statusCode":"4000","text":"` + strings.Repeat("x", 2000) + `"}`
	hundred := "[" + strings.Repeat(one+",", 99) + one + "]"
	for _, tt := range []struct {
		name, secret, body string
		want               int
	}{
		{"a hundred", "hush", hundred, http.StatusOK},
		{"another secret", "loud", hundred, http.StatusUnauthorized},
		{"no secret", "", "[]", http.StatusUnauthorized},
		{"no reports", "hush", `{"messageId":1}`, http.StatusBadRequest},
		{"too large", "hush", "[" + strings.Repeat(" ", webhookMost) + "]", http.StatusRequestEntityTooLarge},
	} {
		if got := server.report(tt.secret, tt.body); got != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, got, tt.want)
		}
	}
	if said := server.errOut.String(); strings.Contains(said, "hush") || strings.Contains(said, coolsms.SecretHash("hush")) {
		t.Error("the log holds the secret")
	}
}

func TestWebhook_IsNotThereWithoutASecret(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(t.TempDir(), "data"))
	if got := server.report("", "[]"); got != http.StatusNotFound {
		t.Errorf("status %d, want 404", got)
	}
}
