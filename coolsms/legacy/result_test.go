package legacy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/coolsms/internal/clienttest"
	"github.com/sinpyo/sinpyo/coolsms/legacy"
)

var classes = map[string]legacy.Class{
	"pending": legacy.ClassPending, "delivered": legacy.ClassDelivered, "failed": legacy.ClassUndelivered, "rejected": legacy.ClassRejected,
}

func TestResultCode_IsThePublishedTable(t *testing.T) {
	t.Parallel()
	rows := clienttest.Table(t, "legacy-result-codes.csv")
	if len(rows) < 35 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, row := range rows {
		c := legacy.ResultCode(row["code"])
		want := legacy.ResultInfo{
			Code: c, Known: true, Korean: row["meaning_ko"], English: row["meaning_en"], Class: classes[row["class"]],
			Retry: legacy.Retry(row["retryable"]), Unreachable: row["number_unreachable"] == "yes",
		}
		got := c.Info()
		switch idle := got.Action == legacy.ActionNone; {
		case got.Action.Korean() == "" || got.Action.English() == "" || idle != (c == "00" || c == "60"):
			t.Errorf("%s: an operator is told %q", c, got.Action)
		case got.Retry == legacy.RetryYes && got.Action != legacy.ActionTryLater:
			t.Errorf("%s may be tried again, but an operator is told %q", c, got.Action)
		case (got.Action == legacy.ActionWait) != (want.Class == legacy.ClassPending):
			t.Errorf("%s: an operator is told %q", c, got.Action)
		}
		got.Action = ""
		if diff := cmp.Diff(want, got); diff != "" || !c.Known() || c.Class() != want.Class || c.Korean() != want.Korean || c.English() != want.English {
			t.Errorf("%s differs: %s", c, diff)
		}
	}
}

func TestResultCode_SortsUnknownOnesByWhatTheyLookLike(t *testing.T) {
	t.Parallel()
	for code, want := range map[legacy.ResultCode]legacy.Class{
		"62": legacy.ClassUndelivered, "98": legacy.ClassUndelivered,
		"1062": legacy.ClassRejected, "2062": legacy.ClassUndelivered, "3043": legacy.ClassUndelivered, "4001": legacy.ClassUndelivered,
		"2000": legacy.ClassPending, "2100": legacy.ClassPending, "3000": legacy.ClassPending, "4000": legacy.ClassDelivered,
		"": legacy.ClassUnknown, "0": legacy.ClassUnknown, "x0": legacy.ClassUnknown, "20x0": legacy.ClassUnknown, "TEST1000": legacy.ClassUnknown,
	} {
		got := code.Info()
		if got.Class != want || code.Known() || got.Retry != legacy.RetryUnsure || got.Known || got.Korean != "알 수 없는 결과 코드 "+string(code) || got.English != "unknown result code "+string(code) {
			t.Errorf("%q: %+v", code, got)
		}
		action := map[legacy.Class]legacy.Action{legacy.ClassPending: legacy.ActionWait, legacy.ClassDelivered: legacy.ActionNone}[want]
		if action == "" {
			action = legacy.ActionAskProvider
		}
		if got.Action != action {
			t.Errorf("%q: an operator is told %q", code, got.Action)
		}
	}
}

// TestSentMessage_Class reads status and code together: 00 alone is no delivery.
func TestSentMessage_Class(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status legacy.SentStatus
		code   legacy.ResultCode
		want   legacy.Class
	}{
		{legacy.SentReported, "00", legacy.ClassDelivered},
		{legacy.SentAtCarrier, "00", legacy.ClassPending},
		{legacy.SentWaiting, "00", legacy.ClassPending},
		{legacy.SentWaiting, "99", legacy.ClassPending},
		{legacy.SentWaiting, "", legacy.ClassPending},
		{"21", "00", legacy.ClassPending}, // the 2100 of old data
		{legacy.SentAtCarrier, "10", legacy.ClassUndelivered},
		{legacy.SentReported, "43", legacy.ClassUndelivered},
		{legacy.SentWaiting, "60", legacy.ClassUndelivered},
		{legacy.SentAtCarrier, "30", legacy.ClassRejected},
		{legacy.SentAtCarrier, "62", legacy.ClassRejected}, // 1062
		{legacy.SentReported, "62", legacy.ClassUndelivered},
		{legacy.SentReported, "x", legacy.ClassUnknown},
		{"x", "62", legacy.ClassUnknown},
	} {
		m := legacy.SentMessage{Status: tt.status, ResultCode: tt.code}
		if got := m.Class(); got != tt.want || m.Final() != (tt.want != legacy.ClassPending && tt.want != legacy.ClassUnknown) {
			t.Errorf("%s/%s is %s, final %t, want %s", tt.status, tt.code, got, m.Final(), tt.want)
		}
	}
}
