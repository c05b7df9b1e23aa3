package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/client"
	"graphpact/internal/harness"
	"graphpact/internal/restore"
	"graphpact/internal/safetext"
	"graphpact/internal/shell"
	"graphpact/internal/transport"
)

type restoreOptions struct {
	targetOptions
	write  writeOptions
	out    string
	dryRun bool
	force  bool
	accept bool
	// trust takes a journal that the user's key has not signed.
	trust bool
	// files are the journals; none means all below out.
	files []string
}

func (a *app) newRestoreCommand(run func(context.Context, *restoreOptions) error) *cobra.Command {
	o := &restoreOptions{}
	cmd := &cobra.Command{
		Use:   "restore [FILE…]",
		Short: "Restore what a run that was killed has left changed",
		Long: `restore reads the journals that run and verify keep while an entity of an endpoint may
differ from its first state: by default all below --out, else the files that are named.
It gets each entity, shows what differs, sets what the run touched and what differs
still, gets the entity again to be sure, and removes the journal. It needs no page. It
leaves alone what no update of the run has named, and a value that the run did not send:
that one is someone else's, and --force sets it all the same.

A journal says where the token goes and what is set there. One that graphpact has signed
for this user on this machine is taken as it is. Any other one, as of another machine or
of an older version, must be of the endpoint that --endpoint, GRAPHPACT_ENDPOINT or
graphpact.yaml names, and restore asks before it sends anything; where nobody can be
asked, --trust says yes.

A journal whose run is still at work is refused where that can be seen, which is on the
same machine: the two would spoil each other. A journal stays until the entity has its
first state. What cannot be restored is listed; --accept takes it as it is and removes the
journal.

The id that is printed is that of the restore: the client-request-id of its requests
begins with the first three groups of it.

Exit codes:
  0    every entity has its first state, or there is no journal
  1    an entity does not have its first state yet; its journal stays
  2    wrong usage or configuration, or a journal that cannot be read
  3    the endpoint is not reachable or not authenticated, or the entity is gone
  130  interrupted; the journals that are still needed stay`,
		Example: `  graphpact restore
  graphpact restore --dry-run
  graphpact restore --allow-host graph.microsoft.com \
    reports/restore/6f0c1a2b-….json`,
		RunE: func(cmd *cobra.Command, files []string) error {
			o.files = files
			return run(cmd.Context(), o)
		},
	}
	o.declareURL(cmd, "endpoint", "base `URL` that the journals must be of; a journal that is not signed needs it", "")
	o.declareReach(cmd)
	o.write.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.out, "out", "reports", "`DIR` below which the journals lie")
	})
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.force, "force", false, "set also what someone else has changed since, and also where the run of a journal seems to be at work")
		fs.BoolVar(&o.accept, "accept", false, "take what cannot be restored as it is, and remove the journal")
		fs.BoolVar(&o.trust, "trust", false, "take a journal that is not signed by this user on this machine, without asking")
		fs.BoolVar(&o.dryRun, "dry-run", false, "print every request that may be sent, and send nothing")
	})
	return cmd
}

func (a *app) restore(ctx context.Context, o *restoreOptions) error {
	if err := errors.Join(o.check(a), o.write.check()); err != nil {
		return err
	}
	t, err := o.target(a)
	if err != nil {
		return err
	}
	files := o.files
	if o.url != "" {
		if _, err := transport.ParseBase(o.url); err != nil {
			return fmt.Errorf("--%s: %w", o.setting, err)
		}
	}
	if len(files) == 0 {
		if files, err = restore.FindJournals(o.out); err != nil {
			return err
		}
		if len(files) == 0 {
			fmt.Fprintf(a.stdout, "nothing to restore: there is no journal below %s\n", o.out)
			return nil
		}
	}
	var journals []*restore.Journal
	var errs []error
	for _, f := range files {
		j, err := a.openForRestore(ctx, o, f)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		journals = append(journals, j)
	}
	if len(journals) > 0 && !o.dryRun { // which sends nothing that an endpoint's log could show
		fmt.Fprintf(a.stdout, "restore   %s\n", t.Client.RunID)
	}
	// The oldest journal of an entity holds what it was before all of them.
	slices.SortStableFunc(journals, func(x, y *restore.Journal) int {
		return y.Document().StartedAt.Compare(x.Document().StartedAt)
	})
	for _, j := range journals {
		if err := a.restoreJournal(ctx, o, t, j); err != nil {
			errs = append(errs, err)
		}
	}
	if ctx.Err() != nil {
		return failed(harness.Interrupted, errors.New("interrupted; the journals that are still needed stay"))
	}
	return restoreExit(errs)
}

