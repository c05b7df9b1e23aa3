package graphdoc

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resource reads a page of one string.
func resource(t testing.TB, page string) *Resource {
	t.Helper()
	r, err := ParseResource("resources/x.md", []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseResource(t *testing.T) {
	t.Parallel()
	r := resource(t, `# kiln resource type

Namespace: example.pottery

A kiln. This is an abstract type. It is an open type.

Inherits from [device](device.md). Base type of [gasKiln](gaskiln.md) and [woodKiln](woodkiln.md).

## Methods
|Method|Return type|Description|
|:---|:---|:---|
|[Get](../api/kiln-get.md)|[kiln](kiln.md)|Reads it.|

## Properties
|Property|Type|Description|
|:---|:---|:---|
|id|String|The key. Read-only. Inherited from [device](device.md).|
|glaze|[glaze](glaze.md) collection|The glazes. Optional.|
||String|No name.|

### kilnMode values
|Member|Value|Description|
|:---|:---|:---|
|oxidation|0|Air.|
|`+"`reduction`"+`|1|None.|
|two words|2|No member.|

## Relationships
|Relationship|Type|Description|
|:---|:---|:---|
|potters|[potter](potter.md) collection|Who uses it.|

## JSON representation
<!-- {
  "blockType": "resource",
  "keyProperty": "id",
  "@odata.type": "#example.pottery.kiln"
}
-->
`)
	got := map[string]any{
		"name": r.Name, "namespace": r.Namespace, "base": r.Base, "link": r.BaseLink, "key": r.Key.Value,
		"derived": r.Derived, "abstract": r.Abstract, "open": r.Open, "enums": r.Enums, "relationships": len(r.Relationships),
	}
	want := map[string]any{
		"name": Text{"example.pottery.kiln", 37}, "namespace": Text{"example.pottery", 3}, "base": Text{"device", 7}, "link": "device.md", "key": "id",
		"derived":  []Link{{Text{"gasKiln", 7}, "gaskiln.md"}, {Text{"woodKiln", 7}, "woodkiln.md"}},
		"abstract": Text{"This is an abstract type.", 5}, "open": Text{"It is an open type.", 5},
		"enums": []Enum{{
			Name: Text{"kilnMode", 21}, Anchor: "kilnmode-values",
			Members: []Text{{"oxidation", 24}, {"reduction", 25}},
		}},
		"relationships": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if p := r.Properties; len(p) != 2 || p[1].Name.Line != 18 || !p[1].Collection || p[1].TypeLink != "glaze.md" || p[1].Nullability != Optional || !p[0].ReadOnly {
		t.Errorf("properties %+v", p)
	}
}

func TestResourceWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		page             string
		name, base       string
		abstract, open   bool
		members, flagged int
	}{
		{"# lamp resource type\n\nDerived from [thing](thing.md).\n", "lamp", "thing", false, false, 0, 0},
		{"# lamp complex type\n\nThe lamp is derived from [**thing**](thing.md) and inherits more.\n", "lamp", "thing", false, false, 0, 0},
		{"# lamp\n\nInherits from **thing**.\n", "lamp", "thing", false, false, 0, 0},
		{"# lamp resource\n\nInherits from thing.\n", "lamp", "thing", false, false, 0, 0},
		{"# lamp resource type\n\nIt derives from the abstract type [thing](thing.md). It is not an open type.\n", "lamp", "thing", false, false, 0, 0},
		{"# lamp resource type\n\nAn abstract class with what lamps share.\n", "lamp", "", true, false, 0, 0},
		{"# About lamps\n\nText.\n", "", "", false, false, 0, 0},
		{"# lampColor enum type\n\nColours; a bitmask.\n\n## Members\n|Member|Value|\n|-|-|\n|red|1|\n|blue|2|\n", "lampColor", "", false, false, 2, 1},
		{"# lampColor enum type\n\n## Members\n|Member|Value|\n|-|-|\n|red|1|\n", "lampColor", "", false, false, 1, 0},
		{"# x resource type\n\n## lampColor values\n\nFlags.\n\n|Value|Description|\n|-|-|\n|red|r|\n\n### Sizes\n|Value|\n|-|\n|A4|\n", "x", "", false, false, 1, 1},
		{"# x resource type\n\n<!-- {\"blockType\": \"resource\", \"@odata.type\": \"a.x\", \"baseType\": \"a.y\", \"openType\": true, \"abstract\": \"true\"} -->\n", "a.x", "a.y", true, true, 0, 0},
	} {
		r := resource(t, tt.page)
		members, flagged := 0, 0
		for _, e := range r.Enums {
			members += len(e.Members)
			if e.Flags.Present() {
				flagged++
			}
		}
		if r.Name.Value != tt.name || r.Base.Value != tt.base || r.Abstract.Present() != tt.abstract || r.Open.Present() != tt.open ||
			members != tt.members || flagged != tt.flagged {
			t.Errorf("%s\n got name %q, base %q, abstract %v, open %v, %d members, %d flagged", tt.page,
				r.Name.Value, r.Base.Value, r.Abstract, r.Open, members, flagged)
		}
	}
}

func TestParseResourceRefuses(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"":                                 "x.md: the page is empty",
		"text\n":                           "x.md: the page has no level-1 heading (\"# … resource type\"), so it is no resource page",
		"# a\n\xff":                        "x.md:2: the page is not UTF-8 text",
		strings.Repeat("#", maxPage+1):     "more than the limit",
		"# a\n" + strings.Repeat("|", 300): "cells in a row",
	} {
		r, err := ParseResource("x.md", []byte(page))
		if r != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", page, err)
		}
	}
}

