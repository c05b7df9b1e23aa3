package contract

import (
	"cmp"
	"slices"
	"strings"

	"graphpact/internal/csdl"
	"graphpact/internal/edm"
)

// maxDerived bounds the derived types of a nested type that are read. A type with more, as the
// base of all entities, is no choice that a value is made by.
const maxDerived = 40

// metadata merges what the metadata says. Without the type it says nothing.
func (m *merger) metadata() {
	t := m.metadataType()
	if t == nil {
		for _, p := range m.op.Properties {
			m.absent(p)
		}
		if m.entity != nil && m.entity.Base.Value != "" {
			m.count(factBase).Absent++
		}
		return
	}
	if t.Abstract && m.abstract.Source.IsZero() {
		m.abstract, m.abstractName = Fact[bool]{true, m.inMetadata(t.Line)}, t.Name
	}
	if t.Open && m.op.OpenType.Source.IsZero() {
		m.op.OpenType = Fact[bool]{true, m.inMetadata(t.Line)}
	}
	declared := m.declared(t)
	var lacks []string
	line := 0
	for i := range m.op.Properties {
		p := &m.op.Properties[i]
		q, known := declared[p.Name]
		if !known {
			m.absent(*p)
			if !t.Open && !m.op.OpenType.Value && !t.Abstract {
				if lacks = append(lacks, p.Name); line == 0 {
					line = p.Source.Line
				}
			}
			continue
		}
		m.compare(p, q)
	}
	if lacks != nil {
		m.find(ClassMetadataLacks, line, "The page holds.", "The type %s of the metadata (%s) does not have %s.",
			t.Name, m.inMetadata(t.Line).Short(), strings.Join(lacks, ", "))
	}
	m.restrictions(t)
	m.compareBase(t)
}

func (m *merger) inMetadata(line int) Source { return Source{File: m.from.Metadata.Name(), Line: line} }

// read gives a type of the metadata; one that cannot be read is a finding, once.
func (m *merger) readType(name string) *csdl.Type {
	t, err := m.from.Metadata.Type(name)
	if err != nil && !m.broken[name] {
		m.broken[name] = true
		m.findAt(ClassResourceUnreadable, m.inMetadata(0), "It says nothing.", "The type %s of the metadata was not read: %v.", name, err)
	}
	return t
}

// metadataType finds the type of the Operation: by its full name, or the only one that has its
// name. One that is not there is a finding.
func (m *merger) metadataType() *csdl.Type {
	name := m.op.QualifiedType()
	if name == "" {
		return nil
	}
	if t := m.readType(name); t != nil {
		return t
	}
	_, bare, _ := cutLast(name)
	if all := m.from.Metadata.Named(bare); len(all) == 1 {
		return m.readType(all[0])
	}
	m.find(ClassMetadataLacks, cmp.Or(m.op.Resource.Source.Line, m.page.Title.Line), "The page holds.", "The metadata (%s) has no type %s.", base(m.from.Metadata.Name()), name)
	return nil
}

// declared gives the properties of a type and of its bases, the own ones first.
func (m *merger) declared(t *csdl.Type) map[string]csdl.Property {
	out := map[string]csdl.Property{}
	for _, name := range append([]string{t.Name}, m.from.Metadata.Bases(t.Name)...) {
		of := m.readType(name)
		if of == nil {
			break
		}
		for _, p := range of.Properties {
			if _, known := out[p.Name]; !known {
				out[p.Name] = p
			}
		}
	}
	return out
}

// compare merges one property of the metadata.
func (m *merger) compare(p *Property, q csdl.Property) {
	at := m.inMetadata(q.Line)
	t := m.typeOfMetadata(q, 0)
	m.compareType(p, q, t, at)
	if !q.Navigation && !p.Type.Collection {
		m.compareNull(p, q, at)
	}
	if readOnly := cmp.Or(q.Computed, q.NotUpdatable, q.Immutable); readOnly > 0 {
		says := "computed"
		switch readOnly {
		case q.NotUpdatable:
			says = "read-only"
		case q.Immutable:
			says = "immutable"
		}
		m.compareReadOnly(p, says, m.inMetadata(readOnly))
	} else if p.ReadOnly.Value {
		m.count(factReadOnly).Absent++
	}
	if length := &p.Bounds.MaxLength; q.MaxLength > 0 && length.Source.IsZero() && p.Type.Edm == edm.String && !p.Type.Collection {
		*length = Fact[int]{q.MaxLength, at}
	}
}

