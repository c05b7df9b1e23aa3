package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/entity"
	"graphpact/internal/harness"
	"graphpact/internal/journal"
	"graphpact/internal/target"
)

// restoreOptions are the flags of `graphpact restore`.
type restoreOptions struct {
	targetOptions
	write  writeOptions
	out    string
	dryRun bool
	force  bool
	// files are the journals; none means all below out.
	files []string
}

func (a *app) newRestoreCommand(run func(context.Context, *restoreOptions) error) *cobra.Command {
	o := &restoreOptions{}
	cmd := &cobra.Command{
		Use:   "restore [FILE…]",
		Short: "Put back what a run that was killed has left changed",
		Long: `restore reads the journals that run and verify keep while an entity of an endpoint may
differ from its first state: by default all below --out, else the files that are named.
It gets each entity, shows what differs, sets what the run touched and what differs
still, gets the entity again to be sure, and removes the journal. It needs no page, and
it leaves alone what no update of the run has named.

A journal whose run is still at work is refused where that can be seen, which is on the
same machine: the two would spoil each other. A journal stays until the entity has its
first state; delete the file to give that up.

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
  graphpact restore --allow-host graph.microsoft.com reports/restore/6f0c1a2b-….json`,
		RunE: func(cmd *cobra.Command, files []string) error {
			o.files = files
			return run(cmd.Context(), o)
		},
	}
	o.declareURL(cmd, "endpoint", "base `URL` that the journals must be of; the request goes to the journal's own", "")
	o.declareReach(cmd)
	o.write.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.out, "out", "reports", "`DIR` below which the journals lie")
	})
	declare(cmd, careFlags, func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.force, "force", false, "also where the run of a journal seems to be at work")
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
		if err := target.CheckBase(o.url); err != nil {
			return fmt.Errorf("--%s: %w", o.setting, err)
		}
	}
	if len(files) == 0 {
		if files, err = journal.Find(o.out); err != nil {
			return err
		}
		if len(files) == 0 {
			fmt.Fprintf(a.stdout, "nothing to restore: there is no journal below %s\n", o.out)
			return nil
		}
	}
	var journals []*journal.Journal
	var errs []error
	for _, f := range files {
		j, err := a.openForRestore(o, f)
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
	slices.SortStableFunc(journals, func(x, y *journal.Journal) int {
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
	return worst(errs)
}

// worst joins the errors under the exit code that matters most: an entity that does not
// have its first state, then a target that is not there, then usage.
func worst(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	kind := harness.Usage
	for _, err := range errs {
		var coded *harness.Error
		if errors.As(err, &coded) && (coded.Kind == harness.NotConformant || kind != harness.NotConformant) {
			kind = coded.Kind
		}
	}
	return failed(kind, errors.Join(errs...))
}

// openForRestore reads a journal and holds its endpoint to the flags. Nothing is sent yet:
// a journal that somebody else has put there must not lead a token to another machine.
func (a *app) openForRestore(o *restoreOptions, file string) (*journal.Journal, error) {
	j, err := journal.Load(file)
	if err != nil {
		return nil, err
	}
	doc := j.Document()
	base := doc.BaseURL
	if doc.AtWork() && !o.force {
		return nil, fmt.Errorf("%s: its run is still at work (process %d) and puts the state back itself; wait for it, or end it first; where that process is another program by now, add --force", file, doc.Process.PID)
	}
	if o.url != "" && !target.SameBase(o.url, base) {
		return nil, fmt.Errorf("%s is of %s, and --endpoint says %s; leave --endpoint out, or name another journal", file, base, o.url)
	}
	if o.dryRun {
		return j, nil
	}
	return j, a.mayWrite(&o.write, base, file+" is of")
}

// restoreJournal puts the entities of a journal back, the last changed first.
func (a *app) restoreJournal(ctx context.Context, o *restoreOptions, t harness.Target, j *journal.Journal) error {
	doc := j.Document()
	fmt.Fprintf(a.stdout, "%s, of a run that began at %s\n", j.Path(), doc.StartedAt.Format("2006-01-02 15:04:05Z07:00"))
	t.URL = doc.BaseURL
	c, err := harness.Dial(&t)
	if err != nil {
		return fmt.Errorf("%s: %w", j.Path(), err)
	}
	defer c.Close()
	var errs []error
	for i, e := range slices.Backward(doc.Entities) {
		if o.dryRun {
			err = a.planRestore(ctx, t, &e)
		} else if err = a.restoreEntity(ctx, o, c, doc.BaseURL, &e); err == nil {
			err = j.Done(i)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if err := worst(errs); err != nil {
		return fmt.Errorf("%w\nthe journal %s stays; delete it to give up", err, j.Path())
	}
	return nil
}

// restoreEntity shows what differs and puts it back.
func (a *app) restoreEntity(ctx context.Context, o *restoreOptions, c *target.Client, base string, e *journal.Entity) error {
	shown := c.Mask(base + e.Path)
	ex, err := c.Preflight(ctx, e.Path)
	var gone *target.NotFoundError
	switch {
	case errors.As(err, &gone):
		return failed(harness.TargetFailed, fmt.Errorf("%s answers 404 Not Found: the entity is gone", shown))
	case err != nil:
		return failed(harness.TargetFailed, err)
	}
	current := entity.Decode(ex).Object
	fmt.Fprintf(a.stdout, "  %s\n", shown)
	body, unsettable := e.Restore(e.First, current)
	for _, name := range e.Touched {
		if _, set := body[name]; set {
			a.showDifference(c, e, current, name, "to be set")
		}
	}
	for _, name := range unsettable {
		a.showDifference(c, e, current, name, "no update can set it")
	}
	for _, name := range e.Others(current, entity.IsAnnotation) {
		why := "no update of the run named it: left alone"
		if slices.Contains(e.Moves, name) {
			why = "the server sets it at each update: left alone"
		}
		a.showDifference(c, e, current, name, why)
	}
	if len(body) > 0 {
		switch ok, err := a.agree(ctx, &o.write, base, "Set it?"); {
		case err != nil:
			return err
		case !ok:
			return failed(harness.NotConformant, fmt.Errorf("%s: left as it is", shown))
		}
	}
	k := target.NewKeeper(c, e.Restore)
	k.Remember(e.Path, e.First)
	if errs := k.PutBack(ctx); len(errs) > 0 {
		return failed(harness.NotConformant, refused(errors.Join(errs...)))
	}
	fmt.Fprintf(a.stdout, "  has its first state\n")
	return nil
}

// refused adds to a restore that the endpoint does not take what may be behind it.
func refused(err error) error {
	if strings.Contains(err.Error(), " answers 400 ") {
		return fmt.Errorf("%w\nthe endpoint may have changed since: what it took then it takes no more", err)
	}
	return err
}

// valueShown is what is shown of a property's value, in bytes.
const valueShown = 2 << 10

// showDifference prints a property that is not what it was. Under a name that says
// secret no value is shown.
func (a *app) showDifference(c *target.Client, e *journal.Entity, current map[string]any, name, what string) {
	show := func(state map[string]any) string {
		v, has := state[name]
		if !has {
			return "absent"
		}
		return strings.Trim(c.Line(entity.Show(map[string]any{name: v}, true), valueShown), "{}")
	}
	fmt.Fprintf(a.stdout, "    is %s, was %s: %s\n", show(current), show(e.First), what)
}

// planRestore prints the requests of a restore against an entity on which everything
// that the run touched has changed.
func (a *app) planRestore(ctx context.Context, t harness.Target, e *journal.Entity) error {
	if t.Token = harness.MockToken(); target.InClear(t.URL) {
		t.Token = "" // none would be sent
	}
	cfg := t.Client
	p := harness.Planned{Purpose: "  nothing is sent; a restore would send what follows, as far as it still differs"}
	cfg.BaseURL, cfg.Token, cfg.Transport = t.URL, t.Token, target.Loopback(changed(e))
	cfg.OnSend = func(r target.PlannedRequest) { p.Requests = append(p.Requests, r) }
	c, err := target.New(cfg)
	if err != nil {
		return err
	}
	k := target.NewKeeper(c, e.Restore)
	k.Remember(e.Path, e.First)
	errs := k.PutBack(ctx)
	a.printPlanned(p)
	return errors.Join(errs...)
}

// changed answers as the entity whose touched properties are all lost until an update.
func changed(e *journal.Entity) http.Handler {
	var mu sync.Mutex
	lost, _ := e.Restore(e.First, map[string]any{})
	state := maps.Clone(e.First)
	maps.DeleteFunc(state, func(name string, _ any) bool {
		_, is := lost[name]
		return is
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPatch {
			state = e.First
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, entity.Show(state, true))
	})
}
