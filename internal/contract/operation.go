// Package contract turns a reference page into an Operation: what the page
// promises, each fact with the line behind it, and the findings where the page
// disagrees with itself. It also derives the JSON Schemas of the Operation.
//
// It knows Microsoft Graph and OData. It knows no resource: property names, enum
// members and paths come from the page; the names that Graph gives the same
// meaning everywhere (the key, the dates a server sets) come from package
// convention.
package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"graphpact/internal/edm"
	"graphpact/internal/lazyregexp"
)

// Source says where a fact comes from: a line of a page, or a named convention.
type Source struct {
	// File and Line are the page and its 1-based line.
	File string
	Line int
	// Rule is the id of a convention (package convention); set when no line is.
	Rule string
}

// IsZero reports whether there is no source.
func (s Source) IsZero() bool { return s == Source{} }

// String gives "page.md:72", or the id of the convention.
func (s Source) String() string {
	if s.Rule != "" {
		return s.Rule
	}
	if s.Line == 0 {
		return s.File
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}

// Short is String with the page's base name for its path, as a report shows it.
func (s Source) Short() string {
	if s.File != "" {
		s.File = base(s.File)
	}
	return s.String()
}

// Fact is a value with its source.
type Fact[T any] struct {
	Value  T
	Source Source
}

// Operation is what one "Update X" page promises.
type Operation struct {
	// stateAt ends the names of the provider states, and of the name of the Operation; see
	// TellApart.
	stateAt, of string
	// Title is the page's title, as "Update lamp".
	Title Fact[string]
	// Page is the file, and Digest the SHA-256 of its bytes ("sha256:…").
	Page, Digest string
	// Text is the page, each end of a line as "\n".
	Text string
	// Method is the HTTP method, "PATCH".
	Method Fact[string]
	// Path is the template of the entity's path below the version segment.
	Path Path
	// RequestLines are all request lines of the page that can be sent, in its order; one of
	// them is Method and Path.
	RequestLines []RequestLine
	// Namespace and Resource name the type, as microsoft.graph and lamp.
	Namespace Fact[string]
	Resource  Fact[string]
	// Success is the documented success answer.
	Success Success
	// RequestMediaType and ResponseMediaType are the documented media types
	// ("application/json" by convention where the page does not say).
	RequestMediaType  Fact[string]
	ResponseMediaType Fact[string]
	// Properties are the rows of the body table followed by what only the examples
	// show, in the page's order. Annotations (@odata.…) are not among them.
	Properties []Property
	// RequestType and ResponseType are the @odata.type values of the examples, without '#'.
	RequestType, ResponseType Fact[string]
	// IfMatch has a source where the page says that an update needs If-Match.
	IfMatch Fact[bool]
	// TypeAnnotation is the @odata.type that goes along with an update; its Value is empty
	// where the page neither shows nor demands one.
	TypeAnnotation TypeAnnotation
	// OpenType has a source where the page calls the type open: names that it does not
	// know may be kept.
	OpenType Fact[bool]
	// Annotations are the rows of the table and the members of the examples that are control
	// information and no properties, as lamp@odata.bind.
	Annotations []Annotation
	// Headers are the rows of the header table, and Answers the statuses that the page names,
	// those of errors too.
	Headers []Header
	Answers []Answer
	// Examples are the HTTP messages of the page, in its order, with their use.
	Examples []Example
	// Permissions are the permissions that the page itself names.
	Permissions []Permission
	// PermissionGroups are the rows of the permissions table that head others.
	PermissionGroups []Fact[string]
	// Agreement counts where the pages and the metadata say the same; empty without metadata.
	Agreement []Agreement
	// Findings are the defects of the page, by line.
	Findings []Finding
}

// TypeAnnotation is the @odata.type of an update.
type TypeAnnotation struct {
	// Value is the annotation as it is sent, as "#microsoft.graph.lamp".
	Value string
	// Required is set where a sentence of the page demands it.
	Required bool
	Source   Source
}

// Annotation is control information that the page names (OData JSON Format 4.01 section 4.6).
type Annotation struct {
	// Name is the whole name, as lamp@odata.bind.
	Name string
	// Listed is set where the table has it, with its type.
	Listed bool
	Type   Type
	Source Source
}

// Permission is a permission with the kind of sign-in that it belongs to.
type Permission struct {
	Kind   string
	Names  []string
	Source Source
}

// Path is a path template below the base URL, as
// /rooms/{roomId}/lamps/{lampId}.
type Path struct {
	Template string
	// Params are the parameters in order; the last one is the key of the entity when
	// the path ends in it.
	Params []Param
	Source Source
	// Below is what Template begins with that is no part of the page, as /beta; see
	// Operation.Below.
	Below string
}

// KeyParam gives the parameter that the path ends in, where it does: the whole of its last
// segment is the key of the entity, or the segment has it in brackets, without a name. A cast to a
// derived type may follow (OData 4.01 URL Conventions 4.11).
func (p Path) KeyParam() (name string, ok bool) {
	if len(p.Params) == 0 {
		return "", false
	}
	name = p.Params[len(p.Params)-1].Name
	path := WithoutCast(p.Template)
	return name, strings.HasSuffix(path, "/{"+name+"}") ||
		strings.HasSuffix(path, "('{"+name+"}')") || strings.HasSuffix(path, "({"+name+"})")
}

// WithoutCast is a path template without the cast to a derived type at its end: a last segment that
// is a qualified name.
func WithoutCast(template string) string {
	i := strings.LastIndexByte(template, '/')
	if last := template[i+1:]; i > 0 && strings.Contains(last, ".") && !strings.ContainsAny(last, "{}()'") {
		return template[:i]
	}
	return template
}

// Param is a path parameter.
type Param struct {
	Name   string
	Source Source
	// Alternatives are the other keys that the page allows in its place, as callSign of
	// {id | callSign}.
	Alternatives []string
}

// AlternateKey reports whether the last parameter may be another key of the entity than
// its id: the page offers a choice, or the path names the key, as (name='{name}').
func (p Path) AlternateKey() bool {
	if len(p.Params) == 0 {
		return false
	}
	last := p.Params[len(p.Params)-1]
	return len(last.Alternatives) > 0 || namedKey().MatchString(p.Template)
}

// namedKey is a key that the path gives with its name (OData 4.01 URL Conventions 4.3.5).
var namedKey = lazyregexp.New(`\(\s*\w+\s*=\s*'?\{[^{}]+\}'?\s*\)/?$`)

// Success is the documented success answer.
type Success struct {
	// Status is the documented code, and Source its line.
	Status int
	Source Source
	// Body is set when the page says that the updated entity is returned.
	Body Fact[bool]
	// Alternatives are the other success answers that the page allows.
	Alternatives []Alternative
}

// Alternative is a success answer beside the one of Success.
type Alternative struct {
	Status int
	// OnlyWithPrefer is set where the page ties it to a Prefer header.
	OnlyWithPrefer bool
	// Contradicts is set where an example of the page shows the status and its prose names
	// another one: which of the two holds is not known.
	Contradicts bool
	Source      Source
}

// Allows gives the alternative that a status is, as one that a request without Prefer, or
// with it, may get; false where the page does not name the status beside Success.Status.
func (s Success) Allows(status int, prefer bool) (Alternative, bool) {
	for _, a := range s.Alternatives {
		if a.Status == status && (prefer || !a.OnlyWithPrefer) {
			return a, true
		}
	}
	return Alternative{}, false
}

// Others names the statuses that the page allows beside Status without a Prefer header, with their
// lines; empty where there is none.
func (s Success) Others() string {
	var out []string
	for _, a := range s.Alternatives {
		if !a.OnlyWithPrefer {
			out = append(out, fmt.Sprintf("%d (%s)", a.Status, a.Source.Short()))
		}
	}
	return strings.Join(out, ", ")
}

// Role is a meaning that Graph gives a property by convention.
type Role string

// The roles. A property without a role is an ordinary one.
const (
	RoleKey      Role = "key"      // the entity's key; it never changes
	RoleCreated  Role = "created"  // the date of creation; the server sets it once
	RoleModified Role = "modified" // the date of the last modification; the server sets it at each update
)

// Nullable says whether null is a legal value.
type Nullable int

// The values of Nullable.
const (
	NullableUnknown Nullable = iota
	NullableYes
	NullableNo
)

// Property is a property of the entity.
type Property struct {
	Name   string
	Source Source
	Type   Type
	// Role is the conventional meaning; empty for an ordinary property.
	Role Role
	// Listed is set when the page offers the property to send: it is in the request body
	// table, or where that has none that can be set, in a request example.
	Listed bool
	// FromExample is set beside Listed where a request example offers it, and no table.
	FromExample bool
	// ReadOnly has a source when the page says that an update does not set the property:
	// it is read-only, cannot be changed, or is set at creation alone.
	ReadOnly Fact[bool]
	// Nullable comes from "Optional." and "Required." of the row.
	Nullable Fact[Nullable]
	// Shown has a source when the response example shows the property.
	Shown Fact[bool]
	// Sent has a source when the request example sends the property.
	Sent Fact[bool]
	// Description is the description of the page as plain text.
	Description string
	// Named are the values that the user or the page names, those preferred first.
	Named []Value
	// Bounds are the limits that the page states for the values.
	Bounds Bounds
	// Flags has a source where a value of the enum may be several members, with commas
	// between.
	Flags Fact[bool]
	// Witnesses are what the sources say of the property, one after the other: the page, the
	// resource pages, the metadata. Empty where the page is the only source.
	Witnesses []Witness
	// Excluded is set where the user leaves the property out: it is neither sent nor
	// expected.
	Excluded bool
	// Now is the time by which "in the future" is meant; zero for far in the future.
	Now time.Time
}

// ServerSet reports whether only the server may set the property: by convention
// (its role) or because the page says read-only.
func (p Property) ServerSet() bool { return p.Role != "" || p.ReadOnly.Value }

// inTable reports whether a table of the page lists the property.
func (p Property) inTable() bool { return p.Listed && !p.FromExample }

// Settable reports whether a client may set the property by this operation. A stream is no
// part of a JSON body (OData JSON Format 4.01 section 9).
func (p Property) Settable() bool {
	return p.Listed && !p.ServerSet() && !p.Excluded && p.Type.Edm != edm.Stream
}

// Type is the type of a property.
type Type struct {
	// Name is the type as the page names it, without "collection".
	Name string
	// Edm is the OData primitive type, as Edm.DateTimeOffset; empty for an enum or a
	// structured type, and for a name that is not known.
	Edm        string
	Collection bool
	// Enum are the documented members, in order; empty for anything but an enum. A
	// String for which the page lists the possible values has both Edm and Enum.
	Enum []Member
	// Shape is the JSON type that the examples show where the page only names the
	// type: "object" for a structured one, "string" for an enum described elsewhere;
	// of the items where Collection is set. Empty where Edm or Enum say more.
	Shape string
	// Structure is the structured type, where a resource page or the metadata defines it.
	Structure *Structure
	Source    Source
}

// IsEnum reports whether the page lists members for the type.
func (t Type) IsEnum() bool { return len(t.Enum) > 0 }

// Member is a member of an enum.
type Member struct {
	Value  string
	Source Source
	// Sentinel marks unknownFutureValue of an evolvable enum: never a value to set.
	Sentinel bool
	// Beyond marks a member listed after the sentinel: sent and returned only with
	// Prefer: include-unknown-enum-members.
	Beyond bool
	// Given marks a member that a user has given, and the page does not have.
	Given bool
}

// Finding is a defect of the page and what graphpact assumed instead.
type Finding struct {
	// Class is a stable name, as "placeholder-value"; the classes are the Class… constants.
	Class  string
	Source Source
	// Text says what is wrong, in one sentence that quotes the page.
	Text string
	// Assumed says what graphpact took instead.
	Assumed string
}

// QualifiedType is the full name of the resource type, as
// microsoft.graph.lamp; empty where the page names none.
func (o *Operation) QualifiedType() string {
	if o.Resource.Value == "" || strings.Contains(o.Resource.Value, ".") || o.Namespace.Value == "" {
		return o.Resource.Value
	}
	return o.Namespace.Value + "." + o.Resource.Value
}

// Property gives the property of that name.
func (o *Operation) Property(name string) (Property, bool) {
	if i := o.index(name); i >= 0 {
		return o.Properties[i], true
	}
	return Property{}, false
}

// index gives the place of the property of that name, -1 where there is none.
func (o *Operation) index(name string) int {
	return slices.IndexFunc(o.Properties, func(p Property) bool { return p.Name == name })
}

// At gives the Operation with the time by which "in the future" is meant. What is recorded,
// to be played on another day, goes without: by the zero time.
func (o *Operation) At(now time.Time) *Operation {
	return o.with(func(p *Property) { p.Now = now })
}

// with gives the Operation with its properties changed.
func (o *Operation) with(change func(*Property)) *Operation {
	out := *o
	out.Properties = slices.Clone(o.Properties)
	for i := range out.Properties {
		change(&out.Properties[i])
	}
	return &out
}

// WithRole gives the first property that has the role and is not left out.
func (o *Operation) WithRole(r Role) (Property, bool) {
	for _, p := range o.Properties {
		if p.Role == r && !p.Excluded {
			return p, true
		}
	}
	return Property{}, false
}

// Settable gives the properties that a client may set.
func (o *Operation) Settable() []Property {
	return o.where(Property.Settable)
}

// SettableMembers are the members that a client may set without a Prefer header:
// those before the sentinel.
func (t Type) SettableMembers() []Member {
	var out []Member
	for _, m := range t.Enum {
		if !m.Sentinel && !m.Beyond {
			out = append(out, m)
		}
	}
	return out
}
