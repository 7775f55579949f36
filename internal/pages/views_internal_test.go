package pages

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestViews_NameEveryTemplate(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = strings.TrimPrefix(files[i], "templates/")
	}
	if diff := cmp.Diff(files, slices.Sorted(maps.Keys(views))); diff != "" {
		t.Errorf("templates and views (-templates +views):\n%s", diff)
	}
}

// What is asked of an operator's template holds for our own.
func TestViews_AreWhatOurTemplatesAskFor(t *testing.T) {
	t.Parallel()
	all, err := own{}.templates()
	if err != nil {
		t.Fatal(err)
	}
	mine := own{} // as if each were the operator's
	for _, s := range all {
		s.file = s.name
		mine[s.name] = s
	}
	if err := mine.check(); err != nil {
		t.Error(err)
	}
}

// docs/pages.md tells what each template is given.
func TestViews_StandInTheDocumentation(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"pages.md", "ko/pages.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		for name, view := range views {
			_, row, found := strings.Cut(string(text), "\n| `"+name+"` | ")
			if !found {
				t.Errorf("docs/%s does not tell of %s", page, name)
				continue
			}
			row, _, _ = strings.Cut(row, "\n")
			told := strings.FieldsFunc(row, func(r rune) bool { return r == '`' || r == ' ' || r == ',' || r == '|' })
			var want []string
			if view != nil {
				want = fieldsOf(reflect.TypeOf(view))
			}
			for _, field := range want {
				if !slices.Contains(told, field) {
					t.Errorf("docs/%s: %s is given %s", page, name, field)
				}
			}
			for _, field := range told {
				if strings.HasPrefix(field, ".") && !slices.Contains(want, field) {
					t.Errorf("docs/%s: %s is not given %s", page, name, field)
				}
			}
		}
	}
}
