package consent

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Edition is a version of an item, or of the privacy notice, that was ever shown.
type Edition struct {
	Item, Version string
	Kind          Kind // "" for an item that is asked no more
	Required      bool
	Current       bool              // this version is the one that is asked
	Since         time.Time         // when it was shown first
	Titles        map[string]string // by language, as written: see [Ledger.Shown]
	Hashes        map[string]string // by language, in hexadecimal
}

// Editions lists what was ever shown: items in the order that they are asked in,
// then the notice, then what is asked no more; of each the newest version first.
func (l *Ledger) Editions(ctx context.Context) ([]Edition, error) {
	var list []Edition
	err := l.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(allTitles, nil, func(scan func(...any) error) error {
			var e Edition
			var locale, title string
			var hash []byte
			var since db.Time
			if err := scan(&e.Item, &e.Version, &locale, &hash, &since, &title); err != nil {
				return err
			}
			at := slices.IndexFunc(list, func(o Edition) bool { return o.Item == e.Item && o.Version == e.Version })
			if at < 0 {
				e.Since, e.Titles, e.Hashes = since.Std(), map[string]string{}, map[string]string{}
				list, at = append(list, e), len(list)
			}
			list[at].Titles[locale], list[at].Hashes[locale] = title, hex.EncodeToString(hash)
			if since.Std().Before(list[at].Since) {
				list[at].Since = since.Std()
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading the texts: %w", err)
	}
	asked := l.book.all()
	place := func(e Edition) int {
		if at := slices.IndexFunc(asked, func(i Item) bool { return i.ID == e.Item }); at >= 0 {
			return at
		}
		return len(asked)
	}
	for i := range list {
		if at := place(list[i]); at < len(asked) {
			list[i].Kind, list[i].Required, list[i].Current = asked[at].Kind, asked[at].Required, asked[at].Version == list[i].Version
		}
	}
	slices.SortStableFunc(list, func(a, b Edition) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Item, b.Item), b.Since.Compare(a.Since))
	})
	return list, nil
}
