package db

import (
	"strconv"
	"strings"
)

// bulkSizes are the numbers of rows that one statement of a [Bulk] writes.
var bulkSizes = [...]int{64, 16, 4, 1}

// Bulk is an INSERT whose rows are written at the end of a group, those of all
// its acts together: a statement for sixty-four rows costs little more than one
// for a single row. It is for rows that nobody reads in the group that writes
// them, and that break no constraint.
type Bulk struct{ text map[int]string }

// NewBulk returns a Bulk. insert is the statement up to its values, such as
// "INSERT INTO events (at, kind)".
func NewBulk(insert string, columns int) *Bulk {
	b := &Bulk{text: make(map[int]string, len(bulkSizes))}
	for _, size := range bulkSizes {
		rows := make([]string, size)
		for i := range rows {
			binds := make([]string, columns)
			for j := range binds {
				binds[j] = "$" + strconv.Itoa(i*columns+j+1)
			}
			rows[i] = "(" + strings.Join(binds, ", ") + ")"
		}
		b.text[size] = insert + " VALUES " + strings.Join(rows, ", ")
	}
	return b
}

// Append has a row written with the act: by the end of its group, and only if
// the act is kept.
func (tx *Tx) Append(b *Bulk, values ...any) {
	if tx.err == nil {
		tx.rows = append(tx.rows, bulkRow{b, values})
	}
}

// bulkRow is a row on its way.
type bulkRow struct {
	of     *Bulk
	values []any
}

// bulkInsert is one statement with its arguments.
type bulkInsert struct {
	query string
	args  []any
}

// inserts writes rows, in their order, in as few statements as their sizes
// allow.
func inserts(rows []bulkRow) []bulkInsert {
	var out []bulkInsert
	for len(rows) > 0 {
		alike := 1
		for alike < len(rows) && rows[alike].of == rows[0].of {
			alike++
		}
		for _, size := range bulkSizes {
			for ; alike >= size; alike -= size {
				in := bulkInsert{query: rows[0].of.text[size], args: make([]any, 0, size*len(rows[0].values))}
				for _, row := range rows[:size] {
					in.args = append(in.args, row.values...)
				}
				out = append(out, in)
				rows = rows[size:]
			}
			if alike == 0 {
				break
			}
		}
	}
	return out
}
