package verify

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// row is a verification with what only this package may see.
type row struct {
	Verification
	number  []byte // keyed hash
	binding []byte
	sealed  []byte // the code
	mac     []byte
	lane    limit.Lane
	device  limit.Device
	network []byte
}

// about returns the row as the limits see it.
func (r row) about() limit.Case {
	return limit.Case{Number: r.number, Network: r.network, Application: r.ApplicationID}
}

// read reads a verification of an application with its newest message.
func (v *Verifier) read(ctx context.Context, id, applicationID string) (r row, err error) {
	err = v.db.View(ctx, func(tx *db.Tx) (err error) {
		if r, err = v.readRow(tx, id, applicationID); err != nil {
			return err
		}
		r.Message, err = v.outbox.ByID(tx, r.Message.ID)
		return err
	})
	return r, err
}

// readRow reads a verification without its message, of which it knows the id.
func (v *Verifier) readRow(tx *db.Tx, id, applicationID string) (row, error) {
	var (
		r                      row
		number, device         []byte
		created, sent, expires db.Time
		sends, attempts        int
		metadata               string
	)
	err := tx.Row(readVerification, id, applicationID).Scan(&r.ID, &r.ApplicationID, &r.Purpose, &r.Locale, &r.Status,
		&number, &r.number, &r.binding, &r.CodeLength, &r.sealed, &r.mac, &attempts, &sends,
		&r.Message.ID, &metadata, &created, &sent, &expires, &r.lane, &device, &r.network)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, ErrNotFound
	}
	if err != nil {
		return row{}, fmt.Errorf("reading a verification: %w", err)
	}
	if r.To, err = v.ring.OpenNumber("verifications", r.ID, number); err != nil {
		return row{}, fmt.Errorf("opening the number of %s: %w", r.ID, err)
	}
	if metadata != "" {
		if err := json.Unmarshal([]byte(metadata), &r.Metadata); err != nil {
			return row{}, fmt.Errorf("reading the metadata of %s: %w", r.ID, err)
		}
	}
	if r.Status == Pending && expires <= tx.Now {
		r.Status = Expired
	}
	r.device = limit.NewDevice(device)
	r.AttemptsLeft = Attempts - attempts
	r.ResendsLeft = resendsMost + 1 - sends
	r.CreatedAt, r.ExpiresAt, r.ResendAt = created.Std(), expires.Std(), resendAt(sent, sends)
	return r, nil
}

// readBound is read for whoever started the verification, and nobody else.
func (v *Verifier) readBound(ctx context.Context, ref Ref) (row, error) {
	r, err := v.read(ctx, ref.ID, ref.ApplicationID)
	if err != nil {
		return row{}, err
	}
	if !r.boundTo(ref.Binding) {
		return row{}, ErrBinding
	}
	return r, nil
}

// boundTo reports whether b is what the verification was started with.
func (r row) boundTo(b Binding) bool {
	return subtle.ConstantTimeCompare(r.binding, b.bytes()) == 1
}

// Proved returns the number that an approved verification for one of the
// purposes proves, for the act it allows, which then has to Redeem it.
// Refusals: [ErrNotFound], [ErrBinding], and [ErrNotApproved], also for an
// approval that was given for another purpose (S-9).
func (v *Verifier) Proved(tx *db.Tx, ref Ref, purposes ...Purpose) (phone.Number, error) {
	r, known := v.recent.get(ref)
	var err error
	if !known || r.Status != Approved {
		r, err = v.readRow(tx, ref.ID, ref.ApplicationID)
	}
	switch {
	case err != nil:
		return phone.Number{}, err
	case !r.boundTo(ref.Binding):
		return phone.Number{}, ErrBinding
	case r.Status != Approved, !slices.Contains(purposes, r.Purpose):
		return phone.Number{}, ErrNotApproved
	}
	return r.To, nil
}
