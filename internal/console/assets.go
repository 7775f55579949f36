package console

import (
	"embed"

	"github.com/sinpyo/sinpyo/internal/face"
)

//go:embed assets/console.css assets/console.js assets/chart.js
//go:embed assets/vendor/htmx/htmx.min.js assets/vendor/uplot/uPlot.iife.min.js assets/vendor/uplot/uPlot.min.css
var assetFiles embed.FS

// The embedded files, each packed once however many consoles there are.
var (
	consoleCSS = ship("console.css", face.StyleSheet)
	consoleJS  = ship("console.js", face.Script)
	chartJS    = ship("chart.js", face.Script)
	htmxJS     = ship("vendor/htmx/htmx.min.js", face.Script)
	uplotJS    = ship("vendor/uplot/uPlot.iife.min.js", face.Script)
	uplotCSS   = ship("vendor/uplot/uPlot.min.css", face.StyleSheet)
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
	shelf.Add("chart.js", chartJS)
	shelf.Add("htmx.js", htmxJS)
	shelf.Add("uplot.js", uplotJS)
	shelf.Add("uplot.css", uplotCSS)
	shelf.Add("mark.svg", mark)
	return shelf
}
