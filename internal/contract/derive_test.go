package contract

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/convention"
	"graphpact/internal/golden"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

func TestSchemasGolden(t *testing.T) {
	t.Parallel()
	for _, page := range []string{fixturePage, widgetPage, lanternPage} {
		files, err := Schemas(parsed(t, page), conventions(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			golden.Check(t, f.Name, f.Data)
		}
	}
}

func TestSchemaNames(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"a/b/thing-update.md": "thing-update", `C:\docs\thing-update.md`: "thing-update", "thing": "thing",
	} {
		files, err := Schemas(&Operation{Page: page}, conventions(t))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Name)
		}
		names := []string{want + ".request.schema.json", want + ".response.schema.json", "graph-error.schema.json"}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("%s: %s", page, diff)
		}
	}
}

// TestEveryKeywordIsTraced walks the schemas: each keyword that asserts something
// has a source, which is a line of the page or a convention that exists.
func TestEveryKeywordIsTraced(t *testing.T) {
	t.Parallel()
	conv := conventions(t)
	for _, page := range []string{fixturePage, widgetPage, lanternPage} {
		files, err := Schemas(parsed(t, page), conv)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			var root map[string]any
			if err := json.Unmarshal(f.Data, &root); err != nil {
				t.Fatal(err)
			}
			traced(t, conv, filepath.Base(page), f.Name+"#", root)
		}
	}
}

func traced(t *testing.T, conv *convention.Set, page, at string, node map[string]any) {
	sources, _ := node[schema.SourceKeyword].(map[string]any)
	check := func(keyword string, source any) {
		text, _ := source.(string)
		_, isRule := conv.Rule(text)
		if !isRule && !strings.HasPrefix(text, page+":") {
			t.Errorf("%s: %s has the source %v", at, keyword, source)
		}
	}
	for keyword, value := range node {
		switch keyword {
		case "$schema", "$id", "title", "description", schema.SourceKeyword:
		case "properties":
			for name, p := range value.(map[string]any) {
				traced(t, conv, page, at+"/properties/"+name, p.(map[string]any))
			}
		case "items":
			check(keyword, sources[keyword])
			traced(t, conv, page, at+"/items", value.(map[string]any))
		case "required":
			names, isMap := sources[keyword].(map[string]any)
			if !isMap {
				check(keyword, sources[keyword])
			}
			for _, name := range value.([]any) {
				if isMap {
					check("required "+name.(string), names[name.(string)])
				}
			}
		default:
			check(keyword, sources[keyword])
		}
	}
}

func TestSchemasNeedTheirConventions(t *testing.T) {
	t.Parallel()
	for _, conv := range []*convention.Set{nil, {}} {
		_, err := Schemas(parsed(t, widgetPage), conv)
		if err == nil || !strings.Contains(err.Error(), "odata-type") || !strings.Contains(err.Error(), "conventions.yaml") {
			t.Errorf("error is %v", err)
		}
	}
	if _, err := ErrorSchema(nil); err == nil {
		t.Error("no conventions: no error")
	}
}

