package graphdoc

import (
	"strings"

	"graphpact/internal/lazyregexp"
)

var (
	// notNullable says that null is no value, or that the property cannot be emptied.
	notNullable = lazyregexp.New(`(?i)\b(?:not|non|isn['’]t)[- ]nullable\b|` + refuses + `(?:be|have|contain)\s+(?:set\s+to\s+|a\s+|left\s+)?null\b|` +
		refuses + `be\s+(?:cleared|emptied|removed|unset)\s+(?:during|by|in|on|with)\s+(?:an?\s+)?updates?\b`)
	// nullable says that it is one.
	nullable = lazyregexp.New(`(?i)^\W*nullable\W*$|\b(?:is|are)\s+nullable\b|\b(?:can|may)\s+be\s+(?:set\s+to\s+)?null\b|` +
		`\bset\s+(?:it|this|the\s+(?:value|property)|this\s+(?:value|property))?(?:\s+of\s+the\s+property)?\s*to\s+null\s+to\s+(?:clear|remove|delete|unset|reset)\b|` +
		`\b(?:supports|accepts|allows)\s+null\b`)
	// conditional begins what holds in some cases alone.
	conditional = lazyregexp.New(`(?i)^\W*(?:if|when|while|where|unless|until|for)\b`)
)

const refuses = `\b(?:can(?:not|'t|’t| not)|must\s+not|may\s+not|should\s+not|shouldn['’]t|mustn['’]t)\s+`

// nullability reads the word that ends the row, or a sentence about null.
func nullability(p *prose, low lower) (Nullability, Text) {
	text := strings.TrimSuffix(p.text(), ".")
	for _, word := range []string{"Required", "Optional"} {
		if before, ends := strings.CutSuffix(text, word); ends && endsRow(before) {
			says := map[string]Nullability{"Required": Required, "Optional": Optional}[word]
			return says, Text{Value: word + ".", Line: p.lineAt(strings.LastIndex(p.raw, word))}
		}
	}
	if !low.any("null", "updates") {
		return NullabilityUnknown, Text{}
	}
	for _, s := range p.sentences() {
		if !p.lowerIn(low, s).any("null", "updates") {
			continue
		}
		sentence := Text{Value: strings.ReplaceAll(p.slice(s.start, s.end), "`", ""), Line: p.lineAt(s.start)}
		switch {
		case conditional().MatchString(sentence.Value):
		case notNullable().MatchString(sentence.Value):
			return Required, sentence
		case nullable().MatchString(sentence.Value):
			return Optional, sentence
		}
	}
	return NullabilityUnknown, Text{}
}

// endsRow reports whether the word behind the text is one by itself, and not denied.
func endsRow(before string) bool {
	return before == "" || strings.HasSuffix(before, " ") && before != "Not " && !strings.HasSuffix(before, " Not ")
}

var (
	readOnlySentence = lazyregexp.New(`^[(\s]*(?i:read[- ]?only)\b|` +
		`^(?i:(?:note:\s*)?(?:this|the|it)\b(?:\s+\S+){0,2}?\s*\b(?:is|are)\s+(?:always\s+)?read[- ]?only)\b|` +
		`^(?i:(?:optional|required|(?:not\s+)?nullable)(?:,|\s+and)\s+read[- ]?only)\b|` +
		`[.,;(]\s*(?i:(?:and\s+)?read[- ]?only)\)?\.?$|` +
		// The full stop before it may be missing.
		`\sRead[- ]?[Oo]nly\.?$`)
	readOnlySometimes = lazyregexp.New(`(?i)\bread[- ]?only\s+(?:if|when|for|in|unless|except|after|once)\b|^(?:if|when|for|indicates)\b`)
	// forExample begins an example, which is no condition of the word behind it.
	forExample = lazyregexp.New(`(?i)^for\s+(?:example|instance)\b`)
)

// readOnlyRemark may follow a type, as in "string (readonly)".
var readOnlyRemark = lazyregexp.New(`(?i)\s*\(\s*read[- ]?only\s*\)`)

const (
	// ofIt is the property as the subject of a sentence; it may be left out.
	ofIt = `^\W*(?:(?:note|important)\W+)?(?:(?:this|it|that|the|its|is)\b(?:\s+(?:property|value|field|type|date|setting|identifier|id|name)\b)?(?:\s+of\s+(?:this|the)\s+\w+)?\s*)?` +
		// What comes before, as "is set by the system and".
		`(?:(?:is|can|was|must|should)\b[^.]{0,80}?\b(?:and|but)\s+(?:it\s+)?)?`
	// inUpdate may follow, and says no more than that this is an update.
	inUpdate = `\s*(?:\W*$|directly\b|manually\b|\W*and\b|(?:after|once)\s+(?:it|the\s+\w+|an?\s+\w+)?\s*(?:(?:is|has\s+been|have\s+been|was)\s+)?(?:creat|its\s+creation)|after\s+(?:creation|it\s+is\s+created)|` +
		`(?:by|in|on|with|through|via|using|during|as\s+part\s+of)\s+(?:an?\s+|the\s+)?(?:client|user|caller|patch|update|updates|this|api)|when\s+updating)`
)

