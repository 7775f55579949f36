package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Kind says what an item is.
type Kind string

// The kinds.
const (
	Age              Kind = "age"               // being 14 or older; required, and withdrawn by nobody
	Document         Kind = "document"          // a document, such as the terms of use
	Consent          Kind = "consent"           // to have personal data processed beyond what the contract needs
	Advertising      Kind = "advertising"       // advertising texts; always optional
	AdvertisingNight Kind = "advertising_night" // the same between 21:00 and 08:00; optional, beside its day item

	// Notice is announced and not agreed to: the privacy notice.
	Notice Kind = "notice"
)

// Languages are the languages in which every text stands.
var Languages = []string{"ko", "en"}

// PrivacyID is the id of the privacy notice.
const PrivacyID = "privacy"

// Placeholders are the names that may stand in braces in a text, to be filled
// when it is shown: the service's name, and the days after which ended
// verifications and the consents of members who left are erased.
var Placeholders = []string{"service", "retention_days", "message_days", "left_consents_days"}

// Item is something a member may agree to, or the privacy notice.
type Item struct {
	ID       string
	Version  string
	Kind     Kind
	Required bool
	Day      string          // of advertising at night: the item it stands beside
	Texts    map[string]Text // by language
}

// Text is an item in one language.
type Text struct {
	Title string
	Body  string // plain text; see docs/consents.md for its few marks
	Hash  string // SHA-256 of title, empty line and body, in hexadecimal
}

// newText returns a text with its hash.
func newText(title, body string) Text {
	sum := sha256.Sum256([]byte(title + "\n\n" + body))
	return Text{Title: title, Body: body, Hash: hex.EncodeToString(sum[:])}
}

// In returns the item's text in a language, or in the default one, and says
// which one that is.
func (i Item) In(locale string) (Text, string) {
	if t, ok := i.Texts[locale]; ok {
		return t, locale
	}
	return i.Texts[Languages[0]], Languages[0]
}

// Book is what is asked, and the privacy notice.
type Book struct {
	items   []Item
	privacy Item
}

// Items lists what is asked, in the order it is shown.
func (b *Book) Items() []Item { return slices.Clone(b.items) }

// Item returns the item called id.
func (b *Book) Item(id string) (Item, bool) {
	if i := b.place(id); i < len(b.items) {
		return b.items[i], true
	}
	return Item{}, false
}

// Privacy returns the privacy notice.
func (b *Book) Privacy() Item { return b.privacy }

// place is where an item stands in the book; one that is no longer asked comes
// last.
func (b *Book) place(id string) int {
	if i := slices.IndexFunc(b.items, func(item Item) bool { return item.ID == id }); i >= 0 {
		return i
	}
	return len(b.items)
}

// all lists the items and the notice.
func (b *Book) all() []Item { return append(b.Items(), b.privacy) }
