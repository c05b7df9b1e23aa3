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

// The classes of findings; classes says what each is. A class is a stable name: reports and suppressions use it.
const (
	ClassTodoMarker            = "todo-marker"
	ClassPlaceholderValue      = "placeholder-value"
	ClassExampleOutsideEnum    = "example-outside-enum"
	ClassExampleOutsideBounds  = "example-outside-bounds"
	ClassExampleWrongType      = "example-wrong-type"
	ClassExampleNotJSON        = "example-not-json"
	ClassExampleURL            = "example-url"
	ClassServerSetListed       = "server-set-listed"
	ClassServerSetSent         = "server-set-sent"
	ClassSentinelSettable      = "sentinel-settable"
	ClassEnumMemberRepeated    = "enum-member-repeated"
	ClassBoundUnread           = "bound-unread"
	ClassPropertyNotListed     = "property-not-listed"
	ClassPropertyRepeated      = "property-repeated"
	ClassPropertyInTables      = "property-in-tables"
	ClassPropertyNested        = "property-nested"
	ClassStreamListed          = "stream-listed"
	ClassTableMissing          = "table-missing"
	ClassAnnotationWithoutType = "annotation-without-type"
	ClassAnnotationInvalid     = "annotation-invalid"
	ClassPageOddity            = "page-oddity"
	ClassIncludeUnresolved     = "include-unresolved"
	ClassErrorsUndocumented    = "errors-undocumented"
	ClassHeadersUndocumented   = "headers-undocumented"
	ClassHeaderValueUnknown    = "header-value-unknown"
	ClassStatusDisagrees       = "status-disagrees"
	ClassStatusUndocumented    = "status-undocumented"
	ClassSeveralStatuses       = "several-statuses"
	ClassReasonPhrase          = "reason-phrase"
	ClassBodyDisagrees         = "body-disagrees"
	ClassTypeDisagrees         = "type-disagrees"
	ClassSeveralPaths          = "several-paths"
	ClassPathAlternatives      = "path-alternatives"
	ClassPathLiteralKey        = "path-literal-key"
	ClassPathParameterUnmarked = "path-parameter-unmarked"
	ClassPathParameterRepeated = "path-parameter-repeated"
	ClassTypeUndefined         = "type-undefined"
	ClassTypeAbstract          = "type-abstract"
	ClassResourceUnreadable    = "resource-unreadable"
	ClassMetadataDisagrees     = "metadata-disagrees"
	ClassMetadataLacks         = "metadata-lacks"
	ClassPermissionsDisagree   = "permissions-disagree"
	ClassPermissionsLack       = "permissions-lack"
	// Those of the oddities of package graphdoc.
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
	ClassBlockUnclosed     = graphdoc.OddityBlockUnclosed
)

// FindingKind says whether a finding blames the page.
type FindingKind string

// The kinds of findings.
const (
	// Defect: the page departs from the house style of the Graph reference, or contradicts
	// itself. Its author can repair it.
	Defect     FindingKind = "defect"
	Assumption FindingKind = "assumption" // the page is in house style and leaves something open; the finding says what was taken for it
)

// Weight is how much a finding of a class weighs, by the words of SARIF.
type Weight string

// The weights. Error: the page contradicts itself, and a reader cannot know what holds.
// Warning: it departs from the style of the reference. Note: an assumption, which is no
// defect.
const (
	WeightError   Weight = "error"
	WeightWarning Weight = "warning"
	WeightNote    Weight = "note"
)

// ClassInfo describes a class of findings.
type ClassInfo struct {
	Name   string
	Weight Weight
	// Summary says in one sentence what is wrong with the page, and Fix what its author can do.
	Summary, Fix string
}

// Kind gives the kind of the findings of the class. Most pages of the Graph reference list the
// sentinel of an enum, include a text, show more in an example than their table has, or say
// nothing of errors: that is no defect.
func (c ClassInfo) Kind() FindingKind {
	if c.Weight == WeightNote {
		return Assumption
	}
	return Defect
}

// KindOf gives the kind of a class; one that is not known is a defect.
func KindOf(class string) FindingKind {
	i := slices.IndexFunc(classes, func(c ClassInfo) bool { return c.Name == class })
	if i < 0 {
		return Defect
	}
	return classes[i].Kind()
}

// Classes lists the classes of findings by name.
func Classes() []ClassInfo {
	return slices.SortedFunc(slices.Values(classes), func(a, b ClassInfo) int { return cmp.Compare(a.Name, b.Name) })
}

