package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Entry is an agreement of a member.
type Entry struct {
	UserID string `json:"user_id"`
	Agreement
}

// Export calls each for every agreement to an item that stands in the ledger,
// withdrawn ones included, in the order of the members' ids. An error of each
// ends it. Refusal: [ErrUnknown] for an item that was never asked.
func (l *Ledger) Export(ctx context.Context, item string, each func(Entry) error) error {
	return l.db.View(ctx, func(tx *db.Tx) error {
		var texts int
		if err := tx.Row(hasText, item).Scan(&texts); err != nil {
			return fmt.Errorf("looking for an item: %w", err)
		}
		if _, asked := l.book.Item(item); !asked && texts == 0 {
			return ErrUnknown.Because("there is no item " + item)
		}
		err := tx.Each(agreementsTo, []any{item}, func(scan func(...any) error) (err error) {
			var e Entry
			if e.Agreement, err = scanAgreement(scan, &e.UserID); err != nil {
				return err
			}
			return each(e)
		})
		if err != nil {
			return fmt.Errorf("exporting agreements: %w", err)
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
