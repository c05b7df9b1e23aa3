package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/contractdiff"
	"graphpact/internal/harness"
	"graphpact/internal/safetext"
)

type diffOptions struct {
	format, out, failOn string
	rules               bool
	pages               readingOptions
	// old are the files of the OLD side, where they are not those of both.
	old besideOptions
}

// The values of --fail-on, beside never.
const (
	failOnBreaking = "breaking"
	failOnAny      = "any"
)

func (a *app) newDiffCommand(run func(context.Context, *diffOptions, []string) error) *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff OLD NEW | PAGE",
		Short: "Say what changed pages change in the contract",
		Long: `diff compares the contracts that pages give: what a client may send, what it gets
back, and what it needs to be allowed to. Each change has a check with a stable id,
which says whether it breaks a client that kept to the page as it was; --rules lists
them. Words that change no contract are no change.

OLD and NEW are each a file, a folder, a pattern in quotes, or REV:PATH, a file or a
folder in a revision of the git checkout of the working folder. Pages are paired by
their place below it; one that is gone is paired with a new one of the same operation.
The resource pages and enum pages that they link to count too: those of a revision are
read from the revision. So do --metadata, --resources and --permissions, for both
sides; --old-metadata and so on name those of OLD where it has others. Each may be
REV:PATH. With one argument, PAGE, the pages are the same and what is beside them is
not.

Exit codes:
  0    nothing changed that --fail-on is about
  1    a change breaks clients; with --fail-on any, there is a change
  2    wrong usage or configuration, or no page`,
		Example: `  graphpact diff old/lamp-update.md lamp-update.md
  graphpact diff main:api-reference api-reference
  graphpact diff HEAD~1:api-reference HEAD:api-reference --format markdown
  graphpact diff api-reference/v1.0 api-reference/beta
  graphpact diff reference --old-metadata main:graph.xml --metadata graph.xml
  graphpact diff --rules`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.rules:
				return noArgs(cmd, args)
			case len(args) == 1 && o.old != (besideOptions{}):
			case len(args) != 2:
				return fmt.Errorf("name two places, OLD and NEW, as graphpact diff main:api-reference api-reference")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), o, args) },
	}
	o.pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.old.resources, "old-resources", "", "`DIR` with the resource pages of OLD (default: that of --resources)")
		fs.StringVar(&o.old.metadata, "old-metadata", "", "CSDL `FILE` of OLD (default: that of --metadata)")
		fs.StringVar(&o.old.permissions, "old-permissions", "", "JSON `FILE` of the published permissions of OLD (default: that of --permissions)")
		declareFormat(fs, &o.format, "text", "json", "markdown")
		fs.StringVar(&o.out, "out", "", "`FILE` for the report in place of the terminal")
		declareChoice(fs, &o.failOn, "fail-on", failOnBreaking, "end with exit code 1 on `WHAT`: breaking, any or never", failOnBreaking, failOnAny, never)
		fs.BoolVar(&o.rules, "rules", false, "list the checks, and what breaks clients")
		settingsOf("diff", fs, "format", "out", "fail-on", "rules")
	})
	return cmd
}

func (a *app) diff(ctx context.Context, o *diffOptions, args []string) error {
	if o.rules {
		return a.diffRules(o)
	}
	before, after, err := o.sides(args)
	if err != nil {
		return err
	}
	report, err := harness.ComparePages(ctx, before, after, git)
	if err != nil {
		return err
	}
	if report.Pages == 0 {
		return fmt.Errorf("neither %s nor %s has the page of an update", safetext.Line(before.Pages), safetext.Line(after.Pages))
	}
	forms := map[string]form{"text": report.Text, "markdown": report.Markdown, "json": asJSON(report)}
	if err := a.deliver(o.out, report.Totals(), forms[o.format]); err != nil {
		return err
	}
	if o.failOn == failOnBreaking && report.Breaking > 0 || o.failOn == failOnAny && report.Changed > 0 {
		return failed(harness.NotConformant, nil) // the report has said why
	}
	return nil
}

// sides gives what is compared. What is named for both sides counts for OLD where it has none
// of its own.
func (o *diffOptions) sides(args []string) (before, after harness.Side, err error) {
	old, now := o.pages, o.pages
	old.resources = cmp.Or(o.old.resources, old.resources)
	old.metadata = cmp.Or(o.old.metadata, old.metadata)
	old.permissions = cmp.Or(o.old.permissions, old.permissions)
	now.trustMetadata = now.trustMetadata && (now.metadata != "" || old.metadata == "")
	before.Pages, after.Pages = args[0], args[len(args)-1]
	if before.Reading, err = old.reading(); err != nil {
		return before, after, err
	}
	after.Reading, err = now.reading()
	return before, after, err
}

// git runs git in the working folder.
func git(ctx context.Context, args ...string) ([]byte, error) {
	var out, says bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Stdout, cmd.Stderr = &out, &says
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(says.String()); text != "" {
			return nil, errors.New(safetext.Line(text))
		}
		return nil, err
	}
	return out.Bytes(), nil
}

func (a *app) diffRules(o *diffOptions) error {
	checks := contractdiff.Checks()
	effect := func(c contractdiff.Check) string {
		if c.Breaking {
			return "breaking"
		}
		return "compatible"
	}
	var text, markdown bytes.Buffer
	markdown.WriteString("| check | effect | meaning |\n|---|---|---|\n")
	for _, c := range checks {
		fmt.Fprintf(&markdown, "| `%s` | %s | %s |\n", c.ID, effect(c), safetext.Markdown(c.Summary))
		fmt.Fprintf(&text, "%s\n", hang(fmt.Sprintf("%-28s %-10s ", c.ID, effect(c)), c.Summary, a.columns(), 0))
	}
	return a.deliver(o.out, fmt.Sprintf("%d checks", len(checks)),
		map[string]form{"text": written(text.Bytes()), "markdown": written(markdown.Bytes()), "json": asJSON(checks)}[o.format])
}
