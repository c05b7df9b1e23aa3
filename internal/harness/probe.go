package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/edm"
	"graphpact/internal/entity"
	"graphpact/internal/probe"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
	"graphpact/steps"
)

// How long a read may be late: at least settleLeast, as one of several replicas may lag where
// the probe met another, and at most settleMost.
const (
	settleLeast = 2 * time.Second
	settleMost  = 10 * time.Second
)

// probes reports whether entities are probed before they are judged: those of a foreign
// endpoint that may be updated. The embedded mock has nothing to find out.
func (s *session) probes() bool {
	return s.cfg.URL != "" && !s.cfg.Client.ReadOnly
}

// probe finds out what the endpoint does with the entity of an operation. It gives nil where
// no scenario sends an update. whole are the scenarios of all shards: each of them finds out
// the same.
func (c *RunConfig) probe(ctx context.Context, s *session, live *steps.Live, cases, whole []scenario.Case) (known *probe.Result, err error) {
	if !slices.ContainsFunc(cases, func(k scenario.Case) bool { return k.Absent == "" && steps.Updates(k) }) {
		return nil, nil
	}
	op := live.Operation
	params, tearDown, err := s.states.SetUpEntity(ctx, op)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tearDown()) }()
	path, err := client.Expand(op.Path.Template, params)
	if err != nil {
		return nil, err
	}
	cfg := probe.Config{
		Subject: &entity.Subject{Client: s.client, Op: op, Path: path}, Needed: needed(op, whole),
		Sensitive: sensitive(op, live.Conventions), Settle: settleMost, Sleep: transport.Sleep, NoGet: c.Target.NoGet,
	}
	if c.Settle != nil {
		cfg.Settle = *c.Settle
	}
	if c.sleep != nil {
		cfg.Sleep = c.sleep
	}
	if live.Keeper != nil {
		cfg.Keeper = live.Keeper
	}
	known, err = probe.Run(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if c.probed != nil {
		c.probed(reportProbe(op, known, s.client, c.Target.NoGet))
	}
	return known, nil
}

// sensitive says why a property must not be touched: by its name or, where it switches something,
// by what the page says of it.
func sensitive(op *contract.Operation, conv *convention.Set) func(name string) (why string, is bool) {
	return func(name string) (string, bool) {
		if why, is := conv.IsSensitive(name); is {
			return why, true
		}
		p, known := op.Property(name)
		if !known || !p.Type.IsEnum() && p.Type.Edm != edm.Boolean {
			return "", false
		}
		return conv.SaysSensitive(p.Description)
	}
}

// needed are the properties that the cases name in their steps.
func needed(op *contract.Operation, cases []scenario.Case) []string {
	names := []string{}
	for _, p := range op.Settable() {
		named := func(st result.Step) bool {
			return slices.Contains(strings.FieldsFunc(st.Text, func(r rune) bool { return strings.ContainsRune(` ",`, r) }), p.Name)
		}
		if slices.ContainsFunc(cases, func(c scenario.Case) bool { return c.Absent == "" && slices.ContainsFunc(c.Steps, named) }) {
			names = append(names, p.Name)
		}
	}
	return names
}

// Limits of what a report shows of a value and of an answer, in bytes.
const valueShown, answerShown = 256, 512

// reportProbe is the result as a report has it: secrets masked, texts shortened.
func reportProbe(op *contract.Operation, known *probe.Result, c *client.Client, noGet bool) result.Probe {
	out := result.Probe{
		Operation: op.Name(), URL: c.URL(known.Path),
		NeedsIfMatch: c.IfMatchRequired(), Unsettled: known.Unsettled,
		LagMS: float64(known.Lag.Microseconds()) / 1000, Requests: known.Requests, Properties: []result.ProbedProperty{},
		Moves: known.Moves, WithSelect: known.Select != nil, Prefer: string(known.Prefer), NoGet: noGet,
	}
	if known.DateDigits >= 0 {
		out.DateDigits = &known.DateDigits
	}
	for _, p := range known.Properties {
		q := result.ProbedProperty{Name: p.Name, Outcome: string(p.Outcome), Detail: c.Excerpt(detail(p), answerShown)}
		if p.Sent.Origin != "" && p.Answer != nil {
			// With its name, so that a value under a name that says secret is masked.
			sent := c.Excerpt(schema.Text(map[string]any{p.Name: p.Sent.JSON}), valueShown)
			q.Sent = strings.TrimSuffix(strings.TrimPrefix(sent, "{"), "}")
			q.Origin = string(p.Sent.Origin)
		}
		out.Properties = append(out.Properties, q)
	}
	return out
}

func detail(p probe.Property) string {
	switch {
	case p.Why != "":
		return p.Why
	case p.Answer == nil:
		return ""
	case p.Answer.Err != nil:
		return p.Answer.Err.Error()
	}
	text := fmt.Sprintf("%d", p.Answer.Status)
	inner, _ := p.Answer.Object["error"].(map[string]any)
	if message, _ := inner["message"].(string); message != "" {
		text += " " + message
	}
	if p.OwnTaken {
		text += "; the property's own value is taken"
	}
	return text
}
