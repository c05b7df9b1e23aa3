package graphdoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told shows the properties of a page with all that a row says.
func told(p *Page) string {
	var out []string
	for _, x := range p.Properties {
		text := fmt.Sprintf("%d %s", x.Name.Line, x.Name.Value)
		if x.Type.Present() {
			text += " " + x.Type.Value
		}
		if x.Collection {
			text += "[]"
		}
		if x.TypeLink != "" {
			text += " <" + x.TypeLink + ">"
		}
		for _, m := range x.Enum {
			text += fmt.Sprintf(" %s@%d", m.Value, m.Line)
		}
		if x.ReadOnly {
			text += " read-only"
		}
		switch x.Nullability {
		case Optional:
			text += " null"
		case Required:
			text += " not-null"
		case NullabilityUnknown:
		}
		out = append(out, text+": "+x.Description.Value)
	}
	return strings.Join(out, "\n")
}

// TestBodyForms reads properties that stand in other forms than a table Property, Type,
// Description. The body begins in line 3.
func TestBodyForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       string
		oddities   string
	}{
		{"bold and type", "- **label** (String): The name.\n- **glow** (Int32): How bright.\n", "3 label String: The name.\n4 glow Int32: How bright.", ""},
		{"code and dash", "* `label` - The name.\n* `glow` – How bright.\n", "3 label: The name.\n4 glow: How bright.", ""},
		{"type behind a colon", "- **label**: String. The name.\n- **glow:** Int32 collection - How bright.\n", "3 label String: The name.\n4 glow Int32[]: How bright.", ""},
		{"type in italics", "- **label** *String* - The name.\n", "3 label String: The name.", ""},
		{"plain name", "+ label (String): The name.\n+ glow (Edm.Int32) How bright.\n", "3 label String: The name.\n4 glow Edm.Int32: How bright.", ""},
		{"linked type", "- **shade** ([shade](../resources/shade.md) collection): The shades.\n- `base` [base](../resources/base.md): What it stands on.\n", "3 shade shade[] <../resources/shade.md>: The shades.\n4 base base <../resources/base.md>: What it stands on.", ""},
		{"remarks", "- **label** (String, required): The name.\n- **glow** (Int32, read-only): How bright.\n- **hue** (Collection(String), optional, nullable) The hues.\n", "3 label String: (required) The name.\n4 glow Int32 read-only: Read-only. How bright.\n5 hue String[] null: Nullable. (optional) The hues.", ""},
		{"members", "- **hue** (lampHue): The hue. Possible values are:\n  - `red`\n  - `blue`\n- **label** (String)\n", "3 hue lampHue red@4 blue@5: The hue. Possible values are: red blue\n6 label String: ", ""},
		{"paragraphs", "- **label** (String)\n\n  The name.\n\n- **glow** (Int32)\n\n  How bright. Valid values 1 to 9.\n", "3 label String: The name.\n7 glow Int32: How bright. Valid values 1 to 9.", ""},
		{"a stray item", "- **label** (String): The name.\n- All others stay.\n", "3 label String: The name.", "4 row-stray"},
		{"prose", "- **Note**: Send little.\n- Send what changes.\n- `PATCH` merges.\n", "", ""},
		{"a list beside a table", "|Property|Type|\n|-|-|\n|label|String|\n\n- **glow** is how bright.\n", "5 label String: ", ""},
		{
			"table of HTML",
			"<table>\n<thead><tr><th>Property</th><th>Type</th><th>Description</th></tr></thead>\n<tr><td><b>label</b></td><td>String</td><td>The&nbsp;name.</td></tr>\n" +
				"<tr>\n<td>hue</td>\n<td><a href=\"../resources/hue.md\">hue</a></td>\n<td>Possible values are: <ul><li><code>red</code></li>\n<li><code>blue</code></li></ul></td>\n</tr>\n</table>\n",
			"5 label String: The name.\n6 hue hue <../resources/hue.md> red@9 blue@10: Possible values are: red blue", "",
		},
		{
			"table of HTML with blank lines",
			"<TABLE>\n\n<tr>\n<th>Property</th>\n<th>Type</th>\n<th>Description</th>\n</tr>\n\n<tr>\n\n<td>\n\nlabel\n\n</td>\n<td>String</td>\n<td>The `name` of [it](x.md).</td>\n</tr>\n\n</TABLE>\n\nMore.\n",
			"11 label String: The name of it.", "",
		},
		{"table of HTML, nothing closed", "<table>\n<tr><td>Property<td>Type<td>Description\n<tr><td>label<td>String<td>The name.\n<tr><td colspan=3>More\n", "5 label String: The name.", "6 row-stray"},
		{"table in a cell", "<table><tr><th>Property</th><th>Description</th></tr>\n<tr><td>label</td><td>One <table><tr><td>x</td></tr></table> name.</td></tr></table>\n", "4 label: One x name.", ""},
		{"no table of HTML", "<div>\n</div>\n\n<table></table>\n", "", ""},
		{"other names", "|Attribute|Data type|Notes|\n|-|-|-|\n|label|String|The name.|\n", "5 label String: The name.", ""},
		{"a column of values", "|Property|Type|Description|Possible values|\n|-|-|-|-|\n|hue|lampHue|The hue|`red`, `blue`|\n|glow|Int32|How bright.||\n", "5 hue lampHue red@5 blue@5: The hue. Possible values are: red, blue\n6 glow Int32: How bright.", ""},
		{"columns of yes and no", "|Property|Type|Read-only|Nullable|Description|\n|-|-|-|-|-|\n|label|String|No|yes|The name.|\n|glow|Int32|Yes|No|How bright|\n|hue|String|in beta|-|The hue|\n", "5 label String null: The name. Nullable.\n6 glow Int32 read-only not-null: How bright. Read-only. Not nullable.\n7 hue String: The hue. in beta", ""},
		{"not updatable", "|Property|Type|Description|Updatable|\n|-|-|-|-|\n|label|String|The name.|Yes|\n|glow|Int32|How bright.|No|\n", "5 label String: The name.\n6 glow Int32 read-only: How bright. Read-only.", ""},
		{"a required column is no word on null", "|Name|In|Type|Required|Description|\n|-|-|-|-|-|\n|label|body|String|Yes|The name.|\n", "5 label String: The name.", ""},
		{"type behind the name", "|Property|Description|\n|-|-|\n|label (String)|The name.|\n|glow (dim)|How bright.|\n", "5 label String: The name.\n6 glow: How bright.", ""},
		{"struck out", "|Property|Type|Description|\n|-|-|-|\n|~~label~~ (deprecated)|String|The name.|\n|~~glow~~|Int32||\n", "5 label String: The name.\n6 glow Int32: ", ""},
		{"no outer pipes", "Name | Description | Type\n--- | --- | ---\nlabel | The name. | String\n", "5 label String: The name.", ""},
		{"two sections", "|Property|Type|\n|-|-|\n|label|String|\n## Request body for a desk\n|Property|Type|\n|-|-|\n|glow|Int32|\n", "5 label String: \n9 glow Int32: ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, "# Update x\n## Request body\n"+tt.body)
			if diff := cmp.Diff(tt.want, told(p)); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.oddities, strings.Join(oddities(p), "\n")); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}
}

