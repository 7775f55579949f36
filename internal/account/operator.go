package account

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// The refusals of an operator's act. What changes or shows something asks why,
// and is refused with audit.ErrReason.
var (
	ErrNoUser   = fault.New(fault.NotFound, "user_not_found", "there is no such member")
	ErrNoNumber = fault.New(fault.Gone, "number_gone", "the member has no number any more: it is somebody else's")
	ErrEnded    = fault.New(fault.Gone, "session_ended", "the session is over already")
)

// Act is who does something to a member, and why. It becomes a record (S-93).
type Act = audit.Act

// Member is what an operator is shown of a member.
type Member struct {
	User
	Held      Held
	Sessions  []SessionInfo
	ActiveAt  time.Time // when they signed in last
	BlockedAt time.Time // zero while they are not
	DormantAt time.Time // likewise
}

// Find returns the id of the member of a number, or [ErrNoUser]. That somebody
// looked is recorded, the number by its keyed hash.
func (a *Accounts) Find(ctx context.Context, to phone.Number, act Act) (userID string, err error) {
	number := a.ring.Whole(to)
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		userID = ""
		if err := tx.Row(userByNumber, number).Scan(&userID); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		record := act.Record("users find", hex.EncodeToString(number))
		record.Person = userID
		return audit.Keep(tx, record)
	})
	if err != nil {
		return "", fmt.Errorf("looking for a member: %w", err)
	}
	if userID == "" {
		return "", ErrNoUser
	}
	return userID, nil
}

// Show returns a member to an operator. Refusal: [ErrNoUser].
func (a *Accounts) Show(ctx context.Context, userID string, act Act) (m Member, err error) {
	err = a.record(ctx, userID, act, "users show", func(tx *db.Tx, _ standing) (err error) {
		m, err = a.member(tx, userID)
		return err
	})
	return m, err
}

// member reads a member.
func (a *Accounts) member(tx *db.Tx, userID string) (m Member, err error) {
	var sealed []byte
	var joined, proved, active, blocked, dormant db.Time
	m.ID = userID
	err = tx.Row(memberByID, userID).Scan(&sealed, &m.Name, &m.Locale, &joined, &proved, &active, &blocked, &dormant)
	if errors.Is(err, sql.ErrNoRows) {
		return Member{}, ErrNoUser
	}
	if err != nil {
		return Member{}, fmt.Errorf("reading a member: %w", err)
	}
	if len(sealed) > 0 {
		if m.Number, err = a.ring.OpenNumber("users", userID, sealed); err != nil {
			return Member{}, fmt.Errorf("opening the number of %s: %w", userID, err)
		}
	}
	m.CreatedAt, m.LastProvedAt = joined.Std(), proved.Std()
	m.ActiveAt, m.BlockedAt, m.DormantAt = max(active, proved).Std(), orZero(blocked), orZero(dormant)
	if m.Held, err = a.factors.HeldIn(tx, userID); err != nil {
		return Member{}, err
	}
	if m.Sessions, err = sessionsOf(tx, userID); err != nil {
		return Member{}, fmt.Errorf("reading sessions: %w", err)
	}
	return m, nil
}

// Block ends all sessions of a member and keeps them from signing in, until
// [Accounts.Unblock]. Refusal: [ErrNoUser].
func (a *Accounts) Block(ctx context.Context, userID string, act Act) error {
	return a.operate(ctx, userID, act, "users block", func(tx *db.Tx, _ standing) error {
		tx.Exec(blockUser, userID, tx.Now)
		tx.Exec(endSessions, userID, tx.Now)
		a.dropClaims(tx, userID)
		audit.Tell(tx, audit.Event{Kind: audit.Left, UserID: userID, Detail: "blocked"})
		return nil
	})
}

// Unblock lets a member sign in again. Refusal: [ErrNoUser].
func (a *Accounts) Unblock(ctx context.Context, userID string, act Act) error {
	return a.operate(ctx, userID, act, "users unblock", func(tx *db.Tx, _ standing) error {
		tx.Exec(unblockUser, userID)
		return nil
	})
}

