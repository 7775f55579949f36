package web

import "net/http"

// Page is the handler of a page: it answers, or returns an error before it has
// written anything.
type Page func(w http.ResponseWriter, r *http.Request) error

// Or returns p as an http.Handler that has show answer for its errors. show
// finds status and words in ProblemOf, which logs what is internal.
func (p Page) Or(show func(w http.ResponseWriter, r *http.Request, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p(w, r); err != nil {
			show(w, r, err)
		}
	})
}
