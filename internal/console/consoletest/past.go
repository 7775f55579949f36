package consoletest

import (
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

// Ended says how a text of the past ended, and whether its code was entered.
type Ended struct {
	Status        outbox.Status
	Code, Carrier string
	Entered       bool
}

// Fill gives the console two weeks of texts, the same ones each time, and sender
// numbers of which one ends soon.
func (w *World) Fill() {
	w.Helper()
	now := db.At(w.Clock.Now())
	made := 0
	w.Write(func(tx *db.Tx) {
		made = 0
		for day := range 14 {
			for hour := range 24 {
				at := now.Add(-time.Duration(day)*24*time.Hour - time.Duration(hour)*time.Hour)
				for i := range 1 + (hour*7+day)%5 {
					e := Ended{outbox.Delivered, "4000", []string{"SKT", "KTF", "LGT"}[made%3], made%9 > 0}
					switch {
					case made%29 == 0:
						e = Ended{outbox.Undelivered, "3043", "LGT", false}
					case day == 2 && hour == 5:
						e = Ended{outbox.Undelivered, "3042", "KTF", false}
					case made%61 == 0:
						e = Ended{Status: outbox.Rejected, Code: "1062"}
					}
					made++
					w.Past(tx, made, at.Add(time.Duration(i)*time.Second), e)
				}
			}
		}
		for i := range 14 {
			w.Past(tx, 5000+i, now.Add(-53*time.Hour+time.Duration(i)*time.Second), Ended{outbox.Undelivered, "3042", "KTF", false})
		}
		w.Past(tx, 6000, now.Add(-time.Second), Ended{Status: outbox.Accepted, Code: "2000"})
		for range 3 {
			audit.Tell(tx, audit.Event{Kind: audit.SignedIn, UserID: "usr_1", Detail: "passkey"})
		}
	})
	for number, days := range map[string]int{Sender: 6, LoginSender: 24, SecondSender: 143} {
		if err := w.Provider.Register(sandbox.Sender{PhoneNumber: number, ExpireAt: w.Clock.Now().Add(time.Duration(days)*24*time.Hour + time.Hour)}); err != nil {
			w.Fatal(err)
		}
	}
	if err := w.Watch.Once(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// Strain uses up the minute of an application, so that some starts are refused and
// an alarm is raised, and has challenges shown before each of its starts.
func (w *World) Strain() {
	w.Helper()
	c := limit.Case{Application: app.Builtin, Number: []byte("number")}
	for range 140 {
		if _, err := w.Limits.Permit(w.Context(), c, false); err != nil && !errors.Is(err, limit.ErrBudget) {
			w.Fatal(err)
		}
	}
	if err := w.Limits.Converted(w.Context(), app.Builtin, 100, 10); err != nil {
		w.Fatal(err)
	}
	if _, err := w.Limits.Admit(w.Context(), c, false); !errors.Is(err, limit.ErrChallenge) {
		w.Fatalf("a start without a challenge: %v", err)
	}
	if err := w.Limits.Tend(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// Past writes the n-th text and its verification.
func (w *World) Past(tx *db.Tx, n int, at db.Time, e Ended) {
	w.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		w.Fatal(err)
	}
	var entropy [10]byte
	copy(entropy[:], fmt.Sprintf("%010d", n))
	m := outbox.Past{
		ID: id.At("msg", at.Std(), entropy), VerificationID: id.At("ver", at.Std(), entropy), ApplicationID: app.Builtin,
		Purpose: "signup", To: to, Status: e.Status, StatusCode: e.Code, Carrier: e.Carrier, CreatedAt: at, Cost: 20,
	}
	if n%4 == 0 {
		m.Purpose = "login"
	}
	v := verify.Past{
		ID: m.VerificationID, ApplicationID: app.Builtin, Purpose: verify.Purpose(m.Purpose), Locale: "ko", Status: verify.Expired,
		To: to, Sends: 1, MessageID: m.ID, CreatedAt: at, SentAt: at, EndedAt: at.Add(5 * time.Minute),
	}
	if e.Status == outbox.Delivered {
		m.AcceptedAt, m.ReceivedAt = at.Add(time.Second), at.Add(time.Duration(2+n%5)*time.Second)
		m.EndedAt = m.ReceivedAt
		if e.Entered {
			v.ApprovedAt = m.ReceivedAt.Add(time.Duration(10+n%20) * time.Second)
		}
	}
	if e.Status == outbox.Undelivered || e.Status == outbox.Rejected {
		m.EndedAt = at.Add(2 * time.Second)
	}
	outbox.WritePast(tx, m.Row(w.Ring))
	verify.WritePast(tx, v.Row(w.Ring))
}

// Write runs an act that must be kept.
func (w *World) Write(act func(tx *db.Tx)) {
	w.Helper()
	if err := w.DB.Update(w.Context(), func(tx *db.Tx) error { act(tx); return nil }); err != nil {
		w.Fatal(err)
	}
}
