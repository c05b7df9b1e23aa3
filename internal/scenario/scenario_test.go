package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	gherkin "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"
	"github.com/google/go-cmp/cmp"

	"graphpact/features"
	"graphpact/fixtures"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
)

func operation(t testing.TB) (*contract.Operation, *convention.Set) {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	data, err := fixtures.FS.ReadFile("docs/provisioningflow-update.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := graphdoc.Parse("page.md", data)
	if err != nil {
		t.Fatal(err)
	}
	op, err := contract.FromRequestLine(page, conv, 0)
	if err != nil {
		t.Fatal(err)
	}
	return op, conv
}

func load(t testing.TB, files map[string]string) (*Suite, error) {
	t.Helper()
	op, conv := operation(t)
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(fsys, op, conv)
}

func TestRowsComeFromThePage(t *testing.T) {
	t.Parallel()
	s, err := load(t, map[string]string{"a.feature": `Feature: f

  @req:A-01 @must @source:doc @fact:enum @pact
  Scenario Outline: set <property> to <value>
    Given "<value>"

    @from-page
    Examples: each settable enum value
      | property | value |

  @req:A-02 @should @source:convention @rule:patch-merge
  Scenario: behind it
    Given nothing
`})
	if err != nil {
		t.Fatal(err)
	}
	var keys, steps []string
	for _, c := range s.Cases {
		keys = append(keys, c.Key())
		steps = append(steps, c.Steps[0].Text)
	}
	want := []string{
		"A-01[readinessStatus=notReady]", "A-01[readinessStatus=ready]", "A-01[readinessStatus=failed]",
		"A-01[readinessStatus=disabled]", "A-01[readinessStatus=expired]", "A-02",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
	if steps[1] != `"ready"` || s.Cases[1].Name != "set readinessStatus to ready" || !s.Cases[1].Pact {
		t.Errorf("row not filled in: %+v", s.Cases[1])
	}
	// The rows are not in the file: a scenario behind them keeps its own line.
	if got := s.Cases[5].Feature.Line; got != 12 {
		t.Errorf("A-02 stands on line %d of the file, want 12", got)
	}
	if got := s.Cases[5].Source; got.Kind != "convention" || got.Clause == "" {
		t.Errorf("source of A-02: %+v", got)
	}
	if got := s.Cases[0].Source; got.Kind != "doc" || !strings.HasPrefix(got.Ref, "page.md:") {
		t.Errorf("source of A-01: %+v", got)
	}
}

// TestEachEnumHasItsOwnLine: on a page with two enums each row leads to the line of
// its own.
func TestEachEnumHasItsOwnLine(t *testing.T) {
	t.Parallel()
	op, conv := operation(t)
	second := op.Settable()[0]
	second.Name = "mood"
	second.Type.Enum = []contract.Member{{Value: "fine", Source: contract.Source{File: "page.md", Line: 99}}}
	op.Properties = append(op.Properties, second)
	s, err := Load(features.FS, op, conv)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Cases {
		if c.Row == "mood=fine" && c.Source.Line != 99 {
			t.Errorf("%s leads to line %d", c.Key(), c.Source.Line)
		}
		if c.ID == "UPD-01" && c.Row != "mood=fine" && c.Source.Line == 99 {
			t.Errorf("%s leads to the line of another enum", c.Key())
		}
	}
}

// TestStatedLimits: each limit that a page states is a case, with its own line.
func TestStatedLimits(t *testing.T) {
	t.Parallel()
	op, conv := operation(t)
	p := op.Settable()[0]
	at := func(line int) contract.Source { return contract.Source{File: "page.md", Line: line} }
	p.Name, p.Type = "size", contract.Type{Name: "Int32", Edm: "Edm.Int32"}
	p.Bounds = contract.Bounds{Min: contract.Fact[json.Number]{Value: "4", Source: at(41)}, Max: contract.Fact[json.Number]{Value: "14", Source: at(42)}}
	op.Properties = append(op.Properties, p)
	s, err := Load(features.FS, op, conv)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range s.Cases {
		if c.ID == "UPD-46" || c.ID == "UPD-47" {
			got = append(got, fmt.Sprintf("%s %s %s %d %s", c.Key(), c.Level, c.Source.Kind, c.Source.Line, c.Source.Summary))
			if c.Source.Clause == "" {
				t.Errorf("%s names no rule: %+v", c.Key(), c.Source)
			}
		}
	}
	want := []string{
		"UPD-46[size=maximum] should doc 42 size is limited: at most 14",
		"UPD-46[size=minimum] should doc 41 size is limited: at least 4",
		"UPD-47[size=maximum] must convention 0 A refused update changes nothing.",
		"UPD-47[size=minimum] must convention 0 A refused update changes nothing.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSilentPageIsNoMust(t *testing.T) {
	t.Parallel()
	op, conv := operation(t)
	var bare []contract.Property
	for _, p := range op.Properties {
		p.Type.Enum = nil
		bare = append(bare, p)
	}
	op.Properties = bare
	s, err := Load(features.FS, op, conv)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Cases[0]
	if c.ID != "UPD-01" || c.Absent == "" || c.Content != nil {
		t.Errorf("without an enum on the page UPD-01 must be absent: %+v", c)
	}
}

// TestContentOfACase: godog finds the one scenario of the case, with the same steps.
func TestContentOfACase(t *testing.T) {
	t.Parallel()
	const tags = "@must @source:convention @rule:patch-merge"
	s, err := load(t, map[string]string{"a.feature": `# language: en
@suite
Feature: f
  What it is about.

  Background:
    Given the ground
      """
      Scenario: none
      """

  @req:A-01 ` + tags + `
  Scenario: first # and foremost
    When a

  # a remark
  @req:A-02
  ` + tags + `
  Scenario Outline: second <x>
    When b <x>
      | <x> | y |

    @some
    Examples: some
      | x |
      | 1 |
      | 2 |

    Examples: more
      | x |
      | 3 |

  @rule
  Rule: r

    Background:
      Given more ground

    @req:A-03 ` + tags + `
    Example: third
      * c

  Rule: q
    @req:A-04 ` + tags + `
    Example: fourth
      Then d`})
	if err != nil || len(s.Cases) != 6 {
		t.Fatalf("%v, %v", s, err)
	}
	want := []string{
		"the ground, a", "the ground, b 1", "the ground, b 2", "the ground, b 3",
		"the ground, more ground, c", "the ground, d",
	}
	for i, c := range s.Cases {
		id := (&messages.Incrementing{}).NewId
		doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(c.Content), id)
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.Key(), err, c.Content)
		}
		pickles := gherkin.Pickles(*doc, "a.feature", id)
		if len(pickles) != 1 || pickles[0].Name != c.Name {
			t.Fatalf("%s: %d scenarios in\n%s", c.Key(), len(pickles), c.Content)
		}
		var texts []string
		for _, st := range pickles[0].Steps {
			texts = append(texts, st.Text)
		}
		if got := strings.Join(texts, ", "); got != want[i] {
			t.Errorf("%s: steps %q, want %q", c.Key(), got, want[i])
		}
		if doc := pickles[0].Steps[0].Argument.DocString; doc == nil || doc.Content != "Scenario: none" {
			t.Errorf("%s: argument %+v", c.Key(), doc)
		}
	}
	if bytes.Contains(s.Cases[0].Content, []byte("@")) || bytes.Contains(s.Cases[0].Content, []byte("about")) {
		t.Errorf("what a play does not need:\n%s", s.Cases[0].Content)
	}
}

