package console

import (
	"embed"

	"github.com/sinpyo/sinpyo/internal/face"
)

//go:embed assets/console.css assets/console.js
var assetFiles embed.FS

// The embedded files, each packed once however many consoles there are.
var (
	consoleCSS = ship("console.css", face.StyleSheet)
	consoleJS  = ship("console.js", face.Script)
	mark       = face.NewFile(face.SVG, face.Mark)
)

func ship(name, kind string) *face.File {
	return face.NewFile(kind, func() []byte {
		b, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // the program was built with it
		}
		return b
	})
}

// newAssets returns style sheet, scripts, mark and font.
func newAssets() *face.Shelf {
	shelf := face.NewShelf()
	shelf.Add("console.css", consoleCSS)
	shelf.Add("console.js", consoleJS)
	shelf.Add("mark.svg", mark)
	return shelf
}