// EndSessions ends all sessions of a member, as an operator does who was called
// about a lost telephone (S-39). Refusal: [ErrNoUser].
func (a *Accounts) EndSessions(ctx context.Context, userID string, act Act) error {
	return a.operate(ctx, userID, act, "users sessions end", func(tx *db.Tx, _ standing) error {
		tx.Exec(distrustDevices, userID, tx.Now)
		tx.Exec(endSessions, userID, tx.Now)
		audit.Tell(tx, audit.Event{Kind: audit.Left, UserID: userID, Detail: "all"})
		return nil
	})
}

// EndSession ends one session of a member, and the trust in every browser.
// Refusals: [ErrNoUser], [ErrEnded].
func (a *Accounts) EndSession(ctx context.Context, userID, sessionID string, act Act) error {
	return a.operate(ctx, userID, act, "users session end", func(tx *db.Tx, _ standing) error {
		tx.Exec(distrustDevices, userID, tx.Now)
		tx.Must(1, ErrEnded, endOwnSession, sessionID, userID, tx.Now)
		audit.Tell(tx, audit.Event{Kind: audit.Left, UserID: userID, Detail: "elsewhere"})
		return nil
	})
}

// unmasking is the act of which audit.Seen tells.
const unmasking = "users unmask"

// Unmask returns a member's whole number to an operator. Refusals: [ErrNoUser],
// [ErrNoNumber].
func (a *Accounts) Unmask(ctx context.Context, userID string, act Act) (to phone.Number, err error) {
	err = a.operate(ctx, userID, act, unmasking, func(tx *db.Tx, _ standing) error {
		m, err := a.member(tx, userID)
		if err == nil && m.Number.IsZero() {
			err = ErrNoNumber
		}
		to = m.Number
		return err
	})
	return to, err
}

// Seen lists who had the whole number shown to them that a member has now, the
// newest first and at most so many.
func (a *Accounts) Seen(ctx context.Context, userID string, most int) (list []audit.Kept, err error) {
	err = a.db.View(ctx, func(tx *db.Tx) error {
		found, err := a.standingOf(tx, a.standingByID, userID)
		if err != nil || found.number == nil {
			return err
		}
		list, err = audit.Seen(tx, hex.EncodeToString(found.number), most)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for who saw the number of %s: %w", userID, err)
	}
	return list, nil
}

// ExportMember gives an operator out all that is kept of a member, whose right
// that is, and who may ask for it in whatever way. Refusal: [ErrNoUser].
func (a *Accounts) ExportMember(ctx context.Context, userID string, act Act) (e Export, err error) {
	err = a.operate(ctx, userID, act, "users export", func(tx *db.Tx, _ standing) (err error) {
		e, err = a.export(tx, userID)
		return err
	})
	return e, err
}

// EraseMember does for a member what [Accounts.Leave] does, as one asks for who
// cannot sign in. Refusal: [ErrNoUser].
func (a *Accounts) EraseMember(ctx context.Context, userID string, act Act) (err error) {
	defer func() { a.metrics.count("leave", err) }()
	return a.operate(ctx, userID, act, "users erase", func(tx *db.Tx, found standing) error {
		a.erase(tx, userID, found.number)
		return nil
	})
}

// operate does something to a member for a reason and keeps a record of it.
func (a *Accounts) operate(ctx context.Context, userID string, act Act, what string, do func(tx *db.Tx, found standing) error) error {
	act, err := act.Reasoned()
	if err != nil {
		return err
	}
	return a.record(ctx, userID, act, what, do)
}

// record does something about a member and keeps a record of it.
func (a *Accounts) record(ctx context.Context, userID string, act Act, what string, do func(tx *db.Tx, found standing) error) error {
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		found, err := a.standingOf(tx, a.standingByID, userID)
		if errors.Is(err, ErrNoAccount) {
			return ErrNoUser
		}
		if err == nil {
			err = do(tx, found)
		}
		if err != nil {
			return err
		}
		r := act.Record(what, userID)
		if what == unmasking {
			r.Person = hex.EncodeToString(found.number)
		}
		return audit.Keep(tx, r)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
