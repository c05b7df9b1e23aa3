package graphdoc

import (
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/lazyregexp"
)

// BoundKind says what a Bound limits.
type BoundKind string

// The kinds of Bound.
const (
	BoundValue  BoundKind = "value"  // limits a number: Low and High are its ends
	BoundLength BoundKind = "length" // limits the characters of a text
	BoundItems  BoundKind = "items"  // limits the elements of a collection
	BoundFuture BoundKind = "future" // asks for a moment in the future; High is the limit ahead, with its unit, as "30 days"
	BoundPast   BoundKind = "past"   // asks for a moment in the past
	// BoundCode asks for a code of letters: Low and High are their number, and Name says
	// which code, as CodeCountry; empty where the page does not say.
	BoundCode   BoundKind = "code"
	BoundList   BoundKind = "list"   // asks for one of some numbers, as in "0 - off, 1 - on"; Name lists them, with commas between
	BoundFormat BoundKind = "format" // asks for a text of a form that Name says, as FormatURL
	BoundUnread BoundKind = "unread" // a sentence that seems to state a bound and was not understood
)

// The names of a BoundCode, which are also the words of a description for them.
const (
	CodeCountry  = "country"
	CodeLanguage = "language"
	CodeCurrency = "currency"
)

// The names of a BoundFormat.
const (
	FormatURL   = "url"
	FormatEmail = "email"
	FormatGUID  = "guid"
	FormatIPv4  = "ipv4"
	FormatIPv6  = "ipv6"
)

// Bound is a limit that the description of a property states for its values.
type Bound struct {
	Kind BoundKind
	// Low and High are the ends as plain numbers; empty where there is none.
	Low, High string
	// LowOut and HighOut are set where the end itself lies outside, as in "less than 5".
	LowOut, HighOut bool
	Name            string
	// Text is the sentence with the limit.
	Text Text
}

const (
	boundNumber = `(-?\d+(?:,\d{3})*(?:\.\d+)?)`
	boundUnit   = `\s*(?:characters?|chars|letters|elements?|items?|entries|values|members|strings|percent|%|miles|days?|hours?|minutes?|seconds?|bytes)?`
	boundTo     = boundUnit + `\s*(?:to|through|and|[-–—]|\.\.)\s*`
	// boundOut is in front of the words for an end that is out: "more than 5" elsewhere speaks
	// of something else.
	boundOut = `(?:^|\b(?:be|is|are|and|or|values?)\s+)`
	// boundIs may be between the word for a bound and its number.
	boundIs = `(?:\s+(?:value|values|length|size|number|count|limit|allowed|supported|permitted|possible|of|is|are|for|this|the|property|` +
		`characters|elements|items|entries|in|be|to|can|must)\b|\s*[:=(])*\s*`
)

