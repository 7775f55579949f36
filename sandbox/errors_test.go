package sandbox_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// notCaused are the documented errors of API v4 that no call to this account
// causes, and why. Each can be played all the same, by a fault of kind status
// with this errorCode.
var notCaused = map[string]string{
	"BalanceInsufficient": "an older name of NotEnoughBalance, of cash calls that only the console makes",
	"InvalidAppId":        "the account knows no apps: every appId is taken",
	"BlockedApp":          "the account knows no apps",
	"InDevelopment":       "the account knows no apps",
	"InactiveApp":         "the account knows no apps",
	"Forbidden":           "there is one account with one member, who may do everything",
	"TooManyRequests":     "no rate limit of the provider is documented",
	"InternalServerError": "the emulator has no trouble of its own",
	"InvalidAccountId":    "of cash calls that only the console makes",
	"InvalidPaymentId":    "of cash calls that only the console makes",
	"ImageNotFound":       "of the old image API, which file storage replaced",
}

// causes are calls that cause a documented error, by errorCode and status.
var causes = map[string]func(t *testing.T) (*world, string, string, string){
	"403 InvalidAPIKey": func(t *testing.T) (*world, string, string, string) {
		return newWorld(t), "GET", "/cash/v1/balance", "HMAC-SHA256 apiKey=NCSOTHER, date=2026-11-22T06:04:05Z, salt=" + salt + ", signature=00"
	},
	"403 SignatureDoesNotMatch": func(t *testing.T) (*world, string, string, string) {
		return newWorld(t), "GET", "/cash/v1/balance", header("2026-11-22T06:04:05Z", salt) + "00"
	},
	"403 RequestTimeTooSkewed": func(t *testing.T) (*world, string, string, string) {
		return newWorld(t), "GET", "/cash/v1/balance", header("2026-11-22T05:49:04Z", salt)
	},
	"403 DuplicatedSignature": func(t *testing.T) (*world, string, string, string) {
		w := newWorld(t)
		once := header("2026-11-22T06:04:05Z", salt)
		if resp, _, err := w.send("GET", "/cash/v1/balance", "", once); err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		return w, "GET", "/cash/v1/balance", once
	},
	"401 Unauthorized": func(t *testing.T) (*world, string, string, string) {
		return newWorld(t), "GET", "/cash/v1/balance", "Bearer token"
	},
}

// signedCauses are those whose call is signed: what is done before it, and the
// call and its body. %s is the group.
var signedCauses = map[string]struct {
	quirks             sandbox.Quirks
	before             func(w *world, group string)
	method, path, body string
}{
	"400 ValidationError":    {method: "POST", path: "/messages/v4/send", body: "{"},
	"400 FailedToAddMessage": {method: "POST", path: "/messages/v4/send", body: `{"message":{"to":"01000000001","from":"0299990000","text":"a"}}`},
	"400 InvalidStatusCode": {
		quirks: sandbox.Quirks{OldRefusals: true}, method: "POST", path: "/messages/v4/send",
		body: `{"message":{"to":"01000000001","from":"0299990000","text":"a"}}`,
	},
	"402 NotEnoughBalance": {before: poor, method: "POST", path: groups + "/%s/send"},
	"413 RecipientsTooMany": {method: "POST", path: "/messages/v4/send-many", body: func() string {
		numbers := make([]byte, 0, 150_000)
		for i := range 10_001 {
			numbers = fmt.Appendf(numbers, `"010%08d",`, i)
		}
		return `{"messages":[{"from":"0215770000","text":"a","to":[` + string(numbers[:len(numbers)-1]) + `]}]}`
	}()},
	"404 ResourceNotFound":     {method: "GET", path: groups + "/G4V20261122150405AAAAAAAAAAAAAAA"},
	"404 NotFound":             {method: "GET", path: "/messages/v4/nothing"},
	"400 DeletedGroup":         {before: removed, method: "POST", path: groups + "/%s/send"},
	"400 FailedGroup":          {before: failedGroup, method: "POST", path: groups + "/%s/send"},
	"400 InvalidStatus":        {method: "DELETE", path: groups + "/%s/schedule"},
	"400 InvalidGroupStatus":   {before: sent, method: "PUT", path: groups + "/%s/messages", body: `{"messages":[{"to":"01000000002","from":"0215770000","text":"a"}]}`},
	"400 NotOperationalStatus": {before: sent, method: "DELETE", path: groups + "/%s"},
	"400 InvalidScheduledDate": {method: "POST", path: groups + "/%s/schedule", body: `{"scheduledDate":"2027-11-22T06:04:05Z"}`},
	"409 GroupInProcessing":    {before: sent, method: "POST", path: groups + "/%s/send"},
	"409 ScheduledGroup":       {before: planned, method: "POST", path: groups + "/%s/send"},
	"400 InvalidCountryId":     {method: "GET", path: "/pricing/v1/messaging?countryId=nowhere"},
	"409 AlreadySent": {before: func(w *world, group string) {
		sent(w, group)
		w.pass(time.Minute)
	}, method: "POST", path: groups + "/%s/send"},
}

