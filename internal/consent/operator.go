package consent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

// Entry is an agreement of a member.
type Entry struct {
	UserID string `json:"user_id"`
	Agreement
}

// Export records who asks and why, and calls each for every agreement to an item,
// in one of its versions or, for "", in all: those that stand in the ledger,
// withdrawn ones included, in the order of the members' ids. An error of each ends
// it. Refusals: [ErrUnknown] for what was never asked, and audit.ErrReason.
func (l *Ledger) Export(ctx context.Context, item, version string, act audit.Act, each func(Entry) error) error {
	act, err := act.Reasoned()
	if err != nil {
		return err
	}
	err = l.db.Update(ctx, func(tx *db.Tx) error {
		var texts int
		if err := tx.Row(hasText, item, version).Scan(&texts); err != nil {
			return err
		}
		asked, ok := l.book.Item(item)
		if current := ok && (version == "" || version == asked.Version); texts == 0 && !current {
			return ErrUnknown.Because("there is no item " + strings.TrimSpace(item+" "+version))
		}
		return audit.Keep(tx, act.Record("consents export", strings.TrimSpace(item+" "+version)))
	})
	if err != nil {
		return fmt.Errorf("exporting agreements: %w", err)
	}
	var some []Entry
	return l.stretches(ctx, func(tx *db.Tx, after, until string) error {
		some = some[:0]
		return tx.Each(agreementsTo, []any{after, until, item, version}, func(scan func(...any) error) (err error) {
			var e Entry
			e.Agreement, err = scanAgreement(scan, &e.UserID)
			some = append(some, e)
			return err
		})
	}, func() error {
		for _, e := range some {
			if err := each(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// remindEvery is how long an advertising consent stands without its member
// being told of it, in years (S-104).
const remindEvery = 2

// seoul is the zone whose days count. Korea keeps one offset all year.
var seoul = time.FixedZone("KST", 9*60*60)

// Reminder says who has to be told of an advertising consent, and by when.
type Reminder struct {
	UserID   string    `json:"user_id"`
	Item     string    `json:"item"`
	AgreedAt time.Time `json:"agreed_at"`
	Due      time.Time `json:"due"` // two years after the consent or the last reminder
}

// RemindDue lists the advertising consents whose two years end within a time
// from now, or have ended.
func (l *Ledger) RemindDue(ctx context.Context, ahead time.Duration) ([]Reminder, error) {
	var list []Reminder
	err := l.db.View(ctx, func(tx *db.Tx) error {
		before := db.At(tx.Now.Add(ahead).Std().In(seoul).AddDate(-remindEvery, 0, 0))
		for _, item := range l.advertising() {
			err := tx.Each(remindDue, []any{item, before}, func(scan func(...any) error) error {
				r := Reminder{Item: item}
				var agreed, told db.Time
				err := scan(&r.UserID, &agreed, &told)
				r.AgreedAt, r.Due = agreed.Std(), told.Std().In(seoul).AddDate(remindEvery, 0, 0).UTC()
				list = append(list, r)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for consents to remind of: %w", err)
	}
	return list, nil
}

// Reminded notes in the caller's act that a member was told now of all
// advertising consents, and returns how many stand.
func (l *Ledger) Reminded(tx *db.Tx, userID string) (n int, err error) {
	for _, item := range l.advertising() {
		err := tx.Each(noteReminder, []any{userID, item, tx.Now}, func(func(...any) error) error { n++; return nil })
		if err != nil {
			return 0, fmt.Errorf("noting a reminder: %w", err)
		}
	}
	return n, nil
}

// advertising lists the ids of the items of advertising.
func (l *Ledger) advertising() (ids []string) {
	for _, item := range l.book.items {
		if item.Kind == Advertising || item.Kind == AdvertisingNight {
			ids = append(ids, item.ID)
		}
	}
	return ids
}
