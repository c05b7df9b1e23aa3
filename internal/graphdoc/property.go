package graphdoc

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// readProperties reads every table under "Request body" that has a column of names.
func (r *reader) readProperties(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		c := columnsOf(t)
		if c.name < 0 {
			r.oddity(t.line, OddityTableUnknown, fmt.Sprintf(
				"The table in %s has no column Property, Name or Parameter, so it was not read as properties.", t.lines()))
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

// columnsOf finds the columns of a body table.
func columnsOf(t table) bodyColumns {
	return bodyColumns{
		name:        t.column("Property", "Properties", "Property name", "Parameter", "Parameters", "Parameter name", "Name", "Field"),
		kind:        t.column("Type", "Data type", "Property type"),
		description: t.column("Description", "Descriptions", "Value", "Details", ""),
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
	cell.raw = evenSpaces.Replace(cell.raw)
	p.Description = cell.asText()
	p.Nullability = nullability(p.Description.Value)
	p.ReadOnly = p.ReadOnly || readOnly(cell)
	p.InheritedFrom = inheritedFrom(p.Description.Value)
	p.Examples = cell.exampleValues()
	if isScalar(p.Type.Value) {
		p.Examples = append(p.Examples, listedMembers(cell).members...)
	} else {
		list := listedMembers(cell)
		p.Enum = list.members
		if list.rangeLine > 0 {
			r.oddity(list.rangeLine, OddityEnumRange, fmt.Sprintf(
				"The values of %s are given as a range, so its members are not known.", p.Name.Value))
		}
	}
	if len(p.Enum) == 0 {
		p.Bounds = cell.bounds(p.Type.Value, p.Collection)
	} else if at := severalMembers.FindStringIndex(cell.raw); at != nil {
		p.Several = Text{Value: cell.slice(at[0], at[1]), Line: cell.lineAt(at[0])}
	}
	return p
}

// evenSpaces makes spaces of the no-break spaces, which regular expressions do not take for
// white space. It keeps the length: the runs are offsets.
var evenSpaces = strings.NewReplacer("\u00a0", "  ", "\u202f", "   ", "\u2007", "   ")

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

// propertyType separates the type from the word for many of it.
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

// memberList is what a description says about the values of its property.
type memberList struct {
	members []Text
	// rangeLine is set where the values are a range; there are no members then.
	rangeLine int
}

// enumLead is the phrase in front of a list of values.
var enumLead = regexp.MustCompile(`(?i)\b(?:` +
	// "The possible values are", "valid values:", "following value(s) in this enum:"
	`(?:(?:possible|valid|supported|allowed|permitted|acceptable|accepted|available|property|enum|following|these)\s+)+` +
	`(?:(?:string|enum|member)\s+)?(?:values?|members?)(?:\(s\))?` +
	`(?:\s+(?:for|of|in|from)\s[^.:\n]+?(?:\s+(?:are|is|include)\b|\s*:))?(?:\s+only)?` +
	// "The values are", "Value:"
	`|values?\s+(?:are|include|can\s+be)|values?\s*:` +
	// "one of the following"
	`|one\s+of\b` +
	`)(?:\s+(?:are|is|includes?|can\s+be|one\s+of|any\s+of|the\s+following|following|these|values?)\b)*\s*:?`)

// enumVerb is how a lead ends that bare words may follow.
var enumVerb = regexp.MustCompile(`(?i)(?:\b(?:are|is|includes?|be|of|following|values?)|:)\s*$`)

// defaultLead precedes a phrase about the default alone.
var defaultLead = regexp.MustCompile(`(?i)\bdefault\s+$`)

// listedMembers finds the values that a description lists behind such a phrase.
// They are in back-ticks, in bold or italics, or bare. The word null is not a
// member: it is the absence of one.
func listedMembers(p *prose) memberList {
	var out memberList
	seen := map[string]bool{"": true, "null": true}
	for _, at := range enumLead.FindAllStringIndex(p.raw, -1) {
		if defaultLead.MatchString(p.before(at[0])) || p.runAt(at[0]).style == code {
			continue
		}
		found, isRange := p.membersFrom(at[1])
		if found == nil && !isRange && enumVerb.MatchString(p.raw[at[0]:at[1]]) {
			found, isRange = p.bareMembers(at[1])
		}
		if isRange {
			return memberList{rangeLine: p.lineAt(at[0])}
		}
		for _, m := range found {
			if !seen[m.Value] {
				seen[m.Value] = true
				out.members = append(out.members, m)
			}
		}
	}
	return out
}

var (
	// listOpening is what may be between the lead and the first value.
	listOpening = regexp.MustCompile(`^[\s:]*(?:either\s+)?` + numberLabel + `$`)
	// listSeparator is what separates two values.
	listSeparator = regexp.MustCompile(`^[\s,;|/&]*(?:(?:and/or|and|or)\b[\s,;]*)?` + numberLabel + `$`)
	// strayMember is a value that lost its back-ticks.
	strayMember = regexp.MustCompile(`^\s*,\s*(?:(?:and|or)\s+)?([A-Za-z_]\w*)\s*,\s*(?:(?:and|or)\s+)?$`)
	// rangeSign between two values means those between them too.
	rangeSign = regexp.MustCompile(`^\s*(?:through|thru|to|[-–—]|,?\s*(?:\.\.\.|…)\s*,?)\s*$`)
	// bracketed is a separator with a remark in brackets before it.
	bracketed = regexp.MustCompile(`^\s*\([^()]*\)[\s,;]*(?:(?:and/or|and|or)\b\s*)?` + numberLabel + `$`)
	// explanation starts the description of the value before it.
	explanation = regexp.MustCompile(`^\s*[-–—:=(]`)
	// explanationEnd ends it, before the next value.
	explanationEnd = regexp.MustCompile(`[,;.)]\s*(?:and/or\s+|and\s+|or\s+)?` + numberLabel + `$`)
	// sentenceEnd ends it where a value stood within the explanation.
	sentenceEnd = regexp.MustCompile(`[;.]\s*` + numberLabel + `$`)
	// bullet is all that may be between a line break and a value.
	bullet = regexp.MustCompile(`^[\s\-–•*·]*(?:\d+[.)]\s*)?` + numberLabel + `$`)
)

// numberLabel is the number of a member in front of its name, as in "0 - `x`".
const numberLabel = `(?:-?\d+\s*[-–—=:]\s*)?`

// maxGap is the longest text between two members that is read, in bytes.
const maxGap = 4096

// membersFrom reads a list of back-ticked or bold values that starts at pos.
func (p *prose) membersFrom(pos int) (members []Text, isRange bool) {
	look := plain
	end := pos
	// skipped is set while emphasised text within an explanation was passed over.
	skipped := false
	first := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].start >= pos })
	for _, r := range p.runs[first:] {
		if r.style == plain || look != plain && r.style != look {
			continue
		}
		gap := p.raw[end:r.start]
		switch {
		case len(gap) > maxGap:
			return members, false
		case look == plain:
			if !listOpening.MatchString(gap) && !afterBreak(gap) {
				return nil, false
			}
			look = r.style
		case rangeSign.MatchString(gap):
			return nil, true
		case listSeparator.MatchString(gap), bracketed.MatchString(gap), afterBreak(gap):
		case strayMember.MatchString(gap):
			m := strayMember.FindStringSubmatchIndex(gap)
			members = append(members, Text{Value: gap[m[2]:m[3]], Line: p.lineAt(end + m[2])})
		case explanation.MatchString(gap):
			if skipped && !sentenceEnd.MatchString(gap) || !explanationEnd.MatchString(gap) || open(gap) {
				skipped = true
				continue
			}
		default:
			return members, false
		}
		members = append(members, memberNames(p.slice(r.start, r.end), r.line)...)
		end, skipped = r.end, false
	}
	return members, false
}

