package scenario

import (
	"slices"

	messages "github.com/cucumber/messages/go/v21"
)

// nodes finds the parts of a Gherkin document by their ids.
type nodes struct {
	scenarios []*messages.Scenario
	steps     map[string]*messages.Step
	rows      map[string]*messages.TableRow
	tags      map[string][]string // of a scenario, with those of its rule and feature
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
			addSteps(bg.Steps)
		}
		if sc == nil {
			return
		}
		n.scenarios = append(n.scenarios, sc)
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
