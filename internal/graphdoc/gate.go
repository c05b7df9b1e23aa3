package graphdoc

import (
	"strings"
	"unicode/utf8"
)

// lower is a text in lower case. Before a regular expression reads a text, the words without
// which it cannot match are looked for: most descriptions have none of them, and a search for
// a word costs a hundredth.
type lower string

func lowerOf(text string) lower { return lower(strings.ToLower(text)) }

// lowerIn is a part of the prose in lower case. whole is all of it.
func (p *prose) lowerIn(whole lower, s span) lower {
	if len(whole) == len(p.raw) {
		return whole[s.start:s.end]
	}
	return lowerOf(p.raw[s.start:s.end]) // some letters have another length in lower case
}

// any reports whether one of the words is in the text.
func (l lower) any(words ...string) bool {
	for _, w := range words {
		if strings.Contains(string(l), w) {
			return true
		}
	}
	return false
}

// index gives the first place at or behind from where one of the words stands, -1 for none.
func (l lower) index(from int, words ...string) int {
	first := -1
	for _, w := range words {
		if i := strings.Index(string(l[from:]), w); i >= 0 && (first < 0 || from+i < first) {
			first = from + i
		}
	}
	return first
}

// digit reports whether the text has an ASCII digit.
func (l lower) digit() bool { return strings.ContainsAny(string(l), "0123456789") }

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// typeClass says what the values of a type are, as far as their limits go.
type typeClass int

const (
	// otherClass is any other type: an enum, a structured one.
	otherClass typeClass = iota
	numberClass
	momentClass
	textClass
	// opaqueClass are the other types without members: truth values, times, bytes.
	opaqueClass
)

// classOf gives the class of a type, letter case and "Edm." aside.
func classOf(kind string) typeClass {
	switch strings.TrimPrefix(strings.ToLower(kind), "edm.") {
	case "int", "int16", "int32", "int64", "uint", "uint16", "uint32", "uint64", "integer", "long", "byte", "sbyte",
		"double", "single", "float", "decimal", "number":
		return numberClass
	case "datetimeoffset", "datetime", "date", "timestamp", "string (timestamp)":
		return momentClass
	case "string":
		return textClass
	case "bool", "boolean", "time", "timeofday", "timespan", "duration", "guid", "binary", "stream":
		return opaqueClass
	}
	return otherClass
}

// isScalar reports whether the values of a type are numbers, truth values, dates or bytes: a
// list in their description is an example or a range, not an enumeration.
func isScalar(kind string) bool {
	switch classOf(kind) {
	case numberClass, opaqueClass:
		return true
	case momentClass:
		kind = strings.ToLower(kind)
		return !strings.HasSuffix(kind, "timestamp") && !strings.HasSuffix(kind, ")")
	case otherClass, textClass:
	}
	return false
}
