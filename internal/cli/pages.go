package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
	"graphpact/internal/schema"
)

// pageOptions are the flags of every command that reads pages and features.
type pageOptions struct {
	docs     []string
	features string

	values, only, exclude []string
	requestLine           int
	beside                besideOptions
}

func (o *pageOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.docs, "doc", nil, "reference page `FILE` to test (repeatable; default: the page in the program)")
		fs.StringVar(&o.features, "features", "", "`DIR` with *.feature files to run in place of those in the program")
	})
	o.declareProperties(cmd)
}

// declareProperties declares the flags that say how much of a page is tested, and with what.
func (o *pageOptions) declareProperties(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.values, "value", nil, "value to send, as `NAME=JSON`, in front of those that the page names (repeatable); the Pact has none of them")
		fs.StringArrayVar(&o.only, "property", nil, "test only the property `NAME` of those that a client may set (repeatable); the run is partial")
		fs.StringArrayVar(&o.exclude, "exclude", nil, "leave the property `NAME` out (repeatable); the run is partial")
		fs.IntVar(&o.requestLine, "path", 0, "test request line `N` of the page, from 1 (default: its first PATCH)")
		annotate(fs.Lookup("value"), settingOf, valuesSetting)
	})
	o.beside.declare(cmd)
}

// valuesSetting is the name of --value in the settings file: a mapping from names to values.
const valuesSetting = "values"

// load reads the pages and features.
func (o *pageOptions) load() (*harness.Pages, error) {
	c := harness.PageConfig{Docs: o.docs, Features: o.features, RequestLine: o.requestLine, Only: o.only, Exclude: o.exclude, Now: time.Now()}
	if o.requestLine < 0 {
		return nil, fmt.Errorf("--path %d: at least 1, or 0 for the first PATCH", o.requestLine)
	}
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
	if c.Beside, err = o.beside.config(); err != nil {
		return nil, err
	}
	pages, err := harness.LoadPages(c)
	if err != nil {
		return nil, err
	}
	line := newCommandLine("graphpact list")
	line.add("doc", o.docs...)
	line.add("features", o.features)
	o.repeat(line)
	pages.ListCommand = line.String()
	return pages, nil
}

// repeat adds to a command line what narrows the pages.
func (o *pageOptions) repeat(line *commandLine) {
	line.add("value", o.values...)
	line.add("property", o.only...)
	line.add("exclude", o.exclude...)
	if o.requestLine > 0 {
		line.add("path", fmt.Sprint(o.requestLine))
	}
	o.beside.repeat(line)
}
