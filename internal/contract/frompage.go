package contract

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
	"graphpact/internal/lazyregexp"
	"graphpact/internal/schema"
)

// FromRequestLine reads the Operation of the nth request line, counted from 1, off a page; 0
// is the first PATCH. The error names the file and what to add where the page has no request
// line that could be sent, and lists the request lines where there is no nth. All else that
// is wrong with a page is a finding of the Operation.
func FromRequestLine(p *graphdoc.Page, conv *convention.Set, n int) (*Operation, error) {
	if p == nil || conv == nil {
		return nil, fmt.Errorf("contract: a page and the conventions are needed")
	}
	b := &builder{page: p, conv: conv, op: &Operation{Page: p.File, Digest: p.Digest, Text: p.Text}}
	b.op.Title = fact(b, p.Title.Value, p.Title.Line)
	if err := b.choose(n); err != nil {
		return nil, err
	}
	b.examples(n)
	b.success()
	b.resource()
	b.mediaTypes()
	b.prose()
	b.properties()
	b.exampleValues()
	b.pageFindings()
	b.headers()
	for _, s := range slices.Concat(p.Statuses, p.ExampleStatuses) {
		b.op.Answers = append(b.op.Answers, Answer{s.Code, s.Sentence, b.at(s.Line)})
	}
	b.op.Permissions = permissionsOf(p.Permissions, p.File)
	for _, g := range p.PermissionGroups {
		b.op.PermissionGroups = append(b.op.PermissionGroups, fact(b, g.Value, g.Line))
	}
	sortFindings(b.op.Findings)
	return b.op, nil
}

// builder collects the Operation of one page.
type builder struct {
	page *graphdoc.Page
	conv *convention.Set
	op   *Operation
	// sent and shown are the request example and the response example that describe
	// the Operation; nil where the page has none.
	sent, shown *graphdoc.Message
	// noTable is set where no table of the page has a property that a client can set.
	noTable bool
}

func (b *builder) at(line int) Source { return Source{File: b.page.File, Line: line} }

// fact makes a Fact of the page; no line, no fact.
func fact[T any](b *builder, value T, line int) Fact[T] {
	if line == 0 {
		return Fact[T]{}
	}
	return Fact[T]{Value: value, Source: b.at(line)}
}

// byConvention makes a Fact that a convention asks for.
func byConvention[T any](value T, rule string) Fact[T] {
	return Fact[T]{Value: value, Source: Source{Rule: rule}}
}

func (b *builder) find(class string, line int, assumed, format string, args ...any) {
	b.findAt(class, b.at(line), assumed, format, args...)
}

// findAt adds a finding that may be about another file than the page.
func (b *builder) findAt(class string, at Source, assumed, format string, args ...any) {
	b.op.Findings = append(b.op.Findings, Finding{Class: class, Source: at, Text: fmt.Sprintf(format, args...), Assumed: assumed})
}

func isSuccess(code int) bool { return code >= 200 && code < 300 }

