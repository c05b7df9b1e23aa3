// Package csdl reads the metadata of an OData service: CSDL as XML (OData 4.01 CSDL XML), the
// types with the line of each fact. It knows no Markdown and no JSON Schema, and decides
// nothing: which source holds where two disagree is for package contract.
//
// A file is read twice, and never held as a whole. New notes where each type begins; a type
// is read from there when it is asked for. Memory grows with the number of types, and not
// with their size.
package csdl

// Kind says what a type is.
type Kind string

// The kinds of types.
const (
	EntityType     Kind = "entity type"
	ComplexType    Kind = "complex type"
	EnumType       Kind = "enum type"
	TypeDefinition Kind = "type definition"
)

// Type is a type of the metadata.
type Type struct {
	Kind Kind
	// Name is the full name, as microsoft.graph.user; names never have an alias.
	Name string
	Line int
	// Abstract and Open are the attributes of the element.
	Abstract, Open bool
	// Properties are its own, without those of the base.
	Properties []Property
	// Key are the names of the key's properties.
	Key []string
	// Underlying is the primitive type of an enum or a type definition, as Edm.Int32.
	Underlying string
	// Flags is set for an enum whose value may be several members.
	Flags   bool
	Members []Member
	// Updatable is false where an annotation says that an update is not supported; with the
	// line of the annotation, 0 where there is none.
	Updatable     bool
	UpdatableLine int
}

// Property is a property or a navigation property.
type Property struct {
	Name string
	Line int
	// Type is the full name, without Collection().
	Type       string
	Collection bool
	// Nullable is the facet; true where it is not written, as CSDL says of properties.
	Nullable bool
	// MaxLength is the facet, 0 where there is none.
	MaxLength int
	// Navigation is set for a navigation property.
	Navigation bool
	// Computed, Immutable and NotUpdatable have the line of an annotation that says that the
	// server sets the value, that it is set once, that an update cannot set it.
	Computed, Immutable, NotUpdatable int
}

// Member is a member of an enum.
type Member struct {
	Name string
	Line int
}
