// Package steps is the Gherkin glue: step definitions, hooks, and the world of a
// scenario. Two worlds play the same sentences: the live world sends requests to
// the target and checks what comes; the pact world writes the same exchange down
// as an interaction of the Pact.
package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cucumber/godog"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// Updates reports whether a scenario sends an update.
func Updates(c scenario.Case) bool {
	return slices.ContainsFunc([]string{
		whenSet, whenUpdate, whenSetOnly, whenForged, whenSentinel, whenOutsideEnum, whenWrongCase, whenWrongType, whenOutsideLimit, whenSetMember, whenEmpty,
		whenUnknown, whenMalformed, whenRepeat, whenTwoAtOnce, whenMediaType, whenNoAuth, whenBadToken, whenExpiredToken, whenOtherEntity,
		whenAnnotation, whenOldETag, whenCurrentETag, whenAnsweredETag, whenPreference, whenClientRequest,
	}, func(sentence string) bool { return says(c, sentence) })
}

// player makes the world of one scenario and registers its step definitions.
type player interface {
	// register binds the sentences of the vocabulary for the case.
	register(sc *godog.ScenarioContext, c scenario.Case)
	// begin is called once, before the first step; the steps have the context that it gives.
	begin(ctx context.Context, c scenario.Case) context.Context
	// ready says what is missing for a step of its kind (Given, When, Then), nil where
	// nothing is.
	ready(step *godog.Step) error
	// finish is called once when the scenario has ended, with the outcome of its steps
	// and its first error.
	finish(ctx context.Context, steps []result.Step, err error)
}

// stepLog follows the steps of one scenario.
type stepLog struct {
	steps   []result.Step
	next    int
	started time.Time // of the step under way
}

func newStepLog(c scenario.Case) *stepLog {
	l := &stepLog{steps: append([]result.Step(nil), c.Steps...)}
	for i := range l.steps {
		l.steps[i].Verdict = result.Skip
	}
	return l
}

// play plays the cases through godog, strictly: an undefined, pending or ambiguous step
// is an error. A case that is there several times is played as often.
func play(ctx context.Context, cases []scenario.Case, parallel int, newPlayer func() player) error {
	if len(cases) == 0 {
		return nil
	}
	opts := &godog.Options{
		Strict: true, NoColors: true, Format: "progress", Output: io.Discard,
		Concurrency: parallel, DefaultContext: ctx,
	}
	byURI := make(map[string]scenario.Case, len(cases))
	for i, c := range cases {
		uri := fmt.Sprintf("%d/%s", i, c.Feature.URI) // godog drops a feature whose URI it has
		byURI[uri] = c
		opts.FeatureContents = append(opts.FeatureContents, godog.Feature{Name: uri, Contents: c.Content})
	}
	status := godog.TestSuite{
		Name: "graphpact", Options: opts,
		ScenarioInitializer: func(sc *godog.ScenarioContext) { initialize(sc, byURI, newPlayer()) },
	}.Run()
	// 1 says that a scenario failed, which the players know better than a number.
	if status > 1 {
		return fmt.Errorf("godog could not run the features (status %d)", status)
	}
	return nil
}

func initialize(sc *godog.ScenarioContext, byURI map[string]scenario.Case, p player) {
	var log *stepLog // nil when the scenario has ended
	sc.Before(func(ctx context.Context, s *godog.Scenario) (context.Context, error) {
		c := byURI[s.Uri]
		log = newStepLog(c)
		p.register(sc, c)
		ctx = p.begin(ctx, c)
		return ctx, ctx.Err()
	})
	sc.StepContext().Before(func(ctx context.Context, st *godog.Step) (context.Context, error) {
		if log == nil {
			return ctx, nil
		}
		log.started = time.Now()
		return ctx, p.ready(st)
	})
	sc.StepContext().After(func(ctx context.Context, st *godog.Step, status godog.StepResultStatus, err error) (context.Context, error) {
		if log != nil {
			log.record(st.Text, status, err)
		}
		return ctx, nil
	})
	sc.After(func(ctx context.Context, _ *godog.Scenario, err error) (context.Context, error) {
		if log != nil {
			p.finish(ctx, log.steps, err)
			log = nil // godog still walks through the steps behind a failed one
		}
		return ctx, nil
	})
}

func (l *stepLog) record(text string, status godog.StepResultStatus, err error) {
	if l.next >= len(l.steps) || l.steps[l.next].Text != text {
		return
	}
	st := &l.steps[l.next]
	l.next++
	st.DurationMS = float64(time.Since(l.started).Microseconds()) / 1000
	switch {
	case status == godog.StepPassed:
		st.Verdict = result.Pass
	case status == godog.StepSkipped:
		st.Verdict = result.Skip
	case status == godog.StepFailed && errors.As(err, new(*checkError)):
		st.Verdict = result.Fail
	default:
		st.Verdict = result.Error
	}
	if err != nil && !errors.Is(err, godog.ErrSkip) {
		st.Message = err.Error()
	}
}
