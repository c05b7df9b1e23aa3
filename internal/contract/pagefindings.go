package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/graphdoc"
	"graphpact/internal/safetext"
)

// pageFindings collects what is wrong with the page as a document.
func (b *builder) pageFindings() {
	for _, t := range b.page.Todos {
		b.find(ClassTodoMarker, t.Line, "The marker promises nothing.", "A marker of the template is left: %s.", short(t.Value))
	}
	known := Classes()
	for _, o := range b.page.Oddities {
		class, text := o.Class, o.Text
		if !slices.ContainsFunc(known, func(c ClassInfo) bool { return c.Name == o.Class }) {
			class, text = ClassPageOddity, fmt.Sprintf("%s: %s", o.Class, o.Text)
		}
		b.find(class, o.Line, "What could be read counts.", "%s", text)
	}
	for _, a := range b.page.Annotations {
		if a.Error != "" {
			b.find(ClassAnnotationInvalid, a.Line, "The annotation says nothing.", "The annotation is not JSON: %s.",
				strings.TrimSuffix(a.Error, "."))
		}
	}
	for _, m := range b.page.Examples {
		b.annotationType(m)
	}
	for _, i := range b.page.Includes {
		if b.matters(i.Value) {
			b.find(ClassIncludeUnresolved, i.Line, "The included text promises nothing.",
				"The page includes text that is not here: %s.", short(i.Value))
		}
	}
	b.undocumented()
}

func (b *builder) annotationType(m graphdoc.Message) {
	a := m.Annotation
	if a == nil || a.Error != "" || a.BlockType != "response" || a.Type.Present() || strings.TrimSpace(m.Body) == "" {
		return
	}
	assumed := "The Response section names the type."
	if b.op.Resource.Value != "" {
		assumed = "The type is " + b.op.QualifiedType() + "."
	}
	b.find(ClassAnnotationWithoutType, a.Line, assumed, "The annotation of the response has no %q.", typeAnnotation)
}

// matters reports whether an include would hold a part of the contract: the
// permissions, or the words that introduce the body table. A disclaimer does not.
func (b *builder) matters(include string) bool {
	include = strings.ToLower(include)
	return strings.Contains(include, "table-intro") ||
		(strings.Contains(include, "permission") && len(b.page.Permissions) == 0)
}

// undocumented names what a page about an update should say and does not.
func (b *builder) undocumented() {
	isError := func(code int) bool { return code >= 400 && code < 500 }
	if !slices.ContainsFunc(b.page.Statuses, func(s graphdoc.Status) bool { return isError(s.Code) }) &&
		!slices.ContainsFunc(b.page.Examples, func(m graphdoc.Message) bool { return isError(m.Code) }) {
		b.find(ClassErrorsUndocumented, b.responseLine(), "Errors follow the conventions of Graph.",
			"The page names no error answer.")
	}
	if !slices.ContainsFunc(b.page.Headers, func(h graphdoc.Header) bool {
		return strings.EqualFold(h.Name.Value, "If-Match") || strings.EqualFold(h.Name.Value, "Prefer")
	}) {
		line := b.page.Title.Line
		if len(b.page.Headers) > 0 {
			line = b.page.Headers[0].Name.Line
		}
		b.find(ClassHeadersUndocumented, line, "A server may honour or ignore them.",
			"The page names neither If-Match nor Prefer.")
	}
}

// short quotes a piece of the page on one line.
func short(s string) string {
	head, tail := safetext.Cut(safetext.Words(s), 80)
	if tail != "" {
		return fmt.Sprintf("%q…", head)
	}
	return strconv.Quote(head)
}
