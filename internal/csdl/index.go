package csdl

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// The limits of a file. The metadata of Microsoft Graph stays far below each.
const (
	// MaxSize is the largest file, in bytes, and maxToken the longest tag or text in it.
	MaxSize  = 512 << 20
	maxToken = 1 << 20
	// maxDepth bounds how deep elements nest, and maxTypes the types of a file.
	maxDepth = 100
	maxTypes = 200_000
	// maxParts bounds the properties or members of a type.
	maxParts = 20_000
)

// Metadata is the index of a CSDL file. It is safe for concurrent use, as far as its reader is.
type Metadata struct {
	name string
	src  io.ReaderAt
	// types are where the types begin, by full name; folded finds a name in any letter case.
	types  map[string]entry
	folded map[string]string
	// aliases are the namespaces by alias.
	aliases map[string]string
	// derived are the names of the types that inherit from one directly.
	derived map[string][]string
	// sets are the types of entity sets and singletons, by container and name.
	sets map[string]string
	// marks are the annotations outside of the types, by target.
	marks map[string]marks
	// restricted are the targets that cannot be updated, by the last name in them.
	restricted map[string][]Restriction

	mu   sync.Mutex
	read map[string]*Type
}

// entry is where a type begins and ends.
type entry struct {
	start, end int64
	line       int
	kind       Kind
	base       string
}

// marks are the annotations of a property, each with its line.
type marks struct{ computed, immutable, readOnly int }

// Restriction is a part of the service that cannot be updated.
type Restriction struct {
	// Target is what the annotation is about, as microsoft.graph.user/manager.
	Target string
	// Set is set for an entity set or a singleton; else the target is a navigation property.
	Set  bool
	Line int
}

// New reads a CSDL file of a size. name names it in errors, which give the line of what is
// wrong: no XML, no CSDL, no types, beyond a limit.
func New(name string, src io.ReaderAt, size int64) (*Metadata, error) {
	m := &Metadata{
		name: name, src: src, types: map[string]entry{}, folded: map[string]string{}, aliases: map[string]string{}, derived: map[string][]string{},
		sets: map[string]string{}, marks: map[string]marks{}, restricted: map[string][]Restriction{}, read: map[string]*Type{},
	}
	if size > MaxSize {
		return nil, fmt.Errorf("%s: the file has %d MB, more than the limit of %d", name, size>>20, MaxSize>>20)
	}
	s := newScanner(io.NewSectionReader(src, 0, size), 1)
	if err := m.index(s); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, s.line, err)
	}
	if len(m.types) == 0 {
		return nil, fmt.Errorf("%s: there is no type in it, so it is no metadata of a service", name)
	}
	m.resolve()
	return m, nil
}

// Name is the name given to New.
func (m *Metadata) Name() string { return m.name }

// scanner reads XML tokens, their places with them.
type scanner struct {
	dec   *xml.Decoder
	guard *guard
	// start, end and line are the place of the last token; first is the line of the first one.
	start, end int64
	line       int
	first      int
	open       []xml.Name
}

// guard ends a token that is too long: the decoder keeps each in memory.
type guard struct {
	r       io.Reader
	n       int64
	allowed int64
}

var errToken = fmt.Errorf("a tag or text of more than %d bytes", maxToken)

func (g *guard) Read(p []byte) (int, error) {
	if g.n > g.allowed {
		return 0, errToken
	}
	n, err := g.r.Read(p)
	g.n += int64(n)
	return n, err
}

func newScanner(r io.Reader, firstLine int) *scanner {
	g := &guard{r: r}
	return &scanner{dec: xml.NewDecoder(g), guard: g, first: firstLine, line: firstLine}
}

