package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// sqliteSuffixes are what SQLite and this room append to the database's name.
var sqliteSuffixes = []string{"", "-wal", "-shm", "-journal", ".lock"}

// sqlitePath returns the absolute path of a database URL that names a file:
// a bare path, or one after "sqlite:" or "sqlite://".
func sqlitePath(url string) (string, error) {
	path := strings.TrimPrefix(strings.TrimPrefix(url, "sqlite:"), "//")
	if path == "" {
		path = DefaultFile
	}
	return filepath.Abs(path)
}

// prepareFiles makes the folder and the file where create allows it, and
// refuses rights that let others read them (S-85). SQLite gives its log the
// rights of the file.
func prepareFiles(path string, create bool) error {
	dir := filepath.Dir(path)
	if create {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making the database's folder: %w", err)
		}
	}
	if err := private(dir, "700"); err != nil {
		return err
	}
	if create {
		// Made only where there is none: opening and closing a database that
		// this process has open would drop SQLite's locks on it.
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err == nil {
			err = errors.Join(f.Close(), syncAbove(dir))
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making the database: %w", err)
		}
	}
	for _, suffix := range sqliteSuffixes {
		err := private(path+suffix, "600")
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// syncAbove has a new folder outlive a power cut; SQLite sees to that for its files
// only. Where the folder above may not be read, nothing can be done.
func syncAbove(dir string) error {
	above, err := os.Open(filepath.Dir(dir)) // #nosec G304 -- the operator names the folder
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(above.Sync(), above.Close())
}

// private reports an error unless the owner alone has rights on path.
func private(path, want string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: %s has mode %04o: run `chmod %s %s`", ErrLooseRights, path, mode, want, path)
	}
	return nil
}

// lockFile takes the lock that a server holds while it runs.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%w: %s", ErrLocked, path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// lockFolder waits until no other process opens or migrates a database in dir.
// The folder itself is locked, so that no further file is left lying about.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("waiting for another process: %w", err), f.Close())
	}
	return f, nil
}