var (
	// boundRange is a number between two.
	boundRange = lazyregexp.New(`(?i)(?:\bbetween|\bfrom|\branges?\b` + boundIs + `(?:from|between)?|` +
		`\b(?:valid|allowed|possible|supported|acceptable|permitted)\s+values?` + boundIs + `(?:from|between)?|[\[(])\s*` +
		boundNumber + boundTo + boundNumber)
	boundLow = lazyregexp.New(`(?i)(\b(?:minimum|min\.?|at least|(?:no|not|cannot be|can't be) (?:less|fewer|smaller|lower|shorter) than|greater than or equal to|>=)|` +
		boundOut + `(?:greater|larger|more|higher) than|>)` + boundIs + boundNumber)
	boundHigh = lazyregexp.New(`(?i)(\b(?:maximum|max\.?|at most|up to|(?:no|not|cannot be|can't be) (?:more|greater|larger|higher|longer) than|` +
		`(?:must not|not|can't|cannot|may not|doesn't|should not) exceed|max(?:imum)?\s+length\b[^.\d]{0,60}?\bis|less than or equal to|limit(?:ed)?(?: to| of| is)?|<=)|` +
		boundOut + `(?:less|fewer|smaller|lower|shorter) than|<)` + boundIs + boundNumber)
	// boundAfter is the number in front of the word for the bound.
	boundAfter = lazyregexp.New(`(?i)` + boundNumber + `\s+(?:characters?|chars|elements?|items?|entries)\s+(?:or\s+(?:less|fewer)|at most|maximum|limit)`)

	// boundExact is the one length of a text.
	boundExact = lazyregexp.New(`(?i)\b(?:is|are|be|has|have|of|exactly)\s+(?:exactly\s+)?(\d+)\s+(?:characters?|chars|letters|digits)\s+(?:long|in\s+length)\b|` +
		`\bexactly\s+(\d+)\s+(?:characters?|chars)\b|\blength\s+(?:is|of|must\s+be)\s+(?:exactly\s+)?(\d+)(?:\s+characters?)?\W*$`)
	// limitWord makes a length one end of a range.
	limitWord = lazyregexp.New(`(?i)\b(?:max|min|maximum|minimum|most|least|up to|exceed|limit|than|less|fewer)\b`)
	// alphabet is a sentence about which characters there may be, and not how many.
	alphabet = lazyregexp.New(`(?i)\b(?:allowed|valid|invalid|permitted|these|following|special)\s+characters\b|\ba-z\b|\bcharacters\s+(?:in\s+the\s+ranges?|are|from)\b`)
	// labelled is a number with what it stands for, as "0 - off" or "off = 0".
	labelled = lazyregexp.New(`(?:^|[\s,;:(])(-?\d+)\s*[-–—=:]\s*["'(]?[A-Za-z]|\b[A-Za-z]\w*\s*=\s*(-?\d+)\b`)

	ofLength  = lazyregexp.New(`(?i)\b(?:characters?|chars|length|long(?:er)?|shorter)\b`)
	ofItems   = lazyregexp.New(`(?i)\b(?:elements?|items?|entries|members|strings|values|tags|addresses|numbers)\b`)
	ofPercent = lazyregexp.New(`(?i)\bpercent(?:age)?\b`)
	// growing is what makes a percentage one that may pass 100.
	growing = lazyregexp.New(`(?i)\b(?:growth|increase|change|more than 100|over 100)\b`)

	inFuture = lazyregexp.New(`(?i)\bin the future\b|\bfuture (?:date|time|moment)|\b(?:cannot|can't|must not|may not) (?:be|lie) in the past|` +
		`\b(?:later|after|greater) (?:than )?(?:now|the current (?:date|time|moment))`)
	inPast = lazyregexp.New(`(?i)\b(?:must|should|has to) (?:be|lie) in the past|\b(?:cannot|can't|must not|may not) (?:be|lie) in the future`)
	ahead  = lazyregexp.New(`(?i)\b(?:no|not) (?:more|later|further) than\s+(\d+)\s+(minutes?|hours?|days?|weeks?|months?)\b|` +
		`\b(?:within|at most|up to)\s+(\d+)\s+(minutes?|hours?|days?|weeks?|months?)\b`)

	letterCode = lazyregexp.New(`(?i)\b(two|three|2|3)(?:[- ]|\s+of\s+)?letters?\b|\bof (two|three) letters\b`)
	// languageTag is a language with a region, as en-US (RFC 5646), in quotes or after "as".
	languageTag = lazyregexp.New(`(?:["“'‘` + "`" + `]|(?i:\b(?:as|example|is|e\.g\.)[,:]?\s))[a-z]{2,3}-[A-Za-z]{2,4}\b`)
	isoCode     = lazyregexp.New(`(?i)\bISO[- ]?(3166|639|4217)(?:-1)?\b( alpha-3|-2)?`)

	// maybeSo says that a moment may lie there, and need not.
	maybeSo = lazyregexp.New(`(?i)\b(?:may|might|can|could)\s+(?:also\s+)?(?:be|lie)\s+in\s+the\s+(?:future|past)\b`)

	// maybeBound is a sentence that states a limit in words of its own.
	maybeBound = lazyregexp.New(`(?i)\b(?:between|minimum|maximum|at most|at least|no (?:more|less|longer|later) than|not exceed|greater than|less than|` +
		`longer than|shorter than|in the range|valid values|must (?:be|lie|match|start|end|begin|contain|follow)|only (?:letters|digits)|regular expression)\b`)
)

