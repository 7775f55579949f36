package outbox

import "strconv"

// listSizes are the lengths of the lists of messages that a statement names. A
// list is filled up by naming its last message again, so that three statements
// serve every batch and stay prepared.
var listSizes = [...]int{64, 8, 1}

// listStatement is a statement over a list of messages, by the list's length.
type listStatement map[int]string

// forLists makes a statement for each length of a list. Its first binds are for
// all messages; then each message has so many, its id first. write is given the
// binds of the ids and those that follow them.
func forLists(head, each int, write func(ids, values []string) string) listStatement {
	s := make(listStatement, len(listSizes))
	for _, n := range listSizes {
		ids, values := make([]string, n), make([]string, n)
		for i := range n {
			ids[i] = "$" + strconv.Itoa(head+1+each*i)
			values[i] = "$" + strconv.Itoa(head+2+each*i)
		}
		s[n] = write(ids, values)
	}
	return s
}

// piece is one use of a list statement: for n messages from first on, in a list
// of a certain length.
type piece struct{ size, first, n int }

// at returns which message stands at a place of the list.
func (p piece) at(i int) int { return p.first + min(i, p.n-1) }

// pieces names n messages in as few lists as their lengths allow.
func pieces(n int) []piece {
	var out []piece
	first := 0
	for _, size := range listSizes {
		for n >= size || size > 1 && n > size/2 {
			p := piece{size, first, min(size, n)}
			out = append(out, p)
			first, n = first+p.n, n-p.n
		}
	}
	return out
}
