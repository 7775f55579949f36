package pagestest

import "slices"

// The numbers that people in scenes have.
const (
	Number      = "010-2345-6789"
	OtherNumber = "010-3456-7890"
)

// Names are what a member in a scene is called, by language.
var Names = map[string]string{"ko": "김하늘", "en": "Haneul Kim"}

// Browser is the last stretch of a walk: what a person does to the page before
// them. It ends the test where a step fails.
type Browser interface {
	Go(path string)          // with the cookies of the person who walked so far
	Type(field, text string) // in place of what stands there
	Press(button string)     // and waits for the page that follows
	Click(thing string)      // which leads to no other page
	Share()                  // the cookies that the person has by now, as another tab does
	Forget()                 // every cookie
}

// Scene is a page in one state, and the way there.
type Scene struct {
	Name string // of the picture, too: it stays the same

	// Error is the catalogue's id of what the page says is wrong, "" when
	// nothing is. The title of such a page begins with "오류: ".
	Error string
	// Field is the field at fault, as a selector: it has the focus. It is ""
	// where the error is no field's.
	Field string

	NoScript bool   // the state is seen without scripts alone
	Script   bool   // the state is seen with scripts alone
	Before   string // script that runs before those of the page
	Options  Options

	// Walk goes there, with p as far as can be and with b from then on.
	Walk func(p *Person, b Browser)
}

// Scenes are all states of all pages.
var Scenes = slices.Concat(
	numberScenes, codeScenes, joiningScenes, comingScenes, recoverScenes, ownScenes, confirmScenes, factorScenes, paperScenes,
)

const (
	main   = "main .main"
	resend = ".resend button"
)
