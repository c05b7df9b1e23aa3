package graphdoc

import (
	"fmt"
	"strings"
)

// dump writes a page as text, one fact a line, each with the line that it has in
// the page: the form of the golden file.
func dump(p *Page) string {
	d := &dumper{}
	d.printf("file %s", p.File)
	for _, f := range p.FrontMatter {
		d.text("front matter "+f.Key, f.Value)
	}
	d.text("title", p.Title)
	d.text("namespace", p.Namespace)
	d.paragraph("intro", p.Intro)
	for _, x := range p.Permissions {
		d.text("permission", x.Kind)
		d.printf("        %s", strings.Join(x.Names, " "))
	}
	for _, x := range p.PermissionGroups {
		d.text("permission group", x)
	}
	for _, x := range p.Includes {
		d.text("include", x)
	}
	for _, x := range p.Requests {
		d.text("request "+x.Method.Value, x.Path)
		for _, param := range x.Params {
			d.text("  param", param)
		}
	}
	for _, x := range p.Headers {
		d.text("header", x.Name)
		d.text(fmt.Sprintf("  required=%t", x.Required), x.Description)
	}
	for _, x := range p.RequestBody {
		d.paragraph("request body", x)
	}
	for _, x := range p.Properties {
		d.property(x)
	}
	for _, x := range p.Tables {
		d.printf("%4d  table to %d under %q", x.Line, x.Last, x.Heading.Value)
		for _, row := range x.Properties {
			d.property(row)
		}
	}
	for _, x := range p.Response {
		d.paragraph("response", x)
	}
	for _, s := range p.Statuses {
		d.printf("%4d  status %d %q empty=%t: %s", s.Line, s.Code, s.Reason, s.Empty, s.Sentence)
		d.text("  returns", s.Returns)
		if s.ReturnsLink != "" {
			d.printf("        link %s", s.ReturnsLink)
		}
	}
	for _, s := range p.ExampleStatuses {
		d.printf("%4d  status among the examples %d %q", s.Line, s.Code, s.Reason)
	}
	for _, x := range p.Examples {
		d.message(x)
	}
	for _, x := range p.Annotations {
		d.annotation("annotation", x)
	}
	for _, x := range p.Todos {
		d.text("todo", x)
	}
	for _, x := range p.Oddities {
		d.printf("%4d  oddity %s: %s", x.Line, x.Class, x.Text)
	}
	return d.String()
}

type dumper struct{ strings.Builder }

func (d *dumper) printf(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

func (d *dumper) text(label string, t Text) {
	if t.Present() {
		d.printf("%4d  %s: %s", t.Line, label, t.Value)
	}
}

func (d *dumper) paragraph(label string, p Paragraph) {
	d.text(label, p.Text)
	for _, l := range p.Links {
		d.text("  link "+l.Target, l.Text)
	}
}

func (d *dumper) property(x Property) {
	d.text("property", x.Name)
	d.text(fmt.Sprintf("  type (collection=%t link=%q)", x.Collection, x.TypeLink), x.Type)
	d.text("  description", x.Description)
	for _, m := range x.Enum {
		d.text("  member", m)
	}
	d.printf("        nullability=%d readOnly=%t", x.Nullability, x.ReadOnly)
}

func (d *dumper) message(m Message) {
	if m.Kind == KindRequest {
		d.printf("%4d  %s %s %s", m.Line, m.Kind, m.Method, m.URL)
	} else {
		d.printf("%4d  %s %d %q", m.Line, m.Kind, m.Code, m.Reason)
	}
	for _, h := range m.Headers {
		d.text("  header "+h.Key, h.Value)
	}
	if m.Body != "" {
		d.printf("%4d    body of %d bytes", m.BodyLine, len(m.Body))
	}
	d.value("    ", "", m.JSON)
	d.text("  not JSON", m.JSONError)
	for _, x := range m.Repairs {
		d.text("  repaired", x)
	}
	if m.Annotation != nil {
		d.printf("%4d    annotated as %q", m.Annotation.Line, m.Annotation.BlockType)
	}
}

func (d *dumper) value(indent, name string, v *Value) {
	if v == nil {
		return
	}
	data := ""
	if v.Data != nil {
		data = fmt.Sprintf(" %v", v.Data)
	}
	d.printf("%4d%s  %s%s%s", v.Line, indent, name, v.Kind, data)
	for _, m := range v.Members {
		d.value(indent+"  ", fmt.Sprintf("%q (%d) ", m.Name, m.Line), m.Value)
	}
	for _, i := range v.Items {
		d.value(indent+"  ", "", i)
	}
}

func (d *dumper) annotation(label string, a Annotation) {
	d.printf("%4d  %s %q %s", a.Line, label, a.BlockType, a.Error)
	d.text("  type", a.Type)
	for _, f := range a.Fields {
		d.text("  field "+f.Key, f.Value)
	}
}
