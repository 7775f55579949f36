// Command release builds what is handed out: for each platform an archive with
// the program and what it takes to install it, a list of what the program is
// made of, and the checksums of all of them, signed when a key is given.
//
// It is run by "make release" at the root of the repository. The same commit
// and the same Go make the same bytes, in any folder and at any time: nothing in
// an archive depends on who builds it, and its times are that of the commit.
// "make release-check" builds twice and compares.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// platforms are what archives are made for, as GOOS_GOARCH.
var platforms = []string{"linux_amd64", "linux_arm64"}

// contents are the files of an archive beside the program, by their name in it.
var contents = []file{
	{name: "LICENSE", from: "LICENSE", mode: 0o644},
	{name: "README.md", from: "README.md", mode: 0o644},
	{name: "README.ko.md", from: "README.ko.md", mode: 0o644},
	{name: "sinpyo-run", from: "deploy/sinpyo-run", mode: 0o755},
	{name: "sinpyo.toml", from: "deploy/sinpyo.toml", mode: 0o644},
	{name: "sinpyo.sysusers", from: "deploy/sinpyo.sysusers", mode: 0o644},
	{name: "systemd/sinpyo.service", from: "deploy/systemd/sinpyo.service", mode: 0o644},
	{name: "systemd/sinpyo-backup.service", from: "deploy/systemd/sinpyo-backup.service", mode: 0o644},
	{name: "systemd/sinpyo-backup.timer", from: "deploy/systemd/sinpyo-backup.timer", mode: 0o644},
}

// release is one run.
type release struct {
	version string
	at      time.Time // of the commit
	out     string    // where the files go
	key     string    // to sign with; "" signs nothing
}

func main() {
	var r release
	var epoch int64
	var only string
	flag.StringVar(&r.version, "version", "", "what is released, such as v1.2.3")
	flag.Int64Var(&epoch, "epoch", 0, "the time of the commit, in seconds since 1970")
	flag.StringVar(&r.out, "out", "dist", "the folder for the files; what is in it is removed")
	flag.StringVar(&r.key, "key", "", "an OpenSSH ed25519 key file to sign the checksums with")
	flag.StringVar(&only, "only", strings.Join(platforms, ","), "the platforms")
	flag.Parse()
	r.at = time.Unix(epoch, 0).UTC()
	if err := r.make(context.Background(), strings.Split(only, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// make makes all files.
func (r release) make(ctx context.Context, platforms []string) error {
	if r.version == "" || r.at.Unix() == 0 {
		return errors.New("-version and -epoch are needed; make release gives them")
	}
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	for _, platform := range platforms {
		if err := r.platform(ctx, platform); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}
	if err := writeSums(r.out); err != nil {
		return err
	}
	return r.sign(ctx)
}

// platform makes the archive and the list of parts of one platform.
func (r release) platform(ctx context.Context, platform string) error {
	name := "sinpyo_" + r.version + "_" + platform
	tmp, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // the system will
	program := filepath.Join(tmp, "sinpyo")
	if err := r.build(ctx, platform, program); err != nil {
		return err
	}
	parts, err := partsOf(ctx, program)
	if err != nil {
		return err
	}
	notices := filepath.Join(tmp, "NOTICES")
	if err := os.WriteFile(notices, notice(parts), 0o600); err != nil {
		return err
	}
	files := append(slices.Clone(contents),
		file{name: "sinpyo", from: program, mode: 0o755},
		file{name: "NOTICES", from: notices, mode: 0o644})
	if err := writeArchive(filepath.Join(r.out, name+".tar.gz"), name, files, r.at); err != nil {
		return err
	}
	sbom, err := r.sbom(parts)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, name+".cdx.json"), sbom, 0o644)
}

// build builds the program, with nothing of this machine in it.
func (r release) build(ctx context.Context, platform, path string) error {
	system, arch, ok := strings.Cut(platform, "_")
	if !ok {
		return errors.New("a platform is written GOOS_GOARCH")
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
		"-ldflags", "-s -w -buildid= -X main.released="+r.version, "-o", path, "./cmd/sinpyo")
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0",
		"GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GODEBUG=")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// writeSums writes the SHA-256 of every file of a folder, as sha256sum reads it.
func writeSums(dir string) error {
	entries, err := os.ReadDir(dir) // in the order of names
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), entry.Name())
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// sign signs the checksums, as "ssh-keygen -Y verify" checks them.
func (r release) sign(ctx context.Context) error {
	sums := filepath.Join(r.out, "SHA256SUMS")
	fmt.Printf("%s, built by %s\n", cmp.Or(r.version, "?"), runtime.Version())
	text, err := os.ReadFile(sums)
	if err != nil {
		return err
	}
	fmt.Print(string(text))
	if r.key == "" {
		fmt.Println("not signed: name an ed25519 key file in RELEASE_KEY")
		return nil
	}
	cmd := exec.CommandContext(ctx, "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", r.key, sums)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	return cmd.Run()
}
