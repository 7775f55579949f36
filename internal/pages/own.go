package pages

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/sinpyo/sinpyo/internal/catalogue"
)

// An operator may put single templates and texts in the place of ours: files of
// the same names in a folder. A mistake in one is found when the program starts,
// and told with file and line.

// source is the text of one template and where it stands.
type source struct {
	name string // number.html
	file string // of the operator, "" for one of ours
	text string
}

// own are the operator's files, by their name under the folder.
type own map[string]source

// readOwn reads the operator's folder. Names that mean nothing are refused: they
// would be a mistyped one, and change nothing. Those that begin with a dot belong
// to the system, as where a cluster mounts the folder.
func readOwn(dir string) (own, error) {
	found := own{}
	if dir == "" {
		return found, nil
	}
	known := ownNames()
	var faults []error
	folder := os.DirFS(dir)
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case d.IsDir() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if !slices.Contains(known, name) {
			faults = append(faults, fmt.Errorf("%s: the pages have no such file; there is %s", path, strings.Join(known, ", ")))
			return nil
		}
		text, err := fs.ReadFile(folder, name)
		found[name] = source{name: name, file: path, text: string(text)}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading pages_dir %s: %w", dir, err)
	}
	return found, errors.Join(faults...)
}

// ownNames are the files that an operator may replace.
func ownNames() []string {
	names := slices.Sorted(maps.Keys(views))
	for _, language := range catalogue.Languages {
		names = append(names, "locales/"+language+".toml")
	}
	return names
}

// templates returns all templates, the operator's in the place of ours.
func (o own) templates() ([]source, error) {
	var all []source
	for _, name := range slices.Sorted(maps.Keys(views)) {
		s, ok := o[name]
		if !ok {
			text, err := templateFiles.ReadFile("templates/" + name)
			if err != nil {
				return nil, err
			}
			s = source{name: name, text: string(text)}
		}
		all = append(all, s)
	}
	return all, nil
}

// templateFault is how a template engine tells a mistake: name, often the line,
// sometimes the column.
var templateFault = regexp.MustCompile(`^(?:html/)?template: ?([\w.-]+):(?:(\d+):(?:\d+:)?)? ?((?s).*)`)

// place tells a mistake in a template by file and line.
func (o own) place(err error) error {
	found := templateFault.FindStringSubmatch(err.Error())
	if found == nil {
		return err
	}
	where := found[1]
	if s := o[found[1]]; s.file != "" {
		where = s.file
	}
	if found[2] != "" {
		where += ":" + found[2]
	}
	return fmt.Errorf("%s: %s", where, found[3])
}

// texts puts the operator's texts of a language in the place of ours.
func (o own) texts(l *locale) error {
	s, ok := o["locales/"+l.name+".toml"]
	if !ok {
		return nil
	}
	var tree map[string]any
	if err := toml.Unmarshal([]byte(s.text), &tree); err != nil {
		line := 1
		var broken *toml.DecodeError
		if errors.As(err, &broken) {
			line, _ = broken.Position()
		}
		return fmt.Errorf("%s:%d: %w", s.file, line, err)
	}
	var faults []error
	forms := flatten(tree, "")
	for _, id := range slices.Sorted(maps.Keys(forms)) {
		if err := l.replace(id, forms); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", s.file, lineOf(s.text, id), err))
		}
	}
	return errors.Join(faults...)
}

// flatten gives every value of nested tables the whole of its name.
func flatten(tree map[string]any, prefix string) map[string]any {
	flat := map[string]any{}
	for name, value := range tree {
		if table, ok := value.(map[string]any); ok {
			maps.Copy(flat, flatten(table, prefix+name+"."))
			continue
		}
		flat[prefix+name] = value
	}
	return flat
}

// lineOf returns the line on which a text is given.
func lineOf(file, id string) int {
	last := id[strings.LastIndex(id, ".")+1:]
	n, near := 0, 1
	for line := range strings.Lines(file) {
		n++
		name, _, _ := strings.Cut(line, "=")
		switch name = strings.Trim(strings.TrimSpace(name), `"'`); name {
		case id:
			return n
		case last:
			near = n
		}
	}
	return near
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// replace puts a text, or one form of it, in the place of ours. What it fills in
// must be what ours fills in.
func (l *locale) replace(id string, forms map[string]any) error {
	words, ok := forms[id].(string)
	if !ok {
		return fmt.Errorf("the text %q must be a text in quotes", id)
	}
	base, form := id, ""
	for _, suffix := range []string{"one", "other"} {
		if cut, is := strings.CutSuffix(id, "."+suffix); is && l.has(cut) {
			base, form = cut, suffix
		}
	}
	ours, ok := l.texts[base]
	if !ok {
		return fmt.Errorf("the pages have no text %q", id)
	}
	for _, hole := range placeholder.FindAllString(words, -1) {
		if !strings.Contains(ours.One+ours.Other, hole) {
			return fmt.Errorf("nothing is filled in for %s in the text %q", hole, id)
		}
	}
	if form != "other" {
		ours.One = words
	}
	if form != "one" {
		ours.Other = words
	}
	l.texts[base] = ours
	return nil
}
