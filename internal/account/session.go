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

// seenEvery is how often it is noted that a session is in use.
const seenEvery = time.Hour

// Session is a signed-in browser.
type Session struct {
	Token     string // where it is new; stored hashed
	ID        string
	UserID    string
	Way       Way
	CreatedAt time.Time
	ExpiresAt time.Time
	ProvedAt  time.Time // when the member proved themselves last in it; zero for never

	hash     []byte  // of the token
	number   []byte  // keyed hash of the member's number, for Trust; nil when the browser earns no trust
	trustsAt db.Time // since when it is trusted
}

// draft is a session ready to be written.
type draft struct{ Session }

// newSession draws the token before the transaction that stores it.
func newSession(userID string, number []byte, way Way) *draft {
	s := Session{ID: id.New("ses"), UserID: userID, Way: way, number: number}
	s.renew()
	return &draft{s}
}

// renew gives the session a token of its own.
func (s *Session) renew() {
	s.Token = s.ID + "." + rand.Text() + rand.Text()
	s.hash = hash(s.Token)
}

// write stores the session; a proved one is fresh.
func (d *draft) write(tx *db.Tx, device string, proved bool) {
	expires := tx.Now.Add(SessionLife)
	d.CreatedAt, d.ExpiresAt, d.trustsAt = tx.Now.Std(), expires.Std(), tx.Now
	var provedAt any
	if proved {
		d.ProvedAt, provedAt = tx.Now.Std(), tx.Now
	}
	tx.Exec(insertSession, d.ID, d.hash, d.UserID, device, tx.Now, expires, string(d.Way), provedAt)
}

// BySession returns the member of a session token, or [ErrNoSession].
func (a *Accounts) BySession(ctx context.Context, token string) (User, Session, error) {
	sessionID, _, ok := strings.Cut(token, ".")
	if !ok {
		return User{}, Session{}, ErrNoSession
	}
	var (
		u                                             User
		s                                             = Session{hash: hash(token)}
		number                                        []byte
		joined, proved, signedIn, expires, fresh, now db.Time
		seen                                          db.Time
	)
	err := a.db.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		return tx.Row(userBySession, sessionID, s.hash, tx.Now).Scan(&s.ID, &s.Way, &signedIn, &expires, &fresh, &seen,
			&u.ID, &number, &s.number, &u.Name, &u.Locale, &joined, &proved)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, Session{}, ErrNoSession
	}
	if err != nil {
		return User{}, Session{}, fmt.Errorf("reading a session: %w", err)
	}
	if len(number) > 0 {
		if u.Number, err = a.ring.OpenNumber("users", u.ID, number); err != nil {
			return User{}, Session{}, fmt.Errorf("opening the number of %s: %w", u.ID, err)
		}
	}
	u.CreatedAt, u.LastProvedAt = joined.Std(), proved.Std()
	s.UserID, s.CreatedAt, s.ExpiresAt, s.ProvedAt = u.ID, signedIn.Std(), expires.Std(), orZero(fresh)
	if now.Sub(seen) >= seenEvery {
		a.see(ctx, s.ID)
	}
	return u, s, nil
}

// see notes that a session is in use, beside the request that shows it.
func (a *Accounts) see(ctx context.Context, sessionID string) {
	if _, underWay := a.seeing.LoadOrStore(sessionID, true); underWay {
		return
	}
	ctx = context.WithoutCancel(ctx)
	a.beside.Go(func() {
		defer a.seeing.Delete(sessionID)
		_ = a.db.UpdateSoon(ctx, func(tx *db.Tx) error { // the next request comes back to it
			tx.Exec(seeSession, sessionID, tx.Now, tx.Now.Add(-seenEvery))
			return nil
		})
	})
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

// SessionInfo is a session as it is listed.
type SessionInfo struct {
	ID        string
	Label     string // of the browser
	Way       Way
	CreatedAt time.Time
	SeenAt    time.Time // an hour coarse
	Current   bool
}

// Sessions lists the sessions of a member that are not over, the newest first.
// That of s is marked.
func (a *Accounts) Sessions(ctx context.Context, s Session) (list []SessionInfo, err error) {
	err = a.db.View(ctx, func(tx *db.Tx) error {
		list, err = sessionsOf(tx, s.UserID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	for i := range list {
		list[i].Current = list[i].ID == s.ID
	}
	return list, nil
}

func sessionsOf(tx *db.Tx, userID string) (list []SessionInfo, err error) {
	err = tx.Each(openSessions, []any{userID, tx.Now}, func(scan func(...any) error) error {
		var i SessionInfo
		var created, seen db.Time
		if err := scan(&i.ID, &i.Label, &i.Way, &created, &seen); err != nil {
			return err
		}
		i.CreatedAt, i.SeenAt = created.Std(), max(seen, created).Std()
		list = append(list, i)
		return nil
	})
	return list, err
}

// End ends a session of a member from elsewhere, as one does whose telephone is
// lost, and with it the trust in all browsers until they sign in again; plain
// signing out leaves it. Refusal: [ErrNoSession], for another member's too.
func (a *Accounts) End(ctx context.Context, userID, sessionID string) error {
	return a.distrust(ctx, userID, "elsewhere", func(tx *db.Tx) {
		tx.Must(1, ErrNoSession, endOwnSession, sessionID, userID, tx.Now)
	})
}

// EndAll ends all sessions of a member, the one that asks too, and the trust in
// every browser. Refusal: [ErrStepUp].
func (a *Accounts) EndAll(ctx context.Context, s Session) error {
	return a.distrust(ctx, s.UserID, "all", func(tx *db.Tx) {
		s.mustBeFresh(tx)
		tx.Exec(endSessions, s.UserID, tx.Now)
	})
}

// EndOthers ends all sessions of a member but the one that asks, and the trust
// in the other browsers, and returns the one that is left, with a new token.
// Refusal: [ErrStepUp].
func (a *Accounts) EndOthers(ctx context.Context, s Session) (Session, error) {
	next := s
	next.renew()
	err := a.distrust(ctx, s.UserID, "others", func(tx *db.Tx) {
		s.mustBeFresh(tx)
		tx.Exec(endOtherSessions, s.UserID, s.ID, tx.Now)
		tx.Must(1, ErrNoSession, renewSession, s.ID, s.hash, next.hash, tx.Now, db.At(s.ProvedAt))
		next.trustsAt = tx.Now
	})
	return next, err
}

func (a *Accounts) distrust(ctx context.Context, userID, how string, end func(tx *db.Tx)) error {
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(distrustDevices, userID, tx.Now)
		end(tx)
		audit.Tell(tx, audit.Event{Kind: audit.Left, UserID: userID, Detail: how})
		return nil
	})
	if err != nil {
		return fmt.Errorf("ending sessions from elsewhere: %w", err)
	}
	return nil
}

// hash is plain SHA-256: a token has 260 random bits behind the id of its
// session.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// orZero returns the time, or the zero time for none.
func orZero(t db.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Std()
}
