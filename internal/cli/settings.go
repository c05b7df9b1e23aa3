package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/pact"
	"graphpact/internal/readlimit"
	"graphpact/internal/suggest"
	"graphpact/internal/yamlfile"
)

const (
	envPrefix   = "GRAPHPACT_"
	defaultFile = "graphpact.yaml"
)

// applySettings gives each flag that was not on the command line its value from the
// environment or, failing that, from the settings file.
func (a *app) applySettings(cmd *cobra.Command) error {
	path, err := a.settingsFile(cmd)
	if err != nil {
		return err
	}
	known := knownSettings(cmd.Root())
	file, err := readSettings(path, known)
	if err != nil {
		return err
	}
	a.warnOfVariables(known)
	var errs []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "config" || f.Name == "help" {
			return
		}
		setting := settingName(f)
		for _, name := range append([]string{envName(setting)}, f.Annotations[variablesOf]...) {
			if v, ok := a.env(name); ok && v != "" {
				errs = append(errs, setAll(f, a.split(f, v), name))
				return
			}
		}
		if s, ok := file[setting]; ok {
			errs = append(errs, setAll(f, s.values, fmt.Sprintf("%s:%d: %s", path, s.line, setting)))
		}
	})
	return errors.Join(errs...)
}

// warnOfVariables reports variables that look like settings and are none.
func (a *app) warnOfVariables(known []string) {
	names := []string{envPrefix + "CONFIG", pact.EnvHelper, pact.EnvLibrary}
	for _, k := range known {
		names = append(names, envName(k))
	}
	for _, kv := range a.environ {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(names, name) {
			continue
		}
		fmt.Fprintf(a.stderr, "graphpact: the variable %s is no setting%s\n", name, suggest.DidYouMean(name, names))
	}
}

func settingName(f *pflag.Flag) string {
	return cmp.Or(first(f, settingOf), f.Name)
}

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// split reads a list from an environment variable.
func (a *app) split(f *pflag.Flag, v string) []string {
	if _, list := f.Value.(pflag.SliceValue); !list || f.Name == "only" { // which takes a list itself
		return []string{v}
	}
	separator := ","
	if f.Name == "header" || f.Name == "query" || f.Name == "value" {
		separator = "\n" // their values may hold a comma
	}
	var out []string
	for _, part := range strings.Split(v, separator) {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

func setAll(f *pflag.Flag, values []string, where string) error {
	if _, list := f.Value.(pflag.SliceValue); !list && len(values) != 1 {
		return fmt.Errorf("%s: takes one value, not %d", where, len(values))
	}
	for _, v := range values {
		if err := f.Value.Set(v); err != nil {
			return fmt.Errorf("%s: %q: %s", where, v, wanted(f, err))
		}
	}
	f.Changed = f.Changed || len(values) > 0
	return nil
}

// settingsFile is the file to read, "" for none.
func (a *app) settingsFile(cmd *cobra.Command) (string, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return "", err
	}
	if path == "" {
		path, _ = a.env(envPrefix + "CONFIG")
	}
	if path != "" {
		return path, nil
	}
	if _, err := os.Stat(defaultFile); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return defaultFile, nil
}

// knownSettings are the names of all flags of all commands: one file serves them all.
func knownSettings(root *cobra.Command) []string {
	var names []string
	for _, c := range append(root.Commands(), root) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "config" && f.Name != "version" && !slices.Contains(names, settingName(f)) {
				names = append(names, settingName(f))
			}
		})
	}
	slices.Sort(names)
	return names
}

// setting is a value of the file; a list has several values, a mapping gives
// "name=value" for each entry.
type setting struct {
	line   int
	values []string
}

func readSettings(path string, known []string) (map[string]setting, error) {
	if path == "" {
		return nil, nil
	}
	data, err := readlimit.File(path, readlimit.Settings)
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	top, err := yamlfile.Parse(path, data)
	if err != nil || top == nil {
		return nil, err
	}
	entries, errs, ok := top.Mapping("setting", known)
	if !ok {
		return nil, top.Errorf("expected settings, as `endpoint: https://graph.microsoft.com/beta`")
	}
	for i, err := range errs {
		var unknown *yamlfile.UnknownKeyError
		if errors.As(err, &unknown) && strings.Contains(unknown.Key, "token") {
			errs[i] = fmt.Errorf("%s:%d: a token is never a setting; put it in a variable and name that with token-env", path, unknown.Line)
		}
	}
	out := map[string]setting{}
	for _, e := range entries {
		values, err := e.Value.Strings()
		if e.Key == valuesSetting {
			values, err = e.Value.JSONPairs()
		}
		if err != nil {
			errs = append(errs, e.Value.Errorf("%s: %w", e.Key, err))
		}
		out[e.Key] = setting{line: e.Line, values: values}
	}
	return out, errors.Join(errs...)
}
