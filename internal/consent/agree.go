package consent

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Choose returns the items that were ticked at sign-up. Ids that nobody asked
// about are left out, and so is advertising at night without its day item, which
// means nothing alone. Refusal: [ErrMissing], whose detail is the item's id.
func (l *Ledger) Choose(ids []string) ([]Item, error) {
	var list []Item
	for _, item := range l.book.items {
		ticked := slices.Contains(ids, item.ID)
		if item.Required && !ticked {
			return nil, ErrMissing.Because(item.ID)
		}
		if ticked && (item.Day == "" || slices.Contains(ids, item.Day)) {
			list = append(list, item)
		}
	}
	return list, nil
}

// Write stores that a new member agreed to items, all in one statement.
func (l *Ledger) Write(tx *db.Tx, userID, locale string, screen Screen, items []Item) {
	l.write(tx, userID, locale, tx.Now, screen, items)
}

func (l *Ledger) write(tx *db.Tx, userID, locale string, at db.Time, screen Screen, items []Item) {
	if len(items) == 0 {
		return
	}
	args := make([]any, 0, 4+3*len(items))
	args = append(args, userID, "", at, string(screen))
	for _, item := range items {
		text, read := item.In(locale)
		hash, _ := hex.DecodeString(text.Hash) // newText wrote it
		args[1] = read
		args = append(args, item.ID, item.Version, hash)
	}
	tx.Exec(l.inserts[len(items)], args...)
}

// Agree stores that a member agreed to the current version of items, by their
// ids. What stands already is not written twice. Refusals: [ErrUnknown],
// [ErrDayFirst], and those of [Options.Member].
func (l *Ledger) Agree(ctx context.Context, userID, locale string, screen Screen, ids ...string) error {
	var asked []Item
	for _, item := range l.book.items {
		if slices.Contains(ids, item.ID) {
			asked = append(asked, item)
		}
	}
	for _, id := range ids {
		if _, ok := l.book.Item(id); !ok {
			return ErrUnknown.Because(id)
		}
	}
	err := l.db.Update(ctx, func(tx *db.Tx) error {
		l.member(tx, userID)
		past, err := l.List(tx, userID)
		if err != nil {
			return err
		}
		at := tx.Now
		for _, a := range past { // two agreements to one item never share a moment
			at = max(at, db.At(a.AgreedAt)+1)
		}
		var fresh []Item
		for _, item := range asked {
			if item.Day != "" && !slices.Contains(ids, item.Day) && !stands(past, item.Day, "") {
				return ErrDayFirst
			}
			if !stands(past, item.ID, item.Version) {
				fresh = append(fresh, item)
			}
		}
		l.write(tx, userID, locale, at, screen, fresh)
		return nil
	})
	if err != nil {
		return fmt.Errorf("agreeing: %w", err)
	}
	return nil
}

// stands reports whether an item is agreed to, in a version or, for "", in any.
func stands(list []Agreement, item, version string) bool {
	return slices.ContainsFunc(list, func(a Agreement) bool {
		return a.Item == item && a.Stands() && (version == "" || a.Version == version)
	})
}

// Withdraw takes an agreement back, whatever its version. With advertising its
// night item goes too. Refusals: [ErrRequired], [ErrNotGiven].
func (l *Ledger) Withdraw(ctx context.Context, userID string, screen Screen, id string) error {
	if item, ok := l.book.Item(id); ok && item.Required {
		return ErrRequired
	}
	err := l.db.Update(ctx, func(tx *db.Tx) error {
		past, err := l.List(tx, userID)
		if err != nil {
			return err
		}
		if !stands(past, id, "") {
			return ErrNotGiven
		}
		tx.Exec(withdraw, userID, id, tx.Now, string(screen))
		for _, item := range l.book.items {
			if item.Day == id {
				tx.Exec(withdraw, userID, item.ID, tx.Now, string(screen))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("withdrawing: %w", err)
	}
	return nil
}

// Missing lists the required items that a member has not agreed to in their
// current version, to be asked after sign-in.
func (l *Ledger) Missing(ctx context.Context, userID string) ([]Item, error) {
	past, err := l.Agreements(ctx, userID)
	if err != nil {
		return nil, err
	}
	var list []Item
	for _, item := range l.book.items {
		if item.Required && !stands(past, item.ID, item.Version) {
			list = append(list, item)
		}
	}
	return list, nil
}

// Agreements lists all that a member ever agreed to: in the order of the items,
// and each from the first time to the last.
func (l *Ledger) Agreements(ctx context.Context, userID string) (list []Agreement, err error) {
	err = l.db.View(ctx, func(tx *db.Tx) (err error) {
		list, err = l.List(tx, userID)
		return err
	})
	return list, err
}

// List is [Ledger.Agreements] in an act of the caller's.
func (l *Ledger) List(tx *db.Tx, userID string) ([]Agreement, error) {
	var list []Agreement
	err := tx.Each(agreementsOf, []any{userID}, func(scan func(...any) error) error {
		a, err := scanAgreement(scan)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading agreements: %w", err)
	}
	slices.SortStableFunc(list, func(a, b Agreement) int { return l.book.place(a.Item) - l.book.place(b.Item) })
	return list, nil
}

// scanAgreement reads the columns of an agreement, behind those in before.
func scanAgreement(scan func(...any) error, before ...any) (a Agreement, err error) {
	var hash []byte
	var agreed, withdrawn, reminded db.Time
	err = scan(append(before, &a.Item, &a.Version, &a.Locale, &hash, &a.Screen, &agreed, &withdrawn, &a.WithdrawnScreen, &reminded)...)
	a.Hash, a.AgreedAt = hex.EncodeToString(hash), agreed.Std()
	if withdrawn != 0 {
		a.WithdrawnAt = withdrawn.Std()
	}
	if reminded != 0 {
		a.RemindedAt = reminded.Std()
	}
	return a, err
}
