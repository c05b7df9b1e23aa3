package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/graphdoc"
	"graphpact/internal/safetext"
)

// The classes of findings. A class is a stable name: reports and suppressions use it.
const (
	// ClassTodoMarker is a TODO that the page's template left behind.
	ClassTodoMarker = "todo-marker"
	// ClassPlaceholderValue is an example value that is the name of a type, as
	// "String (timestamp)". On an enum property it is a
	// ClassExampleOutsideEnum instead: one value, one finding.
	ClassPlaceholderValue = "placeholder-value"
	// ClassExampleOutsideEnum is an example value that is no member of its enum.
	ClassExampleOutsideEnum = "example-outside-enum"
	// ClassExampleOutsideBounds is an example value outside of the limits that the
	// description of its property states.
	ClassExampleOutsideBounds = "example-outside-bounds"
	// ClassExampleWrongType is an example value of another type than the table says.
	ClassExampleWrongType = "example-wrong-type"
	// ClassExampleNotJSON is an example body that is not JSON.
	ClassExampleNotJSON = "example-not-json"
	// ClassExampleURL is an example request whose URL fits no request line.
	ClassExampleURL = "example-url"
	// ClassServerSetListed is a key or a date of the server in the table of
	// properties to send.
	ClassServerSetListed = "server-set-listed"
	// ClassServerSetSent is a key, a date of the server or a read-only property in
	// the request example.
	ClassServerSetSent = "server-set-sent"
	// ClassSentinelSettable is the sentinel of an evolvable enum among the values to send.
	ClassSentinelSettable = "sentinel-settable"
	// ClassEnumMemberRepeated is a member that an enum lists twice.
	ClassEnumMemberRepeated = "enum-member-repeated"
	// ClassBoundUnread is a sentence that seems to limit the values of a property and was
	// not understood.
	ClassBoundUnread = "bound-unread"
	// ClassPropertyNotListed is a property of an example that the table does not have.
	ClassPropertyNotListed = "property-not-listed"
	// ClassPropertyRepeated is a property with two rows in the table.
	ClassPropertyRepeated = "property-repeated"
	// ClassPropertyInTables is a property with rows in several tables, as of derived types.
	ClassPropertyInTables = "property-in-tables"
	// ClassPropertyNested is a row for a property within another, as address.city.
	ClassPropertyNested = "property-nested"
	// ClassStreamListed is a stream among the properties to send.
	ClassStreamListed = "stream-listed"
	// ClassTableMissing is a page without a table of properties to send.
	ClassTableMissing = "table-missing"
	// ClassAnnotationWithoutType is a response annotation that names no type.
	ClassAnnotationWithoutType = "annotation-without-type"
	// ClassAnnotationInvalid is an annotation that is not JSON.
	ClassAnnotationInvalid = "annotation-invalid"
	// The classes of package graphdoc's oddities, which say what each is.
	ClassFrontMatter       = graphdoc.OddityFrontMatter
	ClassTableGlued        = graphdoc.OddityTableGlued
	ClassTableUnreadable   = graphdoc.OddityTableUnreadable
	ClassTableUnknown      = graphdoc.OddityTableUnknown
	ClassRowSplit          = graphdoc.OddityRowSplit
	ClassRowOverflow       = graphdoc.OddityRowOverflow
	ClassRowStray          = graphdoc.OddityRowStray
	ClassEnumRange         = graphdoc.OddityEnumRange
	ClassRequestLine       = graphdoc.OddityRequestLine
	ClassRequestMethod     = graphdoc.OddityRequestMethod
	ClassTableElsewhere    = graphdoc.OddityTableElsewhere
	ClassExampleUnreadable = graphdoc.OddityExample
	ClassBodyGlued         = graphdoc.OddityBodyGlued
	ClassHeadingForm       = graphdoc.OddityHeading
	// ClassPageOddity is an oddity of a class that this package does not list.
	ClassPageOddity = "page-oddity"
	// ClassIncludeUnresolved is an include with contract text that is not here.
	ClassIncludeUnresolved = "include-unresolved"
	// ClassErrorsUndocumented is a page that names no 4xx answer.
	ClassErrorsUndocumented = "errors-undocumented"
	// ClassHeadersUndocumented is a page that names neither If-Match nor Prefer.
	ClassHeadersUndocumented = "headers-undocumented"
	// ClassHeaderValueUnknown is a header that an update needs and that has no value on the page.
	ClassHeaderValueUnknown = "header-value-unknown"
	// ClassStatusDisagrees is a response example whose status the Response section
	// does not name as the outcome.
	ClassStatusDisagrees = "status-disagrees"
	// ClassStatusUndocumented is a page without a success status.
	ClassStatusUndocumented = "status-undocumented"
	// ClassSeveralStatuses is a Response section with more than one success status.
	ClassSeveralStatuses = "several-statuses"
	// ClassReasonPhrase is a status with the reason phrase of another.
	ClassReasonPhrase = "reason-phrase"
	// ClassBodyDisagrees is a Response sentence and an example that differ on
	// whether there is a body.
	ClassBodyDisagrees = "body-disagrees"
	// ClassTypeDisagrees is a returned type that the page names in two ways.
	ClassTypeDisagrees = "type-disagrees"
	// ClassSeveralPaths is more than one request line.
	ClassSeveralPaths = "several-paths"
	// ClassPathAlternatives is a path with a choice, as "{id | name}".
	ClassPathAlternatives = "path-alternatives"
	// ClassPathLiteralKey is a path with the key of one entity in the place of a parameter.
	ClassPathLiteralKey = "path-literal-key"
	// ClassPathParameterUnmarked is a parameter that is not in braces.
	ClassPathParameterUnmarked = "path-parameter-unmarked"
	// ClassPathParameterRepeated is a path that uses one parameter name twice.
	ClassPathParameterRepeated = "path-parameter-repeated"
	// ClassTypeUndefined is a type of the table that neither the page nor a resource page defines.
	ClassTypeUndefined = "type-undefined"
	// ClassTypeAbstract is an example whose @odata.type is abstract.
	ClassTypeAbstract = "type-abstract"
	// ClassResourceUnreadable is a page that a link leads to and that cannot be read.
	ClassResourceUnreadable = "resource-unreadable"
	// ClassMetadataDisagrees is a fact on which the page and the metadata differ.
	ClassMetadataDisagrees = "metadata-disagrees"
	// ClassMetadataLacks is a type or a property that the metadata does not have.
	ClassMetadataLacks = "metadata-lacks"
	// ClassPermissionsDisagree is a kind of caller for which the page and the published
	// permissions name different ones.
	ClassPermissionsDisagree = "permissions-disagree"
	// ClassPermissionsLack is a request that the published permissions do not have.
	ClassPermissionsLack = "permissions-lack"
)

