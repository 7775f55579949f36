package traffic

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	hourLong = time.Hour
	dayHours = 24
	// seoulAhead is how many hours a day begins earlier in Seoul than in UTC,
	// all year round.
	seoulAhead = 9
)

// Window is a row of whole hours, counted since the Unix epoch: From is in it,
// To is not.
type Window struct{ From, To int64 }

// Today returns the day in Seoul, up to and with the hour of now.
func Today(now db.Time) Window { return Days(now, 1) }

// Days returns so many days in Seoul, the last of which is today, up to and with
// the hour of now.
func Days(now db.Time, n int) Window {
	hour := hourOf(now)
	return Window{dayOf(hour) - int64(max(n, 1)-1)*dayHours, hour + 1}
}

// Between returns the hours from one time to before another, widened to whole
// ones.
func Between(since, until time.Time) Window {
	return Window{hourOf(db.At(since)), hourOf(db.At(until.Add(hourLong - time.Microsecond)))}
}

// Since returns when the window begins.
func (w Window) Since() db.Time { return startOf(w.From) }

// Until returns when the window is over.
func (w Window) Until() db.Time { return startOf(w.To) }

// Before returns the same hours as many whole days earlier as make two windows
// that do not meet: today until three o'clock goes with yesterday until three.
func (w Window) Before() Window {
	back := (w.To - w.From + dayHours - 1) / dayHours * dayHours
	return Window{w.From - back, w.To - back}
}

// hourOf returns the hour that a time is in.
func hourOf(at db.Time) int64 { return floor(int64(at), hourLong.Microseconds()) }

// startOf returns when an hour begins.
func startOf(hour int64) db.Time { return db.Time(hour * hourLong.Microseconds()) }

// dayOf returns the first hour of the day in Seoul that an hour is in.
func dayOf(hour int64) int64 { return floor(hour+seoulAhead, dayHours)*dayHours - seoulAhead }

// floor divides and rounds down, also below zero.
func floor(a, b int64) int64 {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}

// piece is a part of a window whose sums stand in rows of so many hours.
type piece struct {
	hours    int64
	from, to int64
}

// pieces parts a window into whole days and the hours before and after them.
func (w Window) pieces() (list []piece) {
	first, last := dayOf(w.From+dayHours-1), dayOf(w.To)
	if first >= last {
		return []piece{{1, w.From, w.To}}
	}
	for _, p := range []piece{{1, w.From, first}, {dayHours, first, last}, {1, last, w.To}} {
		if p.from < p.to {
			list = append(list, p)
		}
	}
	return list
}
