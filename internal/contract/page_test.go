package contract

import (
	"encoding/json"
	"os"
	"testing"

	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
)

func conventions(t testing.TB) *convention.Set {
	t.Helper()
	conv, err := convention.Load()
	if err != nil {
		t.Fatal(err)
	}
	return conv
}

// operation reads the Operation off a page made by hand.
func operation(t testing.TB, p *graphdoc.Page) *Operation {
	t.Helper()
	o, err := FromRequestLine(p, conventions(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// parsed reads the Operation off a page file; the test is skipped where the file is
// one of Microsoft's and not beside the project.
func parsed(t testing.TB, file string) *Operation {
	t.Helper()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		t.Skipf("%s is absent: the pages of Microsoft are not part of the project", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := graphdoc.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return operation(t, p)
}

const (
	startingPage = "../../../shared/docs/industrydata-provisioningflow-update.md"
	fixturePage  = "../../fixtures/docs/provisioningflow-update.md"
	widgetPage   = "testdata/widget-update.md"
	lanternPage  = "testdata/lantern-update.md"
)

func text(line int, value string) graphdoc.Text { return graphdoc.Text{Value: value, Line: line} }

// str, num, obj and arr make example values.
func str(line int, s string) *graphdoc.Value {
	return &graphdoc.Value{Line: line, Kind: "string", Data: s}
}

func num(line int, n string) *graphdoc.Value {
	return &graphdoc.Value{Line: line, Kind: "number", Data: json.Number(n)}
}

func arr(line int, items ...*graphdoc.Value) *graphdoc.Value {
	return &graphdoc.Value{Line: line, Kind: "array", Items: items}
}

func obj(line int, members ...graphdoc.Member) *graphdoc.Value {
	return &graphdoc.Value{Line: line, Kind: "object", Members: members}
}

func mem(name string, v *graphdoc.Value) graphdoc.Member {
	return graphdoc.Member{Name: name, Line: v.Line, Value: v}
}

// tidyPage is a page without a single finding. Tests change a copy.
func tidyPage() *graphdoc.Page {
	return &graphdoc.Page{
		File:      "docs/gadget-update.md",
		Digest:    "sha256:00",
		Title:     text(1, "Update gadget"),
		Namespace: text(2, "example.parts"),
		Intro: graphdoc.Paragraph{Text: text(3, "Changes a gadget."), Links: []graphdoc.Link{
			{Text: text(3, "gadget"), Target: "../resources/gadget.md"},
		}},
		Permissions: []graphdoc.Permission{{Kind: text(5, "Application"), Names: []string{"Gadget.ReadWrite.All"}}},
		Requests: []graphdoc.RequestLine{
			{Method: text(10, "PATCH"), Path: text(10, "/gadgets/{gadgetId}"), Params: []graphdoc.Text{text(10, "gadgetId")}},
		},
		Headers: []graphdoc.Header{
			{Name: text(15, "Authorization"), Description: text(15, "Bearer {token}. Required."), Required: true},
			{Name: text(16, "Content-Type"), Description: text(16, "application/json. Required."), Required: true},
			{Name: text(17, "If-Match"), Description: text(17, "The ETag.")},
		},
		Properties: []graphdoc.Property{
			{
				Name: text(20, "mode"), Type: text(20, "gadgetMode"), Description: text(20, "Optional."),
				Enum: []graphdoc.Text{text(20, "on"), text(20, "off")}, Nullability: graphdoc.Optional,
			},
			{Name: text(21, "label"), Type: text(21, "String"), Description: text(21, "Required."), Nullability: graphdoc.Required},
			{Name: text(22, "tags"), Type: text(22, "String"), Collection: true, Description: text(22, "Words.")},
		},
		Response: []graphdoc.Paragraph{{Text: text(30, "Returns it.")}},
		Statuses: []graphdoc.Status{
			{Code: 200, Reason: "OK", Line: 30, Returns: text(30, "gadget")},
			{Code: 404, Reason: "Not Found", Line: 31},
		},
		Examples: []graphdoc.Message{
			{
				Kind: "request", Line: 40, Method: "PATCH", URL: "https://example.com/v1/gadgets/{gadgetId}",
				Headers: []graphdoc.Field{{Key: "Content-Type", Value: text(41, "application/json")}},
				Body:    "{…}", BodyLine: 43,
				JSON: obj(43, mem("mode", str(44, "on"))),
			},
			{
				Kind: "response", Line: 50, Code: 200, Reason: "OK",
				Headers: []graphdoc.Field{{Key: "content-type", Value: text(51, "application/json; charset=utf-8")}},
				Body:    "{…}", BodyLine: 53,
				JSON: obj(53, mem("@odata.type", str(54, "#example.parts.gadget")), mem("mode", str(55, "on")),
					mem("label", str(56, "Desk"))),
				Annotation: &graphdoc.Annotation{Line: 48, BlockType: "response", Type: text(48, "example.parts.gadget")},
			},
		},
	}
}

// show adds a member to the response example of a page.
func show(p *graphdoc.Page, m graphdoc.Member) {
	body := p.Examples[1].JSON
	body.Members = append(body.Members, m)
}

// row finds a row of the body table.
func row(p *graphdoc.Page, name string) *graphdoc.Property {
	for i := range p.Properties {
		if p.Properties[i].Name.Value == name {
			return &p.Properties[i]
		}
	}
	p.Properties = append(p.Properties, graphdoc.Property{
		Name: text(29, name), Type: text(29, "String"), Description: text(29, ""),
	})
	return &p.Properties[len(p.Properties)-1]
}
