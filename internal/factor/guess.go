package factor

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// leftLeast is how many characters a password has beside words, numbers and
// dates that others know.
const leftLeast = 5

// fold makes the spellings of a password alike that a guesser tries together:
// upper and lower case, full width and half width.
func fold(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

func isSign(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// guessable reports whether a password is among everybody's first guesses: it is
// on the list, alone or between signs, repeats itself, or counts up or down
// (S-48). It is looked at as a whole; a common word inside it is no fault.
func guessable(password string) bool {
	text := fold(password)
	return common(text) || common(strings.TrimFunc(text, isSign)) || repeats([]rune(text)) || counts([]rune(text))
}

// repeats reports whether a text is one piece over and over, its last time
// perhaps cut short: a piece of up to four characters, or a common one.
func repeats(text []rune) bool {
	for n := 1; n <= len(text)/2; n++ {
		over := true
		for i := n; i < len(text) && over; i++ {
			over = text[i] == text[i-n]
		}
		if over && (n <= 4 || common(string(text[:n]))) {
			return true
		}
	}
	return false
}

// counts reports whether a text goes up or down by one throughout.
func counts(text []rune) bool {
	if len(text) < 3 {
		return false
	}
	by := text[1] - text[0]
	for i := 1; i < len(text); i++ {
		if text[i]-text[i-1] != by {
			return false
		}
	}
	return by == 1 || by == -1
}

// littleMore reports whether a password has hardly anything beside words that
// others know, phone numbers and birthdays.
func littleMore(password string, words []string) bool {
	text := lettersAndDigits(password)
	left := knownDigits().ReplaceAllString(text, "")
	for _, word := range words {
		left = strings.ReplaceAll(left, word, "")
	}
	return len(left) < len(text) && utf8.RuneCountInString(left) < leftLeast
}

// knownDigits finds mobile numbers, the beginnings of resident registration
// numbers, and dates as birthdays are written, in digits.
var knownDigits = sync.OnceValue(func() *regexp.Regexp {
	const (
		year  = `(?:19|20)\d\d`
		month = `(?:0[1-9]|1[0-2])`
		day   = `(?:0[1-9]|[12]\d|3[01])`
	)
	return regexp.MustCompile(strings.Join([]string{
		`(?:82)?0?1[016789]\d{7,8}`,
		`\d\d` + month + day + `[1-8]\d{6}`,
		year + month + day, day + month + year, month + day + year,
		`\d\d` + month + day,
	}, "|"))
})

// lettersAndDigits is what is left of a text, folded, without signs and spaces.
func lettersAndDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if isSign(r) {
			return -1
		}
		return r
	}, fold(text))
}

// ownWords are the words in which a password may not end up, the longest first:
// each text, each part of it of three letters or two Hangul, and of a long
// number its last eight digits.
func ownWords(texts []string) []string {
	var words []string
	add := func(word string) {
		word = lettersAndDigits(word)
		if n := utf8.RuneCountInString(word); n > 2 || n == 2 && len(word) > 4 {
			words = append(words, word)
		}
	}
	for _, text := range texts {
		add(text)
		for _, part := range strings.FieldsFunc(text, isSign) {
			add(part)
		}
		if digits := lettersAndDigits(text); len(digits) > 8 && strings.Trim(digits, "0123456789") == "" {
			add(digits[len(digits)-8:])
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(words)
}
