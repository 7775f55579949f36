package web

import (
	"net/http"
	"time"
)

// Cookies sets and reads the cookies of a site (S-37).
type Cookies struct {
	// Secure is false only where the public address is plain http on
	// localhost: browsers keep no __Host- cookie there.
	Secure bool
	// Strict keeps the cookies at home even when a person follows a link of
	// another site to us: their first page is that of a stranger.
	Strict bool
}

// name returns the name of a cookie as the browser knows it.
func (c Cookies) name(name string) string {
	if c.Secure {
		return "__Host-" + name
	}
	return name
}

// Set gives the browser a cookie that it keeps for maxAge. Scripts cannot read
// it, and unless it is strict it goes along when a person follows a link to us,
// but with no other request that a foreign site makes.
func (c Cookies) Set(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	http.SetCookie(w, c.cookie(name, value, int(maxAge/time.Second)))
}

// Clear takes a cookie from the browser.
func (c Cookies) Clear(w http.ResponseWriter, name string) {
	http.SetCookie(w, c.cookie(name, "", -1))
}

func (c Cookies) cookie(name, value string, maxAge int) *http.Cookie {
	site := http.SameSiteLaxMode
	if c.Strict {
		site = http.SameSiteStrictMode
	}
	return &http.Cookie{ // #nosec G124 -- Secure is missing over plain http on localhost alone
		Name: c.name(name), Value: value, MaxAge: maxAge,
		Path: "/", Secure: c.Secure, HttpOnly: true, SameSite: site,
	}
}

// Get returns the value of a cookie, or "".
func (c Cookies) Get(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.name(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}