func TestTagsAreChecked(t *testing.T) {
	t.Parallel()
	const ok = "@req:A-01 @must @source:convention @rule:patch-merge"
	feature := func(tags string) string {
		return "Feature: f\n  " + tags + "\n  Scenario: s\n    Given x\n"
	}
	for name, tc := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no id":        {map[string]string{"a.feature": feature("@must @source:convention @rule:patch-merge")}, "a.feature:3: scenario \"s\" has no @req:ID"},
		"no level":     {map[string]string{"a.feature": feature("@req:A-01 @source:convention @rule:patch-merge")}, "needs one of @must"},
		"two levels":   {map[string]string{"a.feature": feature(ok + " @may")}, "two tags where one belongs: must and may"},
		"no source":    {map[string]string{"a.feature": feature("@req:A-01 @must")}, "needs @source:doc"},
		"unknown fact": {map[string]string{"a.feature": feature("@req:A-01 @must @source:doc @fact:statuss")}, `no fact "statuss"; known: method`},
		"unknown rule": {map[string]string{"a.feature": feature("@req:A-01 @must @source:convention @rule:nonsense")}, `no convention "nonsense"`},
		"not Gherkin":  {map[string]string{"a.feature": "Scenari: x"}, "a.feature: not valid Gherkin"},
		"escapes":      {map[string]string{"a.feature": "Scenari: \x1b[31m\u202e"}, `Scenari: \x1b[31m\u202e`},
		"a long line":  {map[string]string{"a.feature": "Feature: f\n# " + strings.Repeat("x", 70_000)}, "a.feature:2: not valid Gherkin: the line has 70002 bytes"},
		"no steps":     {map[string]string{"a.feature": "Feature: f\n" + ok + "\nScenario: s\n"}, "has no steps"},
		"duplicate id": {map[string]string{"a.feature": feature(ok), "b.feature": feature(ok)},
			"b.feature:3: duplicate requirement A-01, already at a.feature:3"},
		"unknown table": {map[string]string{"a.feature": "Feature: f\n" + ok + "\nScenario Outline: s\nGiven <x>\n@from-page\nExamples: every wish\n|x|\n"},
			`Examples "every wish" cannot be filled`},
		"own rows in a page table": {map[string]string{"a.feature": "Feature: f\n" + ok + "\nScenario Outline: s\nGiven <property>\n@from-page\nExamples: each settable property\n|property|\n|x|\n"},
			"hold a header row and no other"},
		"other columns": {map[string]string{"a.feature": "Feature: f\n" + ok + "\nScenario Outline: s\nGiven <p>\n@from-page\nExamples: each settable property\n|p|\n"},
			"have the columns property"},
		"no file": {nil, "no *.feature file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, tc.files)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	op, conv := operation(t)
	s, err := Load(features.FS, op, conv)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		sel  Selection
		want []string
		err  string
	}{
		"a row":               {Selection{Only: []string{"UPD-01[readinessStatus=ready]"}}, []string{"UPD-01[readinessStatus=ready]"}, ""},
		"an id and tags":      {Selection{Only: []string{"UPD-02", "UPD-06"}, Tags: "@pact"}, []string{"UPD-02"}, ""},
		"or, not":             {Selection{Tags: "(@may or @fact:status) and not @req:UPD-29"}, []string{"UPD-02"}, ""},
		"nothing":             {Selection{Tags: "@nobody"}, nil, ""},
		"unknown id":          {Selection{Only: []string{"UPD-02", "UPD-99"}}, nil, "no requirement UPD-99"},
		"old form":            {Selection{Tags: "@must && ~@pact"}, nil, `"&&" is no tag`},
		"old form with comma": {Selection{Tags: "@must,@pact"}, nil, "is no tag"},
		"broken":              {Selection{Tags: "@must and"}, nil, "tag expression"},
		"open parenthesis":    {Selection{Tags: "(@must"}, nil, "tag expression"},
	} {
		t.Run(name, func(t *testing.T) {
			cases, unknown, err := s.Select(tc.sel)
			if len(unknown) > 0 {
				err = fmt.Errorf("no requirement %s", strings.Join(unknown, ", "))
			}
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range cases {
				got = append(got, c.Key())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzTagMatcher: no expression may panic, as the filter inside godog does.
func FuzzTagMatcher(f *testing.F) {
	for _, s := range []string{"@a and not (@b or @c)", "@a && ", "@ok,", "not", "()", "@a @b", `@a\ b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		match, err := tagMatcher(expr)
		if err == nil {
			match([]string{"@a"})
		}
	})
}

// TestEveryRuleIsUsable: what the features ask for exists, and each scenario of the
// suite is well tagged on the project's own page.
func TestSuiteLoads(t *testing.T) {
	t.Parallel()
	op, conv := operation(t)
	s, err := Load(features.FS, op, conv)
	if err != nil {
		t.Fatal(err)
	}
	pact := 0
	for _, c := range s.Cases {
		// The page states no limit of a value and has no object: TestStatedLimits and TestNested of
		// package harness have pages that do.
		if other := slices.Contains([]string{"UPD-46", "UPD-47", "UPD-48"}, c.ID); (c.Absent != "") != other {
			t.Errorf("%s is not tested on the project's own page, or is without occasion: %q", c.Key(), c.Absent)
		}
		if c.Source.Summary == "" || c.Source.Ref == "" {
			t.Errorf("%s does not say who asks for it: %+v", c.Key(), c.Source)
		}
		if c.Pact {
			pact++
		}
	}
	if pact < 8 {
		t.Errorf("%d scenarios go into the Pact", pact)
	}
}

func BenchmarkLoad(b *testing.B) {
	op, conv := operation(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(features.FS, op, conv); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSelectionNames(t *testing.T) {
	t.Parallel()
	sel := Selection{Only: []string{"UPD-01, upd-10", "UPD-01[a=b,c],UPD-02[x=[1,2]],UPD-03", "", " , "}, Tags: "@must", ReadOnly: true}
	want := []string{"UPD-01", "upd-10", "UPD-01[a=b,c]", "UPD-02[x=[1,2]]", "UPD-03"}
	if diff := cmp.Diff(want, sel.Names()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	partial := []string{"only " + strings.Join(want, ", "), "only what @must selects", "only what sends nothing but GET"}
	if diff := cmp.Diff(partial, sel.Partial()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := (Selection{}).Partial(); got != nil {
		t.Errorf("the whole suite is partial: %q", got)
	}
}

// TestSelectInAnyCase: letter case counts only where two names differ in nothing else.
func TestSelectInAnyCase(t *testing.T) {
	t.Parallel()
	s := &Suite{Cases: []Case{{ID: "R-1", Row: "a=X"}, {ID: "R-1", Row: "a=x"}, {ID: "R-2"}}}
	for name, want := range map[string]int{"r-1": 2, "R-1[a=x]": 1, "R-1[A=X]": 2, "r-2": 1, "R-2[]": 0, "": 3} {
		got, unknown, err := s.Select(Selection{Only: []string{name}})
		if err != nil || len(got) != want || (len(unknown) > 0) != (want == 0) {
			t.Errorf("%q selects %d of %d, unknown %q, %v", name, len(got), want, unknown, err)
		}
	}
}

// The suites of several pages are those of each page alone, and share what is the same for all.
func TestFeaturesOfSeveralPages(t *testing.T) {
	t.Parallel()
	const text = `Feature: f
  @req:A-1 @must @source:convention @rule:patch-status
  Scenario: plain
    Given the entity

  @req:A-2 @must @source:convention @rule:patch-status
  Scenario Outline: <property>
    Given the entity with <property>

    @from-page
    Examples: each settable property
      | property |
`
	fsys := fstest.MapFS{"a.feature": {Data: []byte(text)}, "b.feature": {Data: []byte(strings.ReplaceAll(strings.Split(text, "  @req:A-2")[0], "A-1", "B-1"))}}
	op := func(names ...string) *contract.Operation {
		o := &contract.Operation{Page: names[0] + ".md"}
		for _, name := range names {
			o.Properties = append(o.Properties, contract.Property{Name: name, Listed: true, Type: contract.Type{Edm: edm.String}})
		}
		return o
	}
	together := NewFeatures(fsys)
	_, conv := operation(t)
	var suites []*Suite
	for _, o := range []*contract.Operation{op("x"), op("y", "z"), op("x")} {
		suite, err := together.Suite(o, conv)
		if err != nil {
			t.Fatal(err)
		}
		alone, err := Load(fsys, o, conv)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone.Cases, suite.Cases); diff != "" {
			t.Errorf("%s (-alone +together)\n%s", o.Page, diff)
		}
		suites = append(suites, suite)
	}
	first, second := suites[0].Cases[0], suites[1].Cases[0]
	if first.ID != "A-1" || &first.Content[0] != &second.Content[0] || &first.Steps[0] != &second.Steps[0] {
		t.Error("a scenario without rows of the page has a text for each page")
	}
	if n := len(suites[1].Cases); n != 4 || suites[1].Cases[1].Row != "y" {
		t.Errorf("%d cases: %+v", n, suites[1].Cases)
	}
}
