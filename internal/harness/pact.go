package harness

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"

	"graphpact/internal/atomicfile"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/steps"
)

// PactConfig names the two sides of the Pact that a run writes.
type PactConfig struct{ Consumer, Provider string }

// startPact writes the Pact beside the run: it depends on the page alone, so it need not
// wait for the target. The secrets must not stand in it. The channel gives one value; nil
// where no Pact is asked for.
func (c *RunConfig) startPact(ctx context.Context, secrets []string) <-chan *result.Pact {
	done := make(chan *result.Pact, 1)
	if c.Pact == nil {
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
				p.Error += "; or run with --no-pact"
			}
		}
		done <- p
	}()
	return done
}

func (c *RunConfig) writePact(ctx context.Context, secrets []string, p *result.Pact) error {
	interactions, err := c.Pages.Interactions(ctx, c.Selected)
	if err != nil || len(interactions) == 0 {
		return err
	}
	all := make([]pact.Interaction, len(interactions))
	for i, in := range interactions {
		all[i] = in.Interaction
	}
	if err := pact.Check(all); err != nil {
		return err
	}
	session, err := pact.Open(ctx, pact.Options{Consumer: p.Consumer, Provider: p.Provider, Secrets: secrets})
	if err != nil {
		return err
	}
	defer session.Close()
	for _, in := range interactions {
		if err := session.Play(ctx, in.Interaction, in.Meet); err != nil {
			return fmt.Errorf("playing %s into the Pact: %w", in.Requirement, err)
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
	p.File, p.Interactions = file, len(interactions)
	p.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256(data))
	return nil
}

// Interactions gives the interactions of the selected scenarios that are part of the Pact.
func (p *Pages) Interactions(ctx context.Context, selected []Selected) ([]steps.Play, error) {
	errorSchema, err := contract.ErrorSchema(p.Conventions)
	if err != nil {
		return nil, err
	}
	var out []steps.Play
	for _, s := range selected {
		response, err := contract.ResponseSchema(s.Operation.Operation, p.Conventions)
		if err != nil {
			return nil, err
		}
		k := &steps.Contract{Operation: s.Operation.Operation, Response: response, Error: errorSchema}
		interactions, err := k.Interactions(ctx, s.Suite, s.Cases)
		if err != nil {
			return nil, err
		}
		out = append(out, interactions...)
	}
	return out, nil
}
