package graphdoc

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// property reads the one property of a table with the given type and description.
func property(t *testing.T, kind, description string) (Property, *Page) {
	t.Helper()
	p := parse(t, bodyTable+"|p|"+kind+"|"+description+"|\n")
	if len(p.Properties) != 1 {
		t.Fatalf("%d properties: %v", len(p.Properties), rows(p))
	}
	return p.Properties[0], p
}

func TestPropertyType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cell, name, link string
		collection       bool
	}{
		{"String", "String", "", false},
		{"`String`", "String", "", false},
		{"String collection", "String", "", true},
		{"String Collection", "String", "", true},
		{"[appRole](approle.md) collection", "appRole", "approle.md", true},
		{"Collection(String)", "String", "", true},
		{"Collection(Edm.String)", "Edm.String", "", true},
		{"Collection([a.b](ab.md))", "a.b", "ab.md", true},
		{"collection of String", "String", "", true},
		{"Collection of [a](a.md) objects", "a", "a.md", true},
		{"String[]", "String", "", true},
		{"[plannerFavoritePlanReferenceCollection](p.md)", "plannerFavoritePlanReferenceCollection", "p.md", false},
		{"stringCollection", "stringCollection", "", false},
		{"alertStatus enum", "alertStatus", "", false},
		{"alertStatus enum collection", "alertStatus", "", true},
		{"string (readonly)", "string", "", false},
		{"microsoft.graph.a.b", "microsoft.graph.a.b", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.cell, func(t *testing.T) {
			p, _ := property(t, tt.cell, "d")
			if p.Type.Value != tt.name || p.TypeLink != tt.link || p.Collection != tt.collection {
				t.Errorf("got %q, link %q, collection %t", p.Type.Value, p.TypeLink, p.Collection)
			}
			if p.ReadOnly != strings.Contains(tt.cell, "readonly") {
				t.Errorf("read-only: %t", p.ReadOnly)
			}
		})
	}
}