var (
	// notPatched says that an update does not change the property.
	notPatched = lazyregexp.New(`(?i)` + ofIt + refuses + `be\s+(?:directly\s+|manually\s+)?(?:patched|changed|modified|updated|edited|altered|overwritten|reset)\b` + inUpdate +
		`|` + ofIt + refuses + `be\s+(?:set|used|specified|sent|included|supplied)\b\s*(?:\W*$|(?:by|in|on|with|for|through|via|during|when)\s+(?:an?\s+|the\s+)?(?:client|user|caller|patch|update|updating))` +
		`|` + ofIt + refuses + `(?:change|be\s+a\s+part\s+of\s+(?:an\s+)?(?:update|patch))\W*$`)
	// atCreation says that the property is set when the entity is created, and not later.
	atCreation = lazyregexp.New(`(?i)\b(?:can|may|must|should|is|be)\s+(?:only\s+)?(?:be\s+)?(?:only\s+)?` +
		`(?:set|specified|settable|provided|assigned|used|supplied)\s+only\s+(?:when|while|during|at|on|upon|as\s+part\s+of|for)\s+(?:the\s+)?(?:creat|initial)|` +
		`\b(?:can|may)\s+only\s+be\s+(?:set|specified|provided|assigned|used|supplied)\s+(?:when|while|during|at|on|upon|as\s+part\s+of|for)\s+(?:the\s+)?(?:creat|initial)|` +
		`^\W*(?:set\s+|settable\s+|used\s+)?only\s+(?:set\s+|used\s+|settable\s+)?(?:when|while|during|at|on|upon|for)\s+creat|\bset\s+once\b`)
	// fixed says it in a word or two.
	fixed = lazyregexp.New(`(?i)^\W*(?:immutable|not\s+(?:updatable|updateable|patchable|editable|settable|modifiable|writable)|(?:not\s+)?supported\s+(?:only\s+)?for\s+(?:create|post)\s+only)\W*$|` +
		ofIt + `(?:is|are)\s+(?:immutable|not\s+(?:updatable|updateable|patchable|editable|settable|modifiable|writable|supported\s+(?:for|in|on|by)\s+(?:updates?|patch)))\b` +
		`|\band\s+is\s+immutable\b|\bnot\s+supported\s+(?:for|in|on|by)\s+(?:updates?|patch)\b`)
	// byServer says that the server sets it.
	byServer = lazyregexp.New(`(?i)` + ofIt + `(?:is|are)?\s*(?:automatically\s+)?(?:generated|set|assigned|populated|computed|calculated|managed|maintained)\s+(?:automatically\s+)?by\s+the\s+(?:server|service|system)\W*$|` +
		`^\W*(?:server|system|service)[- ](?:generated|assigned|computed)\b`)
)

// readOnly gives the sentence of the description that says that an update does not set the
// property, without a condition; not Present where there is none.
func readOnly(p *prose, low lower) Text {
	if !low.any("only", "not", "n't", "n’t", "immutable", "once", "server", "service", "system") {
		return Text{}
	}
	for _, s := range p.sentences() {
		low := p.lowerIn(low, s)
		only, not := low.any("only"), low.any("not", "n't", "n’t")
		read := only && low.any("read")
		patched := not && low.any(" be ", " change") && low.any("patch", "chang", "modif", "updat", "edit", "alter", "writ", "reset", "set", "used", "specif", "sent", "include", "suppl")
		created := only && low.any("creat", "initial") || low.any("set once")
		final := low.any("immutable") || not && low.any("able", "supported") || only && low.any("supported")
		server := low.any("server", "service", "system") && low.any("by", "generated", "assigned", "computed")
		if !read && !patched && !created && !final && !server {
			continue
		}
		text := p.slice(s.start, s.end)
		literal := read && readOnlySentence().MatchString(text) && !readOnlySometimes().MatchString(forExample().ReplaceAllString(text, ""))
		if literal || !conditional().MatchString(text) &&
			(patched && notPatched().MatchString(text) || created && atCreation().MatchString(text) ||
				final && fixed().MatchString(text) || server && byServer().MatchString(text)) {
			return Text{Value: text, Line: p.lineAt(s.start)}
		}
	}
	return Text{}
}
