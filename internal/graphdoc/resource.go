package graphdoc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Resource is a resource page or an enum page ("lampSettings resource type"): what it says
// of a type. Slices keep the order of the page.
type Resource struct {
	// File is as in Page.
	File string
	// Title is the text of the first level-1 heading, and Namespace the value of the
	// "Namespace:" line.
	Title, Namespace Text
	// Name is the type: with its namespace where an annotation names it, else the title
	// without "resource type".
	Name Text
	// Base is the type that this one inherits from, and BaseLink the target of its link.
	Base     Text
	BaseLink string
	// Derived are the types that inherit from this one, as far as the page names them.
	Derived []Link
	// Abstract and Open have a line where the page says that the type is abstract, or open.
	Abstract, Open Text
	// Key is the property that an annotation names as the key of an entity.
	Key Text
	// Properties are the rows of its tables of properties, and Relationships those of the
	// table of relationships.
	Properties, Relationships []Property
	// Enums are the tables of members: the one of an enum page, and those below headings
	// such as "lampColor values".
	Enums []Enum
}

// Enum is a table of members.
type Enum struct {
	// Name is the name of the enum: that in its heading, or the type of an enum page.
	Name Text
	// Anchor is the fragment that a link to its heading has; empty for an enum page.
	Anchor string
	// Flags has a line where the page says that a value may be several members.
	Flags   Text
	Members []Text
}

// ParseResource reads a resource page or an enum page. file names it in sources and errors
// and is not opened. The error is one of those of Parse.
func ParseResource(file string, data []byte) (*Resource, error) {
	r, doc, err := newReader(file, data)
	if err != nil {
		return nil, err
	}
	r.readAnnotations(doc)
	res := &Resource{File: file}
	s := resourceReader{reader: r, out: res}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		s.block(n)
	}
	if !res.Title.Present() {
		return nil, fmt.Errorf("%s: the page has no level-1 heading (\"# … resource type\"), so it is no resource page", file)
	}
	s.annotations()
	s.finish()
	return res, nil
}

// newReader makes a reader of a page, and the page's Markdown.
func newReader(file string, data []byte) (*reader, ast.Node, error) {
	src, err := newSource(file, data)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(data)
	r := &reader{src: src, page: &Page{File: file, Digest: "sha256:" + hex.EncodeToString(sum[:])}}
	r.md = r.splitFrontMatter()
	doc := markdown().Parse(text.NewReader(r.md))
	r.includes = r.readIncludes(doc)
	return r, doc, nil
}

// resourceReader walks the blocks of a resource page.
type resourceReader struct {
	*reader
	out *Resource
	// heading is the text of the last heading, and headingLine its line.
	heading     string
	headingLine int
	// relations is set within the section of relationships.
	relations      bool
	relationsLevel int
	// flags has a line where prose below the last heading speaks of flags, and ownFlags
	// where that above the first heading does.
	flags, ownFlags Text
}

var (
	relationships = lazyregexp.New(`(?i)^(?:relationships?|navigation(?:\s+propert(?:y|ies))?)$`)
	// membersOf is a heading above the members of an enum, as "lampColor values".
	membersOf = lazyregexp.New(`(?i)^(\S+)\s+(?:(?:property|enum(?:eration)?)\s+)?(?:values?|members?|enum(?:eration)?)$`)
	// ownMembers is that of an enum page.
	ownMembers = lazyregexp.New(`(?i)^(?:members?|values?|(?:possible|enum(?:eration)?)\s+(?:values?|members?))$`)
	// typeTitle is the title of a resource page: the name, and what it is.
	typeTitle = lazyregexp.New(`(?i)^(\S+?)(?:\s+(?:resource|complex|entity|enum(?:eration)?|facet)?\s*(?:type|resource|facet|enum(?:eration)?|object)?)$`)

	inheritsFrom  = lazyregexp.New(`(?i)\b(?:inherits\s+(?:[a-z]+\s+)?from|inherited\s+from|(?:is\s+)?derive[sd]\s+from|is\s+a\s+subtype\s+of)\s+(?:(?:the|an?|abstract|base|type|class|resource)\s+)*`)
	baseTypeOf    = lazyregexp.New(`(?i)\b(?:base|parent)\s+(?:type|class)\s+(?:of|for)\s+(?:the\s+(?:following\s+)?)?`)
	namedType     = lazyregexp.New(`^[A-Za-z][\w.]*\w`)
	isAbstract    = lazyregexp.New(`(?i)\babstract\b`)
	otherAbstract = lazyregexp.New(`(?i)\b(?:derive[sd]|inherits|inherited)\s+from\b|\b(?:not|isn't|isn’t)\s+(?:an\s+)?abstract\b`)
	flagsWord     = lazyregexp.New(`(?i)\b(?:flags|flagged enum\w*|multi-?valued|bit\s?mask|bitwise|bit field)\b`)
)

