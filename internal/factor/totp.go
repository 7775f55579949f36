package factor

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // #nosec G505 -- RFC 6238; authenticator apps know no other
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrNoDraft refuses to confirm an authenticator app that nobody was shown, or
// was shown too long ago.
var ErrNoDraft = fault.New(fault.Gone, "totp_draft_over", "the key that was shown is no longer good: begin again")

// What RFC 6238 leaves to choose, as all apps have it (S-53).
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpDrift  = 1 // steps that a phone's clock may be off
	totpSeed   = 20

	draftLife = 15 * time.Minute

	seedPlace  = "totp_seeds.seed"
	draftPlace = "totp_seeds.draft"
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// TOTPDraft is a key that an authenticator app is to take.
type TOTPDraft struct {
	Secret string // to type, in groups of four
	URI    string // otpauth://totp/…
	SVG    string // the URI as a QR code; safe to stand in a page as it is
}

// BeginTOTP returns a key for the member's authenticator app, which counts once
// [Factors.FinishTOTP] has seen a code of it. While it is good, which is a
// quarter of an hour, the same key is returned again. account is what the app
// shows beside the service's name.
func (f *Factors) BeginTOTP(ctx context.Context, userID, account string) (TOTPDraft, error) {
	seed, err := f.draft(ctx, userID)
	if err != nil {
		return TOTPDraft{}, fmt.Errorf("drafting a TOTP key: %w", err)
	}
	secret := base32Plain.EncodeToString(seed)
	uri := totpURI(f.name, account, secret)
	picture, err := qrCode(uri)
	if err != nil {
		return TOTPDraft{}, err
	}
	return TOTPDraft{Secret: grouped(secret, " "), URI: uri, SVG: picture}, nil
}

// errDrafted means that there is a draft already.
var errDrafted = errors.New("the member has a TOTP key that waits to be confirmed")

// draft returns the seed that waits to be confirmed, a new one if there is
// none.
func (f *Factors) draft(ctx context.Context, userID string) ([]byte, error) {
	seed := make([]byte, totpSeed)
	if _, err := rand.Read(seed); err != nil {
		return nil, err
	}
	sealed := f.ring.Seal(draftPlace, userID, seed)
	err := f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errDrafted, draftSeed, userID, sealed, tx.Now.Add(draftLife), tx.Now)
		return nil
	})
	if !errors.Is(err, errDrafted) {
		return seed, err
	}
	sealed, err = f.storedDraft(ctx, userID)
	if err != nil {
		return nil, err
	}
	return f.ring.Open(draftPlace, userID, sealed)
}

// storedDraft returns the sealed draft of a member, or [ErrNoDraft].
func (f *Factors) storedDraft(ctx context.Context, userID string) (sealed []byte, err error) {
	err = f.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(selectDraft, userID, tx.Now).Scan(&sealed)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoDraft
	}
	return sealed, err
}

// FinishTOTP confirms the key of [Factors.BeginTOTP] with a code of the app. It
// takes the place of one that the member had before. Refusals: [ErrNoDraft],
// [ErrWrong], [ErrTries].
func (f *Factors) FinishTOTP(ctx context.Context, userID, code string) error {
	sealed, err := f.storedDraft(ctx, userID)
	if err != nil {
		return err
	}
	seed, err := f.ring.Open(draftPlace, userID, sealed)
	if err != nil {
		return fmt.Errorf("opening a TOTP draft of %s: %w", userID, err)
	}
	return f.prove(ctx, userID, TOTPKind, func() (func(tx *db.Tx), error) {
		step, ok := matchingStep(seed, code, f.db.Now())
		if !ok {
			return nil, ErrWrong
		}
		confirmed := f.ring.Seal(seedPlace, userID, seed)
		return func(tx *db.Tx) {
			tx.Must(1, ErrNoDraft, confirmSeed, userID, sealed, confirmed, step, tx.Now)
			f.changes(tx, Change{UserID: userID, Kind: TOTPKind})
		}, nil
	})
}

// CheckTOTP checks a code of the member's authenticator app. Each code works
// once. Refusals: [ErrWrong], [ErrTries].
func (f *Factors) CheckTOTP(ctx context.Context, userID, code string) error {
	return f.prove(ctx, userID, TOTPKind, func() (func(tx *db.Tx), error) {
		var sealed []byte
		err := f.db.View(ctx, func(tx *db.Tx) error { return tx.Row(selectSeed, userID).Scan(&sealed) })
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrWrong
		}
		if err != nil {
			return nil, err
		}
		seed, err := f.ring.Open(seedPlace, userID, sealed)
		if err != nil {
			return nil, err
		}
		step, ok := matchingStep(seed, code, f.db.Now())
		if !ok {
			return nil, ErrWrong
		}
		return func(tx *db.Tx) { tx.Must(1, ErrWrong, useStep, userID, step) }, nil
	})
}

// RemoveTOTP takes a member's authenticator app away, if there is one.
func (f *Factors) RemoveTOTP(ctx context.Context, userID string) error {
	return f.remove(ctx, userID, TOTPKind, deleteSeed)
}

// matchingStep returns the newest step whose code was typed.
func matchingStep(seed []byte, code string, now db.Time) (step int64, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(norm.NFKC.String(code))
	current := int64(now) / totpStep.Microseconds()
	for s := current - totpDrift; s <= current+totpDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(seed, s)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// totpCode is the code of a step (RFC 4226, section 5.3).
func totpCode(seed []byte, step int64) string {
	mac := hmac.New(sha1.New, seed)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step))) // #nosec G115 -- it is after 1970
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%0*d", totpDigits, (binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%1_000_000)
}

// totpURI is the address by which apps take a key, as Google Authenticator
// wrote it down first. Spaces are %20: some apps show a plus as it stands.
func totpURI(service, account, secret string) string {
	escape := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	return fmt.Sprintf("otpauth://totp/%[1]s:%[2]s?secret=%[3]s&issuer=%[1]s&algorithm=SHA1&digits=%[4]d&period=%[5]d",
		escape(service), escape(account), secret, totpDigits, int(totpStep.Seconds()))
}

// grouped parts a text into groups of four.
func grouped(text, with string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteString(with)
		}
		b.WriteRune(r)
	}
	return b.String()
}