// next gives the next token; io.EOF at the end of a document whose elements are all closed.
func (s *scanner) next() (xml.Token, error) {
	s.start = s.dec.InputOffset()
	line, _ := s.dec.InputPos()
	s.line = s.first + line - 1
	s.guard.allowed = s.start + maxToken
	tok, err := s.dec.RawToken()
	s.end = s.dec.InputOffset()
	if err != nil {
		var bad *xml.SyntaxError
		switch {
		case errors.Is(err, io.EOF) && len(s.open) > 0:
			return nil, fmt.Errorf("the element %s is not closed", s.open[len(s.open)-1].Local)
		case errors.As(err, &bad):
			s.line = s.first + bad.Line - 1
			return nil, fmt.Errorf("not valid XML: %s", bad.Msg)
		}
		return nil, err
	}
	switch t := tok.(type) {
	case xml.StartElement:
		if len(s.open) == maxDepth {
			return nil, fmt.Errorf("elements nested deeper than %d", maxDepth)
		}
		s.open = append(s.open, t.Name)
	case xml.EndElement:
		if len(s.open) == 0 || s.open[len(s.open)-1] != t.Name {
			return nil, fmt.Errorf("not valid XML: </%s> closes nothing", t.Name.Local)
		}
		s.open = s.open[:len(s.open)-1]
	}
	return tok, nil
}

