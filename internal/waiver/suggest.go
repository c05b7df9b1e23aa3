package waiver

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"graphpact/internal/result"
)

// Setting is the name in result.Run.Settings under which a run has the file of waivers
// that was in force.
const Setting = "waivers"

// suggestedDays is how long a suggested waiver covers what it is about.
const suggestedDays = 90

// The placeholders of a suggested waiver. Parse refuses them, so that nobody accepts a
// failure without a thought.
const (
	placeholderReason = "<why this is accepted for now>"
	placeholderOwner  = "<who sees to it>"
)

// modeline names the schema for editors, and for users the command that prints it.
const modeline = `# yaml-language-server: $schema=waivers.schema.json
# (graphpact waivers --schema > waivers.schema.json)
`

// filters are the settings that leave a part of the suite out.
var filters = []string{"only", "tags", "read-only", "filter-description", "filter-state"}

// Suggest gives at most n entries, as YAML to paste, that would waive what failed in the
// run, and how many more there would be; "" where nothing failed. Rows that all failed
// are one entry. Where no file was in force the YAML is a whole file, else it is entries
// for the end of that.
func Suggest(run *result.Run, n int) (text string, left int) {
	entries := suggested(run)
	if len(entries) == 0 {
		return "", 0
	}
	n = min(n, len(entries))
	left = len(entries) - n
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, e := range entries[:n] {
		list.Content = append(list.Content, e.node())
	}
	top := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar(keyWaivers), list}}
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if enc.Encode(top) != nil || enc.Close() != nil {
		return "", 0 // cannot happen: plain nodes, into memory
	}
	if run.Settings[Setting] != "" {
		return strings.TrimPrefix(b.String(), keyWaivers+":\n"), left
	}
	return modeline + b.String(), left
}

// suggested gives an entry for each requirement that failed, in the order of the run.
func suggested(run *result.Run) []Entry {
	type of struct{ operation, id string }
	rows, failed, operations := map[of]int{}, map[of]int{}, map[string]bool{}
	for _, r := range run.Requirements {
		o := of{r.Operation, r.ID}
		operations[r.Operation] = true
		rows[o]++
		if breaks(r.Verdict) {
			failed[o]++
		}
	}
	whole := !slices.ContainsFunc(filters, func(f string) bool { return run.Settings[f] != "" })
	var out []Entry
	for _, r := range run.Requirements {
		if !breaks(r.Verdict) {
			continue
		}
		e := Entry{
			Requirement: r.Key(), Reason: placeholderReason, Owner: placeholderOwner,
			Expires: run.StartedAt.UTC().AddDate(0, 0, suggestedDays).Format(time.DateOnly),
		}
		if o := (of{r.Operation, r.ID}); whole && rows[o] > 1 && failed[o] == rows[o] {
			e.Requirement = r.ID
		}
		if run.Target.Kind != result.EmbeddedMock {
			e.Endpoint = run.Target.BaseURL
		}
		if len(operations) > 1 {
			e.Operation = r.Operation
		}
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// breaks reports whether that verdict makes a run not conformant, and a waiver can cover
// it.
func breaks(v result.Verdict) bool { return v == result.Fail || v == result.Flaky }

func (e *Entry) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range [][2]string{
		{keyRequirement, e.Requirement}, {keyReason, e.Reason}, {keyOwner, e.Owner}, {keyExpires, e.Expires},
		{keyEndpoint, e.Endpoint}, {keyOperation, e.Operation},
	} {
		if f[1] != "" {
			v := scalar(f[1])
			if f[0] == keyExpires {
				v.Tag = "!!timestamp"
			}
			n.Content = append(n.Content, scalar(f[0]), v)
		}
	}
	return n
}

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }
