package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/harness"
	"graphpact/internal/mockgraph"
	"graphpact/internal/negative"
	"graphpact/internal/report"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/selftest"
	"graphpact/internal/suggest"
)

type selftestOptions struct {
	pages    pageOptions
	entities string
	format   string
	out      string
	parallel int
	pairs    int
	seed     int
	only     []string
	list     bool
	ascii    bool
}

func (a *app) newSelftestCommand(run func(context.Context, *selftestOptions) error) *cobra.Command {
	o := &selftestOptions{}
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that the suite can see: faults, legal variants, negative controls",
		Long: `selftest plays every scenario against servers whose defects are known, and judges the
suite: the mock with each of its faults (the requirements that the fault names must
detect it; detected elsewhere only is unseen), with each legal variant (nothing may be
reported), with sampled pairs of the two (the verdicts must stay), and servers that are
no Graph (next to nothing may pass). Each requirement must be killed by a fault that
names it. Faults and variants are played twice: with an entity for each scenario, and
with one for all of them, as at a real endpoint.

Of several pages each is played on a mock of its own, and a table has a row for each:
the faults seen of those that the page can show, the same with one entity, the variants
reported, the pairs that keep their verdicts, the controls that hold, the requirements
that are killed. Below it stands what is not as it should be. A page takes about as long
as the page in the program.

Everything runs on loopback in this process; no endpoint is touched and no file is
written but --out. A wait, as for a Retry-After, passes on a clock of the trial's own.

Exit codes:
  0    all is seen, and nothing is falsely reported, on each page
  1    a fault goes unseen, a variant is reported, a requirement is killed by
       nothing, …
  2    wrong usage or configuration, or a page that cannot be tested
  4    nothing that was asked for can be shown on the page
  130  interrupted; what had run is printed`,
		Example: `  graphpact selftest
  graphpact selftest --doc lamp-update.md
  graphpact selftest --only status-204
  graphpact selftest --doc api-reference/beta/api --pairs 10
  graphpact selftest --pairs 500 --seed 7
  graphpact selftest --format markdown --out docs/matrix.md`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	declare(cmd, ownFlags, func(f *pflag.FlagSet) {
		f.StringArrayVar(&o.pages.docs, "doc", nil, "reference page to test with, as `PAGE`: a file, a folder, or a pattern (repeatable; default: the page in the program)")
		f.StringVar(&o.pages.features, "features", "", "`DIR` with *.feature files to judge in place of those in the program")
		declareChoice(f, &o.entities, "entities", string(selftest.EntitiesBoth), "what the scenarios of a trial have: fresh, an entity each; one for all of them, as at a real endpoint; or both",
			string(selftest.EntitiesFresh), string(selftest.EntitiesOne), string(selftest.EntitiesBoth))
		declareFormat(f, &o.format, "text", "json", "markdown")
		f.StringVar(&o.out, "out", "", "`FILE` for the report in place of the terminal")
		f.IntVar(&o.parallel, "parallel", 4*runtime.GOMAXPROCS(0), "trials at a time, `N`")
		f.IntVar(&o.pairs, "pairs", 30, "sample `N` pairs of a fault and a variant, with --only of those named")
		f.IntVar(&o.seed, "seed", 1, "`N` that the sample of pairs depends on")
		f.StringArrayVar(&o.only, "only", nil, "try only this `NAME` of a fault, a variant or a control, and show the evidence (repeatable)")
		f.BoolVar(&o.list, "list", false, "list the faults, variants and controls, and what must detect them")
		f.BoolVar(&o.ascii, "ascii", false, "print no characters beyond ASCII")
		// Other commands have flags of these names that mean something else.
		settingsOf("selftest", f, "format", "out", "parallel", "only")
	})
	o.pages.declareProperties(cmd, testedProperties)
	return cmd
}

func (o *selftestOptions) check() error {
	switch {
	case o.list && o.format == "markdown":
		return errors.New("--list comes as text or json")
	case o.pairs < 0:
		return fmt.Errorf("--pairs %d: 0 or more", o.pairs)
	}
	return fromOne("parallel", o.parallel, maxParallel)
}

func (a *app) selftest(ctx context.Context, o *selftestOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	pages, err := o.pages.load()
	if err != nil {
		return err
	}
	benches, err := harness.NewBenches(pages)
	if err != nil {
		return err
	}
	if len(benches) > 1 || len(pages.Refused) > 0 {
		return a.selftestPages(ctx, o, pages, benches)
	}
	bench := benches[0]
	cfg, err := o.config(bench)
	if err != nil {
		return err
	}
	if o.list {
		return a.listTrials(cfg, o.format)
	}
	bench.Evidence = cfg.Partial
	bar := a.newProgress(cfg.Trials(), "trials")
	r, outcomes := a.selftestOf(ctx, cfg, bench, bar)
	bar.end()
	r.Narrowed = pages.Narrowed
	if o.format == "text" {
		a.showEvidence(outcomes, o)
	}
	err = a.printSelftest(o, r.Headline(), r.Interrupted, map[string]form{
		"text":     written(selftest.Text(r, o.ascii, a.selftestWidth(o))),
		"markdown": written(selftest.Markdown(r)),
		"json":     encoded(func() ([]byte, error) { return selftest.JSON(r) }),
	}[o.format])
	if err != nil {
		return err
	}
	return selftestVerdict(r)
}

