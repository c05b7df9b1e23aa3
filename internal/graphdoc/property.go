package graphdoc

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"graphpact/internal/lazyregexp"

	"github.com/yuin/goldmark/ast"
)

// readProperties reads every table under "Request body" that has a column of names.
func (r *reader) readProperties(nodes []ast.Node) {
	for _, t := range r.tables(nodes) {
		c := columnsOf(t)
		if c.name < 0 {
			r.oddity(t.line, OddityTableUnknown,
				"The table in %s has no column Property, Name or Parameter, so it was not read as properties.", t.lines())
			continue
		}
		for _, w := range t.rows {
			if !c.isProperty(w) {
				r.oddity(w.line, OddityRowStray, "%s", strings.TrimSpace("The row is no property: "+w.text(c.name)))
				continue
			}
			p := r.property(w, c)
			p.Table = t.line
			r.page.Properties = append(r.page.Properties, p)
		}
	}
	if len(r.page.Properties) > 0 {
		return
	}
	for _, t := range r.listProperties(nodes) {
		for _, w := range t.rows {
			r.page.Properties = append(r.page.Properties, r.property(w, listColumns))
		}
	}
}

// footnote is what may follow a name in its cell: a star, or a remark in brackets.
var footnote = lazyregexp.New(`(?:\s*\*+|\s+\(.*\))$`)

func propertyName(cell string) string {
	// A name that is struck out is one of an old property.
	cell = strings.TrimSpace(strings.ReplaceAll(cell, "~~", ""))
	if !strings.HasSuffix(cell, "*") && !strings.HasSuffix(cell, ")") {
		return cell
	}
	return footnote().ReplaceAllString(cell, "")
}

func (r *reader) property(w row, c bodyColumns) Property {
	p := Property{Name: Text{Value: propertyName(w.text(c.name)), Line: w.line}}
	if kind := c.kindOf(w); kind != "" {
		if strings.Contains(kind, "(") && readOnlyRemark().MatchString(kind) {
			p.ReadOnly, kind = true, readOnlyRemark().ReplaceAllString(kind, "")
		}
		name, collection := propertyType(kind)
		p.Type, p.Collection = Text{Value: name, Line: w.line}, collection
		if c.kind >= 0 && len(w.cells[c.kind].links) > 0 {
			p.TypeLink = w.cells[c.kind].links[0].target
		}
	}
	cell := c.describes(w)
	if cell == nil {
		return p
	}
	if !isASCII(cell.raw) {
		cell.raw = evenSpaces.Replace(cell.raw)
	}
	low := lowerOf(cell.raw)
	p.Description = cell.asText()
	p.Nullability, p.NullabilityText = nullability(cell, low)
	if text := readOnly(cell, low); text.Present() {
		p.ReadOnly, p.ReadOnlyText = true, text
	}
	p.Examples = cell.exampleValues(low)
	var list memberList
	if low.any(listWords...) {
		list = listedMembers(cell, low)
	}
	if isScalar(p.Type.Value) || classOf(p.Type.Value) == textClass && low.any("custom", "other", "etc") && openList().MatchString(cell.raw) {
		p.Examples = append(p.Examples, list.members...)
	} else {
		p.Enum = list.members
		if list.rangeLine > 0 {
			r.oddity(list.rangeLine, OddityEnumRange, "The values of %s are given as a range, so its members are not known.", p.Name.Value)
		}
	}
	if p.Nullability == NullabilityUnknown && list.null.Present() && !p.Collection {
		p.Nullability, p.NullabilityText = Optional, list.null
	}
	if len(p.Enum) == 0 {
		p.Bounds = cell.bounds(low, classOf(p.Type.Value), p.Collection)
	} else if at := cell.several(low); at != nil {
		p.Several = Text{Value: cell.slice(at[0], at[1]), Line: cell.lineAt(at[0])}
	}
	return p
}

