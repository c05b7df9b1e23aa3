// Package graphdoc reads a Microsoft Graph reference page ("Update
// calendar") into a Page: what the page has, and on which line.
//
// It knows Markdown and the dialect of the Microsoft Graph docs. It does not
// judge: what the facts mean, and where they disagree, is decided in package
// contract.
package graphdoc

import (
	"cmp"
	"fmt"
	"slices"
)

// Text is a piece of a page together with its 1-based line. Line 0
// means that the page does not have it.
type Text struct {
	Value string
	Line  int
}

// Present reports whether the page has this piece.
func (t Text) Present() bool { return t.Line > 0 }

// Page is one documentation page. Slices keep the order of the page.
type Page struct {
	// File names the page as the caller gave it; sources are printed as File:Line.
	File string
	// Digest is "sha256:" and the hex SHA-256 of the page's bytes.
	Digest string
	// Text is the page without a byte order mark, each end of a line as "\n".
	Text string
	// FrontMatter holds the scalar keys of the YAML block on top of the page.
	FrontMatter []Field
	// Title is the text of the first level-1 heading.
	Title Text
	// Namespace is the value of the "Namespace:" line, as microsoft.graph.industryData.
	Namespace Text
	// Intro is the first paragraph of prose below the title.
	Intro Paragraph
	// Permissions are the rows of the permissions table, where the page holds the
	// table itself.
	Permissions []Permission
	// PermissionGroups are the rows of that table that head others.
	PermissionGroups []Text
	// Includes are the [!INCLUDE [name](path)] marks: text that lives in another file.
	// The value is the path.
	Includes []Text
	// BodyIncludes are those of them under "Request body", where the table of properties may be.
	BodyIncludes []BodyInclude
	// Requests are the request lines under "HTTP request".
	Requests []RequestLine
	// Headers are the rows of the header table.
	Headers []Header
	// Properties are the rows of the table under "Request body".
	Properties []Property
	// Sentences are those of the prose in front of the Response section, without tables.
	Sentences []Text
	// RequestBody and Response are the prose paragraphs of these sections.
	RequestBody []Paragraph
	Response    []Paragraph
	// Statuses are the status codes that the Response section names.
	Statuses []Status
	// ExampleStatuses are those that the prose between the examples names.
	ExampleStatuses []Status
	// Tables are the tables of other sections.
	Tables []Table
	// Examples are the HTTP messages of the example section, in order.
	Examples []Message
	// Annotations are the HTML comments that hold a JSON object.
	Annotations []Annotation
	// Todos are the lines with a TODO marker left by the page's template.
	Todos []Text
	// Oddities are departures from the dialect that a reader should know of, such
	// as a table glued to the paragraph above it.
	Oddities []Oddity
}

// BodyInclude is an include under "Request body".
type BodyInclude struct {
	// Path is the path that the mark names.
	Path Text
	// Read is set once the file was read; see Page.Include.
	Read bool
}

// Table is a table outside of the sections that the reader knows.
type Table struct {
	// Heading is the heading above it, not Present where there is none.
	Heading Text
	// Line is its header row, and Last its last row.
	Line, Last int
	// Properties are its rows where it has the columns of a body table.
	Properties []Property
}

// Field is one key of the front matter.
type Field struct {
	Key   string
	Value Text
}

// Paragraph is prose with its links.
type Paragraph struct {
	Text
	Links []Link
}

// Link is a Markdown link.
type Link struct {
	Text
	Target string
}

// Permission is a row of the permissions table.
type Permission struct {
	// Kind is the kind of sign-in, as "Delegated (work or school account)": the first
	// column, or the head of the column where the table has a row for each resource.
	Kind Text
	// Names are the permissions, in the page's order; empty for "Not supported".
	Names []string
}

// RequestLine is a line "PATCH /a/{id}" of the HTTP request section.
type RequestLine struct {
	Method Text
	// Path is the template without scheme, host and version segment, with a leading slash.
	Path Text
	// Params are the names in braces, in order.
	Params []Text
}

// Header is a row of the header table.
type Header struct {
	Name        Text
	Description Text
	// Codes are the texts in back-ticks of the description.
	Codes []string
	// Required is set when the description ends in, or contains, "Required".
	Required bool
}

// Nullability is what the trailing "Required." or "Optional." of a property row
// says. In this dialect it equals CSDL non-nullable and nullable; it is not the
// "required" of JSON Schema.
type Nullability int

// The values of Nullability.
const (
	NullabilityUnknown Nullability = iota
	Optional
	Required
)

