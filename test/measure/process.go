package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the processor times in /proc; Linux shows hundredths of
// a second whatever the kernel counts in (proc_pid_stat(5)).
const tick = 10 * time.Millisecond

// Stat returns the fields of /proc/PID/stat from the third on, which is the
// first behind the program's name.
func Stat(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, fields, _ := strings.Cut(string(raw), ") ")
	return strings.Fields(fields), nil
}

// CPUTime returns the processor time that a process has used, user and system,
// and with children also that of the children it has waited for.
func CPUTime(pid int, children bool) (time.Duration, error) {
	f, err := Stat(pid)
	if err != nil {
		return 0, err
	}
	last := 13 // utime and stime are fields 14 and 15
	if children {
		last = 15 // cutime and cstime behind them
	}
	var ticks int64
	for _, text := range f[11:last] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

// FamilyTime returns the processor time of a process and all its children, the
// ended ones included: what a PostgreSQL server has used.
func FamilyTime(parent int) (time.Duration, error) {
	total, err := CPUTime(parent, true)
	if err != nil {
		return 0, err
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, folder := range folders {
		pid, _ := strconv.Atoi(filepath.Base(folder))
		f, err := Stat(pid)
		if err != nil || f[1] != strconv.Itoa(parent) {
			continue // ended meanwhile, or somebody else's
		}
		used, err := CPUTime(pid, false)
		if err == nil {
			total += used
		}
	}
	return total, nil
}

// ResidentMiB returns the resident memory of a process.
func ResidentMiB(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}
