package contract

import (
	"testing"

	"graphpact/internal/edm"
)

func TestAbsentKeepsTheShape(t *testing.T) {
	t.Parallel()
	const id = "9D2C4F10-0000-4000-8000-00000000AAAA"
	got := Absent(id)
	if got == id || !edm.IsGUID(got) || Absent(id) != got {
		t.Errorf("Absent(%q) = %q: want another GUID, the same each time", id, got)
	}
	for value, want := range map[string]string{"contoso.com": "contoso.com-absent", "42": "987654321", "987654321": "987654312", "-1": "-1-absent", "": "-absent"} {
		if got := Absent(value); got != want {
			t.Errorf("Absent(%q) = %q, want %q", value, got, want)
		}
	}
	for value, want := range map[string]bool{id: true, "42": true, "contoso.com": false, "AAMkAGI=": false, "": false} {
		if got := ShapeKnown(value); got != want {
			t.Errorf("ShapeKnown(%q) = %v", value, got)
		}
	}
}

func TestExampleIDIsStable(t *testing.T) {
	t.Parallel()
	a, b := ExampleID("setId"), ExampleID("flowId")
	if a == b || !edm.IsGUID(a) || ExampleID("setId") != a {
		t.Errorf("ExampleID: %q, %q", a, b)
	}
	if a[14] != '8' {
		t.Errorf("ExampleID %q is not a version 8 GUID", a)
	}
}

func TestUnknownNameAvoidsTheProperties(t *testing.T) {
	t.Parallel()
	op := &Operation{Properties: []Property{{Name: "graphpactUnknown"}}}
	if got := op.UnknownName(); got != "graphpactUnknownX" {
		t.Errorf("UnknownName = %q", got)
	}
}
