package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/harness"
	"graphpact/internal/readlimit"
	"graphpact/internal/waiver"
	"graphpact/schemas"
)

// noWaivers switches waivers off.
const noWaivers = "none"

// waiverOptions say which failures are known and accepted.
type waiverOptions struct {
	file string
	flag *pflag.Flag
	// list is what the file holds, and used its name, empty where there is none; load
	// sets them.
	list waiver.List
	used string
}

func (f *waiverOptions) declare(cmd *cobra.Command) {
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&f.file, waiver.Setting, "", "`FILE` with failures that are known and accepted for a time, or none (default: "+waiver.DefaultFile+" where there is one)")
		f.flag = fs.Lookup(waiver.Setting)
		mark(fs, notShown, waiver.Setting) // the file in force is shown instead
	})
}

// load reads the file. One that is named must be there.
func (f *waiverOptions) load() error {
	name := f.file
	switch {
	case name == noWaivers, f.flag == nil: // the command has no waivers
		return nil
	case name == "" && f.flag.Changed:
		return fmt.Errorf("--%s is empty; leave it out to use %s where there is one, or write %s", waiver.Setting, waiver.DefaultFile, noWaivers)
	case name == "":
		name = waiver.DefaultFile
	}
	data, err := readlimit.File(name, readlimit.Settings)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.file == "":
		return nil
	case err != nil:
		return fmt.Errorf("reading the waivers: %w", err)
	}
	list, err := waiver.Parse(name, data)
	if err != nil {
		return err
	}
	f.list, f.used = *list, name
	return nil
}

func (a *app) newWaiversCommand() *cobra.Command {
	var (
		pages  pageOptions
		file   waiverOptions
		schema bool
	)
	cmd := &cobra.Command{
		Use:   "waivers",
		Short: "List and check the failures that are known and accepted",
		Long: `waivers lists the entries of ` + waiver.DefaultFile + ` with the days that they have left, and
checks the file without a run: its form, requirements that do not exist, and entries
that have expired (exit code 1). Whether an entry is still needed only a run can tell.

An entry names a requirement, why its failure is accepted, who sees to it, and the last
day on which it covers anything; endpoint and operation narrow it:

  waivers:
    - requirement: UPD-02          # or one row: UPD-01[color=blue]
      reason: the 204 is being rolled out
      owner: team-x@example.org
      expires: 2026-12-31
      endpoint: https://graph.microsoft.com/beta

Exit codes:
  0    the file holds, or there is none
  1    an entry has expired, or names a requirement that does not exist
  2    wrong usage or configuration, or a file that cannot be read`,
		Example: `  graphpact waivers
  graphpact waivers --schema > waivers.schema.json    # for an editor`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if schema {
				data, err := schemas.FS.ReadFile(schemas.Waivers)
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(data)
				return err
			}
			return a.listWaivers(&pages, &file)
		},
	}
	pages.declare(cmd)
	file.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&schema, "schema", false, "print the JSON Schema of the file")
	})
	return cmd
}

func (a *app) listWaivers(pages *pageOptions, file *waiverOptions) error {
	if err := file.load(); err != nil {
		return err
	}
	if file.used == "" {
		fmt.Fprintf(a.stdout, "no waivers: there is no %s\n", waiver.DefaultFile)
		return nil
	}
	loaded, err := pages.load()
	if err != nil {
		return err
	}
	now := time.Now()
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REQUIREMENT\tEXPIRES\tDAYS\tOWNER\tENDPOINT\tREASON")
	var problems []error
	for _, e := range file.list.Entries {
		days := "expired"
		if left := e.DaysLeft(now); left > 0 {
			days = strconv.Itoa(left)
		}
		// A line of the table is one line, whatever the reason looks like.
		fmt.Fprintln(w, strings.Join([]string{e.Requirement, e.Expires, days, e.Owner, cmp.Or(e.Endpoint, "any"), strings.Join(strings.Fields(e.Reason), " ")}, "\t"))
		one := harness.ScenarioWaivers(waiver.List{Entries: []waiver.Entry{e}}).On(e.Endpoint, now)
		for _, p := range one.Problems(nil, harness.Subjects(loaded.Operations)) {
			problems = append(problems, errors.New(p))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(problems) > 0 {
		return failed(harness.NotConformant, errors.Join(problems...))
	}
	return nil
}
