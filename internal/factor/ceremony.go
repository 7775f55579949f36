package factor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
)

// ErrCeremony refuses an answer to a question that was not asked, was answered
// already, or was asked too long ago.
var ErrCeremony = fault.New(fault.Gone, "ceremony_over", "this was answered already or too late: begin again")

// ceremonyLife is how long an authenticator may take to answer.
const ceremonyLife = 5 * time.Minute

// What a ceremony is for; an answer counts for that alone.
const (
	register = "register"
	signIn   = "sign_in"
	proof    = "proof"
)

// begin keeps what is asked of an authenticator and returns it as a browser
// takes it.
func (f *Factors) begin(ctx context.Context, act, userID string, asked any, session *webauthn.SessionData) (json.RawMessage, string, error) {
	options, err := json.Marshal(asked)
	if err != nil {
		return nil, "", fmt.Errorf("writing a passkey ceremony: %w", err)
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return nil, "", fmt.Errorf("writing a passkey ceremony: %w", err)
	}
	ceremony := id.New("cer")
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(insertCeremony, ceremony, act, userID, string(kept), tx.Now.Add(ceremonyLife))
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("beginning a passkey ceremony: %w", err)
	}
	return options, ceremony, nil
}

// take ends a ceremony and returns what was asked, or [ErrCeremony]. It ends
// before the answer is looked at, so that there is one answer to each.
func (f *Factors) take(ctx context.Context, act, userID, ceremony string) (session webauthn.SessionData, err error) {
	var kept string
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Get(ErrCeremony, takeCeremony, ceremony, act, userID, tx.Now).Into(&kept)
		return nil
	})
	if err == nil {
		err = json.Unmarshal([]byte(kept), &session)
	}
	if err != nil {
		return webauthn.SessionData{}, fmt.Errorf("ending a passkey ceremony: %w", err)
	}
	return session, nil
}

// EraseCeremonies deletes ceremonies that were over before a time, the oldest
// first and at most so many, and returns how many.
func (f *Factors) EraseCeremonies(tx *db.Tx, before db.Time, most int) (n int, err error) {
	args := []any{id.Before("cer", before.Add(-ceremonyLife).Std()), before, most}
	err = tx.Each(eraseCeremonies, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing passkey ceremonies: %w", err)
	}
	return n, nil
}
