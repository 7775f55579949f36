package audit

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// SeenMost is how many of the newest records [Seen] looks through. No index leads
// from a person to the records: an act of anybody would have to keep one up.
const SeenMost = 50_000

// Seen lists who had the whole number shown to them that a keyed hash, in
// hexadecimal, stands for, the newest first and at most so many.
func Seen(tx *db.Tx, number string, most int) (list []Kept, err error) {
	head, _, err := readHead(tx)
	if err != nil {
		return nil, err
	}
	err = tx.Each(unmaskings, []any{head.Number - SeenMost, number, most}, func(scan func(...any) error) error {
		var k Kept
		err := scan(&k.Number, &k.At, &k.Actor, &k.From, &k.Act, &k.Subject, &k.Person, &k.Detail)
		list = append(list, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for who saw a number: %w", err)
	}
	return list, nil
}
