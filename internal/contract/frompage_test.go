package contract

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
)

// summary is what a test compares of an Operation at a glance.
func summary(o *Operation) map[string]string {
	out := map[string]string{
		"method": o.Method.Value + " " + o.Method.Source.String(),
		"path":   o.Path.Template + " " + o.Path.Source.String(),
		"type":   o.QualifiedType() + " " + o.Resource.Source.String(),
		"status": strconv.Itoa(o.Success.Status) + " " + o.Success.Source.String(),
		"body":   map[bool]string{true: "yes ", false: "no "}[o.Success.Body.Value] + o.Success.Body.Source.String(),
		"sends":  o.RequestMediaType.Value + " " + o.RequestMediaType.Source.String(),
		"gives":  o.ResponseMediaType.Value + " " + o.ResponseMediaType.Source.String(),
	}
	for _, p := range o.Path.Params {
		out["params"] += p.Name + " "
	}
	for _, p := range o.Properties {
		out["properties"] += p.Name + " "
	}
	return out
}

func TestFromPage(t *testing.T) {
	t.Parallel()
	tidy := map[string]string{
		"method": "PATCH docs/gadget-update.md:10", "path": "/gadgets/{gadgetId} docs/gadget-update.md:10",
		"params": "gadgetId ", "type": "example.parts.gadget docs/gadget-update.md:48",
		"status": "200 docs/gadget-update.md:30", "body": "yes docs/gadget-update.md:30",
		"sends": "application/json docs/gadget-update.md:16", "gives": "application/json docs/gadget-update.md:51",
		"properties": "mode label tags ",
	}
	tests := []struct {
		name   string
		change func(*graphdoc.Page)
		want   map[string]string // what differs from tidy
	}{
		{"as it is", func(*graphdoc.Page) {}, nil},
		{"the first PATCH line counts", func(p *graphdoc.Page) {
			p.Requests = []graphdoc.RequestLine{
				{Method: text(8, "PUT"), Path: text(8, "/a")}, {Method: text(9, "patch"), Path: text(9, "/b/{x}")}, p.Requests[0],
			}
		}, map[string]string{"method": "PATCH docs/gadget-update.md:9", "path": "/b/{x} docs/gadget-update.md:9", "params": "x "}},
		{"without PATCH the first line", func(p *graphdoc.Page) {
			p.Requests = []graphdoc.RequestLine{{Method: text(8, "PUT"), Path: text(8, "/a")}, {Method: text(9, "POST"), Path: text(9, "/b")}}
		}, map[string]string{
			"method": "PUT docs/gadget-update.md:8", "path": "/a docs/gadget-update.md:8", "params": "",
			// no request example has the method, so the first answer counts
		}},
		{"a line that cannot be sent is passed over", func(p *graphdoc.Page) {
			p.Requests = append([]graphdoc.RequestLine{{Method: text(8, "PATCH"), Path: text(8, "/** Entity URI not found")}}, p.Requests...)
		}, nil},
		{"choice and repetition", func(p *graphdoc.Page) { p.Requests[0].Path.Value = "/a/{id|name}/b/{id}/c/{ id }" },
			map[string]string{"path": "/a/{id}/b/{id2}/c/{id3} docs/gadget-update.md:10", "params": "id id2 id3 "}},
		{"status of the example", func(p *graphdoc.Page) { p.Statuses = nil },
			map[string]string{"status": "200 docs/gadget-update.md:50", "body": "yes docs/gadget-update.md:53", "type": "example.parts.gadget docs/gadget-update.md:48"}},
		{"status by convention", func(p *graphdoc.Page) { p.Statuses, p.Examples = nil, nil },
			map[string]string{"status": "200 patch-status", "body": "yes patch-status", "type": "example.parts.gadget docs/gadget-update.md:3", "gives": "application/json json-format"}},
		{"200 and 204, a body returned", func(p *graphdoc.Page) {
			p.Statuses = []graphdoc.Status{{Code: 204, Line: 29, Empty: true}, p.Statuses[0]}
		}, nil},
		{"200 and 204, no body returned", func(p *graphdoc.Page) {
			p.Statuses = []graphdoc.Status{{Code: 200, Line: 29}, {Code: 204, Line: 30}}
		}, map[string]string{"status": "204 docs/gadget-update.md:30", "body": "no no-content"}},
		{"204", func(p *graphdoc.Page) { p.Statuses = []graphdoc.Status{{Code: 204, Line: 30, Empty: true}} },
			map[string]string{"status": "204 docs/gadget-update.md:30", "body": "no docs/gadget-update.md:30"}},
		{"a page that does not say whether there is a body", func(p *graphdoc.Page) {
			p.Statuses, p.Examples = []graphdoc.Status{{Code: 200, Line: 30}}, nil
		}, map[string]string{"body": "no ", "type": "example.parts.gadget docs/gadget-update.md:3", "gives": "application/json json-format"}},
		{"type of the sentence", func(p *graphdoc.Page) { p.Statuses[0].Returns.Value = "example.parts.thing" },
			map[string]string{"type": "example.parts.thing docs/gadget-update.md:30"}},
		{"type of the title", func(p *graphdoc.Page) {
			p.Statuses[0].Returns, p.Examples, p.Intro = graphdoc.Text{}, nil, graphdoc.Paragraph{}
		},
			map[string]string{"type": "example.parts.gadget docs/gadget-update.md:1", "gives": "application/json json-format", "body": "no "}},
		{"prose in the title is no type", func(p *graphdoc.Page) {
			p.Statuses[0].Returns, p.Examples, p.Intro, p.Title.Value = graphdoc.Text{}, nil, graphdoc.Paragraph{}, "Update a gadget"
		}, map[string]string{"type": " ", "gives": "application/json json-format", "body": "no "}},
		{"namespace of a qualified name", func(p *graphdoc.Page) { p.Namespace = graphdoc.Text{} }, nil},
		{"media types by convention", func(p *graphdoc.Page) {
			p.Headers, p.Examples[0].Headers, p.Examples[1].Headers = p.Headers[2:], nil, nil
		}, map[string]string{"sends": "application/json json-format", "gives": "application/json json-format"}},
		{"media type of the request example", func(p *graphdoc.Page) { p.Headers = p.Headers[2:] },
			map[string]string{"sends": "application/json docs/gadget-update.md:41"}},
		{"media type with a dot", func(p *graphdoc.Page) { p.Headers[1].Description.Value = "Use application/vnd.gadget+json. Required." },
			map[string]string{"sends": "application/vnd.gadget+json docs/gadget-update.md:16"}},
		{"what only the examples show comes last", func(p *graphdoc.Page) {
			show(p, mem("id", str(57, "1")))
			show(p, mem("tags@odata.type", str(58, "#Collection(String)")))
		}, map[string]string{"properties": "mode label tags id "}},
		{"the first pair of examples counts", func(p *graphdoc.Page) {
			get := graphdoc.Message{Kind: "request", Line: 35, Method: "GET", JSON: obj(36, mem("x", str(36, "")))}
			ignored := graphdoc.Message{Kind: "response", Line: 37, Code: 200, JSON: obj(37, mem("y", str(37, "")))}
			failed := graphdoc.Message{Kind: "response", Line: 47, Code: 404, JSON: obj(47, mem("error", obj(47)))}
			p.Examples = []graphdoc.Message{get, ignored, p.Examples[0], failed, p.Examples[1]}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tidyPage()
			tt.change(p)
			want := map[string]string{}
			for k, v := range tidy {
				want[k] = v
			}
			for k, v := range tt.want {
				if want[k] = v; v == "" {
					delete(want, k)
				}
			}
			if diff := cmp.Diff(want, summary(operation(t, p))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFromPageRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*graphdoc.Page){
		"no request line": func(p *graphdoc.Page) { p.Requests, p.Examples = nil, nil },
		"no path":         func(p *graphdoc.Page) { p.Requests[0].Path.Value = "" },
		"no usable path":  func(p *graphdoc.Page) { p.Requests[0].Path.Value = "/a b" },
		"open brace":      func(p *graphdoc.Page) { p.Requests[0].Path.Value = "/a/{i{d" },
	} {
		p := tidyPage()
		change(p)
		_, err := FromRequestLine(p, conventions(t), 0)
		if err == nil || !strings.HasPrefix(err.Error(), "docs/gadget-update.md: ") || !strings.Contains(err.Error(), "add one") {
			t.Errorf("%s: error is %v; want the file and the hint", name, err)
		}
	}
	if _, err := FromRequestLine(nil, conventions(t), 0); err == nil {
		t.Error("no page: no error")
	}
	if _, err := FromRequestLine(tidyPage(), nil, 0); err == nil {
		t.Error("no conventions: no error")
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	*row(p, "mode") = graphdoc.Property{
		Name: text(20, "mode"), Type: text(20, "gadgetMode"), Description: text(20, "d"), Nullability: graphdoc.Required,
		Enum: []graphdoc.Text{text(20, "on"), text(20, "unknownFutureValue"), text(20, "later")},
	}
	row(p, "id").Type = text(29, "Guid")
	created := row(p, "createdDateTime")
	created.Type, created.ReadOnly = text(29, "String (timestamp)"), true
	row(p, "maker").Type = text(29, "Collection(gadgetMaker)")
	row(p, "level").Type, row(p, "level").Enum = text(29, "Int32"), []graphdoc.Text{text(29, "0 - low")}
	show(p, mem("maker", arr(57, obj(58))))
	show(p, mem("lastModifiedDateTime", str(59, "String")))
	show(p, mem("ratio", num(60, "1")))
	show(p, mem("flags", arr(61, &graphdoc.Value{Line: 61, Kind: "boolean", Data: true})))
	show(p, mem("seen", str(62, "2024-01-01T00:00:00Z")))
	show(p, mem("rest", obj(63)))

	got := map[string]string{}
	for _, p := range operation(t, p).Properties {
		s := p.Type.Edm
		if p.Type.Collection {
			s += "[]"
		}
		for _, m := range p.Type.Enum {
			s += " " + m.Value + map[bool]string{true: "!"}[m.Sentinel] + map[bool]string{true: "+"}[m.Beyond]
		}
		s += map[bool]string{true: " shape:" + p.Type.Shape}[p.Type.Shape != ""] + map[bool]string{true: " role:" + string(p.Role)}[p.Role != ""]
		s += map[bool]string{true: " settable"}[p.Settable()] + map[bool]string{true: " sent"}[p.Sent.Value] + map[bool]string{true: " shown"}[p.Shown.Value]
		s += []string{"", " optional", " required"}[p.Nullable.Value]
		got[p.Name] = strings.TrimSpace(s)
	}
	want := map[string]string{
		"mode":                 "on unknownFutureValue! later+ settable sent shown required",
		"label":                "Edm.String settable shown required",
		"tags":                 "Edm.String[] settable",
		"id":                   "Edm.Guid role:key",
		"createdDateTime":      "Edm.DateTimeOffset role:created",
		"maker":                "[] shape:object settable shown",
		"level":                "Edm.Int32 settable",
		"lastModifiedDateTime": "Edm.DateTimeOffset role:modified shown",
		"ratio":                "Edm.Double shown",
		"flags":                "Edm.Boolean[] shown",
		"seen":                 "Edm.DateTimeOffset shown",
		"rest":                 "shape:object shown",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEdmOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"String": edm.String, "string": edm.String, "Edm.String": edm.String, "String (identifier)": edm.String,
		"String (timestamp)": edm.DateTimeOffset, "string(timestamp)": edm.DateTimeOffset, "DateTimeOffset": edm.DateTimeOffset,
		"datetimeoffset": edm.DateTimeOffset, "Boolean": edm.Boolean, "bool": edm.Boolean, "Int32": edm.Int32, "Integer": edm.Int64,
		"Int64": edm.Int64, "Int16": edm.Int16, "Byte": edm.Byte, "SByte": edm.SByte, "Double": edm.Double, "Single": edm.Single,
		"Decimal": edm.Decimal, "Guid": edm.GUID, "Date": edm.Date, "TimeOfDay": edm.TimeOfDay, "Duration": edm.Duration,
		"Edm.Binary": edm.Binary, "Stream": edm.Stream, " edm.guid ": edm.GUID,
		"": "", "microsoft.graph.user": "", "stringCollection": "", "dateTimeTimeZone": "", "(timestamp)": "",
	} {
		if got := edmOf(name); got != want {
			t.Errorf("edmOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFact(t *testing.T) {
	t.Parallel()
	o := parsed(t, fixturePage)
	want := map[string]string{
		"method":              "36 the method is PATCH",
		"path":                "36 the path is " + o.Path.Template,
		"status":              "62 success is 200",
		"response-body":       "62 200 with the updated provisioningFlow",
		"response-example":    "100 the response example shows id, createdDateTime, lastModifiedDateTime, readinessStatus",
		"request-media-type":  "44 the request is application/json",
		"response-media-type": "96 the response is application/json",
		"properties":          "54 the table lists createdDateTime, lastModifiedDateTime, readinessStatus",
		"enum":                "56 readinessStatus is one of notReady, ready, failed, disabled, expired, unknownFutureValue",
		"key":                 "100 id is the key of the entity",
		"created":             "54 createdDateTime is the date of creation, which the server sets",
		"modified":            "55 lastModifiedDateTime is the date of the last modification, which the server sets",
	}
	got := map[string]string{}
	for _, name := range FactNames() {
		if source, summary, ok := o.Fact(name); ok {
			got[name] = strconv.Itoa(source.Line) + " " + summary
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFactAbsent(t *testing.T) {
	t.Parallel()
	p := tidyPage()
	p.Statuses, p.Examples, p.Headers, p.Properties = nil, nil, nil, nil
	o := operation(t, p)
	for _, name := range FactNames() {
		source, summary, ok := o.Fact(name)
		if want := name == "method" || name == "path"; ok != want {
			t.Errorf("%s: %v %q %v", name, source, summary, ok)
		}
	}
	if _, _, ok := o.Fact("no-such-fact"); ok {
		t.Error("an unknown name is a fact")
	}
}

func BenchmarkFromPage(b *testing.B) {
	p, conv := tidyPage(), conventions(b)
	for b.Loop() {
		if _, err := FromRequestLine(p, conv, 0); err != nil {
			b.Fatal(err)
		}
	}
}
