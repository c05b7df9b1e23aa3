package harness

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

const (
	colorRow = "|color|lampColor|The color. The possible values are: `red`, `blue`. Optional.|"
	levelRow = "|level|Int32|In percent, from 0 to 100. Optional.|"
)

// TestValueBeyondThePage: a value that the user gives and the page does not allow is judged by
// what the user vouches for. An endpoint that takes it breaks no promise, nor does one that
// refuses it.
func TestValueBeyondThePage(t *testing.T) {
	t.Parallel()
	values := map[string][]any{"color": {"green"}, "level": {json.Number("140")}}
	mine := pageOf(t, colorRow+"\n"+levelRow, answers200, values)
	for name, served := range map[string]*Pages{
		"taken": mine, "refused": pageOf(t, colorRow+"\n"+levelRow, answers200, nil),
	} {
		p := fieldPlay{pages: mine, served: served}
		if err := p.play(t); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if b := p.blamed(); b != nil {
			t.Errorf("%s: the endpoint is blamed: %v", name, b)
		}
		if p.problems != nil {
			t.Errorf("%s: %v", name, p.problems)
		}
		for _, r := range p.reqs {
			if strings.Contains(r.Key(), "green") {
				t.Errorf("%s: %s is no promise of the page", name, r.Key())
			}
			if name == "refused" && r.Key() == "UPD-10[color]" && (r.Verdict != result.Skip || !strings.Contains(r.Reason, `color = "green"`) || !strings.Contains(r.Reason, "given by --value or the settings, beyond what the page allows (lamp.md:15)")) {
				t.Errorf("%s %s", r.Verdict, r.Reason)
			}
		}
		if got := p.probes[0].Properties[0].Origin; got != "user, beyond the page" {
			t.Errorf("%s: the probe says of the value: %s", name, got)
		}
	}
}

// TestPactIsOfThePageAlone: what a user gives is not in it.
func TestPactIsOfThePageAlone(t *testing.T) {
	t.Parallel()
	interactions := func(values map[string][]any) string {
		pages := pageOf(t, "|name|String|The name.|\n"+colorRow+"\n"+levelRow, answers200, values)
		selected, err := pages.Select(scenario.Selection{})
		if err != nil {
			t.Fatal(err)
		}
		tests, err := pages.ConsumerTests(t.Context(), selected)
		if err != nil || len(tests) < 5 {
			t.Fatalf("%d %v", len(tests), err)
		}
		var out []any
		for _, one := range tests {
			out = append(out, one.Interaction)
		}
		data, err := json.MarshalIndent(out, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	given := interactions(map[string][]any{"name": {"North"}, "color": {"green"}, "level": {json.Number("140")}})
	if diff := cmp.Diff(interactions(nil), given); diff != "" {
		t.Error(diff)
	}
}

// TestPactSaysWhatItCannotHold: of the statuses that the page allows the Pact has one.
func TestPactSaysWhatItCannotHold(t *testing.T) {
	t.Parallel()
	pages := pageOf(t, colorRow, "If successful, this method returns either a `200 OK` response code with the updated [lamp](lamp.md), or `204 No Content`.", nil)
	selected, err := pages.Select(scenario.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	tests, err := pages.ConsumerTests(t.Context(), selected)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, one := range tests {
		success := one.Response.Status/100 == 2
		if says := strings.Join(one.Notes, ""); success != strings.Contains(says, "the page allows 200 (lamp.md:19) too; a Pact holds one status") {
			t.Errorf("%s, %d: %q", one.Requirement, one.Response.Status, says)
		}
		if success {
			said++
		}
	}
	if said < 3 {
		t.Errorf("%d interactions with a success", said)
	}
}