// afterBreak reports whether the gap leads to the start of a list item or line.
func afterBreak(gap string) bool {
	at := strings.LastIndexByte(gap, lineBreak)
	return at >= 0 && !strings.ContainsRune(gap, listEnd) && bullet.MatchString(gap[at:])
}

// open reports whether the gap ends within brackets.
func open(gap string) bool { return strings.Count(gap, "(") > strings.Count(gap, ")") }

var (
	// numbered is a number with the name of a member, as "0 - x".
	numbered = regexp.MustCompile(`^-?\d+\s*[-–—=:]\s*(\S.*)$`)
	// assigned is a member with its number, as "x=0".
	assigned = regexp.MustCompile(`^([A-Za-z_]\w*)\s*=\s*-?\d+$`)
	// several are members that share one pair of back-ticks.
	several = regexp.MustCompile(`^\w+(?:\s*,\s*\w+)+$`)
)

// memberNames reads what one pair of back-ticks holds.
func memberNames(text string, line int) []Text {
	text = strings.Trim(text, " ,;.\"'“”")
	if several.MatchString(text) {
		var out []Text
		for _, part := range strings.Split(text, ",") {
			out = append(out, Text{Value: strings.TrimSpace(part), Line: line})
		}
		return out
	}
	if m := numbered.FindStringSubmatch(text); m != nil {
		text = m[1]
	} else if m := assigned.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if text == "" {
		return nil
	}
	return []Text{{Value: text, Line: line}}
}

var (
	// bareEnd ends a list of bare words.
	bareEnd = regexp.MustCompile(`[.;](?:\s|$)|[\n\f]`)
	// bareSeparator separates bare words.
	bareSeparator = regexp.MustCompile(`\s*[,|]\s*(?:(?:and/or|and|or)\s+)?|\s+(?:and/or|and|or)\s+`)
	// bareWord is a member without emphasis, maybe with its number or a remark.
	bareWord = regexp.MustCompile(`^(?:-?\d+\s*[-–—=:]\s*)?["“'‘]?([A-Za-z_][\w.-]*)["”'’]?(?:\s*=\s*-?\d+)?(?:\s*\([^()]*\))?$`)
	// bareRange is a range of such words.
	bareRange = regexp.MustCompile(`^[A-Za-z_]\w*\s+(?:through|thru)\s+[A-Za-z_]\w*$`)
)

// maxBareList is the longest list of bare words that is read, in bytes.
const maxBareList = 4096

// bareMembers reads a list of words without emphasis. Any part of the list that is
// not a single word shows that it is prose, and then there are no members.
func (p *prose) bareMembers(pos int) (members []Text, isRange bool) {
	text := p.raw[pos:min(len(p.raw), pos+maxBareList)]
	if at := bareEnd.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	start := 0
	for start <= len(text) {
		end, next := len(text), len(text)+1
		if at := bareSeparator.FindStringIndex(text[start:]); at != nil {
			end, next = start+at[0], start+at[1]
		}
		word := strings.TrimSpace(text[start:end])
		m := bareWord.FindStringSubmatch(word)
		if m == nil {
			return nil, bareRange.MatchString(word)
		}
		members = append(members, Text{Value: m[1], Line: p.lineAt(pos + start)})
		start = next
	}
	if len(members) < 2 {
		return nil, false
	}
	return members, false
}