func (s *resourceReader) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		s.openHeading(n)
		return
	case *ast.HTMLBlock, *ast.FencedCodeBlock, *ast.CodeBlock:
		return
	}
	if !s.out.Title.Present() {
		return
	}
	walk(n, func(c ast.Node) bool {
		switch c.Kind() {
		case ast.KindParagraph, ast.KindTextBlock:
			s.paragraph(c)
			return false
		case east.KindTable:
			return false
		}
		return true
	})
	for _, t := range s.tables([]ast.Node{n}) {
		s.table(&t)
	}
}

func (s *resourceReader) openHeading(h *ast.Heading) {
	if isTab(h) {
		return
	}
	prose := s.prose(h, nil)
	name := prose.text()
	if h.Level == 1 && !s.out.Title.Present() && name != "" {
		s.out.Title = Text{Value: name, Line: prose.line()}
		return
	}
	if s.isSetext(h) {
		return
	}
	s.heading, s.headingLine, s.flags = name, prose.line(), Text{}
	switch {
	case relationships().MatchString(name):
		s.relations, s.relationsLevel = true, h.Level
	case h.Level <= s.relationsLevel:
		s.relations = false
	}
}

// paragraph reads what prose says of the type. Below a heading of another section it only
// says whether an enum has flags.
func (s *resourceReader) paragraph(n ast.Node) {
	if p, ok := n.(*ast.Paragraph); ok && !s.out.Namespace.Present() {
		for i := range p.Lines().Len() {
			line := s.src.line(p.Lines().At(i).Start)
			if m := namespaceLine().FindStringSubmatch(s.src.lineText(line)); m != nil {
				s.out.Namespace = Text{Value: m[1], Line: line}
				break
			}
		}
	}
	prose := s.prose(n, nil)
	if at := flagsWord().FindStringIndex(prose.raw); at != nil && !s.flags.Present() {
		s.flags = Text{Value: prose.slice(at[0], at[1]), Line: prose.lineAt(at[0])}
	}
	if s.heading != "" {
		return
	}
	s.ownFlags = s.flags
	for _, at := range prose.sentences() {
		s.sentence(&prose, at)
	}
}

func (s *resourceReader) sentence(p *prose, at span) {
	words := p.raw[at.start:at.end]
	if m := inheritsFrom().FindStringIndex(words); m != nil && !s.out.Base.Present() {
		s.out.Base, s.out.BaseLink = p.typeAt(at.start+m[1], at.end)
	}
	if m := baseTypeOf().FindStringIndex(words); m != nil {
		for _, l := range p.links {
			if l.start >= at.start+m[1] && l.end <= at.end {
				s.out.Derived = append(s.out.Derived, Link{Text: p.linkText(l), Target: l.target})
			}
		}
	}
	if isAbstract().MatchString(words) && !otherAbstract().MatchString(words) && !s.out.Abstract.Present() {
		s.out.Abstract = Text{Value: p.slice(at.start, at.end), Line: p.lineAt(at.start + isAbstract().FindStringIndex(words)[0])}
	}
	if m := openTypeWords().FindStringIndex(words); m != nil && !notOpenType().MatchString(words) && !s.out.Open.Present() {
		s.out.Open = Text{Value: p.slice(at.start, at.end), Line: p.lineAt(at.start + m[0])}
	}
}

var (
	openTypeWords = lazyregexp.New(`(?i)\bopen\s+type\b`)
	notOpenType   = lazyregexp.New(`(?i)\b(?:not|isn't|isn’t)\s+an?\s+open\s+type\b`)
)

