package scenario

import (
	"strings"
	"testing"
)

const readingFeature = `@read-only
Feature: f

  @req:A-01 @must @source:doc @fact:response-body @rule:representation
  Scenario: reads
    Given one
`

// TestReadOnly: the tag selects what sends nothing but GET, and such a scenario says
// nothing without one.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	s, err := load(t, map[string]string{
		"a.feature": readingFeature,
		"b.feature": `Feature: g

  @req:B-01 @must @source:convention @rule:patch-merge
  Scenario: writes
    Given one

  @req:B-02 @must @source:convention @rule:patch-merge @needs-get
  Scenario: writes and reads
    Given one
`,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ readOnly, needsGet bool }{{true, true}, {false, false}, {false, true}} {
		if c := s.Cases[i]; c.ReadOnly != want.readOnly || c.NeedsGet != want.needsGet {
			t.Errorf("%s: read-only %v, needs a GET %v", c.ID, c.ReadOnly, c.NeedsGet)
		}
	}
	// A line of the page, and the convention by which it holds for a GET.
	if src := s.Cases[0].Source; src.Kind != "doc" || src.Line == 0 || !strings.HasPrefix(src.Clause, "OData 4.01 Protocol 11.4.1.5") {
		t.Errorf("source %+v", src)
	}
	got, _, err := s.Select(Selection{ReadOnly: true})
	if err != nil || len(got) != 1 || got[0].ID != "A-01" {
		t.Errorf("%v, %v", got, err)
	}
	if got, unknown, _ := s.Select(Selection{ReadOnly: true, Only: []string{"B-01"}}); len(got) != 0 || len(unknown) != 0 {
		t.Errorf("%v, unknown %v", got, unknown)
	}
	_, err = load(t, map[string]string{"a.feature": strings.Replace(readingFeature, "@rule:representation", "@rule:nobody", 1)})
	if err == nil || !strings.Contains(err.Error(), `there is no convention "nobody"`) {
		t.Errorf("%v", err)
	}
}
