package legacy_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

// pages returns a handler that answers with the page after so many items, and
// counts the requests. The total is that of the items.
func pages(t *testing.T, requests *int, form string, at func(r *http.Request) int, list []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*requests++
		from := at(r)
		to := min(from+2, len(list))
		if from > len(list) {
			t.Errorf("asked for what comes after %d items", from)
			from = to
		}
		fmt.Fprintf(w, form, len(list), strings.Join(list[from:to], ","))
	}
}

func query(name string) func(*http.Request) int {
	return func(r *http.Request) int {
		n, _ := strconv.Atoi(r.URL.Query().Get(name))
		return n
	}
}

func messages(ids ...string) []string {
	for i, id := range ids {
		ids[i] = `{"message_id":"` + id + `"}`
	}
	return ids
}

func TestAll_WalksOverEveryPage(t *testing.T) {
	t.Parallel()
	const sent, ids = `{"total_count":"%d","list_count":2,"page":1,"data":[%s]}`, `{"total_count":%d,"offset":0,"limit":2,"list":[%s]}`
	page := func(r *http.Request) int { return 2 * (query("page")(r) - 1) }
	name := func(m *legacy.SentMessage) string { return m.MessageID }
	for pattern, tt := range map[string]struct {
		form string
		at   func(*http.Request) int
		list []string
		walk func(*testing.T, *legacy.Client) []string
	}{
		"GET /sms/2/sent": {sent, query("offset"), messages("M1", "M2", "M2", "M3", "M4"), func(t *testing.T, c *legacy.Client) []string {
			return collect(t, c.Messages.AllSent(t.Context(), legacy.SentParams{Limit: 2}), name)
		}},
		"GET /sms/1.5/sent": {sent, page, messages("M1", "M2", "M2", "M3", "M4"), func(t *testing.T, c *legacy.Client) []string {
			return collect(t, c.V1.AllSent(t.Context(), legacy.V1SentParams{Count: 2}), name)
		}},
		"GET /sms/2/groups/G1/message_list": {ids, query("offset"), []string{`"M1"`, `"M2"`, `"M2"`, `"M3"`, `"M4"`}, func(t *testing.T, c *legacy.Client) []string {
			return collect(t, c.Groups.AllMessages(t.Context(), "G1", legacy.PageParams{Limit: 2}), strings.Clone)
		}},
		"GET /sms/2/image_list": {ids, query("offset"), []string{`"M1"`, `"M2"`, `"M2"`, `"M3"`, `"M4"`}, func(t *testing.T, c *legacy.Client) []string {
			return collect(t, c.Images.All(t.Context(), legacy.PageParams{Limit: 2}), strings.Clone)
		}},
	} {
		c, mux := setup(t)
		requests := 0
		mux.HandleFunc(pattern, pages(t, &requests, tt.form, tt.at, tt.list))
		if diff := cmp.Diff([]string{"M1", "M2", "M3", "M4"}, tt.walk(t, c)); diff != "" || requests != 3 {
			t.Errorf("%s: %d requests, %s", pattern, requests, diff)
		}
	}
}

// collect walks to the end and wants no error.
func collect[T any](t *testing.T, all func(func(T, error) bool), name func(T) string) (names []string) {
	t.Helper()
	for item, err := range all {
		if err != nil {
			t.Error(err)
			continue
		}
		names = append(names, name(item))
	}
	return names
}

func TestAllSent_Ends(t *testing.T) {
	t.Parallel()
	none := clienttest.Handler(404, `{"code":"NoSuchMessage","message":"x"}`)
	full := func(w http.ResponseWriter, r *http.Request) {
		clienttest.Handler(200, `{"total_count":9,"data":[{"message_id":"M1"}]}`)(w, r)
	}
	for name, tt := range map[string]struct {
		handler  http.HandlerFunc
		messages int
		fails    bool
	}{
		"quietly when none matches":         {none, 0, false},
		"quietly at an empty page":          {clienttest.Handler(200, `{"total_count":9,"data":[]}`), 0, false},
		"when the list does not move on":    {full, 1, true},
		"at a refusal":                      {clienttest.Handler(403, `{"code":"InvalidAPIKey"}`), 0, true},
		"at a resource that does not exist": {clienttest.Handler(404, `{"code":"InvalidResource"}`), 0, true},
		"at a broken page":                  {clienttest.Handler(200, `{"total_count":9}`), 0, true},
	} {
		c, mux := setup(t)
		mux.HandleFunc("/", tt.handler)
		messages, failures := 0, 0
		for m, err := range c.Messages.AllSent(t.Context(), legacy.SentParams{}) {
			if (m == nil) != (err != nil) {
				t.Errorf("%s: %v with %v", name, m, err)
			}
			if err != nil {
				failures++
				continue
			}
			messages++
		}
		if messages != tt.messages || failures != map[bool]int{true: 1}[tt.fails] {
			t.Errorf("%s: %d messages, %d failures", name, messages, failures)
		}
	}
}

func TestAllSent_StopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	requests := 0
	mux.HandleFunc("GET /sms/2/sent", pages(t, &requests, `{"total_count":%d,"data":[%s]}`, query("offset"), messages("M1", "M2", "M3")))
	for _, err := range c.Messages.AllSent(t.Context(), legacy.SentParams{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}
