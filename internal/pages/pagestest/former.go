package pagestest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// formerConsents are what members once agreed to: their terms are not those of
// today any more.
const formerConsents = `
[[item]]
id = "age_14"
version = "1"
kind = "age"
required = true
ko.title = "만 14세 이상이에요"
en.title = "I'm 14 or older"

[[item]]
id = "terms"
version = "0"
kind = "document"
required = true
ko = { title = "이용약관", text = "전에 실렸던 약관이에요." }
en = { title = "Terms of use", text = "The terms of before." }
`

// former returns the book of what members once agreed to.
func former(t testing.TB) *consent.Book {
	t.Helper()
	file := filepath.Join(t.TempDir(), "consents.toml")
	if err := os.WriteFile(file, []byte(formerConsents), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := consent.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return book
}
