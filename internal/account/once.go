package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// OnceFor is how long a code for one sign-in works.
const OnceFor = 24 * time.Hour

// A code for one sign-in: 100 bits in base32, written in groups.
const (
	onceLength = 20
	onceGroup  = 5
)

// ErrOnce refuses a code for one sign-in, whatever is wrong with it.
var ErrOnce = fault.New(fault.Forbidden, "one_time_code_wrong",
	"the one-time code is wrong, was used, or is older than 24 hours")

// MakeOnce makes a code with which one browser can sign in once as a member, for
// reviewers and staff without a phone, and returns it with the time it ends at.
// It takes the place of one made before. Refusals: [ErrNoUser], [ErrBlocked].
func (a *Accounts) MakeOnce(ctx context.Context, userID string, act Act) (code string, until time.Time, err error) {
	plain := rand.Text()[:onceLength]
	var ends db.Time
	err = a.operate(ctx, userID, act, "users sign-in", func(tx *db.Tx, found standing) error {
		if found.blocked {
			return ErrBlocked
		}
		ends = tx.Now.Add(OnceFor)
		tx.Exec(dropOnce, userID)
		tx.Exec(insertOnce, onceHash(plain), userID, ends)
		return nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	var groups []string
	for at := 0; at < onceLength; at += onceGroup {
		groups = append(groups, plain[at:at+onceGroup])
	}
	return strings.Join(groups, "-"), ends.Std(), nil
}

// EnterOnce signs in with a code of [Accounts.MakeOnce], which works once. The
// session is not fresh and the browser earns no trust: whoever made the code
// could have used it. The member is told. Refusals: [ErrOnce], [ErrBlocked].
func (a *Accounts) EnterOnce(ctx context.Context, code string, b Browser) (s Session, err error) {
	defer func() { a.metrics.count("sign_in", err) }()
	hash := onceHash(code)
	var userID string
	err = a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(ownerOfOnce, hash, tx.Now).Scan(&userID)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, ErrOnce
	}
	if err != nil {
		return Session{}, fmt.Errorf("reading a one-time code: %w", err)
	}
	return a.open(ctx, userID, b, Once, func(tx *db.Tx) {
		tx.Must(1, ErrOnce, useOnce, hash, tx.Now)
		a.tell(tx, userID, SignedInOnce)
	})
}

// onceHash hashes a code however it was written: base32 has neither 0 nor 1 nor
// small letters. It has 100 random bits, so the hash needs no key.
func onceHash(code string) []byte {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'O'
		case '1':
			return 'I'
		case '-', ' ':
			return -1
		}
		return r
	}, strings.ToUpper(code))
	sum := sha256.Sum256([]byte("one-time " + plain))
	return sum[:]
}
