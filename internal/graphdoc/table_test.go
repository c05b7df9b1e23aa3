package graphdoc

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const bodyTable = "# Update x\n## Request body\n|Property|Type|Description|\n|:---|:---|:---|\n"

// rows shows the properties of a page as "line name: type: description".
func rows(p *Page) []string {
	var out []string
	for _, x := range p.Properties {
		out = append(out, fmt.Sprintf("%d %s: %s: %s", x.Name.Line, x.Name.Value, x.Type.Value, x.Description.Value))
	}
	return out
}

func oddities(p *Page) []string {
	var out []string
	for _, o := range p.Oddities {
		out = append(out, fmt.Sprintf("%d %s", o.Line, o.Class))
	}
	return out
}

func TestTables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		want       []string
		oddities   []string
	}{
		{
			name: "cells with markup",
			data: bodyTable + "|`a`|[T](t.md)|One **two** `three`<br>four &lt;five&gt; a\\|b [six](s.md)\u200b |\n",
			want: []string{"5 a: T: One two three four <five> a|b six"},
		},
		{
			name:     "glued to the paragraph above",
			data:     "# Update x\n## Request body\nText\n**more**\n|Property|Type|Description|\n|-|-|-|\n|a|T|d|\n",
			want:     []string{"7 a: T: d"},
			oddities: []string{"5 table-glued"},
		},
		{
			name: "other order and number of columns",
			data: "# Update x\n## Request body\n|Kind|Description|Parameters|Type|\n|-|-|-|-|\n|k|d|a|T|\n",
			want: []string{"5 a: T: d"},
		},
		{
			name: "name and value only",
			data: "# Update x\n## Request body\n| Name | Value |\n|-|-|\n|a|v|\n",
			want: []string{"5 a: : v"},
		},
		{
			name: "several tables",
			data: bodyTable + "|a|T|d|\n\n### More\n\n|Property|Type|Description|\n|-|-|-|\n|b|T|d|\n",
			want: []string{"5 a: T: d", "11 b: T: d"},
		},
		{
			name:     "a table that lists no properties",
			data:     bodyTable + "|a|T|d|\n\n|Member|Meaning|\n|-|-|\n|x|y|\n",
			want:     []string{"5 a: T: d"},
			oddities: []string{"7 table-unknown"},
		},
		{
			name:     "group headings and stray rows",
			data:     bodyTable + "|**Group**|\n|a|T|d|\n   |\n|b|T||\n| | | |\n",
			want:     []string{"6 a: T: d", "8 b: T: "},
			oddities: []string{"5 row-stray", "7 row-stray", "9 row-stray"},
		},
		{
			name:     "line break within a cell",
			data:     bodyTable + "|a|T|first\nsecond.|\n|b|T|d|\n",
			want:     []string{"5 a: T: first second.", "7 b: T: d"},
			oddities: []string{"6 row-split"},
		},
		{
			name:     "line break within the type and again",
			data:     bodyTable + "|a|T\nU|first\nsecond\nthird|\n|b|T|d|\n",
			want:     []string{"5 a: T U: first second third", "9 b: T: d"},
			oddities: []string{"6 row-split", "7 row-split", "8 row-split"},
		},
		{
			name: "no pipes at the edges",
			data: "# Update x\n## Request body\nProperty|Type|Description\n-|-|-\na|T|d\nb|T|d\n",
			want: []string{"5 a: T: d", "6 b: T: d"},
		},
		{
			name: "bare link, picture and hard break",
			data: bodyTable + "|a|<https://x.y>|![z](z.png) \\\\ b|\n",
			want: []string{`5 a: https://x.y: z \ b`},
		},
		{
			name:     "unescaped pipe",
			data:     bodyTable + "|a|T|*.one | `*.two`.|\n|b|T|d|\n",
			want:     []string{"5 a: T: *.one | *.two.", "6 b: T: d"},
			oddities: []string{"5 row-overflow"},
		},
		{
			name:     "cut off by a blank line",
			data:     bodyTable + "|a|T|d|\n\n|b|T|d|\n",
			want:     []string{"5 a: T: d"},
			oddities: []string{"7 table-unreadable"},
		},
		{
			name:     "header that does not fit",
			data:     "# Update x\n## Request body\n|Property|Type|Description|\n|-|-|\n|a|T|d|\n",
			oddities: []string{"3 table-unreadable"},
		},
		{
			name: "column without a name",
			data: "# Update x\n## Request body\n|Property|Type|\n|-|-|-|\n|a|T|d|\n",
			want: []string{"5 a: T: d"},
		},
		{
			name: "remarks behind the name",
			data: bodyTable + "|a*|T|d|\n|b (deprecated)|T|d|\n|c<sup>1</sup>|T|d|\n|@odata.type|T|d|\n",
			want: []string{"5 a: T: d", "6 b: T: d", "7 c: T: d", "8 @odata.type: T: d"},
		},
		{
			name: "in a note",
			data: "# Update x\n## Request body\n> |Property|Type|Description|\n> |-|-|-|\n> |a|T|d|\n",
			want: []string{"5 a: T: d"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.data)
			if diff := cmp.Diff(tt.want, rows(p)); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.oddities, oddities(p)); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}
}

