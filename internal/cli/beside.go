package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
)

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

// reading checks the flags.
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
