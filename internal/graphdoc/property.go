package graphdoc

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// readProperties reads every table under "Request body" that has a column of names.
func (r *reader) readProperties(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		c := bodyColumns{
			name:        t.column("Property", "Properties", "Property name", "Parameter", "Parameters", "Parameter name", "Name", "Field"),
			kind:        t.column("Type", "Data type", "Property type"),
			description: t.column("Description", "Descriptions", "Value", "Details", ""),
		}
		if c.name < 0 {
			r.oddity(t.line, OddityTableUnknown, "The table has no column Property, Name or Parameter, so it was not read as properties.")
			continue
		}
		for _, w := range t.rows {
			if !c.isProperty(w) {
				r.oddity(w.line, OddityRowStray, strings.TrimSpace(fmt.Sprintf("The row is no property: %s", w.text(c.name))))
				continue
			}
			r.page.Properties = append(r.page.Properties, r.property(w, c))
		}
	}
}

// bodyColumns are the columns of a body table; -1 is a column that is not there.
type bodyColumns struct{ name, kind, description int }

// isProperty reports whether the row says something about the name in it. Rows that
// do not are headings of a group, or left-overs.
func (c bodyColumns) isProperty(w row) bool {
	return propertyName(w.text(c.name)) != "" && (w.text(c.kind) != "" || w.text(c.description) != "")
}

// footnote is what may follow a name in its cell: a star, or a remark in brackets.
var footnote = regexp.MustCompile(`(?:\s*\*+|\s+\(.*\))$`)

func propertyName(cell string) string { return footnote.ReplaceAllString(cell, "") }

func (r *reader) property(w row, c bodyColumns) Property {
	p := Property{Name: Text{Value: propertyName(w.text(c.name)), Line: w.line}}
	if c.kind >= 0 && w.text(c.kind) != "" {
		kind := w.text(c.kind)
		p.ReadOnly = readOnlyRemark.MatchString(kind)
		name, collection := propertyType(readOnlyRemark.ReplaceAllString(kind, ""))
		p.Type, p.Collection = Text{Value: name, Line: w.line}, collection
		if links := w.cells[c.kind].links; len(links) > 0 {
			p.TypeLink = links[0].target
		}
	}
	if c.description < 0 {
		return p
	}
	cell := &w.cells[c.description]
	p.Description = cell.asText()
	p.Nullability = nullability(p.Description.Value)
	p.ReadOnly = p.ReadOnly || readOnly(cell)
	p.InheritedFrom = inheritedFrom(p.Description.Value)
	if !isScalar(p.Type.Value) {
		list := listedMembers(cell)
		p.Enum = list.members
		if list.rangeLine > 0 {
			r.oddity(list.rangeLine, OddityEnumRange, fmt.Sprintf(
				"The values of %s are given as a range, so its members are not known.", p.Name.Value))
		}
	}
	return p
}

// collectionForms are the ways to say that a property has many values. A type whose
// name only ends in "Collection" has no space before it, and is none of them.
var collectionForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)^(.+?)\s+(?:collection|array|list)$`),
	regexp.MustCompile(`(?i)^collection\s*\(\s*(.+?)\s*\)$`),
	regexp.MustCompile(`(?i)^(?:an? )?(?:collection|array|list) of (.+?)(?: objects)?$`),
	regexp.MustCompile(`^(.+?)\s*\[\]$`),
}

// enumWord is the remark that a type is an enumeration.
var enumWord = regexp.MustCompile(`(?i)\s+enum(?:eration)?$`)

// propertyType tells the type from the word for many of it.
func propertyType(cell string) (name string, collection bool) {
	cell = strings.TrimRight(cell, ". ")
	for _, form := range collectionForms {
		if m := form.FindStringSubmatch(cell); m != nil {
			return enumWord.ReplaceAllString(m[1], ""), true
		}
	}
	return enumWord.ReplaceAllString(cell, ""), false
}

// scalarType are the types whose values are numbers, truth values, dates and bytes:
// a list in their description is an example or a range, not an enumeration.
var scalarType = regexp.MustCompile(`(?i)^(?:edm\.)?(?:u?int(?:16|32|64)?|integer|long|s?byte|double|single|float|decimal|number|` +
	`bool(?:ean)?|datetimeoffset|datetime|date|time|timeofday|timespan|duration|guid|binary|stream)$`)

func isScalar(kind string) bool { return scalarType.MatchString(kind) }

// nullabilityWord is the word that ends a row by itself.
var nullabilityWord = regexp.MustCompile(`(?:^|\s)(Not\s+)?(Optional|Required)\.?$`)

func nullability(description string) Nullability {
	m := nullabilityWord.FindStringSubmatch(description)
	switch {
	case m == nil || m[1] != "":
		return NullabilityUnknown
	case m[2] == "Required":
		return Required
	}
	return Optional
}

var (
	readOnlySentence = regexp.MustCompile(`^[(\s]*(?i:read[- ]?only)\b|` +
		`^(?i:(?:note:\s*)?(?:this|the|it)\b(?:\s+\S+){0,2}?\s*\b(?:is|are)\s+(?:always\s+)?read[- ]?only)\b|` +
		`[.,;(]\s*(?i:(?:and\s+)?read[- ]?only)\)?\.?$|` +
		// The full stop before it may be missing.
		`\sRead[- ]?[Oo]nly\.?$`)
	readOnlySometimes = regexp.MustCompile(`(?i)\bread[- ]?only\s+(?:if|when|for|in|unless|except|after|once)\b|^(?:if|when|for|indicates)\b`)
)

// readOnlyRemark may follow a type, as in "string (readonly)".
var readOnlyRemark = regexp.MustCompile(`(?i)\s*\(\s*read[- ]?only\s*\)`)

// readOnly reports whether a sentence of the description says so of the property
// itself, and without a condition.
func readOnly(p *prose) bool {
	for _, s := range p.sentences() {
		text := p.slice(s.start, s.end)
		if readOnlySentence.MatchString(text) && !readOnlySometimes.MatchString(text) {
			return true
		}
	}
	return false
}

// inherited names the base type, as "Inherited from [itemFacet](itemfacet.md)".
var inherited = regexp.MustCompile(`(?i)\binherited from (?:the )?([A-Za-z][\w.]*\w)`)

func inheritedFrom(description string) string {
	if m := inherited.FindStringSubmatch(description); m != nil {
		return m[1]
	}
	return ""
}
