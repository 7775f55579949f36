package legacy

import "iter"

// perPage is the page size of walks.
const perPage = 100

// walk goes over all items of all pages, which it asks for by how many items
// came before and by the page's number, from 1. An item that stands on two
// pages, because newer ones pushed it on, is given once. It ends after the
// first error.
func walk[T any](page func(offset, number int) (items []T, total int, err error), id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{}
		for offset, number := 0, 1; ; number++ {
			items, total, err := page(offset, number)
			if err != nil {
				yield(none, err)
				return
			}
			before := len(seen)
			for _, item := range items {
				if key := id(item); seen[key] {
					continue
				} else {
					seen[key] = true
				}
				if !yield(item, nil) {
					return
				}
			}
			offset += len(items)
			switch {
			case len(items) == 0 || offset >= total:
				return
			case len(seen) == before: // rather than go round for ever
				yield(none, errWalk)
				return
			}
		}
	}
}
