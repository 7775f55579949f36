package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// file is one file of an archive.
type file struct {
	name string // in the archive, below its one folder
	from string
	mode int64
}

// writeArchive writes the files below one folder, in the order of their names,
// as belonging to root and made at the time given.
func writeArchive(to, folder string, files []file, at time.Time) (err error) {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	zip, err := gzip.NewWriterLevel(out, gzip.BestCompression) // its header has neither name nor time
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	folders := map[string]bool{}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	for _, f := range files {
		name := path.Join(folder, f.name)
		if dir := path.Dir(name); !folders[dir] {
			folders[dir] = true
			if err := archive.WriteHeader(header(dir+"/", tar.TypeDir, 0o755, 0, at)); err != nil {
				return err
			}
		}
		if err := add(archive, name, f, at); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zip.Close())
}

func add(archive *tar.Writer, name string, f file, at time.Time) error {
	in, err := os.Open(f.from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was read
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(header(name, tar.TypeReg, f.mode, info.Size(), at)); err != nil {
		return err
	}
	_, err = io.Copy(archive, in)
	return err
}

func header(name string, kind byte, mode, size int64, at time.Time) *tar.Header {
	return &tar.Header{
		Typeflag: kind, Name: name, Mode: mode, Size: size, ModTime: at,
		Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
	}
}
