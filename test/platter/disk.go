// Package platter tells what a disk may hold after the power failed.
//
// It plays a record of what a program asked of the operating system ([Disk.Play])
// on a model of a disk that keeps nothing but what was synced, and draws from that
// what may be left ([Disk.Cut]): what was written since the last sync of a file is
// there or is not, as a whole or sector by sector, and so are names that no sync of
// their folder followed. It is stricter than the file systems of Linux, which write
// names in order and keep that of a synced file.
//
// It does not know disks that call a sync done and lose it, that damage what they
// are not writing, or whose sectors tear.
package platter

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// Disk is a folder as a program sees it, and what of that a disk surely holds.
type Disk struct {
	root  string
	seen  map[string]*file // by path, as the program sees it
	kept  map[string]*file // as it is on the disk
	moves []move           // changes of names that no sync has followed
	open  int              // calls that have not returned
}

// file is a file or a folder.
type file struct {
	folder  bool
	mapped  bool // written through memory, and worth nothing after a cut
	synced  []byte
	pending []*change
}

// change is a write or a new size that no sync has followed.
type change struct {
	at      int64
	data    []byte
	resizes bool // to at
	done    bool // it has returned; before that it may have happened
}

// move gives paths to files, or takes them away (nil), together.
type move map[string]*file

// Load reads a folder that is held by the disk as it stands.
func Load(root string) (*Disk, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	d := &Disk{root: root, seen: map[string]*file{}}
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f := &file{folder: e.IsDir()}
		if !f.folder {
			if f.synced, err = os.ReadFile(path); err != nil { // #nosec G304 -- a folder of the test's own
				return err
			}
		}
		d.seen[path] = f
		return nil
	})
	d.kept = maps.Clone(d.seen)
	return d, err
}

// apply changes content as c says.
func (c *change) apply(content []byte) []byte {
	end := c.at + int64(len(c.data))
	if int64(len(content)) < end {
		content = append(content, make([]byte, end-int64(len(content)))...)
	}
	if c.resizes {
		return content[:c.at]
	}
	copy(content[c.at:], c.data)
	return content
}

// now is the content as the program sees it.
func (f *file) now() []byte {
	content := slices.Clone(f.synced)
	for _, c := range f.pending {
		content = c.apply(content)
	}
	return content
}

// settle makes changes durable.
func (f *file) settle(changes []*change) {
	f.pending = slices.DeleteFunc(f.pending, func(c *change) bool {
		if !slices.Contains(changes, c) {
			return false
		}
		f.synced = c.apply(f.synced)
		return true
	})
}

// move changes names.
func (d *Disk) move(m move) {
	m.in(d.seen)
	d.moves = append(d.moves, m)
}

func (m move) in(names map[string]*file) {
	for path, f := range m {
		names[path] = f
		if f == nil {
			delete(names, path)
		}
	}
}

// settleNames makes the first n moves durable that concern a folder.
func (d *Disk) settleNames(folder string, n int) {
	var left []move
	for i, m := range d.moves {
		for path := range m {
			if i < n && filepath.Dir(path) == folder {
				m.in(d.kept)
				m = nil
				break
			}
		}
		if m != nil {
			left = append(left, m)
		}
	}
	d.moves = left
}

// oneWrite is the most that one call writes to a database.
const oneWrite = 4096

// Same reports how the folder itself differs from what the record led to, which
// shows that nothing escaped the record. The one write in which a program was killed
// may: it had not returned, so that no sync can have followed it.
func (d *Disk) Same() error {
	if d.open > 0 {
		return nil // whether those happened is not known
	}
	is, err := Load(d.root)
	if err != nil {
		return err
	}
	var errs []error
	killed := false
	for path, f := range d.seen {
		switch found := is.seen[path]; {
		case found == nil:
			errs = append(errs, fmt.Errorf("%s is not there", path))
		case f.mapped || bytes.Equal(found.synced, f.now()):
		case !killed && apart(found.synced, f.now()) <= oneWrite:
			killed = true
		default:
			errs = append(errs, fmt.Errorf("%s has %d bytes that are not the %d recorded", path, len(found.synced), len(f.now())))
		}
		delete(is.seen, path)
	}
	for path := range is.seen {
		errs = append(errs, fmt.Errorf("%s was not recorded", path))
	}
	return errors.Join(errs...)
}

// apart is the length of the range in which two contents differ.
func apart(a, b []byte) int {
	if len(a) < len(b) {
		a, b = b, a
	}
	first, last := 0, len(a)
	for first < len(b) && a[first] == b[first] {
		first++
	}
	for last > first && last <= len(b) && a[last-1] == b[last-1] {
		last--
	}
	return last - first
}

// Loss says how much of what was not synced a cut takes.
type Loss int

const (
	All  Loss = iota // nothing of it is left
	Some             // each write is left or not
	Torn             // each sector of each write is left or not
)

// Losses are all kinds of loss.
var Losses = []Loss{All, Some, Torn}

// Image is a folder: the contents of files by their paths in it, nil for a folder.
type Image map[string][]byte

// Cut draws what is left when the power fails.
func (d *Disk) Cut(loss Loss, chance *rand.Rand) Image {
	coin := func() bool { return loss != All && chance.IntN(2) == 0 }
	names := maps.Clone(d.kept)
	for _, m := range d.moves {
		if coin() {
			m.in(names)
		}
	}
	image := Image{}
	for _, path := range slices.Sorted(maps.Keys(names)) {
		f, name := names[path], strings.TrimPrefix(path, d.root)
		_, inside := image[strings.TrimPrefix(filepath.Dir(path), d.root)]
		switch {
		case path != d.root && !inside: // its folder is gone
		case f.folder:
			image[name] = nil
		case f.mapped:
			if chance.IntN(3) > 0 {
				image[name] = noise(len(f.now()), chance)
			}
		default:
			image[name] = f.left(loss, coin)
		}
	}
	return image
}

// left is what a cut leaves of a file.
func (f *file) left(loss Loss, coin func() bool) []byte {
	content := append([]byte{}, f.synced...)
	for _, c := range f.pending {
		if loss != Torn || c.resizes {
			if coin() {
				content = c.apply(content)
			}
			continue
		}
		for at := c.at; at < c.at+int64(len(c.data)); {
			end := min((at/sector+1)*sector, c.at+int64(len(c.data)))
			if coin() {
				content = (&change{at: at, data: c.data[at-c.at : end-c.at]}).apply(content)
			}
			at = end
		}
	}
	return content
}

// noise is what a file may hold that nobody has to be able to read.
func noise(n int, chance *rand.Rand) []byte {
	content := make([]byte, n)
	for i := range content {
		content[i] = byte(chance.Uint32())
	}
	return content
}

// Write makes the image a folder, in the place of what is there.
func (i Image) Write(to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(i)) {
		var err error
		if i[path] == nil {
			err = os.Mkdir(to+path, 0o700)
		} else {
			err = os.WriteFile(to+path, i[path], 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
