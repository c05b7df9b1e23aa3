package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/pact"
	"graphpact/internal/result"
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
		op, err := contract.FromRequestLine(page, conv, 0)
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

// TestStatusThatThePageAllows: a Pact holds one status. The other ones that the page allows are no
// failure of graphpact's own pacts; what another tool's consumer expects is its own matter.
func TestStatusThatThePageAllows(t *testing.T) {
	t.Parallel()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	either := strings.Replace(roomPage, "a `204 No Content` response code", "either a `200 OK` response code and an updated [room](room.md) object in the response body, or `204 No Content`", 1)
	page, err := graphdoc.Parse("room.md", []byte(either))
	if err != nil {
		t.Fatal(err)
	}
	op, err := contract.FromRequestLine(page, conv, 0)
	if err != nil {
		t.Fatal(err)
	}
	k := &Catalog{Operations: []*contract.Operation{op}, Conventions: conv}
	found := []pact.Difference{
		{Type: "StatusMismatch", Expected: "200", Actual: "204", Text: "expected 200 but was 204"},
		{Type: "HeaderMismatch", Header: "Content-Type", Expected: "application/json", Text: "no header"},
		{Type: "BodyMismatch", Path: "$", Text: "no body"},
	}
	for name, tt := range map[string]struct {
		requirement string
		status      int
		body        string
		failed      int
	}{
		"allowed":         {"UPD-02", 204, "", 0},
		"not allowed":     {"UPD-02", 201, "", 3},
		"of another tool": {"", 204, "", 3},
		"allowed, a body": {"UPD-02", 204, "{}", 2},
		"the pact's own":  {"UPD-02", 200, "{}", 3},
	} {
		i := pact.Interaction{Requirement: tt.requirement, Request: pact.Request{Method: "PATCH", Path: "/rooms/1"}, Response: pact.Response{Status: 200}}
		failed := 0
		for _, c := range k.checks(i, &client.Exchange{Status: tt.status, Body: []byte(tt.body)}, found) {
			if c.Verdict == result.Fail {
				failed++
			}
		}
		if failed != tt.failed {
			t.Errorf("%s: %d failed, want %d", name, failed, tt.failed)
		}
	}
}
