package sandboxtest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/sandbox/sandboxtest"
)

const phone = "01000000001"

// send sends a text through the client of package coolsms and returns the
// error of the last step.
func send(ctx context.Context, e *sandboxtest.Emulator, text string) error {
	client := coolsms.New(e.Key, e.Secret, coolsms.WithBaseURL(e.URL), coolsms.WithRetry(0))
	group, err := client.Groups.Create(ctx, coolsms.CreateGroupParams{})
	if err != nil {
		return err
	}
	message := coolsms.Message{To: phone, From: sandboxtest.Sender, Text: text}
	if _, err = client.Groups.Put(ctx, group.GroupID, []coolsms.Message{message}); err != nil {
		return err
	}
	_, err = client.Groups.Send(ctx, group.GroupID)
	return err
}

func TestWaitCode_GivesEachTextOnce(t *testing.T) {
	t.Parallel()
	e := sandboxtest.New(t)
	for _, text := range []string{"[예시] 인증번호 482913", "[예시] 인증번호 130579"} {
		if err := send(t.Context(), e, text); err != nil {
			t.Fatal(err)
		}
	}
	if first, second := e.WaitCode("010-0000-0001"), e.WaitCode(phone); first != "482913" || second != "130579" {
		t.Errorf("codes %s and %s", first, second)
	}
}

func TestWaitText_WaitsForWhatComesLater(t *testing.T) {
	t.Parallel()
	e := sandboxtest.New(t)
	sent := make(chan error)
	go func() { sent <- send(t.Context(), e, "[예시] 안내") }()
	if got := e.WaitText(phone); got.Text != "[Web발신]\n[예시] 안내" || got.Code() != "" || got.From != sandboxtest.Sender {
		t.Errorf("got %+v", got)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestWaitText_GivesWhatWasReported(t *testing.T) {
	t.Parallel()
	e := sandboxtest.New(t, sandbox.WithReportDelay(1))
	e.Fail(phone, "3043")
	if err := send(t.Context(), e, "[예시] 인증번호 482913"); err != nil {
		t.Fatal(err)
	}
	e.Fail(phone, "4000")
	if err := send(t.Context(), e, "[예시] 인증번호 130579"); err != nil {
		t.Fatal(err)
	}
	if got := e.WaitCode(phone); got != "130579" {
		t.Errorf("code %s, want that of the second text: the first never arrived", got)
	}
}

func TestFaults_MakeSendsGoWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		arm     func(e *sandboxtest.Emulator)
		arrives bool
		want    func(err error) bool
	}{
		{"lost answer", func(e *sandboxtest.Emulator) { e.LoseAnswers(1) }, true, coolsms.IsAmbiguous},
		{"cut", func(e *sandboxtest.Emulator) { e.CutSends(1) }, false, func(err error) bool { return err != nil }},
		{"refused", func(e *sandboxtest.Emulator) { e.Refuse(http.StatusTooManyRequests, "", 3) }, false, func(err error) bool {
			var refusal *coolsms.APIError
			return errors.As(err, &refusal) && refusal.Status == http.StatusTooManyRequests
		}},
		{"no money", (*sandboxtest.Emulator).EmptyPurse, false, func(err error) bool {
			var refusal *coolsms.APIError
			return errors.As(err, &refusal) && refusal.Code == "NotEnoughBalance"
		}},
		{"disarmed", func(e *sandboxtest.Emulator) { e.Fault(sandbox.Fault{Kind: sandbox.FaultReset})() }, true, func(err error) bool { return err == nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := sandboxtest.New(t)
			tt.arm(e)
			if err := send(t.Context(), e, "[예시] 인증번호 482913"); !tt.want(err) {
				t.Errorf("error %v", err)
			}
			if got := len(e.Handset(phone)) == 1; got != tt.arrives {
				t.Errorf("the text arrived: %v, want %v", got, tt.arrives)
			}
		})
	}
}
