package limit

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// What one network may ask for before a challenge (S-21).
const (
	networkSendsInHour   = 30
	networkSendsInDay    = 100
	networkNumbersInHour = 10
)

// A row of network_limits keeps times as decimal digits of seconds, and numbers
// as such a time and a tag, so that both databases cut and compare them as text.
const (
	stampSize = 10
	tagSize   = 8
	entrySize = stampSize + tagSize
)

// noStamp is later than every stamp.
const noStamp = "99999999999"

// stamp writes a time in whole seconds.
func stamp(t db.Time) string { return fmt.Sprintf("%0*d", stampSize, t.Std().Unix()) }

// tag is a short form of a number's keyed hash. Two numbers that share one
// count as one; that happens once in four thousand million.
func tag(number []byte) string { return hex.EncodeToString(number[:min(len(number), tagSize/2)]) }

// takeNetwork takes one send of a network and notes the number it went to, in
// one statement. Windows are exact to the second, and never too short.
func (l *Limits) takeNetwork(tx *db.Tx, t *Text) {
	hour, day := stamp(tx.Now.Add(-time.Hour)), stamp(tx.Now.Add(-24*time.Hour))
	if t.Solved || l.shadows(Network) {
		hour, day = noStamp, noStamp
	}
	tx.Must(1, ErrChallenge, takeNetwork, t.Network, tx.Now, stamp(tx.Now), tag(t.Number), hour, day)
}

// networkWait returns how long a network has to wait until a send to the number
// passes without a challenge.
func networkWait(tx *db.Tx, c Case) (time.Duration, error) {
	var sends, numbers string
	err := tx.Row(selectNetwork, c.Network).Scan(&sends, &numbers)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the limits of a network: %w", err)
	}
	until := max(
		unstamp(sends, (networkSendsInHour-1)*stampSize).Add(time.Hour+time.Second),
		unstamp(sends, (networkSendsInDay-1)*stampSize).Add(24*time.Hour+time.Second))
	if !knownNumber(numbers, tag(c.Number)) {
		until = max(until, unstamp(numbers, (networkNumbersInHour-1)*entrySize).Add(time.Hour+time.Second))
	}
	return until.Sub(tx.Now), nil
}

// knownNumber reports whether a number is among the newest ten.
func knownNumber(numbers, tag string) bool {
	for at := stampSize; at+tagSize <= len(numbers); at += entrySize {
		if numbers[at:at+tagSize] == tag {
			return true
		}
	}
	return false
}

// unstamp reads the time that stands at a place of a log; 0 where none does.
func unstamp(log string, at int) db.Time {
	if at+stampSize > len(log) {
		return 0
	}
	seconds, _ := strconv.ParseInt(log[at:at+stampSize], 10, 64) // we wrote it
	return db.At(time.Unix(seconds, 0))
}