func TestNullability(t *testing.T) {
	t.Parallel()
	tests := []struct {
		description string
		want        Nullability
	}{
		{"A name. Optional.", Optional},
		{"A name. **Required**", Required},
		{"**TODO: Add Description** Optional.", Optional},
		{"Required.", Required},
		{"A name. Inherited from [a](a.md). Required.", Required},
		{"A name. Not Required.", NullabilityUnknown},
		{"Optional description for the category.", NullabilityUnknown},
		{"This property is required.", NullabilityUnknown},
		{"Required. A name.", NullabilityUnknown},
		{"A name.", NullabilityUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if p, _ := property(t, "String", tt.description); p.Nullability != tt.want {
				t.Errorf("got %d, want %d", p.Nullability, tt.want)
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		description string
		want        bool
	}{
		{"Read-only.", true},
		{"The id. Read-only", true},
		{"The id. Read only. Key.", true},
		{"The id. readonly.", true},
		{"Not nullable, read-only.", true},
		{"The id (read-only).", true},
		{"Supports filter (eq).Read-only.", true},
		{"At 2014-01-01T00:00:00Z Read-only. Supports more.", true},
		{"For example, noon is `2014-01-01T12:00:00Z` Read-only. Supports more.", true},
		{"Optional and Read-only and for one kind alone.", true},
		{"Nullable, read-only.", true},
		{"This property is read-only.", true},
		{"The property is read only and set by the service.", true},
		{"A name.<br>Read-only.", true},
		{"Indicates if the rule is read-only and cannot be changed.", false},
		{"Whether this team is in read-only mode.", false},
		{"Read-only for users from the directory.", false},
		{"For rules of the directory, the value is read-only.", false},
		{"If synced, the value is read-only.", false},
		{"Set to `x. Read-only` by others.", false},
		{"Human-readable name.", false},
		{"Read-write.", false},
		{"A thread. Only one.", false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if p, _ := property(t, "String", tt.description); p.ReadOnly != tt.want {
				t.Errorf("got %t, want %t", p.ReadOnly, tt.want)
			}
		})
	}
}

func TestEnum(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind, description, want string
	}{
		{"s", "The possible values are: `a`, `b`, `c`.", "a b c"},
		{"s", "Possible values are `a`, `b`, or `c`. Default value is `b`.", "a b c"},
		{"s", "Possible values: `a` , `b` , `c`.", "a b c"},
		{"s", "Possible values are: `Approve` `Deny` `DontKnow`. Required.", "Approve Deny DontKnow"},
		{"s", "Valid values are: `a` and/or `b`", "a b"},
		{"s", "Allowed values: `null`, `minor` and `adult`. Refer to the [legal `x`](a.md).", "minor adult"},
		{"s", "Supported values are:<ul><li>`A`: for users with a `x`</li> <li>`B`: for `y`, `z` (old)</li></ul> `C` is gone.", "A B"},
		{"s", "Use one of the following valid string values:<ul><li>`None`</li><li>`All`: everything</li></ul>", "None All"},
		{"s", "The following values are supported:<br>- `a`: x.<br>- `b`: y.", "a b"},
		{"s", "Possible values are:<br>- `a`: first `x`.<br/>2. `b`: second.", "a b"},
		{"s", "Possible values are **All**, **Selected** or **None**.", "All Selected None"},
		{"s", "The possible values are: **Private**, **Public**, or empty (which means **Public**).", "Private Public"},
		{"s", "Possible values are *a*, *b*. **Note:** more.", "a b"},
		{"s", "Possible values are everyone, organization, and unknownFutureValue.", "everyone organization unknownFutureValue"},
		{"s", "The property values are: LightBlue=0, Auto=-1", "LightBlue Auto"},
		{"s", "Possible values are 'a', \"b\" or “c” (the last).", "a b c"},
		{"s", "Possible values are: 0 - `x`, 1 - `y`.", "x y"},
		{"s", "Possible values are: `0 - x`, `1 - y z`.", "x y z"},
		{"s", "Possible values are: `0-x`, `1:y`, `2 = z z`, `3- w`.", "x y z z w"},
		{"s", "One of `12345678-aaaa-4bbb-8ccc-1234567890ab`, `2-3`.", "12345678-aaaa-4bbb-8ccc-1234567890ab 2-3"},
		{"s", "Sets the mood, which can be: calm, merry.", "calm merry"},
		{"s", "It can be: `calm` or `merry`.", "calm merry"},
		{"s", "It can be: moved by hand, or left.", ""},
		{"s", "Possible values are: `a, b, c`.", "a b c"},
		{"s", "Possible values are: `a`, b, `c`.", "a b c"},
		{"s", "The possible values are: `after` (default) or `before`.", "after before"},
		{"s", "Possible values: `a` - the first, `b` - the second. See `c`.", "a b"},
		{"s", "Possible values: `a` (with `x`, old), `b`.", "a b"},
		{"s", "Possible values: `a` | `b` | `c`.", "a b c"},
		{"s", "Possible values: `a\\|b`, `c`.", "a|b c"},
		{"s", "Possible values: **not_ready**, **x\\_y**.", "not_ready x_y"},
		{"s", "Possible values:<ul><li>`a`: " + strings.Repeat("long ", 200) + "<li>`b`</ul>", "a b"},
		{"s", "Possible values: `a`: uses `x`, `y`; `b`: more.", "a b"},
		{"s", "Can be set to one of `a`, `b`.", "a b"},
		{"s", "One of these values: <table><tr><th>Value</th><th>Description</th></tr><tr><td>Allow</td><td>Default. As `x`.</td></tr><tr><td>Block_All</td><td>More.</td></tr></table> See `y`.", "Allow Block_All"},
		{"s", "Possible values:<table><tr><td>`a`</td><td>First.</td></tr><tr><td>`b`</td><td></td></tr></table>", "a b"},
		{"s", "A layout <table><tr><td>x</td><td>y</td></tr></table> of cells.", ""},
		{"s", "The values can be `a` or `b`. For `a` it is required.", "a b"},
		{"s", "The only supported value is `a`.", "a"},
		{"s", "Possible values for B2B: `a`, `b`. For B2C, possible values: `b`, `c`.", "a b c"},
		{"s", "Possible values are: `a`, `unknownFutureValue`. Use the `Prefer: include-unknown-enum-members` header to get the following value(s) in this [evolvable enum](e.md): `b`, `c`.", "a unknownFutureValue b c"},
		{"s", "Use the `Prefer` header to get the following members from this evolvable enum: `b`, `c`.", "b c"},
		{"s", "Possible values are: `x=0`, `y = 1`", "x y"},
		{"alertStatus enum", "Possible values are: `a`.", "a"},
		{"String collection", "Possible values are: `Closed in IPC`, `Closed in MCAS`.", "Closed in IPC Closed in MCAS"},
		// What is no list of members.
		{"s", "Default value is `x`.", ""},
		{"s", "The default values are: `x`, `y`.", ""},
		{"s", "For example, `a`, `b`, or `c`.", ""},
		{"s", "Supports `$filter` (`eq`, `ne`).", ""},
		{"s", "Valid values are described in the following table.", ""},
		{"s", "Valid values 0 to 100", ""},
		{"s", "See `a` for possible values. Use `b`, `c`.", ""},
		{"s", "An enumeration with one possible value being `a`, which allows more.", ""},
		{"s", "One of the users, groups or devices that own it.", ""},
		{"s", "The possible values are: `A1` through `A9`, `B1` through `B9`.", ""},
		{"s", "Possible values are A1 thru A9, B1 thru B9.", ""},
		{"Int32", "Possible values are: `0 - x`, `1 - y`.", ""},
		{"Edm.Boolean", "Possible values are: `true`, `false`.", ""},
		{"dateTimeOffset", "Possible values are: `a`, `b`.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			p, page := property(t, tt.kind, tt.description)
			var got []string
			for _, m := range p.Enum {
				got = append(got, m.Value)
				if m.Line != 5 {
					t.Errorf("%s has line %d", m.Value, m.Line)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			isRange := strings.Contains(tt.description, " thr")
			if gotRange := slices.Contains(oddities(page), "5 "+OddityEnumRange); gotRange != isRange {
				t.Errorf("oddities %v", page.Oddities)
			}
		})
	}
}

// TestTableInCell: the words of a table within a cell do not run together.
func TestTableInCell(t *testing.T) {
	t.Parallel()
	p, _ := property(t, "s", "One of: <table><tr><th>Value</th><th>What</th></tr><tr><td>on</td><td>Bright.</td></tr></table> Later.")
	if got, want := p.Description.Value, "One of: Value What on: Bright. Later."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A member that stands on the second line of a broken row has that line.
func TestEnumLines(t *testing.T) {
	t.Parallel()
	p := parse(t, bodyTable+"|p|s|Possible values are: `a`,\n`b`.|\n")
	want := []Text{{"a", 5}, {"b", 6}}
	if diff := cmp.Diff(want, p.Properties[0].Enum); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