// restoreExit joins the errors under the exit code that matters most: an entity that does
// not have its first state, then a target that is not there, then usage.
func restoreExit(errs []error) error {
	err := errors.Join(errs...)
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*restore.NotRestoredError)):
		return failed(harness.NotConformant, err)
	case errors.As(err, new(*restore.UnavailableError)):
		return failed(harness.TargetFailed, err)
	}
	return failed(harness.Usage, err)
}

// openForRestore reads a journal and holds its endpoint to the flags. Nothing is sent yet:
// a journal that somebody else has put there must not lead a token to another machine.
func (a *app) openForRestore(ctx context.Context, o *restoreOptions, file string) (*restore.Journal, error) {
	j, err := restore.LoadJournal(file)
	if err != nil {
		return nil, err
	}
	doc := j.Document()
	base := doc.BaseURL
	if doc.AtWork() && !o.force {
		return nil, fmt.Errorf("%s: its run is still at work (process %d) and restores the state itself; wait for it, or end it first; where that process is another program by now, add --force", file, doc.Process.PID)
	}
	if o.url != "" && !transport.SameBase(o.url, base) {
		return nil, fmt.Errorf("%s is of %s, and --endpoint says %s; leave --endpoint out, or name another journal", file, base, o.url)
	}
	if o.dryRun {
		return j, nil
	}
	if err := a.mayWrite(&o.write, base, file+" is of"); err != nil {
		return nil, err
	}
	return j, a.trusts(ctx, o, j)
}

// trusts gives an error where the journal may be somebody else's, who would say where the
// credentials go and what is set there: the user's key has not signed it, and the user has
// not said that it is right.
func (a *app) trusts(ctx context.Context, o *restoreOptions, j *restore.Journal) error {
	doc := j.Document()
	key, why := restore.ReadKey(a.stateDir())
	if doc.SignedBy(key) {
		j.UseKey(key)
		return nil
	}
	unsigned := "it is not signed by this user on this machine"
	switch {
	case why != nil && !errors.Is(why, fs.ErrNotExist):
		unsigned += fmt.Sprintf(" (%v)", why)
	case doc.Signature != "":
		unsigned += ", or was changed since"
	}
	switch {
	case o.url == "":
		return fmt.Errorf("%s: %s, so that it may lead anywhere; nothing was sent. It says %s: if that is the endpoint, add --endpoint %s", j.Path(), unsigned, doc.BaseURL, shell.Quote(doc.BaseURL))
	case o.trust:
		return nil
	case !a.interactive():
		return fmt.Errorf("%s: %s, and nobody can be asked: stdin is no terminal. Nothing was sent; look at what --dry-run prints, and add --trust if it is meant", j.Path(), unsigned)
	}
	fmt.Fprintf(a.stderr, "%s: %s. It would set, as far as it differs:\n", j.Path(), unsigned)
	for _, e := range doc.Entities {
		fmt.Fprintf(a.stderr, "  %s%s: %s\n", doc.BaseURL, e.Path, safetext.Line(strings.Join(e.Touched, ", ")))
	}
	switch ok, err := a.ask(ctx, "Is it a journal of yours?"); {
	case err != nil:
		return failed(harness.Interrupted, errors.New("interrupted; nothing was sent"))
	case !ok:
		return fmt.Errorf("%s: the answer was not yes; nothing was sent", j.Path())
	}
	return nil
}

