package legacy_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

var sentinels = []error{
	legacy.ErrRateLimited, legacy.ErrUnauthorized, legacy.ErrInsufficientBalance, legacy.ErrSenderNotRegistered, legacy.ErrNotFound, legacy.ErrTooLarge,
}

// TestErrorCode_IsThePublishedTable compares the package's codes with the
// protocol's table and has the provider answer with each of them.
func TestErrorCode_IsThePublishedTable(t *testing.T) {
	t.Parallel()
	means := map[legacy.ErrorCode]error{
		legacy.InvalidAPIKey: legacy.ErrUnauthorized, legacy.SignatureDoesNotMatch: legacy.ErrUnauthorized, legacy.RequestTimeTooSkewed: legacy.ErrUnauthorized,
		legacy.DuplicatedSignature: legacy.ErrUnauthorized, legacy.UnknownAlgorithm: legacy.ErrUnauthorized, legacy.NotEnoughBalance: legacy.ErrInsufficientBalance,
		legacy.NoSuchMessage: legacy.ErrNotFound, legacy.InvalidResource: legacy.ErrNotFound, legacy.FileSizeTooBig: legacy.ErrTooLarge,
		legacy.ImageResolutionSizeTooBig: legacy.ErrTooLarge, legacy.RecipientsTooMany: legacy.ErrTooLarge,
		legacy.InvalidMethod: nil, legacy.InvalidMessageType: nil, legacy.NoImageInput: nil, legacy.NoMessageInput: nil,
		legacy.ImageTypeNotSupported: nil, legacy.InternalError: nil,
	}
	rows := 0
	for _, row := range clienttest.Table(t, "../../testdata/error-codes.csv") {
		if row["generation"] != "legacy" {
			continue
		}
		rows++
		code := legacy.ErrorCode(row["code"])
		status, _ := strconv.Atoi(row["http_status"])
		want, known := means[code]
		if !known {
			t.Errorf("%s is not among the constants", code)
		}
		info := code.Info()
		if info.Action == legacy.ActionNone || info.Action.Korean() == "" || info.Action.English() == "" || row["class"] != "rejected" {
			t.Errorf("%s: an operator is told %q", code, info.Action)
		}
		info.Action = ""
		if diff := cmp.Diff(legacy.ErrorInfo{
			Code: code, Known: true, Status: status, Korean: row["meaning_ko"], English: row["meaning_en"], Retry: legacy.Retry(row["retryable"]),
		}, info); diff != "" {
			t.Errorf("%s differs: %s", code, diff)
		}

		c, mux := setup(t)
		mux.HandleFunc("/", clienttest.Handler(status, `{"code":"`+row["code"]+`","message":"`+row["meaning_ko"]+`"}`))
		_, err := c.Messages.Send(t.Context(), legacy.SendParams{})
		var refused *legacy.APIError
		if !errors.As(err, &refused) || refused.Code != code || refused.Status != status || refused.Message != row["meaning_ko"] {
			t.Errorf("%s: %v", code, err)
		}
		for _, sentinel := range sentinels {
			if is := errors.Is(err, sentinel); is != errors.Is(sentinel, want) {
				t.Errorf("%s is %v: %t", code, sentinel, is)
			}
		}
		if legacy.IsAmbiguous(err) != (status == 500) || legacy.IsTemporary(err) != (status == 500 || code == legacy.DuplicatedSignature) {
			t.Errorf("%s: ambiguous %t, temporary %t", code, legacy.IsAmbiguous(err), legacy.IsTemporary(err))
		}
	}
	if rows != len(means) {
		t.Errorf("the table has %d rows, the package %d codes", rows, len(means))
	}
}