// selftestPages plays the trials of several pages, one page after the other: the trials of each
// keep the processors busy.
func (a *app) selftestPages(ctx context.Context, o *selftestOptions, pages *harness.Pages, benches []*harness.Bench) error {
	if o.list {
		return errors.New("--list: one page at a time; name one with --doc")
	}
	cfgs := make([]selftest.Config, len(benches))
	all := 0
	for i, bench := range benches {
		var err error
		if cfgs[i], err = o.config(bench); err != nil {
			return err
		}
		all += cfgs[i].Trials()
	}
	started := time.Now()
	bar := a.newProgress(all, "trials")
	whole := selftest.NewPages()
	for i, bench := range benches {
		r, _ := a.selftestOf(ctx, cfgs[i], bench, bar)
		whole.Add(r)
		if ctx.Err() != nil {
			whole.Interrupted = true
			break
		}
	}
	bar.end()
	whole.Tool = tool()
	whole.StartedAt, whole.DurationMS = started.UTC().Truncate(time.Millisecond), float64(time.Since(started).Microseconds())/1000
	err := a.printSelftest(o, whole.Headline(), whole.Interrupted, map[string]form{
		"text":     written(selftest.PagesText(whole, o.ascii, a.selftestWidth(o))),
		"markdown": written(selftest.PagesMarkdown(whole)),
		"json":     encoded(func() ([]byte, error) { return selftest.PagesJSON(whole) }),
	}[o.format])
	if err != nil {
		return err
	}
	refused := a.tellRefused(pages)
	switch {
	case whole.Interrupted:
		return failed(harness.Interrupted, errors.New("interrupted; the report tells of a part"))
	case refused != nil:
		return refused
	case !whole.Holds():
		return failed(harness.NotConformant, nil) // the report has said why
	}
	for _, r := range whole.Reports {
		if err := selftestVerdict(r); err == nil {
			return nil // something could be shown on one of them
		}
	}
	return failed(harness.NothingRan, errors.New("nothing of what --only names can be shown on these pages"))
}

// config says what is tried on the page of a bench.
func (o *selftestOptions) config(bench *harness.Bench) (selftest.Config, error) {
	cfg := selftest.Config{
		Operation: bench.Operation.Operation, Cases: bench.Cases, Pairs: o.pairs, Seed: o.seed, Parallel: o.parallel,
		Entities: selftest.Entities(o.entities),
		Faults:   mockgraph.Faults(), Variants: mockgraph.Variants(), Controls: negative.Controls(),
	}
	err := o.narrow(&cfg)
	return cfg, err
}

// selftestOf plays the trials of one page. The outcomes are those of which the bench keeps evidence.
func (a *app) selftestOf(ctx context.Context, cfg selftest.Config, bench *harness.Bench, bar *progress) (*selftest.Report, []selftest.Outcome) {
	started := time.Now()
	var outcomes []selftest.Outcome
	r := selftest.Run(ctx, cfg, bench.Play, func(o selftest.Outcome, _, _ int) {
		if bench.Evidence {
			outcomes = append(outcomes, o)
		}
		bar.around(func() {})
	})
	r.Tool, r.Page = tool(), bench.ReportPage()
	r.StartedAt, r.DurationMS = started.UTC().Truncate(time.Millisecond), float64(time.Since(started).Microseconds())/1000
	return r, outcomes
}

func selftestVerdict(r *selftest.Report) error {
	t := r.Totals
	switch {
	case r.Interrupted:
		return failed(harness.Interrupted, errors.New("interrupted; the report tells of a part"))
	case !r.Holds():
		return failed(harness.NotConformant, nil) // the report has said why
	case t.Faults == t.FaultsNotApplicable && t.Variants == t.VariantsNotApplicable && t.Controls == 0:
		return failed(harness.NothingRan, errors.New("nothing of what --only names can be shown on this page"))
	}
	return nil
}

// narrow keeps what --only names; a pair of them is tried too.
func (o *selftestOptions) narrow(cfg *selftest.Config) error {
	if len(o.only) == 0 {
		return nil
	}
	cfg.Partial = true
	names := scenario.Selection{Only: o.only}.Names()
	behaviours := slices.Concat(cfg.Faults, cfg.Variants)
	known := trialNames(behaviours, cfg.Controls)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--only %s: no fault, variant or control has this name%s", name, nearTrial(name, behaviours, cfg.Controls))
		}
	}
	keep := func(name string) bool { return !slices.Contains(names, name) }
	byName := func(b mockgraph.Behaviour) bool { return keep(b.Name) }
	cfg.Faults = slices.DeleteFunc(cfg.Faults, byName)
	cfg.Variants = slices.DeleteFunc(cfg.Variants, byName)
	cfg.Controls = slices.DeleteFunc(cfg.Controls, func(c negative.Control) bool { return keep(c.Name) })
	return nil
}

