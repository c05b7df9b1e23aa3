package contract

import (
	"slices"
	"strings"

	"graphpact/internal/graphdoc"
)

// structure makes the type of a resource page, with the properties of its base types.
func (m *merger) structure(res *graphdoc.Resource, level int) *Structure {
	name := res.Name.Value
	if !strings.Contains(name, ".") && res.Namespace.Value != "" {
		name = res.Namespace.Value + "." + name
	}
	key := strings.ToLower(name)
	if s, known := m.structures[key]; known {
		return s
	}
	at := func(t graphdoc.Text) Source { return Source{File: res.File, Line: t.Line} }
	s := &Structure{Name: name, Sources: []Source{at(res.Title)}}
	m.structures[key] = s // before its properties: they may lead back to it
	if res.Base.Present() {
		s.Base = Fact[string]{res.Base.Value, at(res.Base)}
	}
	s.Entity = res.Key.Present() || len(res.Relationships) > 0
	says := func(t graphdoc.Text) Fact[bool] {
		if !t.Present() {
			return Fact[bool]{}
		}
		return Fact[bool]{true, at(t)}
	}
	s.Abstract, s.Open = says(res.Abstract), says(res.Open)
	rows, links := m.rows(res, s.Entity)
	s.Properties = rows
	if base := m.base(res, level); base != nil && base != s {
		s.Entity = s.Entity || base.Entity
		s.Bases = append([]string{base.Name}, base.Bases...)
		for _, b := range base.Properties {
			if i := slices.IndexFunc(s.Properties, func(p Property) bool { return p.Name == b.Name }); i >= 0 {
				p := &s.Properties[i]
				m.adopt(p, b)
				if !p.ReadOnly.Value {
					p.ReadOnly = b.ReadOnly
				}
				if p.Nullable.Source.IsZero() {
					p.Nullable = b.Nullable
				}
				continue
			}
			s.Properties = append(s.Properties, b)
		}
	}
	if level >= maxTypeLevels {
		return s
	}
	for i := range s.Properties {
		p := &s.Properties[i]
		if p.Source.File == res.File {
			m.resolve(p, links[p.Name], res.File, level+1)
		}
	}
	for _, d := range res.Derived {
		if of, _ := m.linked(res.File, d.Target, d.Line); of != nil && describesType(of) {
			if derived := m.structure(of, level+1); derived != s && !slices.Contains(s.Derived, derived) {
				s.Derived = append(s.Derived, derived)
			}
		}
	}
	return s
}

// base gives the type that another one inherits from; nil where it is not to be found.
func (m *merger) base(res *graphdoc.Resource, level int) *Structure {
	if !res.Base.Present() || level > 2*maxTypeLevels {
		return nil
	}
	of, _ := m.linked(res.File, res.BaseLink, res.Base.Line)
	if of == nil {
		of = m.namedPage(res.File, res.Base.Value)
	}
	if of == nil || of.File == res.File || !describesType(of) {
		return nil
	}
	return m.structure(of, level+1)
}

// rows reads the properties of a resource page as those of an update page are read, and
// gives the links around their types.
func (m *merger) rows(res *graphdoc.Resource, entity bool) ([]Property, map[string]string) {
	b := &builder{page: &graphdoc.Page{File: res.File}, conv: m.conv, op: &Operation{Page: res.File}}
	links := map[string]string{}
	for i := range res.Properties {
		row, before := &res.Properties[i], len(b.op.Properties)
		b.row(row)
		if len(b.op.Properties) == before {
			continue
		}
		p := &b.op.Properties[before]
		links[p.Name] = row.TypeLink
		if !entity {
			p.Role = "" // an id within a value is a value
		}
		if p.Type.Edm == "" && !p.Type.IsEnum() {
			m.enumOf(p, res, "")
		}
	}
	return b.op.Properties, links
}

// enumOf takes members from a page: those of the table that a fragment leads to, of the one
// that has the name of the type, or of an enum page. It reports whether there are any.
func (m *merger) enumOf(p *Property, res *graphdoc.Resource, fragment string) bool {
	for _, e := range res.Enums {
		if fragment == "" && !sameName(e.Name.Value, p.Type.Name) || fragment != "" && e.Anchor != strings.ToLower(fragment) {
			continue
		}
		p.Type.Enum = nil
		for _, name := range e.Members {
			if !p.Type.isMember(name.Value) {
				p.Type.Enum = m.withMember(p.Type.Enum, name.Value, Source{File: res.File, Line: name.Line})
			}
		}
		if e.Flags.Present() {
			p.Flags = Fact[bool]{true, Source{File: res.File, Line: e.Flags.Line}}
		}
		p.Type.Shape = ""
		return true
	}
	return false
}

