package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"
	messages "github.com/cucumber/messages/go/v34"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
	"graphpact/internal/restore"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
)

// States brings the target to the provider state in which an entity exists. A scenario has
// its entity for itself.
type States interface {
	// SetUpEntity waits for an entity and gives its path parameters; tearDown ends the
	// state. After an error of either the scenario cannot be judged.
	SetUpEntity(ctx context.Context, op *contract.Operation) (params map[string]string, tearDown func() error, err error)
}

// Live is what the live world needs to play scenarios against a target.
type Live struct {
	Operation   *contract.Operation
	Conventions *convention.Set
	Client      *client.Client
	States      States
	// Page is the short name of the page where the run has several, else empty.
	Page string
	// Keeper remembers the first state of each entity; nil where nothing is restored.
	Keeper *restore.Keeper
	// First remembers the first states of entities that scenarios share; nil where each
	// scenario has one of its own.
	First *FirstStates
	// Response and Error are the schemas of the success and the error body.
	Response, Error *schema.Schema
	// Authenticated is set when the client has a token to send.
	Authenticated bool
	// NoGet is set where the target has no GET of the entity. What needs one is skipped
	// with the reason; all else is judged from the answers to the updates.
	NoGet bool
	// RequestIDHeader is the header in which an answer carries its request id; empty means
	// Graph's request-id.
	RequestIDHeader string
	// Parallel is the number of scenarios at a time, at least 1.
	Parallel int
	// Brief leaves the exchanges out of the requirements: where only the verdicts count,
	// making them fit for a report is a good part of the work.
	Brief bool
	// Sleep waits for d or until the context ends, which it returns as an error; nil
	// means the real clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// Settle is how long a read may be late before it counts as wrong; 0 for not at all.
	Settle time.Duration
	// Probe is what is known about the entity, nil where nothing is: then every documented
	// update is taken for one that must work.
	Probe *probe.Result
	// Repetitions is how often each scenario is played, in a row; 0 counts as 1.
	Repetitions int
	// Repeat gives the command that runs one requirement again.
	Repeat func(key string) string

	// Observe, when set, is called before each play of a scenario, which has the context that
	// it gives; what it returns is called with what came of the play.
	Observe func(ctx context.Context, c scenario.Case) (context.Context, func(result.Requirement))

	// Before is why the run had ended before its first scenario, nil for nothing; and Admitted is
	// set where the endpoint has let the caller in before.
	Before   error
	Admitted bool

	settling *settling
	roots    roots
}

// Run plays the cases against the target and gives a requirement for each, in
// their order. onDone, if not nil, is called in that order too, as soon as a
// requirement and all before it are there.
func (l *Live) Run(ctx context.Context, cases []scenario.Case, onDone func(result.Requirement)) ([]result.Requirement, error) {
	order := newSequence(cases, onDone)
	var playable []scenario.Case
	for _, c := range cases {
		why := c.Absent
		if why == "" && l.NoGet && c.NeedsGet {
			why = noGet
		}
		if why == "" {
			playable = append(playable, c)
			continue
		}
		r := newRequirement(c)
		r.Verdict, r.Reason, r.NotOnPage = result.Skip, why, c.Absent != ""
		order.put(l.finished(r))
	}
	l.settling, l.roots = newSettling(l), rootsOf(playable)
	if l.First != nil && l.Probe != nil {
		l.First.Remember(l.Probe.Path, l.Probe.First)
		l.First.wrote(l.Probe.Path, nil) // by the probe
	}
	err := l.play(ctx, slices.DeleteFunc(slices.Clone(playable), LooksBack), order.put)
	last := slices.DeleteFunc(playable, func(c scenario.Case) bool { return !LooksBack(c) })
	err = errors.Join(err, l.play(ctx, last, order.put))
	reqs := order.all()
	return reqs, errors.Join(err, l.settling.unfounded(reqs))
}

// LooksBack reports whether a scenario looks back at all others of the run: it comes last.
func LooksBack(c scenario.Case) bool { return says(c, thenReadsInTime) }

// finished completes a requirement. Whatever an endpoint sent may stand in its texts,
// so all of them are masked here, at the one way out.
func (l *Live) finished(r result.Requirement) result.Requirement {
	r.Reason = l.Client.Excerpt(r.Reason, client.MessageShown)
	for i := range r.Steps {
		r.Steps[i].Message = l.Client.Excerpt(r.Steps[i].Message, client.MessageShown)
	}
	r.Operation, r.Page = l.Operation.Name(), l.Page
	if l.Repeat != nil {
		r.Repeat = l.Repeat(r.Key())
	}
	return r
}

type world struct {
	// observed is called when the play has ended, nil where nobody looks.
	observed func(result.Requirement)
	live     *Live
	done     func(result.Requirement)
	evidence

	tearDown func() error
	subject  *entity.Subject
	params   map[string]string

	// before is the entity's state when the scenario began, or after the last step
	// that prepared it.
	before map[string]any
	// etag is the entity tag that the scenario took note of.
	etag string
	// frozen are the settable properties whose value could not be restored; a foreign
	// entity keeps them.
	frozen []string
	// body is the body of the update under test.
	body map[string]any
	// response is what the update under test got; responses are all of them where
	// there are several.
	response  *entity.Response
	responses []*entity.Response
	bodies    []map[string]any
	// between is the state after the first of two updates.
	between map[string]any
	// other is the entity that does not exist; ownForm is set where the form of its key is
	// the server's own.
	other   *entity.Subject
	ownForm bool
	// clientRequestID is the id that the update carried.
	clientRequestID string
	// after is the state after the update, read once.
	after *entity.Response
	// notPlayed is set where the run had ended before.
	notPlayed bool
	// knew are the values that the entity had had by then, by property.
	knew map[string][]any
	// twice is set when the state is read once more, after it was as expected.
	twice bool
}

