package factor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
)

// The refusals of passkeys.
var (
	// ErrPasskey refuses what an authenticator answered. It says no more: that
	// nobody has the passkey looks the same.
	ErrPasskey      = fault.New(fault.Forbidden, "passkey_refused", "the passkey does not prove the account: begin again, or use another factor")
	ErrNoPasskey    = fault.New(fault.NotFound, "passkey_not_found", "the account has no such passkey")
	ErrPasskeyKnown = fault.New(fault.Conflict, "passkey_known", "this passkey belongs to an account already")
	ErrPasskeysFull = fault.New(fault.Conflict, "passkeys_full", "an account has at most 20 passkeys: remove one first")
)

const (
	passkeysMost = 20
	labelMost    = 50
)

// Passkey is one that a member has.
type Passkey struct {
	ID        string
	Label     string
	CreatedAt time.Time
	UsedAt    time.Time // zero when it never was
}

// newRelying prepares the library. A passkey is always one that its
// authenticator can find by itself, so that nobody has to say who they are, and
// that asks for a PIN, a finger or a face; who made the authenticator is not
// asked for.
func (f *Factors) newRelying() (*webauthn.WebAuthn, error) {
	timeout := webauthn.TimeoutConfig{Timeout: ceremonyLife, TimeoutUVD: ceremonyLife} // the end is kept by the ceremony's row
	w, err := webauthn.New(&webauthn.Config{
		RPID: f.origin.Hostname(), RPDisplayName: f.name, RPOrigins: []string{f.site()},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing passkeys for %s: %w", f.site(), err)
	}
	return w, nil
}

// holder is a member as the library sees one.
type holder struct {
	id, account string
	held        []credential
}

// credential is a stored passkey.
type credential struct {
	id     string // ours
	userID string
	webauthn.Credential
}

// WebAuthnID returns the member's id, which is random and stays with the
// passkey.
func (h holder) WebAuthnID() []byte { return []byte(h.id) }

// WebAuthnName returns what the authenticator shows.
func (h holder) WebAuthnName() string { return h.account }

// WebAuthnDisplayName returns what the authenticator shows.
func (h holder) WebAuthnDisplayName() string { return h.account }

// WebAuthnCredentials returns the member's passkeys.
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(h.held))
	for i, c := range h.held {
		list[i] = c.Credential
	}
	return list
}

// holder returns a member with all passkeys.
func (f *Factors) holder(ctx context.Context, userID, account string) (holder, error) {
	h := holder{id: userID, account: account}
	err := f.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(credentialsOf, []any{userID}, func(scan func(...any) error) error {
			c, err := readCredential(scan)
			h.held = append(h.held, c)
			return err
		})
	})
	if err != nil {
		return holder{}, fmt.Errorf("reading the passkeys of %s: %w", userID, err)
	}
	return h, nil
}

func readCredential(scan func(...any) error) (c credential, err error) {
	var text string
	var counter int64
	if err := scan(&c.id, &c.userID, &text, &counter); err != nil {
		return credential{}, err
	}
	err = json.Unmarshal([]byte(text), &c.Credential)
	c.Authenticator.SignCount = uint32(counter) // #nosec G115 -- it was one
	return c, err
}

// writeCredential is what is kept of a passkey. What an authenticator says of
// its maker is not.
func writeCredential(c webauthn.Credential) (string, error) {
	c.Attestation = webauthn.CredentialAttestation{}
	c.Authenticator.SignCount = 0 // it has a column of its own
	text, err := json.Marshal(c)
	return string(text), err
}

// BeginRegister returns what to ask a browser for when a member adds a passkey,
// as navigator.credentials.create takes it, and the ceremony that the answer
// belongs to. account is what the authenticator shows for it. Refusal:
// [ErrPasskeysFull].
func (f *Factors) BeginRegister(ctx context.Context, userID, account string) (options json.RawMessage, ceremony string, err error) {
	w, err := f.relying()
	if err != nil {
		return nil, "", err
	}
	h, err := f.holder(ctx, userID, account)
	if err != nil {
		return nil, "", err
	}
	if len(h.held) >= passkeysMost {
		return nil, "", ErrPasskeysFull
	}
	asked, session, err := w.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()),
		webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()))
	if err != nil {
		return nil, "", fmt.Errorf("asking for a new passkey: %w", err)
	}
	return f.begin(ctx, register, userID, asked, session)
}

// FinishRegister adds the passkey that a browser answered with. Refusals:
// [ErrLabel], [ErrCeremony], [ErrPasskey], [ErrPasskeyKnown].
func (f *Factors) FinishRegister(ctx context.Context, userID, ceremony string, response []byte, label string) (Passkey, error) {
	label, err := cleanLabel(label)
	if err != nil {
		return Passkey{}, err
	}
	w, err := f.relying()
	if err != nil {
		return Passkey{}, err
	}
	c, err := f.open(ctx, register, userID, ceremony)
	if err != nil {
		return Passkey{}, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Passkey{}, ErrPasskey
	}
	made, err := w.CreateCredential(holder{id: userID}, c.session, answer)
	if err != nil {
		return Passkey{}, ErrPasskey
	}
	stored, err := writeCredential(*made)
	if err != nil {
		return Passkey{}, fmt.Errorf("writing a passkey: %w", err)
	}
	p := Passkey{ID: id.New("pky"), Label: label}
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		p.CreatedAt = tx.Now.Std()
		c.end(tx)
		tx.Must(1, ErrPasskeyKnown, insertPasskey,
			p.ID, userID, made.ID, stored, int64(made.Authenticator.SignCount), label, tx.Now)
		f.changes(tx, Change{UserID: userID, Kind: PasskeyKind})
		return nil
	})
	if err != nil {
		return Passkey{}, fmt.Errorf("adding a passkey: %w", err)
	}
	return p, nil
}

// RenamePasskey gives a member's passkey another label. Refusals: [ErrLabel],
// [ErrNoPasskey].
func (f *Factors) RenamePasskey(ctx context.Context, userID, passkeyID, label string) error {
	label, err := cleanLabel(label)
	if err != nil {
		return err
	}
	err = f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNoPasskey, renamePasskey, passkeyID, userID, label)
		return nil
	})
	if err != nil {
		return fmt.Errorf("renaming a passkey: %w", err)
	}
	return nil
}

// RemovePasskey takes a passkey away from a member, or returns [ErrNoPasskey].
func (f *Factors) RemovePasskey(ctx context.Context, userID, passkeyID string) error {
	err := f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNoPasskey, deletePasskey, passkeyID, userID)
		f.changes(tx, Change{UserID: userID, Kind: PasskeyKind, Removed: true})
		return nil
	})
	if err != nil {
		return fmt.Errorf("removing a passkey: %w", err)
	}
	return nil
}

// cleanLabel trims a label and brings it to NFC.
func cleanLabel(label string) (string, error) {
	label = norm.NFC.String(strings.TrimSpace(label))
	n := utf8.RuneCountInString(label)
	if !utf8.ValidString(label) || n < 1 || n > labelMost || strings.ContainsFunc(label, unicode.IsControl) {
		return "", ErrLabel
	}
	return label, nil
}