// evenSpaces makes spaces of those that regular expressions do not take for white space. It
// keeps the length: the runs are offsets.
var evenSpaces = func() *strings.Replacer {
	var pairs []string
	for _, space := range "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" {
		pairs = append(pairs, string(space), strings.Repeat(" ", len(string(space))))
	}
	return strings.NewReplacer(pairs...)
}()

// collectionForms are the ways to say that a property has many values. A type whose
// name only ends in "Collection" has no space before it, and is none of them.
var collectionForms = []func() *regexp.Regexp{
	lazyregexp.New(`(?i)^(.+?)\s+(?:collection|array|list)$`),
	lazyregexp.New(`(?i)^collection\s*\(\s*(.+?)\s*\)$`),
	lazyregexp.New(`(?i)^(?:an? )?(?:collection|array|list) of (.+?)(?: objects)?$`),
	lazyregexp.New(`^(.+?)\s*\[\]$`),
}

// enumWord is the remark that a type is an enumeration.
var enumWord = lazyregexp.New(`(?i)\s+enum(?:eration)?$`)

// propertyType separates the type from the word for many of it.
func propertyType(cell string) (name string, collection bool) {
	cell = strings.TrimRight(cell, ". ")
	if !strings.ContainsAny(cell, " \t([") {
		return cell, false
	}
	for _, form := range collectionForms {
		if m := form().FindStringSubmatch(cell); m != nil {
			return enumWord().ReplaceAllString(m[1], ""), true
		}
	}
	return enumWord().ReplaceAllString(cell, ""), false
}

// openList says of a text that it need not be one of the values that are listed.
var openList = lazyregexp.New(`(?i)\b(?:or|can\s+(?:also\s+)?be(?:\s+set\s+to)?)\s+(?:an?y?\s+)?(?:custom|other|another)\s+(?:strings?|values?|texts?)\b|,\s*etc\b`)

// memberList is what a description says about the values of its property.
type memberList struct {
	members []Text
	// rangeLine is set where the values are a range; there are no members then.
	rangeLine int
	// null is the sentence with the word null among the values, and the line of the word.
	null Text
}

// enumLead is the phrase in front of a list of values.
var enumLead = lazyregexp.New(`(?i)\b(?:` +
	// "The possible values are", "valid values:", "following value(s) in this enum:"
	`(?:(?:possible|valid|supported|allowed|permitted|acceptable|accepted|available|property|enum|following|these)\s+)+` +
	`(?:(?:string|enum|member)\s+)?(?:values?|members?)(?:\(s\))?` +
	`(?:\s+(?:for|of|in|from)\s[^.:\n]+?(?:\s+(?:are|is|include)\b|\s*:))?(?:\s+only)?` +
	// "The values are", "Value:"
	`|values?\s+(?:are|include|can\s+be)|values?\s*:` +
	// "one of the following"
	`|one\s+of\b` +
	// "which can be: "
	`|can\s+be\s*:` +
	`)(?:\s+(?:are|is|includes?|can\s+be|one\s+of|any\s+of|the\s+following|following|these|values?)\b)*\s*:?`)

// listWords are those of which each match of enumLead has one.
var listWords = []string{"value", "member", "one ", "can be"}

// enumVerb is how a lead ends that bare words may follow.
var enumVerb = lazyregexp.New(`(?i)(?:\b(?:are|is|includes?|be|of|following|values?)|:)\s*$`)

// defaultLead precedes a phrase about the default alone.
var defaultLead = lazyregexp.New(`(?i)\bdefault\s+$`)

