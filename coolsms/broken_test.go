package coolsms_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

// TestCallError_SaysWhatArrived and keeps it out of logs: it may hold numbers.
func TestCallError_SaysWhatArrived(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>01012345678"+strings.Repeat("x", 100_000))
	})
	_, err := c.Groups.Send(t.Context(), groupID)
	var lost *coolsms.CallError
	if !errors.As(err, &lost) {
		t.Fatalf("got %v", err)
	}
	if lost.Status != 200 || lost.ContentType != "text/html; charset=utf-8" || lost.Size != 100_017 || len(lost.Body) != 64<<10 || !lost.Sent {
		t.Errorf("status %d, type %q, size %d, body of %d", lost.Status, lost.ContentType, lost.Size, len(lost.Body))
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%v %+v %#v", err, err, err)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("call", "error", err)
	if s := out.String(); strings.Contains(s, "01012345678") || !strings.Contains(s, "200 text/html; charset=utf-8, 100 kB") {
		t.Errorf("printed\n%s", s)
	}
}

// TestMessages_RefusesWhatIsNoPage has answers that are broken in one place.
func TestMessages_RefusesWhatIsNoPage(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":                     ``,
		"a number":                    `7`,
		"an array with something":     `[7]`,
		"no list":                     `{"limit":20}`,
		"a list that is text":         `{"messageList":"x"}`,
		"a message that is a number":  `{"messageList":{"a":7}}`,
		"a text that is a number":     `{"messageList":{"a":{"to":1}}}`,
		"a count that is text":        `{"messageList":{"a":{"resendCount":"x"}}}`,
		"fields that are text":        `{"messageList":{"a":{"customFields":"x"}}}`,
		"a field that is a number":    `{"messageList":{"a":{"customFields":{"x":1}}}}`,
		"a limit that is text":        `{"messageList":{},"limit":"x"}`,
		"a key without quotes":        `{messageList:{}}`,
		"no colon":                    `{"messageList" {}}`,
		"no comma":                    `{"messageList":{} "limit":1}`,
		"a comma too many":            `{"messageList":{},}`,
		"a list within that is open":  `{"messageList":{},"x":[1,2}`,
		"a list within without comma": `{"messageList":{},"x":[1 2]}`,
		"a number of two points":      `{"messageList":{},"x":1.2.3}`,
		"a word of its own":           `{"messageList":{},"x":nil}`,
		"a line end in a text":        "{\"messageList\":{},\"x\":\"\n\"}",
		"a text that is open":         `{"messageList":{},"x":"abc`,
		"an escape that is none":      `{"messageList":{"a":{"to":"\x"}}}`,
		"a key with such an escape":   `{"messageList":{},"\x":1}`,
		"an end within an escape":     `{"messageList":{},"x":"\`,
		"something after the end":     `{"messageList":{}}{}`,
		"nested without end":          `{"messageList":{},"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
		"objects without end":         `{"messageList":{},"x":` + strings.Repeat(`{"x":`, 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc("GET /messages/v4/list", clienttest.Handler(200, body))
			var lost *coolsms.CallError
			if page, err := c.Messages.List(t.Context(), coolsms.ListParams{}); !errors.As(err, &lost) || lost.Status != 200 || page != nil {
				t.Errorf("got %+v, %v", page, err)
			}
		})
	}
}

// TestMessages_BearsWhatAPageMayHold has answers that are odd and sound.
func TestMessages_BearsWhatAPageMayHold(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /messages/v4/list", clienttest.Handler(200, " {\n\t\"messageList\" : { \"a\" : {\"\\u0074o\":\"\\u0030\\\"1\",\"customFields\":[],\"text\":\"\xff\",\"resendCount\":null,"+
		"\"log\":[{},[],-1.5e+3,true,false,null,\"]}\\\\\"]} , \"b\":null}, \"limit\":null } \n"))
	page, err := c.Messages.List(t.Context(), coolsms.ListParams{})
	if err != nil || len(page.Messages) != 2 {
		t.Fatalf("got %+v, %v", page, err)
	}
	a, b := page.Messages[0], page.Messages[1]
	if a.To != `0"1` || a.Text != "\uFFFD" || a.MessageID != "a" || len(a.CustomFields) != 0 || b.MessageID != "b" || string(b.Raw) != "null" {
		t.Errorf("got %+v and %+v", a, b)
	}
}
