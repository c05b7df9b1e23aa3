// Command graphpact-docs writes the man pages of graphpact into a folder, from the texts of its help.
//
//	graphpact-docs DIR
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra/doc"

	"graphpact/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "graphpact-docs: name the folder for the man pages")
		os.Exit(cli.ExitUsage)
	}
	if err := man(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "graphpact-docs: %v\n", err)
		os.Exit(cli.ExitUsage)
	}
}

// man writes a page for each command, graphpact-run.1 for `graphpact run`.
func man(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := cli.Command()
	root.DisableAutoGenTag = true
	var date time.Time // none, so that the pages depend on the program alone
	return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "graphpact", Manual: "graphpact", Date: &date}, dir)
}
