package traffic_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

func TestWindow_IsOfDaysInSeoul(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		t.Helper()
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	now := db.At(at("2026-05-04T15:20:00+09:00"))
	for _, c := range []struct {
		name                        string
		window                      traffic.Window
		since, until, before, again string
	}{
		{"today", traffic.Today(now), "2026-05-04T00:00:00+09:00", "2026-05-04T16:00:00+09:00", "2026-05-03T00:00:00+09:00", "2026-05-03T16:00:00+09:00"},
		{"7 days", traffic.Days(now, 7), "2026-04-28T00:00:00+09:00", "2026-05-04T16:00:00+09:00", "2026-04-21T00:00:00+09:00", "2026-04-27T16:00:00+09:00"},
		{
			"just after midnight", traffic.Today(db.At(at("2026-05-04T00:00:00+09:00"))),
			"2026-05-04T00:00:00+09:00", "2026-05-04T01:00:00+09:00", "2026-05-03T00:00:00+09:00", "2026-05-03T01:00:00+09:00",
		},
		{
			"widened to hours", traffic.Between(at("2026-05-04T01:30:00+09:00"), at("2026-05-04T03:00:01+09:00")),
			"2026-05-04T01:00:00+09:00", "2026-05-04T04:00:00+09:00", "2026-05-03T01:00:00+09:00", "2026-05-03T04:00:00+09:00",
		},
	} {
		for what, pair := range map[string][2]any{
			"since":        {c.window.Since(), db.At(at(c.since))},
			"until":        {c.window.Until(), db.At(at(c.until))},
			"before since": {c.window.Before().Since(), db.At(at(c.before))},
			"before until": {c.window.Before().Until(), db.At(at(c.again))},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s, %s: got %v, want %v", c.name, what, pair[0], pair[1])
			}
		}
	}
}

func TestHours_AddUpByDayAndByWeekday(t *testing.T) {
	t.Parallel()
	monday := traffic.Between(time.Date(2026, 5, 3, 15, 0, 0, 0, time.UTC), time.Date(2026, 5, 4, 15, 0, 0, 0, time.UTC))
	var hours []traffic.Hour
	for hour := monday.From; hour < monday.To+2; hour++ {
		hours = append(hours, traffic.Hour{Hour: hour, Sent: 1, Codes: 1})
	}
	days := traffic.Daily(hours)
	if len(days) != 2 || days[0].Hour != monday.From || days[0].Sent != 24 || days[1].Hour != monday.To || days[1].Sent != 2 {
		t.Errorf("by day: %+v", days)
	}
	week := traffic.Weekly(hours)
	for _, c := range []struct{ day, hour, want int }{{0, 0, 1}, {0, 23, 1}, {1, 0, 1}, {1, 1, 1}, {1, 2, 0}, {6, 23, 0}} {
		if got := week[c.day][c.hour].Sent; got != c.want {
			t.Errorf("weekday %d, %d o'clock: %d texts, want %d", c.day, c.hour, got, c.want)
		}
	}
}
