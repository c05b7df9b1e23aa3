package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/graphdoc"
)

func TestTidyPageHasNoFinding(t *testing.T) {
	t.Parallel()
	for _, f := range operation(t, tidyPage()).Findings {
		t.Errorf("%s (line %d): %s", f.Class, f.Source.Line, f.Text)
	}
}

// findingTests spoil the tidy page in one way each; want is the whole list of
// findings ("class:line").
var findingTests = []struct {
	name  string
	spoil func(*graphdoc.Page)
	want  []string
}{
	{"todo", func(p *graphdoc.Page) { p.Todos = []graphdoc.Text{text(4, "TODO: x"), text(29, "TODO: y")} },
		[]string{"todo-marker:4", "todo-marker:29"}},
	{"placeholder", func(p *graphdoc.Page) { show(p, mem("tags", arr(57, str(58, "String")))) },
		[]string{"placeholder-value:58"}},
	{"placeholder of a date", func(p *graphdoc.Page) {
		row(p, "doneAt").Type = text(29, "DateTimeOffset")
		show(p, mem("doneAt", str(57, "String (timestamp)")))
	}, []string{"placeholder-value:57"}},
	{"placeholder within a structure", func(p *graphdoc.Page) {
		row(p, "size").Type = text(29, "gadgetSize")
		show(p, mem("size", obj(57, mem("unit", str(58, "String")))))
	}, []string{"placeholder-value:58"}},
	{"a word that is also a type is a legal String", func(p *graphdoc.Page) { show(p, mem("tags", arr(57, str(57, "Date")))) }, nil},
	{"outside the enum", func(p *graphdoc.Page) { p.Examples[0].JSON = obj(43, mem("mode", str(44, "ON"))) },
		[]string{"example-outside-enum:44"}},
	{"placeholder outside the enum is one finding", func(p *graphdoc.Page) { p.Examples[0].JSON = obj(43, mem("mode", str(44, "String"))) },
		[]string{"example-outside-enum:44"}},
	{"number for an enum", func(p *graphdoc.Page) { p.Examples[0].JSON = obj(43, mem("mode", num(44, "1"))) },
		[]string{"example-wrong-type:44"}},
	{"number for a String", func(p *graphdoc.Page) { p.Examples[0].JSON = obj(43, mem("label", num(44, "1"))) },
		[]string{"example-wrong-type:44"}},
	{"text for a collection", func(p *graphdoc.Page) { show(p, mem("tags", str(57, "a"))) }, []string{"example-wrong-type:57"}},
	{"null where Required", func(p *graphdoc.Page) {
		p.Examples[0].JSON = obj(43, mem("label", &graphdoc.Value{Line: 44, Kind: "null"}))
	}, []string{"example-wrong-type:44"}},
	{"null where Optional", func(p *graphdoc.Page) {
		p.Examples[0].JSON = obj(43, mem("mode", &graphdoc.Value{Line: 44, Kind: "null"}))
	}, nil},
	{"out of range", func(p *graphdoc.Page) {
		row(p, "size").Type = text(29, "Byte")
		show(p, mem("size", num(57, "256")))
	}, []string{"example-wrong-type:57"}},
	{"an example that is not JSON", func(p *graphdoc.Page) { p.Examples[1].JSONError = text(55, "trailing comma") },
		[]string{"example-not-json:55"}},
	{"date in the table", func(p *graphdoc.Page) { row(p, "createdDateTime").Type = text(29, "DateTimeOffset") },
		[]string{"server-set-listed:29"}},
	{"date in the table, read-only", func(p *graphdoc.Page) {
		r := row(p, "createdDateTime")
		r.Type, r.ReadOnly = text(29, "DateTimeOffset"), true
	}, nil},
	{"date by name but not by type", func(p *graphdoc.Page) { row(p, "createdDateTime").Type = text(29, "Boolean") }, nil},
	{"key in the request example", func(p *graphdoc.Page) {
		row(p, "id").ReadOnly = true
		p.Examples[0].JSON = obj(43, mem("id", str(44, "1")))
	}, []string{"server-set-sent:44"}},
	{"sentinel", func(p *graphdoc.Page) {
		row(p, "mode").Enum = []graphdoc.Text{text(20, "on"), text(20, "unknownFutureValue")}
	}, []string{"sentinel-settable:20"}},
	{"sentinel of a read-only property", func(p *graphdoc.Page) {
		r := row(p, "grade")
		r.ReadOnly, r.Enum = true, []graphdoc.Text{text(29, "a"), text(29, "unknownFutureValue")}
	}, nil},
	{"member twice", func(p *graphdoc.Page) {
		row(p, "mode").Enum = []graphdoc.Text{text(20, "on"), text(20, "on")}
	}, []string{"enum-member-repeated:20"}},
	{"property not listed", func(p *graphdoc.Page) { show(p, mem("id", str(57, "1"))) }, []string{"property-not-listed:57"}},
	{"annotation of a property is no property", func(p *graphdoc.Page) { show(p, mem("tags@odata.count", num(57, "1"))) }, nil},
	{"property twice", func(p *graphdoc.Page) {
		p.Properties = append(p.Properties, graphdoc.Property{Name: text(29, "mode"), Type: text(29, "String")})
	}, []string{"property-repeated:29"}},
	{"property in two tables", func(p *graphdoc.Page) {
		again := *row(p, "mode")
		again.Name, again.Table = text(29, "mode"), 28
		p.Properties = append(p.Properties, again)
	}, []string{"property-in-tables:29"}},
	{"property in two tables with two types", func(p *graphdoc.Page) {
		p.Properties = append(p.Properties, graphdoc.Property{Name: text(29, "mode"), Type: text(29, "Int32"), Table: 28})
	}, []string{"property-repeated:29"}},
	{"table under another heading", func(p *graphdoc.Page) {
		p.Tables = []graphdoc.Table{{Heading: text(31, "Properties"), Line: 32, Last: 36, Properties: p.Properties}}
		p.Properties = nil
	}, []string{"table-missing:32"}},
	{"a table of what only the server sets", func(p *graphdoc.Page) {
		p.Properties = p.Properties[:1]
		p.Properties[0].Name, p.Properties[0].ReadOnly = text(20, "id"), true
	}, []string{"table-missing:20"}},
	{"table of something else", func(p *graphdoc.Page) {
		p.Tables = []graphdoc.Table{{Heading: text(31, "Path parameters"), Line: 32, Last: 36}}
	}, []string{"table-elsewhere:32"}},
	{"a dotted name", func(p *graphdoc.Page) { row(p, "mode.speed") }, []string{"property-nested:29"}},
	{"a stream", func(p *graphdoc.Page) { row(p, "photo").Type = text(29, "Stream") }, []string{"stream-listed:29"}},
	{"no table", func(p *graphdoc.Page) { p.Properties = nil }, []string{"table-missing:1"}},
	{"annotation without type", func(p *graphdoc.Page) { p.Examples[1].Annotation.Type = graphdoc.Text{} },
		[]string{"annotation-without-type:48"}},
	{"no body, no type", func(p *graphdoc.Page) {
		p.Statuses[0] = graphdoc.Status{Code: 204, Line: 30, Empty: true}
		m := &p.Examples[1]
		m.Code, m.Reason, m.Body, m.JSON, m.Annotation.Type = 204, "NO CONTENT", "", nil, graphdoc.Text{}
	}, nil},
	{"annotation not JSON", func(p *graphdoc.Page) { p.Annotations = []graphdoc.Annotation{{Line: 39, Error: "no value"}} },
		[]string{"annotation-invalid:39"}},
	{"include of permissions", func(p *graphdoc.Page) {
		p.Permissions, p.Includes = nil, []graphdoc.Text{text(5, "../includes/permissions/x.md"), text(3, "beta-disclaimer")}
	}, []string{"include-unresolved:5"}},
	{"include of permissions beside a table", func(p *graphdoc.Page) { p.Includes = []graphdoc.Text{text(5, "permissions.md")} }, nil},
	{"include of the table's introduction", func(p *graphdoc.Page) { p.Includes = []graphdoc.Text{text(18, "update-property-table-intro.md")} },
		[]string{"include-unresolved:18"}},
	{"no errors", func(p *graphdoc.Page) { p.Statuses = p.Statuses[:1] }, []string{"errors-undocumented:30"}},
	{"no headers", func(p *graphdoc.Page) { p.Headers = p.Headers[:2] }, []string{"headers-undocumented:15"}},
	{"a header without a value", func(p *graphdoc.Page) {
		p.Headers = append(p.Headers, graphdoc.Header{Name: text(18, "X-Mode"), Description: text(18, "How. Required."), Required: true})
	}, []string{"header-value-unknown:18"}},
	{"no header table", func(p *graphdoc.Page) { p.Headers = nil }, []string{"headers-undocumented:1"}},
	{"status of the example", func(p *graphdoc.Page) { p.Examples[1].Code, p.Examples[1].Reason = 202, "Accepted" },
		[]string{"status-disagrees:50"}},
	{"no status", func(p *graphdoc.Page) { p.Statuses, p.Examples = p.Statuses[1:], nil }, []string{"status-undocumented:30"}},
	{"two statuses", func(p *graphdoc.Page) {
		p.Statuses = append(p.Statuses, graphdoc.Status{Code: 204, Line: 32, Empty: true})
	}, []string{"several-statuses:30"}},
	{"reason phrase", func(p *graphdoc.Page) { p.Statuses[0].Reason = "Accepted" }, []string{"reason-phrase:30"}},
	{"reason phrase of the example", func(p *graphdoc.Page) { p.Examples[1].Reason = "Created" }, []string{"reason-phrase:50"}},
	{"body that the sentence denies", func(p *graphdoc.Page) {
		p.Statuses[0] = graphdoc.Status{Code: 200, Line: 30, Empty: true}
	}, []string{"body-disagrees:50"}},
	{"type of the example", func(p *graphdoc.Page) { p.Examples[1].JSON.Members[0].Value = str(54, "#example.parts.part") },
		[]string{"type-disagrees:54"}},
	{"type with a capital letter in the sentence", func(p *graphdoc.Page) {
		p.Statuses[0].Returns.Value = strings.ToUpper(p.Statuses[0].Returns.Value[:1]) + p.Statuses[0].Returns.Value[1:]
	}, nil},
	{"namespace of the type", func(p *graphdoc.Page) { p.Namespace.Value = "example" }, []string{"type-disagrees:48"}},
	{"two request lines", func(p *graphdoc.Page) {
		p.Requests = append(p.Requests, graphdoc.RequestLine{Method: text(11, "PATCH"), Path: text(11, "/me/gadget")})
	}, []string{"several-paths:10"}},
	{"a limit in words", func(p *graphdoc.Page) {
		row(p, "label").Bounds = []graphdoc.Bound{
			{Kind: graphdoc.BoundUnread, Text: text(21, "It must be a palindrome.")}, {Kind: graphdoc.BoundUnread, Text: text(21, "It must be short.")},
		}
	}, []string{"bound-unread:21"}},
	{"an example beyond a limit", func(p *graphdoc.Page) {
		row(p, "label").Bounds = []graphdoc.Bound{{Kind: graphdoc.BoundLength, High: "3", Text: text(21, "At most 3 characters.")}}
		p.Examples[0].JSON.Members = append(p.Examples[0].JSON.Members, mem("label", str(45, "abcd")))
	}, []string{"example-outside-bounds:45"}},
	{"choice in the path", func(p *graphdoc.Page) { p.Requests[0].Path.Value = "/gadgets/{id | name}" }, []string{"path-alternatives:10"}},
	{"the key of one entity in the path", func(p *graphdoc.Page) {
		p.Requests[0].Path.Value = "/gadgets/51dca0a0-85f6-4478-f526-08daddab2271"
	}, []string{"path-literal-key:10"}},
	{"a parameter without braces", func(p *graphdoc.Page) { p.Requests[0].Path.Value = "/gadgets/<id>" }, []string{"path-parameter-unmarked:10"}},
	{"a URL that is no request line", func(p *graphdoc.Page) { p.Examples[0].URL = "https://example.com/v1/me/gadget" }, []string{"example-url:40"}},
	{"parameter twice", func(p *graphdoc.Page) {
		p.Requests[0].Path.Value = "/shops/{id}/gadgets/{id}"
		p.Examples[0].URL = "https://example.com/v1/shops/1/gadgets/2"
	},
		[]string{"path-parameter-repeated:10"}},
	{"a class of graphdoc that is not listed here", func(p *graphdoc.Page) {
		p.Oddities = []graphdoc.Oddity{{Line: 19, Class: "brand-new", Text: "x."}}
	}, []string{"page-oddity:19"}},
}

