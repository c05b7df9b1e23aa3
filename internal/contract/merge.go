package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/convention"
	"graphpact/internal/csdl"
	"graphpact/internal/graphdoc"
	"graphpact/internal/permissions"
)

// Sources are what is read beside a page.
type Sources struct {
	// Resources gives resource pages; nil where there are none.
	Resources ResourcePages
	// Metadata is a CSDL file; nil where there is none.
	Metadata *csdl.Metadata
	// Permissions are the published permissions; nil where there are none.
	Permissions *permissions.Set
	// TrustMetadata lets the metadata decide where it and the page disagree.
	TrustMetadata bool
}

// ResourcePages finds resource pages. The file is that of the page that refers to them.
type ResourcePages interface {
	// Linked gives the page that a link without fragment leads to.
	Linked(file, target string) (*graphdoc.Resource, error)
	// Named gives the page of a type that no link leads to; nil where there is none.
	Named(file, name string) *graphdoc.Resource
	// Permissions gives the permissions of an included file.
	Permissions(file, target string) (rows []graphdoc.Permission, name string, err error)
}

// Merge adds to an Operation what its resource pages and the metadata say of its types.
// The rules, for each fact of a property:
//
//   - the page itself decides, where it says anything;
//   - else the row of the resource page of the entity, or of one of its base types;
//   - else the page that the type's link leads to: members of an enum, nested properties;
//   - else the metadata.
//
// Each source that speaks of a fact is kept as a Witness. Where page and metadata disagree,
// a finding names both lines, and the page holds, unless the metadata is trusted. A
// resource page that is absent or cannot be read costs its facts and gives a finding.
func Merge(op *Operation, page *graphdoc.Page, conv *convention.Set, from Sources) {
	m := &merger{
		builder: &builder{page: page, conv: conv, op: op}, from: from,
		structures: map[string]*Structure{}, broken: map[string]bool{}, completed: map[string]bool{}, flagged: map[Source]bool{},
	}
	if from.Resources != nil {
		m.permissions()
		m.resources()
	}
	if s := m.entity; s != nil {
		m.abstract, m.abstractName = s.Abstract, s.Name
	}
	if from.Metadata != nil {
		m.metadata()
	}
	if from.Permissions != nil {
		m.published()
	}
	m.abstractType()
	m.exampleObjects()
	m.listed()
	m.undefined()
	sortFindings(op.Findings)
}

// merger merges the sources of one Operation.
type merger struct {
	*builder
	from Sources
	// structures are the types by full name in lower case.
	structures map[string]*Structure
	// entity is the type of the Operation, nil where no resource page defines it.
	entity *Structure
	// read counts resource pages; broken are those that gave a finding already, and completed
	// the types of the metadata that were read.
	read              int
	broken, completed map[string]bool
	// flagged are the flags enums of the metadata, by the source of their first member.
	flagged map[Source]bool
	// abstract has a source where the type of the Operation, abstractName, is abstract.
	abstract     Fact[bool]
	abstractName string
}

// Limits of the types that are read for one Operation.
const (
	maxResources  = 400
	maxTypeLevels = 8
)

// resources merges what the resource pages say.
func (m *merger) resources() {
	if res := m.entityPage(); res != nil {
		m.entity = m.structure(res, 0)
	}
	for i := range m.op.Properties {
		p := &m.op.Properties[i]
		own := Witness{"type", p.Type.describe(), p.Type.Source}
		row, found := m.entity.Property(p.Name)
		link, file := m.linkOf(p.Name)
		wasEnum := p.Type.IsEnum()
		if found {
			m.adopt(p, row)
		}
		m.resolve(p, link, file, 0)
		if p.Type.IsEnum() && !wasEnum {
			m.gained(p)
		}
		if len(p.Witnesses) > 0 && own.Value != "" {
			p.Witnesses = slices.Insert(p.Witnesses, 0, own)
		}
	}
	if s := m.entity; s != nil {
		if m.op.OpenType.Source.IsZero() && s.Open.Value {
			m.op.OpenType = s.Open
		}
	}
}

// listed takes for a table what a page whose table has nothing to set refers to: the properties that its request
// example sends, or else those of the resource page that a client may set.
func (m *merger) listed() {
	hasValue := func(p Property) bool { _, ok := p.Other(nil); return ok }
	if m.entity == nil || slices.ContainsFunc(m.op.Settable(), hasValue) {
		return
	}
	sent := false
	for i := range m.op.Properties {
		p := &m.op.Properties[i]
		row, known := m.entity.Property(p.Name)
		if p.Sent.Value && known && !row.ServerSet() && !p.ServerSet() {
			p.Listed = true
			m.named(p, &graphdoc.Property{})
			sent = sent || hasValue(*p)
		}
	}
	if sent || len(m.page.RequestBody) == 0 {
		return
	}
	for _, row := range m.entity.Properties {
		if _, known := m.op.Property(row.Name); !known && !row.ServerSet() {
			m.op.Properties = append(m.op.Properties, row)
		}
	}
}

