package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// DeviceLife is how long a browser is trusted after it signed in (S-19).
const DeviceLife = 180 * 24 * time.Hour

// device is what a device cookie says: which browser it is, of which member, and
// when they signed in. It names no number; the number is in the MAC, so that the
// cookie is good for one number and tells nobody which (S-37).
type device struct {
	id, userID string
	issued     db.Time
}

// mac binds a device to a number, given by its keyed hash.
func (a *Accounts) mac(d device, number []byte) []byte {
	return a.ring.Hash(seal.Device, string(number), d.id, d.userID, strconv.FormatInt(int64(d.issued), 10))
}

// read reads a device cookie that was made here for the number and is not over.
func (a *Accounts) read(cookie string, number []byte) (device, bool) {
	part := strings.Split(cookie, ".")
	if len(part) != 4 {
		return device{}, false
	}
	issued, err := strconv.ParseInt(part[2], 10, 64)
	if err != nil {
		return device{}, false
	}
	mac, err := base64.RawURLEncoding.DecodeString(part[3])
	if err != nil {
		return device{}, false
	}
	d := device{part[0], part[1], db.Time(issued)}
	now := a.db.Now()
	return d, hmac.Equal(mac, a.mac(d, number)) && d.issued <= now && now.Sub(d.issued) < DeviceLife
}

// Trust returns the device cookie of a browser that has just signed in or done
// something that renews its trust: s is what that returned, and before the
// cookie that the browser had, if any. It stays the same browser when that was
// for the same number. Nothing is stored. Where the browser earns no trust, by a
// one-time code or without a number, it returns "".
func (a *Accounts) Trust(s Session, before string) (cookie string) {
	if s.number == nil || s.trustsAt == 0 {
		return ""
	}
	d := device{id: rand.Text(), userID: s.UserID, issued: s.trustsAt}
	if known, ok := a.read(before, s.number); ok {
		d.id = known.id
	}
	return strings.Join([]string{
		d.id, d.userID, strconv.FormatInt(int64(d.issued), 10), base64.RawURLEncoding.EncodeToString(a.mac(d, s.number)),
	}, ".")
}

// Trusted returns the browser of a device cookie, or the zero Device when the
// number's account does not trust it: the cookie is forged, for another number
// or over, the trust was withdrawn, or the number has gone to another member,
// who does not take the browsers along. Only a genuine cookie is looked up.
func (a *Accounts) Trusted(ctx context.Context, cookie string, to phone.Number) (limit.Device, error) {
	if cookie == "" {
		return limit.Device{}, nil
	}
	number := a.ring.Whole(to)
	d, ok := a.read(cookie, number)
	if !ok {
		return limit.Device{}, nil
	}
	err := a.db.View(ctx, func(tx *db.Tx) error {
		var one int
		return tx.Row(trustsDevice, d.userID, number, d.issued).Scan(&one)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return limit.Device{}, nil
	}
	if err != nil {
		return limit.Device{}, fmt.Errorf("looking for a trusted browser: %w", err)
	}
	return limit.NewDevice(a.ring.Hash(seal.Device, d.id)), nil
}