// compareType compares the types, and fills in what the page lacks.
func (m *merger) compareType(p *Property, q csdl.Property, t Type, at Source) {
	says := q.Type
	if q.Collection {
		says += " collection"
	}
	told := p.saysType()
	m.witness(p, factType, says, at)
	switch {
	case !told:
		m.takeType(p, t)
		return
	case q.Collection != p.Type.Collection:
		m.disagree(p, factCollection, p.Type.describe(), says, p.Type.Source, at, func() { m.takeType(p, t) })
		return
	}
	m.agree(factCollection)
	switch {
	case t.IsEnum() && (p.Type.IsEnum() || p.Type.Edm == edm.String):
		m.agree(factType)
		m.compareMembers(p, t)
	case p.Type.Edm != "" && t.Edm != "":
		if p.Type.Edm == t.Edm || looselyNamed(p.Type.Name, t.Edm) {
			m.agree(factType)
			p.Type.Edm = t.Edm
			return
		}
		m.disagree(p, factType, p.Type.describe(), says, p.Type.Source, at, func() { m.takeType(p, t) })
	case p.Type.Edm == "" && t.Edm == "" && (p.Type.Name == "" || sameName(p.Type.Name, q.Type)):
		m.agree(factType)
		if !p.Type.IsEnum() && p.Type.Structure == nil {
			m.takeType(p, t)
		}
	case p.Type.Structure != nil && t.Structure != nil && m.isDerived(p.Type.Structure, t.Structure):
		m.agree(factType)
	default:
		m.disagree(p, factType, p.Type.describe(), says, p.Type.Source, at, func() { m.takeType(p, t) })
	}
}

// isDerived reports whether one of the types inherits from the other.
func (m *merger) isDerived(a, b *Structure) bool {
	return slices.ContainsFunc(a.Bases, func(n string) bool { return sameName(n, b.Name) }) ||
		slices.ContainsFunc(b.Bases, func(n string) bool { return sameName(n, a.Name) })
}

// looselyNamed reports whether a page uses a word that stands for several Edm types.
func looselyNamed(word, edmType string) bool {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "integer", "int", "number", "long":
		return slices.Contains([]string{edm.Int16, edm.Int32, edm.Int64, edm.Byte, edm.Double, edm.Single, edm.Decimal}, edmType)
	case "float", "double":
		return slices.Contains([]string{edm.Double, edm.Single, edm.Decimal}, edmType)
	case "date", "datetime":
		return slices.Contains([]string{edm.Date, edm.DateTimeOffset}, edmType)
	}
	return false
}

// takeType gives a property the type of the metadata, and keeps what it is called.
func (m *merger) takeType(p *Property, t Type) {
	wasEnum := p.Type.IsEnum()
	if p.Type.Name != "" && !generic(p.Type.Name) && sameName(p.Type.Name, t.Name) {
		t.Name, t.Source = p.Type.Name, p.Type.Source
	}
	if t.Edm == "" && !t.IsEnum() && t.Structure == nil {
		t.Shape = p.Type.Shape
	}
	p.Type = t
	p.Flags = m.flags(t)
	if t.IsEnum() && !wasEnum {
		m.gained(p)
	}
}

