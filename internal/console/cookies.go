package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/operator"
)

// The cookies of the console. Browsers keep cookies for a host, whatever the port:
// on one machine those of the pages come along, so none has a name of theirs.
const (
	sessionCookie = "console"
	doorCookie    = "console-door"
	linkCookie    = "console-link"
	nextCookie    = "console-next"
	newsCookie    = "console-news"
	langCookie    = "console-lang"

	doorAge = 12 * time.Hour
	linkAge = operator.LinkFor
	nextAge = 30 * time.Minute
	newsAge = time.Minute
	langAge = 365 * 24 * time.Hour
)

// keepDoor gives the browser of somebody who is not signed in what binds its
// forms to it.
func (v *visit) keepDoor() {
	if v.door == "" {
		v.door = rand.Text() + rand.Text()
		v.cookies.Set(v.w, doorCookie, v.door, doorAge)
	}
}

// tell has the next page say what was done, by the id of a text.
func (v *visit) tell(id string) {
	v.cookies.Set(v.w, newsCookie, strings.TrimPrefix(id, "news."), newsAge)
}

// news is what the page before has left to be said, which is said once.
func (v *visit) news() string {
	id := v.cookies.Get(v.r, newsCookie)
	if id == "" || v.r.Method != get {
		return ""
	}
	v.cookies.Clear(v.w, newsCookie)
	if !v.locale.has("news." + id) {
		return "" // no page of ours has left it
	}
	return v.locale.say("news." + id)
}

// formToken returns the token that forms carry on pages given to the browser
// that holds secret in a cookie. A page that shows it does not show the secret:
// that has 260 random bits, so that no key is needed to hide it behind a hash.
func formToken(secret string) string {
	sum := sha256.Sum256([]byte("sinpyo console form " + secret))
	return hex.EncodeToString(sum[:16])
}

// validToken reports in constant time whether token belongs to secret.
func validToken(secret, token string) bool {
	return secret != "" && subtle.ConstantTimeCompare([]byte(formToken(secret)), []byte(token)) == 1
}
