package harness

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"graphpact/internal/atomicfile"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/steps"
)

// PactConfig names the two sides of the Pact that a run writes.
type PactConfig struct{ Consumer, Provider string }

// orNoPact is what to do about a Pact that cannot be written here.
const orNoPact = "; or run with --no-pact"

// writesPact reports whether the Pact is written: of several shards by the first, since it
// depends on the pages alone.
func (c *RunConfig) writesPact() bool { return c.Pact != nil && c.Shard.Index <= 1 && c.Settled == nil }

// checkPact finds a missing Pact helper before anything is sent: a run would be incomplete
// without the Pact that was asked for.
func (c *RunConfig) checkPact() error {
	if !c.writesPact() {
		return nil
	}
	for _, s := range c.whole {
		if slices.ContainsFunc(s.Cases, func(c scenario.Case) bool { return c.Pact && c.Absent == "" }) {
			if err := c.PactHelper.Check(); err != nil {
				return fmt.Errorf("%w%s", err, orNoPact)
			}
			return nil
		}
	}
	return nil
}

// startPact writes the Pact beside the run: it depends on the page alone, so it need not
// wait for the target. The secrets must not stand in it. The channel gives one value; nil
// where no Pact is asked for.
func (c *RunConfig) startPact(ctx context.Context, secrets []string) <-chan *result.Pact {
	done := make(chan *result.Pact, 1)
	if !c.writesPact() {
		done <- nil
		return done
	}
	go func() {
		p := &result.Pact{Consumer: c.Pact.Consumer, Provider: c.Pact.Provider}
		if err := c.writePact(ctx, secrets, p); err != nil {
			p.Error = err.Error()
			if ctx.Err() != nil {
				p.Error = "interrupted"
			}
			if errors.Is(err, pact.ErrMissing) {
				p.Error += orNoPact
			}
		}
		done <- p
	}()
	return done
}

func (c *RunConfig) writePact(ctx context.Context, secrets []string, p *result.Pact) error {
	tests, err := c.Pages.ConsumerTests(ctx, c.whole)
	if err != nil || len(tests) == 0 {
		return err
	}
	all := make([]pact.Interaction, len(tests))
	for i, test := range tests {
		all[i] = test.Interaction
	}
	if err := pact.Check(all); err != nil {
		return err
	}
	session, err := pact.Open(ctx, pact.Options{Installation: c.PactHelper, Consumer: p.Consumer, Provider: p.Provider, Secrets: secrets, Partial: c.Pages.Narrowed})
	if err != nil {
		return err
	}
	defer session.Close()
	for _, test := range tests {
		if err := session.Record(ctx, test.Interaction, test.Run); err != nil {
			return fmt.Errorf("recording %s in the Pact: %w", test.Requirement, err)
		}
	}
	data, err := session.Finish(ctx)
	if err != nil {
		return err
	}
	file := filepath.Join(c.Out, "pacts", pact.FileName(p.Consumer, p.Provider))
	if err := atomicfile.Write(file, data); err != nil {
		return err
	}
	p.File, p.Interactions = file, len(tests)
	p.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256(data))
	return nil
}

// ConsumerTests gives the tests of the selected scenarios that are part of the Pact.
func (p *Pages) ConsumerTests(ctx context.Context, selected []Selected) ([]steps.ConsumerTest, error) {
	errorSchema, err := contract.ErrorSchema(p.Conventions)
	if err != nil {
		return nil, err
	}
	var all []steps.ConsumerTest
	for _, s := range selected {
		op := s.At(time.Time{}).OfPage()
		response, err := contract.ResponseSchema(op, p.Conventions)
		if err != nil {
			return nil, err
		}
		k := &steps.Contract{Operation: op, Conventions: p.Conventions, Response: response, Error: errorSchema}
		tests, err := k.ConsumerTests(ctx, s.Cases)
		if err != nil {
			return nil, err
		}
		all = append(all, tests...)
	}
	return all, nil
}