// condition starts a sentence about what a value means, or when it holds.
var condition = lazyregexp.New(`(?i)^(?:if|when|where|unless)\b`)

// noBound says when a property is given, or of what it is a part, and nothing of its value.
var noBound = lazyregexp.New(`(?i)\bmust be (?:specified|set|included|provided|present|supplied|given|used|enabled|updated|unique)\b`)

// The words without which codeBounds, formatBounds and maybeBound find nothing.
var (
	codeWords  = []string{"letter", "iso"}
	formWords  = []string{"url", "uri", "mail", "smtp", "guid", "uuid", "ipv"}
	boundWords = []string{"between", "imum", "most", "least", "no ", "exceed", "than", "range", "valid", "must", "only", "regular"}
)

// bounds reads what a description says about the values of a property of the type. low is
// the description in lower case.
func (p *prose) bounds(low lower, class typeClass, collection bool) []Bound {
	number, moment, text := class == numberClass, class == momentClass, class == textClass
	digit := low.digit()
	if number && digit {
		if list, ok := p.numberList(); ok {
			return []Bound{list}
		}
	}
	size := (number || text || collection) && digit
	time := moment && low.any("future", "past", "now", "current")
	code := text && low.any(codeWords...)
	form := text && low.any(formWords...)
	maybe := (number || moment || text) && low.any(boundWords...)
	var out []Bound
	if size || time || code || form || maybe {
		for _, s := range p.sentences() {
			sentence := Text{Value: p.slice(s.start, s.end), Line: p.lineAt(s.start)}
			conditional := condition().MatchString(sentence.Value)
			var found []Bound
			switch {
			case time:
				found = momentBounds(sentence)
			case size && !conditional:
				found = sizeBounds(sentence, number, text, collection)
			}
			low := p.lowerIn(low, s)
			if code && low.any(codeWords...) {
				found = append(found, codeBounds(sentence)...)
			}
			if form && !conditional && low.any(formWords...) {
				found = append(found, formatBounds(sentence)...)
			}
			if maybe && len(found) == 0 && !conditional && low.any(boundWords...) && maybeBound().MatchString(sentence.Value) && !noBound().MatchString(sentence.Value) {
				found = []Bound{{Kind: BoundUnread, Text: sentence}}
			}
			out = append(out, found...)
		}
	}
	if number && len(out) == 0 && low.any("percent") && !growing().MatchString(p.text()) && ofPercent().MatchString(p.text()) {
		out = []Bound{{Kind: BoundValue, Low: "0", High: "100", Text: Text{Value: p.text(), Line: p.line()}}}
	}
	return out
}

