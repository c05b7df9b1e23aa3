package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
)

// besideOptions are the flags that name what is read beside the pages, alike for each command
// that reads pages.
type besideOptions struct {
	resources string
}

func (o *besideOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.resources, "resources", "", "`DIR` with the resource pages of the types, for pages outside of a checkout of the reference")
	})
}

// config is what is read beside the pages.
func (o *besideOptions) config() harness.Beside { return harness.Beside{Resources: o.resources} }

// repeat adds the flags to a command line.
func (o *besideOptions) repeat(line *commandLine) { line.add("resources", o.resources) }
