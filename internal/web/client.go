package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr returns the address of the person or program that sent r, or the
// zero Addr when it is not known.
//
// The peer of the connection is believed. Where it is a trusted proxy, its
// X-Forwarded-For is read from right to left, and the first address that is no
// trusted proxy is the client: what stands left of it was written by the
// client and may be anything (S-43).
func ClientAddr(r *http.Request) netip.Addr {
	peer := parseAddr(r.RemoteAddr)
	v := visitOf(r.Context())
	if v == nil || !v.door.trusts(peer) {
		return peer
	}
	client := peer
	forwarded := r.Header["X-Forwarded-For"]
	for i := len(forwarded) - 1; i >= 0; i-- {
		rest, more := forwarded[i], true
		for more {
			var last string
			rest, last, more = cutLast(rest)
			client = parseAddr(last)
			if !v.door.trusts(client) {
				return client
			}
		}
	}
	return client
}

// cutLast splits a list at its last comma.
func cutLast(list string) (rest, last string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], list[i+1:], true
	}
	return "", list, false
}

// trusts reports whether addr is a proxy of ours.
func (d *Door) trusts(addr netip.Addr) bool { return within(d.proxies, addr) }

// within reports whether addr lies in one of the networks.
func within(networks []netip.Prefix, addr netip.Addr) bool {
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddr reads an address with or without a port, or returns the zero Addr.
func parseAddr(s string) netip.Addr {
	s = strings.TrimSpace(s)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}
