package web

import "net/http"

// Mux is what a door of the house registers its routes on: an *http.ServeMux,
// or a [Routes], which remembers them.
type Mux interface {
	http.Handler
	Handle(pattern string, handler http.Handler)
	HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request))
}

// Routes is a ServeMux that knows what was registered, so that a test can try
// every route there is.
type Routes struct {
	http.ServeMux

	patterns []string
}

// Handle registers a handler as ServeMux does.
func (m *Routes) Handle(pattern string, handler http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, handler)
}

// HandleFunc registers a function as ServeMux does.
func (m *Routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(handler))
}

// Patterns returns the patterns in the order they were registered in.
func (m *Routes) Patterns() []string { return m.patterns }
