package verify

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// Catalog has what is known about interactions beside the pacts.
type Catalog struct {
	Operations  []*contract.Operation
	Conventions *convention.Set
	// Cases are the scenarios that a pact may have been written from.
	Cases []scenario.Case
	// TokenFrom says where the token comes from, and TokenHint how to give one where there is none.
	TokenFrom, TokenHint string
}

// ruleExpected is the convention that a provider answers as its consumers expect.
const ruleExpected = "pact"

// IDPrefix begins the ids that are made up for the interactions of other tools.
const IDPrefix = "PACT-"

// makeID makes up an id from what makes an interaction one of its kind (consumer, provider,
// description and states), so that it stays the same from run to run, whatever else is
// in the pact or selected.
func makeID(i pact.Interaction) string {
	data, err := json.Marshal([]any{i.Consumer, i.Provider, i.Description, i.States})
	if err != nil {
		data = []byte(i.Description) // states came from JSON: cannot happen
	}
	return fmt.Sprintf("%s%x", IDPrefix, sha256.Sum256(data))[:len(IDPrefix)+8]
}

// Requirements gives the requirements of the interactions before they are verified, in
// their order, no two with the same key.
func (k *Catalog) Requirements(interactions []pact.Interaction) []result.Requirement {
	names := names{}
	out := make([]result.Requirement, len(interactions))
	for n, i := range interactions {
		out[n] = k.requirement(i)
		names.unique(&out[n], i)
	}
	return out
}

// requirement is that of an interaction before it is verified: the one that graphpact
// wrote into the pact, or one made up for a pact of another tool.
func (k *Catalog) requirement(i pact.Interaction) result.Requirement {
	id, row := splitKey(i.Requirement)
	if id == "" {
		id = makeID(i)
	}
	r := result.Requirement{
		ID: id, Case: row, Operation: i.Request.Method + " " + i.Request.Path, Level: result.Must, Source: k.source(i),
		Scenario: strings.TrimSuffix(i.Description, " ("+id+")"), Checks: []result.Check{},
		Feature: result.Location{URI: i.Pact, Line: i.Line, Feature: i.Consumer + " and " + i.Provider},
	}
	if v := i.ConsumerVersion; v != "" {
		r.Scenario += ", for " + i.Consumer + " " + v
		r.Feature.Feature = i.Consumer + " " + v + " and " + i.Provider
	}
	if i.Pending {
		r.Level = result.Should // a failure of a pending interaction fails nobody
	}
	if op := k.operation(i); op != nil {
		r.Operation = op.Method.Value + " " + op.Path.Template
	}
	return r
}

// splitKey takes "UPD-01[ready]" apart.
func splitKey(key string) (id, row string) {
	id, rest, ok := strings.Cut(key, "[")
	if !ok || !strings.HasSuffix(rest, "]") {
		return key, ""
	}
	return id, strings.TrimSuffix(rest, "]")
}

var docRef = regexp.MustCompile(`^(.+):([0-9]+)$`)

// source is what the pact itself names, with the gist where the page or the convention is at hand.
func (k *Catalog) source(i pact.Interaction) result.Source {
	if len(i.Sources) == 0 {
		return result.Source{
			Kind: "convention", Ref: ruleExpected, Clause: "Pact",
			Summary: fmt.Sprintf("%s answers as %s expects", i.Provider, i.Consumer),
		}
	}
	ref := i.Sources[0]
	for _, c := range k.Cases {
		if c.Key() == i.Requirement && c.Source.Ref == ref {
			return c.Source
		}
	}
	if m := docRef.FindStringSubmatch(ref); m != nil {
		line, _ := strconv.Atoi(m[2]) // digits; 0, which is no line, where there are too many
		return result.Source{Kind: "doc", Ref: ref, File: m[1], Line: line}
	}
	s := result.Source{Kind: "convention", Ref: ref}
	if len(i.Sources) > 1 {
		s.Clause = i.Sources[1]
	}
	if rule, ok := k.Conventions.Rule(ref); ok {
		s.Clause, s.Summary = rule.Clause, rule.Summary
	}
	return s
}

// operation is the page behind an interaction, nil where none is at hand.
func (k *Catalog) operation(i pact.Interaction) *contract.Operation {
	for _, op := range k.Operations {
		if op.Method.Value == i.Request.Method && client.Matches(op.Path.Template, i.Request.Path) {
			return op
		}
	}
	return nil
}

// names keeps the keys of requirements apart: how often each was there.
type names map[string]int

// unique adds the consumer, its version where there are several, and then a number, to
// the case of a requirement that is there already.
func (n names) unique(r *result.Requirement, i pact.Interaction) {
	for _, more := range []string{"", strings.TrimSpace(i.Consumer + " " + i.ConsumerVersion)} {
		if more != "" {
			r.Case = strings.TrimPrefix(r.Case+", "+more, ", ")
		}
		if n[r.Key()]++; n[r.Key()] == 1 {
			return
		}
	}
	r.Case += " " + strconv.Itoa(n[r.Key()])
	n[r.Key()]++
}

// setSteps describes the interaction in steps.
func setSteps(r *result.Requirement, i pact.Interaction) {
	r.Steps = nil
	judged := r.Verdict != result.Error && !r.NotPlayed
	done := result.Skip
	if judged {
		done = result.Pass
	}
	add := func(keyword, text string, v result.Verdict) {
		r.Steps = append(r.Steps, result.Step{Keyword: keyword, Text: text, Line: r.Feature.Line, Verdict: v})
	}
	keyword := "Given"
	for _, s := range i.States {
		add(keyword, s.Name, done)
		keyword = "And"
	}
	add("When", fmt.Sprintf("%s sends %s %s", i.Consumer, i.Request.Method, i.Request.Path), done)
	add("Then", fmt.Sprintf("%s answers %s as the pact expects", i.Provider, client.StatusLine(i.Response.Status)), r.Verdict)
	r.Steps[len(r.Steps)-1].Message = r.Reason
}
