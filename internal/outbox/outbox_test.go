package outbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/sandbox"
)

// The provider's three calls of a hand-over.
var calls = map[string][2]string{
	"create": {http.MethodPost, "/messages/v4/groups"},
	"put":    {http.MethodPut, "/messages/v4/groups/*/messages"},
	"send":   {http.MethodPost, "/messages/v4/groups/*/send"},
}

var troubles = map[string]faultSpec{
	"answer lost":        {Kind: "drop_reply"},
	"connection reset":   {Kind: "reset"},
	"503 after effect":   {Kind: "status", Status: 503, After: true},
	"503 before effect":  {Kind: "status", Status: 503},
	"500 after effect":   {Kind: "status", Status: 500, After: true},
	"429":                {Kind: "status", Status: 429},
	"an answer of noise": {Kind: "garbage"},
}

// TestHandOver_ExactlyOneTextWhateverGetsLost plays each trouble on each call,
// once and three times in a row, with a crash after it and without.
func TestHandOver_ExactlyOneTextWhateverGetsLost(t *testing.T) {
	t.Parallel()
	for call, route := range calls {
		for trouble, f := range troubles {
			for _, times := range []int{1, 3} {
				for _, crash := range []bool{false, true} {
					f.Method, f.Path, f.Times = route[0], route[1], times
					name := fmt.Sprintf("%s/%s/%d/crash=%v", call, trouble, times, crash)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						w := newWorld(t)
						w.control("faults", f)
						ids := make([]string, 5)
						for i := range ids {
							ids[i] = w.enqueue(number(t, i), "신표 인증번호 000000")
						}
						if crash {
							for range times + 2 {
								_, _ = w.Step(t.Context()) // the trouble is the point
							}
							w.restart()
						}
						w.settle(ids...)
						for i, id := range ids {
							if got := w.texts(number(t, i)); got != 1 {
								t.Errorf("number %d got %d texts, want 1", i, got)
							}
							if got := w.message(id).Status; got != outbox.Delivered {
								t.Errorf("message %d is %v, want delivered", i, got)
							}
							if got := w.sender(id); got != "0215770000 SMS" {
								t.Errorf("message %d is kept as sent from %q", i, got)
							}
						}
					})
				}
			}
		}
	}
}

// TestHandOver_CrashAfterEachStep forgets everything in memory after each
// number of steps and goes on.
func TestHandOver_CrashAfterEachStep(t *testing.T) {
	t.Parallel()
	for steps := range 16 {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.enqueue(number(t, 1), "신표 인증번호 000000")
			for range steps {
				if _, err := w.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			w.restart()
			w.settle(id)
			if got := w.texts(number(t, 1)); got != 1 {
				t.Errorf("%d texts, want 1", got)
			}
		})
	}
}

func TestHandOver_ManyTravelInOneGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]string, 300)
	for i := range ids {
		ids[i] = w.enqueue(number(t, i), "신표 인증번호 000000")
	}
	w.settle(ids...)
	groups := map[string]bool{}
	for i := range ids {
		texts := w.sandbox.Handset(number(t, i).National())
		if len(texts) != 1 {
			t.Fatalf("number %d got %d texts, want 1", i, len(texts))
		}
		groups[texts[0].GroupID] = true
	}
	if len(groups) != 1 {
		t.Errorf("300 waiting messages left in %d groups, want 1", len(groups))
	}
}

func TestHandOver_OneNumberTwiceTakesTwoGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	ids := []string{w.enqueue(to, "첫 문자"), w.enqueue(to, "둘째 문자")}
	w.settle(ids...)
	if got := w.texts(to); got != 2 {
		t.Fatalf("%d texts, want 2", got)
	}
}

