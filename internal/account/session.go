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

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

// SessionLife is how long a session lasts after signing in (S-38).
const SessionLife = 30 * 24 * time.Hour

// Session is a signed-in browser.
type Session struct {
	Token     string // in the answer of Enter and Join alone; stored hashed
	ID        string
	UserID    string
	CreatedAt time.Time
	ExpiresAt time.Time

	number []byte // keyed hash of the number that was proved; for Trust
}

// draft is a session ready to be written.
type draft struct{ Session }

// newSession draws the token before the transaction that stores it.
func newSession(userID string, number []byte) *draft {
	s := Session{ID: id.New("ses"), UserID: userID, number: number}
	s.Token = s.ID + "." + rand.Text() + rand.Text()
	return &draft{s}
}

func (d *draft) write(tx *db.Tx, device string) {
	expires := tx.Now.Add(SessionLife)
	d.CreatedAt, d.ExpiresAt = tx.Now.Std(), expires.Std()
	tx.Exec(insertSession, d.ID, hash(d.Token), d.UserID, device, tx.Now, expires)
}

// BySession returns the member of a session token, or [ErrNoSession].
func (a *Accounts) BySession(ctx context.Context, token string) (User, Session, error) {
	sessionID, _, ok := strings.Cut(token, ".")
	if !ok {
		return User{}, Session{}, ErrNoSession
	}
	var (
		u                                 User
		s                                 Session
		number                            []byte
		joined, proved, signedIn, expires db.Time
	)
	err := a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(userBySession, sessionID, hash(token), tx.Now).Scan(&s.ID, &signedIn, &expires,
			&u.ID, &number, &u.Name, &u.Locale, &joined, &proved)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, Session{}, ErrNoSession
	}
	if err != nil {
		return User{}, Session{}, fmt.Errorf("reading a session: %w", err)
	}
	if u.Number, err = a.ring.OpenNumber("users", u.ID, number); err != nil {
		return User{}, Session{}, fmt.Errorf("opening the number of %s: %w", u.ID, err)
	}
	u.CreatedAt, u.LastProvedAt = joined.Std(), proved.Std()
	s.UserID, s.CreatedAt, s.ExpiresAt = u.ID, signedIn.Std(), expires.Std()
	return u, s, nil
}

// SignOut ends a session; the next request with its token finds nobody. A
// token without a session is no error.
func (a *Accounts) SignOut(ctx context.Context, token string) (err error) {
	user, session, err := a.BySession(ctx, token)
	if errors.Is(err, ErrNoSession) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { a.metrics.count("sign_out", err) }()
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(endSession, session.ID, tx.Now)
		audit.Tell(tx, audit.Event{Kind: audit.Left, UserID: user.ID})
		return nil
	})
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// EraseSessions deletes sessions whose term was over before a time, the oldest
// first and at most so many, and returns how many. One that was ended early
// stays until then too.
func (a *Accounts) EraseSessions(tx *db.Tx, before db.Time, most int) (n int, err error) {
	args := []any{id.Before("ses", before.Add(-SessionLife).Std()), before, most}
	err = tx.Each(eraseSessions, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing sessions: %w", err)
	}
	return n, nil
}

// hash is plain SHA-256: a token has 260 random bits behind the id of its
// session.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
