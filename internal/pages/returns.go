package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// returns are the addresses that people may be led back to when they are in,
// each by the name it has in a flow cookie.
type returns map[string]string

// newReturns names the registered addresses. A name is cut from a hash, so that
// it means the same on every node and after a change of the list.
func newReturns(addresses []string) returns {
	named := make(returns, len(addresses))
	for _, address := range addresses {
		named[returnName(address)] = address
	}
	return named
}

func returnName(address string) string {
	sum := sha256.Sum256([]byte("sinpyo return " + address))
	return hex.EncodeToString(sum[:8])
}

// name returns the name of an address, or "" when it is not, letter by letter,
// a registered one (S-44).
func (r returns) name(address string) string {
	name := returnName(address)
	if registered, ok := r[name]; !ok || registered != address {
		return ""
	}
	return name
}

// readReturn takes up the address that ?return_to= asks for. One that is not
// registered counts as none: the way ends at the account.
func (v *visit) readReturn() {
	if !strings.Contains(v.r.URL.RawQuery, "return_to=") {
		return
	}
	name := v.returns.name(v.r.URL.Query().Get("return_to"))
	if name == v.flow.to {
		return
	}
	v.flow.to = name
	if v.flow.joined {
		v.cookies.Set(v.w, flowCookie, v.flow.String(), flowAge)
		return
	}
	v.keepFlow(v.flow.id)
}

// home is where somebody goes who is in.
func (v *visit) home() string {
	if to := v.returns[v.flow.to]; to != "" {
		return to
	}
	return "/account"
}
