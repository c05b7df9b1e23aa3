package cli

import (
	"context"
	"errors"
	"time"

	"graphpact/internal/harness"
	"graphpact/internal/selftest"
)

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