// stateDir is the folder for what graphpact remembers of the user, as the system has it: the
// XDG Base Directory Specification, and its like elsewhere. It is empty where there is none,
// as in a container without a home; nothing is made of a home that is not there.
func (a *app) stateDir() string {
	variable, below := "HOME", filepath.Join(".local", "state")
	switch runtime.GOOS {
	case "windows":
		variable, below = "LOCALAPPDATA", ""
	case "darwin":
		below = filepath.Join("Library", "Application Support")
	default:
		if dir, _ := a.env("XDG_STATE_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "graphpact")
		}
	}
	home, _ := a.env(variable)
	if info, err := os.Stat(home); !filepath.IsAbs(home) || err != nil || !info.IsDir() {
		return ""
	}
	return filepath.Join(home, below, "graphpact")
}

// restoreJournal restores the entities of a journal, or prints what that would send.
func (a *app) restoreJournal(ctx context.Context, o *restoreOptions, t harness.Target, j *restore.Journal) error {
	doc := j.Document()
	fmt.Fprintf(a.stdout, "%s, of a run that began at %s\n", j.Path(), doc.StartedAt.Format("2006-01-02 15:04:05Z07:00"))
	t.URL = doc.BaseURL
	if o.dryRun {
		return a.planRestore(ctx, t, doc)
	}
	c, err := harness.Dial(&t)
	if err != nil {
		return fmt.Errorf("%s: %w", j.Path(), err)
	}
	defer c.Close()
	return j.Restore(ctx, c, restorePrinter{a, o, doc.BaseURL}, restore.Options{Force: o.force, Accept: o.accept})
}

// restorePrinter prints what a restore does, and asks before it writes.
type restorePrinter struct {
	a    *app
	o    *restoreOptions
	base string
}

func (p restorePrinter) Found(url string, differences []restore.Difference) {
	fmt.Fprintf(p.a.stdout, "  %s\n", url)
	for _, d := range differences {
		action := map[restore.Action]string{
			restore.Set:            "to be set",
			restore.CannotSet:      "no update can set it",
			restore.LeaveUntouched: "no update of the run named it: left alone",
			restore.LeaveMoving:    "the server sets it at each update: left alone",
			restore.LeaveOther:     "the run has not sent this value, so that it is someone else's: left alone without --force",
		}[d.Action]
		fmt.Fprintf(p.a.stdout, "    is %s, was %s: %s\n", d.Is, d.Was, action)
	}
}

func (p restorePrinter) Agree(ctx context.Context) (bool, error) {
	return p.a.agree(ctx, &p.o.write, p.base, "Set it?")
}

func (p restorePrinter) Restored(string) { fmt.Fprintf(p.a.stdout, "  has its first state\n") }

func (p restorePrinter) Accepted(_ string, left error) {
	fmt.Fprintf(p.a.stdout, "  accepted as it is: %v\n", left)
}

// planRestore prints the requests of a restore against entities on which everything that
// the run touched has changed.
func (a *app) planRestore(ctx context.Context, t harness.Target, doc restore.Document) error {
	cfg := t.Client
	cfg.BaseURL = doc.BaseURL
	if !transport.InClear(doc.BaseURL) { // no token would be sent
		cfg.Token = harness.MockToken()
	}
	var errs []error
	for _, e := range slices.Backward(doc.Entities) {
		p := harness.Planned{Purpose: "  nothing is sent; a restore would send what follows, as far as it still differs"}
		cfg.Transport = transport.InMemory(e.Rehearse())
		cfg.OnSend = func(r client.PlannedRequest) { p.Requests = append(p.Requests, r) }
		c, err := client.New(cfg)
		if err != nil {
			return err
		}
		errs = append(errs, e.Plan(ctx, c))
		(&plannedPrinter{app: a}).lines(p)
	}
	return errors.Join(errs...)
}