// gained judges the examples by members that the page itself does not list.
func (m *merger) gained(p *Property) {
	m.named(p, &graphdoc.Property{})
	for _, e := range m.messagesOf(ExampleUpdate, ExampleAnswer) {
		v := member(e.JSON, p.Name)
		if v == nil {
			continue
		}
		for _, item := range append([]*graphdoc.Value{v}, v.Items...) {
			if s, isText := item.Data.(string); isText && !isPlaceholder("", s) && !p.Flags.Value && !p.Type.isMember(s) {
				m.find(ClassExampleOutsideEnum, item.Line, "The enum of "+p.Type.Enum[0].Source.Short()+" is right.",
					"The %s example shows %s for %q, which is no member of its enum.", e.Kind, quote(item), p.Name)
			}
		}
	}
}

// linkOf is the link around the type of a row of the page, and the file that the row stands in.
func (m *merger) linkOf(name string) (link, file string) {
	rows := m.page.Properties
	for _, t := range m.page.Tables {
		rows = append(slices.Clip(rows), t.Properties...)
	}
	i := slices.IndexFunc(rows, func(row graphdoc.Property) bool { return row.Name.Value == name })
	if i < 0 {
		return "", m.page.File
	}
	return rows[i].TypeLink, cmp.Or(rows[i].File, m.page.File)
}

// entityPage finds the resource page of the entity: by the link of the Response sentence,
// then by that of the introduction, then by the name of the type. One that describes the
// type of the Operation goes before the others.
func (m *merger) entityPage() *graphdoc.Resource {
	var links []graphdoc.Text
	for _, s := range m.page.Statuses {
		if s.ReturnsLink != "" {
			links = append(links, graphdoc.Text{Value: s.ReturnsLink, Line: s.Line})
		}
	}
	for _, paragraph := range append(slices.Clone(m.page.Response), m.page.Intro) {
		for _, l := range paragraph.Links {
			if strings.Contains(l.Target, "resources/") {
				links = append(links, graphdoc.Text{Value: l.Target, Line: l.Line})
			}
		}
	}
	var first *graphdoc.Resource
	for _, l := range links {
		res, _ := m.linked(m.page.File, l.Value, l.Line)
		switch {
		case res == nil || !describesType(res):
		case m.op.Resource.Value == "" || sameName(res.Name.Value, m.op.Resource.Value):
			return res
		case first == nil:
			first = res
		}
	}
	for _, name := range []string{m.op.QualifiedType(), m.op.ResponseType.Value, m.op.RequestType.Value} {
		if name == "" {
			continue
		}
		if res := m.namedPage(m.page.File, name); res != nil && describesType(res) {
			return res
		}
	}
	return first
}

// sameName compares type names without their namespaces, in any letter case: links and
// titles write a name as they like.
func sameName(a, b string) bool {
	_, x, _ := cutLast(a)
	_, y, _ := cutLast(b)
	return x != "" && strings.EqualFold(x, y)
}

// linked reads the page behind a link, and gives the fragment of the link. A page that
// cannot be read is a finding, once.
func (m *merger) linked(file, link string, line int) (*graphdoc.Resource, string) {
	target, fragment, _ := strings.Cut(link, "#")
	if target == "" || m.read >= maxResources {
		return nil, fragment
	}
	res, err := m.from.Resources.Linked(file, target)
	if err != nil {
		m.unreadable(file, target, line, err)
		return nil, fragment
	}
	if res != nil {
		m.read++
	}
	return res, fragment
}

