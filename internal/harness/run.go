package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/har"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
	"graphpact/internal/verify"
	"graphpact/internal/waiver"
	"graphpact/steps"
)

// RunConfig configures a run of the scenarios.
type RunConfig struct {
	Config
	Pages *Pages
	// Selection says which scenarios; Select fills in the cases.
	Selection scenario.Selection
	// Shard is the part of them to play, and Settled what needs no other run, nil for nothing.
	Shard    Shard
	Settled  *Settled
	Selected []Selected
	// whole is what Selected is a part of, where there are shards.
	whole []Selected
	// again is what Selected has of other shards.
	again []result.Subject
	// touched are the files to whose scenarios the run is narrowed, see Touch.
	touched []string
	// Settle is how long a read of an endpoint may be late before it counts as wrong; nil
	// means as long as the probe found reads to be late, with a margin.
	Settle *time.Duration
	// Parallel is the number of scenarios at a time, and Repetitions how often each is played.
	Parallel, Repetitions int
	// Pact is the contract to write, nil for none.
	Pact *PactConfig
	// Repeat is the command that runs one requirement again.
	Repeat func(key string) string
	// brief leaves the exchanges out of the requirements, and sleep is the clock of the
	// scenarios, nil for the real one.
	brief bool
	sleep func(ctx context.Context, d time.Duration) error
	// probed is called with what a probe has found out, nil for not at all.
	probed func(result.Probe)
	// evidence is kept out of memory in a run of several pages, nil for not at all.
	evidence *evidence
}

// Run plays the selected scenarios against the target and writes the reports. Without a
// Result the error says why nothing ran; with one it is of a report that could not be
// written. What the run came to is for Result.Verdict.
func Run(ctx context.Context, c *RunConfig) (*Result, error) {
	return c.traced(ctx, c.run)
}

