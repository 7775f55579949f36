package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// part is a module that is built into the program.
type part struct {
	path, version string
	sum           string // SHA-256 of its files as go.sum has it, in hex; "" for Go's own library
	license       string // its SPDX name
	text          string // of its license
}

// partsOf returns what a program was built of, Go's own library first.
func partsOf(ctx context.Context, program string) ([]part, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	dirs, err := moduleDirs(ctx)
	if err != nil {
		return nil, err
	}
	std := part{path: "std", version: strings.TrimPrefix(info.GoVersion, "go")}
	if err := std.readLicense(dirs["std"]); err != nil {
		return nil, err
	}
	parts := []part{std}
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("%s is replaced: a release is made of published modules", m.Path)
		}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
		if err != nil {
			return nil, err
		}
		p := part{path: m.Path, version: m.Version, sum: hex.EncodeToString(sum)}
		if err := p.readLicense(dirs[m.Path]); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// moduleDirs returns the folder of each module, and of Go itself as "std".
func moduleDirs(ctx context.Context) (map[string]string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	dirs := map[string]string{"std": strings.TrimSpace(string(root))}
	list, err := exec.CommandContext(ctx, "go", "list", "-m", "-json", "all").Output()
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(bytes.NewReader(list)); ; {
		var m struct{ Path, Dir string }
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return dirs, nil
		} else if err != nil {
			return nil, err
		}
		dirs[m.Path] = m.Dir
	}
}

// readLicense finds the license in the module's folder. What has none that is
// known is not handed out.
func (p *part) readLicense(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var found []string
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		if strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING") || strings.HasPrefix(name, "NOTICE") {
			text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				return err
			}
			found = append(found, string(text))
		}
	}
	p.text = strings.Join(found, "\n")
	if p.license = licenseOf(p.text); p.license == "" {
		return fmt.Errorf("the license of %s is not known", p.path)
	}
	return nil
}

// licenseOf returns the SPDX name of a license by words that no other has.
func licenseOf(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	for _, l := range []struct{ name, says string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"MPL-2.0", "Mozilla Public License Version 2.0"},
		{"BSD-3-Clause", "may be used to endorse or promote products derived from this software"},
		{"BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright notice"},
		{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
		{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
	} {
		if strings.Contains(words, l.says) {
			return l.name
		}
	}
	return ""
}

// notice is the text that goes with the program: what it is made of, by whom.
func notice(parts []part) []byte {
	var b bytes.Buffer
	b.WriteString("Sinpyo is made of the following works, too. Each stands under its own license.\n")
	for _, p := range parts {
		fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n%s\n\n%s\n", rule, p.path, p.version, p.license, rule, strings.TrimSpace(p.text))
	}
	return b.Bytes()
}

var rule = strings.Repeat("=", 80)

// sbom describes the program and its parts as CycloneDX, in JSON.
func (r release) sbom(parts []part) ([]byte, error) {
	const self = "github.com/sinpyo/sinpyo"
	ref := func(path, version string) string { return "pkg:golang/" + path + "@" + version }
	type object = map[string]any
	components, refs := []object{}, []string{}
	for _, p := range parts {
		c := object{
			"type": "library", "bom-ref": ref(p.path, p.version), "purl": ref(p.path, p.version),
			"name": p.path, "version": p.version, "licenses": []object{{"license": object{"id": p.license}}},
		}
		if p.sum != "" {
			c["hashes"] = []object{{"alg": "SHA-256", "content": p.sum}}
		}
		components = append(components, c)
		refs = append(refs, ref(p.path, p.version))
	}
	slices.Sort(refs)
	text, err := json.MarshalIndent(object{
		"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
		"metadata": object{
			"timestamp": r.at.Format("2006-01-02T15:04:05Z"),
			"component": object{
				"type": "application", "bom-ref": ref(self, r.version), "purl": ref(self, r.version), "name": self,
				"version": r.version, "licenses": []object{{"license": object{"id": "Apache-2.0"}}},
			},
		},
		"components":   components,
		"dependencies": []object{{"ref": ref(self, r.version), "dependsOn": refs}},
	}, "", "  ")
	return append(text, '\n'), err
}