// resolve gives a type that is only named its members or its nested properties.
func (m *merger) resolve(p *Property, link, file string, level int) {
	if p.Type.Edm != "" || p.Type.IsEnum() || p.Type.Structure != nil || p.Type.Name == "" && link == "" {
		return
	}
	res, fragment := m.linked(file, link, p.Source.Line)
	if res == nil && p.Type.Name != "" {
		res, fragment = m.namedPage(file, p.Type.Name), ""
	}
	if res == nil {
		return
	}
	if m.enumOf(p, res, fragment) {
		m.witness(p, "members", membersText(p.Type.Enum), p.Type.Enum[0].Source)
		return
	}
	if fragment != "" || !describesType(res) || !m.isTypeOf(p, res) {
		return
	}
	p.Type.Structure = m.structure(res, level)
	p.Type.Shape = "object"
	m.witness(p, "type", p.Type.Structure.Name, p.Type.Structure.Sources[0])
}

// namedPage finds the page of a type by its name; a bare one is of the namespace of the
// Operation first.
func (m *merger) namedPage(file, name string) *graphdoc.Resource {
	if ns := m.op.Namespace.Value; ns != "" && !strings.Contains(name, ".") {
		if res := m.from.Resources.Named(file, ns+"."+name); res != nil {
			return res
		}
	}
	return m.from.Resources.Named(file, name)
}

// describesType reports whether a page describes a structured type: it has properties, calls
// the type open, or names it in an annotation, as that of a type without properties does.
func describesType(res *graphdoc.Resource) bool {
	return len(res.Properties) > 0 || res.Open.Present() || strings.Contains(res.Name.Value, ".")
}

// isTypeOf reports whether a page may describe the type of a property. A link may lead to
// a page about something else, as an overview.
func (m *merger) isTypeOf(p *Property, res *graphdoc.Resource) bool {
	return res.Name.Present() && (p.Type.Name == "" || generic(p.Type.Name) || sameName(p.Type.Name, res.Name.Value) ||
		strings.EqualFold(strings.ReplaceAll(p.Type.Name, " ", ""), res.Name.Value))
}

// generic reports whether a type name stands for any object.
func generic(name string) bool {
	switch strings.ToLower(name) {
	case "", "object", "any", "json", "complex type", "complex", "resource", "entity":
		return true
	}
	return false
}

// adopt fills in what a property lacks from another row of it.
func (m *merger) adopt(p *Property, row Property) {
	t := row.Type
	told := t.Edm != "" || t.IsEnum() || t.Structure != nil || t.Name != "" && !generic(t.Name)
	switch {
	case !told:
	case !p.inTable(), p.Type.Edm == "" && !p.Type.IsEnum() && generic(p.Type.Name):
		// An example shows a value, and no type.
		if !p.inTable() && (p.Type.Edm != "" || p.Type.Shape != "") && p.Type.Collection != t.Collection {
			break
		}
		shape := p.Type.Shape
		p.Type = t
		if t.Edm == "" && !t.IsEnum() && t.Structure == nil {
			p.Type.Shape = shape
		}
		m.witness(p, "type", t.describe(), t.Source)
	case t.Collection != p.Type.Collection:
	case p.Type.Edm == "" && !p.Type.IsEnum():
		if sameName(p.Type.Name, t.Name) || p.Type.Name == "" {
			p.Type.Enum, p.Type.Structure = t.Enum, t.Structure
			if t.Structure != nil {
				p.Type.Shape = "object"
			}
			if t.IsEnum() {
				p.Type.Shape = ""
				m.witness(p, "members", membersText(t.Enum), t.Enum[0].Source)
			}
		}
		m.witness(p, "type", t.describe(), t.Source)
	default:
		m.witness(p, "type", t.describe(), t.Source)
	}
	if !p.Flags.Value && row.Flags.Value && p.Type.IsEnum() {
		p.Flags = row.Flags
	}
	if !row.Nullable.Source.IsZero() {
		m.witness(p, "nullable", nullText(row.Nullable.Value), row.Nullable.Source)
	}
	if row.ReadOnly.Value {
		m.witness(p, "read-only", "read-only", row.ReadOnly.Source)
		if (!p.Listed && !p.Sent.Value || p.FromExample) && !p.ReadOnly.Value {
			p.ReadOnly = row.ReadOnly
		}
	}
	if p.Role == "" && row.Role != "" {
		p.Role = row.Role
	}
	if p.Bounds == (Bounds{}) && p.Type.Edm == t.Edm && p.Type.Collection == t.Collection {
		p.Bounds = row.Bounds
	}
	if p.Description == "" {
		p.Description = row.Description
	}
}

func membersText(members []Member) string {
	var names []string
	for _, m := range members {
		names = append(names, m.Value)
	}
	return strings.Join(names, ", ")
}

func nullText(n Nullable) string {
	if n == NullableNo {
		return "not nullable"
	}
	return "nullable"
}

// witness keeps what a source beside the page says.
func (m *merger) witness(p *Property, fact, value string, at Source) {
	w := Witness{fact, value, at}
	if !at.IsZero() && at.File != m.page.File && !slices.Contains(p.Witnesses, w) {
		p.Witnesses = append(p.Witnesses, w)
	}
}
