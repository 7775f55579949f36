// Package keyring holds the master keys of a running installation and changes
// them while it runs (S-83).
//
// # The walk
//
// [Open] reads the master key file, makes one for a database that has had none,
// and refuses to go on without a key that values may be sealed under. A server
// then runs [Keyring.Run]: it reads the file again when a key is added, seals
// with the key the database says, and tells there which keys it has. [Rotate]
// changes the key in four steps, each of which is kept in the database, so that
// one that was broken off is taken up by the next call:
//
//  1. a new key is added to the file, and every running server reads it;
//  2. all seal with it, and open with either;
//  3. what stands under older keys is sealed anew, in small acts;
//  4. when nothing is left there, the older keys are retired and taken out of
//     the file.
//
// What is rotated is what is sealed. The keys of the hashes by which numbers are
// found, of codes under check and of networks stay: a hash cannot be made anew
// without what it was made of. They have lines of their own in the file.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const (
	syncEvery = 2 * time.Second  // also when nobody woke the server
	seenEvery = 15 * time.Second // also when nothing has changed
	goneAfter = time.Minute      // a server not seen for so long is not waited for
	topic     = "keyring"
	factName  = "master_key_check" // what the first key yields; kept since before there were several
)

// What Open refuses. The texts say the cure and go on with where the file is.
var (
	ErrMissing = errors.New("the database was made with a master key that is not there: put your copy of the file there")
	ErrOther   = errors.New("the master key is not the one the database was made with: put your copy of that file there")
	ErrBehind  = errors.New("the master key file lacks a newer key that the database is sealed with: copy the file from where the keys were rotated")
)

// FileError is what is wrong with the master key file itself.
type FileError struct{ error }

// Unwrap returns the error of package seal.
func (e FileError) Unwrap() error { return e.error }

// key is a row of the table of keys.
type key struct {
	id              int
	check           string
	active, retired bool
}

// Keyring is the master keys of one process.
type Keyring struct {
	db   *db.DB
	path string
	ring *seal.Ring
	node string
	told told // what Sync wrote last; touched by Sync alone
}

// told is what a server tells of itself.
type told struct {
	opens, writes int
	at            db.Time
}

// Open reads the master keys at path, or makes the first one for a database
// that has never had any. Refusals: [ErrMissing], [ErrOther], [ErrBehind], and
// those of seal.Load.
func Open(ctx context.Context, d *db.DB, path string) (*Keyring, error) {
	ring, err := seal.Load(path)
	if errors.Is(err, seal.ErrNoKey) {
		if _, made, factErr := d.FactIfAny(ctx, factName); factErr != nil || made {
			return nil, errors.Join(factErr, missing(made))
		}
		ring, err = seal.Create(path)
	}
	if err != nil {
		return nil, FileError{err}
	}
	k := &Keyring{db: d, path: path, ring: ring, node: id.New("node")}
	if err := k.introduce(ctx); err != nil {
		return nil, err
	}
	rows, err := k.rows(ctx)
	if err != nil {
		return nil, err
	}
	return k, settle(ring, rows)
}

func missing(made bool) error {
	if made {
		return ErrMissing
	}
	return nil
}

// Check reports what [Open] would, and changes nothing; made says whether the
// database has had a master key at all.
func Check(ctx context.Context, d *db.DB, path string) (made bool, err error) {
	first, made, err := d.FactIfAny(ctx, factName)
	if err != nil || !made {
		return made, err
	}
	ring, err := seal.Load(path)
	if errors.Is(err, seal.ErrNoKey) {
		return true, ErrMissing
	}
	if err != nil {
		return true, FileError{err}
	}
	k := &Keyring{db: d, ring: ring}
	rows, err := k.rows(ctx)
	if err != nil {
		return true, err
	}
	if len(rows) == 0 { // not started since there are several
		rows = []key{{id: 1, check: first, active: true}}
	}
	return true, settle(ring, rows)
}

// Ring returns what seals, opens and hashes with the keys.
func (k *Keyring) Ring() *seal.Ring { return k.ring }

