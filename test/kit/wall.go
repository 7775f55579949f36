package kit

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Stepping is the path of the program as it is, in a Go whose wall clock is set
// by a [Wall]. Its monotonic clock runs on, as when a machine's clock is set. All
// of the standard library is built for it, which takes a minute once.
var Stepping = sync.OnceValues(func() (string, error) {
	overlay, err := wallOverlay()
	if err != nil {
		return "", err
	}
	return build("sinpyo-stepping", "-overlay", overlay)
})

const wallVariable = "SINPYO_TEST_WALL"

// stepSource is put into package time.
const stepSource = `package time

import "syscall"

var stepFile = openStep()

func openStep() []byte {
	path, ok := syscall.Getenv("` + wallVariable + `")
	if !ok {
		return nil
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		panic("time: the wall clock cannot be set: " + err.Error())
	}
	step, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("time: the wall clock cannot be set: " + err.Error())
	}
	return step
}

func stepSeconds() (s int64) {
	for i, b := range stepFile {
		s |= int64(b) << (8 * i)
	}
	return s
}
`

// wallOverlay writes what takes the place of a file of package time.
func wallOverlay() (path string, err error) {
	root, err := exec.CommandContext(context.Background(), "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("asking for the place of Go: %w", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(dir, "time.go"))
	if err != nil {
		return "", err
	}
	const reads = "sec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(source), reads) != 1 {
		return "", errors.New("this Go reads its wall clock in another way: see what time.Now does")
	}
	changed, step := filepath.Join(folder, "time.go"), filepath.Join(folder, "step.go")
	text := strings.Replace(string(source), reads, reads+"\tsec += stepSeconds()\n", 1)
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(dir, "time.go"): changed, filepath.Join(dir, "step.go"): step},
	})
	path = filepath.Join(folder, "overlay.json")
	return path, errors.Join(err, os.WriteFile(changed, []byte(text), 0o600),
		os.WriteFile(step, []byte(stepSource), 0o600), os.WriteFile(path, overlay, 0o600))
}

// Wall sets the wall clock of programs built by [Stepping].
type Wall struct{ path string }

// NewWall returns a wall clock that shows the time, kept in a folder.
func NewWall(dir string) (*Wall, error) {
	w := &Wall{filepath.Join(dir, "wall")}
	return w, w.Set(0)
}

// Setting lets a program go by this clock.
func (w *Wall) Setting() string { return wallVariable + "=" + w.path }

// Set sets the clock to so much ahead of the time.
func (w *Wall) Set(ahead time.Duration) error {
	file, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// In place: programs have mapped it.
	_, err = file.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(int64(ahead/time.Second))), 0)
	return errors.Join(err, file.Close())
}