func TestErrorCode_UnknownOnesSurvive(t *testing.T) {
	t.Parallel()
	if got := legacy.ErrorCode("InvalidApiKey").Info(); got.Code != legacy.InvalidAPIKey {
		t.Errorf("case matters: %+v", got)
	}
	got := legacy.ErrorCode("SomethingNew").Info()
	want := legacy.ErrorInfo{
		Code: "SomethingNew", Korean: "알 수 없는 오류 코드 SomethingNew", English: "unknown error code SomethingNew",
		Retry: legacy.RetryUnsure, Action: legacy.ActionAskProvider,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a := legacy.Action("dance"); a.Korean() != "" || a.English() != "" {
		t.Errorf("an unknown action is %q", a.English())
	}
}

func TestAPIError_IsTheExample(t *testing.T) {
	t.Parallel()
	body := clienttest.File(t, "legacy-error.response-403.json")
	c, mux := setup(t)
	mux.HandleFunc("/", clienttest.Handler(403, string(body)))
	_, err := c.Cash.Balance(t.Context())
	var refused *legacy.APIError
	if !errors.As(err, &refused) || refused.Code != legacy.SignatureDoesNotMatch || string(refused.Body) != string(body) || !errors.Is(err, legacy.ErrUnauthorized) {
		t.Errorf("got %#v", err)
	}
	if want := "coolsms/legacy: GET /sms/2/balance: 403 SignatureDoesNotMatch: signature differs (example text)"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestAPIError_KeepsWhatTheAnswerSays(t *testing.T) {
	t.Parallel()
	c, mux := setup(t, legacy.WithClock(func() time.Time { return testNow }))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", testNow.Add(90*time.Second).Format(http.TimeFormat))
		w.Header().Set("X-Request-Id", "r-1")
		w.WriteHeader(429)
	})
	_, err := c.Messages.Send(t.Context(), legacy.SendParams{})
	var refused *legacy.APIError
	if !errors.As(err, &refused) || refused.RetryAfter != 90*time.Second || refused.RequestID != "r-1" || !errors.Is(err, legacy.ErrRateLimited) {
		t.Errorf("got %#v", refused)
	}
	if want := "coolsms/legacy: POST /sms/2/send: 429 Too Many Requests"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestAPIError_SaysHowFarTheClockIsOff(t *testing.T) {
	t.Parallel()
	for skew, says := range map[time.Duration]string{
		16*time.Minute + 2*time.Second: "16m2s ahead of the provider's: set it",
		-9 * time.Hour:                 "9h0m0s behind the provider's: set it",
	} {
		c, mux := setup(t, legacy.WithClock(func() time.Time { return testNow.Add(skew) }))
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", testNow.Format(http.TimeFormat))
			clienttest.Handler(403, `{"code":"RequestTimeTooSkewed","message":"x"}`)(w, r)
		})
		_, err := c.Cash.Balance(t.Context())
		var refused *legacy.APIError
		if !errors.As(err, &refused) || refused.Skew != skew || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", skew, err)
		}
	}
}

func TestErrors_LeaveNumbersOut(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc("GET /sms/2/sent", clienttest.HangUp)
	mux.HandleFunc("POST /sms/2/groups/{id}/send", clienttest.Handler(400, `{"code":"InvalidMethod","message":"to: 010-1234-5678"}`))
	if _, err := c.Messages.Sent(t.Context(), legacy.SentParams{To: "01012345678"}); err == nil || strings.Contains(err.Error(), "1234") {
		t.Errorf("the query shows: %v", err)
	}
	err := c.Groups.Send(t.Context(), "20260504100203123456789012") // an id is no number
	if want := "coolsms/legacy: POST /sms/2/groups/20260504100203123456789012/send: 400 InvalidMethod: to: (digits)"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestCallError_SaysWhatArrived has answers that are not what was asked for.
func TestCallError_SaysWhatArrived(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		"":       "the answer (200, empty) cannot be used: ",
		"<html>": "the answer (200, text/html, 6 bytes) cannot be used: ",
		"7":      "the answer (200, text/plain, 1 byte) cannot be used: it is not an object",
		`{"group_id":"` + strings.Repeat("x", 100<<10) + `"}`: "the answer (200, text/plain, 64 KiB or more) cannot be used: it does not say how many succeeded",
		`{"success_count":"01012345678x"}`:                    "something else stands where a number should be",
	} {
		c, mux := setup(t)
		mux.HandleFunc("/", clienttest.Handler(200, body))
		_, err := c.Messages.Send(t.Context(), legacy.SendParams{})
		var lost *legacy.CallError
		if !errors.As(err, &lost) || !strings.HasPrefix(body, string(lost.Body)) || len(lost.Body) > 64<<10 || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
		if err != nil && strings.Contains(err.Error(), "1234") {
			t.Errorf("a number shows: %v", err)
		}
	}
}