// compiled derives and compiles one schema of a page.
func compiled(t testing.TB, o *Operation, part int) *schema.Schema {
	t.Helper()
	files, err := Schemas(o, conventions(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Compile(files[part].Name, files[part].Data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	requestPart = iota
	responsePart
	errorPart
)

func TestDerivedSchemasJudge(t *testing.T) {
	t.Parallel()
	flow, widget := parsed(t, fixturePage), parsed(t, widgetPage)
	const whole = `"id":"x","createdDateTime":"2024-03-22T21:28:02.7164229Z","lastModifiedDateTime":"2024-03-22T21:28:02+00:00","readinessStatus":"ready"`
	const widgetWhole = `"id":"w","lastModifiedDateTime":null,"label":"a","shades":[],"size":{},"count":1,"score":1`
	tests := []struct {
		name string
		o    *Operation
		part int
		doc  string
		want string // pointer, keyword and source of each violation
	}{
		{"a whole flow", flow, responsePart, `{` + whole + `,"@odata.context":"x","more":[1],"@odata.type":"#microsoft.graph.industryData.userProvisioningFlow"}`, ""},
		{"sentinel answered", flow, responsePart, `{` + strings.Replace(whole, "ready", "unknownFutureValue", 1) + `}`, ""},
		{"null answered", flow, responsePart, `{` + strings.Replace(whole, `"ready"`, `null`, 1) + `}`, ""},
		{"nothing answered", flow, responsePart, `{}`, "/createdDateTime required provisioningflow-update.md:101; /id required provisioningflow-update.md:100; /lastModifiedDateTime required provisioningflow-update.md:102; /readinessStatus required provisioningflow-update.md:103"},
		{"wrong case", flow, responsePart, `{` + strings.Replace(whole, "ready\"", "Ready\"", 1) + `}`, "/readinessStatus enum provisioningflow-update.md:56"},
		{"a date alone", flow, responsePart, `{` + strings.Replace(whole, "T21:28:02.7164229Z", "", 1) + `}`, "/createdDateTime format provisioningflow-update.md:54"},
		{"empty key", flow, responsePart, `{` + strings.Replace(whole, `"x"`, `""`, 1) + `}`, "/id minLength key-immutable"},
		{"null key", flow, responsePart, `{` + strings.Replace(whole, `"x"`, `null`, 1) + `}`, "/id type provisioningflow-update.md:100"},
		{"type of another namespace", flow, responsePart, `{` + whole + `,"@odata.type":"#microsoft.graphXindustryData.user"}`, "/@odata.type pattern provisioningflow-update.md:12"},
		{"array answered", flow, responsePart, `[]`, " type provisioningflow-update.md:62"},

		{"empty update", flow, requestPart, `{}`, ""},
		{"an annotation", flow, requestPart, `{"@x.y":1,"readinessStatus":"ready"}`, ""},
		{"sentinel sent", flow, requestPart, `{"readinessStatus":"unknownFutureValue"}`, "/readinessStatus enum provisioningflow-update.md:56"},

		{"a whole widget", widget, responsePart, `{` + widgetWhole + `,"colour":"blue"}`, ""},
		{"null where Required", widget, responsePart, `{` + widgetWhole + `,"colour":null}`, "/colour type widget-update.md:30"},
		{"beyond the sentinel sent", widget, requestPart, `{"colour":"blue"}`, "/colour enum widget-update.md:30"},
		{"member of a collection", widget, requestPart, `{"shades":["light","Dark"]}`, "/shades/1 enum widget-update.md:33"},
		{"infinity", widget, requestPart, `{"weight":"-INF"}`, ""},
		{"word for a number", widget, requestPart, `{"weight":"much"}`, "/weight pattern widget-update.md:38"},
		{"too large", widget, requestPart, `{"small":256,"count":2147483648}`, "/count maximum widget-update.md:36; /small maximum widget-update.md:35"},
		{"text for a structure", widget, requestPart, `{"size":"big"}`, "/size type widget-update.md:46"},
		{"what the page does not describe is free", widget, requestPart, `{"maker":5,"photo":"x"}`, ""},
		{"formats", widget, requestPart, `{"soldOn":"2024-02-30","opensAt":"24:00","takes":"1h","owner":"x","checkedAt":"now"}`,
			"/checkedAt format widget-update.md:44; /opensAt pattern widget-update.md:41; /owner format widget-update.md:43; /soldOn format widget-update.md:40; /takes pattern widget-update.md:42"},

		{"an error", flow, errorPart, `{"error":{"code":"notFound","message":"No.","innerError":{"request-id":"x"},"details":[{"code":"a","message":"b"}]}}`, ""},
		{"no error", flow, errorPart, `{}`, "/error required error-body"},
		{"empty code", flow, errorPart, `{"error":{"code":"","message":null}}`, "/error/code minLength error-body; /error/message type error-body"},
		{"text for innerError", flow, errorPart, `{"error":{"code":"a","message":"b","innerError":"x"}}`, "/error/innerError type error-body"},
	}
	for _, tt := range tests {
		violations, err := compiled(t, tt.o, tt.part).Validate([]byte(tt.doc))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range violations {
			got = append(got, v.Pointer+" "+v.Keyword+" "+v.Source)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// TestCorpus runs the pages of Microsoft through everything: the schemas compile,
// and where the schema refuses the page's own response example a finding says so.
func TestCorpus(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../../shared/docs/corpus/api-reference/*/api/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) == 0 {
		t.Skip("the corpus of Microsoft's pages is absent: it is not part of the project")
	}
	operations := 0
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		p, err := graphdoc.Parse(page, data)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		o, err := FromRequestLine(p, conventions(t), 0)
		if err != nil {
			if !strings.HasPrefix(err.Error(), page+": ") {
				t.Errorf("%s: the error does not name the file: %v", page, err)
			}
			continue
		}
		operations++
		compiled(t, o, requestPart)
		announced(t, o, p)
	}
	if operations < len(pages)*95/100 {
		t.Errorf("only %d of %d pages gave an operation", operations, len(pages))
	}
}

func announced(t *testing.T, o *Operation, p *graphdoc.Page) {
	t.Helper()
	b := builder{page: p, op: &Operation{}}
	b.op.Method, b.op.RequestLines = o.Method, o.RequestLines
	b.examples(0)
	if b.shown == nil || b.shown.JSON == nil {
		return
	}
	doc, err := json.Marshal(plain(b.shown.JSON))
	if err != nil {
		t.Fatal(err)
	}
	violations, err := compiled(t, o, responsePart).Validate(doc)
	if err != nil {
		t.Fatalf("%s: %v", p.File, err)
	}
	for _, v := range violations {
		name, _, _ := strings.Cut(strings.TrimPrefix(v.Pointer, "/"), "/")
		m := member(b.shown.JSON, name)
		told := false
		for _, f := range o.Findings {
			told = told || m != nil && f.Source.Line >= m.Line && strings.Contains(f.Text, name)
		}
		if !told {
			t.Errorf("%s: the schema refuses the example, and no finding says so: %+v", p.File, v)
		}
	}
}

func TestObjectKeepsItsOrder(t *testing.T) {
	t.Parallel()
	o := object{{"b", 1}, {"a", object{{"z", nil}, {"<", "&"}}}}
	got, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(`{"b":1,"a":{"z":null,"\u003c":"\u0026"}}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(compact.String(), string(got)); diff != "" {
		t.Error(diff)
	}
	if _, err := json.Marshal(object{{"a", func() {}}}); err == nil {
		t.Error("a function is no JSON, and no error")
	}
}

func BenchmarkResponseSchema(b *testing.B) {
	o, conv := parsed(b, fixturePage), conventions(b)
	for b.Loop() {
		if _, err := ResponseSchema(o, conv); err != nil {
			b.Fatal(err)
		}
	}
}
