package pages

import (
	"embed"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/face"
)

//go:embed assets/pages.css assets/pages.js assets/challenge.js
var assetFiles embed.FS

// shipped are the embedded files that every site has, each packed once however
// many sites there are.
var shipped = []struct {
	name string
	*face.File
}{
	{"pages.css", ship("pages.css", face.StyleSheet)},
	{"pages.js", ship("pages.js", face.Script)},
	{"challenge.js", ship("challenge.js", face.Script)},
}

func ship(name, kind string) *face.File {
	return face.NewFile(kind, func() []byte {
		b, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // the program was built with it
		}
		return b
	})
}

// newAssets returns style sheets, scripts, mark and font, with the files that the
// operator's look makes or replaces.
func newAssets(look Look) (*face.Shelf, error) {
	a := face.NewShelf()
	if err := dress(a, look); err != nil {
		return nil, err
	}
	for _, f := range shipped {
		a.Add(f.name, f.File)
	}
	return a, nil
}

// dress adds the files of the operator's look.
func dress(a *face.Shelf, look Look) error {
	mark := face.Mark()
	if look.Brand != "" {
		brand, err := parseColour(look.Brand)
		if err != nil {
			return fmt.Errorf("the brand colour: %w", err)
		}
		mark = brand.mark()
		a.Add("brand.css", face.NewFile(face.StyleSheet, brand.sheet))
	}
	a.Add("mark.svg", face.NewFile(face.SVG, func() []byte { return mark }))
	if look.Logo != "" {
		logo, err := readLogo(look.Logo)
		if err != nil {
			return err
		}
		a.Add("logo"+logo.ext, face.NewFile(logo.kind, func() []byte { return logo.body }))
		a.Alias("logo", "logo"+logo.ext)
	}
	return nil
}
