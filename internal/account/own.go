package account

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
)

// Rename gives a member another name. Refusals: [ErrName], [ErrNoSession].
func (a *Accounts) Rename(ctx context.Context, s Session, name string) (err error) {
	defer func() { a.metrics.count("rename", err) }()
	if name, err = cleanName(name); err != nil {
		return err
	}
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNoSession, holdSession, s.ID, s.UserID, s.hash, tx.Now)
		tx.Must(1, ErrNoSession, renameUser, s.UserID, name)
		audit.Tell(tx, audit.Event{Kind: audit.Renamed, UserID: s.UserID})
		return nil
	})
	if err != nil {
		return fmt.Errorf("changing a name: %w", err)
	}
	return nil
}

// Export is all that is kept of a member, as it is given out to them (S-107).
type Export struct {
	ID           string              `json:"id"`
	Name         string              `json:"name"`
	Language     string              `json:"language"`
	Phone        string              `json:"phone,omitempty"`
	JoinedAt     time.Time           `json:"joined_at"`
	LastProvedAt time.Time           `json:"phone_last_proved_at"`
	ActiveAt     time.Time           `json:"last_signed_in_at"`
	Factors      ExportedFactors     `json:"factors"`
	Sessions     []ExportedSession   `json:"sessions"`
	Notices      []ExportedNotice    `json:"notices"`
	Consents     []consent.Agreement `json:"consents,omitempty"`
}

// ExportedFactors are the factors of an export.
type ExportedFactors struct {
	Passkey       bool `json:"passkey"`
	Password      bool `json:"password"`
	TOTP          bool `json:"authenticator"`
	RecoveryCodes int  `json:"recovery_codes_left"`
}

// ExportedSession is a session of an export.
type ExportedSession struct {
	Browser   string    `json:"browser"`
	Way       Way       `json:"signed_in_by"`
	CreatedAt time.Time `json:"signed_in_at"`
	SeenAt    time.Time `json:"last_seen_at"`
}

// ExportedNotice is a notice of an export.
type ExportedNotice struct {
	Kind   NoticeKind `json:"kind"`
	At     time.Time  `json:"at"`
	Texted bool       `json:"texted"`
}

// Export gives a member out all that is kept of them. Refusal: [ErrStepUp].
func (a *Accounts) Export(ctx context.Context, s Session) (e Export, err error) {
	defer func() { a.metrics.count("export", err) }()
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		s.mustBeFresh(tx)
		audit.Tell(tx, audit.Event{Kind: audit.Exported, UserID: s.UserID})
		e, err = a.export(tx, s.UserID)
		return err
	})
	if err != nil {
		return Export{}, fmt.Errorf("exporting a member: %w", err)
	}
	return e, nil
}

func (a *Accounts) export(tx *db.Tx, userID string) (Export, error) {
	m, err := a.member(tx, userID)
	if err != nil {
		return Export{}, err
	}
	e := Export{
		ID: m.ID, Name: m.Name, Language: m.Locale, JoinedAt: m.CreatedAt, LastProvedAt: m.LastProvedAt, ActiveAt: m.ActiveAt,
		Factors:  ExportedFactors{m.Held.Passkey, m.Held.Password, m.Held.TOTP, m.Held.RecoveryCodes},
		Sessions: []ExportedSession{}, Notices: []ExportedNotice{},
	}
	if !m.Number.IsZero() {
		e.Phone = m.Number.E164()
	}
	for _, i := range m.Sessions {
		e.Sessions = append(e.Sessions, ExportedSession{i.Label, i.Way, i.CreatedAt, i.SeenAt})
	}
	notices, err := noticesOfMember(tx, userID)
	if err != nil {
		return Export{}, fmt.Errorf("reading notices: %w", err)
	}
	for _, n := range notices {
		e.Notices = append(e.Notices, ExportedNotice(n))
	}
	if e.Consents, err = a.consents.List(tx, userID); err != nil {
		return Export{}, fmt.Errorf("reading consents: %w", err)
	}
	return e, nil
}
