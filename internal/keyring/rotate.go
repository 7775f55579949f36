package keyring

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const (
	resealMost = 100 // values in one act: others wait for it
	lookEvery  = 200 * time.Millisecond
	calm       = 2 * time.Second // how long nothing may be left before the old keys go
)

// ErrWaiting says that a running server did not take the new key in time. What
// was done so far stays; the next call goes on from there.
var ErrWaiting = errors.New("a running server has not taken the new master key: if it has a file of its own, copy the new file there; then run this again, which goes on from here")

// Rotation says how keys are rotated.
type Rotation struct {
	DB      *db.DB
	Path    string        // of the master key file
	Columns []seal.Column // all that is sealed in the database
	Wait    time.Duration // how long to wait for the running servers
	Actor   string        // for the record
	Tell    func(step string)
}

// Rotate puts a new master key in the place of those there are, beside running
// servers, or goes on with a rotation that was broken off. When it returns nil
// no value of the columns is sealed under an older key. Refusals: those of
// [Open], and [ErrWaiting].
func (r Rotation) Rotate(ctx context.Context) error {
	k, err := Open(ctx, r.DB, r.Path)
	if err != nil {
		return err
	}
	newest, err := r.add(ctx, k)
	if err != nil {
		return err
	}
	if err := r.activate(ctx, newest); err != nil {
		return err
	}
	if err := k.ring.Use(newest); err != nil {
		return err
	}
	moved, err := r.reseal(ctx, k.ring)
	if err != nil {
		return err
	}
	r.Tell(fmt.Sprintf("sealed %d values anew; none is left under an older key", moved))
	return r.retire(ctx, newest)
}

// add makes the new key, unless a rotation is under way, and returns its id.
func (r Rotation) add(ctx context.Context, k *Keyring) (newest int, err error) {
	rows, err := k.rows(ctx)
	if err != nil {
		return 0, err
	}
	newest = rows[0].id
	switch inFile := k.ring.Keys()[0].ID; {
	case inFile > newest: // broken off between the file and the table
		newest = inFile
	case len(rows) > 1 && !rows[1].retired: // broken off later
		r.Tell(fmt.Sprintf("going on with key %d", newest))
		return newest, nil
	default:
		newest++
		if err := seal.AddKey(r.Path, newest); err != nil {
			return 0, err
		}
	}
	now, err := seal.Load(r.Path)
	if err != nil {
		return 0, err
	}
	if err := k.ring.Take(now); err != nil {
		return 0, err
	}
	err = r.DB.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(addKey, newest, now.Keys()[0].Check, tx.Now, nil)
		tx.Notify(topic)
		return audit.Keep(tx, audit.Record{Actor: r.Actor, Act: "keys rotate-master", Subject: fmt.Sprintf("key %d", newest), Detail: "added"})
	})
	if err != nil {
		return 0, fmt.Errorf("noting the new master key: %w", err)
	}
	r.Tell(fmt.Sprintf("added key %d to %s", newest, r.Path))
	return newest, nil
}

// activate waits until every running server has the key, makes it the one to
// seal with, and waits until they all do.
func (r Rotation) activate(ctx context.Context, newest int) error {
	err := r.until(ctx, func(tx *db.Tx) (bool, error) {
		lacking, _, err := behind(tx, newest)
		return lacking == 0, err
	})
	if err != nil {
		return err
	}
	err = r.DB.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(lockKeys)
		tx.Exec(activateKey, newest, tx.Now, tx.Now.Add(-goneAfter))
		tx.Notify(topic)
		return nil
	})
	if err != nil {
		return fmt.Errorf("activating the new master key: %w", err)
	}
	err = r.until(ctx, func(tx *db.Tx) (bool, error) {
		_, lagging, err := behind(tx, newest)
		return lagging == 0, err
	})
	if err == nil {
		r.Tell(fmt.Sprintf("key %d seals what is new", newest))
	}
	return err
}

// behind counts the running servers that have not got a key, and those that do
// not seal with it.
func behind(tx *db.Tx, id int) (lacking, lagging int, err error) {
	err = tx.Row(behindNodes, id, tx.Now.Add(-goneAfter)).Scan(&lacking, &lagging)
	if err != nil {
		err = fmt.Errorf("looking for running servers: %w", err)
	}
	return lacking, lagging, err
}