// attribute gives an attribute without a prefix.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// index notes the types and the annotations outside of them.
func (m *Metadata) index(s *scanner) error {
	namespace, target := "", ""
	seen := false
	for {
		tok, err := s.next()
		switch {
		case errors.Is(err, io.EOF) && !seen:
			return errors.New("no XML element, so it is no CSDL")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if end, isEnd := tok.(xml.EndElement); isEnd && end.Name.Local == "Annotations" {
			target = ""
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if !seen && e.Name.Local != "Edmx" && e.Name.Local != "Schema" {
			return fmt.Errorf("the document is <%s>, and CSDL is <edmx:Edmx>", e.Name.Local)
		}
		seen = true
		switch e.Name.Local {
		case "Schema":
			namespace = attribute(e, "Namespace")
			if alias := attribute(e, "Alias"); alias != "" {
				m.aliases[alias] = namespace
			}
		case "EntityType", "ComplexType", "EnumType", "TypeDefinition":
			err = m.note(s, e, namespace)
		case "EntitySet", "Singleton":
			m.sets[attribute(e, "Name")] = cmp.Or(attribute(e, "EntityType"), attribute(e, "Type"))
		case "Annotations":
			target = attribute(e, "Target")
		case "Annotation":
			if target != "" {
				err = m.annotation(s, e, target)
			}
		}
		if err != nil {
			return err
		}
	}
}

// note takes down where a type is, and skips it.
func (m *Metadata) note(s *scanner, e xml.StartElement, namespace string) error {
	name := attribute(e, "Name")
	if namespace == "" || name == "" {
		return fmt.Errorf("a %s without a name or a namespace", e.Name.Local)
	}
	if len(m.types) >= maxTypes {
		return fmt.Errorf("more than %d types", maxTypes)
	}
	kinds := map[string]Kind{"EntityType": EntityType, "ComplexType": ComplexType, "EnumType": EnumType, "TypeDefinition": TypeDefinition}
	t := entry{start: s.start, line: s.line, kind: kinds[e.Name.Local], base: attribute(e, "BaseType")}
	if err := s.skip(); err != nil {
		return err
	}
	t.end = s.end
	full := namespace + "." + name
	if _, twice := m.types[full]; !twice {
		m.types[full] = t
		m.folded[strings.ToLower(full)] = full
	}
	return nil
}

// inside reads to the end of the element that was begun last, and gives its tokens.
func (s *scanner) inside(each func(xml.Token) error) error {
	for depth := len(s.open) - 1; len(s.open) > depth; {
		tok, err := s.next()
		if err == nil {
			err = each(tok)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// skip reads to the end of the element that was begun last.
func (s *scanner) skip() error { return s.inside(func(xml.Token) error { return nil }) }

// The terms that are read.
const (
	termComputed    = "Org.OData.Core.V1.Computed"
	termImmutable   = "Org.OData.Core.V1.Immutable"
	termPermissions = "Org.OData.Core.V1.Permissions"
	termUpdate      = "Org.OData.Capabilities.V1.UpdateRestrictions"
)

// annotation reads an annotation of a target outside of its type.
func (m *Metadata) annotation(s *scanner, e xml.StartElement, target string) error {
	a, err := readAnnotation(s, e)
	if err != nil {
		return err
	}
	mark := m.marks[target]
	switch {
	case a.mark(&mark.computed, &mark.immutable, &mark.readOnly):
		m.marks[target] = mark
	case a.notUpdatable:
		last := target[strings.LastIndex(target, "/")+1:]
		m.restricted[last] = append(m.restricted[last], Restriction{Target: target, Line: a.line})
	}
	return nil
}

// annotation is what an annotation says, as far as it is read.
type annotation struct {
	term string
	line int
	// off is set for a term that is set to false, read for Permission/Read, and notUpdatable
	// for UpdateRestrictions with Updatable false.
	off, read, notUpdatable bool
}

// mark notes the line of the terms about a property; false for another term.
func (a annotation) mark(computed, immutable, readOnly *int) bool {
	switch {
	case a.term == termComputed && !a.off:
		*computed = a.line
	case a.term == termImmutable && !a.off:
		*immutable = a.line
	case a.term == termPermissions && a.read:
		*readOnly = a.line
	default:
		return false
	}
	return true
}

// readAnnotation reads an annotation to its end.
func readAnnotation(s *scanner, e xml.StartElement) (annotation, error) {
	a := annotation{term: attribute(e, "Term"), line: s.line, off: attribute(e, "Bool") == "false"}
	isRead := func(text string) bool { return strings.TrimSpace(text) == "Org.OData.Core.V1.Permission/Read" }
	a.read = isRead(attribute(e, "EnumMember"))
	depth := len(s.open)
	err := s.inside(func(tok xml.Token) error {
		switch t := tok.(type) {
		case xml.CharData:
			switch s.open[len(s.open)-1].Local {
			case "EnumMember":
				a.read = a.read || isRead(string(t))
			case "Bool":
				a.off = a.off || len(s.open) == depth+1 && strings.TrimSpace(string(t)) == "false"
			}
		case xml.StartElement:
			if t.Name.Local == "PropertyValue" && a.term == termUpdate &&
				attribute(t, "Property") == "Updatable" && attribute(t, "Bool") == "false" {
				a.notUpdatable = true
			}
		}
		return nil
	})
	return a, err
}

// resolve replaces aliases, and turns the bases of types around.
func (m *Metadata) resolve() {
	for name, t := range m.types {
		if t.base == "" {
			continue
		}
		t.base = m.full(t.base)
		m.types[name] = t
		m.derived[t.base] = append(m.derived[t.base], name)
	}
	for _, names := range m.derived {
		slices.Sort(names)
	}
	for target, mark := range m.marks {
		if full := m.full(target); full != target {
			other := m.marks[full]
			m.marks[full] = marks{max(mark.computed, other.computed), max(mark.immutable, other.immutable), max(mark.readOnly, other.readOnly)}
		}
	}
	for last, all := range m.restricted {
		for i := range all {
			all[i].Target = m.full(all[i].Target)
			owner, _, _ := strings.Cut(all[i].Target, "/")
			_, isType := m.types[owner]
			_, isSet := m.sets[last]
			all[i].Set = isSet && !isType
		}
	}
}

// full replaces the alias of a name by its namespace.
func (m *Metadata) full(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "Collection("), ")")
	if head, path, isPath := strings.Cut(name, "/"); isPath {
		return m.full(head) + "/" + path
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		if namespace, is := m.aliases[name[:i]]; is {
			return namespace + name[i:]
		}
	}
	return name
}
