// Package config reads the settings of the program.
//
// Each setting is one line of the table in keys.go: its name, its default and
// how its text becomes a field of [Settings]. Four layers are laid over each
// other, each stronger than the one before: defaults, the file sinpyo.toml,
// the environment, and flags. An environment variable is found by the name the
// table gives it, never by splitting at underscores; a secret may instead be
// named by a variable that ends in _FILE and holds the path of a file, or lie in
// the folder of credentials that a service manager made for the program; there
// it is a layer between the file and the environment.
//
// A name that is not in the table is refused, with the nearest known one, and
// so is a value out of its range: all of them at once, one line each. The
// package keeps no global; what it read, and where each value came from, is a
// [Config]. Secrets print as dots.
package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
)

// DefaultFile is read from the working directory when no other file is named.
const DefaultFile = "sinpyo.toml"

// Source says where settings are read from.
type Source struct {
	File    string            // a file that must exist; "" is DefaultFile, if there is one
	Environ []string          // "NAME=value", as os.Environ returns it
	Flags   map[string]string // by the name of the setting
}

// Config is what was read.
type Config struct {
	Settings
	// Warnings are sentences about what is allowed but unwise.
	Warnings []string

	texts   map[string]string // of each setting, by name
	origins map[string]string // where each text came from
}

// Load reads the settings. The error holds one line for each thing that is
// wrong.
func Load(src Source) (*Config, error) {
	c := &Config{texts: map[string]string{}, origins: map[string]string{}}
	k := koanf.New(".")
	var faults []error
	for _, layer := range []func(Source) (layer, error){defaults, file, credentials, environment, flags} {
		l, err := layer(src)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if err := k.Load(l, nil); err != nil {
			return nil, fmt.Errorf("merging the settings: %w", err)
		}
		maps.Copy(c.origins, l.origins)
		c.Warnings = append(c.Warnings, l.warnings...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	for _, key := range keys {
		text := strings.TrimSpace(k.String(key.name))
		c.texts[key.name] = text
		if err := key.set(&c.Settings, text); err != nil {
			faults = append(faults, fmt.Errorf("%s %w (from %s)", key.name, err, c.origins[key.name]))
		}
	}
	if len(faults) == 0 {
		faults = c.check()
	}
	return c, errors.Join(faults...)
}

// check finds what is wrong between settings and fills what follows from
// others.
func (c *Config) check() []error {
	var faults []error
	if (c.TLSCert == "") != (c.TLSKey == "") {
		faults = append(faults, errors.New("tls_cert and tls_key belong together: set both or neither"))
	}
	if (c.CoolSMS.APIKey == "") != (c.CoolSMS.APISecret == "") {
		faults = append(faults, errors.New("coolsms.api_key and coolsms.api_secret belong together: set both or neither"))
	}
	if c.Accounts.Argon2Time == 1 && c.Accounts.Argon2Memory < 46 { // S-49
		faults = append(faults, errors.New("accounts.argon2_time must be 2 at least where accounts.argon2_memory is under 46"))
	}
	if c.IsDefault("service.host") {
		c.Service.Host = c.PublicURL.Hostname()
		c.texts["service.host"] = c.Service.Host
	}
	for _, key := range keys {
		path, ok := strings.CutPrefix(c.origins[key.name], filePrefix)
		if !ok {
			continue
		}
		if err := c.checkSecretFile(key, path); err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// checkSecretFile refuses a secret inside the data directory that others may
// read (S-85). Outside it the system may have its reasons, as container
// runtimes do, and a warning is enough.
func (c *Config) checkSecretFile(key key, path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if rel, err := filepath.Rel(c.DataDir, path); err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("%s: the file %s may be read by others: run chmod 600 on it", key.env()+fileSuffix, path)
	}
	c.Warnings = append(c.Warnings, fmt.Sprintf("the file %s with %s may be read by others; chmod 600 is safer", path, key.name))
	return nil
}

// Value is one setting as it may be shown.
type Value struct {
	Name   string `json:"name"`
	Value  string `json:"value"` // dots for a secret
	Origin string `json:"origin"`
}

// Values returns all settings in the order of the table.
func (c *Config) Values() []Value {
	values := make([]Value, 0, len(keys))
	for _, key := range keys {
		text := c.texts[key.name]
		if key.show != nil {
			text = key.show(text)
		}
		values = append(values, Value{key.name, text, c.origins[key.name]})
	}
	return values
}

// IsDefault reports whether nobody set the setting called name.
func (c *Config) IsDefault(name string) bool { return c.origins[name] == originDefault }

// unknown says that there is no setting or variable of that name, and which
// one may be meant.
func unknown(what, name string, known []string) error {
	near := slices.MinFunc(known, func(a, b string) int { return distance(a, name) - distance(b, name) })
	if distance(near, name) > 1+len(name)/3 {
		return fmt.Errorf("there is no %s %s; sinpyo config show lists what there is", what, name)
	}
	return fmt.Errorf("there is no %s %s; did you mean %s?", what, name, near)
}

// ErrDevWithKey refuses the development mode beside a key of the real
// provider: the two must never meet (S-75).
var ErrDevWithKey = errors.New("--dev sends no real texts, but coolsms.api_key is set: " +
	"start without --dev, or remove the key")

// CheckDev reports whether the program may start in development mode.
func (s *Settings) CheckDev() error {
	if s.CoolSMS.APIKey != "" {
		return ErrDevWithKey
	}
	return nil
}

// Missing returns the names of the settings without which no text can be sent.
func (s *Settings) Missing() []string {
	var out []string
	if s.CoolSMS.APIKey == "" {
		out = append(out, "coolsms.api_key", "coolsms.api_secret")
	}
	if s.CoolSMS.Sender == "" {
		out = append(out, "coolsms.sender")
	}
	return out
}

// Variable returns the environment variable of a setting.
func Variable(name string) string { return key{name: name}.env() }
