package csdl

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Type gives the type of a full name; nil where the metadata has none. A name is found in any
// letter case where no type has it as it is. The error says with file and line what is wrong
// in the type.
func (m *Metadata) Type(name string) (*Type, error) {
	name = m.full(name)
	e, known := m.types[name]
	if !known {
		if name, known = m.folded[strings.ToLower(name)]; !known {
			return nil, nil
		}
		e = m.types[name]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.read[name]; t != nil {
		return t, nil
	}
	s := newScanner(io.NewSectionReader(m.src, e.start, e.end-e.start), e.line)
	t, err := m.parse(s, name, e)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", m.name, s.line, err)
	}
	m.read[name] = t
	return t, nil
}

// Bases gives the names of the types that a type inherits from, the nearest first.
func (m *Metadata) Bases(name string) []string {
	var out []string
	for base := m.types[name].base; base != "" && base != name && !slices.Contains(out, base); base = m.types[base].base {
		out = append(out, base)
	}
	return out
}

// Derived gives the names of the types that inherit from a type, directly or not, sorted.
func (m *Metadata) Derived(name string) []string {
	var out []string
	seen := map[string]bool{name: true}
	for todo := []string{name}; len(todo) > 0; todo = todo[1:] {
		for _, d := range m.derived[todo[0]] {
			if !seen[d] {
				seen[d] = true
				out, todo = append(out, d), append(todo, d)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Named gives the full names of the types with a name, whatever their namespace, in any letter
// case, sorted.
func (m *Metadata) Named(bare string) []string {
	var out []string
	for _, name := range m.folded {
		if strings.EqualFold(name[strings.LastIndexByte(name, '.')+1:], bare) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Restrictions gives what cannot be updated at a path segment: an entity set, or a navigation
// property.
func (m *Metadata) Restrictions(segment string) []Restriction { return m.restricted[segment] }

// SetType gives the type of an entity set or a singleton; empty where there is none.
func (m *Metadata) SetType(name string) string { return m.full(m.sets[name]) }

// parse reads the element of a type.
func (m *Metadata) parse(s *scanner, name string, e entry) (*Type, error) {
	t := &Type{Kind: e.kind, Name: name, Line: e.line, Updatable: true}
	tok, err := s.next()
	if err != nil {
		return nil, err
	}
	start, ok := tok.(xml.StartElement)
	if !ok {
		return nil, fmt.Errorf("the type %s is not where it was; the file has changed", name)
	}
	t.Abstract, t.Open = attribute(start, "Abstract") == "true", attribute(start, "OpenType") == "true"
	t.Flags = attribute(start, "IsFlags") == "true"
	if t.Underlying = m.full(attribute(start, "UnderlyingType")); t.Underlying == "" && t.Kind == EnumType {
		t.Underlying = "Edm.Int32"
	}
	for len(s.open) > 0 {
		if tok, err = s.next(); err != nil {
			return nil, err
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if len(t.Properties)+len(t.Members) >= maxParts {
			return nil, fmt.Errorf("the type %s has more than %d properties or members", name, maxParts)
		}
		switch e.Name.Local {
		case "Property", "NavigationProperty":
			var p Property
			p, err = m.property(s, e, name)
			t.Properties = append(t.Properties, p)
		case "PropertyRef":
			t.Key = append(t.Key, attribute(e, "Name"))
		case "Member":
			t.Members = append(t.Members, Member{Name: attribute(e, "Name"), Line: s.line})
			err = s.skip()
		case "Annotation":
			var a annotation
			if a, err = readAnnotation(s, e); a.notUpdatable {
				t.Updatable, t.UpdatableLine = false, a.line
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// property reads a property with its annotations.
func (m *Metadata) property(s *scanner, e xml.StartElement, owner string) (Property, error) {
	kind := attribute(e, "Type")
	p := Property{
		Name: attribute(e, "Name"), Line: s.line, Type: m.full(kind), Collection: strings.HasPrefix(kind, "Collection("),
		Nullable: attribute(e, "Nullable") != "false", Navigation: e.Name.Local == "NavigationProperty",
	}
	if n, err := strconv.Atoi(attribute(e, "MaxLength")); err == nil && n > 0 {
		p.MaxLength = n
	}
	mark := m.marks[owner+"/"+p.Name]
	p.Computed, p.Immutable, p.NotUpdatable = mark.computed, mark.immutable, mark.readOnly
	err := s.inside(func(tok xml.Token) error {
		inner, ok := tok.(xml.StartElement)
		if !ok || inner.Name.Local != "Annotation" {
			return nil
		}
		a, err := readAnnotation(s, inner)
		a.mark(&p.Computed, &p.Immutable, &p.NotUpdatable)
		return err
	})
	return p, err
}