// FindingKind says whether a finding blames the page.
type FindingKind string

// The kinds of findings.
const (
	// Defect: the page departs from the house style of the Graph reference, or contradicts
	// itself. Its author can repair it.
	Defect FindingKind = "defect"
	// Assumption: the page is in house style and leaves something open; the finding says
	// what was taken for it.
	Assumption FindingKind = "assumption"
)

// KindOf gives the kind of a class; one that is not known is a defect. Most pages of the Graph
// reference list the sentinel of an enum, include a text, show more in an example than their
// table has, or say nothing of errors: that is no defect.
func KindOf(class string) FindingKind {
	switch class {
	case ClassErrorsUndocumented, ClassHeadersUndocumented, ClassHeaderValueUnknown, ClassIncludeUnresolved, ClassPropertyNotListed, ClassSentinelSettable,
		ClassSeveralStatuses, ClassSeveralPaths, ClassPathAlternatives, ClassPathParameterRepeated, ClassEnumRange, ClassBoundUnread, ClassTableElsewhere, ClassPropertyNested, ClassStreamListed,
		ClassTypeUndefined, ClassResourceUnreadable, ClassPermissionsLack, ClassPropertyInTables:
		return Assumption
	}
	return Defect
}

// ClassInfo describes a class of findings.
type ClassInfo struct {
	Name string
	// Summary says in one sentence what is wrong with the page.
	Summary string
}

