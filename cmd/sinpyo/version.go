package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCommand prints the version.
type versionCommand struct{}

// Run prints the version, the commit and what the program was built for.
func (versionCommand) Run(s *shell) error {
	_, err := fmt.Fprintf(s.out, "sinpyo %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// released is the version of a release, which deploy/release builds in.
var released string

// version returns the version of the release or of the module, or the commit
// the program was built from.
func version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "(devel)" {
		v = ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v = cmp.Or(v, s.Value)
		}
	}
	return cmp.Or(v, "devel")
}
