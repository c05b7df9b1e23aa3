package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
)

// besideOptions are the flags that name what is read beside the pages, alike for each command
// that reads pages.
type besideOptions struct {
	resources, metadata, trust string
}

// The values of --trust.
const (
	trustPage     = "page"
	trustMetadata = "metadata"
)

func (o *besideOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.resources, "resources", "", "`DIR` with the resource pages of the types, for pages outside of a checkout of the reference")
		fs.StringVar(&o.metadata, "metadata", "", "CSDL `FILE` of the service ($metadata), read beside the pages")
		fs.StringVar(&o.trust, "trust", trustPage, "`SOURCE` that holds where a page and the metadata disagree: page or metadata")
	})
}

// config checks the flags.
func (o *besideOptions) config() (harness.Beside, error) {
	b := harness.Beside{Resources: o.resources, Metadata: o.metadata, TrustMetadata: o.trust == trustMetadata}
	switch {
	case o.trust != trustPage && o.trust != trustMetadata:
		return b, fmt.Errorf("--trust %q: page or metadata", o.trust)
	case o.trust == trustMetadata && o.metadata == "":
		return b, fmt.Errorf("--trust %s: name the metadata with --metadata FILE", trustMetadata)
	}
	return b, nil
}

// repeat adds the flags to a command line.
func (o *besideOptions) repeat(line *commandLine) {
	line.add("resources", o.resources)
	line.add("metadata", o.metadata)
	if o.trust != trustPage {
		line.add("trust", o.trust)
	}
}
