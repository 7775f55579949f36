package db

import (
	"fmt"
	"time"
)

// Time is a moment in microseconds since the Unix epoch, UTC; every time
// column holds one as BIGINT. A column that may be empty is a *Time.
type Time int64

// At returns t as a Time.
func At(t time.Time) Time { return Time(t.UnixMicro()) }

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Add returns t + d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub returns t - u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// String returns t in RFC 3339 with microseconds, for messages and tests.
func (t Time) String() string { return t.Std().Format("2006-01-02T15:04:05.000000Z07:00") }

// Scan reads a BIGINT; it is what database/sql asks of a destination, and
// spares it the detour through text.
func (t *Time) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is a whole number of microseconds, not %T", src)
	}
	*t = Time(v)
	return nil
}
