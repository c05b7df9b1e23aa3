package graphdoc

import (
	"regexp"
	"sort"
	"strings"
)

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

// defaultLead precedes a phrase that speaks of the default alone.
var defaultLead = regexp.MustCompile(`(?i)\bdefault\s+$`)

// listedMembers finds the values that a description lists behind such a phrase.
// They stand in back-ticks, in bold or italics, or bare. The word null is not a
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
	// listOpening is what may stand between the lead and the first value.
	listOpening = regexp.MustCompile(`^[\s:]*(?:either\s+)?` + numberLabel + `$`)
	// listSeparator is what stands between two values.
	listSeparator = regexp.MustCompile(`^[\s,;|/&]*(?:(?:and/or|and|or)\b[\s,;]*)?` + numberLabel + `$`)
	// strayMember is a value that lost its back-ticks.
	strayMember = regexp.MustCompile(`^\s*,\s*(?:(?:and|or)\s+)?([A-Za-z_]\w*)\s*,\s*(?:(?:and|or)\s+)?$`)
	// rangeSign between two values stands for those between them.
	rangeSign = regexp.MustCompile(`^\s*(?:through|thru|to|[-–—]|,?\s*(?:\.\.\.|…)\s*,?)\s*$`)
	// bracketed is a separator with a remark in brackets before it.
	bracketed = regexp.MustCompile(`^\s*\([^()]*\)[\s,;]*(?:(?:and/or|and|or)\b\s*)?` + numberLabel + `$`)
	// explanation starts the meaning of the value before it.
	explanation = regexp.MustCompile(`^\s*[-–—:=(]`)
	// explanationEnd ends it, before the next value.
	explanationEnd = regexp.MustCompile(`[,;.)]\s*(?:and/or\s+|and\s+|or\s+)?` + numberLabel + `$`)
	// sentenceEnd ends it where a value stood within the explanation.
	sentenceEnd = regexp.MustCompile(`[;.]\s*` + numberLabel + `$`)
	// bullet is all that may stand between a line break and a value.
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
	// bareSeparator stands between bare words.
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
