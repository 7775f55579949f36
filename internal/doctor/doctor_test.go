package doctor_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/doctor"
)

// incomplete reports whether a remedy lacks a cause or a cure in a language.
func incomplete(r doctor.Remedy) bool {
	return r.Cause.English == "" || r.Cure.English == "" || r.Cause.Korean == "" || r.Cure.Korean == ""
}

// TestRemedies wants a cause and a cure for whatever a call can end with, and
// none for a person who stopped it.
func TestRemedies(t *testing.T) {
	t.Parallel()
	refusals := []error{
		&coolsms.APIError{Status: 429, Code: coolsms.TooManyRequests},
		&coolsms.APIError{Status: 403, Code: "InvalidApiKey"}, // as one SDK writes it
		&coolsms.APIError{Status: 403, Code: coolsms.DuplicatedSignature},
		&coolsms.APIError{Status: 401},
		&coolsms.APIError{Status: 404},
		&coolsms.APIError{Status: 502},
		&coolsms.APIError{Status: 400, Code: "SomethingNew"},
		&coolsms.CallError{Status: 200, Err: errors.New("broken")},
		&coolsms.CallError{Err: syscall.ENETUNREACH},
		&coolsms.CallError{Err: os.ErrDeadlineExceeded},
		&coolsms.MessageError{StatusCode: "1062"},
		&coolsms.MessageError{StatusCode: "1030"},
		&coolsms.MessageError{StatusCode: "1999"},
	}
	for _, code := range coolsms.ErrorCodes() {
		refusals = append(refusals, &coolsms.APIError{Status: code.Info().Status, Code: code})
	}
	for _, err := range refusals {
		if r := doctor.RemedyOf(fmt.Errorf("asking: %w", err)); incomplete(r) {
			t.Errorf("%v: remedy %+v", err, r)
		}
	}
	expired := doctor.CertificateRemedy(x509.CertificateInvalidError{Reason: x509.Expired})
	if !strings.Contains(expired.Cure.English, "clock") {
		t.Errorf("a certificate out of date: %+v", expired)
	}
}

func TestExamine_NumbersWhatItFindsAndStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	fine := func(context.Context) doctor.Finding { return doctor.Fine(doctor.Detail("well", "좋아요")) }
	checks := []doctor.Check{
		{Name: "first", Look: fine},
		{Name: "second", Look: func(context.Context) doctor.Finding {
			return doctor.Warn(doctor.Plain("soon"), doctor.NoMoney)
		}},
	}
	found, err := doctor.Examine(ctx, checks)
	if err != nil || len(found) != 2 || found[1].Number != 2 || found[1].Name != "second" || doctor.Worst(found) != doctor.Warning {
		t.Errorf("found %+v, %v", found, err)
	}
	text, err := json.Marshal(found[1])
	want := `{"number":2,"name":"second","state":"warning","detail":"soon","cause":"the account has too little money",` +
		`"cure":"charge the account in the provider's console; sinpyo balance shows what is left"}`
	if err != nil || string(text) != want {
		t.Errorf("as JSON %s (%v), want %s", text, err, want)
	}
	checks = append(checks, doctor.Check{Name: "third", Look: func(context.Context) doctor.Finding {
		cancel()
		return doctor.Finding{}
	}})
	if found, err = doctor.Examine(ctx, checks); !errors.Is(err, context.Canceled) || len(found) != 2 {
		t.Errorf("stopped after %d (%v)", len(found), err)
	}
	if n := doctor.Count(found, doctor.OK); n != 1 {
		t.Errorf("%d ended well", n)
	}
	if doctor.Worst([]doctor.Finding{{State: doctor.Warning}, {State: doctor.Failed}, {State: doctor.OK}}) != doctor.Failed {
		t.Error("the worst is not the failure")
	}
	if doctor.Failed.Sign() != "✗" || !strings.Contains(doctor.Needs("the key", "키가", 8).Detail.English, "check 8") {
		t.Error("a state or a need is told in another way")
	}
}