func TestHandOver_ARefusedMessageIsRejectedAndItsNeighboursLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.enqueue(number(t, 1), "신표 인증번호 000000")
	bad := w.enqueue(number(t, 2), strings.Repeat("긴", 60)) // 120 bytes do not fit an SMS
	w.settle(good, bad)
	if got := w.message(good).Status; got != outbox.Delivered {
		t.Errorf("the good one is %v, want delivered", got)
	}
	if got := w.message(bad); got.Status != outbox.Rejected || got.StatusCode != "1031" || got.Failure() != outbox.Ours {
		t.Errorf("the long one is %v %s, want rejected 1031", got.Status, got.StatusCode)
	}
}

func TestHandOver_AllRefusedSendsNothingAndDeletesTheGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("senders", map[string]string{"phoneNumber": "0215770000", "status": "INACTIVE"})
	id := w.enqueue(number(t, 1), "신표 인증번호 000000")
	w.settle(id)
	if got := w.message(id); got.Status != outbox.Rejected || got.StatusCode != "1062" {
		t.Fatalf("the message is %v %s, want rejected 1062", got.Status, got.StatusCode)
	}
	w.drain()
	if got := w.groups("dead"); got != 1 {
		t.Errorf("%d dead groups, want 1", got)
	}
	if got := w.groups("open"); got != 0 {
		t.Errorf("%d open groups, want 0", got)
	}
}

func TestHandOver_NoMoneyWaitsUntilItCannotHelpAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("account", map[string]int{"balance": 0, "point": 0})
	late := w.enqueue(number(t, 1), "신표 인증번호 000000")
	w.settle(late)
	if got := w.message(late).Status; got != outbox.Dropped {
		t.Fatalf("without money the message ends %v, want dropped", got)
	}
	if got := w.texts(number(t, 1)); got != 0 {
		t.Fatalf("%d texts of a dropped message", got)
	}
	saved := w.enqueue(number(t, 2), "신표 인증번호 000000")
	for range 20 {
		_, _ = w.Step(t.Context()) // 402 is the point
	}
	w.control("account", map[string]int{"balance": 1000, "point": 0})
	w.settle(saved)
	if got := w.message(saved).Status; got != outbox.Delivered {
		t.Fatalf("once there is money again the message ends %v, want delivered", got)
	}
}

func TestPoll_DropsWhatWaitedTooLongForAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("faults", faultSpec{Method: http.MethodPost, Path: calls["create"][1], Kind: "status", Status: 503, Times: -1})
	id := w.enqueue(number(t, 1), "신표 인증번호 000000")
	if worked, err := w.Step(t.Context()); !worked || err != nil {
		t.Fatalf("taking up gives %v, %v", worked, err)
	}
	if _, err := w.Step(t.Context()); err == nil {
		t.Fatal("a provider that is away is no trouble")
	}
	if got := w.message(id).Status; got != outbox.Queued {
		t.Fatalf("while it may still be sent the message is %v, want queued", got)
	}
	w.settle(id)
	if got := w.message(id).Status; got != outbox.Dropped || w.texts(number(t, 1)) != 0 {
		t.Fatalf("after its deadline the message is %v, want dropped", got)
	}
}

