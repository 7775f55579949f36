package consent

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed builtin
var builtinFiles embed.FS

// builtinName is the file that is asked when there is none of the operator's.
const builtinName = "builtin/consents.toml"

// Builtin returns what is asked when the operator has no file.
var Builtin = sync.OnceValue(func() *Book {
	book, err := readBook(builtinFiles, builtinName, builtinName, nil)
	if err != nil {
		panic(err) // it is part of the program, and a test reads it
	}
	return book
})

// Read reads an operator's file; "" is the built-in one. A file without a
// privacy notice has the built-in notice. The error holds one line for each thing
// that is wrong, with file and line.
func Read(name string) (*Book, error) {
	if name == "" {
		return Builtin(), nil
	}
	dir, base := filepath.Split(name)
	privacy := Builtin().privacy
	return readBook(os.DirFS(filepath.Clean(dir)), base, name, &privacy)
}

// The form of the file.
type (
	fileBook struct {
		Item    []fileItem
		Privacy *fileItem
	}
	fileItem struct {
		ID       string
		Version  string
		Kind     string
		Required bool
		Day      string
		KO       *fileText
		EN       *fileText
	}
	fileText struct {
		Title string
		Text  string
		File  string // beside the file, in the place of Text
	}
)

// texts returns what stands under the name of each language.
func (i *fileItem) texts() map[string]*fileText { return map[string]*fileText{"ko": i.KO, "en": i.EN} }

// readBook reads the file called name in dir; shown is its name in errors, and
// privacy the notice of a file that has none.
func readBook(dir fs.FS, name, shown string, privacy *Item) (*Book, error) {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, fmt.Errorf("reading the consents: %w", err)
	}
	var f fileBook
	if err := decode(data, shown, &f); err != nil {
		return nil, err
	}
	r := &reader{dir: dir, base: path.Dir(name), file: shown, lines: sync.OnceValue(func() map[string]int { return linesOf(data) })}
	book := &Book{}
	for i := range f.Item {
		book.items = append(book.items, r.item(fmt.Sprintf("item.%d", i), &f.Item[i]))
	}
	r.list(book.items)
	switch {
	case f.Privacy != nil:
		book.privacy = r.notice(f.Privacy)
	case privacy != nil:
		book.privacy = *privacy
	default:
		r.wrong("privacy", "there is no privacy notice: write a table [privacy]")
	}
	if err := errors.Join(r.faults...); err != nil {
		return nil, err
	}
	return book, nil
}

// decode reads TOML and refuses unknown keys.
func decode(data []byte, shown string, into *fileBook) error {
	d := toml.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var strict *toml.StrictMissingError
	var one *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict):
		var faults []error
		for _, unknown := range strict.Errors {
			row, _ := unknown.Position()
			faults = append(faults, fmt.Errorf("%s:%d: there is no key %s; docs/consents.md lists what there is",
				shown, row, strings.Join(unknown.Key(), ".")))
		}
		return errors.Join(faults...)
	case errors.As(err, &one):
		row, _ := one.Position()
		cause, _, _ := strings.Cut(strings.TrimPrefix(one.Error(), "toml: "), " into struct field")
		return fmt.Errorf("%s:%d: %s", shown, row, cause)
	}
	return fmt.Errorf("%s: %w", shown, err)
}
