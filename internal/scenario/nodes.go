package scenario

import (
	"slices"

	messages "github.com/cucumber/messages/go/v34"
)

// nodes finds the parts of a Gherkin document by their ids.
type nodes struct {
	scenarios []*messages.Scenario
	steps     map[string]*messages.Step
	rows      map[string]*messages.TableRow
	tags      map[string][]string // of a scenario, with those of its rule and feature
	parts     []part              // backgrounds, scenarios and rules, in order
}

// part is a block of lines, from 1: its tags begin at first, its keyword is at keyword.
type part struct {
	first, keyword int64
	scenario       string // id; empty for a background or a rule
}

func (n *nodes) addPart(scenario string, keyword *messages.Location, tags []*messages.Tag) {
	p := part{keyword.Line, keyword.Line, scenario}
	if len(tags) > 0 {
		p.first = tags[0].Location.Line
	}
	n.parts = append(n.parts, p)
}

// owner is what a line belongs to: ids of a scenario and a row, empty where it belongs to
// all of the feature.
type owner struct{ scenario, row string }

// owners gives the owner of each of the lines, from 0. Tags and the description of the
// feature belong to nobody: a play does not need them.
func (n nodes) owners(feature *messages.Feature, lines int) []owner {
	all := make([]owner, lines)
	if feature == nil {
		return all
	}
	var at int64
	own := func(until int64, o owner) {
		for ; at < until; at++ {
			all[at] = o
		}
	}
	nobody := owner{scenario: "-"}
	if len(feature.Tags) > 0 {
		at = feature.Tags[0].Location.Line - 1
		own(feature.Location.Line-1, nobody)
	}
	at = feature.Location.Line
	for i, p := range n.parts {
		end := int64(lines)
		if i+1 < len(n.parts) {
			end = n.parts[i+1].first - 1
		}
		own(p.keyword-1, nobody)
		own(end, owner{scenario: p.scenario})
	}
	for id, row := range n.rows {
		all[row.Location.Line-1].row = id
	}
	return all
}

func indexNodes(doc *messages.GherkinDocument) nodes {
	n := nodes{steps: map[string]*messages.Step{}, rows: map[string]*messages.TableRow{}, tags: map[string][]string{}}
	if doc.Feature == nil {
		return n
	}
	addSteps := func(steps []*messages.Step) {
		for _, s := range steps {
			n.steps[s.Id] = s
		}
	}
	add := func(bg *messages.Background, sc *messages.Scenario, tags []string) {
		if bg != nil {
			n.addPart("", bg.Location, nil)
			addSteps(bg.Steps)
		}
		if sc == nil {
			return
		}
		n.scenarios = append(n.scenarios, sc)
		n.addPart(sc.Id, sc.Location, sc.Tags)
		addSteps(sc.Steps)
		n.tags[sc.Id] = withTags(tags, sc.Tags)
		for _, ex := range sc.Examples {
			for _, row := range ex.TableBody {
				n.rows[row.Id] = row
			}
		}
	}
	featureTags := withTags(nil, doc.Feature.Tags)
	for _, child := range doc.Feature.Children {
		add(child.Background, child.Scenario, featureTags)
		if child.Rule == nil {
			continue
		}
		n.addPart("", child.Rule.Location, child.Rule.Tags)
		ruleTags := withTags(featureTags, child.Rule.Tags)
		for _, rc := range child.Rule.Children {
			add(rc.Background, rc.Scenario, ruleTags)
		}
	}
	return n
}

func withTags(outer []string, tags []*messages.Tag) []string {
	out := slices.Clone(outer)
	for _, t := range tags {
		out = append(out, t.Name)
	}
	return out
}
