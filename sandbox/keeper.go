package sandbox

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// keepDelay is how long after a change the account is written down.
const keepDelay = 500 * time.Millisecond

// KeepIn keeps the account in a file: it is loaded from there if the file
// exists, and written there shortly after each change until stop is called,
// which writes it a last time. The file is replaced as a whole, so that a crash
// leaves either the old or the new one; it holds texts and API keys and is
// readable for its owner alone. Call it before the first request.
//
// The account is written at most a tenth of the time, however much happens. A
// write that fails is logged and tried again at the next change.
func (s *Sandbox) KeepIn(path string) (stop func() error, err error) {
	k := &keeper{s: s, path: path, done: make(chan struct{})}
	if err := k.load(); err != nil {
		return nil, err
	}
	if err := k.write(); err != nil { // a place that cannot be written is told at once
		return nil, err
	}
	var running sync.WaitGroup
	running.Go(k.run)
	return sync.OnceValue(func() error {
		close(k.done)
		running.Wait()
		return k.write()
	}), nil
}

// keeper writes an account down.
type keeper struct {
	s    *Sandbox
	path string
	last [sha256.Size]byte // of what stands in the file
	done chan struct{}
}

func (k *keeper) load() error {
	f, err := os.Open(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the kept account: %w", err)
	}
	defer f.Close()
	if err := k.s.Load(bufio.NewReader(f)); err != nil {
		return fmt.Errorf("%s: %w; move the file away to begin anew", k.path, err)
	}
	return nil
}

// run writes after changes, until done.
func (k *keeper) run() {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-k.done:
			return
		case <-k.s.touched:
		}
		rest.Reset(keepDelay)
		select {
		case <-k.done:
			return
		case <-rest.C:
		}
		began := time.Now()
		if err := k.write(); err != nil {
			k.s.set.logger.Error("the account could not be kept", "error", err)
		}
		rest.Reset(9 * time.Since(began))
		select {
		case <-k.done:
			return
		case <-rest.C:
		}
	}
}

// write replaces the file, unless what stands there is the same.
func (k *keeper) write() (err error) {
	f, err := os.CreateTemp(filepath.Dir(k.path), "."+filepath.Base(k.path)+"-*")
	if err != nil {
		return fmt.Errorf("keeping the account: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("keeping the account: %w", err)
		}
	}()
	sum := sha256.New()
	if err := k.copyTo(f, sum); err != nil {
		return err
	}
	var now [sha256.Size]byte
	sum.Sum(now[:0])
	if now == k.last {
		_ = f.Close()
		return os.Remove(f.Name())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), k.path); err != nil {
		return err
	}
	k.last = now
	return nil
}

func (k *keeper) copyTo(f io.Writer, sum hash.Hash) error {
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 64<<10)
	return errors.Join(k.s.Save(out), out.Flush())
}