// TestListElsewhere reads a list of properties under a heading of its own, where the page has no
// other, and leaves lists of anything else alone.
func TestListElsewhere(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n## Properties\n- **label** (String): The name.\n## Remarks\n- **glow** (Int32): How bright.\n")
	if len(p.Tables) != 1 || p.Tables[0].Heading.Value != "Properties" || len(p.Tables[0].Properties) != 1 || p.Tables[0].Line != 3 {
		t.Errorf("%+v", p.Tables)
	}
}

// TestRequestForms reads request lines that stand in no code block of "HTTP request".
func TestRequestForms(t *testing.T) {
	t.Parallel()
	const code = "```msgraph-interactive\nPATCH /lamps/{id}\n```\n"
	for _, tt := range []struct{ name, page, want, oddities string }{
		{"usual", "## HTTP request\n" + code, "4 PATCH /lamps/{id}", ""},
		{"indented", "## HTTP request\n\n    PATCH /lamps/{id}\n", "4 PATCH /lamps/{id}", ""},
		{"in HTML", "## HTTP request\n<pre><code class=\"x\">PATCH /lamps/&lt;id&gt;/<b>base</b></code></pre>\n", "3 PATCH /lamps/<id>/base", ""},
		{"in a table", "## HTTP request\n|Method|URL|\n|-|-|\n|PATCH|/lamps/{id}|\n", "5 PATCH /lamps/{id}", ""},
		{"under another heading", "## Request URL\n" + code, "4 PATCH /lamps/{id}", "4 request-line"},
		{"under the title", code, "", ""},
		{"under a heading of something else", "## See also\n" + code, "", ""},
		{"an example", "## More\n<!-- {\"blockType\": \"request\"} -->\n" + code, "", ""},
		{"prose", "## More\n```\nPatch the lamp\nPATCH it\n```\n", "", ""},
	} {
		p := parse(t, "# Update x\n"+tt.page)
		var got []string
		for _, l := range p.Requests {
			got = append(got, fmt.Sprintf("%d %s %s", l.Path.Line, l.Method.Value, l.Path.Value))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.oddities, strings.Join(oddities(p), "\n")); diff != "" {
			t.Errorf("%s: oddities (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestHeadingForms reads headings that Markdown does not take for any.
func TestHeadingForms(t *testing.T) {
	t.Parallel()
	const table = "\n\n|Property|Type|\n|-|-|\n|label|String|\n"
	for _, tt := range []struct{ name, page, want, oddities string }{
		{"bold", "**Request body**" + table, "6 label String: ", "2 heading-form"},
		{"bold with a colon", "__Request body:__" + table, "6 label String: ", "2 heading-form"},
		{"no space", "##Request body" + table, "6 label String: ", "2 heading-form"},
		{"HTML", "<h3 id=\"x\">Request <b>body</b></h3>" + table, "6 label String: ", "2 heading-form"},
		{"closed", "## Request body ##" + table, "6 label String: ", ""},
		{"a word in bold", "**Request body** is below." + table, "", ""},
		{"beside a real one", "**Request body**" + table + "## Request body\n", "", ""},
		{"in an example", "## Example\n**Request body**" + table, "", ""},
		{"what is no section", "**Body**" + table, "", ""},
		{"a line of a no-break space", "\u00a0\n\n## Request body" + table, "8 label String: ", ""},
	} {
		p := parse(t, "# Update x\n"+tt.page)
		if diff := cmp.Diff(tt.want, told(p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.oddities, strings.Join(oddities(p), "\n")); diff != "" {
			t.Errorf("%s: oddities (-want +got):\n%s", tt.name, diff)
		}
	}
	// The parts of an example are no sections that the page has.
	p := parse(t, "# Update x\n**Response**\n\nReturns `204 No Content`.\n## Examples\n### Response\n")
	if len(p.Statuses) != 1 || p.Statuses[0].Code != 204 {
		t.Errorf("%+v", p.Statuses)
	}
}

// TestInclude reads the file that the section of the request body includes.
func TestInclude(t *testing.T) {
	t.Parallel()
	p := parse(t, "# Update x\n[!INCLUDE [a](../includes/note.md)]\n## Request body\n\n|Property|Type|\n|-|-|\n|label|String|\n\n[!INCLUDE [b](../includes/rows.md)]\n")
	if len(p.BodyIncludes) != 1 || p.BodyIncludes[0].Path != (Text{"../includes/rows.md", 9}) || p.BodyIncludes[0].Read {
		t.Fatalf("%+v", p.BodyIncludes)
	}
	if err := p.Include(0, "rows.md", []byte("\xff")); err == nil || p.BodyIncludes[0].Read {
		t.Errorf("%v", err)
	}
	if err := p.Include(0, "rows.md", []byte("---\nx: y\n---\n- **label** (Int32): Not this.\n- **glow** (Int32): How bright.\n")); err != nil || !p.BodyIncludes[0].Read {
		t.Error(err)
	}
	if diff := cmp.Diff("7 label String: \n5 glow Int32: How bright.", told(p)); diff != "" || p.Properties[1].File != "rows.md" {
		t.Error(diff)
	}
}

// TestFormsAreBounded reads pages of very many rows in time that grows with their size.
func TestFormsAreBounded(t *testing.T) {
	t.Parallel()
	const many = 30_000
	for name, body := range map[string]string{
		"list":           strings.Repeat("- a (String): d\n", many),
		"rows of HTML":   "<table><tr><th>Property</th></tr>\n" + strings.Repeat("<tr><td>a<td>b\n", many) + "</table>",
		"tables of HTML": strings.Repeat("<table>\n\n", many),
		"tags":           "<table><tr><td>Property\n" + strings.Repeat("<b>\n", many),
	} {
		p := parse(t, "# Update x\n## Request body\n"+body)
		if len(p.Properties) > maxFormRows+1 {
			t.Errorf("%s: %d properties", name, len(p.Properties))
		}
		if (name == "list" || name == "rows of HTML") && !strings.Contains(strings.Join(oddities(p), " "), OddityTableUnreadable) {
			t.Errorf("%s: nothing says that rows are left out", name)
		}
	}
}

// TestUnclosed reports a block that goes on over the heading of a section.
func TestUnclosed(t *testing.T) {
	t.Parallel()
	const body = "## Request body\n|Property|Type|\n|-|-|\n|label|String|\n"
	for name, tt := range map[string]struct{ page, want string }{
		"code":               {"## HTTP request\n```http\nPATCH /lamps/{id}\n" + body + "## Response\n`200 OK`\n", "3 block-unclosed"},
		"closed by the next": {"## HTTP request\n```http\nPATCH /lamps/{id}\n" + body + "## Example\n```http\nPATCH /lamps/1\n```\n", "3 block-unclosed"},
		"comment":            {"## HTTP request\n<!-- { \"blockType\": \"ignored\" }\n```http\nPATCH /lamps/{id}\n```\n" + body, "3 block-unclosed"},
		"closed":             {"## HTTP request\n```http\nPATCH /lamps/{id}\n```\n" + body, ""},
		"a template":         {"## HTTP request\n```http\nPATCH /lamps/{id}\n```\n" + body + "<!--\n## Request body\n-->\n", ""},
		"another heading":    {"## HTTP request\n```http\nPATCH /lamps/{id}\n# Lamps of the desk\n```\n" + body, ""},
	} {
		var got []string
		for _, o := range oddities(parse(t, "# Update x\n"+tt.page)) {
			if strings.HasSuffix(o, OddityBlockUnclosed) {
				got = append(got, o)
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}
