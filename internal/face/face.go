// Package face is what both doors for browsers show alike: the font, the mark and
// the script that speaks to passkeys, and the shelf from which a door serves them
// with files of its own.
//
// It holds no page, no words and no colours beside those of the mark.
package face

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed assets/passkey.js assets/mark.svg
//go:embed assets/pretendard/pretendardvariable-dynamic-subset.css
//go:embed assets/pretendard/woff2-dynamic-subset/*.woff2
var files embed.FS

// Names of files that stand on every shelf.
const (
	Font    = "pretendardvariable-dynamic-subset.css"
	Passkey = "passkey.js"
)

// fontVersion stands in the address of the font's files, which are too many to
// be read at the start for the sake of a hash.
const fontVersion = "pretendard-1.3.9"

// The kinds of the files that doors add.
const (
	StyleSheet = "text/css; charset=utf-8"
	Script     = "text/javascript; charset=utf-8"
	SVG        = "image/svg+xml"
)

// Mark returns the mark, in the colours of the light set.
func Mark() []byte { return read("assets/mark.svg") }

// File is one file, with its gzip form made when it is first asked for.
type File struct {
	kind   string // Content-Type
	body   func() []byte
	packed func() []byte
}

// NewFile returns a file of a kind, which is a Content-Type.
func NewFile(kind string, body func() []byte) *File {
	return &File{kind: kind, body: body, packed: sync.OnceValue(func() []byte { return pack(body()) })}
}

// The files of every shelf, each packed once however many shelves there are.
var (
	fontSheet = NewFile(StyleSheet, func() []byte { return read("assets/pretendard/" + Font) })
	passkeyJS = NewFile(Script, func() []byte { return read("assets/" + Passkey) })
)

// Shelf serves files below /assets/. Every address names a content that never
// changes: a hash of it, or the version of the font.
type Shelf struct {
	paths map[string]string // by file name
	files map[string]*File  // by path
}

// NewShelf returns a shelf with the files that all doors share. The font's own
// are found by their folder.
func NewShelf() *Shelf {
	s := &Shelf{paths: map[string]string{}, files: map[string]*File{}}
	s.put(Font, "/assets/"+fontVersion+"/"+Font, fontSheet)
	s.Add(Passkey, passkeyJS)
	return s
}

// Add puts a file on the shelf, at an address with a hash of its content.
func (s *Shelf) Add(name string, file *File) {
	sum := sha256.Sum256(file.body())
	ext := path.Ext(name)
	s.put(name, "/assets/"+strings.TrimSuffix(name, ext)+"-"+hex.EncodeToString(sum[:6])+ext, file)
}

func (s *Shelf) put(name, at string, file *File) {
	s.paths[name] = at
	s.files[at] = file
}

// Path returns the address of a file by its name, or "" when there is none.
func (s *Shelf) Path(name string) string { return s.paths[name] }

// Alias has a file answer to a second name too.
func (s *Shelf) Alias(name, of string) { s.paths[name] = s.paths[of] }

// ServeHTTP answers GET /assets/.
func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if f := s.files[r.URL.Path]; f != nil {
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
		if b, err := files.ReadFile("assets/pretendard/woff2-dynamic-subset/" + font); err == nil {
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
	b, err := files.ReadFile(name)
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
