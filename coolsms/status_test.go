package coolsms_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
)

func TestStatusCode_IsThePublishedTable(t *testing.T) {
	t.Parallel()
	classes := map[string]coolsms.Class{
		"pending": coolsms.ClassPending, "delivered": coolsms.ClassDelivered, "failed": coolsms.ClassUndelivered, "rejected": coolsms.ClassRejected,
	}
	rows := table(t, "status-codes.csv")
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
