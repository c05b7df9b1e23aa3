package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/shell"
	"graphpact/internal/suggest"
)

// A flag is declared once, in a group. What else is to be known of it is an annotation: the
// help, the settings of a report, the lines that repeat a command, the environment and the
// settings file all go by these.
const (
	// groupOf is the heading of the flag in the help.
	groupOf = "graphpact-group"
	// settingOf is another name in the environment and the settings file, where two
	// commands mean different things by one flag.
	settingOf = "graphpact-setting"
	// variablesOf are further variables, which other tools know, after our own.
	variablesOf = "graphpact-env"
	// secretIn says which part of the value may be a secret, which is shown nowhere:
	// wholeValue, the value after a name, or the query of a URL.
	secretIn   = "graphpact-secret"
	wholeValue = "value"
	namedValue = "named value"
	urlQuery   = "query"
	// notRepeated is set where the flag is no part of a line that repeats the command, and
	// notShown where it is no part of a report's settings; alwaysShown is set where its
	// default is.
	notRepeated = "graphpact-not-repeated"
	notShown    = "graphpact-not-shown"
	alwaysShown = "graphpact-always-shown"
	// selector is set where the flag chooses among the pacts of a broker.
	selector = "graphpact-selector"
)

// The headings of the help, in its order. The first is for a command's own flags.
const (
	ownFlags      = "Flags"
	endpointFlags = "The endpoint"
	authFlags     = "Authentication"
	careFlags     = "Care for the endpoint"
	brokerFlags   = "The broker"
)

// declare adds flags to the command under a heading.
func declare(cmd *cobra.Command, group string, add func(fs *pflag.FlagSet)) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	add(fs)
	fs.VisitAll(func(f *pflag.Flag) { annotate(f, groupOf, group) })
	other := namesOf(cmd.Name())
	fs.VisitAll(func(f *pflag.Flag) {
		for _, n := range other {
			if n.flag == f.Name && len(n.pact) == 1 {
				f.Shorthand = n.pact
			}
		}
	})
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		for _, n := range other {
			if n.pact == name && n.flag != "" {
				return pflag.NormalizedName(n.flag)
			}
		}
		return pflag.NormalizedName(name)
	})
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(fs)
}

// pactName is what the Pact CLI or one of the older Pact tools calls a flag of ours: a letter
// or a name. Where there is no such flag, instead says what to do.
type pactName struct{ pact, flag, instead string }

// namesOf are the names of other Pact tools that a command takes, so that lines copied from
// a Pact tutorial work. They are not in the help.
func namesOf(command string) []pactName {
	const (
		credentials = "credentials are variables and never flags: " + envBrokerToken + ", or " + envBrokerUsername + " and " + envBrokerPassword
		selectors   = "choose with --main-branch, --matching-branch, --latest, --consumer-branch, --tag, --deployed-to and --released-to"
	)
	toBroker := []pactName{
		{"broker-base-url", "broker", ""}, {"broker-url", "broker", ""}, {"ssl-certificate", "broker-ca-cert", ""},
		{"broker-token", "", credentials}, {"broker-username", "", credentials}, {"broker-password", "", credentials},
	}
	aboutVersion := slices.Concat(toBroker, []pactName{{"a", "pacticipant", ""}, {"e", "version", ""}})
	switch command {
	case "publish":
		return slices.Concat(toBroker, []pactName{
			{"a", "consumer-version", ""}, {"consumer-app-version", "consumer-version", ""},
			{"auto-detect-version-properties", "", "version, branch and build URL are always taken from the CI system or git"},
			{"tag-with-git-branch", "", "the git branch is published as the branch; for a tag use --tag"},
		})
	case "can-i-deploy", "record-deployment", "record-release", "record-undeployment", "record-support-ended":
		return aboutVersion
	case "environments", "create-environment":
		return toBroker
	case "verify":
		return slices.Concat(toBroker, []pactName{
			{"provider-base-url", "provider-url", ""}, {"provider-states-setup-url", "state-url", ""}, {"state-change-url", "state-url", ""},
			{"pact-url", "pact", ""}, {"file", "pact", ""}, {"dir", "pact", ""}, {"url", "pact", ""},
			{"provider-name", "provider", ""}, {"filter-consumer", "consumer", ""},
			{"enable-pending", "include-pending", ""}, {"include-wip-pacts-since", "include-wip-since", ""},
			{"publish-verification-results", "publish-results", ""}, {"publish", "publish-results", ""},
			{"provider-app-version", "provider-version", ""}, {"provider-version-branch", "provider-branch", ""},
			{"consumer-version-selectors", "", selectors}, {"consumer-version-selector", "", selectors}, {"consumer-version-tags", "", selectors},
			{"consumer-version-tag", "", selectors},
			{"hostname", "", "name the provider with --provider-url"}, {"port", "", "name the provider with --provider-url"},
		})
	}
	return nil
}

// flagError says how to write the value of a flag, and what to use in place of a flag that does
// not exist, as one of another Pact tool.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	meant := ""
	switch {
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %q: %s; see `%s --help`", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid.GetFlag(), err), cmd.CommandPath())
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		for _, n := range namesOf(cmd.Name()) {
			if n.pact == name && n.instead != "" {
				return fmt.Errorf("--%s: %s", name, n.instead)
			}
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := suggest.Nearest(name, names); near != "" && len(name) > 1 {
			meant = "did you mean --" + near + "? "
		}
	}
	return fmt.Errorf("%w; %ssee `%s --help`", err, meant, cmd.CommandPath())
}

