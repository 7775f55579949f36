package audit

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Record is one act of an operator: who did what to which row, from where, and
// whose data it touched (S-93).
type Record struct {
	Actor   string // who: "command line", or an operator's id
	From    string // from where: what [Origin] returns; "" is [Local]
	Act     string // what: "keys create"
	Subject string // to which row: an id
	Person  string // whose data: a member's id, or the keyed hash of a number; "" when Subject says it, or when it is nobody's
	Detail  string
}

// Local is from where commands and loops act.
const Local = "this machine"

// Origin returns an address as records keep it: cut to the first 24 bits, of
// IPv6 to the first 56. This machine, and no address at all, is [Local].
func Origin(a netip.Addr) string {
	a = a.Unmap()
	bits := 56
	if a.Is4() {
		bits = 24
	}
	network, err := a.WithZone("").Prefix(bits)
	if err != nil || !network.IsValid() || a.IsLoopback() {
		return Local
	}
	return network.Masked().String()
}

// Keep appends a record to the chain. It looks for the newest one first and
// makes others wait for their turn, so it belongs in rare acts only.
func Keep(tx *db.Tx, r Record) error {
	head, err := lockedHead(tx)
	if err != nil {
		return fmt.Errorf("reading the newest record: %w", err)
	}
	if r.From == "" {
		r.From = Local
	}
	number := head.Number + 1
	hash := r.hash(number, tx.Now, head.Hash, true)
	tx.Exec(insertRecord, number, tx.Now, r.Actor, r.Act, r.Subject, r.Detail, r.From, r.Person, hash)
	tx.Exec(moveHead, number, hash)
	return nil
}

// lockedHead returns the record that the next one follows. Where rows behind the
// head are gone the chain goes on from the head all the same, so that the gap
// stays to be seen. A program from before there was a head may have written past
// it.
func lockedHead(tx *db.Tx) (head Mark, err error) {
	if err = tx.Row(lockHead, []byte{}).Scan(&head.Number, &head.Hash); err != nil {
		return Mark{}, err
	}
	var newest Mark
	err = tx.Row(lastRecord).Scan(&newest.Number, &newest.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Mark{}, err
	}
	if newest.Number > head.Number {
		return newest, nil
	}
	return head, nil
}

// hash covers every field, its length first, and the hash before. Rows from
// before From and Person were kept are hashed without them: whole is false.
func (r Record) hash(number int64, at db.Time, last []byte, whole bool) []byte {
	fields := []string{
		strconv.FormatInt(number, 10), strconv.FormatInt(int64(at), 10), r.Actor, r.Act, r.Subject, r.Detail,
	}
	if whole {
		fields = append(fields, r.From, r.Person)
	}
	h := sha256.New()
	for _, field := range append(fields, string(last)) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(field), field) // a hash takes everything
	}
	return h.Sum(nil)
}

// Mark names a record by its number and hash. It covers all records up to that
// one: whoever has noted it elsewhere will see when one of them is changed.
type Mark struct {
	Number int64
	Hash   []byte
}

// String writes a mark as [ParseMark] reads it: 17:9f86d081….
func (m Mark) String() string { return fmt.Sprintf("%d:%x", m.Number, m.Hash) }

// ErrMark refuses a text that is no mark.
var ErrMark = errors.New("a mark is a number, a colon and 64 hexadecimal digits, as audit verify prints it")

// ParseMark reads a mark, or returns [ErrMark].
func ParseMark(text string) (Mark, error) {
	digits, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
	number, err := strconv.ParseInt(digits, 10, 64)
	sum, hexErr := hex.DecodeString(hash)
	if err != nil || hexErr != nil || number < 1 || len(sum) != sha256.Size {
		return Mark{}, ErrMark
	}
	return Mark{number, sum}, nil
}

// Chain is what a walk through the records found.
type Chain struct {
	Count   int64 // of records
	Newest  Mark
	Broken  int64 // the number of the first record that does not fit, 0 when all do
	Missing int64 // how many at the end are gone, as far as marks tell
}

// Verify walks the chain and returns the number of the first record that does
// not fit, or 0 when all do.
func Verify(tx *db.Tx) (broken int64, err error) {
	c, err := Walk(tx)
	return c.Broken, err
}

// Walk walks the chain, and compares it with the mark of the newest record that
// is kept in the database and with others that the caller has. A record that was
// edited, taken out, put in or moved does not fit.
func Walk(tx *db.Tx, marks ...Mark) (Chain, error) {
	head, _, err := readHead(tx)
	if err != nil {
		return Chain{}, err
	}
	return walkFrom(tx, Mark{}, append([]Mark{head}, marks...))
}

// walkFrom walks the records after one that is known to fit.
func walkFrom(tx *db.Tx, known Mark, marks []Mark) (c Chain, err error) {
	c.Newest = known
	err = tx.Each(recordsAfter, []any{known.Number}, func(scan func(...any) error) error {
		var k Kept
		var origin, person *string
		var hash []byte
		if err := scan(&k.Number, &k.At, &k.Actor, &k.Act, &k.Subject, &k.Detail, &origin, &person, &hash); err != nil {
			return err
		}
		whole := origin != nil && person != nil
		if whole {
			k.From, k.Person = *origin, *person
		}
		next := c.Newest.Number + 1
		fits := k.Number == next && (origin == nil) == (person == nil) &&
			bytes.Equal(hash, k.hash(k.Number, k.At, c.Newest.Hash, whole))
		c.Count++
		c.Newest = Mark{k.Number, hash}
		for _, m := range marks {
			fits = fits && (m.Number != k.Number || bytes.Equal(m.Hash, hash))
		}
		if !fits && c.Broken == 0 {
			c.Broken = min(next, k.Number)
		}
		return nil
	})
	if err != nil {
		return Chain{}, fmt.Errorf("reading the records: %w", err)
	}
	for _, m := range marks {
		c.Missing = max(c.Missing, m.Number-c.Newest.Number)
	}
	if c.Missing > 0 && c.Broken == 0 {
		c.Broken = c.Newest.Number + 1
	}
	return c, nil
}

// readHead reads the mark of the newest record and the sealed one beside it.
func readHead(tx *db.Tx) (head Mark, sealed []byte, err error) {
	err = tx.Row(selectHead).Scan(&head.Number, &head.Hash, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return Mark{}, nil, nil
	}
	if err != nil {
		return Mark{}, nil, fmt.Errorf("reading the mark of the newest record: %w", err)
	}
	return head, sealed, nil
}
