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
	if file != m.page.File {
		line = 0
	}
	m.findAt(ClassResourceUnreadable, Source{File: file, Line: line}, "It says nothing.",
		"The page that the link %s leads to was not read: %v.", short(target), err)
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
