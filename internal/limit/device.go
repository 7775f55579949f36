package limit

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// ErrDevice ends an act because what the browser has of its own is spent; the
// number's own budget is then the next to ask. It reaches no caller.
var ErrDevice = errors.New("the trusted browser's own budget is spent")

// What a browser that signed in before may have sent, on top of the number's
// own (product §2).
const (
	deviceSendsInHour = 3
	deviceSendsInDay  = 6
)

// Device is a browser that signed in before to the account of the very number it
// asks for, as its caller has made sure of. The zero Device is any other
// browser.
type Device struct{ hash []byte }

// NewDevice returns the device of a keyed hash.
func NewDevice(hash []byte) Device { return Device{hash} }

// IsZero reports whether it is no known browser.
func (d Device) IsZero() bool { return len(d.hash) == 0 }

// Hash returns what a row keeps of it, nil for the zero Device.
func (d Device) Hash() []byte { return d.hash }

// FromDevice is [From] for the texts that the browser $1 was sent of its own.
func FromDevice(table string) string { return fmt.Sprintf(deviceSubjectsOf, table) }

// deviceBounds are how far a row of device_limits may have come.
type deviceBounds struct{ sent1, sent3, sent6, hour, day, month db.Time }

// boundDevice returns what holds back a text, with sends, or a check. Wrong
// checks count for a text only where it begins a verification.
func boundDevice(now db.Time, sends, wrong bool) deviceBounds {
	b := boundlessDevice
	if sends {
		b.sent1, b.sent3, b.sent6 = now.Add(-sendGap), now.Add(-time.Hour), now.Add(-24*time.Hour)
	}
	if !wrong {
		return b
	}
	b.hour, b.day, b.month = now.Add(wrongHour.Slack()), now.Add(wrongDay.Slack()), now.Add(wrongMonth.Slack())
	return b
}

var boundlessDevice = deviceBounds{forever, forever, forever, forever, forever, forever}

func (l *Limits) deviceBounds(now db.Time, sends, wrong bool) deviceBounds {
	if l.shadows(DeviceSends) {
		return boundlessDevice
	}
	return boundDevice(now, sends, wrong)
}

func (b deviceBounds) args() []any { return []any{b.sent1, b.sent3, b.sent6, b.hour, b.day, b.month} }

func (b deviceBounds) guesses() []any { return []any{b.hour, b.day, b.month} }

func (l *Limits) takeDevice(tx *db.Tx, t *Text) {
	b := l.deviceBounds(tx.Now, true, t.Begins)
	tx.Must(1, ErrDevice, takeDevice, t.Device.hash, t.Number, tx.Now, t.Subject,
		b.sent1, b.sent3, b.sent6, b.hour, b.day, b.month)
}

func (l *Limits) takeDeviceGuess(tx *db.Tx, g *Guess) {
	b := l.deviceBounds(tx.Now, false, true)
	tx.Must(1, ErrNumber, takeDeviceGuess, g.Device.hash, tx.Now,
		wrongHour.Step().Microseconds(), wrongDay.Step().Microseconds(), wrongMonth.Step().Microseconds(), b.hour, b.day, b.month)
}

// deviceRow is what is kept of a browser.
type deviceRow struct{ sent1, sent3, sent6, hour, day, month db.Time }

func readDevice(tx *db.Tx, d Device) (r deviceRow, err error) {
	err = tx.Row(selectDevice, d.hash).Scan(&r.sent1, &r.sent3, &r.sent6, &r.hour, &r.day, &r.month)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return deviceRow{}, fmt.Errorf("reading the limits of a browser: %w", err)
	}
	return r, nil
}

// freeSends returns when the browser may be sent its next text.
func (r deviceRow) freeSends() db.Time {
	return max(r.sent1.Add(sendGap), r.sent3.Add(time.Hour), r.sent6.Add(24*time.Hour))
}

// freeWrong returns when its next wrong check passes.
func (r deviceRow) freeWrong() db.Time {
	return max(wrongHour.Free(r.hour), wrongDay.Free(r.day), wrongMonth.Free(r.month))
}