// compareMembers compares the members of an enum; the order does not count.
func (m *merger) compareMembers(p *Property, t Type) {
	m.witness(p, factMembers, membersText(t.Enum), t.Enum[0].Source)
	if !p.Type.IsEnum() {
		if p.Type.Edm == "" {
			m.takeType(p, t)
		}
		return
	}
	m.compareFlags(p, t)
	// A page may leave out the sentinel of an evolvable enum and what comes behind it.
	if !slices.ContainsFunc(p.Type.Enum, func(e Member) bool { return e.Sentinel }) {
		for _, e := range t.Enum {
			if (e.Sentinel || e.Beyond) && !p.Type.isMember(e.Value) {
				p.Type.Enum = append(slices.Clip(p.Type.Enum), e)
			}
		}
	}
	only := func(a, b []Member) (names []string) {
		for _, x := range a {
			if !x.Beyond && !slices.ContainsFunc(b, func(y Member) bool { return x.Value == y.Value }) {
				names = append(names, x.Value)
			}
		}
		return names
	}
	page, metadata := only(p.Type.Enum, t.Enum), only(t.Enum, p.Type.Enum)
	if page == nil && metadata == nil {
		m.agree(factMembers)
		return
	}
	ours, theirs := strings.Join(page, ", "), strings.Join(metadata, ", ")
	m.disagree(p, factMembers, cmp.Or(ours, "no other"), cmp.Or(theirs, "no other"),
		p.Type.Enum[0].Source, t.Enum[0].Source, func() { p.Type.Enum = t.Enum })
}

func (m *merger) compareNull(p *Property, q csdl.Property, at Source) {
	page, says := p.saysNullable(), nullOf(q, at)
	take := func() { p.Nullable = says }
	m.witness(p, factNullable, nullText(says.Value), at)
	switch {
	case page.Source.IsZero():
		take()
	case page.Value == says.Value:
		if m.agree(factNullable); p.Nullable.Source.IsZero() {
			take()
		}
	default:
		m.disagree(p, factNullable, nullText(page.Value), nullText(says.Value), page.Source, at, take)
	}
}

// compareReadOnly finds a property that the page lists as one to set, and that the metadata
// calls computed.
func (m *merger) compareReadOnly(p *Property, says string, at Source) {
	take := func() { p.ReadOnly = Fact[bool]{true, at} }
	m.witness(p, factReadOnly, says, at)
	switch {
	case p.ServerSet():
		m.agree(factReadOnly)
	case !p.Listed:
		take()
	default:
		m.disagree(p, factReadOnly, "a property to set", says, p.Source, at, take)
	}
}

// restrictions finds an update that the metadata says is not supported: of the type, or of the
// entity set or navigation property that the path ends in.
func (m *merger) restrictions(t *csdl.Type) {
	at, what := Source{}, ""
	if !t.Updatable {
		at, what = m.inMetadata(t.UpdatableLine), t.Name
	}
	owner, last := "", ""
	for _, segment := range strings.Split(m.op.Path.Template, "/") {
		switch {
		case segment == "" || strings.ContainsAny(segment, "{}()"):
			continue
		case last == "":
		case owner == "":
			owner = m.from.Metadata.SetType(last)
		default:
			of := m.readType(owner)
			if of == nil {
				return
			}
			owner = m.declared(of)[last].Type
		}
		if last != "" && owner == "" {
			return // the path leads through what the metadata does not have
		}
		last = segment
	}
	for _, r := range m.from.Metadata.Restrictions(last) {
		of, _, _ := strings.Cut(r.Target, "/")
		if r.Set == (owner == "") && (r.Set || of == owner || slices.Contains(m.from.Metadata.Bases(owner), of)) {
			at, what = m.inMetadata(r.Line), r.Target
		}
	}
	if what != "" {
		m.find(ClassMetadataDisagrees, m.op.Method.Source.Line, "The page holds.",
			"The page documents an update; the metadata says that %s cannot be updated (%s).", what, at.Short())
	}
}

// typeOfMetadata makes the type of a property of the metadata.
func (m *merger) typeOfMetadata(q csdl.Property, level int) Type {
	t := Type{Name: q.Type, Collection: q.Collection, Source: m.inMetadata(q.Line), Edm: edmOfMetadata(q.Type)}
	if t.Edm != "" || strings.HasPrefix(q.Type, "Edm.") {
		return t
	}
	of := m.readType(q.Type)
	switch {
	case of == nil:
	case of.Kind == csdl.TypeDefinition:
		t.Edm = edmOfMetadata(of.Underlying)
	case of.Kind == csdl.EnumType:
		for _, e := range of.Members {
			t.Enum = m.withMember(t.Enum, e.Name, m.inMetadata(e.Line))
		}
		if of.Flags && t.IsEnum() {
			m.flagged[t.Enum[0].Source] = true
		}
	default:
		t.Structure, t.Shape = m.structureOfMetadata(of, level), "object"
	}
	return t
}

