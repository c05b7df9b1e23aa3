package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
)

// pageOptions are the flags of every command that reads pages and features.
type pageOptions struct {
	docs     []string
	features string
}

func (o *pageOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.docs, "doc", nil, "reference page `FILE` to test (repeatable; default: the page in the program)")
		fs.StringVar(&o.features, "features", "", "`DIR` with *.feature files to run in place of those in the program")
	})
}

func (o *pageOptions) load() (*harness.Pages, error) {
	pages, err := harness.LoadPages(o.docs, o.features)
	if err != nil {
		return nil, err
	}
	line := newCommandLine("graphpact list")
	line.add("doc", o.docs...)
	line.add("features", o.features)
	pages.ListCommand = line.String()
	return pages, nil
}
