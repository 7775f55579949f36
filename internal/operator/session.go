package operator

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
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
)

// How long a session lasts.
const (
	SessionLife = 12 * time.Hour   // at most
	IdleFor     = 30 * time.Minute // without use; noted once a minute, so up to one less

	seenEvery = time.Minute
)

// ErrNoSession refuses somebody who is not signed in, or not any more.
var ErrNoSession = fault.New(fault.Unauthenticated, "operator_session_invalid", "sign in to the console again")

// Session is an operator's signed-in browser.
type Session struct {
	Token      string // where it is new; stored hashed
	ID         string
	OperatorID string
	Way        factor.Kind // it was opened with
	CreatedAt  time.Time
	ExpiresAt  time.Time // if it is used until then
	ProvedAt   time.Time // when a factor was shown in it last

	hash []byte // of the token
	from string // the network it was opened from
}

// At returns the session as it is used now from a network, for the records.
func (s Session) At(network string) Session {
	s.from = network
	return s
}

// by is who acts in the session.
func (s Session) by() Act { return Act{Actor: s.OperatorID, From: s.from} }

// draft is a session ready to be written.
type draft struct{ Session }

// newSession draws the token before the transaction that stores it.
func newSession(operatorID string, way factor.Kind) *draft {
	s := Session{ID: id.New("ops"), OperatorID: operatorID, Way: way}
	s.renew()
	return &draft{s}
}

// renew gives the session a token of its own.
func (s *Session) renew() {
	s.Token = s.ID + "." + rand.Text() + rand.Text()
	s.hash = sessionHash(s.Token)
}

// write stores the session, which is fresh.
func (d *draft) write(tx *db.Tx, b Browser) {
	d.CreatedAt, d.ProvedAt, d.ExpiresAt = tx.Now.Std(), tx.Now.Std(), tx.Now.Add(SessionLife).Std()
	d.from = b.From
	tx.Exec(insertSession, d.ID, d.OperatorID, d.hash, string(d.Way), b.Label, b.From, tx.Now)
}

// BySession returns the operator of a session token and notes that the session is
// in use. Refusal: [ErrNoSession].
func (o *Operators) BySession(ctx context.Context, token string) (Operator, Session, error) {
	op, s, seen, err := o.bySession(ctx, token)
	if err != nil || o.db.Now().Sub(seen) < seenEvery {
		return op, s, err
	}
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(seeSession, s.ID, tx.Now, tx.Now.Add(-seenEvery))
		return nil
	})
	if err != nil {
		return Operator{}, Session{}, fmt.Errorf("noting the use of a session: %w", err)
	}
	return op, s, nil
}

// Peek is [Operators.BySession] for what a page asks for by itself, such as a
// stream, which is no use of the session.
func (o *Operators) Peek(ctx context.Context, token string) (Operator, Session, error) {
	op, s, _, err := o.bySession(ctx, token)
	return op, s, err
}

func (o *Operators) bySession(ctx context.Context, token string) (op Operator, s Session, seen db.Time, err error) {
	sessionID, _, ok := strings.Cut(token, ".")
	if !ok {
		return Operator{}, Session{}, 0, ErrNoSession
	}
	s = Session{ID: sessionID, hash: sessionHash(token)}
	var signedIn, proved db.Time
	err = o.db.View(ctx, func(tx *db.Tx) error {
		since, used := tx.Now.Add(-SessionLife), tx.Now.Add(-IdleFor)
		err := tx.Row(selectSession, sessionID, s.hash, since, used).Scan(&s.OperatorID, &s.Way, &s.from, &signedIn, &seen, &proved)
		if err == nil {
			op, err = readOperator(tx.Row(operatorByID, s.OperatorID, tx.Now).Scan)
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Operator{}, Session{}, 0, ErrNoSession
	}
	if err != nil {
		return Operator{}, Session{}, 0, fmt.Errorf("reading a session: %w", err)
	}
	s.CreatedAt, s.ProvedAt, s.ExpiresAt = signedIn.Std(), proved.Std(), signedIn.Add(SessionLife).Std()
	return op, s, seen, nil
}

// SignOut ends the session; the next request with its token finds nobody.
// Refusal: [ErrNoSession] when it has ended already.
func (o *Operators) SignOut(ctx context.Context, s Session) (err error) {
	defer func() { o.metrics.count("sign_out", err) }()
	return o.endBy(ctx, s, "sign-out", "", func(tx *db.Tx) {
		tx.Must(1, ErrNoSession, endSession, s.ID, s.OperatorID, tx.Now)
	})
}

// SessionInfo is a session as it is listed.
type SessionInfo struct {
	ID        string
	Label     string // of the browser
	From      string // the network, cut
	Way       factor.Kind
	CreatedAt time.Time
	SeenAt    time.Time // a minute coarse
	Current   bool
}

// Sessions lists the sessions of an operator that are not over, the newest first.
// That of s is marked.
func (o *Operators) Sessions(ctx context.Context, s Session) (list []SessionInfo, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		args := []any{s.OperatorID, tx.Now.Add(-SessionLife), tx.Now.Add(-IdleFor)}
		return tx.Each(openSessions, args, func(scan func(...any) error) error {
			var i SessionInfo
			var created, seen db.Time
			err := scan(&i.ID, &i.Label, &i.From, &i.Way, &created, &seen)
			i.CreatedAt, i.SeenAt, i.Current = created.Std(), seen.Std(), i.ID == s.ID
			list = append(list, i)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	return list, nil
}

// End ends a session of the same operator from elsewhere. Refusal:
// [ErrNoSession], for another operator's too.
func (o *Operators) End(ctx context.Context, s Session, sessionID string) error {
	return o.endBy(ctx, s, "sessions end", sessionID, func(tx *db.Tx) {
		tx.Must(1, ErrNoSession, endSession, sessionID, s.OperatorID, tx.Now)
	})
}

// EndAll ends all sessions of an operator, the one that asks too. Refusal:
// [ErrStepUp].
func (o *Operators) EndAll(ctx context.Context, s Session) error {
	return o.endBy(ctx, s, "sessions end", "all", func(tx *db.Tx) {
		s.mustBeFresh(tx)
		tx.Exec(endSessions, s.OperatorID, tx.Now)
	})
}

// endBy ends sessions as one asks to, and records it.
func (o *Operators) endBy(ctx context.Context, s Session, what, which string, end func(tx *db.Tx)) error {
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		end(tx)
		return keep(tx, s.by(), what, s.OperatorID, which)
	})
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// sessionHash is plain SHA-256: a token has 260 random bits behind the id of its
// session.
func sessionHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