// sizeBounds reads the limits of a number, of the length of a text, or of the size of a
// collection.
func sizeBounds(sentence Text, number, text, collection bool) []Bound {
	var out []Bound
	rest := sentence.Value
	low := lowerOf(rest)
	if !low.digit() {
		return nil
	}
	add := func(at []int, b Bound) {
		// The unit may stand in front of the number or behind it.
		around := sentence.Value
		switch {
		case collection && ofItems().MatchString(around) && !strings.Contains(strings.ToLower(around), "character"):
			b.Kind = BoundItems
		case alphabet().MatchString(around):
			return
		case text && ofLength().MatchString(around):
			b.Kind = BoundLength
		case number:
			b.Kind = BoundValue
		default:
			return
		}
		b.Text = sentence
		out = append(out, b)
		rest = rest[:at[0]] + strings.Repeat(" ", at[1]-at[0]) + rest[at[1]:]
	}
	plainNumber := func(s string) string { return strings.ReplaceAll(s, ",", "") }
	ranged := low.any("between", "from", "range", "value", "(", "[")
	lows := low.any("min", "least", "less", "fewer", "smaller", "lower", "shorter", "greater", "larger", "more", "higher", ">")
	highs := low.any("max", "most", "up to", "than", "exceed", "limit", "<")
	exact := text && !collection && low.any("char", "letter", "digit", "length")
	sized := text && low.any("char", "length", "long", "short") ||
		collection && low.any("element", "item", "entries", "member", "string", "value", "tag", "address", "number")
	if !number && !exact && !sized {
		return nil
	}
	if !ranged && !lows && !highs && !exact {
		return nil
	}
	if m := matchIf(exact, boundExact(), rest); m != nil && !limitWord().MatchString(rest) {
		n := ""
		for i := 2; i < len(m); i += 2 {
			if m[i] >= 0 {
				n += rest[m[i]:m[i+1]]
			}
		}
		return []Bound{{Kind: BoundLength, Low: n, High: n, Text: sentence}}
	}
	if m := matchIf(ranged, boundRange(), rest); m != nil {
		add(m, Bound{Low: plainNumber(rest[m[2]:m[3]]), High: plainNumber(rest[m[4]:m[5]])})
		return out
	}
	if m := matchIf(lows, boundLow(), rest); m != nil {
		add(m, Bound{Low: plainNumber(rest[m[4]:m[5]]), LowOut: isOutside(rest[m[2]:m[3]])})
	}
	if m := matchIf(highs, boundHigh(), rest); m != nil {
		add(m, Bound{High: plainNumber(rest[m[4]:m[5]]), HighOut: isOutside(rest[m[2]:m[3]])})
	} else if m := matchIf(low.any("char", "element", "item", "entries"), boundAfter(), rest); m != nil {
		add(m, Bound{High: plainNumber(rest[m[2]:m[3]])})
	}
	return out
}

// matchIf is a match of an expression whose words are in the text, as given by gate.
func matchIf(gate bool, expr *regexp.Regexp, text string) []int {
	if !gate {
		return nil
	}
	return expr.FindStringSubmatchIndex(text)
}

// numberList reads the numbers that a description lists with what each stands for; false
// for fewer than two.
func (p *prose) numberList() (Bound, bool) {
	var numbers []string
	at := -1
	for _, m := range labelled().FindAllStringSubmatchIndex(p.raw, -1) {
		start, end := m[2], m[3]
		if start < 0 {
			start, end = m[4], m[5]
		}
		if n := p.raw[start:end]; !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
		if at < 0 {
			at = m[0]
		}
	}
	if len(numbers) < 2 || len(numbers) > maxNumbers {
		return Bound{}, false
	}
	return Bound{Kind: BoundList, Name: strings.Join(numbers, ","), Text: Text{Value: p.slice(at, len(p.raw)), Line: p.lineAt(at)}}, true
}

// maxNumbers is the longest list of numbers that is read.
const maxNumbers = 200

// outside begins the words for an end that is no legal value itself.
var outside = lazyregexp.New(`(?i)` + boundOut + `(?:greater|larger|more|higher|less|fewer|smaller|lower|shorter) than$|^[<>]$`)

func isOutside(words string) bool { return outside().MatchString(words) }

func momentBounds(sentence Text) []Bound {
	switch {
	case maybeSo().MatchString(sentence.Value):
	case inPast().MatchString(sentence.Value):
		return []Bound{{Kind: BoundPast, Text: sentence}}
	case inFuture().MatchString(sentence.Value):
		b := Bound{Kind: BoundFuture, Text: sentence}
		if m := ahead().FindStringSubmatch(sentence.Value); m != nil {
			b.High = m[1] + m[3] + " " + m[2] + m[4]
		}
		return []Bound{b}
	}
	return nil
}

