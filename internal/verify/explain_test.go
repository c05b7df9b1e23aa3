package verify

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/pact"
	"graphpact/internal/result"
)

func TestPointer(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"$": "", "$.a": "/a", "$.a.b[0]": "/a/b/0", "$['a b']['c/d~']": "/a b/c~1d~0", "$['@odata.type']": "/@odata.type",
		"$[2].x": "/2/x", "/": "", "": "", "$.a[": "", "$[']": "", "$['a": "", "$x": "",
	} {
		if got := pointer(path); got != want {
			t.Errorf("pointer(%q) = %q, want %q", path, got, want)
		}
	}
}

// TestCite: a value from settings or a convention has no line, and no empty brackets.
func TestCite(t *testing.T) {
	t.Parallel()
	if got := cite("a is a date", contract.Source{}); got != "a is a date" {
		t.Error(got)
	}
	if got := cite("a is a date", contract.Source{File: "docs/page.md", Line: 7}); got != "a is a date (page.md:7)" {
		t.Error(got)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for why, want := range map[string]string{"": "Pact: x", "it is late": "it is late. Pact: x", "is it late?": "is it late? Pact: x"} {
		if got := join(why, "Pact: x"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func FuzzPointer(f *testing.F) {
	for _, s := range []string{"$.a['b'][0]", "$..", "$.["} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, path string) { pointer(path) })
}

func TestChecks(t *testing.T) {
	t.Parallel()
	catalog := newCatalog(t)
	i := load(t, "v4.json").Interactions[0]
	src := func(line int, gist string) *result.Source {
		return &result.Source{Kind: "doc", Ref: source(t, line), File: pageFile, Line: line, Summary: gist}
	}
	op := catalog.Operations[0]
	status, _ := op.Property("readinessStatus")
	modified, _ := op.Property("lastModifiedDateTime")
	_, enum, _ := op.EnumFact("readinessStatus")
	enumLine := status.Type.Enum[0].Source.Line
	tests := []struct {
		name   string
		status int
		found  []pact.Difference
		want   []result.Check
	}{
		{
			name: "all right", status: 200,
			want: []result.Check{
				{Name: "the status", Verdict: "pass", Expected: "200 OK", Actual: "200 OK"},
				{Name: "the headers are what the pact expects", Verdict: "pass"},
				{Name: "the body is what the pact expects", Verdict: "pass"},
			},
		},
		{
			name: "drift", status: 204,
			found: []pact.Difference{{Type: "StatusMismatch", Expected: "200", Actual: "204", Text: "expected 200 but was 204"}},
			want: []result.Check{
				{
					Name: "the status", Verdict: "fail", Class: "status-drift", Expected: "200 OK", Actual: "204 No Content",
					Source:  src(op.Success.Source.Line, "the page promises 200"),
					Message: "status drift: the page promises 200 (" + op.Success.Source.Short() + "), and the provider answers 204. Pact: expected 200 but was 204",
				},
				{Name: "the headers are what the pact expects", Verdict: "pass"},
				{Name: "the body is what the pact expects", Verdict: "pass"},
			},
		},
		{
			name: "body and header", status: 200,
			found: []pact.Difference{
				{Type: "HeaderMismatch", Header: "Content-Type", Expected: `"application/json"`, Text: "Expected a header 'Content-Type' but was missing"},
				{Type: "BodyMismatch", Path: "$.readinessStatus", Expected: `"disabled"`, Actual: `"bogus"`, Text: "Expected 'bogus' to match '^disabled$'"},
				{Type: "BodyMismatch", Path: "$.lastModifiedDateTime", Expected: `"2024"`, Actual: `"x"`, Text: "Expected 'x' to match '^a(b)$'"},
				{Type: "BodyMismatch", Path: "$.lastModifiedDateTime", Expected: `"2024"`, Actual: `"x"`, Text: "Expected 'x' (String) to be a null value"},
				{Type: "BodyMismatch", Path: "$", Expected: `["b","a","c"]`, Actual: `["c"]`, Text: "Actual map is missing the following keys: a, b"},
				{Type: "NewMismatch", Text: "something new"},
			},
			want: []result.Check{
				{Name: "the status", Verdict: "pass", Expected: "200 OK", Actual: "200 OK"},
				{Name: "the header Content-Type", Verdict: "fail", Expected: `as "application/json"`, Message: "Pact: Expected a header 'Content-Type' but was missing"},
				{Name: "the body has what the pact expects", Verdict: "fail", Class: "missing-property", Pointer: "/a", Expected: "a value", Actual: "nothing", Message: "Pact: Actual map is missing the following keys: a, b"},
				{Name: "the body has what the pact expects", Verdict: "fail", Class: "missing-property", Pointer: "/b", Expected: "a value", Actual: "nothing", Message: "Pact: Actual map is missing the following keys: a, b"},
				{
					Name: "the body is what the pact expects", Verdict: "fail", Class: "malformed-date", Pointer: "/lastModifiedDateTime",
					Expected: "a DateTimeOffset, as 2024-03-22T21:28:02.7164229Z", Actual: `"x"`,
					Source:  src(modified.Type.Source.Line, "lastModifiedDateTime is a DateTimeOffset"),
					Message: "lastModifiedDateTime is a DateTimeOffset (" + modified.Type.Source.Short() + "). Pact: Expected 'x' to match '^a(b)$'; Expected 'x' (String) to be a null value",
				},
				{
					Name: "the body is what the pact expects", Verdict: "fail", Class: "undocumented-value", Pointer: "/readinessStatus",
					Expected: "a match of ^disabled$", Actual: `"bogus"`, Source: src(enumLine, enum),
					Message: "the page does not have this value: " + enum + " (" + source(t, enumLine) + "). Pact: Expected 'bogus' to match '^disabled$'",
				},
				{Name: "the answer is what the pact expects", Verdict: "fail", Message: "Pact: something new"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ex := &client.Exchange{Status: tt.status, RequestHeader: http.Header{}}
			if diff := cmp.Diff(tt.want, catalog.checks(i, ex, tt.found)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Without the page there is still Pact's word.
func TestChecksWithoutPage(t *testing.T) {
	t.Parallel()
	catalog := newCatalog(t)
	catalog.Operations = nil
	got := catalog.checks(load(t, "v2.json").Interactions[0], &client.Exchange{Status: 401, RequestHeader: http.Header{}}, []pact.Difference{
		{Type: "StatusMismatch", Expected: "200", Actual: "401", Text: "expected 200 but was 401"},
		{Type: "BodyMismatch", Path: "$.name", Expected: `"l"`, Actual: "7", Text: "Expected 7 (Integer) to be the same type as 'l' (String)"},
	})
	want := []result.Check{
		{
			Name: "the status", Verdict: "fail", Expected: "200 OK", Actual: "401 Unauthorized",
			Message: "the provider asks for a token, and none was sent: put one into GRAPH_TOKEN. Pact: expected 200 but was 401",
		},
		{Name: "the headers are what the pact expects", Verdict: "pass"},
		{
			Name: "the body is what the pact expects", Verdict: "fail", Pointer: "/name", Expected: "the same type as 'l' (String)", Actual: "7",
			Message: "Pact: Expected 7 (Integer) to be the same type as 'l' (String)",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	foreign := pact.Interaction{Consumer: "c", Provider: "p", Description: "an update", States: []pact.State{{Name: "s", Params: map[string]any{"id": 1}}}}
	other := foreign
	other.States = []pact.State{{Name: "s", Params: map[string]any{"id": 2}}}
	interactions := []pact.Interaction{
		{Requirement: "UPD-01[a]", Consumer: "c"}, {Requirement: "UPD-01[a]", Consumer: "d"}, {Requirement: "UPD-01[a]", Consumer: "d"},
		{Requirement: "UPD-02", Consumer: "c"}, {Requirement: "UPD-02", Consumer: "d"}, foreign, other, foreign,
	}
	var got []string
	for _, r := range newCatalog(t).Requirements(interactions) {
		got = append(got, r.Key())
	}
	want := []string{"UPD-01[a]", "UPD-01[a, d]", "UPD-01[a, d 2]", "UPD-02", "UPD-02[d]", "PACT-e40bc1a3", "PACT-97ea7b8c", "PACT-e40bc1a3[c]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Alone, it has the id that it has among others.
	if alone := newCatalog(t).Requirements([]pact.Interaction{other})[0].Key(); alone != got[6] {
		t.Errorf("%s alone, %s among others", alone, got[6])
	}
}