// Classes lists the classes of findings by name.
func Classes() []ClassInfo {
	classes := []ClassInfo{
		{ClassTodoMarker, "The page's template left a TODO behind."},
		{ClassPlaceholderValue, "An example shows the name of a type where a value belongs."},
		{ClassExampleOutsideEnum, "An example shows a value that is no member of the property's enum."},
		{ClassExampleOutsideBounds, "An example sends a value outside of the limits that the description of the property states."},
		{ClassExampleWrongType, "An example shows a value of another type than the table says."},
		{ClassExampleNotJSON, "An example body is not JSON."},
		{ClassExampleURL, "The URL of an example fits no request line of the page."},
		{ClassServerSetListed, "The table offers a property that only the server sets."},
		{ClassServerSetSent, "The request example sends a property that only the server sets."},
		{ClassSentinelSettable, "The values to send include the sentinel of an evolvable enum."},
		{ClassBoundUnread, "A description limits the values of a property in words that are not understood."},
		{ClassEnumMemberRepeated, "An enum lists a member twice."},
		{ClassPropertyNotListed, "An example shows a property that the table does not have."},
		{ClassPropertyRepeated, "The table has two rows for a property."},
		{ClassPropertyInTables, "Several tables of the request body have a row for one property."},
		{ClassPropertyNested, "The table has a row for a property within another."},
		{ClassStreamListed, "The table offers a stream, which is no part of a JSON body."},
		{ClassTableMissing, "The page has no table of properties to send."},
		{ClassAnnotationWithoutType, "The annotation of a response names no type."},
		{ClassAnnotationInvalid, "An annotation is not JSON."},
		{ClassFrontMatter, "The front matter cannot be read."},
		{ClassTableGlued, "A table has no blank line above it."},
		{ClassTableUnreadable, "Lines look like a table and are none."},
		{ClassTableUnknown, "A table of the request body has no column for names."},
		{ClassRowSplit, "A row of a table goes on in the next line."},
		{ClassRowOverflow, "A row has more cells than the table has columns."},
		{ClassRowStray, "A row of the body table is no property."},
		{ClassEnumRange, "The values of a property are given as a range."},
		{ClassRequestLine, "A line of the HTTP request section has no readable path."},
		{ClassRequestMethod, "A line of the HTTP request section has no method."},
		{ClassTableElsewhere, "A table stands in another section than those that are read."},
		{ClassExampleUnreadable, "An example does not start with a request line or a status line."},
		{ClassBodyGlued, "An example has no blank line between headers and body."},
		{ClassHeadingForm, "A line that a reader takes for a heading, and Markdown does not."},
		{ClassPageOddity, "The page departs from the dialect of the Graph reference."},
		{ClassIncludeUnresolved, "Text of the contract stands on a page that is not here."},
		{ClassErrorsUndocumented, "The page names no error answer."},
		{ClassHeaderValueUnknown, "The page requires a header of an update and names no value of it."},
		{ClassHeadersUndocumented, "The header table names neither If-Match nor Prefer."},
		{ClassStatusDisagrees, "The Response section and the example name different statuses."},
		{ClassStatusUndocumented, "The page names no success status."},
		{ClassSeveralStatuses, "The Response section names several success statuses."},
		{ClassReasonPhrase, "A status stands beside the reason phrase of another."},
		{ClassBodyDisagrees, "The Response section and the example differ on whether there is a body."},
		{ClassTypeDisagrees, "The page names the returned type in different ways."},
		{ClassSeveralPaths, "The page has several request lines."},
		{ClassPathAlternatives, "The path offers a choice."},
		{ClassPathLiteralKey, "A path has the key of one entity in the place of a parameter."},
		{ClassPathParameterUnmarked, "A path has a parameter that is not in braces."},
		{ClassPathParameterRepeated, "The path uses one parameter name twice."},
		{ClassTypeUndefined, "Neither the page nor a resource page defines a type."},
		{ClassTypeAbstract, "An example has an abstract type."},
		{ClassResourceUnreadable, "A page that a link leads to cannot be read."},
		{ClassMetadataDisagrees, "The page and the metadata differ."},
		{ClassMetadataLacks, "The metadata does not have what the page names."},
		{ClassPermissionsDisagree, "The page and the published permissions differ."},
		{ClassPermissionsLack, "The published permissions do not have the request of the page."},
	}
	slices.SortFunc(classes, func(a, b ClassInfo) int { return cmp.Compare(a.Name, b.Name) })
	return classes
}

// sortFindings orders findings by line, then class, then text.
func sortFindings(f []Finding) {
	slices.SortFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Source.Line, b.Source.Line), cmp.Compare(a.Class, b.Class),
			cmp.Compare(a.Text, b.Text))
	})
}

// pageFindings collects what is wrong with the page as a document.
func (b *builder) pageFindings() {
	for _, t := range b.page.Todos {
		b.find(ClassTodoMarker, t.Line, "The marker promises nothing.", "A marker of the template is left: %s.", short(t.Value))
	}
	var known []ClassInfo
	if len(b.page.Oddities) > 0 {
		known = Classes()
	}
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
		if b.matters(i) {
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
// permissions, or the body table or the words that introduce it. A disclaimer does not.
func (b *builder) matters(i graphdoc.Text) bool {
	include := strings.ToLower(i.Value)
	for _, in := range b.page.BodyIncludes {
		if in.Path == i {
			return !in.Read && (len(b.page.Properties) == 0 || strings.Contains(include, "table-intro"))
		}
	}
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
