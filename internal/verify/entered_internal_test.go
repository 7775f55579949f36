package verify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// TestEntered_ReadsTheIdsOfItsHours wants the verifications of the hours, those
// begun shortly before included, and no others read.
func TestEntered_ReadsTheIdsOfItsHours(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, func(o *db.Options) { o.DuplicateClosures = false })
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	to, err := phone.Parse("010-0123-4567")
	if err != nil {
		t.Fatal(err)
	}
	const verifications = 10_000 // one a minute
	now := d.Now()
	for i := 0; i < verifications; i += 1000 {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			for j := i; j < i+1000; j++ {
				at := now.Add(time.Duration(j-verifications) * time.Minute)
				p := Past{
					ID: id.At("ver", at.Std(), [10]byte{8: byte(j >> 8), 9: byte(j)}), Purpose: Login, Status: Expired, To: to, Sends: 1,
					MessageID: fmt.Sprint("msg_", verifications-j), CreatedAt: at, SentAt: at, EndedAt: at,
				}
				if j%30 == 0 {
					p.Status, p.ApprovedAt = Redeemed, at.Add(time.Second)
				}
				WritePast(tx, p.Row(ring))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Analyze(t, d, "verifications")
	binds := []any{id.Before("ver", now.Add(-time.Hour).Std()), id.Before("ver", now.Std())}
	for _, query := range []string{enteredBetween, begunBetween} {
		if plan := dbtest.Plan(t, d, query, binds...); dbtest.Scans(plan) {
			t.Errorf("it reads everything:\n%s", strings.Join(plan, "\n"))
		}
	}
	got := map[string]db.Time{}
	err = d.View(t.Context(), func(tx *db.Tx) error {
		return Entered(tx, now.Add(-40*time.Minute), now, func(messageID string, at db.Time) { got[messageID] = at })
	})
	want := map[string]db.Time{}
	for j := verifications - 60; j < verifications; j++ { // twenty minutes more than asked for
		if j%30 == 0 {
			want[fmt.Sprint("msg_", verifications-j)] = now.Add(time.Duration(j-verifications)*time.Minute + time.Second)
		}
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
