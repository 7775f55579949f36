package sandbox_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// legacyErrors has a case for each error code of the legacy API.
var legacyErrors = map[string]struct {
	method, path string
	params       url.Values // signed, unless sign says otherwise
	sign         func(w *world, v url.Values) url.Values
	before       func(w *world)
}{
	"InvalidAPIKey": {method: "GET", path: "/sms/2/balance", params: params("api_key", "NCSOTHERKEY00001")},
	"SignatureDoesNotMatch": {method: "GET", path: "/sms/2/balance", params: params("signature",
		strings.Repeat("0", 32))},
	"RequestTimeTooSkewed": {method: "GET", path: "/sms/2/balance", sign: func(w *world, v url.Values) url.Values {
		v = w.signed(v)
		w.pass(tooSkewed)
		return v
	}},
	"DuplicatedSignature": {method: "GET", path: "/sms/2/balance", sign: func(w *world, v url.Values) url.Values {
		v = w.signed(v)
		w.raw("GET", "/sms/2/balance", v.Encode(), "", "")
		return v
	}},
	"UnknownAlgorithm": {method: "GET", path: "/sms/2/balance", params: params("algorithm", "sha256")},
	"NotEnoughBalance": {method: "POST", path: "/sms/2/send", params: oldText("01000000001"), before: func(w *world) {
		w.SetMoney(sandbox.Account{Balance: 19})
	}},
	"InvalidMethod":      {method: "GET", path: "/sms/2/send", params: oldText("01000000001")},
	"InvalidMessageType": {method: "POST", path: "/sms/2/send", params: oldText("01000000001", "type", "TELEX")},
	"NoSuchMessage":      {method: "GET", path: "/sms/2/sent", params: params("message_id", "MID0")},
	"InvalidResource":    {method: "GET", path: "/sms/2/nothing"},
	"NoImageInput":       {method: "POST", path: "/sms/2/send", params: oldText("01000000001", "type", "MMS")},
	"NoMessageInput":     {method: "POST", path: "/sms/2/send", params: oldText("01000000001", "text", "")},
	"ImageTypeNotSupported": {method: "POST", path: "/sms/2/upload_image", params: params("image",
		"BM, a bitmap")},
	"FileSizeTooBig": {method: "POST", path: "/sms/2/upload_image", params: params("image",
		string(append(pngPicture(4, 4), make([]byte, 300<<10)...)))},
	"ImageResolutionSizeTooBig": {method: "POST", path: "/sms/2/upload_image", params: params("image",
		string(pngPicture(2049, 1)))},
	"RecipientsTooMany": {method: "POST", path: "/sms/2/send", params: oldText(legacyNumbers(1001))},
	"InternalError": {method: "GET", path: "/sms/2/balance", before: func(w *world) {
		w.control(200, "POST", "/sandbox/faults", `{"kind":"status","status":500}`) // it has no cause but a fault
	}},
}

// tooSkewed is just too far off.
const tooSkewed = 15*time.Minute + time.Second

// legacyNumbers is a comma list of n recipients.
func legacyNumbers(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("0100000%04d", i)
	}
	return strings.Join(out, ",")
}

func TestLegacyErrors_EveryRowOfTheTable(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(bytes.NewReader(example(t, "error-codes.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, row := range rows[1:] {
		generation, status, code := row[0], row[1], row[2]
		if generation != "legacy" {
			continue
		}
		seen++
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			tt, ok := legacyErrors[code]
			if !ok {
				t.Fatal("no case for this row")
			}
			w := newWorld(t)
			if tt.before != nil {
				tt.before(w)
			}
			sign := tt.sign
			if sign == nil {
				sign = (*world).signed
			}
			text := sign(w, tt.params).Encode()
			query, body := text, ""
			if tt.method == "POST" {
				query, body = "", text
			}
			got, b := w.raw(tt.method, tt.path, query, formType, body)
			var o object
			decode(t, b, &o)
			if strconv.Itoa(got) != status || o.text("code") != code || o.text("message") == "" || len(o) != 2 {
				t.Errorf("answered %d %s, want %s %s", got, b, status, code)
			}
		})
	}
	if seen != len(legacyErrors) {
		t.Errorf("%d rows in the table, %d cases", seen, len(legacyErrors))
	}
}

