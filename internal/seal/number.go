package seal

import "github.com/sinpyo/sinpyo/internal/phone"

// Number is a phone number as a row keeps it: sealed, and with the keyed
// hashes it is found by.
type Number struct {
	Sealed []byte
	Whole  []byte
	Tail   []byte
	Prefix []byte
}

// Number seals n for the row id of a table, given by name.
func (r *Ring) Number(table, id string, n phone.Number) Number {
	return Number{
		Sealed: r.Seal(table+".number", id, []byte(n.E164())),
		Whole:  r.Whole(n),
		Tail:   r.Hash(Tail, n.Tail()),
		Prefix: r.Hash(Prefix, n.Prefix()),
	}
}

// Whole returns the keyed hash by which n is found.
func (r *Ring) Whole(n phone.Number) []byte { return r.Hash(Whole, n.E164()) }

// OpenNumber reads back what Number sealed for the same row.
func (r *Ring) OpenNumber(table, id string, sealed []byte) (phone.Number, error) {
	plain, err := r.Open(table+".number", id, sealed)
	if err != nil {
		return phone.Number{}, err
	}
	return phone.FromE164(string(plain))
}