func trialNames(behaviours []mockgraph.Behaviour, controls []negative.Control) []string {
	var names []string
	for _, b := range behaviours {
		names = append(names, b.Name)
	}
	for _, c := range controls {
		names = append(names, c.Name)
	}
	return names
}

// nearTrial says which of the trials a name may mean, or where they are listed.
func nearTrial(name string, behaviours []mockgraph.Behaviour, controls []negative.Control) string {
	return cmp.Or(suggest.DidYouMean(name, trialNames(behaviours, controls)), "; `graphpact selftest --list` shows them all")
}

// showEvidence prints what did not pass in the trials that --only names, as run does.
func (a *app) showEvidence(outcomes []selftest.Outcome, o *selftestOptions) {
	slices.SortStableFunc(outcomes, func(x, y selftest.Outcome) int {
		if x.Name() == y.Name() && x.OneEntity != y.OneEntity {
			return map[bool]int{false: -1, true: 1}[x.OneEntity]
		}
		return strings.Compare(x.Name(), y.Name())
	})
	for _, out := range outcomes {
		if out.Kind == selftest.Baseline {
			continue
		}
		shared := ""
		if out.OneEntity {
			shared = ", one entity for all scenarios"
		}
		fmt.Fprintf(a.stdout, "%s %s%s\n\n", strings.ToUpper(string(out.Kind)), out.Name(), shared)
		term := report.NewTerminal(a.stdout, report.TerminalOptions{ASCII: o.ascii, Color: a.color(), Width: terminalWidth(a.stdout)})
		for _, r := range out.Requirements {
			if r.Verdict != result.Pass || out.Kind == selftest.Control {
				term.Requirement(r)
			}
		}
		fmt.Fprintln(a.stdout)
	}
}

// selftestWidth is the room of a line of text: no more than the terminal's, where it is shown there.
func (a *app) selftestWidth(o *selftestOptions) int {
	if on := terminalWidth(a.stdout); on > 0 && o.out == "" {
		return min(on, selftest.TextWidth)
	}
	return selftest.TextWidth
}

// printSelftest prints a report, or writes it to --out where that is named. A part must not take
// the place of a whole one.
func (a *app) printSelftest(o *selftestOptions, headline string, part bool, report form) error {
	if o.out == "" || part {
		return report(a.stdout)
	}
	if err := atomicfile.WriteFrom(o.out, report); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "file      %s\n%s\n", o.out, headline)
	return err
}

// listedTrial is a behaviour or a control as `selftest --list --format json` prints it.
type listedTrial struct {
	Kind    selftest.Kind `json:"kind"`
	Name    string        `json:"name"`
	Summary string        `json:"summary"`
	// DetectedBy are the requirements that must detect a fault, and MayPass those that may
	// pass on a control; a variant has neither.
	DetectedBy    []string `json:"detectedBy,omitempty"`
	MayPass       []string `json:"mayPass,omitempty"`
	NotApplicable string   `json:"notApplicable,omitempty"`
}

func listedTrials(cfg selftest.Config) []listedTrial {
	out := []listedTrial{}
	for _, b := range slices.Concat(cfg.Faults, cfg.Variants) {
		out = append(out, listedTrial{Kind: selftest.Kind(b.Kind), Name: b.Name, Summary: b.Summary, DetectedBy: b.DetectedBy, NotApplicable: cfg.NotApplicable(b)})
	}
	for _, c := range cfg.Controls {
		t := listedTrial{Kind: selftest.Control, Name: c.Name, Summary: c.Summary}
		for _, p := range c.Passes {
			t.MayPass = append(t.MayPass, p.ID)
		}
		out = append(out, t)
	}
	return out
}

func (a *app) listTrials(cfg selftest.Config, format string) error {
	list := listedTrials(cfg)
	if format == "json" {
		return a.printJSON(list)
	}
	var b strings.Builder
	for _, t := range list {
		by := "detected by " + strings.Join(t.DetectedBy, ", ")
		switch {
		case t.NotApplicable != "":
			by = "not on this page: " + t.NotApplicable
		case t.Kind == selftest.Variant:
			by = "nothing may report it"
		case t.Kind == selftest.Control && len(t.MayPass) == 0:
			by = "nothing may pass"
		case t.Kind == selftest.Control:
			by = "nothing may pass but " + strings.Join(t.MayPass, ", ")
		}
		fmt.Fprintf(&b, "%-8s %s\n%s\n%s\n", t.Kind, t.Name, hang("         ", t.Summary, a.columns(), 0), hang("         ", by, a.columns(), 0))
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