func TestLegacyErrors_OfEachCall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, call string
		params     url.Values
		status     int
		code       string
	}{
		{"unknown path of v1", "GET /sms/1.5/group_list", nil, 404, "InvalidResource"},
		{"root", "GET /sms", nil, 404, "InvalidResource"},
		{"root with a slash", "GET /mo/", nil, 404, "InvalidResource"},
		{"unknown version", "GET /sms/3/balance", nil, 404, "InvalidResource"},
		{"POST for GET", "POST /sms/1.5/balance", nil, 400, "InvalidMethod"},
		{"PUT", "PUT /sms/2/send", nil, 400, "InvalidMethod"},
		{"type of one item", "POST /sms/2/groups/GID0/add_messages.json", params("messages", `[{"type":"FAX","text":"x"}]`), 400, "InvalidMessageType"},
		{"no items", "POST /sms/2/groups/GID0/add_messages.json", nil, 400, "NoMessageInput"},
		{"items of another kind", "POST /sms/2/groups/GID0/add_messages.json", params("messages", `{"a":1}`), 400, "NoMessageInput"},
		{"items of too many", "POST /sms/2/groups/GID0/add_messages.json", params("messages", `[{"text":"x","to":"`+legacyNumbers(600)+`"},{"text":"x","to":"`+legacyNumbers(600)+`"}]`), 413, "RecipientsTooMany"},
		{"too many items", "POST /sms/1.5/send", oldText("", "extension", "["+strings.Repeat("{},", 1000)+"{}]"), 413, "RecipientsTooMany"},
		{"extension and outer", "POST /sms/1.5/send", oldText(legacyNumbers(1000), "extension", `[{"to":"01000000001"}]`), 413, "RecipientsTooMany"},
		{"group of nobody", "POST /sms/2/groups/GID0/send", nil, 404, "InvalidResource"},
		{"no image", "POST /sms/2/upload_image", nil, 400, "NoImageInput"},
		{"broken base64", "POST /sms/2/upload_image", params("image", "%%%", "image_encoding", "base64"), 403, "ImageTypeNotSupported"},
		{"over 2 MB", "POST /sms/2/upload_image", params("image", strings.Repeat("a", 2<<20)), 413, "RequestEntityTooLarge"},
		{"scheduled beyond six months", "POST /sms/2/send", oldText("01000000001", "datetime", "20280101000000"), 400, "InvalidScheduledDate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(tt.call, " ")
			if got := newWorld(t).old(tt.status, method, path, tt.params); got.text("code") != tt.code {
				t.Errorf("answered %v, want %s", got, tt.code)
			}
		})
	}
}

func TestLegacyErrors_OfAnEmptyGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/sms/2/groups/" + w.old(200, "GET", "/sms/2/new_group", nil).text("group_id")
	if got := w.old(404, "POST", path+"/send", nil); got.text("code") != "NoSuchMessage" {
		t.Errorf("answered %v", got)
	}
	w.legacy(200, "POST", path+"/add_messages", oldText("01000000001"))
	w.SetMoney(sandbox.Account{})
	if got := w.old(402, "POST", path+"/send", nil); got.text("code") != "NotEnoughBalance" {
		t.Errorf("answered %v", got)
	}
	w.SetMoney(sandbox.Account{Balance: 20})
	w.legacy(200, "POST", path+"/send", nil) // the group waited
}

func TestLegacyFaults_SpeakTheLegacyForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/faults", `{"path":"/sms/**","kind":"status","status":429}`)
	if got := w.old(429, "GET", "/sms/2/balance", nil); got.text("code") != "TooManyRequests" || len(got) != 2 {
		t.Errorf("answered %v", got)
	}
}

// Result codes have the sentences of their own table where they are its own.
func TestLegacyResults_HaveTheirSentences(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(bytes.NewReader(example(t, "legacy-result-codes.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	korean := map[string]string{}
	for _, row := range rows[1:] {
		korean[row[0]] = row[1]
	}
	w := newWorld(t)
	w.legacy(200, "POST", "/sms/2/send", oldText(""))
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000002", "from", ""))
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000003"))
	w.pass(time.Second)
	w.legacy(200, "POST", "/sms/2/send", oldText("01000000004"))
	for i, code := range []string{"99", "00", "84", "83"} {
		item := w.sentItems(nil)[i]
		if item.text("result_code") != code || item.text("result_message") != korean[code] || korean[code] == "" {
			t.Errorf("got %v, want %s %s", item, code, korean[code])
		}
	}
}