// flags says whether a value of an enum of the metadata may be several members.
func (m *merger) flags(t Type) Fact[bool] {
	if !t.IsEnum() || !m.flagged[t.Enum[0].Source] {
		return Fact[bool]{}
	}
	return Fact[bool]{true, t.Enum[0].Source}
}

// edmOfMetadata gives the primitive type of that name; the metadata writes it with "Edm.".
func edmOfMetadata(name string) string {
	if !strings.HasPrefix(name, "Edm.") {
		return ""
	}
	return edmOf(name)
}

// structureOfMetadata makes a structured type of one of the metadata, or completes the one of
// the resource pages.
func (m *merger) structureOfMetadata(t *csdl.Type, level int) *Structure {
	key := strings.ToLower(t.Name)
	s, known := m.structures[key]
	at := m.inMetadata(t.Line)
	if !known {
		s = &Structure{Name: t.Name}
		m.structures[key] = s
	}
	if m.completed[key] || len(m.completed) >= maxResources {
		if !known {
			s.Sources, s.Open = []Source{at}, Fact[bool]{true, at}
		}
		return s
	}
	m.completed[key] = true
	s.Sources = append(s.Sources, at)
	s.Entity = s.Entity || t.Kind == csdl.EntityType
	if t.Abstract && !s.Abstract.Value {
		s.Abstract = Fact[bool]{true, at}
	}
	if t.Open && !s.Open.Value {
		s.Open = Fact[bool]{true, at}
	}
	if bases := m.from.Metadata.Bases(t.Name); len(bases) > len(s.Bases) {
		s.Bases = bases
	}
	if level < maxTypeLevels {
		m.complete(s, t, level)
	}
	return s
}

// complete adds the properties and the derived types of the metadata to a type.
func (m *merger) complete(s *Structure, t *csdl.Type, level int) {
	declared := m.declared(t)
	for i := range s.Properties {
		if q, known := declared[s.Properties[i].Name]; known && !q.Navigation {
			p := &s.Properties[i]
			if !knownType(p.Type) {
				m.takeType(p, m.typeOfMetadata(q, level+1))
			}
			if p.Nullable.Source.IsZero() && !p.Type.Collection {
				p.Nullable = nullOf(q, m.inMetadata(q.Line))
			}
			delete(declared, p.Name)
		}
	}
	var names []string
	for name, q := range declared {
		if _, known := s.Property(name); !known && !q.Navigation {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(declared[a].Line, declared[b].Line) })
	for _, name := range names {
		q := declared[name]
		p := Property{Name: name, Source: m.inMetadata(q.Line), Listed: true, Type: m.typeOfMetadata(q, level+1)}
		if !q.Collection {
			p.Nullable = nullOf(q, p.Source)
		}
		p.Flags = m.flags(p.Type)
		if line := cmp.Or(q.Computed, q.NotUpdatable, q.Immutable); line > 0 {
			p.ReadOnly = Fact[bool]{true, m.inMetadata(line)}
		}
		s.Properties = append(s.Properties, p)
	}
	derived := m.from.Metadata.Derived(t.Name)
	if len(derived) > maxDerived {
		return
	}
	for _, name := range derived {
		of := m.readType(name)
		if of == nil || slices.ContainsFunc(s.Derived, func(d *Structure) bool { return strings.EqualFold(d.Name, name) }) {
			continue
		}
		s.Derived = append(s.Derived, m.structureOfMetadata(of, level+1))
	}
}

// knownType reports whether more is known of a type than its name.
func knownType(t Type) bool { return t.Edm != "" || t.IsEnum() || t.Structure != nil }

func nullOf(q csdl.Property, at Source) Fact[Nullable] {
	if q.Nullable {
		return Fact[Nullable]{NullableYes, at}
	}
	return Fact[Nullable]{NullableNo, at}
}
