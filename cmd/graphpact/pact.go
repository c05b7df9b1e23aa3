package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"

	"graphpact/internal/atomicfile"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/steps"
)

// startPact writes the Pact beside the run: it depends on the page alone, so it
// need not wait for the target. The secrets must not stand in it. The channel gives one value; nil where no Pact is
// asked for.
func (a *app) startPact(ctx context.Context, o *runOptions, selected []selection, conv *convention.Set, secrets []string) <-chan *result.Pact {
	done := make(chan *result.Pact, 1)
	switch {
	case o.noPact:
		done <- nil
	case o.filtered():
		fmt.Fprintln(a.stdout, "no Pact: a filtered run would leave a partial contract")
		done <- nil
	default:
		go func() {
			p := &result.Pact{Consumer: o.consumer, Provider: o.provider}
			if err := writePact(ctx, o, selected, conv, secrets, p); err != nil {
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
	}
	return done
}

func writePact(ctx context.Context, o *runOptions, selected []selection, conv *convention.Set, secrets []string, p *result.Pact) error {
	plays, err := interactions(ctx, selected, conv)
	if err != nil || len(plays) == 0 {
		return err
	}
	all := make([]pact.Interaction, len(plays))
	for i, play := range plays {
		all[i] = play.Interaction
	}
	if err := pact.Check(all); err != nil {
		return err
	}
	session, err := pact.Open(ctx, pact.Options{Consumer: o.consumer, Provider: o.provider, Secrets: secrets})
	if err != nil {
		return err
	}
	defer session.Close()
	for _, play := range plays {
		if err := session.Play(ctx, play.Interaction, play.Meet); err != nil {
			return fmt.Errorf("playing %s into the Pact: %w", play.Requirement, err)
		}
	}
	data, err := session.Finish(ctx)
	if err != nil {
		return err
	}
	file := filepath.Join(o.out, "pacts", pact.FileName(o.consumer, o.provider))
	if err := atomicfile.Write(file, data); err != nil {
		return err
	}
	p.File, p.Interactions = file, len(plays)
	p.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256(data))
	return nil
}

func interactions(ctx context.Context, selected []selection, conv *convention.Set) ([]steps.Play, error) {
	errorSchema, err := contract.ErrorSchema(conv)
	if err != nil {
		return nil, err
	}
	var plays []steps.Play
	for _, s := range selected {
		response, err := contract.ResponseSchema(s.Operation, conv)
		if err != nil {
			return nil, err
		}
		k := &steps.Contract{Operation: s.Operation, Response: response, Error: errorSchema}
		ps, err := k.Interactions(ctx, s.cases)
		if err != nil {
			return nil, err
		}
		plays = append(plays, ps...)
	}
	return plays, nil
}
