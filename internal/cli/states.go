package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"graphpact/internal/contract"
	"graphpact/internal/harness"
	"graphpact/internal/pact"
	"graphpact/internal/schema"
	"graphpact/internal/verify"
)

func (a *app) newStatesCommand() *cobra.Command {
	var (
		pages  pageOptions
		pacts  []string
		format string
	)
	cmd := &cobra.Command{
		Use:   "states",
		Short: "List the provider states of the Pact, for whoever sets them up",
		Long: `states lists every provider state with its parameters and the scenarios that use it:
what a provider's state endpoint (--state-url of run and verify) has to know. The states are
those of the pages, or of the pact files that --pact names.

Exit codes:
  0    the states are listed
  2    wrong usage or configuration, or a page or pact that cannot be read
  4    there is no provider state`,
		Example: `  graphpact states
  graphpact states --format json
  graphpact states --pact reports/pacts`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := pages.load()
			if err != nil {
				return err
			}
			uses, err := stateUses(cmd.Context(), loaded, pacts)
			if err != nil {
				return err
			}
			states := listStates(uses, loaded.Contracts())
			if len(states) == 0 {
				return failed(harness.NothingRan, errors.New("there is no provider state"))
			}
			if format == "json" {
				return a.printJSON(states)
			}
			return a.printStates(states)
		},
	}
	pages.declare(cmd)
	declare(cmd, ownFlags, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&pacts, "pact", nil, "pact `FILE`, or folder of them, to list in place of the pages' own (repeatable)")
		declareFormat(fs, &format, "table", "json")
	})
	return cmd
}

// stateUse is an interaction with its states.
type stateUse struct {
	requirement, scenario string
	states                []pact.State
}

// stateUses gathers the interactions of the pages, or of the pact files.
func stateUses(ctx context.Context, pages *harness.Pages, pacts []string) ([]stateUse, error) {
	var uses []stateUse
	if len(pacts) > 0 {
		loaded, err := verify.Load(pacts)
		if err != nil {
			return nil, err
		}
		for _, p := range loaded {
			for _, i := range p.Interactions {
				uses = append(uses, stateUse{i.Requirement, i.Description, i.States})
			}
		}
		return uses, nil
	}
	var selected []harness.Selected
	for _, op := range pages.Operations {
		selected = append(selected, harness.Selected{Operation: op, Cases: op.Suite.Cases})
	}
	tests, err := pages.ConsumerTests(ctx, selected)
	if err != nil {
		return nil, err
	}
	for _, t := range tests {
		uses = append(uses, stateUse{t.Requirement, t.Description, t.States})
	}
	return uses, nil
}

// listedState is a provider state as `states --format json` prints it.
type listedState struct {
	Name      string           `json:"name"`
	Params    []listedParam    `json:"params"`
	Scenarios []listedScenario `json:"scenarios"`
}

type listedParam struct {
	Name string `json:"name"`
	// In is "path" for a path parameter, "property" for a value of the entity, and empty
	// where no page knows it.
	In string `json:"in,omitempty"`
	// Optional is set where some scenarios leave it out.
	Optional bool `json:"optional"`
	// Values are all that the scenarios ask for, in their order.
	Values []any `json:"values"`
	uses   int
}

type listedScenario struct {
	Requirement string `json:"requirement,omitempty"`
	Scenario    string `json:"scenario"`
}

// listStates joins the uses of each state, in the order of their first use.
func listStates(uses []stateUse, ops []*contract.Operation) []*listedState {
	var states []*listedState
	for _, u := range uses {
		for _, s := range u.states {
			i := slices.IndexFunc(states, func(l *listedState) bool { return l.Name == s.Name })
			if i < 0 {
				i = len(states)
				states = append(states, &listedState{Name: s.Name, Params: []listedParam{}})
			}
			states[i].add(s, ops)
			states[i].Scenarios = append(states[i].Scenarios, listedScenario{u.requirement, u.scenario})
		}
	}
	for _, l := range states {
		for i := range l.Params {
			l.Params[i].Optional = l.Params[i].uses < len(l.Scenarios)
		}
		// Path parameters first, as they are in the path.
		slices.SortStableFunc(l.Params, func(a, b listedParam) int { return strings.Compare(a.In, b.In) })
	}
	return states
}

func (l *listedState) add(s pact.State, ops []*contract.Operation) {
	for _, name := range slices.Sorted(maps.Keys(s.Params)) {
		i := slices.IndexFunc(l.Params, func(p listedParam) bool { return p.Name == name })
		if i < 0 {
			i = len(l.Params)
			l.Params = append(l.Params, listedParam{Name: name, In: whereIs(name, s.Name, ops)})
		}
		p := &l.Params[i]
		p.uses++
		if !slices.ContainsFunc(p.Values, func(v any) bool { return schema.Equal(v, s.Params[name]) }) {
			p.Values = append(p.Values, s.Params[name])
		}
	}
}

// whereIs says what a parameter of a state is on the page behind it.
func whereIs(param, state string, ops []*contract.Operation) string {
	for _, op := range ops {
		if state != op.StateExists() && state != op.StateAbsent() {
			continue
		}
		if slices.ContainsFunc(op.Path.Params, func(p contract.Param) bool { return p.Name == param }) {
			return "path"
		}
		if _, ok := op.Property(param); ok {
			return "property"
		}
	}
	return ""
}

func (a *app) printStates(states []*listedState) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i, s := range states {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, s.Name)
		for _, p := range s.Params {
			note := p.In
			if p.Optional {
				note += ", where it matters"
			}
			values := make([]string, len(p.Values))
			for i, v := range p.Values {
				values[i] = schema.Show(v)
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", p.Name, strings.TrimPrefix(note, ", "), strings.Join(values, ", "))
		}
		for _, u := range s.Scenarios {
			fmt.Fprintf(w, "  used by\t%s\t%s\n", u.Requirement, u.Scenario)
		}
	}
	return w.Flush()
}
