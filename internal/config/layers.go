package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	stdmaps "maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/maps"
	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
)

const (
	envPrefix  = "SINPYO_"
	fileSuffix = "_FILE"

	// Of secrets that a service manager hands over: where their files lie, and how
	// the name of each begins. See systemd.exec(5), LoadCredential=.
	credentialsVariable = "CREDENTIALS_DIRECTORY"
	credentialPrefix    = "sinpyo_"

	originDefault = "default"
	filePrefix    = "file " // of the origin of a secret that was given as a file
)

// layer is one source of settings, as koanf merges them.
type layer struct {
	texts    map[string]any // by name
	origins  map[string]string
	warnings []string
}

func newLayer() layer {
	return layer{texts: map[string]any{}, origins: map[string]string{}}
}

// put notes a setting and where it came from.
func (l layer) put(name string, value any, origin string) {
	l.texts[name] = value
	l.origins[name] = origin
}

// Read returns the settings as nested maps.
func (l layer) Read() (map[string]any, error) { return maps.Unflatten(l.texts, "."), nil }

// ReadBytes is for sources that koanf would have to parse.
func (l layer) ReadBytes() ([]byte, error) { return nil, errors.New("settings are read, not parsed") }

func defaults(Source) (layer, error) {
	l := newLayer()
	for _, k := range keys {
		l.put(k.name, k.def, originDefault)
	}
	return l, nil
}

// file reads sinpyo.toml, or the file that was named.
func file(src Source) (layer, error) {
	l := newLayer()
	path := cmp.Or(src.File, DefaultFile)
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names the file
	if errors.Is(err, fs.ErrNotExist) && src.File == "" {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("reading the settings: %w", err)
	}
	nested, err := toml.Parser().Unmarshal(text)
	if err != nil {
		return l, fmt.Errorf("%s%s: %w", path, line(err), err)
	}
	flat, _ := maps.Flatten(nested, nil, ".")
	var faults []error
	for _, name := range slices.Sorted(stdmaps.Keys(flat)) {
		k, ok := find(name)
		if !ok {
			faults = append(faults, fmt.Errorf("%s: %w", path, unknown("setting", name, names())))
			continue
		}
		if k.secret() && len(l.warnings) == 0 {
			if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
				l.warnings = append(l.warnings, fmt.Sprintf("%s holds a secret and may be read by others; chmod 600 is safer", path))
			}
		}
		l.put(name, scalar(flat[name]), path)
	}
	return l, errors.Join(faults...)
}

// line returns ":12" for an error that knows its line.
func line(err error) string {
	var at interface{ Position() (row, column int) }
	if !errors.As(err, &at) {
		return ""
	}
	row, _ := at.Position()
	return fmt.Sprintf(":%d", row)
}

// scalar writes a value of a TOML file the way an environment variable would
// hold it.
func scalar(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, ",")
}

// credentials reads the secrets that a service manager hands over as files:
// "sinpyo_coolsms_api_key" is coolsms.api_key.
func credentials(src Source) (layer, error) {
	l := newLayer()
	var dir string
	for _, variable := range src.Environ {
		if value, ok := strings.CutPrefix(variable, credentialsVariable+"="); ok {
			dir = value
		}
	}
	if dir == "" {
		return l, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return l, fmt.Errorf("reading %s: %w", credentialsVariable, err)
	}
	known := map[string]key{}
	for _, k := range keys {
		if k.secret() {
			known[strings.ReplaceAll(k.name, ".", "_")] = k
		}
	}
	var faults []error
	for _, entry := range entries {
		name, ours := strings.CutPrefix(entry.Name(), credentialPrefix)
		if !ours {
			continue // of another program of the same service
		}
		path := filepath.Join(dir, entry.Name())
		k, ok := known[name]
		if !ok {
			faults = append(faults, fmt.Errorf("%s: %w", path, unknown("secret", name, slices.Collect(stdmaps.Keys(known)))))
			continue
		}
		text, err := os.ReadFile(path) // #nosec G304 -- the service manager made it
		if err != nil {
			faults = append(faults, err)
			continue
		}
		l.put(k.name, string(text), filePrefix+path)
	}
	return l, errors.Join(faults...)
}

// environment reads the variables of the table. Any other name with the prefix
// is refused, except those that tests use.
func environment(src Source) (layer, error) {
	l := newLayer()
	known := variables()
	var faults []error
	provider := env.Provider("", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return src.Environ },
	})
	set, err := provider.Read()
	if err != nil {
		return l, fmt.Errorf("reading the environment: %w", err)
	}
	for _, name := range slices.Sorted(stdmaps.Keys(set)) {
		if strings.HasPrefix(name, envPrefix+"TEST_") || strings.HasPrefix(name, envPrefix+"CRASH_") {
			continue
		}
		k, ok := known[name]
		if !ok {
			faults = append(faults, unknown("variable", name, slices.Collect(stdmaps.Keys(known))))
			continue
		}
		if l.origins[k.name] != "" {
			faults = append(faults, fmt.Errorf("%s and %s are both set: keep one", k.env(), name))
			continue
		}
		value, origin := set[name], "environment "+name
		if name != k.env() {
			path := fmt.Sprint(value)
			text, err := os.ReadFile(path) // #nosec G304 -- the operator names the file
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
				continue
			}
			value, origin = string(text), filePrefix+path
		}
		l.put(k.name, value, origin)
	}
	return l, errors.Join(faults...)
}

// variables returns the settings by each environment variable they may come
// from.
func variables() map[string]key {
	known := map[string]key{}
	for _, k := range keys {
		known[k.env()] = k
		if k.secret() {
			known[k.env()+fileSuffix] = k
		}
	}
	return known
}

// flags reads what the command line set. A secret has no flag, because every
// user of the machine can read the arguments of a process (S-82).
func flags(src Source) (layer, error) {
	l := newLayer()
	var faults []error
	for _, name := range slices.Sorted(stdmaps.Keys(src.Flags)) {
		switch k, ok := find(name); {
		case !ok:
			faults = append(faults, unknown("setting", name, names()))
		case k.secret():
			faults = append(faults, fmt.Errorf("%s may not stand in an argument, where every user of the machine can read it: set %s or %s%s",
				name, k.env(), k.env(), fileSuffix))
		default:
			l.put(name, src.Flags[name], "flag")
		}
	}
	return l, errors.Join(faults...)
}
