package console_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

// ended says how a text of the past ended, and whether its code was entered.
type ended struct {
	status  outbox.Status
	code    string
	carrier string
	entered bool
}

// busy returns a console with two weeks of texts behind it, the same ones each
// time, and sender numbers of which one ends soon.
func busy(t testing.TB) *consoletest.World {
	t.Helper()
	w := consoletest.New(t, consoletest.Options{})
	now := db.At(w.Clock.Now())
	made := 0
	write(t, w, func(tx *db.Tx) {
		made = 0
		for day := range 14 {
			for hour := range 24 {
				at := now.Add(-time.Duration(day)*24*time.Hour - time.Duration(hour)*time.Hour)
				for i := range 1 + (hour*7+day)%5 {
					e := ended{outbox.Delivered, "4000", []string{"SKT", "KTF", "LGT"}[made%3], made%9 > 0}
					switch {
					case made%29 == 0:
						e = ended{outbox.Undelivered, "3043", "LGT", false}
					case day == 2 && hour == 5:
						e = ended{outbox.Undelivered, "3042", "KTF", false}
					case made%61 == 0:
						e = ended{status: outbox.Rejected, code: "1062"}
					}
					made++
					past(t, tx, w, made, at.Add(time.Duration(i)*time.Second), e)
				}
			}
		}
		for i := range 14 {
			past(t, tx, w, 5000+i, now.Add(-53*time.Hour+time.Duration(i)*time.Second), ended{outbox.Undelivered, "3042", "KTF", false})
		}
		past(t, tx, w, 6000, now.Add(-time.Second), ended{status: outbox.Accepted, code: "2000"})
		for range 3 {
			audit.Tell(tx, audit.Event{Kind: audit.SignedIn, UserID: "usr_1", Detail: "passkey"})
		}
	})
	for number, days := range map[string]int{consoletest.Sender: 6, consoletest.LoginSender: 24, consoletest.SecondSender: 143} {
		if err := w.Provider.Register(sandbox.Sender{PhoneNumber: number, ExpireAt: w.Clock.Now().Add(time.Duration(days)*24*time.Hour + time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Watch.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// past writes the n-th text and its verification.
func past(t testing.TB, tx *db.Tx, w *consoletest.World, n int, at db.Time, e ended) {
	t.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		t.Fatal(err)
	}
	entropy := [10]byte{8: byte(n >> 8), 9: byte(n)}
	m := outbox.Past{
		ID: id.At("msg", at.Std(), entropy), VerificationID: id.At("ver", at.Std(), entropy), ApplicationID: app.Builtin,
		Purpose: "signup", To: to, Status: e.status, StatusCode: e.code, Carrier: e.carrier, CreatedAt: at, Cost: 20,
	}
	if n%4 == 0 {
		m.Purpose = "login"
	}
	v := verify.Past{
		ID: m.VerificationID, ApplicationID: app.Builtin, Purpose: verify.Purpose(m.Purpose), Locale: "ko", Status: verify.Expired,
		To: to, Sends: 1, MessageID: m.ID, CreatedAt: at, SentAt: at, EndedAt: at.Add(5 * time.Minute),
	}
	if e.status == outbox.Delivered {
		m.AcceptedAt, m.ReceivedAt = at.Add(time.Second), at.Add(time.Duration(2+n%5)*time.Second)
		m.EndedAt = m.ReceivedAt
		if e.entered {
			v.ApprovedAt = m.ReceivedAt.Add(time.Duration(10+n%20) * time.Second)
		}
	}
	if e.status == outbox.Undelivered || e.status == outbox.Rejected {
		m.EndedAt = at.Add(2 * time.Second)
	}
	outbox.WritePast(tx, m.Row(w.Ring))
	verify.WritePast(tx, v.Row(w.Ring))
}

func write(t testing.TB, w *consoletest.World, act func(tx *db.Tx)) {
	t.Helper()
	if err := w.DB.Update(t.Context(), func(tx *db.Tx) error { act(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}
