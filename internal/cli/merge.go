package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/atomicfile"
	"graphpact/internal/harness"
	"graphpact/internal/readlimit"
	"graphpact/internal/report"
	"graphpact/internal/result"
)

type mergeOptions struct {
	dirs   []string
	output outputOptions
}

func (a *app) newMergeCommand(run func(context.Context, *mergeOptions) error) *cobra.Command {
	o := &mergeOptions{}
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Put the reports of the shards of one run together",
		Long: `merge reads the reports of ` + "`graphpact run --shard I/N`" + `, each in a DIR or in a folder of
DIR, and writes the reports that the run would have made unsharded, but for times and the
requests of the probes: every requirement once and in order, one Pact (the first shard
writes it), the waivers that no shard needs.

What no shard can know is seen here: a shard that is missing, or requirements that are in
no report, are a problem of the run; so are shards that found different things about a
property. A scenario that looks back at the whole run is played in each shard, and its worst
outcome counts. Shards that do not belong together are refused.

Exit codes:
  0    CONFORMANT, or INCOMPLETE on purpose, as of ` + "`graphpact run`" + `
  1    NOT CONFORMANT: a MUST failed or was not judged, or a shard is missing
  2    wrong usage, an unreadable report, shards that do not belong together
  4    nothing could be tested, or no update that succeeds
  130  a shard was interrupted`,
		Example: `  graphpact run --shard 1/2 --out shards/1
  graphpact run --shard 2/2 --out shards/2
  graphpact merge shards --out reports`,
		Args: wantsArgs(1, -1, "the folders that hold the reports of the shards"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dirs = args
			return run(cmd.Context(), o)
		},
	}
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		o.output.declare(fs, "reports", "show the evidence of every scenario")
		settingsOf("merge", fs, "out")
	})
	return cmd
}

// shardFiles gives the reports in the folder, or in those in it.
func shardFiles(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return []string{dir}, nil
	}
	direct := filepath.Join(dir, result.File)
	if _, err := os.Stat(direct); err == nil {
		return []string{direct}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		file := filepath.Join(dir, e.Name(), result.File)
		if _, err := os.Stat(file); err == nil {
			files = append(files, file)
		}
	}
	if len(files) > 0 {
		return files, nil
	}
	return nil, fmt.Errorf("there is no %s in %s, or in a folder of it", result.File, dir)
}

func (a *app) merge(_ context.Context, o *mergeOptions) error {
	var shards []result.ShardReport
	formats, err := o.output.reports()
	errs := []error{err}
	for _, dir := range o.dirs {
		files, err := shardFiles(dir)
		errs = append(errs, err)
		for _, file := range files {
			r, _, err := result.ReadFile(file)
			shards, errs = append(shards, result.ShardReport{Name: file, Run: r}), append(errs, err)
			if filepath.Clean(filepath.Dir(file)) == filepath.Clean(o.output.dir) {
				errs = append(errs, fmt.Errorf("--out %s is the folder of a shard; name another one", o.output.dir))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	merged, err := result.Join(shards)
	if err != nil {
		return err
	}
	if _, set := merged.Settings["out"]; set {
		merged.Settings["out"] = o.output.dir
	}
	pact := o.takePact(merged, shards)
	term := o.output.terminal(a)
	term.Start(merged)
	for _, q := range merged.Requirements {
		term.Requirement(q)
	}
	files, err := report.Write(o.output.dir, merged, formats...)
	return a.finish(term, &harness.Result{Run: merged, Files: append(files, pact...)}, err)
}

// takePact copies the Pact of the first shard beside the report, where it is as it was written.
func (o *mergeOptions) takePact(merged *result.Run, shards []result.ShardReport) []string {
	if merged.Pact == nil || merged.Pact.File == "" {
		return nil
	}
	p := *merged.Pact
	merged.Pact = &p
	first := shards[slices.IndexFunc(shards, func(s result.ShardReport) bool { return s.Run.Pact != nil })]
	name := filepath.Base(filepath.FromSlash(p.File))
	file := filepath.Join(filepath.Dir(first.Name), "pacts", name)
	data, err := readlimit.File(file, readlimit.Pact)
	if err == nil && p.Digest != fmt.Sprintf("sha256:%x", sha256.Sum256(data)) {
		err = fmt.Errorf("%s is not the Pact that the shard wrote: its digest is another one", file)
	}
	p.File = filepath.Join(o.output.dir, "pacts", name)
	if err == nil {
		err = atomicfile.Write(p.File, data)
	}
	if err != nil {
		p.File, p.Error = "", err.Error()
		return nil
	}
	return []string{p.File}
}
