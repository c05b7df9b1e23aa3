package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"graphpact/internal/harness"
	"graphpact/internal/transport"
)

// ciVariables are set by the CI systems that the project knows, all others by CI:
// Azure Pipelines has its own, and so has Jenkins.
var ciVariables = []string{"CI", "TF_BUILD", "JENKINS_URL"}

// ci reports whether a CI system runs the program, so that nobody is there to answer.
// CI=false is how a user says that none does.
func (a *app) ci() bool {
	return slices.ContainsFunc(ciVariables, func(name string) bool {
		v, _ := a.env(name)
		return v != "" && v != "0" && !strings.EqualFold(v, "false")
	})
}

// interactive reports whether somebody can answer.
func (a *app) interactive() bool {
	f, ok := a.stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// mayWrite holds an endpoint that is going to be written to to the flags, before anything
// is sent. by says where its base URL comes from, as "--endpoint".
func (a *app) mayWrite(o *writeOptions, base, by string) error {
	if err := o.allow(base, by); err != nil {
		return err
	}
	if a.needsNoAnswer(o, base) || a.interactive() {
		return nil
	}
	return fmt.Errorf("%s is on another machine, and nobody can be asked before the first write: stdin is no terminal. Nothing was sent; add --yes if it is meant", base)
}

func (a *app) needsNoAnswer(o *writeOptions, base string) bool {
	return o.yes || a.ci() || !transport.Foreign(base)
}

// agree asks the question before the first write to another machine and reports whether
// it may be done: the answer was y or yes, or nobody needs to be asked. What is going to
// be done has been shown before.
func (a *app) agree(ctx context.Context, o *writeOptions, base, question string) (bool, error) {
	if a.needsNoAnswer(o, base) {
		return true, nil
	}
	return a.ask(ctx, question)
}

func (a *app) ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	answer := make(chan string, 1) // with room: the reader may outlive an interrupt
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n') // no answer is no
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		return false, ctx.Err()
	case line := <-answer:
		return line == "y" || line == "yes", nil
	}
}

// consent shows what is going to be done to another machine and asks whether it may be.
// A no is an orderly end: nothing was written, and the reports of an earlier run stay.
func (a *app) consent(ctx context.Context, o *writeOptions, base string, plan *harness.WritePlan) error {
	fmt.Fprint(a.stderr, plan)
	ok, err := a.agree(ctx, o, base, "Go on?")
	switch {
	case err != nil:
		return failed(harness.Interrupted, errors.New("interrupted; nothing was written"))
	case !ok:
		return failed(harness.NothingRan, errors.New("the answer was not yes; nothing was written"))
	}
	return nil
}