// listedMembers finds the values that a description lists behind such a phrase.
// They are in back-ticks, in bold or italics, or bare. The word null is not a
// member: it is the absence of one.
func listedMembers(p *prose, low lower) memberList {
	var out memberList
	seen := map[string]bool{"": true, "null": true}
	for _, at := range p.around(low, enumLead(), listWords...) {
		if defaultLead().MatchString(p.before(at[0])) || p.runAt(at[0]).style == code {
			continue
		}
		found, isRange := p.membersFrom(at[1])
		if found == nil && !isRange && enumVerb().MatchString(p.raw[at[0]:at[1]]) {
			found, isRange = p.bareMembers(at[1])
		}
		if isRange {
			return memberList{rangeLine: p.lineAt(at[0])}
		}
		if i := slices.IndexFunc(found, func(m Text) bool { return m.Value == "null" }); i >= 0 && !out.null.Present() {
			out.null = Text{Value: strings.ReplaceAll(p.sentenceAt(at[0]), "`", ""), Line: found[i].Line}
		}
		out.members = appendNew(out.members, found, seen)
	}
	return out
}

// appendNew appends the values that were not seen yet.
func appendNew(out, found []Text, seen map[string]bool) []Text {
	for _, m := range found {
		if !seen[m.Value] {
			seen[m.Value] = true
			out = append(out, m)
		}
	}
	return out
}

// The window around a word of a lead in which the whole of it stands.
const (
	leadBehind = 80
	leadAhead  = 60
	leadLength = 400
)

// around gives the places of an expression. It looks around the words of which each match has
// one, since the expression is slow on a long text.
func (p *prose) around(low lower, expr *regexp.Regexp, words ...string) [][]int {
	if len(low) != len(p.raw) {
		return expr.FindAllStringIndex(p.raw, -1)
	}
	var out [][]int
	for pos := 0; ; {
		word := low.index(pos, words...)
		if word < 0 {
			return out
		}
		start := max(pos, word-leadBehind)
		for start > pos && p.raw[start-1] != ' ' {
			start--
		}
		end := min(len(p.raw), word+leadAhead)
		at := expr.FindStringIndex(p.raw[start:end])
		if at == nil {
			pos = word + 1
			continue
		}
		// The match may go on behind the window.
		start += at[0]
		at = expr.FindStringIndex(p.raw[start:min(len(p.raw), start+leadLength)])
		out = append(out, []int{start + at[0], start + at[1]})
		pos = start + at[1]
	}
}

