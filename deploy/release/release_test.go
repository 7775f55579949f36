package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 11, 23, 4, 5, 6, 0, time.UTC)

// files makes two files, whose times differ from call to call.
func files(t *testing.T) []file {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"b", "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("this is "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []file{
		{name: "sinpyo", from: filepath.Join(dir, "b"), mode: 0o755},
		{name: "systemd/unit", from: filepath.Join(dir, "a"), mode: 0o644},
	}
}

func TestArchive_HoldsNothingOfWhoMadeIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.tar.gz")
	if err := writeArchive(path, "folder", files(t), at); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // it was read
	zip, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	if zip.Name != "" || !zip.ModTime.IsZero() {
		t.Errorf("the gzip header tells %q and %v", zip.Name, zip.ModTime)
	}
	var got []string
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(archive)
		got = append(got, fmt.Sprintf("%s %o %s:%s %d:%d %s %s", h.Name, h.Mode, h.Uname, h.Gname, h.Uid, h.Gid, h.ModTime.UTC().Format(time.DateTime), text))
	}
	want := []string{
		"folder/ 755 root:root 0:0 2026-11-23 04:05:06 ",
		"folder/sinpyo 755 root:root 0:0 2026-11-23 04:05:06 this is b",
		"folder/systemd/ 755 root:root 0:0 2026-11-23 04:05:06 ",
		"folder/systemd/unit 644 root:root 0:0 2026-11-23 04:05:06 this is a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestArchive_IsTheSameTwice(t *testing.T) {
	t.Parallel()
	var made [2][]byte
	for i := range made {
		fs := files(t)
		if i == 1 {
			fs[0], fs[1] = fs[1], fs[0]
		}
		path := filepath.Join(t.TempDir(), "x.tar.gz")
		if err := writeArchive(path, "folder", fs, at); err != nil {
			t.Fatal(err)
		}
		var err error
		if made[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("two archives of the same files differ")
	}
}

func TestContents_AreInTheRepository(t *testing.T) {
	t.Parallel()
	for _, f := range contents {
		info, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(f.from)))
		if err != nil {
			t.Error(err)
		} else if want := os.FileMode(f.mode); info.Mode().Perm()&0o111 != want&0o111 {
			t.Errorf("%s has mode %o and would be packed with %o", f.from, info.Mode().Perm(), want)
		}
	}
}

// TestParts_AreThoseOfAProgram takes a program apart that is small and built
// for other tests, too.
func TestParts_AreThoseOfAProgram(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "pgserver")
	command(t, "go", "build", "-o", program, "../../internal/db/dbtest/pgserver")
	parts, err := partsOf(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range parts {
		got[p.path] = p.license
		if p.version == "" || p.text == "" || (p.sum == "") != (p.path == "std") || (p.sum != "" && len(p.sum) != 64) {
			t.Errorf("%s: version %q, sum %q, %d bytes of license", p.path, p.version, p.sum, len(p.text))
		}
	}
	for path, license := range map[string]string{
		"std": "BSD-3-Clause", "github.com/jackc/pgx/v5": "MIT", "github.com/prometheus/client_golang": "Apache-2.0",
	} {
		if got[path] != license {
			t.Errorf("%s has license %q, want %q", path, got[path], license)
		}
	}
	if text := string(notice(parts)); !strings.Contains(text, "\ngithub.com/jackc/pgx/v5 v5") || !strings.Contains(text, "The Go Authors") {
		t.Errorf("the notices: %.200s", text)
	}
}

func TestLicense_OfWhatIsUnknownIsNotGuessed(t *testing.T) {
	t.Parallel()
	p := part{path: "example.com/odd"}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "LICENSE"), []byte("All rights reserved."), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.readLicense(dir); err == nil {
		t.Errorf("taken for %q", p.license)
	}
}

func TestSBOM_NamesEveryPartOnce(t *testing.T) {
	t.Parallel()
	r := release{version: "v1.2.3", at: at}
	text, err := r.sbom([]part{
		{path: "std", version: "1.26.8", license: "BSD-3-Clause"},
		{path: "example.com/b", version: "v2.0.0", sum: strings.Repeat("ab", 32), license: "MIT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	again, _ := r.sbom([]part{
		{path: "std", version: "1.26.8", license: "BSD-3-Clause"},
		{path: "example.com/b", version: "v2.0.0", sum: strings.Repeat("ab", 32), license: "MIT"},
	})
	if !bytes.Equal(text, again) {
		t.Error("the same parts are told in two ways")
	}
	var bom struct {
		BOMFormat, SpecVersion string
		Metadata               struct {
			Timestamp string
			Component struct{ PURL string }
		}
		Components []struct {
			PURL   string
			Hashes []struct{ Alg, Content string }
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.SpecVersion != "1.5" || bom.Metadata.Timestamp != "2026-11-23T04:05:06Z" ||
		bom.Metadata.Component.PURL != "pkg:golang/github.com/sinpyo/sinpyo@v1.2.3" {
		t.Errorf("the head is %+v", bom)
	}
	if len(bom.Components) != 2 || bom.Components[1].PURL != "pkg:golang/example.com/b@v2.0.0" ||
		bom.Components[1].Hashes[0].Content != strings.Repeat("ab", 32) {
		t.Errorf("the parts are %+v", bom.Components)
	}
	if diff := cmp.Diff([]string{"pkg:golang/example.com/b@v2.0.0", "pkg:golang/std@1.26.8"}, bom.Dependencies[0].DependsOn); diff != "" {
		t.Error(diff)
	}
}

// TestSums_AreSignedAndVerify goes the way of docs/install.md: the signature
// first, then the file, and neither passes when a byte was changed.
func TestSums_AreSignedAndVerify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(t.TempDir(), "key")
	command(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key)
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	signers := filepath.Join(filepath.Dir(key), "signers")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(signers, "release@sinpyo "+string(public))
	write(filepath.Join(dir, "x.tar.gz"), "an archive")
	if err := writeSums(dir); err != nil {
		t.Fatal(err)
	}
	if err := (release{version: "v1", out: dir, key: key}).sign(t.Context()); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(sums []byte) error {
		cmd := exec.CommandContext(context.Background(), "ssh-keygen", "-Y", "verify", "-f", signers, "-I", "release@sinpyo",
			"-n", "file", "-s", filepath.Join(dir, "SHA256SUMS.sig"))
		cmd.Stdin = bytes.NewReader(sums)
		return cmd.Run()
	}
	if err := verify(sums); err != nil {
		t.Errorf("the signature does not verify: %v", err)
	}
	if err := verify(append(sums, '\n')); err == nil {
		t.Error("a changed list passed")
	}
	if want := fmt.Sprintf("%x  x.tar.gz\n", sha256.Sum256([]byte("an archive"))); string(sums) != want {
		t.Errorf("SHA256SUMS is %q, want %q", sums, want)
	}
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