// introduce writes the keys of a new database down, and the one of a database
// from before there was a table of them.
func (k *Keyring) introduce(ctx context.Context) error {
	keys := k.ring.Keys()
	first, err := k.db.Fact(ctx, factName, keys[len(keys)-1].Check)
	if err != nil {
		return fmt.Errorf("checking the master key: %w", err)
	}
	rows, err := k.rows(ctx)
	if err != nil || len(rows) > 0 {
		return err
	}
	err = k.db.Update(ctx, func(tx *db.Tx) error {
		if first != keys[len(keys)-1].Check { // refused in a moment
			tx.Exec(addKey, 1, first, tx.Now, tx.Now)
			return nil
		}
		for _, made := range keys {
			tx.Exec(addKey, made.ID, made.Check, tx.Now, tx.Now)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting the master key: %w", err)
	}
	return nil
}

// rows reads the keys of the database, the newest first.
func (k *Keyring) rows(ctx context.Context) (rows []key, err error) {
	err = k.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(readKeys, nil, func(scan func(...any) error) error {
			var row key
			err := scan(&row.id, &row.check, &row.active, &row.retired)
			rows = append(rows, row)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading which master keys there are: %w", err)
	}
	return rows, nil
}

// settle compares a ring with the keys of the database and makes it seal with
// the newest active one.
func settle(ring *seal.Ring, rows []key) error {
	has := map[int]string{}
	for _, k := range ring.Keys() {
		has[k.ID] = k.Check
	}
	newest := 0
	for _, row := range rows {
		check, ok := has[row.id]
		switch {
		case ok && check != row.check:
			return ErrOther
		case ok || row.retired || !row.active:
		case row.id > ring.Keys()[0].ID:
			return ErrBehind
		default:
			return ErrMissing
		}
		if row.active && !row.retired {
			newest = max(newest, row.id)
		}
	}
	if newest == 0 {
		return ErrMissing
	}
	return ring.Use(newest)
}

// Run keeps a server's keys up to date until ctx ends and then returns nil.
// What failed is handed to trouble and tried again.
func (k *Keyring) Run(ctx context.Context, trouble func(error)) error {
	woken, stop := k.db.Listen(topic)
	defer stop()
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := k.Sync(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-tick.C:
		}
	}
	gone, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = k.db.Update(gone, func(tx *db.Tx) error { // it would be forgotten anyway
		tx.Exec(leaveNode, k.node, tx.Now.Add(-24*time.Hour))
		return nil
	})
	return nil
}

// Sync reads the file again if the database knows a key that this process has
// not got or should not have, seals with the key it should, and tells so. Run
// repeats it; it is not for several goroutines at once. [ErrBehind] means that
// this machine's file lacks the newest key.
func (k *Keyring) Sync(ctx context.Context) error {
	rows, err := k.rows(ctx)
	if err != nil {
		return err
	}
	behind := k.reread(rows)
	if err := settle(k.ring, rows); err != nil {
		return err
	}
	now := told{opens: k.ring.Keys()[0].ID, writes: k.ring.Writes(), at: k.db.Now()}
	if now.opens == k.told.opens && now.writes == k.told.writes && now.at.Sub(k.told.at) < seenEvery {
		return behind
	}
	err = k.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(lockKeys)
		tx.Exec(seeNode, k.node, now.opens, now.writes, tx.Now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("telling which master keys there are: %w", err)
	}
	k.told = now
	return behind
}

// reread takes the keys of the file if they should be others than those of the
// ring.
func (k *Keyring) reread(rows []key) error {
	same := true
	for _, row := range rows {
		has := false
		for _, own := range k.ring.Keys() {
			has = has || own.ID == row.id
		}
		same = same && has != row.retired
	}
	if same {
		return nil
	}
	now, err := seal.Load(k.path)
	if err != nil {
		return err
	}
	if len(rows) > 0 && now.Keys()[0].ID < rows[0].id {
		return ErrBehind
	}
	if err := k.ring.Take(now); errors.Is(err, seal.ErrNoSuchKey) {
		return nil // the next settle moves on to a newer key first
	} else if err != nil {
		return err
	}
	return nil
}