func (c *RunConfig) run(ctx context.Context) (*Result, error) {
	if err := c.checkPact(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	if c.HAR != "" {
		c.Target.recorder = &har.Recorder{}
	}
	ops := operations(c.Selected)
	if len(ops) == 0 { // a shard without a scenario says so in a report of the same target
		ops = operations(c.whole)
	}
	s, err := connect(ctx, &c.Target, ops, c.Pages.Conventions)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(s)
	waivers := ScenarioWaivers(c.Waivers).On(s.base, time.Now())
	var written <-chan *result.Pact
	report := c.newReport(s)
	own := *c
	if len(c.Selected) > 1 {
		if own.evidence, err = newEvidence(c.Out); err != nil {
			return nil, err
		}
		defer own.evidence.close()
	}
	own.probed = func(p result.Probe) { report.Probes = append(report.Probes, p) }
	return c.execute(ctx, s, &job{
		report: report, waivers: waivers,
		check: s.check, keep: own.evidence.keep,
		// To look at an entity of the state endpoint is to have it set up first.
		consentFirst: s.stateEndpoint != nil,
		plan:         func(ctx context.Context) (*WritePlan, error) { return c.writePlan(ctx, s) },
		play: func(ctx context.Context, onDone func(result.Requirement)) ([]result.Requirement, error) {
			written = c.startPact(ctx, append(s.client.Secrets(), s.token))
			return own.play(ctx, s, onDone)
		},
		conclude: func(_ context.Context, r *result.Run) []string {
			r.Pact = <-written
			c.judgeWaivers(waivers, r)
			if r.Pact == nil || r.Pact.File == "" {
				return nil
			}
			return []string{r.Pact.File}
		},
	})
}

func (c *RunConfig) newReport(s *session) *result.Run {
	r := c.Config.newReport(s)
	r.Partial, r.Shard, r.Suite = c.partial(), c.shard(), c.suite()
	for _, op := range c.Selected {
		page := op.ReportPage()
		if len(c.Pages.Operations) > 1 {
			page.ID = op.PageID()
		}
		r.Pages = append(r.Pages, page)
		r.Findings = append(r.Findings, findings(op.Operation.Operation)...)
	}
	r.Partial = append(r.Partial, c.Pages.Narrowed...)
	return r
}

func findings(op *contract.Operation) []result.Finding {
	var out []result.Finding
	for _, f := range op.Findings {
		out = append(out, result.Finding{
			Kind: string(contract.KindOf(f.Class)), Class: f.Class, Text: f.Text, Assumed: f.Assumed,
			Source: result.Source{Kind: "doc", Ref: f.Source.Short(), File: f.Source.File, Line: f.Source.Line},
		})
	}
	return out
}

// command is how the run was started, without the arguments that hold a secret.
func (c *Config) command(s *session) *result.Command {
	if c.Command == nil {
		return nil
	}
	out := *c.Command
	out.Arguments = []string{}
	for _, a := range c.Command.Arguments {
		if s.client.Mask(a) == a {
			out.Arguments = append(out.Arguments, a)
			continue
		}
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		out.Withheld = append(slices.Clone(out.Withheld), name)
	}
	return &out
}

func (c *Config) newReport(s *session) *result.Run {
	return &result.Run{
		Version: result.Version, ID: c.ID, Tool: c.Tool, StartedAt: time.Now().UTC().Truncate(time.Millisecond),
		Target: s.Target(), Settings: c.Settings, Command: c.command(s),
		Findings: []result.Finding{}, Requirements: []result.Requirement{}, Pages: []result.Page{},
	}
}

// job is what one kind of run does on a target that is connected.
type job struct {
	report  *result.Run
	waivers *waiver.Register
	// check makes sure that the target is there, before anything is judged.
	check func(ctx context.Context) error
	// plan says what is going to be written; it is shown before the first write to another
	// machine, and with consentFirst before the check.
	plan         func(ctx context.Context) (*WritePlan, error)
	consentFirst bool
	// play gives the requirements, in order, each to onDone as soon as it is there.
	play func(ctx context.Context, onDone func(result.Requirement)) ([]result.Requirement, error)
	// keep takes the evidence of a requirement out of memory, nil where it stays.
	keep func(*result.Requirement)
	// conclude adds to the report what is known when the first state is restored, and gives
	// the files that were written beside the reports.
	conclude func(ctx context.Context, r *result.Run) []string
	// grace is how long to wait for what does not end, with defaults.
	grace grace
}

// execute takes one run from its journal to its reports. It is the only way that anything
// is played against a target that is not in memory.
func (c *Config) execute(ctx context.Context, s *session, j *job) (*Result, error) {
	r, waits := j.report, j.grace.orDefault()
	playCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if err := s.openJournal(c, stop); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, s, j); err != nil {
		return nil, err
	}
	if c.Observer.Start != nil {
		c.Observer.Start(r)
	}
	inTime := c.limit(stop)
	started := time.Now()
	reqs, err := c.playAll(playCtx, j, waits)
	inTime()
	r.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	for i := range reqs {
		reqs[i] = j.waivers.Cover(reqs[i])
	}
	r.Requirements = reqs
	others, gone := split(err)
	for _, other := range others {
		r.Problems = append(r.Problems, other.Error())
	}
	if playCtx.Err() != nil && ctx.Err() == nil {
		if cause := context.Cause(playCtx); errors.As(cause, new(*timeUpError)) {
			r.StoppedBy = cause.Error()
		} else {
			r.Problems = append(r.Problems, cause.Error())
		}
	}
	state := s.restoreInTime(ctx, waits)
	r.Target.State = s.finalState()
	if ctx.Err() != nil { // a signal while it restores counts for more
		r.StoppedBy = ""
	}
	r.Interrupted = ctx.Err() != nil || r.StoppedBy != ""
	r.Target.Throttled, r.Target.Throttling = s.client.Throttled(), s.client.Throttling()
	ended, follow := s.end(gone, state)
	r.Ended, r.Problems = ended, append(r.Problems, follow...)
	r.Totals = result.Count(r.Requirements)
	more := j.concludeInTime(ctx, waits)
	files, err := c.write(r, waits)
	return &Result{r, append(files, more...)}, err
}

// prepare checks the target and has the user agree to what will be written there.
func (c *Config) prepare(ctx context.Context, s *session, j *job) error {
	consent := func() error {
		if s.mock != nil || !transport.Foreign(s.base) || c.Target.Client.ReadOnly || c.Observer.Consent == nil {
			return nil
		}
		plan, err := j.plan(ctx)
		if err != nil {
			return err
		}
		return c.Observer.Consent(ctx, plan)
	}
	if j.consentFirst {
		if err := consent(); err != nil {
			return err
		}
	}
	err := s.await(ctx, c.Wait)
	if err == nil {
		err = j.check(ctx)
	}
	if err != nil {
		// The reports of an earlier run must not pass for this one's.
		j.report.Problems = append(j.report.Problems, err.Error())
		j.report.Interrupted = ctx.Err() != nil
		_, werr := c.write(j.report, j.grace.orDefault())
		return errors.Join(err, werr)
	}
	if j.consentFirst {
		return nil
	}
	return consent()
}