// wanted says how to write the value of a flag that could not be read; err is what the
// flag itself says, for a kind of value that is not known here.
func wanted(f *pflag.Flag, err error) string {
	switch f.Value.Type() {
	case "bool":
		return "write true or false"
	case "int":
		return "write a whole number, as 4"
	case "float64":
		return "write a number, as 5 or 0.5"
	case "duration":
		return "write a number with its unit, as 5s, 2m or 1h30m"
	}
	return cmp.Or(errors.Unwrap(err), err).Error()
}

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value *string
	words []string
}

func (c choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return errors.New("choose " + oneOf(c.words))
	}
	*c.value = word
	return nil
}

func (c choice) String() string { return *c.value }

// Type is that of any text, as the help has it.
func (choice) Type() string { return "string" }

// oneOf is a list of words, as "text, json or markdown".
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// declareChoice declares a flag that takes one of a few words.
func declareChoice(fs *pflag.FlagSet, p *string, name, value, usage string, words ...string) {
	*p = value
	fs.Var(choice{p, words}, name, usage)
}

// declareFormat declares --format; the first of the words is its default.
func declareFormat(fs *pflag.FlagSet, p *string, words ...string) {
	declareChoice(fs, p, "format", words[0], oneOf(words), words...)
}

// settingsOf gives flags a name of the command's own in the environment and the settings file.
func settingsOf(command string, fs *pflag.FlagSet, names ...string) {
	for _, name := range names {
		annotate(fs.Lookup(name), settingOf, command+"-"+name)
	}
}

func annotate(f *pflag.Flag, key string, values ...string) {
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[key] = values
}

// mark gives flags an annotation that has no value.
func mark(fs *pflag.FlagSet, key string, names ...string) {
	for _, name := range names {
		annotate(fs.Lookup(name), key)
	}
}

func has(f *pflag.Flag, key string) bool {
	_, ok := f.Annotations[key]
	return ok
}

func first(f *pflag.Flag, key string) string {
	if v := f.Annotations[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// visitSet calls fn with each flag that was set to something else than its default, on the
// command line, in the environment or in the settings file, and with its values as they
// may be shown. The flags come in the order of their declaration.
func visitSet(fs *pflag.FlagSet, fn func(f *pflag.Flag, values []string)) {
	fs.VisitAll(func(f *pflag.Flag) {
		_, isList := f.Value.(pflag.SliceValue)
		if f.Changed && f.Name != "config" && f.Name != "help" && (isList || f.Value.String() != f.DefValue) {
			fn(f, shown(f))
		}
	})
}

// valuesOf gives the values of a flag, one of a flag that is no list.
func valuesOf(f *pflag.Flag) []string {
	if list, is := f.Value.(pflag.SliceValue); is {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// shown gives the values of a flag without what may be secret.
func shown(f *pflag.Flag) []string {
	out := slices.Clone(valuesOf(f))
	for i, v := range out {
		switch first(f, secretIn) {
		case wholeValue:
			out[i] = "…"
		case namedValue:
			name, _, _ := strings.Cut(v, "=")
			out[i] = name + "=…"
		case urlQuery:
			out[i] = plainURL(v)
		}
	}
	return out
}

// settingsShown gives the settings in force as a report shows them.
func settingsShown(fs *pflag.FlagSet) map[string]string {
	settings := map[string]string{}
	fs.VisitAll(func(f *pflag.Flag) {
		if has(f, alwaysShown) {
			settings[f.Name] = f.Value.String()
		}
	})
	visitSet(fs, func(f *pflag.Flag, values []string) {
		if has(f, notShown) {
			return
		}
		for i := range values {
			values[i] = strings.TrimSuffix(strings.TrimSuffix(values[i], "=…"), "?…")
		}
		settings[f.Name] = strings.Join(values, ", ")
	})
	return settings
}

// commandLine is a command for a user to paste.
type commandLine struct{ strings.Builder }

func newCommandLine(command string) *commandLine {
	l := &commandLine{}
	l.WriteString(command)
	return l
}

// add writes a flag for each value that is not empty.
func (l *commandLine) add(flag string, values ...string) {
	for _, v := range values {
		if v != "" {
			l.WriteString(" --" + flag + " " + shell.Quote(v))
		}
	}
}

// repeat writes the flags that were set and that keep chooses, secrets left out.
func (l *commandLine) repeat(fs *pflag.FlagSet, keep func(f *pflag.Flag) bool) {
	visitSet(fs, func(f *pflag.Flag, values []string) {
		switch {
		case has(f, notRepeated) || !keep(f):
		case f.Value.Type() == "bool":
			l.WriteString(" --" + f.Name)
		default:
			l.add(f.Name, values...)
		}
	})
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no argument, and got %q; see `%s --help`", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// wantsArgs is for a command that takes from least to most arguments, -1 for any number.
func wantsArgs(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("name %s", what)
		case most >= 0 && len(args) > most:
			return fmt.Errorf("name one, not %d: %s", len(args), what)
		}
		return nil
	}
}

func always(*pflag.Flag) bool { return true }

// pairs reads the values NAME=VALUE of a flag. A secret value is in no error.
func pairs(values []string, flag string, secret bool) (map[string]string, error) {
	out := map[string]string{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" || value == "" {
			if secret {
				v = v[:max(strings.IndexAny(v, ":= "), 0)] + "…"
			}
			return nil, fmt.Errorf("--%s %q: write it as NAME=VALUE", flag, v)
		}
		if _, dup := out[name]; dup {
			return nil, fmt.Errorf("--%s: duplicate %s", flag, name)
		}
		out[name] = value
	}
	return out, nil
}

// plainURL hides the query of a URL, which may hold a key.
func plainURL(u string) string {
	plain, query, _ := strings.Cut(u, "?")
	if query != "" {
		plain += "?…"
	}
	return plain
}
