package traffic

import (
	"context"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Hour is what became of the texts of an hour; of a day where it was made by
// [Daily].
type Hour struct {
	Hour      int64 // since the epoch
	Sent      int
	Delivered int
	Failed    int
	Codes     int
	Entered   int
	Won       int
	Passkeys  int
}

// Start returns when the hour begins.
func (h Hour) Start() db.Time { return startOf(h.Hour) }

// Conversion returns how many of a hundred codes were entered; ok is false when
// none was sent.
func (h Hour) Conversion() (percent float64, ok bool) { return percentOf(h.Entered, h.Codes) }

// add adds the sums of another hour.
func (h *Hour) add(other Hour) {
	h.Sent += other.Sent
	h.Delivered += other.Delivered
	h.Failed += other.Failed
	h.Codes += other.Codes
	h.Entered += other.Entered
	h.Won += other.Won
	h.Passkeys += other.Passkeys
}

// Hours tells what became of the texts of each hour of a window, the oldest
// first; hours without texts are there too.
func (t *Traffic) Hours(ctx context.Context, w Window) (list []Hour, err error) {
	err = t.read(ctx, func(tx *db.Tx) error {
		list = make([]Hour, max(w.To-w.From, 0))
		for i := range list {
			list[i].Hour = w.From + int64(i)
		}
		err := tx.Each(hoursBetween, []any{w.From, w.To}, func(scan func(...any) error) error {
			var h Hour
			err := scan(&h.Hour, &h.Sent, &h.Delivered, &h.Failed, &h.Codes, &h.Entered, &h.Won, &h.Passkeys)
			if err == nil {
				list[h.Hour-w.From] = h
			}
			return err
		})
		if err != nil {
			return err
		}
		return addRaw(tx, w, list)
	})
	if err != nil {
		return nil, fmt.Errorf("adding up texts by hour: %w", err)
	}
	return list, nil
}

// addRaw adds to the hours of a window what is in no sum.
func addRaw(tx *db.Tx, w Window, list []Hour) error {
	holes, err := gaps(tx, w)
	if err != nil {
		return err
	}
	err = raw(tx, w, holes, func(x text) { list[x.hour()-w.From].add(hourWith(x)) })
	if err != nil {
		return err
	}
	return eachHole(holes, func(hour int64) (err error) {
		list[hour-w.From].Passkeys, err = passkeys(tx, hour, hour+1)
		return err
	})
}

// eachHole calls fn with each hour of some windows.
func eachHole(holes []Window, fn func(hour int64) error) error {
	for _, hole := range holes {
		for hour := hole.From; hour < hole.To; hour++ {
			if err := fn(hour); err != nil {
				return err
			}
		}
	}
	return nil
}

// hourWith is an hour with one text.
func hourWith(x text) Hour {
	var c cell
	c.add(x)
	var one Tally
	one.add(x.Status, &c)
	return Hour{Sent: one.Sent, Delivered: one.Delivered, Failed: one.Failed, Codes: one.Codes, Entered: one.Entered, Won: one.Won}
}

// Daily adds hours up by the day in Seoul. The Hour of each is the day's first,
// also where that is not among them.
func Daily(hours []Hour) (days []Hour) {
	for _, h := range hours {
		day := dayOf(h.Hour)
		if len(days) == 0 || days[len(days)-1].Hour != day {
			days = append(days, Hour{Hour: day})
		}
		days[len(days)-1].add(h)
	}
	return days
}

// Weekly adds hours up by the day of the week, of which Monday is the first, and
// the hour of the day in Seoul.
func Weekly(hours []Hour) (week [7][dayHours]Hour) {
	const epochWeekday = 3 // the epoch was a Thursday
	for _, h := range hours {
		day := floor(h.Hour+seoulAhead, dayHours)
		weekday := ((day+epochWeekday)%7 + 7) % 7
		week[weekday][h.Hour-dayOf(h.Hour)].add(h)
	}
	return week
}
