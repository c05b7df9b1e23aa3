// Package lint judges reference pages as documents: each finding of a page under the stable
// id of a rule, with a level and with what to do. The findings of one page come from package
// contract; the rules that need more than one page stand here.
package lint

import (
	"cmp"
	"slices"

	"graphpact/internal/contract"
	"graphpact/internal/sarif"
)

// Level is how much a finding weighs.
type Level = sarif.Level

// Rule is an entry of the catalogue.
type Rule struct {
	// ID is the stable name, as "todo-marker": reports, baselines and services know it.
	ID    string `json:"id"`
	Level Level  `json:"level"`
	// Kind says whether a finding blames the page, or says what was assumed.
	Kind contract.FindingKind `json:"kind"`
	// Summary is one sentence that says what is so.
	Summary string `json:"summary"`
	// Fix says what the author of the page can do.
	Fix string `json:"fix,omitempty"`
}

// The rules of this package.
const (
	// RulePageRefused is a page without a contract.
	RulePageRefused = "page-refused"
	// RuleVersionMixed is a page of one version of the API that shows another version.
	RuleVersionMixed = "version-mixed"
	// RuleNotInContents is a page that no table of contents names.
	RuleNotInContents = "not-in-contents"
	// RuleOperationRepeated is an operation that two pages of a version document.
	RuleOperationRepeated = "operation-repeated"
)

func own() []Rule {
	return []Rule{
		{RulePageRefused, sarif.Error, contract.Defect, "The page gives no contract.",
			"Do what the message says. A page of an update needs a request line in a code block below \"## HTTP request\"."},
		{RuleVersionMixed, sarif.Warning, contract.Defect, "A page of one version of the API shows a URL of another version.",
			"Write the version of the folder that the page is in."},
		{RuleNotInContents, sarif.Warning, contract.Defect, "No table of contents names the page.",
			"Add the page to the toc.yml of its folder, or to the one above it."},
		{RuleOperationRepeated, sarif.Warning, contract.Defect, "Two pages of one version document the same request.",
			"Keep one of the pages, or name on each what tells its request apart, as the derived type in the path."},
	}
}

// Rules is the catalogue, by id: the classes of package contract, and the rules of this one.
func Rules() []Rule {
	rules := own()
	for _, c := range contract.Classes() {
		rules = append(rules, Rule{ID: c.Name, Level: Level(c.Weight), Kind: c.Kind(), Summary: c.Summary, Fix: c.Fix})
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// Catalogue gives rules as SARIF has them.
func Catalogue(rules []Rule) []sarif.Rule {
	out := make([]sarif.Rule, len(rules))
	for i, r := range rules {
		out[i] = sarif.Rule{ID: r.ID, Level: r.Level, Summary: r.Summary, Help: r.Summary, Tags: []string{string(r.Kind)}}
		if r.Fix != "" {
			out[i].Help += "\n\nWhat to do: " + r.Fix
		}
	}
	return out
}
