package limit_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// TestSpending_IsTheMeanOfTheSevenDaysBefore spends on days that are counted from
// today in Seoul.
func TestSpending_IsTheMeanOfTheSevenDaysBefore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spent map[int]int // won, by how many days ago
		want  int
	}{
		"nothing yet":             {nil, 0},
		"the first day of all":    {map[int]int{0: 60}, 60},
		"the second":              {map[int]int{1: 100, 0: 40}, 100},
		"days without a text":     {map[int]int{4: 100, 0: 40}, 25},
		"the whole week":          {map[int]int{7: 700, 1: 700}, 200},
		"what is older":           {map[int]int{8: 7000, 7: 700}, 100},
		"only what is older":      {map[int]int{8: 7000}, 0},
		"rounded up":              {map[int]int{3: 20}, 7},
		"a day that was released": {map[int]int{5: 0, 2: 40}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// 23:30 in Seoul, so that its days are not those of UTC.
			clock := dbtest.NewClock(time.Date(2026, 5, 4, 14, 30, 0, 0, time.UTC))
			d := dbtest.New(t, dbtest.WithClock(clock))
			today := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC).Unix() / (24 * 3600)
			var got int
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				for ago, won := range c.spent {
					tx.Exec(`INSERT INTO won_days (day, reserved) VALUES ($1, $2)`, today-int64(ago), won)
				}
				return nil
			})
			if err == nil {
				err = d.View(t.Context(), func(tx *db.Tx) (err error) {
					got, err = limit.New(limit.Options{DB: d}).Spending(tx)
					return err
				})
			}
			if err != nil || got != c.want {
				t.Errorf("Spending = %d, %v; want %d", got, err, c.want)
			}
		})
	}
}

// TestEraseRows_KeepsTheDaysThatSpendingLooksAt erases as the hourly job does,
// after ten days with a text each.
func TestEraseRows_KeepsTheDaysThatSpendingLooksAt(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	c := plenty
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	for range 10 {
		permit(t, l, application("a"), false)
		clock.Advance(24 * time.Hour)
		if err := l.Tend(t.Context()); err != nil { // gives back what was granted and not used
			t.Fatal(err)
		}
	}
	if _, err := l.EraseRows(t.Context(), d.Now().Add(-limit.RowsKept)); err != nil {
		t.Fatal(err)
	}
	var got int
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		got, err = l.Spending(tx)
		return err
	})
	if err != nil || got != limit.TextPrice {
		t.Errorf("Spending = %d, %v after a text a day, want %d", got, err, limit.TextPrice)
	}
	if n := count(t, d, `SELECT count(*) FROM won_days`); n != 9 {
		t.Errorf("%d days are kept, want 9", n)
	}
}