func TestDrop_WhileTheAnswerIsOutTakesTheMessageOutOfTheGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("faults", faultSpec{Method: http.MethodPut, Path: calls["put"][1], Kind: "drop_reply", Times: 1})
	kept, dropped := w.enqueue(number(t, 1), "신표 인증번호 000000"), w.enqueue(number(t, 2), "신표 인증번호 000000")
	for w.message(kept).Status == outbox.Queued {
		_, _ = w.Step(t.Context()) // the lost answer is the point
	}
	err := w.db.Update(t.Context(), func(tx *db.Tx) error {
		w.Drop(tx, dropped)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.settle(kept, dropped)
	if got := w.message(dropped).Status; got != outbox.Dropped || w.texts(number(t, 2)) != 0 {
		t.Errorf("the unwanted message is %v with %d texts, want dropped with none", got, w.texts(number(t, 2)))
	}
	if got := w.message(kept).Status; got != outbox.Delivered || w.texts(number(t, 1)) != 1 {
		t.Errorf("its neighbour is %v with %d texts, want delivered with one", got, w.texts(number(t, 1)))
	}
}

// A group that the provider gives up takes down what is in it, and nothing else.
func TestFailed_WhatIsNotInTheGroupIsNotRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control("faults", faultSpec{Method: http.MethodPut, Path: calls["put"][1], Kind: "status", Status: 503, Times: 1})
	kept, dropped := w.enqueue(number(t, 1), "신표 인증번호 000000"), w.enqueue(number(t, 2), "신표 인증번호 000000")
	for w.message(kept).Status == outbox.Queued {
		_, _ = w.Step(t.Context()) // the lost call is the point
	}
	err := w.db.Update(t.Context(), func(tx *db.Tx) error {
		w.Drop(tx, dropped)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.control("quota", sandbox.Quota{})
	w.settle(kept, dropped)
	if got := w.message(kept).Status; got != outbox.Rejected {
		t.Errorf("the message in the group is %v, want rejected", got)
	}
	if got := w.message(dropped).Status; got != outbox.Dropped {
		t.Errorf("the message that never came into the group is %v, want dropped", got)
	}
}

func TestReports_TellWhyAMessageDidNotArrive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cases := []struct {
		code string
		want outbox.Failure
	}{{"3043", outbox.Unreachable}, {"3032", outbox.CannotReceive}, {"3015", outbox.Ours}}
	ids := make([]string, len(cases))
	for i, c := range cases {
		w.control("numbers", map[string]any{"to": number(t, i).National(), "statusCode": c.code})
		ids[i] = w.enqueue(number(t, i), "신표 인증번호 000000")
	}
	w.settle(ids...)
	for i, c := range cases {
		if got := w.message(ids[i]); got.Status != outbox.Undelivered || got.StatusCode != c.code || got.Failure() != c.want {
			t.Errorf("%s: %v %s %q, want undelivered, %q", c.code, got.Status, got.StatusCode, got.Failure(), c.want)
		}
	}
}

func TestReports_OneThatNeverComesIsUnknownAfter72Hours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithReportDelay(100*24*time.Hour))
	id := w.enqueue(number(t, 1), "신표 인증번호 000000")
	w.drain()
	if got := w.message(id).Status; got != outbox.Accepted {
		t.Fatalf("before its report the message is %v, want accepted", got)
	}
	w.clock.Advance(72*time.Hour + time.Minute)
	w.settle(id)
	if got := w.message(id).Status; got != outbox.Unknown {
		t.Fatalf("after 72 hours the message is %v, want unknown", got)
	}
}

func TestRestart_RetiresGroupsOfAnotherKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.drain()
	if w.groups("pool") == 0 {
		t.Fatal("no groups were made ahead of need")
	}
	err := w.db.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`UPDATE provider_groups SET fingerprint = 'another'`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before := w.groups("pool")
	w.restart()
	w.drain()
	if got := w.groups("dead"); got != before {
		t.Errorf("%d groups of the other key are dead, want %d", got, before)
	}
}

func TestStatus_MovesForward(t *testing.T) {
	t.Parallel()
	for _, s := range []outbox.Status{outbox.Delivered, outbox.Undelivered, outbox.Rejected, outbox.Dropped} {
		for _, next := range []outbox.Status{outbox.Queued, outbox.Sending, outbox.Accepted, outbox.Delivered, outbox.Undelivered} {
			if s.CanBecome(next) {
				t.Errorf("%s may become %s, but it is an end", s, next)
			}
		}
	}
	if !outbox.Unknown.CanBecome(outbox.Delivered) {
		t.Error("a late report settles an unknown message")
	}
}

// drain drives the dispatcher until it has nothing to do.
func (w *world) drain() {
	w.t.Helper()
	for range 200 {
		worked, err := w.Step(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
	w.t.Fatal("the dispatcher does not come to rest")
}

func (w *world) groups(status string) (n int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM provider_groups WHERE status = $1`, status).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
