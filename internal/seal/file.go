package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ErrNoKey means that there is no key file yet.
var ErrNoKey = errors.New("there is no master key file")

// Load reads the master key file at path. It refuses a file that others may
// read (S-82) and returns [ErrNoKey] when there is none.
func Load(path string) (*Ring, error) {
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
	master, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(master) != 32 {
		return nil, fmt.Errorf("the master key %s is damaged: it should hold 32 bytes in base64; put your copy back", path)
	}
	return New(master)
}

// Create makes a master key and writes it to a new file at path with mode
// 0600. It never replaces a file.
func Create(path string) (*Ring, error) {
	master := make([]byte, 32)
	if _, err := rand.Read(master); err != nil {
		return nil, fmt.Errorf("making a master key: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("writing the master key: %w", err)
	}
	_, err = file.WriteString(base64.StdEncoding.EncodeToString(master) + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return nil, fmt.Errorf("writing the master key: %w", err)
	}
	return New(master)
}
