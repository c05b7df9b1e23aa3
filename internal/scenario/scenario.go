// Package scenario reads the feature files into the cases of a run: it parses
// Gherkin, reads the tags that make a scenario a requirement, fills the Examples
// that come from the page, and selects what to run. It executes nothing.
//
// A scenario carries these tags (its own or its feature's):
//
//	@req:ID                          the stable id of the requirement
//	@must, @should or @may           its strength
//	@source:doc @fact:NAME           asked for by the page; NAME is a fact of contract.Operation,
//	                                 and @rule:ID beside it the convention that carries it here
//	@source:convention @rule:ID      asked for by a rule of package convention
//	@pact                            also played into the Pact
//	@read-only                       sends nothing but GET
//	@needs-get                       says nothing on a target without a GET of the entity
//
// Examples tagged @from-page hold a header row only; their rows come from the
// Operation, by the name of the Examples (see tables.go).
package scenario

import (
	"graphpact/internal/contract"
	"graphpact/internal/result"
)

// Case is one scenario to run: a Scenario, or one row of a Scenario Outline.
type Case struct {
	// Content is a feature that holds this scenario, or this row of it, and no other: what
	// godog is given for a play. It is empty for a case that cannot be run (see Absent).
	Content []byte
	// ID is the requirement's id, and Row names the row of an outline ("" otherwise).
	ID, Row string
	Level   result.Level
	// Source is what asks for the requirement, fit for a report.
	Source result.Source
	Pact   bool
	// ReadOnly is set where the scenario sends nothing but GET.
	ReadOnly bool
	// NeedsGet is set where nothing is left to judge without a GET of the entity.
	NeedsGet bool
	// Tags are all tags in force, with '@'.
	Tags []string
	// Name is the scenario's name with the row's values filled in.
	Name string
	// Outline is the scenario's name as it stands in the file.
	Outline string
	// Feature is where the scenario stands.
	Feature result.Location
	Steps   []result.Step
	// Absent says why there is nothing to run: the page has no fact, or no row, for it.
	Absent string
}

// Key is the id with the row, as "UPD-01[ready]".
func (c Case) Key() string { return result.Requirement{ID: c.ID, Case: c.Row}.Key() }

// Suite is the whole of the scenarios for one Operation.
type Suite struct {
	Operation *contract.Operation
	// Cases are in the order of the files (by name), the scenarios, and the rows.
	Cases []Case
}
