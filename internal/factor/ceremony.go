package factor

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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

// signInPlace is what the questions of sign-ins are sealed for.
const signInPlace = "passkey_ceremonies.sign_in"

// ceremony is a question to an authenticator and what is kept of it.
//
// One to a member stands in a row from the start. Anybody may begin to sign in,
// so what is asked then goes along with the question, sealed, and there is a row
// only once it was answered rightly. Either way the act that the answer allows
// ends the ceremony, so that it allows it once.
type ceremony struct {
	id, act, userID string
	session         webauthn.SessionData
	expires         db.Time
}

// begin keeps what is asked of a member and returns it as a browser takes it.
func (f *Factors) begin(ctx context.Context, act, userID string, asked any, session *webauthn.SessionData) (json.RawMessage, string, error) {
	options, kept, err := written(asked, session)
	if err != nil {
		return nil, "", err
	}
	name := id.New("cer")
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(insertCeremony, name, act, userID, string(kept), tx.Now.Add(ceremonyLife))
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("beginning a passkey ceremony: %w", err)
	}
	return options, name, nil
}

// written is a question as a browser takes it, and what is to be kept of it.
func written(asked any, session *webauthn.SessionData) (options, kept json.RawMessage, err error) {
	if options, err = json.Marshal(asked); err == nil {
		kept, err = json.Marshal(session)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("writing a passkey ceremony: %w", err)
	}
	return options, kept, nil
}

// open returns a ceremony that waits for its member's answer, or
// [ErrCeremony].
func (f *Factors) open(ctx context.Context, act, userID, name string) (*ceremony, error) {
	c := &ceremony{id: name, act: act, userID: userID}
	var kept string
	err := f.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(selectCeremony, name, act, userID, tx.Now).Scan(&kept, &c.expires)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrCeremony
	}
	if err == nil {
		err = json.Unmarshal([]byte(kept), &c.session)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a passkey ceremony: %w", err)
	}
	return c, nil
}

// sent is what goes along with the question of a sign-in.
type sent struct {
	Asked   json.RawMessage
	Expires db.Time
}

// beginSignIn seals what is asked of whoever signs in.
func (f *Factors) beginSignIn(asked any, session *webauthn.SessionData) (json.RawMessage, string, error) {
	options, kept, err := written(asked, session)
	if err != nil {
		return nil, "", err
	}
	plain, err := json.Marshal(sent{kept, f.db.Now().Add(ceremonyLife)})
	if err != nil {
		return nil, "", fmt.Errorf("writing a passkey ceremony: %w", err)
	}
	name := id.New("cer")
	return options, name + "." + base64.RawURLEncoding.EncodeToString(f.ring.Seal(signInPlace, name, plain)), nil
}

// openSignIn returns what was asked of somebody who signs in, or [ErrCeremony].
// That it was not answered before is seen when it ends.
func (f *Factors) openSignIn(text string) (*ceremony, error) {
	name, sealed, _ := strings.Cut(text, ".")
	cipher, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, ErrCeremony
	}
	plain, err := f.ring.Open(signInPlace, name, cipher)
	if err != nil {
		return nil, ErrCeremony
	}
	var s sent
	c := &ceremony{id: name, act: signIn}
	if err = json.Unmarshal(plain, &s); err == nil {
		err = json.Unmarshal(s.Asked, &c.session)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a passkey ceremony: %w", err)
	}
	if c.expires = s.Expires; f.db.Now() >= c.expires || c.expires.Add(-ceremonyLife) <= f.db.RestoredAt() {
		return nil, ErrCeremony // a backup does not know which of the older ones were answered
	}
	return c, nil
}

// end ends a ceremony in the act that its answer allows, or refuses with
// [ErrCeremony] because another answer did.
func (c *ceremony) end(tx *db.Tx) {
	if c.act == signIn {
		tx.Must(1, ErrCeremony, insertCeremony, c.id, c.act, "", "", c.expires)
		return
	}
	tx.Must(1, ErrCeremony, endCeremony, c.id, c.userID)
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