func poor(w *world, _ string)        { w.SetMoney(sandbox.Account{}) }
func removed(w *world, group string) { w.do(200, "DELETE", groups+"/"+group, "") }
func sent(w *world, group string)    { w.do(200, "POST", groups+"/"+group+"/send", "") }
func planned(w *world, group string) {
	w.do(200, "POST", groups+"/"+group+"/schedule", `{"scheduledDate":"2026-11-22T07:04:05Z"}`)
}

// failedGroup lets the money run out before the time of a schedule comes.
func failedGroup(w *world, group string) {
	planned(w, group)
	poor(w, group)
	w.pass(2 * time.Hour)
}

func TestErrors_EachDocumentedOneIsAnswered(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(bytes.NewReader(example(t, "error-codes.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, row := range rows[1:] {
		generation, status, code := row[0], row[1], row[2]
		if generation != "v4" {
			continue
		}
		name := status + " " + code
		unsigned, isUnsigned := causes[name]
		signed, isSigned := signedCauses[name]
		switch why := notCaused[code]; {
		case (isUnsigned || isSigned) == (why != ""):
			t.Errorf("%s needs either a call that causes it or a reason why there is none", name)
			continue
		case why != "":
			t.Run(name, func(t *testing.T) { t.Parallel(); playedByFault(t, status, code) })
			continue
		}
		tried++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			var method, path, body, authorization string
			if isUnsigned {
				w, method, path, authorization = unsigned(t)
			} else {
				w = newWorld(t, sandbox.WithQuirks(signed.quirks))
				group := w.group(text("01000000001"))
				if signed.before != nil {
					signed.before(w, group)
				}
				method, body = signed.method, signed.body
				path = strings.Replace(signed.path, "%s", group, 1)
				authorization = w.authorization()
			}
			answers(t, w, method, path, body, authorization, status, code)
		})
	}
	if want := len(causes) + len(signedCauses); tried != want {
		t.Errorf("%d rows were tried, but %d calls stand here: some have no row", tried, want)
	}
}

// answers wants a call to be refused with a status and an errorCode.
func answers(t *testing.T, w *world, method, path, body, authorization, status, code string) {
	t.Helper()
	resp, raw, err := w.send(method, path, body, authorization)
	if err != nil {
		t.Fatal(err)
	}
	var got object
	decode(t, raw, &got)
	if strconv.Itoa(resp.StatusCode) != status || got.text("errorCode") != code || got.text("errorMessage") == "" {
		t.Errorf("%s %s answered %d %s, want %s %s", method, path, resp.StatusCode, raw, status, code)
	}
}

// playedByFault wants an error that nothing causes to be played on demand.
func playedByFault(t *testing.T, status, code string) {
	t.Helper()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/faults", `{"kind":"status","status":`+status+`,"errorCode":"`+code+`"}`)
	answers(t, w, "GET", "/cash/v1/balance", "", w.authorization(), status, code)
}

func TestSend_RefusalsInAllThreeShapes(t *testing.T) {
	t.Parallel()
	body := `{"message":{"to":"01000000001","from":"0299990000","text":"a"}}`
	newWorld(t).refused(400, "FailedToAddMessage", "POST", "/messages/v4/send", body)
	newWorld(t, sandbox.WithQuirks(sandbox.Quirks{OldRefusals: true})).refused(400, "InvalidStatusCode", "POST", "/messages/v4/send", body)
	w := newWorld(t, sandbox.WithQuirks(sandbox.Quirks{AnswerRefused: true}))
	if got := w.do(200, "POST", "/messages/v4/send", body); got.text("statusCode") != "1062" || got.text("messageId") == "" {
		t.Errorf("answered %v", got)
	}
}
