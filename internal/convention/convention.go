// Package convention holds what Microsoft Graph, OData and the RFCs ask of any
// server, whatever the page says: the rules with their clauses, and the names
// that Graph gives the same meaning on every resource. All of it is data, in
// conventions.yaml beside this file.
package convention

import (
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"

	"go.yaml.in/yaml/v3"
)

//go:embed conventions.yaml
var file []byte

// Rule is a convention that a suite may hold a server to.
type Rule struct {
	// ID is the stable name, as "patch-merge".
	ID string `yaml:"id"`
	// Clause is its place, as "OData 4.01 Protocol 11.4.3".
	Clause string `yaml:"clause"`
	// URL points to the clause.
	URL string `yaml:"url"`
	// Summary is the rule in one sentence.
	Summary string `yaml:"summary"`
}

// Names are what Graph calls the same everywhere.
type Names struct {
	// Key, Created and Modified are the property names with a role on every entity.
	Key      []string `yaml:"key"`
	Created  []string `yaml:"created"`
	Modified []string `yaml:"modified"`
	// Sentinel is the member that marks an evolvable enum.
	Sentinel string `yaml:"sentinel"`
}

// Sensitive are properties whose change may lock the caller out, or cannot be undone.
type Sensitive struct {
	// Why says what a change may do, as "it is a credential or a rule about one".
	Why string `yaml:"why"`
	// Patterns match names of properties: * is any text, and letter case is ignored.
	Patterns []string `yaml:"patterns"`
	// Phrases are words, in lower case, in what the page says of a property that switches
	// something: a Boolean, or a value out of a list.
	Phrases []string `yaml:"phrases"`
}

// Set is the whole of the conventions.
type Set struct {
	Names     Names       `yaml:"names"`
	Sensitive []Sensitive `yaml:"sensitive"`
	Rules     []Rule      `yaml:"rules"`
	// Robustness names the rules about wrong input and missing rights: what must be refused.
	Robustness []string `yaml:"robustness"`
	byID       map[string]Rule
}

// IsSensitive says why the property of that name must not be changed to find something
// out; false where nothing speaks against it.
func (s *Set) IsSensitive(name string) (why string, is bool) {
	for _, group := range s.Sensitive {
		for _, pattern := range group.Patterns {
			if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); ok && err == nil {
				return group.Why, true
			}
		}
	}
	return "", false
}

// SaysSensitive is IsSensitive by the description of a property that switches something.
func (s *Set) SaysSensitive(description string) (why string, is bool) {
	words := strings.FieldsFunc(strings.ToLower(description), func(r rune) bool { return !unicode.IsLetter(r) })
	text := " " + strings.Join(words, " ") + " "
	for _, group := range s.Sensitive {
		if slices.ContainsFunc(group.Phrases, func(phrase string) bool { return strings.Contains(text, " "+phrase+" ") }) {
			return group.Why + ", as the page says", true
		}
	}
	return "", false
}

// IsRobustness reports whether the rule of that id is about wrong input or missing rights.
func (s *Set) IsRobustness(id string) bool { return slices.Contains(s.Robustness, id) }

// Rule gives the rule of that id.
func (s *Set) Rule(id string) (Rule, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// Source is the text of the conventions, for a digest of it.
func Source() []byte { return bytes.Clone(file) }

// Load reads the embedded conventions, once a process. The error can only come
// from a broken build: the file is part of the program.
var Load = sync.OnceValues(func() (*Set, error) { return parse(file) })

func parse(data []byte) (*Set, error) {
	var s Set
	if err := yaml.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("conventions.yaml: %w", err)
	}
	for _, group := range s.Sensitive {
		for _, pattern := range group.Patterns {
			if _, err := path.Match(pattern, ""); err != nil || group.Why == "" {
				return nil, fmt.Errorf("conventions.yaml: sensitive %q needs a reason and patterns of path.Match", pattern)
			}
		}
	}
	s.byID = make(map[string]Rule, len(s.Rules))
	for _, r := range s.Rules {
		if r.ID == "" || r.Clause == "" || r.Summary == "" {
			return nil, fmt.Errorf("conventions.yaml: rule %q needs an id, a clause and a summary", r.ID)
		}
		if _, dup := s.byID[r.ID]; dup {
			return nil, fmt.Errorf("conventions.yaml: duplicate rule %q", r.ID)
		}
		s.byID[r.ID] = r
	}
	for _, id := range s.Robustness {
		if _, known := s.byID[id]; !known {
			return nil, fmt.Errorf("conventions.yaml: robustness names %q, which is no rule", id)
		}
	}
	return &s, nil
}
