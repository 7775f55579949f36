package factor

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sinpyo/sinpyo/internal/db"
)

// BeginSignIn returns what to ask a browser for when somebody signs in with a
// passkey, as navigator.credentials.get takes it, and the ceremony that the
// answer belongs to. Nobody is named, so nobody can be asked about (S-28), and
// nothing is stored, so that it may be done for every visitor of a page.
func (f *Factors) BeginSignIn() (options json.RawMessage, ceremony string, err error) {
	w, err := f.relying()
	if err != nil {
		return nil, "", err
	}
	asked, session, err := w.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", fmt.Errorf("asking for a passkey: %w", err)
	}
	return f.beginSignIn(asked, session)
}

// FinishSignIn returns the member whose passkey a browser answered with.
// Refusals: [ErrCeremony], [ErrPasskey].
func (f *Factors) FinishSignIn(ctx context.Context, ceremony string, response []byte) (userID string, err error) {
	userID, err = f.FinishBeside(ctx, ceremony, response)
	if err == nil {
		f.metrics.avoided.Inc()
	}
	return userID, err
}

// FinishBeside is [Factors.FinishSignIn] for somebody who was sent a text before,
// so that none is avoided.
func (f *Factors) FinishBeside(ctx context.Context, ceremony string, response []byte) (userID string, err error) {
	defer func() { f.metrics.check(PasskeyKind, err) }()
	w, err := f.relying()
	if err != nil {
		return "", err
	}
	asked, err := f.openSignIn(ceremony)
	if err != nil {
		return "", err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return "", ErrPasskey
	}
	var c credential
	err = f.db.View(ctx, func(tx *db.Tx) (err error) {
		c, err = readCredential(tx.Row(credentialByID, []byte(answer.RawID)).Scan)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrPasskey
	}
	if err != nil {
		return "", fmt.Errorf("looking for a passkey: %w", err)
	}
	owner := func(_, _ []byte) (webauthn.User, error) { return holder{id: c.userID, held: []credential{c}}, nil }
	_, proved, err := w.ValidatePasskeyLogin(owner, asked.session, answer)
	if err != nil {
		return "", ErrPasskey
	}
	if err := f.used(ctx, asked, c, proved); err != nil {
		return "", err
	}
	return c.userID, nil
}

// BeginProof is [Factors.BeginSignIn] for a member who is known and proves it
// again. Refusal: [ErrNoPasskey].
func (f *Factors) BeginProof(ctx context.Context, userID string) (options json.RawMessage, ceremony string, err error) {
	w, err := f.relying()
	if err != nil {
		return nil, "", err
	}
	h, err := f.holder(ctx, userID, "")
	if err != nil {
		return nil, "", err
	}
	if len(h.held) == 0 {
		return nil, "", ErrNoPasskey
	}
	asked, session, err := w.BeginLogin(h)
	if err != nil {
		return nil, "", fmt.Errorf("asking for a passkey of %s: %w", userID, err)
	}
	return f.begin(ctx, proof, userID, asked, session)
}

// FinishProof checks that a browser answered with a passkey of the member.
// Refusals: [ErrCeremony], [ErrPasskey].
func (f *Factors) FinishProof(ctx context.Context, userID, ceremony string, response []byte) (err error) {
	defer func() { f.metrics.check(PasskeyKind, err) }()
	w, err := f.relying()
	if err != nil {
		return err
	}
	asked, err := f.open(ctx, proof, userID, ceremony)
	if err != nil {
		return err
	}
	h, err := f.holder(ctx, userID, "")
	if err != nil {
		return err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return ErrPasskey
	}
	proved, err := w.ValidateLogin(h, asked.session, answer)
	if err != nil {
		return errors.Join(ErrPasskey, f.tellWrong(ctx, userID, PasskeyKind))
	}
	for _, c := range h.held {
		if bytes.Equal(c.ID, proved.ID) {
			return f.used(ctx, asked, c, proved)
		}
	}
	return ErrPasskey
}

// used ends a ceremony and notes that a passkey was used for it. A counter that
// did not move forward is refused: then there are two of the authenticator, and
// one is a copy.
func (f *Factors) used(ctx context.Context, asked *ceremony, c credential, proved *webauthn.Credential) error {
	counter := proved.Authenticator.SignCount
	if proved.Authenticator.CloneWarning {
		return errors.Join(ErrPasskey, f.tellWrong(ctx, c.userID, PasskeyKind))
	}
	stored, err := writeCredential(*proved)
	if err != nil {
		return fmt.Errorf("writing a passkey: %w", err)
	}
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		asked.end(tx)
		tx.Must(1, ErrPasskey, usePasskey, c.id, c.userID, stored, int64(counter), tx.Now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting the use of a passkey: %w", err)
	}
	return nil
}
