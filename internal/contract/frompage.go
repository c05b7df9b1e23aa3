package contract

import (
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/convention"
	"graphpact/internal/graphdoc"
)

// FromPage reads the Operation off a page. The error names the file and the mend:
// the page has no request line that could be sent. All else that is wrong with a
// page is a finding of the Operation.
func FromPage(p *graphdoc.Page, conv *convention.Set) (*Operation, error) {
	if p == nil || conv == nil {
		return nil, fmt.Errorf("contract: a page and the conventions are needed")
	}
	b := &builder{page: p, conv: conv, op: &Operation{Page: p.File, Digest: p.Digest}}
	b.op.Title = fact(b, p.Title.Value, p.Title.Line)
	if err := b.request(); err != nil {
		return nil, err
	}
	b.examples()
	b.success()
	b.resource()
	b.mediaTypes()
	b.properties()
	b.exampleValues()
	b.pageFindings()
	for _, row := range p.Permissions {
		b.op.Permissions = append(b.op.Permissions, Permission{
			Kind: row.Kind.Value, Names: slices.Clone(row.Names), Source: b.at(row.Kind.Line),
		})
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
	b.op.Findings = append(b.op.Findings, Finding{
		Class: class, Source: b.at(line), Text: fmt.Sprintf(format, args...), Assumed: assumed,
	})
}

// examples picks the pair of messages that describes the Operation: the first
// request with its method, and the first success answer that follows.
func (b *builder) examples() {
	from := 0
	for i := range b.page.Examples {
		m := &b.page.Examples[i]
		if m.Kind == "request" && strings.EqualFold(m.Method, b.op.Method.Value) {
			b.sent, from = m, i+1
			break
		}
	}
	for i := from; i < len(b.page.Examples); i++ {
		if m := &b.page.Examples[i]; m.Kind == "response" && (m.Code == 0 || isSuccess(m.Code)) {
			b.shown = m
			return
		}
	}
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