var (
	// listOpening is what may be between the lead and the first value.
	listOpening = lazyregexp.New(`^[\s:]*(?:either\s+)?` + numberLabel + `$`)
	// listSeparator is what separates two values.
	listSeparator = lazyregexp.New(`^[\s,;|/&]*(?:(?:and/or|and|or)\b[\s,;]*)?` + numberLabel + `$`)
	// strayMember is a value that lost its back-ticks.
	strayMember = lazyregexp.New(`^\s*,\s*(?:(?:and|or)\s+)?([A-Za-z_]\w*)\s*,\s*(?:(?:and|or)\s+)?$`)
	// rangeSign between two values means those between them too.
	rangeSign = lazyregexp.New(`^\s*(?:through|thru|to|[-–—]|,?\s*(?:\.\.\.|…)\s*,?)\s*$`)
	// bracketed is a separator with a remark in brackets before it.
	bracketed = lazyregexp.New(`^\s*\([^()]*\)[\s,;]*(?:(?:and/or|and|or)\b\s*)?` + numberLabel + `$`)
	// explanation starts the description of the value before it.
	explanation = lazyregexp.New(`^\s*[-–—:=(]`)
	// explanationEnd ends it, before the next value.
	explanationEnd = lazyregexp.New(`[,;.)]\s*(?:and/or\s+|and\s+|or\s+)?` + numberLabel + `$`)
	// sentenceEnd ends it where a value stood within the explanation.
	sentenceEnd = lazyregexp.New(`[;.]\s*` + numberLabel + `$`)
	// bullet is all that may be between a line break and a value.
	bullet = lazyregexp.New(`^[\s\-–•*·]*(?:\d+[.)]\s*)?` + numberLabel + `$`)
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
		case look != plain && strings.Trim(gap, " ,") == "":
		case look == plain:
			if !listOpening().MatchString(gap) && !afterBreak(gap) {
				return nil, false
			}
			look = r.style
		case rangeSign().MatchString(gap):
			return nil, true
		case listSeparator().MatchString(gap), bracketed().MatchString(gap), afterBreak(gap):
		case strayMember().MatchString(gap):
			m := strayMember().FindStringSubmatchIndex(gap)
			members = append(members, Text{Value: gap[m[2]:m[3]], Line: p.lineAt(end + m[2])})
		case explanation().MatchString(gap):
			if skipped && !sentenceEnd().MatchString(gap) || !explanationEnd().MatchString(gap) || open(gap) {
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
	return at >= 0 && !strings.ContainsRune(gap, listEnd) && bullet().MatchString(gap[at:])
}

// open reports whether the gap ends within brackets.
func open(gap string) bool { return strings.Count(gap, "(") > strings.Count(gap, ")") }

var (
	// numbered is a number with the name of a member, as "0 - x" or "0:x". A date, a GUID and a
	// time begin like one and are whole values.
	numbered = lazyregexp.New(`^-?\d+(?:\s+[-–—=:]\s*|\s*[-–—=:]\s+)(\S.*)$|^-?\d+[-–—=:]([A-Za-z_]\w*)$`)
	// assigned is a member with its number, as "x=0".
	assigned = lazyregexp.New(`^([A-Za-z_]\w*)\s*=\s*-?\d+$`)
	// several are members that share one pair of back-ticks.
	several = lazyregexp.New(`^\w+(?:\s*,\s*\w+)+$`)
)

// memberNames reads what one pair of back-ticks holds.
func memberNames(text string, line int) []Text {
	text = strings.Trim(text, " ,;.\"'“”")
	if several().MatchString(text) {
		var out []Text
		for _, part := range strings.Split(text, ",") {
			out = append(out, Text{Value: strings.TrimSpace(part), Line: line})
		}
		return out
	}
	if m := numbered().FindStringSubmatch(text); m != nil {
		text = m[1] + m[2]
	} else if m := assigned().FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if text == "" {
		return nil
	}
	return []Text{{Value: text, Line: line}}
}

var (
	// bareEnd ends a list of bare words.
	bareEnd = lazyregexp.New(`[.;](?:\s|$)|[\n\f]`)
	// bareSeparator separates bare words.
	bareSeparator = lazyregexp.New(`\s*[,|]\s*(?:(?:and/or|and|or)\s+)?|\s+(?:and/or|and|or)\s+`)
	// bareWord is a member without emphasis, maybe with its number or a remark.
	bareWord = lazyregexp.New(`^(?:-?\d+\s*[-–—=:]\s*)?["“'‘]?([A-Za-z_][\w.-]*)["”'’]?(?:\s*=\s*-?\d+)?(?:\s*\([^()]*\))?$`)
	// bareRange is a range of such words.
	bareRange = lazyregexp.New(`^[A-Za-z_]\w*\s+(?:through|thru)\s+[A-Za-z_]\w*$`)
)

// maxBareList is the longest list of bare words that is read, in bytes.
const maxBareList = 4096

// bareMembers reads a list of words without emphasis. Any part of the list that is
// not a single word shows that it is prose, and then there are no members.
func (p *prose) bareMembers(pos int) (members []Text, isRange bool) {
	text := p.raw[pos:min(len(p.raw), pos+maxBareList)]
	if at := bareEnd().FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	start := 0
	for start <= len(text) {
		end, next := len(text), len(text)+1
		if at := bareSeparator().FindStringIndex(text[start:]); at != nil {
			end, next = start+at[0], start+at[1]
		}
		word := strings.TrimSpace(text[start:end])
		m := bareWord().FindStringSubmatch(word)
		if m == nil {
			return nil, bareRange().MatchString(word)
		}
		members = append(members, Text{Value: m[1], Line: p.lineAt(pos + start)})
		start = next
	}
	if len(members) < 2 {
		return nil, false
	}
	return members, false
}
