package traffic

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
)

const (
	// dropLeast is how many codes tell something about a carrier.
	dropLeast = 50
	// dropHours is how far back the newest of them are looked for.
	dropHours = dayHours
	// usualHours is what they are compared with.
	usualHours = 7 * dayHours
	// dropPoints is how far a conversion falls until there is an alarm.
	dropPoints = 15
)

// Share is how many codes were sent, and how many of them entered.
type Share struct{ Codes, Entered int }

// Conversion returns how many of a hundred codes were entered; ok is false when
// none was sent.
func (s Share) Conversion() (percent float64, ok bool) { return percentOf(s.Entered, s.Codes) }

// Drop compares the newest codes to phones of a carrier with those of the seven
// days before.
type Drop struct {
	Carrier string
	Hours   Window // of the newest hours that have fifty codes together
	Now     Share  // in those hours
	Usual   Share
	Fallen  bool // by fifteen points or more
}

// Carriers compares each carrier whose phones were sent fifty codes within a day.
// It looks at hours that are added up, and at texts that a report has named the
// carrier of.
func (t *Traffic) Carriers(ctx context.Context) (list []Drop, err error) {
	err = t.read(ctx, func(tx *db.Tx) (err error) {
		list, err = readCarriers(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("comparing carriers: %w", err)
	}
	return list, nil
}

func readCarriers(tx *db.Tx) (list []Drop, err error) {
	closed := closedAt(tx.Now)
	drops := make(map[string]*Drop)
	err = tx.Each(carrierHours, []any{closed - dropHours - usualHours, closed}, func(scan func(...any) error) error {
		var hour int64
		var carrier string
		var s Share
		if err := scan(&hour, &carrier, &s.Codes, &s.Entered); err != nil {
			return err
		}
		d := drops[carrier]
		if d == nil {
			d = &Drop{Carrier: carrier, Hours: Window{closed, closed}}
			drops[carrier] = d
		}
		d.count(hour, s, closed)
		return nil
	})
	for _, d := range drops {
		if d.Now.Codes >= dropLeast {
			d.compare()
			list = append(list, *d)
		}
	}
	slices.SortFunc(list, func(a, b Drop) int { return cmp.Compare(a.Carrier, b.Carrier) })
	return list, err
}

// count counts an hour; the newest come first.
func (d *Drop) count(hour int64, s Share, closed int64) {
	into := &d.Usual
	switch {
	case d.Now.Codes < dropLeast && hour >= closed-dropHours:
		into = &d.Now
		d.Hours.From = hour
	case hour < d.Hours.From-usualHours:
		return
	}
	into.Codes += s.Codes
	into.Entered += s.Entered
}

func (d *Drop) compare() {
	now, _ := d.Now.Conversion()
	usual, ok := d.Usual.Conversion()
	d.Fallen = ok && d.Usual.Codes >= dropLeast && now <= usual-dropPoints
}

// carriers are those that the provider names. Others share a word, so that no
// metric has as many values as somebody likes to report.
var carriers = []string{"SKT", "KTF", "LGT", "ETC"}

// Watch raises an alarm when a carrier's conversion has fallen. It looks once
// after each hour; Run repeats it.
func (t *Traffic) Watch(ctx context.Context) error {
	closed := closedAt(t.db.Now())
	if closed == t.watched.Load() {
		return nil
	}
	list, err := t.Carriers(ctx)
	if err != nil {
		return err
	}
	t.watched.Store(closed)
	for _, d := range list {
		now, _ := d.Now.Conversion()
		usual, _ := d.Usual.Conversion()
		name := d.Carrier
		if !slices.Contains(carriers, name) {
			name = "other"
		}
		t.metrics.conversion.WithLabelValues(name).Set(now)
		if !d.Fallen {
			continue
		}
		t.log.Warn("traffic: fewer codes are entered on the phones of a carrier",
			"carrier", name, "codes", d.Now.Codes, "percent", int(now), "usual_percent", int(usual))
		if t.limits != nil {
			t.limits.Alarm(limit.CarrierConversion, "")
		}
	}
	return nil
}
