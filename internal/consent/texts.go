package consent

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// ErrTextChanged says that a text is not the one that was shown before under
// the same version. Its message names item, version and language.
var ErrTextChanged = errors.New("a consent text has changed under its version")

// textKey names a text.
type textKey struct{ item, version, locale string }

// KeepTexts stores the texts that were never shown before. It returns
// [ErrTextChanged] when one that was has become another: whoever agreed to the
// version agreed to the text it had. A start with nothing new writes nothing.
func (l *Ledger) KeepTexts(ctx context.Context) error {
	var fresh []textKey
	err := l.db.View(ctx, func(tx *db.Tx) (err error) {
		fresh, err = l.compareTexts(tx)
		return err
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	return l.db.Update(ctx, func(tx *db.Tx) error {
		for _, item := range l.book.all() {
			for locale, text := range item.Texts {
				hash, _ := hex.DecodeString(text.Hash) // newText wrote it
				tx.Exec(insertText, item.ID, item.Version, locale, hash, text.Title, text.Body, tx.Now)
			}
		}
		_, err := l.compareTexts(tx) // another node may have come first
		return err
	})
}

// compareTexts lists the texts that are not stored yet, and refuses those that
// are stored as another one.
func (l *Ledger) compareTexts(tx *db.Tx) (fresh []textKey, err error) {
	type kept struct {
		hash  string
		since db.Time
	}
	stored := map[textKey]kept{}
	err = tx.Each(allTexts, nil, func(scan func(...any) error) error {
		var k textKey
		var hash []byte
		var since db.Time
		err := scan(&k.item, &k.version, &k.locale, &hash, &since)
		stored[k] = kept{hex.EncodeToString(hash), since}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the texts: %w", err)
	}
	var faults []error
	for _, item := range l.book.all() {
		for _, locale := range Languages {
			k := textKey{item.ID, item.Version, locale}
			before, ok := stored[k]
			switch {
			case !ok:
				fresh = append(fresh, k)
			case before.hash != item.Texts[locale].Hash:
				faults = append(faults, fmt.Errorf("%w: %s version %s in %q is not the text kept since %s: give it a new version, or put the old text back",
					ErrTextChanged, k.item, k.version, k.locale, before.since.Std().Format("2006-01-02")))
			}
		}
	}
	return fresh, errors.Join(faults...)
}

// Text returns a text that was ever shown, in a language. Refusal: [ErrNoText].
func (l *Ledger) Text(ctx context.Context, item, version, locale string) (Text, error) {
	var title, body string
	err := l.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(textOf, item, version, locale).Scan(&title, &body)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Text{}, ErrNoText
	}
	if err != nil {
		return Text{}, fmt.Errorf("reading a text: %w", err)
	}
	return newText(title, body), nil
}
