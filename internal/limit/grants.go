package limit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// grants counts the permits granted in each second of the last minute.
type grants map[int64]int

func (g grants) put(second int64, n int) {
	if g[second] += n; g[second] <= 0 {
		delete(g, second)
	}
}

// forget leaves out the seconds whose permits share no minute with one of now.
func (g grants) forget(now int64) {
	for second := range g {
		if second <= now-grantSeconds {
			delete(g, second)
		}
	}
}

func (g grants) sum() (n int) {
	for _, granted := range g {
		n += granted
	}
	return n
}

// free is when the oldest of the grants is forgotten.
func (g grants) free(now int64) db.Time {
	oldest := now
	for second := range g {
		oldest = min(oldest, second)
	}
	return db.At(time.Unix(oldest+grantSeconds, 0))
}

// String writes the grants as "second:permits", parted by spaces.
func (g grants) String() string {
	var b strings.Builder
	for second, n := range g {
		fmt.Fprintf(&b, "%d:%d ", second, n)
	}
	return strings.TrimSuffix(b.String(), " ")
}

func (g grants) read(text string) error {
	for _, field := range strings.Fields(text) {
		second, n, _ := strings.Cut(field, ":")
		at, err1 := strconv.ParseInt(second, 10, 64)
		count, err2 := strconv.Atoi(n)
		if err1 != nil || err2 != nil {
			return errors.New("a ceiling's grants cannot be read")
		}
		g[at] = count
	}
	return nil
}

// seoul is nine hours ahead of UTC, all year round.
const seoul = 9 * time.Hour

// day is the length of a day in Seoul, which has no summer time.
const day = 24 * time.Hour

// seoulDay returns the number of the day in Seoul.
func seoulDay(t db.Time) int64 { return int64(t.Add(seoul)) / day.Microseconds() }

// seoulMidnight returns when a day begins in Seoul.
func seoulMidnight(number int64) db.Time { return db.Time(number * day.Microseconds()).Add(-seoul) }
