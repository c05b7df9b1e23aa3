package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/entity"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// checkError ends a scenario because a check did not hold; the evidence is in the
// checks of the requirement.
type checkError struct{ msg string }

func (e *checkError) Error() string { return e.msg }

// evidence collects what a live scenario did and found.
type evidence struct {
	c         scenario.Case
	conv      *convention.Set
	started   time.Time
	checks    []result.Check
	exchanges []*entity.Response
	skipped   string // the reason, where the scenario cannot be tested here
	// excerpt masks and shortens a text for the report: an endpoint may send a value of
	// megabytes.
	excerpt func(string) string
}

// maxShown is how many differences, or violations of a schema, of one body are listed
// one by one.
const maxShown = 20

// sent keeps an exchange for the report and gives it back.
func (e *evidence) sent(r *entity.Response) *entity.Response {
	e.exchanges = append(e.exchanges, r)
	return r
}

// number is the 1-based number of an exchange in the report.
func (e *evidence) number(r *entity.Response) int {
	for i, x := range e.exchanges {
		if x == r {
			return i + 1
		}
	}
	return 0
}

// check is one assertion about a response; the zero values of its fields are legal.
type check struct {
	name             string
	on               *entity.Response
	pointer          string
	expected, actual string
	class, message   string
	// source says what asks for it; the requirement's own source where nil.
	source *result.Source
	// proves is what a pass shows beside what the check is about.
	proves string
}

// expect records the check as passed or failed; a failure ends the scenario.
func (e *evidence) expect(ok bool, c check) error {
	e.record(ok, c)
	if ok {
		return nil
	}
	return e.failure()
}

// expectAnswer expects of the status of an answer what is said of it.
func (e *evidence) expectAnswer(ok bool, on *entity.Response, name, expected string) error {
	return e.expect(ok, check{name: name, on: on, expected: expected, actual: status(on)})
}

// record keeps the check without ending the scenario; see failure.
func (e *evidence) record(ok bool, c check) {
	rc := result.Check{
		Name: e.excerpt(c.name), Verdict: result.Pass, Pointer: e.excerpt(c.pointer), Expected: e.excerpt(c.expected), Actual: e.excerpt(c.actual),
		Source: c.source, Proves: c.proves, Exchange: e.number(c.on),
	}
	if rc.Source == nil {
		src := e.c.Source
		rc.Source = &src
	}
	if !ok {
		rc.Verdict, rc.Class, rc.Message = result.Fail, c.class, e.excerpt(c.message)
	}
	e.checks = append(e.checks, rc)
}

// warn keeps a check that does not hold as a warning, whatever the level of the requirement.
func (e *evidence) warn(c check) {
	e.record(false, c)
	e.checks[len(e.checks)-1].Verdict = result.Warn
}

// failure is the error of the last step's failed checks, nil where all held.
func (e *evidence) failure() error {
	var msgs []string
	for _, c := range e.checks {
		if c.Verdict == result.Fail {
			msgs = append(msgs, describe(c))
		}
	}
	if len(msgs) == 0 {
		return nil
	}
	return &checkError{msg: strings.Join(msgs, "; ")}
}

func describe(c result.Check) string {
	var b strings.Builder
	b.WriteString(c.Name)
	if c.Pointer != "" {
		b.WriteString(" at " + c.Pointer)
	}
	fmt.Fprintf(&b, ": expected %s, got %s", c.Expected, c.Actual)
	if c.Class != "" {
		fmt.Fprintf(&b, " (%s)", c.Class)
	}
	return b.String()
}

// note records a check that this target gives no occasion for.
func (e *evidence) note(name, why string) {
	e.checks = append(e.checks, result.Check{Name: e.excerpt(name), Verdict: result.Skip, Message: e.excerpt(why)})
}

// skip ends the scenario: it cannot be tested on this target, or with this page.
func (e *evidence) skip(format string, args ...any) error {
	e.skipped = fmt.Sprintf(format, args...)
	return godog.ErrSkip
}

func (e *evidence) requirement(steps []result.Step, err error, now time.Time) result.Requirement {
	r := newRequirement(e.c)
	r.Steps, r.Checks = steps, e.checks
	r.DurationMS = float64(now.Sub(e.started).Microseconds()) / 1000
	r.Verdict = result.Worst(e.c.Level, e.checks)
	var failed *checkError
	switch {
	case e.skipped != "":
		r.Verdict, r.Reason = result.Skip, e.skipped
	case errors.Is(err, context.Canceled):
		r.Verdict, r.Reason = result.Error, "interrupted"
	case err != nil && !errors.As(err, &failed):
		r.Verdict, r.Reason = result.Error, err.Error()
	case r.Verdict == result.Skip:
		r.Reason = whyUntested(e.checks)
	}
	return r
}

func whyUntested(checks []result.Check) string {
	for _, c := range checks {
		if c.Message != "" {
			return c.Message
		}
	}
	return "the scenario checks nothing"
}

func newRequirement(c scenario.Case) result.Requirement {
	return result.Requirement{
		ID: c.ID, Case: c.Row, Level: c.Level, Source: c.Source, Scenario: c.Name,
		Feature: c.Feature, Tags: c.Tags, Proves: c.Proves, Steps: slices.Clone(c.Steps), Checks: []result.Check{},
	}
}

func (e *evidence) rule(id string) *result.Source {
	r, ok := e.conv.Rule(id)
	if !ok {
		return &result.Source{Kind: "convention", Ref: id}
	}
	return &result.Source{Kind: "convention", Ref: r.ID, Clause: r.Clause, Summary: r.Summary}
}

func fact(s contract.Source, summary string) *result.Source {
	src := result.Source{Kind: "doc", Ref: s.Short(), File: s.File, Line: s.Line, Summary: summary}
	return &src
}
