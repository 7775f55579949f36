package platter

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// traced are the calls that can change a folder. Those that Play does not
// understand are errors where they concern it.
const traced = "open,openat,creat,pwrite64,pwritev,pwritev2,write,writev,ftruncate,truncate,fallocate," +
	"fsync,fdatasync,sync_file_range,msync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat," +
	"link,linkat,symlink,symlinkat,mmap,copy_file_range,sendfile,splice,io_uring_setup"

// Strace is the command that runs another one and writes to a file what Play
// reads. The other one stays a child of whoever runs this.
func Strace(record string, more ...string) []string {
	return append([]string{
		"strace", "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", strconv.Itoa(1 << 24),
		"-e", "signal=none", "-e", "trace=" + traced, "-o", record,
	}, more...)
}

// Play carries out on d what a record tells.
func (d *Disk) Play(record io.Reader) error {
	waiting := map[string]func(result string){} // what has begun, by thread
	lines := bufio.NewReaderSize(record, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		whole := err == nil
		thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		result, returned := outcome(call)
		if strings.HasPrefix(call, "<... ") {
			if end, ok := waiting[thread]; ok && returned {
				end(result)
				delete(waiting, thread)
				d.open--
			}
			continue
		}
		name, args, ok := strings.Cut(call, "(")
		if !ok || !d.concerned(args) {
			continue // a signal, or a call elsewhere
		}
		end, err := d.begin(name, args)
		switch {
		case err != nil && whole:
			return err
		case err != nil:
			d.open++ // it was killed before it was written down
		case returned:
			end(result)
		default:
			waiting[thread] = end
			d.open++
		}
	}
}

// outcome is what a call returned, "" for an error. A call in which the program was
// killed has not returned, whichever way strace says so.
func outcome(call string) (result string, returned bool) {
	at := strings.LastIndex(call, " = ")
	if at < 0 || !strings.HasSuffix(strings.TrimRight(call[:at], " "), ")") {
		return "", false
	}
	result = call[at+len(" = "):]
	if strings.HasPrefix(result, "-1 ") {
		return "", true
	}
	return result, !strings.HasPrefix(result, "?")
}

// hexed is how a path begins in a record.
func hexed(path string) string {
	var text strings.Builder
	for _, b := range []byte(path) {
		fmt.Fprintf(&text, `\x%02x`, b)
	}
	return text.String()
}

// concerned reports whether a call names something in the folder.
func (d *Disk) concerned(args string) bool {
	head := args[:min(len(args), 16<<10)] // paths come before what is written
	return strings.Contains(head, "<"+hexed(d.root)) || strings.Contains(head, `"`+hexed(d.root))
}

// unhex reads the first text between two marks and returns what follows it.
func unhex(args, from, to string) (text []byte, rest string) {
	_, args, _ = strings.Cut(args, from)
	coded, rest, _ := strings.Cut(args, to)
	text, _ = hex.DecodeString(strings.ReplaceAll(coded, `\x`, "")) // strace wrote it
	return text, rest
}

// begin lets a call happen as far as it may before it returns. What it returns
// is told to end: "" is an error.
func (d *Disk) begin(name, args string) (end func(result string), err error) {
	switch name {
	case "write", "pwrite64":
		return d.write(name, args)
	case "ftruncate":
		path, rest := unhex(args, "<", ">")
		size, err := strconv.ParseInt(strings.Trim(rest[:strings.IndexAny(rest, ")<")], ", "), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("a size in %s: %w", rest, err)
		}
		return d.change(string(path), &change{at: size, resizes: true}), nil
	case "fsync", "fdatasync":
		path, _ := unhex(args, "<", ">")
		return d.sync(string(path)), nil
	case "open", "openat":
		path, flags := unhex(args, `"`, `"`)
		return func(result string) {
			if result != "" {
				d.opened(string(path), flags)
			}
		}, nil
	case "mkdir", "mkdirat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat":
		from, rest := unhex(args, `"`, `"`)
		to, _ := unhex(rest, `"`, `"`)
		return func(result string) {
			switch {
			case result == "":
			case strings.HasPrefix(name, "mkdir"):
				d.move(move{string(from): {folder: true}})
			case strings.HasPrefix(name, "unlink"):
				d.move(move{string(from): nil})
			case strings.HasPrefix(name, "link"):
				d.move(move{string(to): d.seen[string(from)]})
			default:
				d.move(move{string(from): nil, string(to): d.seen[string(from)]})
			}
		}, nil
	case "mmap":
		path, _ := unhex(args, "<", ">")
		if strings.Contains(args, "PROT_WRITE") && strings.Contains(args, "MAP_SHARED") {
			if !strings.HasSuffix(string(path), "-shm") {
				return nil, fmt.Errorf("%s is written through memory, which no record shows", path)
			}
			if f := d.seen[string(path)]; f != nil {
				f.mapped = true
			}
		}
		return func(string) {}, nil
	}
	return nil, fmt.Errorf("the record holds %s(%.200s, which is not understood", name, args)
}

// write is a call that writes at a place or, as far as it is understood, at the end.
func (d *Disk) write(name, args string) (func(string), error) {
	path, rest := unhex(args, "<", ">")
	f := d.seen[string(path)]
	if f == nil {
		return func(string) {}, nil // it was removed while it was open
	}
	data, rest := unhex(rest, `"`, `"`)
	c := &change{data: data}
	if name == "write" {
		c.at = int64(len(f.now()))
	} else {
		numbers := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if len(numbers) < 2 {
			return nil, fmt.Errorf("no place in %.200s", rest)
		}
		var err error
		if c.at, err = strconv.ParseInt(numbers[1], 10, 64); err != nil {
			return nil, err
		}
	}
	return d.change(string(path), c), nil
}

// change is a change of a file from when it begins.
func (d *Disk) change(path string, c *change) func(result string) {
	f := d.seen[path]
	if f == nil {
		return func(string) {}
	}
	f.pending = append(f.pending, c)
	return func(result string) {
		c.done = true
		if n, err := strconv.Atoi(strings.Fields(result + " -1")[0]); err != nil || n < len(c.data) {
			c.data = c.data[:max(n, 0)]
			c.resizes = c.resizes && n == 0
		}
	}
}

// sync is a sync of a file or folder: what had returned before it began is kept
// when it has returned. One that strace only pretended keeps nothing.
func (d *Disk) sync(path string) func(result string) {
	f, names := d.seen[path], len(d.moves)
	if f == nil {
		return func(string) {}
	}
	var done []*change
	for _, c := range f.pending {
		if c.done {
			done = append(done, c)
		}
	}
	return func(result string) {
		switch {
		case result != "0":
		case f.folder:
			d.settleNames(path, names)
		default:
			f.settle(done)
		}
	}
}

// opened is a file that was opened with flags.
func (d *Disk) opened(path, flags string) {
	path = filepath.Clean(path)
	f := d.seen[path]
	if f == nil && strings.Contains(flags, "O_CREAT") {
		d.move(move{path: {}})
		return
	}
	if f != nil && strings.Contains(flags, "O_TRUNC") {
		f.pending = append(f.pending, &change{resizes: true, done: true})
	}
}
