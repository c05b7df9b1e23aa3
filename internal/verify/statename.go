package verify

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

// UnknownStateError says that nobody here can set up a state of a pact.
type UnknownStateError struct {
	Name string
	// Known are the states that can be set up.
	Known []string
}

func (e *UnknownStateError) Error() string {
	known := "none, without a page"
	if len(e.Known) > 0 {
		known = strings.Join(e.Known, "; ")
	}
	return fmt.Sprintf("the provider state %q is not known; known: %s. Name the page behind the pact with --doc, or the provider's own state endpoint with --state-url", e.Name, known)
}

// meaning is what a state of graphpact's own says.
type meaning struct {
	op     *contract.Operation
	exists bool
	// params are the values of all path parameters, and values those of properties.
	params map[string]string
	values map[string]any
}

// read finds the meaning of a state among the Operations.
func read(s State, ops []*contract.Operation) (*meaning, error) {
	var known []string
	for _, op := range ops {
		for _, name := range []string{op.StateExists(), op.StateAbsent()} {
			if !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
	}
	if !slices.Contains(known, s.Name) {
		return nil, &UnknownStateError{Name: s.Name, Known: known}
	}
	var err error
	for _, op := range ops {
		if s.Name != op.StateExists() && s.Name != op.StateAbsent() {
			continue
		}
		var m *meaning
		if m, err = readParams(s, op); err == nil {
			m.exists = s.Name == op.StateExists()
			return m, nil
		}
	}
	return nil, err
}

// readParams tells path parameters from values of properties.
func readParams(s State, op *contract.Operation) (*meaning, error) {
	m := &meaning{op: op, params: map[string]string{}, values: map[string]any{}}
	for _, p := range op.Path.Params {
		v, ok := s.Params[p.Name]
		if !ok {
			return nil, fmt.Errorf("the provider state %q has no parameter %s, which %s needs", s.Name, p.Name, op.Path.Template)
		}
		m.params[p.Name] = contract.PathText(v)
	}
	for name, v := range s.Params {
		if _, taken := m.params[name]; taken {
			continue
		}
		if _, ok := op.Property(name); !ok {
			return nil, fmt.Errorf("the provider state %q has the parameter %s, which is no path parameter of %s and no property of the page", s.Name, name, op.Path.Template)
		}
		m.values[name] = v
	}
	return m, nil
}
