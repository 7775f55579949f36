// Package consent keeps what members agree to: the items they are asked, the
// texts of each version, and a ledger of who agreed to what, when, in which
// language and on which screen, and took it back when (S-103, S-104).
//
// What is asked stands in a file of the operator's, or in the one built in
// ([Read]): items that are required or optional, advertising by text and at
// night apart, and the privacy notice, which is announced and agreed to by
// nobody. A file that asks what may not be asked is refused with file and line.
// [Ledger.KeepTexts] stores each text once, and from then on refuses another
// text under the same version: so what somebody agreed to can be shown for ever.
//
// The walk: sign-up checks what was ticked with [Ledger.Choose] and writes it
// with [Ledger.Write] in the act that opens the account. Later a member agrees
// and withdraws on the account page, and [Ledger.Missing] says what to ask again
// because its version changed. Each agreement is a row; a withdrawal fills in its
// time, and agreeing again is another row. Nothing is overwritten.
//
// When a member leaves, [Ledger.Release] moves the rows apart under the keyed
// hash of the number. The package knows no names and no numbers, sends nothing,
// and never says that somebody is who they claim to be (S-109).
package consent

import (
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// The refusals of this package.
var (
	ErrMissing  = fault.New(fault.Invalid, "consent_missing", "a required item was not agreed to")
	ErrUnknown  = fault.New(fault.NotFound, "consent_unknown", "there is no such item")
	ErrDayFirst = fault.New(fault.Conflict, "consent_day_first", "advertising at night can be agreed to beside advertising by day only: agree to that first")
	ErrRequired = fault.New(fault.Conflict, "consent_required",
		"a required item cannot be withdrawn while there is an account: who does not want it any more leaves")
	ErrNotGiven = fault.New(fault.Conflict, "consent_not_given", "there is nothing to withdraw: the item is not agreed to")
	ErrNoText   = fault.New(fault.NotFound, "consent_text_not_found", "there is no text of that item and version")
)

// Screen is where somebody was asked.
type Screen string

// The screens.
const (
	SignUp  Screen = "signup"
	Account Screen = "account" // the page of one's own account
	Renewal Screen = "renewal" // after sign-in, because a version changed
)

// Agreement is an item that a member agreed to once. Its JSON is what a member
// downloads and an operator exports.
type Agreement struct {
	Item            string    `json:"item"`
	Version         string    `json:"version"`
	Locale          string    `json:"locale"`           // the language it was read in
	Hash            string    `json:"hash,omitempty"`   // of the text, in hexadecimal; "" from before texts were kept
	Screen          Screen    `json:"screen,omitempty"` // "" from before screens were kept
	AgreedAt        time.Time `json:"agreed_at"`
	WithdrawnAt     time.Time `json:"withdrawn_at,omitzero"` // zero while it stands
	WithdrawnScreen Screen    `json:"withdrawn_screen,omitempty"`
	RemindedAt      time.Time `json:"reminded_at,omitzero"` // when a reminder of advertising was noted last; zero for never
}

// Stands reports whether the agreement was not withdrawn.
func (a Agreement) Stands() bool { return a.WithdrawnAt.IsZero() }

// Ledger keeps the agreements of one installation. It is safe for concurrent
// use.
type Ledger struct {
	db       *db.DB
	book     *Book
	fill     *strings.Replacer
	guardian string
	member   func(tx *db.Tx, userID string)
	inserts  []string // the statement for each number of agreements
	stretch  int      // rows that one read of the whole ledger looks at
	counter  counter
}

// Options are what a ledger is made of.
type Options struct {
	DB   *db.DB
	Book *Book // nil is the built-in one

	Fill        map[string]string // what stands for the [Placeholders] of texts
	GuardianURL string            // where somebody under 14 goes on; "" is nowhere

	// Member is called in the act of Agree. It has the act refused for somebody
	// who is no member any more: a form that was sent while they left would write
	// a row that nobody erases. nil takes everybody.
	Member func(tx *db.Tx, userID string)
}

// New returns the ledger. It reads and writes nothing.
func New(o Options) *Ledger {
	l := &Ledger{db: o.DB, book: o.Book, guardian: o.GuardianURL, member: o.Member, stretch: stretchRows}
	if l.book == nil {
		l.book = Builtin()
	}
	if l.member == nil {
		l.member = func(*db.Tx, string) {}
	}
	var pairs []string
	for name, value := range o.Fill {
		pairs = append(pairs, "{"+name+"}", value)
	}
	l.fill = strings.NewReplacer(pairs...)
	for n := range len(l.book.items) + 1 {
		l.inserts = append(l.inserts, insertAgreements(n))
	}
	return l
}

// Book returns what is asked.
func (l *Ledger) Book() *Book { return l.book }

// Items lists what is asked, in the order it is shown.
func (l *Ledger) Items() []Item { return l.book.Items() }

// Shown returns a text as people see it, its placeholders filled.
func (l *Ledger) Shown(text string) string { return l.fill.Replace(text) }

// Under14 returns where somebody under 14 goes on, with a guardian whose consent
// the operator verifies there; ok is false when sign-up stops for them (S-105).
func (l *Ledger) Under14() (url string, ok bool) { return l.guardian, l.guardian != "" }
