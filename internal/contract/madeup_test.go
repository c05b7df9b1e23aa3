package contract

import (
	"testing"

	"graphpact/internal/schema"
)

func isGuid(s string) bool {
	ok, _ := schema.IsFormat(schema.FormatUUID, s)
	return ok
}

func TestAbsentKeepsTheShape(t *testing.T) {
	const id = "9D2C4F10-0000-4000-8000-00000000AAAA"
	got := Absent(id)
	if got == id || !isGuid(got) || Absent(id) != got {
		t.Errorf("Absent(%q) = %q: want another GUID, the same each time", id, got)
	}
	if got := Absent("contoso.com"); got != "contoso.com-absent" {
		t.Errorf("Absent of a plain value = %q", got)
	}
}

func TestExampleIDIsStable(t *testing.T) {
	a, b := ExampleID("setId"), ExampleID("flowId")
	if a == b || !isGuid(a) || ExampleID("setId") != a {
		t.Errorf("ExampleID: %q, %q", a, b)
	}
	if a[14] != '8' {
		t.Errorf("ExampleID %q is not a version 8 GUID", a)
	}
}

func TestUnknownNameAvoidsTheProperties(t *testing.T) {
	op := &Operation{Properties: []Property{{Name: "graphpactUnknown"}}}
	if got := op.UnknownName(); got != "graphpactUnknownX" {
		t.Errorf("UnknownName = %q", got)
	}
}