func TestParsePermissions(t *testing.T) {
	t.Parallel()
	rows, err := ParsePermissions("p.md", []byte("---\ndescription: x\n---\n\n|Permission type|Least|Higher|\n|-|-|-|\n|Delegated|Kiln.Read|Kiln.Read.All|\n|Application|Not supported.||\n"))
	want := []Permission{{Text{"Delegated", 7}, []string{"Kiln.Read", "Kiln.Read.All"}}, {Kind: Text{"Application", 8}}}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestCorpusResources reads the resource pages of the reference: each has a name, and a type
// or members, but for the few that are overviews.
func TestCorpusResources(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../shared/docs/*/api-reference/*/resources/*.md")
	if err != nil || len(files) == 0 {
		t.Skip("../shared/docs is absent: the pages of Microsoft are not part of the project")
	}
	pages, properties, members, overviews := 0, 0, 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseResource(file, data)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		pages++
		properties += len(r.Properties)
		for _, e := range r.Enums {
			members += len(e.Members)
		}
		if !r.Name.Present() {
			overviews++
		}
		checkResourceLines(t, r, data)
	}
	t.Logf("%d pages, %d properties, %d members; %d overviews", pages, properties, members, overviews)
	if overviews > pages/20 || properties < 5*pages {
		t.Errorf("%d of %d pages have no name, %d properties", overviews, pages, properties)
	}
}

// checkResourceLines checks that each line is one of the page.
func checkResourceLines(t testing.TB, r *Resource, data []byte) {
	t.Helper()
	checkLines(t, &Page{Properties: append(r.Properties, r.Relationships...), Todos: []Text{r.Title, r.Name, r.Namespace, r.Base, r.Abstract, r.Open, r.Key}}, data)
	for _, e := range r.Enums {
		checkLines(t, &Page{Todos: append([]Text{e.Name, e.Flags}, e.Members...)}, data)
	}
}

// FuzzParseResource holds for any input: no panic, the same result twice, and either an
// error that names the file or lines that the page has.
func FuzzParseResource(f *testing.F) {
	f.Add([]byte("# x resource type\n\nInherits from [y](y.md).\n\n|Property|Type|Description|\n|-|-|-|\n|a|b|c|\n"))
	f.Add([]byte("# x enum type\n\n## Members\n|Member|Value|\n|-|-|\n|a|1|\n"))
	f.Add([]byte("# x\n\n## y values\n|Value|\n|-|\n|`a`|\n\n## Relationships\n|Name|Type|\n|-|-|\n|a|b|\n"))
	f.Add([]byte("# x\n\nIs a base type of [a](b), derived from\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseResource("fuzz.md", data)
		again, err2 := ParseResource("fuzz.md", data)
		if (err == nil) != (err2 == nil) || !reflect.DeepEqual(r, again) {
			t.Fatalf("two readings differ: %v, %v", err, err2)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.md:") || bytes.Contains([]byte(err.Error()), []byte("\n")) {
				t.Fatalf("error %q", err)
			}
			return
		}
		checkResourceLines(t, r, data)
	})
}