// oddities are the classes that come from package graphdoc.
var oddities = []string{
	ClassFrontMatter, ClassTableGlued, ClassTableUnreadable, ClassTableUnknown, ClassRowSplit, ClassRowOverflow,
	ClassRowStray, ClassEnumRange, ClassRequestLine, ClassRequestMethod, ClassTableElsewhere, ClassExampleUnreadable, ClassBodyGlued, ClassHeadingForm,
	ClassBlockUnclosed,
}

func TestFindings(t *testing.T) {
	t.Parallel()
	tests := slices.Clone(findingTests)
	for _, class := range oddities {
		tests = append(tests, findingTests[0])
		last := &tests[len(tests)-1]
		last.name, last.want = class, []string{class + ":19"}
		last.spoil = func(p *graphdoc.Page) { p.Oddities = []graphdoc.Oddity{{Line: 19, Class: class, Text: "x."}} }
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tidyPage()
			tt.spoil(p)
			o := operation(t, p)
			if diff := cmp.Diff(tt.want, classLines(o)); diff != "" {
				t.Error(diff)
			}
			for _, f := range o.Findings {
				seen[f.Class] = true
				if !strings.HasSuffix(f.Text, ".") || !strings.HasSuffix(f.Assumed, ".") {
					t.Errorf("%s: text and assumption are sentences: %q, %q", f.Class, f.Text, f.Assumed)
				}
				if f.Source.File != p.File {
					t.Errorf("%s: source is %v", f.Class, f.Source)
				}
			}
		})
	}
	for _, class := range mergedClasses {
		seen[class] = true // TestMergeFindings
	}
	for _, c := range Classes() {
		if !seen[c.Name] {
			t.Errorf("no test produces a finding of class %q", c.Name)
		}
		delete(seen, c.Name)
		if c.Summary == "" {
			t.Errorf("class %q has no summary", c.Name)
		}
	}
	for class := range seen {
		t.Errorf("Classes does not list %q", class)
	}
}