// codeBounds reads a code of letters, as "a two-letter country code (ISO 3166)".
func codeBounds(sentence Text) []Bound {
	lower := strings.ToLower(sentence.Value)
	b := Bound{Kind: BoundCode, Text: sentence}
	if iso := isoCode().FindStringSubmatch(sentence.Value); iso != nil {
		b.Name, b.Low = map[string]string{"3166": CodeCountry, "639": CodeLanguage, "4217": CodeCurrency}[iso[1]], "2"
		if b.Name == CodeCurrency {
			b.Low = "3"
		}
		if iso[2] != "" {
			return nil // a longer code of the same standard
		}
	}
	if m := letterCode().FindStringSubmatch(lower); m != nil {
		b.Low = map[string]string{"two": "2", "2": "2", "three": "3", "3": "3"}[m[1]+m[2]]
		for _, name := range []string{CodeCountry, CodeLanguage, CodeCurrency} {
			if b.Name == "" && strings.Contains(lower, name) {
				b.Name = name
			}
		}
	}
	if b.Name == CodeLanguage && languageTag().MatchString(sentence.Value) {
		return nil // the code is only the first part of a value
	}
	if b.Low == "" || b.Name != CodeCurrency && b.Low == "3" && b.Name != "" {
		return nil
	}
	b.High = b.Low
	return []Bound{b}
}

// demandsForm is a sentence about the form of a text, and not of a part of it.
var demandsForm = lazyregexp.New(`(?i)(?:^|\b(?:this|it|value|property)\s+)(?:must|should|has\s+to|needs\s+to)\s+be\s+(?:an?\s+|the\s+)?(?:(?:valid|absolute|full|fully[- ]qualified|well[- ]formed)\s+)*` +
	formNames + `|\bin\s+(?:the\s+)?(?:an?\s+)?` + formNames + `\s+format\b|\bformat(?:ted)?\s+as\s+an?\s+` + formNames)

const formNames = `(ur[li]s?|(?:e-?mail|smtp)\s+address(?:es)?|guids?|uuids?|ipv4\s+address(?:es)?|ipv6\s+address(?:es)?)\b`

// formatBounds reads the form of a text, as "must be a valid URL".
func formatBounds(sentence Text) []Bound {
	m := demandsForm().FindStringSubmatch(sentence.Value)
	if m == nil {
		return nil
	}
	b := Bound{Kind: BoundFormat, Text: sentence}
	switch name := strings.ToLower(m[1] + m[2] + m[3]); {
	case strings.HasPrefix(name, "ur"):
		b.Name = FormatURL
	case strings.HasPrefix(name, "ipv4"):
		b.Name = FormatIPv4
	case strings.HasPrefix(name, "ipv6"):
		b.Name = FormatIPv6
	case strings.HasPrefix(name, "g"), strings.HasPrefix(name, "uu"):
		b.Name = FormatGUID
	default:
		b.Name = FormatEmail
	}
	return []Bound{b}
}

// exampleLead is the phrase in front of values that are examples.
var exampleLead = lazyregexp.New(`(?i)(?:\bsuch\s+as|\bfor\s+(?:example|instance)|\be\.g\.|\bexamples?(?:\s+(?:values?\s+)?(?:are|is|include|includes))?)\s*[,:]?\s*`)

// exampleValues gives the back-ticked values that the description names as examples.
func (p *prose) exampleValues(low lower) []Text {
	var out []Text
	seen := map[string]bool{"": true}
	for _, at := range p.around(low, exampleLead(), "such", "instance", "e.g.", "example") {
		if p.runAt(at[0]).style == code {
			continue
		}
		found, _ := p.membersFrom(at[1])
		out = appendNew(out, found, seen)
	}
	return out
}

// several gives where a description says that a value of its enum may be several members.
func (p *prose) several(low lower) []int {
	if !low.any("flag", "multi", "bitwise", "several", "more than one", "one or more", "combination", "comma") {
		return nil
	}
	return severalMembers().FindStringIndex(p.raw)
}

// severalMembers says that a value of an enum may be several members.
var severalMembers = lazyregexp.New(`(?i)\bflag(?:s|ged)\b[\w\s-]*\benum|\bmulti-?valued?\b|\bflags\s+enum|\bbitwise|` +
	`\b(?:several|multiple|more than one|one or more|any combination|combination)\b[^.]{0,40}\b(?:members?|values?)\b[^.]{0,60}\b(?:comma|given|combined|together|at once|specified|allowed|set)|` +
	`\bcomma[- ]separated\b[^.]{0,40}\b(?:members?|values?|list)\b`)