// until waits for something to become true, or returns ErrWaiting.
func (r Rotation) until(ctx context.Context, done func(tx *db.Tx) (bool, error)) error {
	limit := time.NewTimer(r.Wait)
	defer limit.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		var is bool
		err := r.DB.View(ctx, func(tx *db.Tx) (err error) {
			is, err = done(tx)
			return err
		})
		if err != nil || is {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return ErrWaiting
		case <-look.C:
		}
	}
}

// reseal seals anew what stands under other keys than the ring's, until for a
// while nothing does: an act that had sealed its values before the change may
// still come in. It returns how many it sealed.
func (r Rotation) reseal(ctx context.Context, ring *seal.Ring) (moved int, err error) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for quiet := false; ; {
		now := 0
		for _, column := range r.Columns {
			n, err := r.column(ctx, ring, column)
			if err != nil {
				return moved, err
			}
			now += n
		}
		moved += now
		if now == 0 && quiet {
			return moved, nil
		}
		quiet = now == 0
		pause.Reset(calm)
		if !quiet {
			pause.Reset(0)
		}
		select {
		case <-ctx.Done():
			return moved, ctx.Err()
		case <-pause.C:
		}
	}
}

// column walks through a column once, by the key of its rows, and returns how
// many values it sealed anew.
func (r Rotation) column(ctx context.Context, ring *seal.Ring, c seal.Column) (moved int, err error) {
	old := []byte{byte(ring.Writes())} // #nosec G115 -- ids of keys fit
	var left int
	err = r.DB.View(ctx, func(tx *db.Tx) error { return tx.Row(countOld(c), old).Scan(&left) })
	if err != nil || left == 0 {
		return 0, err
	}
	var last any = ""
	if c.Hex {
		last = []byte{}
	}
	for {
		values, err := r.values(ctx, ring, c, old, last)
		if err != nil || len(values) == 0 {
			return moved, err
		}
		last = values[len(values)-1].key
		err = r.DB.Update(ctx, func(tx *db.Tx) error {
			for _, v := range values {
				tx.Exec(swapValue(c), v.key, v.old, v.sealed)
			}
			return nil
		})
		if err != nil {
			return moved, fmt.Errorf("sealing %s anew: %w", c.Place, err)
		}
		moved += len(values)
	}
}

// value is a sealed value and what is to stand in its place.
type value struct {
	key         any
	old, sealed []byte
}

// values reads the next values of a column and seals them anew.
func (r Rotation) values(ctx context.Context, ring *seal.Ring, c seal.Column, newest []byte, last any) (list []value, err error) {
	err = r.DB.View(ctx, func(tx *db.Tx) error {
		return tx.Each(oldValues(c), []any{last, newest, resealMost}, func(scan func(...any) error) error {
			var id string
			var key, old []byte
			var v value
			if c.Hex {
				if err := scan(&key, &old); err != nil {
					return err
				}
				id, v.key = hex.EncodeToString(key), bytes.Clone(key)
			} else {
				if err := scan(&id, &old); err != nil {
					return err
				}
				v.key = id
			}
			plain, err := ring.Open(c.Place, id, old)
			if err != nil {
				return fmt.Errorf("%s of %s: %w", c.Place, id, err)
			}
			v.old, v.sealed = bytes.Clone(old), ring.Seal(c.Place, id, plain)
			clear(plain)
			list = append(list, v)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is sealed under older keys: %w", err)
	}
	return list, nil
}

// retire ends the older keys, in the database and then in the file.
func (r Rotation) retire(ctx context.Context, newest int) error {
	err := r.DB.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(lockKeys)
		tx.Exec(retireKeys, newest, tx.Now)
		tx.Notify(topic)
		return audit.Keep(tx, audit.Record{Actor: r.Actor, Act: "keys rotate-master", Subject: fmt.Sprintf("key %d", newest), Detail: "older keys retired"})
	})
	if err != nil {
		return fmt.Errorf("retiring the older master keys: %w", err)
	}
	if _, err := seal.DropKeys(r.Path, newest); err != nil {
		return err
	}
	r.Tell(fmt.Sprintf("retired what is older than key %d and took it out of %s: keep a copy of the file now, and one of the old file for as long as backups need it", newest, r.Path))
	return nil
}