// Property is a row of the request body table.
type Property struct {
	// File is the file that the row stands in, where the page includes it; empty for the page.
	File string
	// Table is the line of the header of its table.
	Table int
	Name  Text
	// Type is the type without the word "collection": "DateTimeOffset",
	// "microsoft.graph.windowsUpdates.deploymentState".
	Type Text
	// TypeLink is the target of the link around the type, if any.
	TypeLink string
	// Collection is set when the type column ends in the word "collection".
	Collection bool
	// Description is the whole description cell as plain text.
	Description Text
	// Enum are the members that the description lists, in order; the word null is not
	// one. Empty for the types whose values are numbers, truth values, dates or bytes.
	Enum []Text
	// Nullability comes from a trailing "Optional." or "Required.", or from a sentence about
	// null; NullabilityText is where it stands.
	Nullability     Nullability
	NullabilityText Text
	// Examples are the values that the description names as examples, or lists for a type
	// whose values are no members, in order.
	Examples []Text
	// Bounds are the limits that the description states for the values.
	Bounds []Bound
	// Several has a line where the description says that a value of the enum may be
	// several members, with commas between.
	Several Text
	// ReadOnly is set when the row says that an update does not set the property: it is
	// read-only, cannot be changed, or is set at creation alone. ReadOnlyText is the
	// sentence, where the description has it.
	ReadOnly     bool
	ReadOnlyText Text
}

// Status is a status code that the Response section names.
type Status struct {
	Code int
	// Reason is the reason phrase beside the code, as "OK".
	Reason string
	// Sentence is the whole sentence, as plain text.
	Sentence string
	Line     int
	// Returns is the type that the sentence says is returned; not Present when the
	// sentence says nothing, or says that the body is empty.
	Returns Text
	// ReturnsLink is the target of the link around the returned type, if any.
	ReturnsLink string
	// Empty is set when the sentence says that no body is returned.
	Empty bool
}

// Message is an HTTP message of the example section.
type Message struct {
	// Kind is KindRequest or KindResponse.
	Kind string
	// Line is the line of the start line (request line or status line).
	Line int
	// Method and URL of a request; Code and Reason of a response.
	Method, URL string
	Code        int
	Reason      string
	Headers     []Field
	// Body is the body's text as the page has it, and BodyLine its first line.
	Body     string
	BodyLine int
	// JSON is the decoded body; nil where there is none, and where it is not JSON and no
	// repair makes it so.
	JSON *Value
	// JSONError says why the body is not JSON; its line is the page's.
	JSONError Text
	// Repairs says what had to be repaired to read the body all the same, by line.
	Repairs []Text
	// Annotation is the HTML comment above the block, if any.
	Annotation *Annotation
}

// Value is a JSON value whose parts know their line on the page.
type Value struct {
	Line int
	// Data is nil, bool, string or json.Number for a scalar, and nil for an object
	// or an array; Kind says which.
	Data any
	// Kind is one of "null", "boolean", "string", "number", "object", "array".
	Kind    string
	Members []Member
	Items   []*Value
}

// Member is a name and value pair of a JSON object.
type Member struct {
	Name  string
	Line  int
	Value *Value
}

// Annotation is an HTML comment that holds a JSON object with a blockType.
type Annotation struct {
	Line int
	// BlockType is "request", "response", "permissions", "ignored" and so on.
	BlockType string
	// Type is the value of "@odata.type", not Present where there is none.
	Type Text
	// Fields are the top-level keys with a string, number or boolean value.
	Fields []Field
	// Error is set when the comment looks like JSON and is not valid.
	Error string
}

// Oddity is a departure from the dialect.
type Oddity struct {
	Line int
	// Class is one of the Oddity… constants.
	Class string
	Text  string
}

// The classes of Oddity.
const (
	OddityFrontMatter = "front-matter" // the front matter cannot be read
	OddityTableGlued  = "table-glued"  // no blank line is between a table and the paragraph above it
	// OddityTableUnreadable: lines that look like a table and are none, as rows cut
	// off by a blank line or a header that does not fit the line below it.
	OddityTableUnreadable = "table-unreadable"
	OddityTableUnknown    = "table-unknown" // a table under "Request body" without a column for names
	OddityRowSplit        = "row-split"     // a row goes on in the next line; it was put together
	// OddityRowOverflow: a row has more cells than the table has columns (an
	// unescaped pipe); what is too much was added to the last cell.
	OddityRowOverflow    = "row-overflow"
	OddityRowStray       = "row-stray"       // a row of the body table is no property, as a row that heads a group of others, or an empty one
	OddityEnumRange      = "enum-range"      // the values of a property are given as a range ("A1 through A9"), so its members are not known
	OddityTableElsewhere = "table-elsewhere" // a table that is not read stands in a section of its own, as one of path parameters
	OddityRequestMethod  = "request-method"  // a line of the HTTP request section has a path and no method
	OddityRequestLine    = "request-line"    // a line of the HTTP request section has no readable path
	// OddityExample: a block that is annotated as a request or response does not
	// start with a request line or status line.
	OddityExample   = "example-unreadable"
	OddityBodyGlued = "body-glued" // no blank line is between the headers and the body of an example
)

func (r *reader) oddity(line int, class, format string, args ...any) {
	r.page.Oddities = append(r.page.Oddities, Oddity{Line: line, Class: class, Text: fmt.Sprintf(format, args...)})
}

// sortOddities puts the oddities, found section by section, into the page's order.
func (r *reader) sortOddities() {
	slices.SortStableFunc(r.page.Oddities, func(a, b Oddity) int { return cmp.Compare(a.Line, b.Line) })
}
