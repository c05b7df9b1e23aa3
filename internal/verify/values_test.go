package verify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/pact"
)

const roomPage = `# Update room

## HTTP request

` + "```" + ` http
PATCH /rooms/{roomId}
` + "```" + `

## Request body

|Property|Type|Description|
|:---|:---|:---|
|name|String|The name.|
|kind|String|A kind, such as ` + "`hall` and `cellar`" + `.|
|mode|roomMode|The possible values are: ` + "`open`, `shut`" + `.|

## Response

If successful, this method returns a ` + "`204 No Content`" + ` response code.
`

// TestUsersValues: what graphpact made up for a pact gives way to the user's value; what the
// page vouches for stays, and so does what another tool wrote.
func TestUsersValues(t *testing.T) {
	t.Parallel()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	catalog := func(values map[string][]any) *Catalog {
		page, err := graphdoc.Parse("room.md", []byte(roomPage))
		if err != nil {
			t.Fatal(err)
		}
		op, err := contract.FromPage(page, conv)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.WithValues(values); err != nil {
			t.Fatal(err)
		}
		return &Catalog{Operations: []*contract.Operation{op}, Conventions: conv}
	}
	given := catalog(map[string][]any{"name": {"North"}, "kind": {"attic"}, "mode": {"ajar"}})
	for name, tt := range map[string]struct {
		catalog           *Catalog
		requirement, path string
		body, want        string
		replaced          []string
	}{
		"made up":           {given, "UPD-02", "/rooms/1", `{"name":"graphpact"}`, `{"name":"North"}`, []string{`name: "North" in the place of "graphpact"`}},
		"no value is given": {catalog(nil), "UPD-02", "/rooms/1", `{"name":"graphpact"}`, `{"name":"graphpact"}`, nil},
		"of the page":       {given, "UPD-02", "/rooms/1", `{"kind":"hall"}`, `{"kind":"hall"}`, nil},
		"of the enum":       {given, "UPD-01[mode=open]", "/rooms/1", `{"mode":"open"}`, `{"mode":"open"}`, nil},
		"another tool":      {given, "", "/rooms/1", `{"name":"graphpact"}`, `{"name":"graphpact"}`, nil},
		"another page":      {given, "UPD-02", "/halls/1", `{"name":"graphpact"}`, `{"name":"graphpact"}`, nil},
		"no object":         {given, "UPD-02", "/rooms/1", `[1]`, `[1]`, nil},
		"empty":             {given, "UPD-12", "/rooms/1", `{}`, `{}`, nil},
	} {
		i := pact.Interaction{Requirement: tt.requirement, Request: pact.Request{Method: "PATCH", Path: tt.path}}
		got, replaced := tt.catalog.withValues(i, []byte(tt.body))
		if string(got) != tt.want || !cmp.Equal(replaced, tt.replaced) {
			t.Errorf("%s: %s %v", name, got, replaced)
		}
	}
}
