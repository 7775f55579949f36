package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed assets/pages.css assets/pages.js assets/challenge.js assets/passkey.js assets/mark.svg
//go:embed assets/pretendard/pretendardvariable-dynamic-subset.css
//go:embed assets/pretendard/woff2-dynamic-subset/*.woff2
var assetFiles embed.FS

// fontVersion stands in the address of the font's files, which are too many to
// be read at the start for the sake of a hash.
const fontVersion = "pretendard-1.3.9"

// assets serves style sheets, script, mark and font. Every address names a
// content that never changes: a hash of it, or the version of the font.
type assets struct {
	paths map[string]string // by file name
	files map[string]*asset // by path
}

// asset is one file, with its gzip form made when it is first asked for.
type asset struct {
	kind   string // Content-Type
	body   func() []byte
	packed func() []byte
}

// newAssets names the files, those of the operator's look included. The font's
// own are found by their folder.
func newAssets(look Look) (*assets, error) {
	a := &assets{paths: map[string]string{}, files: map[string]*asset{}}
	if err := a.dress(look); err != nil {
		return nil, err
	}
	for _, f := range shipped {
		a.add(f.name, f.at, f.asset)
	}
	return a, nil
}

// shipped are the embedded files that every site has, each packed once however
// many sites there are.
var shipped = []struct {
	name, at string
	*asset
}{
	{"pages.css", "", ship("pages.css", styleSheet)},
	{"pages.js", "", ship("pages.js", script)},
	{"challenge.js", "", ship("challenge.js", script)},
	{"passkey.js", "", ship("passkey.js", script)},
	{fontSheet, "/assets/" + fontVersion + "/" + fontSheet, ship("pretendard/"+fontSheet, styleSheet)},
}

const (
	styleSheet = "text/css; charset=utf-8"
	script     = "text/javascript; charset=utf-8"
	fontSheet  = "pretendardvariable-dynamic-subset.css"
)

func ship(name, kind string) *asset {
	return newAsset(kind, func() []byte { return read("assets/" + name) })
}

func newAsset(kind string, body func() []byte) *asset {
	return &asset{kind: kind, body: body, packed: sync.OnceValue(func() []byte { return pack(body()) })}
}

// dress names the files that the operator's look makes or replaces.
func (a *assets) dress(look Look) error {
	mark := read("assets/mark.svg")
	if look.Brand != "" {
		brand, err := parseColour(look.Brand)
		if err != nil {
			return fmt.Errorf("the brand colour: %w", err)
		}
		mark = brand.mark()
		a.add("brand.css", "", newAsset(styleSheet, brand.sheet))
	}
	a.add("mark.svg", "", newAsset("image/svg+xml", func() []byte { return mark }))
	if look.Logo != "" {
		logo, err := readLogo(look.Logo)
		if err != nil {
			return err
		}
		a.add("logo"+logo.ext, "", newAsset(logo.kind, func() []byte { return logo.body }))
		a.paths["logo"] = a.paths["logo"+logo.ext]
	}
	return nil
}

// add gives a file its address: at, or one with a hash of its content.
func (a *assets) add(name, at string, file *asset) {
	if at == "" {
		sum := sha256.Sum256(file.body())
		ext := path.Ext(name)
		at = "/assets/" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	}
	a.paths[name] = at
	a.files[at] = file
}

// path returns the address of a file by its name, or "" when there is none.
func (a *assets) path(name string) string { return a.paths[name] }

// ServeHTTP answers GET /assets/.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if f := a.files[r.URL.Path]; f != nil {
		h.Set("Content-Type", f.kind)
		h.Set("Vary", "Accept-Encoding")
		keep(h)
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			_, _ = w.Write(f.packed()) // the visitor may have gone
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body()))
		return
	}
	if font, ok := strings.CutPrefix(r.URL.Path, "/assets/"+fontVersion+"/woff2-dynamic-subset/"); ok && !strings.Contains(font, "/") {
		if b, err := assetFiles.ReadFile("assets/pretendard/woff2-dynamic-subset/" + font); err == nil {
			h.Set("Content-Type", "font/woff2")
			keep(h)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
			return
		}
	}
	http.NotFound(w, r)
}

// keep lets the browser keep an answer for good: its address never shows
// anything else.
func keep(h http.Header) { h.Set("Cache-Control", "public, max-age=31536000, immutable") }

// read returns an embedded file, which is there because the program was built
// with it.
func read(name string) []byte {
	b, err := assetFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return b
}

// pack returns b as gzip. Writing to memory cannot fail.
func pack(b []byte) []byte {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(b)
	_ = z.Close()
	return packed.Bytes()
}