func (w *world) register(sc *godog.ScenarioContext, c scenario.Case) {
	w.evidence = evidence{c: c, conv: w.live.Conventions, started: time.Now(), excerpt: func(s string) string {
		return w.live.Client.Excerpt(s, client.TextShown)
	}}
	b := bindings{}
	w.givens(b)
	w.whens(b)
	w.thens(b)
	b.register(sc, c)
}

func (w *world) ready(step *godog.Step) error {
	return inOrder(step, w.subject != nil, len(w.responses) > 0)
}

// inOrder holds features of one's own to the order that the step definitions need.
func inOrder(step *godog.Step, hasEntity, hasSent bool) error {
	switch {
	case step.Type == messages.PickleStepType_ACTION && !hasEntity:
		return errors.New("there is no entity yet; begin the scenario with: Given the entity")
	case step.Type == messages.PickleStepType_OUTCOME && !hasSent:
		return errors.New("there is no response yet; a When step that sends a request comes before Then")
	}
	return nil
}

func (w *world) begin(ctx context.Context, c scenario.Case) context.Context {
	if w.live.Observe != nil {
		ctx, w.observed = w.live.Observe(ctx, c)
	}
	return ctx
}

func (w *world) finish(ctx context.Context, steps []result.Step, err error) {
	r := w.requirement(steps, err, time.Now())
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		unplayed(&r, "not played to its end: the run was stopped (see its problems)")
	case w.notPlayed || w.endsRun(ctx, &r):
		unplayed(&r, "not played to its end: the endpoint gave no good answer any more (see the problems of the run)")
	}
	if w.tearDown != nil {
		if err := w.tearDown(); err != nil && !r.NotPlayed {
			r.Verdict, r.Reason = result.Error, err.Error()
		}
	}
	if !w.live.Brief {
		for _, x := range w.exchanges {
			r.Exchanges = append(r.Exchanges, w.live.Client.Report(x.Exchange))
		}
	}
	r = w.live.finished(r)
	if w.observed != nil {
		w.observed(r)
	}
	w.done(r)
	// godog keeps each scenario's step definitions, and with them this world, until the
	// last one has ended: megabytes of bodies would add up.
	*w = world{live: w.live, done: w.done}
}

// sent keeps an exchange for the report, and has the keeper know of the answer.
func (w *world) sent(r *entity.Response) *entity.Response {
	if w.live.Keeper != nil {
		w.live.Keeper.Answered(r.Exchange)
	}
	if path, _, _ := strings.Cut(r.Path, "?"); w.subject != nil && path == w.subject.Path {
		if r.Err == nil && r.Status/100 == 2 {
			w.live.settling.showed(path, r.Object)
		}
		w.live.settling.watchAge(w.live.Operation, path, r)
	}
	return w.evidence.sent(r)
}

// read sends a GET that must give the entity; without it nothing can be judged.
func (w *world) read(ctx context.Context, purpose string) (*entity.Response, error) {
	if w.live.NoGet {
		return nil, w.skip(noGet)
	}
	res := w.sent(w.subject.Read(ctx, purpose))
	if res.Err != nil {
		return res, res.Err
	}
	if res.Status != 200 || res.Object == nil {
		return res, fmt.Errorf("cannot read the entity (%s): GET %s answered %d, %s", purpose, w.subject.Path, res.Status, bodyState(res))
	}
	shown := func(p contract.Property) bool {
		_, has := res.Object[p.Name]
		return has
	}
	if all := w.live.Operation.Properties; len(all) == 0 || slices.ContainsFunc(all, shown) {
		return res, nil
	}
	return res, fmt.Errorf("cannot read the entity (%s): GET %s shows none of the properties that the page names", purpose, w.subject.Path)
}

func bodyState(r *entity.Response) string {
	if r.BodyErr != nil {
		return r.BodyErr.Error()
	}
	return "a JSON object"
}

// readBack gives the state after the update, reading it at the first call.
func (w *world) readBack(ctx context.Context) (*entity.Response, error) {
	if w.after != nil {
		return w.after, nil
	}
	if err := w.readable(); err != nil {
		return nil, err
	}
	res, err := w.read(ctx, "read back")
	if err != nil {
		return nil, err
	}
	w.live.settling.count()
	w.after = res
	return w.after, nil
}

// readable leaves the scenario where a GET shows no update of the entity. One scenario says so.
func (w *world) readable() error {
	root := w.live.roots.read
	if !w.live.unshown() || root.ID == "" || root.Key() == w.c.Key() {
		return nil
	}
	w.live.settling.block(root.Key())
	return w.skip("blocked by %s: a GET shows no update of the entity", root.Key())
}

// noGet is why something cannot be judged on a target without a GET of the entity.
const noGet = "the endpoint has no GET (--no-get)"

// unseen notes a check that takes a GET, where there is none.
func (w *world) unseen(name string) bool {
	if w.live.NoGet {
		w.note(name, noGet)
	}
	return w.live.NoGet
}

// stateShown gives what there is to see of the state after the update: a following GET
// or, without one, the answer of the update itself.
func (w *world) stateShown(ctx context.Context) (*entity.Response, error) {
	if !w.live.NoGet {
		return w.shownBy(ctx, w.showsUpdate)
	}
	if w.response.Object == nil {
		return nil, w.skip("%s, and the answer to the update shows no entity", noGet)
	}
	w.after = w.response
	return w.after, nil
}