// classes is the catalogue of the findings.
var classes = []ClassInfo{
	{ClassTodoMarker, WeightWarning, "The page's template left a TODO behind.", "Write what the marker stands for, or take it out."},
	{ClassPlaceholderValue, WeightWarning, "An example shows the name of a type where a value belongs.",
		"Show a real value in the example, of the type that the table names."},
	{ClassExampleOutsideEnum, WeightError, "An example shows a value that is no member of the property's enum.",
		"Show a member of the enum in the example, or add the member to the list."},
	{ClassExampleOutsideBounds, WeightError, "An example sends a value outside of the limits that the description of the property states.",
		"Show a value within the limits in the example, or correct the limits."},
	{ClassExampleWrongType, WeightError, "An example shows a value of another type than the table says.",
		"Make the example agree with the type in the table, or correct the type."},
	{ClassExampleNotJSON, WeightError, "An example body is not JSON.",
		"Write the body as JSON: no trailing comma, straight quotes, no comment."},
	{ClassExampleURL, WeightWarning, "The URL of an example fits no request line of the page.",
		"Make the URL of the example one of the request lines, with real keys in the place of the parameters."},
	{ClassServerSetListed, WeightWarning, "The table offers a property that only the server sets.",
		"Take the property out of the table of the request body, or say in its row that it cannot be updated."},
	{ClassServerSetSent, WeightWarning, "The request example sends a property that only the server sets.",
		"Take the property out of the request example."},
	{ClassSentinelSettable, WeightNote, "The values to send include the sentinel of an evolvable enum.",
		"Say that the sentinel is never sent, or leave it out of the values to send."},
	{ClassBoundUnread, WeightNote, "A description limits the values of a property in words that are not understood.",
		"Write the limit in a common form, as \"Maximum length is 128\" or \"Valid values 4 to 14\"."},
	{ClassEnumMemberRepeated, WeightWarning, "An enum lists a member twice.", "List each member once."},
	{ClassPropertyNotListed, WeightNote, "An example shows a property that the table does not have.",
		"Add a row for the property to the table, or take it out of the example."},
	{ClassPropertyRepeated, WeightWarning, "The table has two rows for a property.", "Keep one row for each property."},
	{ClassPropertyInTables, WeightNote, "Several tables of the request body have a row for one property.",
		"Nothing, where the tables are for different types or callers."},
	{ClassPropertyNested, WeightNote, "The table has a row for a property within another.",
		"Document the property of a complex type on the page of that type."},
	{ClassStreamListed, WeightNote, "The table offers a stream, which is no part of a JSON body.",
		"Take the stream out of the table: its content has a URL of its own."},
	{ClassTableMissing, WeightWarning, "The page has no table of properties to send.",
		"Add a table Property, Type, Description below \"## Request body\"."},
	{ClassAnnotationWithoutType, WeightWarning, "The annotation of a response names no type.",
		"Add \"@odata.type\" to the annotation above the response example."},
	{ClassAnnotationInvalid, WeightWarning, "An annotation is not JSON.", "Write the annotation as JSON."},
	{ClassFrontMatter, WeightWarning, "The front matter cannot be read.",
		"Write the front matter as YAML between two lines of three hyphens."},
	{ClassTableGlued, WeightWarning, "A table has no blank line above it.", "Put a blank line above the table."},
	{ClassTableUnreadable, WeightError, "Lines look like a table and are none.",
		"Write a header row and a delimiter row with as many cells."},
	{ClassTableUnknown, WeightWarning, "A table of the request body has no column for names.", "Give the table a column \"Property\"."},
	{ClassRowSplit, WeightWarning, "A row of a table goes on in the next line.", "Write the row on one line; use <br> for a break."},
	{ClassRowOverflow, WeightWarning, "A row has more cells than the table has columns.",
		"Escape the pipe in the cell as \\|, or take the extra cell out."},
	{ClassRowStray, WeightWarning, "A row of the body table is no property.", "Take the row out of the table, or name its property."},
	{ClassEnumRange, WeightNote, "The values of a property are given as a range.", "List each value."},
	{ClassRequestLine, WeightError, "A line of the HTTP request section has no readable path.",
		"Write the line as a method and a path, as PATCH /rooms/{roomId}."},
	{ClassRequestMethod, WeightWarning, "A line of the HTTP request section has no method.",
		"Begin the line with its method, as PATCH /rooms/{roomId}."},
	{ClassTableElsewhere, WeightNote, "A table stands in another section than those that are read.",
		"Put the table of the properties to send below \"## Request body\"."},
	{ClassExampleUnreadable, WeightWarning, "An example does not start with a request line or a status line.",
		"Begin the request example with method and URL, the response example with HTTP/1.1 and the status."},
	{ClassBodyGlued, WeightWarning, "An example has no blank line between headers and body.",
		"Put a blank line between the headers and the body of the example."},
	{ClassHeadingForm, WeightWarning, "A line that a reader takes for a heading, and Markdown does not.",
		"Write the heading with number signs and a space, as \"## Request body\"."},
	{ClassBlockUnclosed, WeightError, "A block of code or a comment goes on over the heading of a section.",
		"Close the block of code with a line of three back-ticks, or the comment with -->."},
	{ClassPageOddity, WeightWarning, "The page departs from the dialect of the Graph reference.",
		"Do as the other pages of the reference do."},
	{ClassIncludeUnresolved, WeightNote, "Text of the contract stands on a page that is not here.",
		"Check the page out together with what it includes."},
	{ClassErrorsUndocumented, WeightNote, "The page names no error answer.", "Name the error answers that a caller has to expect."},
	{ClassHeaderValueUnknown, WeightNote, "The page requires a header of an update and names no value of it.",
		"Name a value of the header in back-ticks, or show it in the request example."},
	{ClassHeadersUndocumented, WeightNote, "The header table names neither If-Match nor Prefer.",
		"Name If-Match and Prefer in the table of headers where the service knows them."},
	{ClassStatusDisagrees, WeightError, "The Response section and the example name different statuses.",
		"Name the same status in the Response section and in the example."},
	{ClassStatusUndocumented, WeightWarning, "The page names no success status.",
		"Name the success status in the Response section, as `204 No Content`."},
	{ClassSeveralStatuses, WeightNote, "The Response section names several success statuses.",
		"Say when each of the statuses is the answer."},
	{ClassReasonPhrase, WeightWarning, "A status stands beside the reason phrase of another.",
		"Write the reason phrase of the status, as 204 No Content."},
	{ClassBodyDisagrees, WeightError, "The Response section and the example differ on whether there is a body.",
		"Say the same of the body in the Response section and in the example: 204 has none."},
	{ClassTypeDisagrees, WeightError, "The page names the returned type in different ways.",
		"Name one type in the sentence, the annotation and the example."},
	{ClassSeveralPaths, WeightNote, "The page has several request lines.",
		"Nothing, where each line is right; --path tests another one."},
	{ClassPathAlternatives, WeightNote, "The path offers a choice.", "Nothing, where each choice is right."},
	{ClassPathLiteralKey, WeightWarning, "A path has the key of one entity in the place of a parameter.",
		"Put a parameter in braces in the place of the key, as {roomId}."},
	{ClassPathParameterUnmarked, WeightWarning, "A path has a parameter that is not in braces.",
		"Put the parameter in braces, as {roomId}."},
	{ClassPathParameterRepeated, WeightNote, "The path uses one parameter name twice.",
		"Give each parameter of the path a name of its own."},
	{ClassTypeUndefined, WeightNote, "Neither the page nor a resource page defines a type.",
		"Link the type to its resource page, or list its members in the row."},
	{ClassTypeAbstract, WeightWarning, "An example has an abstract type.",
		"Show a type in the example that is derived from the abstract one."},
	{ClassResourceUnreadable, WeightNote, "A page that a link leads to cannot be read.",
		"Fix the page that the link leads to, or the link."},
	{ClassMetadataDisagrees, WeightWarning, "The page and the metadata differ.",
		"Write what the metadata says, or have the metadata corrected."},
	{ClassMetadataLacks, WeightWarning, "The metadata does not have what the page names.",
		"Take the name out, or write it as the metadata does."},
	{ClassPermissionsDisagree, WeightWarning, "The page and the published permissions differ.",
		"Generate the table of permissions anew from the published permissions."},
	{ClassPermissionsLack, WeightNote, "The published permissions do not have the request of the page.",
		"Have the request added to the published permissions, or correct the path."},
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
	for _, o := range b.page.Oddities {
		class, text := o.Class, o.Text
		if !slices.ContainsFunc(classes, func(c ClassInfo) bool { return c.Name == o.Class }) {
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
