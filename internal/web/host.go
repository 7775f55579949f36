package web

import (
	"net/http"
	"strings"
)

// answersFor reports whether a request names a host of ours (S-43). Hosts are
// compared without port, because a proxy may listen on another one.
func (d *Door) answersFor(r *http.Request) bool {
	if exemptFromHost(r) {
		return true
	}
	host := hostname(r.Host)
	for _, ours := range d.hosts {
		if strings.EqualFold(host, ours) {
			return true
		}
	}
	return false
}

// exemptFromHost reports whether a request is a probe, which asks by address.
func exemptFromHost(r *http.Request) bool {
	return r.URL.Path == "/livez" || r.URL.Path == "/readyz"
}

// hostname returns a Host header without its port and without the brackets of
// an IPv6 address, as url.URL.Hostname does.
func hostname(host string) string {
	if strings.HasPrefix(host, "[") {
		address, _, _ := strings.Cut(host[1:], "]")
		return address
	}
	name, _, _ := strings.Cut(host, ":")
	return name
}