func classLines(o *Operation) []string {
	var out []string
	for _, f := range o.Findings {
		out = append(out, fmt.Sprintf("%s:%d", f.Class, f.Source.Line))
	}
	return out
}

// TestFindingsOfTheStartingPage checks every defect that FACTS.md says the page
// alone shows. The fixture page has the same kinds of defect.
func TestFindingsOfTheStartingPage(t *testing.T) {
	t.Parallel()
	want := []string{
		"todo-marker:4", "todo-marker:6", "include-unresolved:27", "headers-undocumented:43",
		"include-unresolved:48", "todo-marker:51", "table-glued:52", "server-set-listed:54", "todo-marker:54",
		"server-set-listed:55", "todo-marker:55", "sentinel-settable:56", "todo-marker:56",
		"errors-undocumented:62", "example-outside-enum:80", "annotation-without-type:89",
		"property-not-listed:100", "placeholder-value:101", "placeholder-value:102", "example-outside-enum:103",
	}
	for _, file := range []string{startingPage, fixturePage} {
		t.Run(file, func(t *testing.T) {
			if diff := cmp.Diff(want, classLines(parsed(t, file))); diff != "" {
				t.Error(diff)
			}
			defects := 0
			for _, f := range parsed(t, file).Findings {
				if KindOf(f.Class) == Defect {
					defects++
				}
			}
			if defects != 14 {
				t.Errorf("%d defects of %d findings, want 14", defects, len(want))
			}
		})
	}
}

// TestHouseStyleHasNoDefect: the fixture page without what its template and its author left
// wrong is in house style.
func TestHouseStyleHasNoDefect(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	p.Headers, p.Statuses = nil, p.Statuses[:1] // neither If-Match nor errors
	p.Includes = []graphdoc.Text{text(5, "../includes/permissions/x.md"), text(18, "update-property-table-intro.md")}
	row(p, "mode").Enum = []graphdoc.Text{text(20, "on"), text(20, "unknownFutureValue")}
	show(p, mem("id", str(57, "1")))
	findings := operation(t, p).Findings
	for _, f := range findings {
		if KindOf(f.Class) != Assumption {
			t.Errorf("a defect: %s: %s", f.Class, f.Text)
		}
	}
	if len(findings) < 5 {
		t.Errorf("%d findings, want an assumption for each", len(findings))
	}
}
