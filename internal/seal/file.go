package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoKey means that there is no key file yet.
var ErrNoKey = errors.New("there is no master key file")

// firstKey is the id of the key in a file of one line.
const firstKey = 1

// lastKey is the greatest id: one byte stands before each sealed value.
const lastKey = 255

// file is what a master key file holds. One that was never rotated has a single
// line, the first key in base64. Later it has a line for each key, the newest
// first, and a line for each use of hashes:
//
//	key 2 <32 bytes in base64>
//	key 1 <32 bytes in base64>
//	hash number/whole <32 bytes in base64>
//
// The keys of the hashes were derived from the first master key and are kept as
// they are: what is found by its hash could not be found by another.
type file struct {
	keys   []masterKey // the newest first
	hashes map[string][]byte
}

type masterKey struct {
	id    int
	bytes []byte
}

// Load reads the master key file at path. It refuses a file that others may
// read (S-82) and returns [ErrNoKey] when there is none. Until [Ring.Use] says
// otherwise the ring seals with the oldest key.
func Load(path string) (*Ring, error) {
	f, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return f.ring()
}

func readFile(path string) (*file, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("reading the master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the master key %s may be read by others: run chmod 600 on it", path)
	}
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("reading the master key: %w", err)
	}
	f, ok := parseFile(string(text))
	if !ok {
		return nil, fmt.Errorf("the master key %s is damaged: it should hold 32 bytes in base64, or lines of key, number and base64; put your copy back", path)
	}
	return f, nil
}

// parseFile reads the text of a key file. Its failure quotes nothing of it.
func parseFile(text string) (_ *file, ok bool) {
	f := &file{hashes: map[string][]byte{}}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) == 1 && len(strings.Fields(lines[0])) == 1 {
		lines[0] = "key 1 " + lines[0]
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, false
		}
		key, err := base64.StdEncoding.DecodeString(fields[2])
		if err != nil || len(key) != 32 {
			return nil, false
		}
		switch fields[0] {
		case "key":
			id, err := strconv.Atoi(fields[1])
			if err != nil || id < firstKey || id > lastKey {
				return nil, false
			}
			f.keys = append(f.keys, masterKey{id, key})
		case "hash":
			f.hashes[fields[1]] = key
		default:
			return nil, false
		}
	}
	slices.SortFunc(f.keys, func(a, b masterKey) int { return b.id - a.id })
	twice := slices.CompactFunc(slices.Clone(f.keys), func(a, b masterKey) bool { return a.id == b.id })
	return f, len(f.keys) > 0 && len(twice) == len(f.keys)
}

// ring derives the keys.
func (f *file) ring() (*Ring, error) {
	r := &Ring{}
	k := &sealers{}
	for _, key := range f.keys {
		if err := k.add(key); err != nil {
			return nil, err
		}
	}
	k.writes = byte(f.keys[len(f.keys)-1].id) // #nosec G115 -- at most lastKey
	r.sealers.Store(k)
	oldest := f.keys[len(f.keys)-1].bytes
	for use, label := range labels {
		key := f.hashes[label]
		if key == nil {
			var err error
			if key, err = derive(oldest, label); err != nil {
				return nil, err
			}
		}
		r.useHash(Use(use), key)
	}
	return r, nil
}

// write puts the file in the place of the one at path, whole or not at all.
func (f *file) write(path string) error {
	var text bytes.Buffer
	for _, key := range f.keys {
		fmt.Fprintf(&text, "key %d %s\n", key.id, base64.StdEncoding.EncodeToString(key.bytes))
	}
	for _, label := range labels {
		if key := f.hashes[label]; key != nil {
			fmt.Fprintf(&text, "hash %s %s\n", label, base64.StdEncoding.EncodeToString(key))
		}
	}
	return place(text.Bytes(), path, os.Rename)
}

// place gives a text a path with put, so that after a crash or a power cut it is
// there whole or not at all.
func place(text []byte, path string, put func(from, to string) error) error {
	next, err := os.CreateTemp(filepath.Dir(path), ".master-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("writing the master key: %w", err)
	}
	defer os.Remove(next.Name()) //nolint:errcheck // once put it may be gone
	_, err = next.Write(text)
	err = errors.Join(err, next.Sync(), next.Close())
	if err == nil {
		err = put(next.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the master key: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory last.
func syncDir(path string) error {
	dir, err := os.Open(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return fmt.Errorf("writing the master key: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// AddKey draws a new master key and adds it to the file at path under an id.
// The first time it also writes down the keys of the hashes, which stay.
func AddKey(path string, id int) error {
	f, err := readFile(path)
	if err != nil {
		return err
	}
	if id <= f.keys[0].id || id > lastKey {
		return fmt.Errorf("the new master key cannot have the id %d", id)
	}
	if err := f.keepHashes(); err != nil {
		return err
	}
	next, err := newMaster()
	if err != nil {
		return err
	}
	f.keys = slices.Insert(f.keys, 0, masterKey{id, next})
	return f.write(path)
}

// keepHashes writes down the keys of hashes that are still derived from the
// oldest master key: all of them before the first rotation, later those of uses
// that are newer than it.
func (f *file) keepHashes() (err error) {
	oldest := f.keys[len(f.keys)-1].bytes
	for _, label := range labels {
		if f.hashes[label] == nil {
			if f.hashes[label], err = derive(oldest, label); err != nil {
				return err
			}
		}
	}
	return nil
}

// DropKeys takes the keys older than id out of the file at path, and reports
// whether there were any. The keys of the hashes stay.
func DropKeys(path string, id int) (dropped bool, err error) {
	f, err := readFile(path)
	if err != nil {
		return false, err
	}
	if err := f.keepHashes(); err != nil {
		return false, err
	}
	n := len(f.keys)
	f.keys = slices.DeleteFunc(f.keys, func(k masterKey) bool { return k.id < id })
	if len(f.keys) == n || len(f.keys) == 0 {
		return false, nil
	}
	return true, f.write(path)
}

func newMaster() ([]byte, error) {
	master := make([]byte, 32)
	if _, err := rand.Read(master); err != nil {
		return nil, fmt.Errorf("making a master key: %w", err)
	}
	return master, nil
}

// Create makes a master key and writes it to a new file at path with mode
// 0600. It never replaces a file.
func Create(path string) (*Ring, error) {
	master, err := newMaster()
	if err != nil {
		return nil, err
	}
	// A link, unlike a rename, replaces nothing.
	if err := place([]byte(base64.StdEncoding.EncodeToString(master)+"\n"), path, os.Link); err != nil {
		return nil, err
	}
	return New(master)
}