// limit stops the run when its time is up; inTime says that it has ended before.
func (c *Config) limit(stop context.CancelCauseFunc) (inTime func() bool) {
	if c.MaxTime == 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(c.MaxTime, func() {
		stop(&timeUpError{c.MaxTime})
	}).Stop
}

// timeUpError stops a run that takes too long.
type timeUpError struct{ limit time.Duration }

func (e *timeUpError) Error() string {
	return fmt.Sprintf("the run was ended before its last scenario: it has taken the %s of --max-time", e.limit)
}

// play plays the scenarios of each operation and gives the requirements in order.
func (c *RunConfig) play(ctx context.Context, s *session, onDone func(result.Requirement)) ([]result.Requirement, error) {
	errorSchema, err := compileErrorSchema(c.Pages.Conventions)
	if err != nil {
		return nil, err
	}
	reqs := []result.Requirement{}
	var errs []error
	var ended error
	for i, sel := range c.Selected {
		live := &steps.Live{
			Operation: sel.Operation.Operation, Conventions: c.Pages.Conventions, Client: s.client, States: s.states,
			NoGet: c.Target.NoGet, RequestIDHeader: c.Target.requestIDHeader(), Response: sel.response, Error: errorSchema,
			Authenticated: s.authenticated(), Parallel: c.Parallel, Repetitions: c.Repetitions, Repeat: c.Repeat,
			Brief: c.brief, Sleep: c.sleep, Observe: c.traceScenario(sel.ID()), Before: ended, Admitted: s.seen != nil,
		}
		if id := sel.PageID(); len(c.Pages.Operations) > 1 {
			live.Page = id
			if c.Repeat != nil {
				live.Repeat = func(key string) string { return c.Repeat(OfPage(id, key)) }
			}
		}
		if s.keepers != nil {
			live.Keeper = s.keepers[i]
		}
		if c.Settle != nil {
			live.Settle = *c.Settle
		}
		if s.probes() && ended == nil {
			known, err := c.probe(ctx, s, live, sel.Cases, c.casesOf(sel))
			if err != nil && ctx.Err() == nil {
				errs = append(errs, err)
			}
			if live.Probe = known; known != nil && c.Settle == nil {
				live.Settle = min(max(settleLeast, 3*known.Lag), settleMost)
			}
		}
		if s.shared() {
			live.First = &steps.FirstStates{}
		}
		rs, err := live.Run(ctx, sel.Cases, onDone)
		c.evidence.keepPage(rs)
		reqs = append(reqs, rs...)
		errs = append(errs, err)
		ended = live.Ended()
	}
	errs = append(errs, ended)
	return reqs, errors.Join(errs...)
}

func compileResponseSchema(op *contract.Operation, conv *convention.Set) (*schema.Schema, error) {
	data, err := contract.ResponseSchema(op, conv)
	if err != nil {
		return nil, err
	}
	return schema.Compile("the response schema of "+op.Page, data)
}

func compileErrorSchema(conv *convention.Set) (*schema.Schema, error) {
	data, err := contract.ErrorSchema(conv)
	if err != nil {
		return nil, err
	}
	return schema.Compile("the Graph error body", data)
}

// ScenarioWaivers leaves out the waivers for interactions of other tools: verify alone
// plays those.
func ScenarioWaivers(l waiver.List) *waiver.List {
	return &waiver.List{Entries: slices.DeleteFunc(slices.Clone(l.Entries), func(e waiver.Entry) bool {
		return strings.HasPrefix(e.Requirement, verify.IDPrefix)
	})}
}

// judgeWaivers adds to the report what is wrong with the waivers, as far as a shard can tell.
func (c *RunConfig) judgeWaivers(waivers *waiver.Register, r *result.Run) {
	suite := Subjects(c.Pages.Operations)
	if r.Shard == nil {
		r.Problems = append(r.Problems, waivers.Problems(r.Requirements, suite)...)
		return
	}
	problems, open := waivers.ShardProblems(r.Requirements, suite)
	r.Problems, r.Shard.Waivers = append(r.Problems, problems...), open
}

// Subjects are all requirements of the pages, whatever a filter leaves of them.
func Subjects(ops []Operation) []result.Subject {
	var all []Selected
	for _, op := range ops {
		all = append(all, Selected{Operation: op, Cases: op.Suite.Cases})
	}
	return subjects(all)
}