// typeAt reads the type that stands at an offset: a link, or a name.
func (p *prose) typeAt(start, end int) (name Text, link string) {
	for _, l := range p.links {
		if l.start == start && l.end <= end {
			return p.linkText(l), l.target
		}
	}
	if m := namedType().FindString(p.raw[start:end]); m != "" {
		return Text{Value: m, Line: p.lineAt(start)}, ""
	}
	return Text{}, ""
}

// table reads a table by its header: properties, relationships or members.
func (s *resourceReader) table(t *table) {
	c := bodyColumns{
		name:        t.column("Property", "Properties", "Property name", "Relationship", "Relationships", "Name", "Field"),
		kind:        t.column("Type", "Data type", "Property type"),
		description: t.column("Description", "Descriptions", "Details", ""),
	}
	if c.name >= 0 && c.kind >= 0 && t.column("Method", "Methods", "Task", "Return type") < 0 {
		relation := s.relations || t.column("Relationship", "Relationships") >= 0
		for _, w := range t.rows {
			if !c.isProperty(w) {
				continue
			}
			if p := s.property(w, c); relation {
				s.out.Relationships = append(s.out.Relationships, p)
			} else {
				s.out.Properties = append(s.out.Properties, p)
			}
		}
		return
	}
	s.members(t)
}

// members reads a table of the members of an enum.
func (s *resourceReader) members(t *table) {
	column := t.column("Member", "Members", "Member name", "Enumeration member", "Enum member", "Name", "Value", "Values")
	named := membersOf().FindStringSubmatch(s.heading)
	own := ownMembers().MatchString(s.heading)
	if column < 0 || named == nil && !own {
		return
	}
	e := Enum{Flags: s.flags}
	if own {
		e.Name = s.out.Title
		if !e.Flags.Present() {
			e.Flags = s.ownFlags
		}
	} else {
		e.Name, e.Anchor = Text{Value: strings.Trim(named[1], "`*"), Line: s.headingLine}, anchor(s.heading)
	}
	for _, w := range t.rows {
		names := memberNames(w.text(column), w.line)
		if len(names) != 1 || strings.Contains(w.text(column), " ") {
			continue // a text is no member: OData has names alone
		}
		e.Members = append(e.Members, names[0])
	}
	if len(e.Members) > 0 {
		s.out.Enums = append(s.out.Enums, e)
	}
}

// anchor is the fragment by which a link names a heading.
func anchor(heading string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case c == ' ' || c == '-':
			b.WriteByte('-')
		case c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c > 127:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// annotations reads what the annotation above the JSON representation says of the type.
func (s *resourceReader) annotations() {
	for _, a := range s.page.Annotations {
		if a.BlockType != "resource" || s.out.Name.Present() {
			continue
		}
		s.out.Name = a.Type
		for _, f := range a.Fields {
			value := f.Value
			switch f.Key {
			case "keyProperty":
				s.out.Key = value
			case "baseType":
				if !s.out.Base.Present() {
					s.out.Base = value
				}
			case "abstract":
				if value.Value == "true" && !s.out.Abstract.Present() {
					s.out.Abstract = value
				}
			case "openType":
				if value.Value == "true" && !s.out.Open.Present() {
					s.out.Open = value
				}
			}
		}
	}
}

// finish gives the type its name, and an enum page its members.
func (s *resourceReader) finish() {
	title := s.out.Title
	if m := typeTitle().FindStringSubmatch(title.Value); m != nil {
		title.Value = m[1]
	}
	title.Value = strings.Trim(title.Value, "`*")
	if !strings.Contains(title.Value, " ") {
		if !s.out.Name.Present() {
			s.out.Name = title
		}
		for i := range s.out.Enums {
			if e := &s.out.Enums[i]; e.Anchor == "" {
				e.Name = title
			}
		}
	}
	s.out.Name.Value = strings.TrimPrefix(strings.TrimSpace(s.out.Name.Value), "#")
}

// ParsePermissions reads the permissions of an included file, as
// includes/permissions/lamp-update-permissions.md: the rows of its tables. The error is one
// of those of Parse.
func ParsePermissions(file string, data []byte) ([]Permission, error) {
	r, doc, err := newReader(file, data)
	if err != nil {
		return nil, err
	}
	r.readPermissions([]ast.Node{doc})
	return r.page.Permissions, nil
}
