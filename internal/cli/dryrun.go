package cli

import (
	"context"
	"fmt"
	"strings"

	"graphpact/internal/harness"
	"graphpact/internal/safetext"
)

// dryRun prints every request that a run would send: a table, or with --verbose a line for
// curl each.
func (a *app) dryRun(ctx context.Context, o *runOptions, c *harness.RunConfig) error {
	if !c.Target.Authenticated() {
		fmt.Fprintf(a.stdout, "%s: a run would send no token, and skip what needs one\n", c.Target.WithoutToken())
	}
	fmt.Fprintf(a.stdout, "dry run: nothing is sent; the answers are those of a mock in memory\n")
	if o.states.stateURL != "" {
		fmt.Fprintf(a.stdout, "a run would ask %s for an entity before each scenario, and tell it after each; the ids below stand in for it\n", plainURL(o.states.stateURL))
	}
	if c.Repetitions > 1 {
		fmt.Fprintf(a.stdout, "a run would play each scenario %d times; its requests are listed once\n", c.Repetitions)
	}
	fmt.Fprintln(a.stdout)
	p := plannedPrinter{app: a}
	show := p.table
	if o.output.verbose {
		show = p.lines
	}
	counts, err := c.Plan(ctx, show)
	if counts.Requests > 0 {
		fmt.Fprintf(a.stdout, "\n%d requests, none sent", counts.Requests)
		if !o.output.verbose {
			fmt.Fprint(a.stdout, "; -v shows each as a line for curl")
		}
		fmt.Fprintln(a.stdout)
	}
	return err
}

// plannedPrinter prints requests as they would be sent, below what they are for.
type plannedPrinter struct {
	*app
	// url is the one of the request printed last.
	url string
}

// lines prints each request with its line for curl.
func (p *plannedPrinter) lines(planned harness.Planned) {
	fmt.Fprintln(p.stdout, planned.Purpose)
	for _, r := range planned.Requests {
		fmt.Fprintf(p.stdout, "  %s: %s\n    %s\n", r.Line, r.Purpose, r.Curl)
	}
}

// table prints each request in a row: its method, what it is for, and its body. The URL is
// printed where it is another one than before.
func (p *plannedPrinter) table(planned harness.Planned) {
	fmt.Fprintln(p.stdout, hang("", planned.Purpose, p.columns()-2, 2))
	for _, r := range planned.Requests {
		if url := strings.TrimPrefix(r.Line, r.Method+" "); url != p.url {
			p.url = url
			fmt.Fprintln(p.stdout, p.beside("  at     ", url))
		}
		fmt.Fprintf(p.stdout, "  %s\n", hang(fmt.Sprintf("%-6s ", r.Method), r.Purpose, p.columns()-2, 2))
		for _, line := range chop(r.Body, p.columns()-9, 4) {
			fmt.Fprintf(p.stdout, "         %s\n", line)
		}
	}
}

// chop gives a text in lines of at most width columns, and at most so many of them.
func chop(text string, width, most int) []string {
	var lines []string
	for text != "" {
		head, rest := safetext.CutColumns(text, width)
		if rest != "" && len(lines) == most-1 {
			return append(lines, safetext.Shorten(text, width-1))
		}
		lines, text = append(lines, head), rest
	}
	return lines
}
