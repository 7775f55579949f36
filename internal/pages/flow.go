package pages

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// The cookies of the pages and how long a browser keeps them.
const (
	flowCookie    = "flow"
	sessionCookie = "session"
	deviceCookie  = "device"
	langCookie    = "lang"

	flowAge = 30 * time.Minute // an approval is good for as long
	langAge = 365 * 24 * time.Hour
)

// welcome stands in the flow cookie between the end of sign-up and the page
// that says so, which is shown once.
const welcome = "welcome"

// errForm refuses a form whose page was given to no browser, another one, or
// this one too long ago.
var errForm = fault.New(fault.Forbidden, "form_stale", "the form's token does not belong to this browser's cookie")

// flow is what the flow cookie holds: the verification a browser is in the
// middle of, if any, and the 260-bit secret that binds it to the browser
// (S-10). The secret outlives a verification, so that a new start supersedes
// the one before.
type flow struct {
	id     string
	secret string
	done   bool // the browser has just signed up
}

// secretLen is the length of a flow secret: two texts of 130 bits each.
const secretLen = 52

// parseFlow reads a flow cookie. What no page of ours has set is no flow.
func parseFlow(cookie string) flow {
	if cookie == welcome {
		return flow{done: true}
	}
	id, secret, _ := strings.Cut(cookie, ".")
	if len(secret) != secretLen {
		return flow{}
	}
	return flow{id: id, secret: secret}
}

// keepFlow gives the browser its flow for another half hour, with a secret if
// it had none.
func (v *visit) keepFlow(id string) {
	if v.flow.secret == "" {
		v.flow.secret = rand.Text() + rand.Text()
	}
	v.flow.id = id
	v.cookies.Set(v.w, flowCookie, id+"."+v.flow.secret, flowAge)
}

// ref says which verification the browser speaks of.
func (v *visit) ref() verify.Ref {
	return verify.Ref{ID: v.flow.id, ApplicationID: v.application.ID, Binding: verify.Browser(v.flow.secret)}
}

// formToken returns the token that forms carry on pages given to the browser
// that holds secret in a cookie. A page that shows it does not show the secret:
// that has 260 random bits, so that no key is needed to hide it behind a hash.
func formToken(secret string) string {
	sum := sha256.Sum256([]byte("sinpyo form " + secret))
	return hex.EncodeToString(sum[:16])
}

// validToken reports in constant time whether token belongs to secret.
func validToken(secret, token string) bool {
	return secret != "" && subtle.ConstantTimeCompare([]byte(formToken(secret)), []byte(token)) == 1
}
