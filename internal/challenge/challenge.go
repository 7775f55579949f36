// Package challenge asks a caller to spend a little work or a little time before
// a text is sent, where a network or the whole installation is busier than
// people are. Clean traffic never meets it.
//
// A [Challenge] is a signed token that nothing is stored of. It is bound to the
// number, the network and the application it was asked for, and good for five
// minutes. There are two ways through: a nonce for which the SHA-256 of token,
// ".", nonce begins with a number of zero bits, which a script finds in a second
// or two; or twenty seconds' patience, for browsers without scripts and phones
// that are slow, counted from the token's making.
//
// A solution can be shown again within its five minutes, for the same number
// from the same network: the limits of the number stand behind it and keep that
// from becoming many texts. The package decides nothing about when to ask.
package challenge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const (
	// Life is how long a challenge can be answered.
	Life = 5 * time.Minute
	// Patience is how old a challenge has to be to count as waited for.
	Patience = 20 * time.Second
	// Bits is how many zero bits are asked for: 262,144 tries on average, a
	// second on a phone of the middling kind.
	Bits = 18

	nonceMost = 20 // bytes, so that what is hashed fits one block
	macSize   = 16
)

var encoding = base64.RawURLEncoding.Strict()

// Subject is what a challenge is bound to.
type Subject struct {
	ApplicationID string
	To            phone.Number
	Client        netip.Addr // the person's address; the zero Addr when it is not known
}

// Challenge is what a caller has to answer.
type Challenge struct {
	Token     string
	Bits      int
	ExpiresAt time.Time
	Wait      time.Duration // until it counts as waited for; 0 when it does
}

// Challenges makes and checks the challenges of one installation. It is safe
// for concurrent use.
type Challenges struct {
	db   *db.DB
	ring *seal.Ring
}

// New returns the challenges of an installation; its clock is the database's.
func New(d *db.DB, ring *seal.Ring) *Challenges { return &Challenges{db: d, ring: ring} }

// New makes a challenge for a subject.
func (c *Challenges) New(s Subject) Challenge {
	now := c.db.Now()
	made := binary.BigEndian.AppendUint64(nil, uint64(now)) // #nosec G115 -- it is after 1970
	return c.told(encoding.EncodeToString(append(made, c.mac(s, made)...)), now)
}

// Again returns a challenge that was made for the subject before, with the wait
// that is left, or a new one when it is over or was made for another.
func (c *Challenges) Again(s Subject, token string) Challenge {
	if made, ok := c.read(s, token); ok {
		return c.told(token, made)
	}
	return c.New(s)
}

func (c *Challenges) told(token string, made db.Time) Challenge {
	return Challenge{
		Token: token, Bits: Bits, ExpiresAt: made.Add(Life).Std(),
		Wait: max(0, made.Add(Patience).Sub(c.db.Now())),
	}
}

// Worked reports whether answer, token and nonce joined by ".", solves a
// challenge that was made for the subject.
func (c *Challenges) Worked(s Subject, answer string) bool {
	token, nonce, ok := strings.Cut(answer, ".")
	if !ok || nonce == "" || len(nonce) > nonceMost || zeroBits(answer) < Bits {
		return false
	}
	_, ok = c.read(s, token)
	return ok
}

// Waited reports whether a challenge that was made for the subject has been
// waited for.
func (c *Challenges) Waited(s Subject, token string) bool {
	made, ok := c.read(s, token)
	return ok && c.db.Now().Sub(made) >= Patience
}

// read returns when a token was made, if it was made for the subject and is
// not over.
func (c *Challenges) read(s Subject, token string) (made db.Time, ok bool) {
	b, err := encoding.DecodeString(token)
	if err != nil || len(b) != 8+macSize {
		return 0, false
	}
	made = db.Time(binary.BigEndian.Uint64(b)) // #nosec G115 -- the MAC is over it
	now := c.db.Now()
	return made, hmac.Equal(b[8:], c.mac(s, b[:8])) && made <= now && now.Sub(made) < Life
}

func (c *Challenges) mac(s Subject, made []byte) []byte {
	return c.ring.Hash(seal.Challenge, s.ApplicationID, s.To.E164(), network(s.Client), string(made))
}

// network is the block of addresses that limits count for one (S-21).
func network(addr netip.Addr) string {
	if addr = addr.Unmap(); addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// zeroBits counts the zero bits that the SHA-256 of an answer begins with.
func zeroBits(answer string) int {
	sum := sha256.Sum256([]byte(answer))
	n := 0
	for _, b := range sum {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
