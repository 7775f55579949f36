package pages

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
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

// What stands in a flow cookie beside ids and secrets.
const (
	welcomeMark = "welcome" // the browser has just joined; see [flow.joined]
	knownMark   = "known"   // see [flow.known]
	madeMark    = "passkey" // see [flow.made]
	readyMark   = "ready-"  // see [flow.ready]
)

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
	joined bool   // the browser has just joined: the welcome is shown once
	to     string // where it goes in the end, as [returns] names it; "" is the account; of a step-up what waits for it, see putAside

	// known says that nobody typed the number: the browser was remembered by
	// it. It is part of the binding, so that whoever takes it out of the cookie
	// loses the verification, and with it the number.
	known bool

	// made says that the browser has just made a passkey besides joining.
	made bool
	// ready is when a recovery that was begun here can be finished, in seconds;
	// 0 for none.
	ready int64
}

// secretLen is the length of a flow secret: two texts of 130 bits each.
const secretLen = 52

// parseFlow reads a flow cookie. What no page of ours has set is no flow.
func parseFlow(cookie string) flow {
	id, rest, _ := strings.Cut(cookie, ".")
	if id == welcomeMark || id == madeMark {
		return flow{joined: true, made: id == madeMark, to: rest}
	}
	secret, rest, _ := strings.Cut(rest, ".")
	if len(secret) != secretLen {
		return flow{}
	}
	to, mark, _ := strings.Cut(rest, ".")
	f := flow{id: id, secret: secret, to: to, known: mark == knownMark}
	if at, ok := strings.CutPrefix(mark, readyMark); ok {
		f.ready, _ = strconv.ParseInt(at, 10, 64) // what no page of ours has set is no time
	}
	return f
}

// String returns the cookie that parseFlow reads.
func (f flow) String() string {
	mark := welcomeMark
	if f.made {
		mark = madeMark
	}
	switch {
	case f.joined && f.to == "":
		return mark
	case f.joined:
		return mark + "." + f.to
	case f.known:
		return f.id + "." + f.secret + "." + f.to + "." + knownMark
	case f.ready != 0:
		return f.id + "." + f.secret + "." + f.to + "." + readyMark + strconv.FormatInt(f.ready, 10)
	case f.to != "":
		return f.id + "." + f.secret + "." + f.to
	}
	return f.id + "." + f.secret
}

// binding is what a verification of the flow is bound to.
func (f flow) binding() verify.Binding {
	if f.known {
		return verify.Browser(f.secret + "." + knownMark)
	}
	return verify.Browser(f.secret)
}

// mark tells the verifications of a browser apart in its forms, so that a tab
// does not speak of the number that another tab has begun with.
func (f flow) mark() string {
	if f.id == "" {
		return ""
	}
	return formToken(f.id)
}

// keepFlow gives the browser its flow for another half hour, with a secret if
// it had none.
func (v *visit) keepFlow(id string) {
	if v.flow.secret == "" {
		v.flow.secret = rand.Text() + rand.Text()
	}
	v.flow.id, v.flow.joined = id, false
	if id == "" {
		v.flow.known = false
	} else {
		v.flow.ready = 0
	}
	v.cookies.Set(v.w, flowCookie, v.flow.String(), flowAge)
}

// ref says which verification the browser speaks of.
func (v *visit) ref() verify.Ref {
	return verify.Ref{ID: v.flow.id, ApplicationID: v.application.ID, Binding: v.flow.binding()}
}

// spell writes the number of the flow's verification for the person who typed
// it; where nobody did it is masked.
func (v *visit) spell(to phone.Number) string {
	if v.flow.known || v.door.login {
		return to.String()
	}
	return to.Display()
}

// typedBefore is the number of the flow's verification as it stands in a field
// to be corrected, or "" when nobody typed it.
func (v *visit) typedBefore(to phone.Number) string {
	if v.flow.known {
		return ""
	}
	return to.Display()
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