// member gives the named member of a JSON object, or nil.
func member(v *graphdoc.Value, name string) *graphdoc.Value {
	if v == nil {
		return nil
	}
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// body gives the JSON body of an example that may be absent.
func body(m *graphdoc.Message) *graphdoc.Value {
	if m == nil {
		return nil
	}
	return m.JSON
}

var placeholderExpr = lazyregexp.New(`\{([^{}]*)\}`)

// PathText gives the value of a key as a path has it, unescaped: a string as it is, any
// other value as JSON.
func PathText(v any) string {
	if s, isText := v.(string); isText {
		return s
	}
	return schema.Text(v)
}

// Ids of the conventions that the derivation uses (package convention).
const (
	ruleErrorBody     = "error-body"
	ruleJSON          = "json-format"
	ruleKey           = "key-immutable"
	ruleNoContent     = "no-content"
	ruleODataType     = "odata-type"
	ruleOpenResponse  = "response-properties"
	rulePatchStatus   = "patch-status"
	ruleDateTimeValue = "datetimeoffset"
)

const defaultMediaType = "application/json"

// success reads the success answer: the Response section first, then the response
// example, then the convention.
func (b *builder) success() {
	documented, others := b.documentedStatus()
	switch {
	case documented != nil:
		b.op.Success.Status, b.op.Success.Source = documented.Code, b.at(documented.Line)
		if len(others) > 0 {
			b.op.Success.Alternatives = others
			b.find(ClassSeveralStatuses, documented.Line, fmt.Sprintf("Success is %s.", b.op.Success.Describe()),
				"The Response section names several success statuses: %s.", codes(b.page.Statuses))
		}
		b.statusOfExample(documented)
	case b.shown != nil && b.shown.Code != 0:
		b.op.Success.Status, b.op.Success.Source = b.shown.Code, b.at(b.shown.Line)
	default:
		b.op.Success.Status, b.op.Success.Source = http.StatusOK, Source{Rule: rulePatchStatus}
		b.find(ClassStatusUndocumented, b.responseLine(), "Success is 200 with a representation.",
			"Neither the Response section nor an example names a success status.")
	}
	b.op.Success.Body = b.successBody(documented)
	for _, s := range b.page.Statuses {
		b.reason(s.Code, s.Reason, s.Line)
	}
	for _, m := range b.page.Examples {
		b.reason(m.Code, m.Reason, m.Line)
	}
}

// documentedStatus picks the success status of the Response section, and the others that it
// allows. Where it names 200 and 204, 200 counts if its sentence returns a body; one that
// the page ties to a Prefer header never counts, if there is another.
func (b *builder) documentedStatus() (picked *graphdoc.Status, others []Alternative) {
	var named []*graphdoc.Status
	prefer := map[*graphdoc.Status]bool{}
	for i := range b.page.Statuses {
		s := &b.page.Statuses[i]
		if isSuccess(s.Code) && !slices.ContainsFunc(named, func(n *graphdoc.Status) bool { return n.Code == s.Code }) {
			named = append(named, s)
			prefer[s] = b.needsPrefer(i)
		}
	}
	rank := func(s *graphdoc.Status) int {
		switch {
		case prefer[s]:
			return 0
		case s.Code == http.StatusOK && s.Returns.Present():
			return 3
		case s.Code == http.StatusOK && len(named) > 1 && slices.ContainsFunc(named, func(n *graphdoc.Status) bool { return n.Code == http.StatusNoContent && !prefer[n] }):
			return 1
		}
		return 2
	}
	for _, s := range named {
		if picked == nil || rank(s) > rank(picked) {
			picked = s
		}
	}
	for _, s := range named {
		if s != picked {
			others = append(others, Alternative{Status: s.Code, OnlyWithPrefer: prefer[s], Source: b.at(s.Line)})
		}
	}
	return picked, others
}

// needsPrefer reports whether the part of the sentence that belongs to a status speaks of
// a Prefer header: from the code to the next one, or from the start for the first.
func (b *builder) needsPrefer(i int) bool {
	s := b.page.Statuses[i]
	sameSentence := func(k int) bool {
		return k >= 0 && k < len(b.page.Statuses) && b.page.Statuses[k].Line == s.Line && b.page.Statuses[k].Sentence == s.Sentence
	}
	part := s.Sentence
	if at := strings.Index(part, fmt.Sprint(s.Code)); at >= 0 && sameSentence(i-1) {
		part = part[at:]
	}
	if sameSentence(i + 1) {
		if at := strings.LastIndex(part, fmt.Sprint(b.page.Statuses[i+1].Code)); at >= 0 {
			part = part[:at]
		}
	}
	return (strings.Contains(part, "refer") || strings.Contains(part, "return=") || strings.Contains(part, "respond-async")) &&
		preferHeader().MatchString(part) ||
		strings.Contains(part, "header") && namelessHeader().MatchString(part) && b.preferAlone()
}

// namelessHeader is a condition on a header that the page has in its table, without its name.
var namelessHeader = lazyregexp.New(`(?i)\b(?:if|when)\s+(?:the|this|that)\s+(?:optional\s+)?(?:request\s+)?header\s+(?:is|was)\s+(?:used|included|specified|present|provided|supplied|set|sent|given)\b`)

// preference is one about the answer (RFC 7240 section 4).
var preference = lazyregexp.New(`\breturn\s*=\s*(?:representation|minimal)\b|\brespond-async\b`)

// preferAlone reports whether Prefer is the one header of the table that an update may have or
// not, and its row has a preference about the answer.
func (b *builder) preferAlone() bool {
	prefer := false
	for _, h := range b.page.Headers {
		name, _, _ := strings.Cut(strings.ToLower(h.Name.Value), ":")
		switch {
		case h.Required || slices.Contains(ownHeaders, name):
		case name == "prefer" && preference().MatchString(h.Name.Value+" "+h.Description.Value):
			prefer = true
		default:
			return false
		}
	}
	return prefer
}

// preferHeader is a mention of the header or of a preference.
var preferHeader = lazyregexp.New(`\bPrefer\b|\breturn=(?:representation|minimal)\b|\brespond-async\b`)

// Describe names the success statuses in words, as "200 or 204".
func (s Success) Describe() string {
	text := fmt.Sprint(s.Status)
	for _, a := range s.Alternatives {
		text += fmt.Sprintf(" or %d", a.Status)
		if a.OnlyWithPrefer {
			text += " with Prefer"
		}
	}
	return text
}

func (b *builder) statusOfExample(documented *graphdoc.Status) {
	if b.shown == nil || b.shown.Code == 0 ||
		slices.ContainsFunc(b.page.Statuses, func(s graphdoc.Status) bool { return s.Code == b.shown.Code }) {
		return
	}
	if isSuccess(b.shown.Code) {
		b.op.Success.Alternatives = append(b.op.Success.Alternatives,
			Alternative{Status: b.shown.Code, Contradicts: true, Source: b.at(b.shown.Line)})
	}
	b.find(ClassStatusDisagrees, b.shown.Line, fmt.Sprintf("Success is %s; which of them is not judged.", b.op.Success.Describe()),
		"The example answers %d; the Response section says %d.", b.shown.Code, documented.Code)
}

var (
	demandsHeader = lazyregexp.New(`(?i)\b(?:required|must|mandatory|needs?)\b`)
	noDemand      = lazyregexp.New(`(?i)\b(?:not|n't|optional|isn’t)\b`)
	demandsType   = lazyregexp.New(`(?i)\b(?:must|required|need(?:s|ed)?\s+to|has to|mandatory|always)\b`)
	openType      = lazyregexp.New(`(?i)\bopen type\b`)
	notOpen       = lazyregexp.New(`(?i)\b(?:not|isn't|isn’t)\s+an?\s+open type\b`)
	typeName      = lazyregexp.New(`#[A-Za-z_][\w.]*\w`)
)

// prose reads what the page demands or allows outside of its tables.
func (b *builder) prose() {
	for _, h := range b.page.Headers {
		if strings.EqualFold(h.Name.Value, "If-Match") && h.Required {
			b.op.IfMatch = fact(b, true, h.Name.Line)
		}
	}
	shown := member(body(b.sent), typeAnnotation)
	if shown != nil {
		if s, isText := shown.Data.(string); isText && s != "" && !isPlaceholder("", s) && !standIn().MatchString(s) {
			b.op.TypeAnnotation = TypeAnnotation{Value: s, Source: b.at(shown.Line)}
		}
	}
	for _, s := range b.page.Sentences {
		switch {
		case strings.Contains(s.Value, "If-Match") && b.op.IfMatch.Source.IsZero() &&
			demandsHeader().MatchString(s.Value) && !noDemand().MatchString(s.Value):
			b.op.IfMatch = fact(b, true, s.Line)
		case strings.Contains(s.Value, typeAnnotation) && demandsType().MatchString(s.Value) && !b.op.TypeAnnotation.Required:
			b.op.TypeAnnotation.Required = true
			b.op.TypeAnnotation.Source = b.at(s.Line)
			if named := typeName().FindString(s.Value); b.op.TypeAnnotation.Value == "" && named != "" {
				b.op.TypeAnnotation.Value = named
			}
			if name := b.op.QualifiedType(); b.op.TypeAnnotation.Value == "" && name != "" {
				b.op.TypeAnnotation.Value = "#" + name
			}
		case strings.Contains(strings.ToLower(s.Value), "open type") && openType().MatchString(s.Value) && !notOpen().MatchString(s.Value) && b.op.OpenType.Source.IsZero():
			b.op.OpenType = fact(b, true, s.Line)
		}
	}
}

// successBody says whether the answer holds the updated entity. A page that does
// not say gives no fact.
func (b *builder) successBody(documented *graphdoc.Status) Fact[bool] {
	exampleHas := b.shown != nil && strings.TrimSpace(b.shown.Body) != ""
	var stated Fact[bool]
	switch {
	case documented != nil && documented.Returns.Present() && documented.Code != http.StatusNoContent:
		stated = fact(b, true, documented.Returns.Line)
	case documented != nil && documented.Empty:
		stated = fact(b, false, documented.Line)
	case b.op.Success.Status == http.StatusNoContent:
		return byConvention(false, ruleNoContent)
	case exampleHas:
		return fact(b, true, b.shown.BodyLine)
	case documented == nil && b.shown == nil:
		return byConvention(true, rulePatchStatus)
	default:
		return Fact[bool]{}
	}
	// A status that differs is a finding already.
	if b.shown != nil && b.shown.Code == documented.Code && exampleHas != stated.Value {
		b.find(ClassBodyDisagrees, b.shown.Line, "The Response section is right.",
			"The Response section says that %s body is returned; the example shows otherwise.",
			map[bool]string{true: "a", false: "no"}[stated.Value])
	}
	return stated
}

func (b *builder) reason(code int, reason string, line int) {
	want := http.StatusText(code)
	if reason == "" || want == "" || strings.EqualFold(squeeze(reason), squeeze(want)) {
		return
	}
	b.find(ClassReasonPhrase, line, fmt.Sprintf("The code %d is right.", code),
		"%d stands beside %q; it is called %q.", code, reason, want)
}

// squeeze takes out spaces: "NoContent" is no other phrase than "No Content".
func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

// responseLine is the line to name for what the page does not say of its answers.
func (b *builder) responseLine() int {
	if len(b.page.Response) > 0 {
		return b.page.Response[0].Line
	}
	if len(b.page.Statuses) > 0 {
		return b.page.Statuses[0].Line
	}
	return b.page.Title.Line
}

func codes(statuses []graphdoc.Status) string {
	var out []string
	for _, s := range statuses {
		if code := fmt.Sprint(s.Code); isSuccess(s.Code) && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return strings.Join(out, ", ")
}
