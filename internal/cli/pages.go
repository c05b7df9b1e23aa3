package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
	"graphpact/internal/safetext"
	"graphpact/internal/schema"
)

// pageOptions are the flags of every command that reads pages and features.
type pageOptions struct {
	docs     []string
	features string

	values, only, exclude []string
	reading               readingOptions
	// flags are those of the command, nil for none.
	flags *pflag.FlagSet
}

func (o *pageOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.docs, "doc", nil, "reference page to test, as `PAGE`: a file, a folder, or a pattern (repeatable; default: the page in the program)")
		fs.StringVar(&o.features, "features", "", "`DIR` with *.feature files to run in place of those in the program")
	})
	o.declareProperties(cmd, testedProperties)
}

var testedProperties = propertyHelp{
	value:  "value to send, as `NAME=JSON`, in front of those that the page names (repeatable); the Pact has none of them",
	only:   "test only the property `NAME` of those that a client may set (repeatable); the run is partial",
	except: "leave the property `NAME` out (repeatable); the run is partial",
	path:   "test request line `N` of the page, from 1 (default: its first PATCH)",
}

// propertyHelp is what a command says of the flags of declareProperties.
type propertyHelp struct{ value, only, except, path string }

// declareProperties declares the flags that say how much of a page is used, and with what.
func (o *pageOptions) declareProperties(cmd *cobra.Command, help propertyHelp) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.values, "value", nil, help.value)
		fs.StringArrayVar(&o.only, "property", nil, help.only)
		fs.StringArrayVar(&o.exclude, "exclude", nil, help.except)
		fs.IntVar(&o.reading.requestLine, "path", 0, help.path)
		annotate(fs.Lookup("value"), settingOf, valuesSetting)
	})
	o.reading.besideOptions.declare(cmd)
	o.flags = cmd.Flags()
}

// valuesSetting is the name of --value in the settings file: a mapping from names to values.
const valuesSetting = "values"

func (o *pageOptions) load() (*harness.Pages, error) {
	c := harness.PageConfig{Docs: o.docs, Features: o.features, Only: o.only, Exclude: o.exclude, Now: time.Now()}
	for _, v := range o.values {
		name, text, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--value %q: write it as NAME=JSON, as name=\"North\" or range=7", v)
		}
		value, err := schema.Decode([]byte(text))
		if err != nil {
			value = text // a bare word is a string
		}
		if c.Values == nil {
			c.Values = map[string][]any{}
		}
		c.Values[name] = append(c.Values[name], value)
	}
	var err error
	if c.Reading, err = o.reading.reading(); err != nil {
		return nil, err
	}
	pages, err := harness.LoadPages(c)
	if err != nil {
		return nil, err
	}
	line := newCommandLine("graphpact list")
	o.repeat(line, "doc", "features")
	pages.ListCommand = line.String()
	return pages, nil
}

// pagesHelp says what a command that reads many pages takes.
const pagesHelp = `A PAGE is a file, a folder (every *.md below it), or a pattern in quotes, as
'api-reference/**/lamp-*.md'. Of a folder and a pattern only the pages of updates count:
a request line says PATCH, or the title or the file name says update. A page that gives
no contract is reported, the others go on, and the exit code is 2 in the end.`

// tellRefused tells each page that is left out, and gives the error to end with; nil where
// none is.
func (a *app) tellRefused(p *harness.Pages) error {
	for _, r := range p.Refused {
		fmt.Fprintf(a.stderr, "graphpact: %s\n", safetext.Line(r.Err.Error()))
	}
	return refusedVerdict(len(p.Refused), len(p.Refused)+len(p.Operations))
}

func refusedVerdict(refused, all int) error {
	if refused == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d pages left out: no contract that can be tested; see above", refused, all)
}

// pageCount counts the pages that a command reads one after the other.
type pageCount struct{ contracts, refused, passedOver int }

// add counts a page, and tells one without a contract. It is true for one with a contract.
func (c *pageCount) add(a *app, p *harness.PageRead) bool {
	switch {
	case p.PassedOver:
		c.passedOver++
		return false
	case p.Refused != nil:
		c.refused++
		fmt.Fprintf(a.stderr, "graphpact: %s\n", safetext.Line(p.Refused.Error()))
		return false
	}
	c.contracts++
	return true
}

// verdict gives the error to end with; nil where each page has a contract.
func (c *pageCount) verdict() error {
	if c.contracts+c.refused == 0 {
		return fmt.Errorf("none of the %d files is the page of an update", c.passedOver)
	}
	return refusedVerdict(c.refused, c.contracts+c.refused)
}

// repeat adds to a command line the flags that say how the pages are read and narrowed, and the
// others that are named.
func (o *pageOptions) repeat(line *commandLine, others ...string) {
	if o.flags == nil {
		return
	}
	names := append([]string{"value", "property", "exclude", "path", "resources", "metadata", "trust-metadata", "permissions"}, others...)
	line.repeat(o.flags, func(f *pflag.Flag) bool { return slices.Contains(names, f.Name) })
}

// besideOptions are the flags that name what is read beside the pages, alike for each command
// that reads pages.
type besideOptions struct {
	resources, metadata, permissions string
	trustMetadata                    bool
}

func (o *besideOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.resources, "resources", "", "`DIR` with the resource pages of the types, for pages outside of a checkout of the reference")
		fs.StringVar(&o.metadata, "metadata", "", "CSDL `FILE` of the service ($metadata), read beside the pages")
		fs.BoolVar(&o.trustMetadata, "trust-metadata", false, "where a page and the metadata disagree, the metadata holds (default: the page)")
		fs.StringVar(&o.permissions, "permissions", "", "JSON `FILE` of the published permissions, compared with those that the pages name")
	})
}

// readingOptions are the flags of the commands that read pages one by one.
type readingOptions struct {
	besideOptions
	requestLine int
}

func (o *readingOptions) declare(cmd *cobra.Command) {
	o.besideOptions.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.IntVar(&o.requestLine, "path", 0, "take request line `N` of each page, from 1 (default: its first PATCH)")
	})
}

func (o *readingOptions) reading() (harness.Reading, error) {
	switch {
	case o.requestLine < 0:
		return harness.Reading{}, fmt.Errorf("--path %d: at least 1, or 0 for the first PATCH", o.requestLine)
	case o.trustMetadata && o.metadata == "":
		return harness.Reading{}, errors.New("--trust-metadata: name the metadata with --metadata FILE")
	}
	beside := harness.Beside{Resources: o.resources, Metadata: o.metadata, Permissions: o.permissions, TrustMetadata: o.trustMetadata}
	return harness.Reading{Beside: beside, RequestLine: o.requestLine}, nil
}
