package coolsms_test

import (
	"strconv"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
)

func TestStatusCode_IsThePublishedTable(t *testing.T) {
	t.Parallel()
	classes := map[string]coolsms.Class{
		"pending": coolsms.ClassPending, "delivered": coolsms.ClassDelivered, "failed": coolsms.ClassUndelivered, "rejected": coolsms.ClassRejected,
	}
	rows := clienttest.Table(t, "status-codes.csv")
	if len(rows) < 80 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, row := range rows {
		c := coolsms.StatusCode(row["code"])
		if !c.Known() || c.Class() != classes[row["class"]] || c.Korean() != row["meaning_ko"] || c.English() != row["meaning_en"] ||
			c.Retryable() != (row["retryable"] == "yes") || c.NumberUnreachable() != (row["number_unreachable"] == "yes") {
			t.Errorf("%s differs: %s, %q, %q, retryable %t, unreachable %t", c, c.Class(), c.Korean(), c.English(), c.Retryable(), c.NumberUnreachable())
		}
		if c.Unreachable() && c.CannotReceive() {
			t.Errorf("%s is both a failure of the moment and of the number", c)
		}
		if (c.Unreachable() || c.CannotReceive()) && (c.Class() == coolsms.ClassPending || c.Class() == coolsms.ClassDelivered) {
			t.Errorf("%s is no failure", c)
		}
		if c.NumberUnreachable() && !c.Unreachable() && !c.CannotReceive() {
			t.Errorf("%s is a failure of the recipient's side", c)
		}
	}
}

func TestStatusCode_SortsUnknownOnesByTheirFirstDigit(t *testing.T) {
	t.Parallel()
	for code, want := range map[coolsms.StatusCode]coolsms.Class{
		"1999": coolsms.ClassRejected, "2999": coolsms.ClassUndelivered, "3999": coolsms.ClassUndelivered, "4001": coolsms.ClassUndelivered,
		"": coolsms.ClassUnknown, "TEST1000": coolsms.ClassUnknown, "20": coolsms.ClassUnknown, "2x00": coolsms.ClassUnknown,
	} {
		if got := code.Class(); got != want || code.Known() || code.Retryable() || code.Unreachable() || code.CannotReceive() || code.Korean() != "" {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
		if got := code.Final(); got != (want != coolsms.ClassUnknown) {
			t.Errorf("%q is final: %t", code, got)
		}
	}
}

func TestStatusCode_ToldToThePersonWhoWaits(t *testing.T) {
	t.Parallel()
	const moment, number, sender = "cannot be reached now", "cannot get texts", "our side"
	for code, want := range map[coolsms.StatusCode]string{
		"3040": moment, "3042": moment, "3043": moment, "3045": moment, "3056": moment,
		"3010": number, "3032": number, "3047": number, "3050": number, "1060": number, "2061": number,
		"1062": sender, "2230": sender, "3012": sender, "3059": sender, "3054": sender, "3999": sender,
	} {
		got := sender
		switch {
		case code.Unreachable():
			got = moment
		case code.CannotReceive():
			got = number
		}
		if got != want {
			t.Errorf("%s (%s): %s, want %s", code, code.English(), got, want)
		}
	}
	for _, code := range []coolsms.StatusCode{coolsms.StatusAccepted, coolsms.StatusAtCarrier} {
		if code.Final() {
			t.Errorf("%s is not the end", code)
		}
	}
	if !coolsms.StatusDelivered.Final() {
		t.Error("delivered is the end")
	}
}

func TestStatusCode_InfoSaysWhatToDo(t *testing.T) {
	t.Parallel()
	retry := map[string]coolsms.Retry{"yes": coolsms.RetryYes, "no": coolsms.RetryNo, "unknown": coolsms.RetryUnsure}
	rows := clienttest.Table(t, "status-codes.csv")
	codes := coolsms.StatusCodes()
	if len(codes) != len(rows) {
		t.Fatalf("%d codes, and %d in the published table", len(codes), len(rows))
	}
	for i, row := range rows {
		got := codes[i].Info()
		want := coolsms.StatusInfo{
			Code: coolsms.StatusCode(row["code"]), Known: true, Class: codes[i].Class(),
			Korean: row["meaning_ko"], English: row["meaning_en"], Retry: retry[row["retryable"]], Action: got.Action,
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		checkAdvice(t, string(codes[i]), got.Action)
		if (got.Action == coolsms.ActionWait) != (got.Class == coolsms.ClassPending) || (got.Action == coolsms.ActionNone) != (got.Class == coolsms.ClassDelivered) {
			t.Errorf("%s is %s, and the advice is %s", got.Code, got.Class, got.Action)
		}
		if got.Retry == coolsms.RetryYes && got.Action != coolsms.ActionTryLater {
			t.Errorf("%s may get through later, and the advice is %s", got.Code, got.Action)
		}
	}
}

// checkAdvice fails when an action has no sentences.
func checkAdvice(t *testing.T, code string, a coolsms.Action) {
	t.Helper()
	if a.Korean() == "" || a.English() == "" {
		t.Errorf("%s: the action %q has no sentences", code, a)
	}
}

func TestStatusCode_InfoOfAnUnknownOne(t *testing.T) {
	t.Parallel()
	for code, class := range map[coolsms.StatusCode]coolsms.Class{
		"1999": coolsms.ClassRejected, "2999": coolsms.ClassUndelivered, "3999": coolsms.ClassUndelivered, "x": coolsms.ClassUnknown,
	} {
		got := code.Info()
		if got.Known || got.Class != class || got.Korean == "" || got.English == "" || got.Retry != coolsms.RetryUnsure || got.Action != coolsms.ActionAskProvider {
			t.Errorf("got %+v", got)
		}
	}
}

func TestErrorCode_IsThePublishedTable(t *testing.T) {
	t.Parallel()
	known := map[coolsms.ErrorCode]bool{}
	for _, c := range coolsms.ErrorCodes() {
		known[c] = true
	}
	rows := 0
	for _, row := range clienttest.Table(t, "error-codes.csv") {
		if row["generation"] != "v4" {
			continue
		}
		rows++
		code := coolsms.ErrorCode(row["code"])
		got := code.Info()
		if !known[code] || !got.Known || got.Code != code || strconv.Itoa(got.Status) != row["http_status"] || got.Korean != row["meaning_ko"] ||
			got.English != row["meaning_en"] || (got.Retry == coolsms.RetryYes) != (row["retryable"] == "yes") {
			t.Errorf("%s differs: %+v", code, got)
		}
		checkAdvice(t, row["code"], got.Action)
	}
	if rows != len(known) {
		t.Errorf("%d codes, and %d in the published table", len(known), rows)
	}
	if got := coolsms.ErrorCode("InvalidApiKey").Info(); got.Code != coolsms.InvalidAPIKey { // as one SDK writes it
		t.Errorf("in another case: %+v", got)
	}
	if got := coolsms.ErrorCode("Brandnew").Info(); got.Known || got.Status != 0 || got.Korean == "" || got.English == "" || got.Action != coolsms.ActionAskProvider {
		t.Errorf("an unknown one: %+v", got)
	}
}