// unreadable notes a page that is there and cannot be read.
func (m *merger) unreadable(file, target string, line int, err error) {
	if m.broken[target] {
		return
	}
	m.broken[target] = true
	f := Finding{
		Class: ClassResourceUnreadable, Source: Source{File: file, Line: line},
		Text: fmt.Sprintf("The page that the link %s leads to was not read: %v.", short(target), err), Assumed: "It says nothing.",
	}
	if file != m.page.File {
		f.Source = Source{File: file}
	}
	m.op.Findings = append(m.op.Findings, f)
}

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
	if res.Abstract.Present() {
		s.Abstract = Fact[bool]{true, at(res.Abstract)}
	}
	if res.Open.Present() {
		s.Open = Fact[bool]{true, at(res.Open)}
	}
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
		own := e.Anchor == "" && fragment == "" && sameName(e.Name.Value, p.Type.Name)
		at := fragment != "" && e.Anchor == strings.ToLower(fragment)
		named := fragment == "" && sameName(e.Name.Value, p.Type.Name)
		if !own && !at && !named {
			continue
		}
		row := graphdoc.Property{Name: graphdoc.Text{Value: p.Name}, Type: graphdoc.Text{Value: p.Type.Name}}
		for _, member := range e.Members {
			row.Enum = append(row.Enum, member.Name)
		}
		b := &builder{page: &graphdoc.Page{File: res.File}, conv: m.conv, op: &Operation{}}
		p.Type.Enum = b.typeOf(&row).Enum
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
	if p.Bounds.IsZero() && p.Type.Edm == t.Edm && p.Type.Collection == t.Collection {
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

// undefined is the finding of types that nothing defines, one for a page.
func (m *merger) undefined() {
	if m.from.Resources == nil {
		return
	}
	var names []string
	line := 0
	for _, p := range m.op.Properties {
		t := p.Type
		if knownType(t) || !p.Listed {
			continue
		}
		if names = append(names, fmt.Sprintf("%s (%s)", p.Name, cmp.Or(t.describe(), "no type"))); line == 0 {
			line = p.Source.Line
		}
	}
	if names == nil {
		return
	}
	const most = 6
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	m.find(ClassTypeUndefined, line, "Any value of the JSON type that the examples show is taken for one.",
		"Neither the page nor a resource page defines the types of %s.", strings.Join(names, ", "))
}

// abstractType finds an @odata.type of an abstract type in an example. No value has one
// (OData 4.01 JSON Format 4.5.3), so it is not sent.
func (m *merger) abstractType() {
	if !m.abstract.Value {
		return
	}
	for _, e := range []Fact[string]{m.op.RequestType, m.op.ResponseType} {
		if sameName(e.Value, m.abstractName) {
			m.find(ClassTypeAbstract, e.Source.Line, "It is not sent.",
				"The example has the type %s, which is abstract (%s): each value has one that is derived from it.", e.Value, m.abstract.Source.Short())
		}
	}
	if sameName(m.op.TypeAnnotation.Value, m.abstractName) {
		m.op.TypeAnnotation.Value = ""
	}
}

// exampleObjects takes the objects of the request examples as values of structured types,
// also of those that nothing defines.
func (m *merger) exampleObjects() {
	for i := range m.op.Properties {
		p := &m.op.Properties[i]
		if p.Type.Structure == nil && p.Type.Shape != "object" || !p.Listed {
			continue
		}
		for _, e := range m.messagesOf(ExampleUpdate) {
			if v := member(e.JSON, p.Name); v != nil && p.isExampleObject(v) {
				p.Named = append(p.Named, Value{plain(v), FromExample, m.at(v.Line)})
			}
		}
	}
}

// isExampleObject reports whether an example value is one of the structured type, without a
// word in the place of a value.
func (p Property) isExampleObject(v *graphdoc.Value) bool {
	if p.Type.Collection {
		return v.Kind == "array" && len(v.Items) > 0 && !slices.ContainsFunc(v.Items, func(item *graphdoc.Value) bool { return !p.item().isExampleObject(item) })
	}
	if v == nil || v.Kind != "object" || len(v.Members) == 0 {
		return false
	}
	object, _ := plain(v).(map[string]any)
	kind := p.Type.Structure.of(object)
	for _, e := range v.Members {
		q, known := kind.Property(e.Name)
		switch {
		case strings.Contains(e.Name, "@"):
		case e.Value == nil || standsIn(e.Value), known && q.ServerSet():
			return false
		case !known || e.Value.Kind == "null":
		case q.Type.Structure != nil && !q.isExampleObject(e.Value):
			return false
		case q.Type.Structure == nil && !q.mayBe(plain(e.Value)), q.Type.IsEnum() && !q.canSet(plain(e.Value)):
			return false
		}
	}
	return true
}

// standsIn reports whether a value has a word in the place of one.
func standsIn(v *graphdoc.Value) bool {
	if s, isText := v.Data.(string); isText && (isPlaceholder("", s) || standIn.MatchString(s)) {
		return true
	}
	return slices.ContainsFunc(v.Items, standsIn) ||
		slices.ContainsFunc(v.Members, func(e graphdoc.Member) bool { return e.Value != nil && standsIn(e.Value) })
}
