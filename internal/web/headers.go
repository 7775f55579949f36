package web

import (
	"net/http"
	"strings"
)

// headers are the header fields of every answer. Their values are built once
// and shared by all answers; a handler replaces a value and never edits one.
type headers struct {
	csp, hsts, cache, nosniff, referrer, opener, permissions []string
}

// newHeaders returns the headers of S-41 and S-42.
func newHeaders(secure, subdomains bool, formAction []string) headers {
	h := headers{
		csp: []string{"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; " +
			"img-src 'self' data:; connect-src 'self'; object-src 'none'; " +
			"form-action " + strings.Join(append([]string{"'self'"}, formAction...), " ") + "; " +
			"base-uri 'none'; frame-ancestors 'none'"},
		// What may be kept, such as a style sheet, says so itself.
		cache:   []string{"no-store"},
		nosniff: []string{"nosniff"},
		// With no-referrer browsers send "Origin: null", and our own posts
		// would be refused.
		referrer:    []string{"same-origin"},
		opener:      []string{"same-origin"},
		permissions: []string{"otp-credentials=(self)"},
	}
	if secure {
		h.hsts = []string{"max-age=31536000"}
		if subdomains {
			h.hsts = []string{"max-age=31536000; includeSubDomains"}
		}
	}
	return h
}

// write puts the headers and the request id into an answer. It assigns the
// canonical names directly, which spares a copy of each value.
func (h *headers) write(to http.Header, requestID string) {
	to["X-Request-Id"] = []string{requestID}
	to["Content-Security-Policy"] = h.csp
	to["Cache-Control"] = h.cache
	to["X-Content-Type-Options"] = h.nosniff
	to["Referrer-Policy"] = h.referrer
	to["Cross-Origin-Opener-Policy"] = h.opener
	to["Permissions-Policy"] = h.permissions
	if h.hsts != nil {
		to["Strict-Transport-Security"] = h.hsts
	}
}