// The link of a type keeps its target where its cell is broken.
func TestTypeLinks(t *testing.T) {
	t.Parallel()
	p := parse(t, bodyTable+"|a|[T](t.md)|d|\n|b|many\n[U](u.md) collection|d|\n|c|<https://x.y>|d|\n")
	want := []string{"t.md", "u.md", "https://x.y"}
	var got []string
	for _, x := range p.Properties {
		got = append(got, x.TypeLink)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHeaderTable(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n## Optional request headers\n| Name | Type | Description |\n|-|-|-|\n"+
		"|if-match|String|A tag. It is not required.|\n|Authorization|string|Bearer &lt;token&gt; Required.|\n|Prefer:|string||\n| | |x|\n")
	want := []Header{
		{Name: Text{"if-match", 5}, Description: Text{"A tag. It is not required.", 5}},
		{Name: Text{"Authorization", 6}, Description: Text{"Bearer <token> Required.", 6}, Required: true},
		{Name: Text{"Prefer", 7}},
	}
	if diff := cmp.Diff(want, p.Headers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPermissionTables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		want       []Permission
	}{
		{
			name: "a row for each kind",
			data: "|Permission type|Permissions|\n|-|-|\n|Delegated (work)|A.Read, B.ReadWrite.All*|\n|Application|Not supported.|\n",
			want: []Permission{
				{Text{"Delegated (work)", 5}, []string{"A.Read", "B.ReadWrite.All"}},
				{Text{"Application", 6}, nil},
			},
		},
		{
			name: "least and higher privileged",
			data: "|Permission type|Least|Higher|\n|-|-|-|\n|Application|A.Read|A.ReadWrite, C.All|\n",
			want: []Permission{{Text{"Application", 5}, []string{"A.Read", "A.ReadWrite", "C.All"}}},
		},
		{
			name: "a row for each resource",
			data: "|Calendar|Delegated (work)|Application|\n|-|-|-|\n|user|A.Read|B.Read|\n",
			want: []Permission{
				{Text{"Delegated (work)", 5}, []string{"A.Read"}},
				{Text{"Application", 5}, []string{"B.Read"}},
			},
		},
		{
			name: "areas below a kind",
			data: "|Permission type|Permissions|\n|-|-|\n|Delegated||\n|&nbsp; &nbsp; **Onboarding**|A.Read|\n|Application|A.All|\n",
			want: []Permission{
				{Text{"Delegated, Onboarding", 6}, []string{"A.Read"}},
				{Text{"Application", 7}, []string{"A.All"}},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, "# Update x\n## Prerequisites\n"+tt.data)
			if diff := cmp.Diff(tt.want, p.Permissions); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
