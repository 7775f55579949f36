package contract_test

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// operations exercise each operation of the description, by its id. call
// compares every answer with the description.
var operations = map[string]func(w *world){
	"start-verification": func(w *world) {
		a := w.call("POST", "/v1/verifications",
			`{"to":"010-1234-5678","purpose":"signup","locale":"ko","binding":"b","client_ip":"203.0.113.7","metadata":{"order":"17"}}`)
		w.want(a, 201, "status", "pending")
		w.want(w.call("POST", "/v1/verifications", `{"to":"01087654321"}`), 201, "purpose", "api")
	},
	"get-verification": func(w *world) {
		w.want(w.call("GET", "/v1/verifications/"+w.start(`{"to":"01012345678"}`), ""), 200, "to", "+821012345678")
	},
	"check-verification": func(w *world) {
		at := "/v1/verifications/" + w.start(`{"to":"01012345678"}`) + "/check"
		code := w.code("01012345678")
		w.want(w.call("POST", at, `{"code":"`+wrong(code)+`"}`), 200, "status", "pending")
		w.want(w.call("POST", at, `{"code":"`+code+`"}`), 200, "status", "approved")
	},
	"redeem-receipt": func(w *world) {
		w.want(w.call("POST", "/v1/receipts/redeem", w.receipt("signup")), 200, "to", "+821012345678")
	},
	"resend-verification": func(w *world) {
		at := "/v1/verifications/" + w.start(`{"to":"01012345678","binding":"b"}`) + "/resend"
		w.Drive()
		w.Clock.Advance(31e9)
		w.want(w.call("POST", at, `{"binding":"b"}`), 200, "status", "pending")
	},
	"cancel-verification": func(w *world) {
		w.want(w.call("POST", "/v1/verifications/"+w.start(`{"to":"01012345678"}`)+"/cancel", ""), 200, "status", "canceled")
	},
	"stream-verification-events": func(w *world) {
		id := w.start(`{"to":"01012345678"}`)
		res := w.open("/v1/verifications/" + id + "/events")
		defer func() { _ = res.Body.Close() }()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
		}
		if !strings.Contains(lines.Text(), id) {
			w.Errorf("the first event is %q", lines.Text())
		}
	},
	"search-messages": func(w *world) {
		for range 2 {
			w.start(`{"to":"01012345678"}`)
			w.Clock.Advance(60e9)
		}
		a := w.call("POST", "/v1/messages/search", `{"to":"01012345678","status":"queued","limit":1}`)
		body := fmt.Sprintf(`{"to":"01012345678","status":"queued","limit":1,"cursor":%q}`, a.field("next_cursor"))
		w.want(w.call("POST", "/v1/messages/search", body), 200, "next_cursor", "")
	},
	"get-message": func(w *world) {
		a := w.call("POST", "/v1/verifications", `{"to":"01012345678"}`)
		w.code("01012345678")
		id, _ := a.body.(map[string]any)["message"].(map[string]any)["id"].(string)
		w.want(w.call("GET", "/v1/messages/"+id, ""), 200, "to", "+821012345678")
	},
	"list-senders": func(w *world) { w.want(w.call("GET", "/v1/senders", ""), 200, "", "") },
	"get-balance":  func(w *world) { w.want(w.call("GET", "/v1/balance", ""), 200, "", "") },
}

// want checks the status of an answer and one field of it.
func (w *world) want(a answer, status int, field, value string) {
	w.Helper()
	if a.StatusCode != status || a.field(field) != value {
		w.Errorf("answered %d, %s %q; want %d, %q\n%s", a.StatusCode, field, a.field(field), status, value, a.text)
	}
}

// wrong returns a code that is not the given one.
func wrong(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

func TestContract_EveryOperation(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for path, item := range description.Paths {
		if item.Put != nil || item.Delete != nil || item.Patch != nil || item.Head != nil || item.Options != nil || item.Trace != nil {
			t.Errorf("%s has an operation of a method that is not tried here", path)
		}
		for _, op := range []string{id(item.Get), id(item.Post)} {
			if op != "" {
				documented[op] = true
			}
		}
	}
	for _, op := range slices.Sorted(maps.Keys(documented)) {
		if operations[op] == nil {
			t.Errorf("nothing exercises the operation %s", op)
		}
	}
	for op, exercise := range operations {
		if !documented[op] {
			t.Errorf("the description has no operation %s", op)
		}
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			exercise(newWorld(t))
		})
	}
}
