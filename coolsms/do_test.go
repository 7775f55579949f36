package coolsms_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

func TestDo_MakesAnyCall(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("POST /kakao/v2/brand-templates", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != `{"name":"spring"}` || r.URL.Query().Get("limit") != "5" ||
			!strings.HasPrefix(r.Header.Get("Authorization"), "HMAC-SHA256 ") {
			t.Errorf("the provider got %q, %q, %v", body, r.URL.RawQuery, err)
		}
		_, _ = io.WriteString(w, "not JSON, and given back all the same")
	})
	got, err := c.Do(t.Context(), http.MethodPost, "/kakao/v2/brand-templates", url.Values{"limit": {"5"}}, map[string]string{"name": "spring"})
	if err != nil || string(got) != "not JSON, and given back all the same" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestDo_TellsNoNumber(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("PUT /senderid/v1/extra-data/numbers/0215770000", clienttest.Handler(404, `{"errorCode":"ResourceNotFound","errorMessage":"-"}`))
	_, err := c.Do(t.Context(), http.MethodPut, "/senderid/v1/extra-data/numbers/0215770000", nil, nil)
	if !errors.Is(err, coolsms.ErrNotFound) || strings.Contains(err.Error(), "0215770000") || !strings.Contains(err.Error(), "extra-data") {
		t.Errorf("got %v", err)
	}
	for _, path := range []string{"", "users/v1/member", "/a?b=c", "/a b", "/a#b"} {
		if _, err := c.Do(t.Context(), http.MethodGet, path, nil, nil); err == nil || coolsms.IsAmbiguous(err) {
			t.Errorf("the path %q: %v", path, err)
		}
	}
}
