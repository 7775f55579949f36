package audit

import (
	"fmt"
	"math"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Kept is a record as it stands in the chain.
type Kept struct {
	Number int64
	At     db.Time
	Record
}

// Filter narrows a list of records. What is zero does not.
type Filter struct {
	Since   db.Time // not before
	Until   db.Time // before
	Actor   string
	Act     string // whole, or its first words: "keys" is also "keys create"
	Subject string
	Person  string // whose data, also where the subject says it
	Before  int64  // a number: the page after the one that ended with it
	Most    int    // records in a page, 100 when zero
}

// pageMost is how many records a page has at most.
const pageMost = 1000

// List returns records, the newest first, and whether there are more.
func List(tx *db.Tx, f Filter) (list []Kept, more bool, err error) {
	most := f.Most
	if most <= 0 {
		most = 100
	}
	most = min(most, pageMost)
	before, until := f.Before, f.Until
	if before == 0 {
		before = math.MaxInt64
	}
	if until == 0 {
		until = math.MaxInt64
	}
	args := []any{before, f.Since, until, f.Actor, f.Act, f.Subject, f.Person, most + 1}
	err = tx.Each(listRecords, args, func(scan func(...any) error) error {
		var k Kept
		err := scan(&k.Number, &k.At, &k.Actor, &k.From, &k.Act, &k.Subject, &k.Person, &k.Detail)
		list = append(list, k)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("listing the records: %w", err)
	}
	if more = len(list) > most; more {
		list = list[:most]
	}
	return list, more, nil
}
