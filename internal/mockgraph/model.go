package mockgraph

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"graphpact/internal/contract"
	"graphpact/internal/convention"
)

var identifier = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*$`)

// maxIdentifier is the longest identifier, in characters (OData 4.01 CSDL 15.2). It is
// no part of the pattern: a counted repetition of these classes costs megabytes.
const maxIdentifier = 128

func isIdentifier(s string) bool {
	return utf8.RuneCountInString(s) <= maxIdentifier && identifier.MatchString(s)
}

// model is what the server knows of the entities of one Operation.
type model struct {
	settable   map[string]contract.Property
	known      map[string]bool // properties that an update may name but does not change
	key        string
	modified   []string // the dates that an update moves
	namespaces []string
	types      []string // types that the page itself names
}

// newModel reads the Operation. seeded are the entities that it starts with: a
// property that Graph names everywhere may be theirs though the page leaves it out.
func newModel(op *contract.Operation, names convention.Names, seeded []Entity) *model {
	m := &model{settable: map[string]contract.Property{}, known: map[string]bool{}}
	for _, p := range op.Properties {
		if p.Excluded {
			continue // this server does not have it
		}
		// What the request example sends is for a client to set, though the table
		// may have forgotten it.
		if p.Settable() || (p.Sent.Value && !p.ServerSet()) {
			m.settable[p.Name] = p
		} else {
			m.known[p.Name] = true
		}
		if p.Role == contract.RoleModified {
			m.modified = append(m.modified, p.Name)
		}
	}
	m.key = keyName(op, names)
	if m.key != "" {
		m.known[m.key] = true
	}
	for _, e := range seeded {
		for _, member := range e.Body {
			if _, ok := op.Property(member.Name); ok {
				continue
			}
			if slices.Contains(names.Modified, member.Name) && !slices.Contains(m.modified, member.Name) {
				m.modified = append(m.modified, member.Name)
			}
			if slices.Contains(names.Modified, member.Name) || slices.Contains(names.Created, member.Name) {
				m.known[member.Name] = true
			}
		}
	}
	for _, name := range []string{op.Namespace.Value, parentName(op.QualifiedType())} {
		if name != "" && !slices.Contains(m.namespaces, name) {
			m.namespaces = append(m.namespaces, name)
		}
	}
	m.types = []string{op.RequestType.Value, op.ResponseType.Value}
	return m
}

// keyName is the key that the page shows, or else the one that Graph gives every entity.
func keyName(op *contract.Operation, names convention.Names) string {
	if p, ok := op.WithRole(contract.RoleKey); ok {
		return p.Name
	}
	if len(names.Key) > 0 {
		return names.Key[0]
	}
	return ""
}

// reading says how a request wants its body read.
type reading struct {
	// beyond: the client knows the members after the sentinel
	// (Prefer: include-unknown-enum-members).
	beyond bool
	// ieee754: Int64 and Decimal are strings (media type parameter IEEE754Compatible).
	ieee754 bool
}

// check reads the body of an update and gives what it sets. Left out are
// annotations (JSON Format 4.5), properties that only the server sets (Protocol
// 11.4.3: ignored) and the sentinel of an evolvable enum (Graph guidelines: counts
// as absent).
func (m *model) check(body Object, how reading) (Object, error) {
	var patch Object
	for _, member := range body {
		if name := member.Name; name == "@odata.type" || name == "@type" {
			if err := m.checkType(member.Value); err != nil {
				return nil, err
			}
			continue
		}
		if strings.Contains(member.Name, "@") || m.known[member.Name] {
			continue
		}
		p, ok := m.settable[member.Name]
		if !ok {
			return nil, fmt.Errorf("the property %s does not exist on the type, or cannot be updated", short(member.Name))
		}
		if err := checkProperty(p, member.Value, how); err != nil {
			return nil, err
		}
		if !namesSentinel(p.Type, member.Value) {
			patch = append(patch, member)
		}
	}
	return patch, nil
}

// checkType holds @odata.type to the namespace (JSON Format 4.5.3). Which types
// derive from the page's the page does not say, so any name in it will do.
func (m *model) checkType(raw json.RawMessage) error {
	value, ok := text(raw)
	if !ok {
		return fmt.Errorf("@odata.type: %s is not a string", short(string(raw)))
	}
	name := value[strings.LastIndex(value, "#")+1:]
	if name != "" && slices.Contains(m.types, name) {
		return nil
	}
	if slices.Contains(m.namespaces, parentName(name)) && isIdentifier(name[strings.LastIndex(name, ".")+1:]) {
		return nil
	}
	return fmt.Errorf("@odata.type: %s is not a type of %s", short(value), strings.Join(m.namespaces, " or "))
}

// parentName is the namespace of a qualified name.
func parentName(name string) string {
	return name[:max(0, strings.LastIndex(name, "."))]
}

// checkProperty holds a value to the property's type and nullability.
func checkProperty(p contract.Property, raw json.RawMessage, how reading) error {
	nullable := p.Nullable.Value != contract.NullableNo && p.Role != contract.RoleKey
	// A collection is never null itself; the nullable facet of the page speaks of
	// its items (CSDL 4.01 7.2.1).
	if p.Type.Collection && !isArray(raw) {
		return fmt.Errorf("the property %s: %s is not an array", p.Name, short(string(raw)))
	}
	for _, item := range valuesOf(p.Type, raw) {
		if err := checkItem(p, item, nullable, how); err != nil {
			return err
		}
	}
	return checkBounds(p, raw)
}

// checkItem checks each member of a comma list where the enum takes several.
func checkItem(p contract.Property, raw json.RawMessage, nullable bool, how reading) error {
	list, isText := text(raw)
	if !p.Flags.Value || !isText {
		return checkValue(p.Name, p.Type, raw, nullable, how)
	}
	for _, member := range strings.Split(list, ",") {
		if err := checkValue(p.Name, p.Type, quote(strings.TrimSpace(member)), nullable, how); err != nil {
			return err
		}
	}
	return nil
}

// checkBounds holds a value of the right type to the limits that the page states.
func checkBounds(p contract.Property, raw json.RawMessage) error {
	if v := decodedJSON(raw); p.Bounds != (contract.Bounds{}) && !p.Within(v) {
		return fmt.Errorf("the property %s: %s is outside of what the page states", p.Name, short(string(raw)))
	}
	return nil
}

func checkValue(name string, t contract.Type, raw json.RawMessage, nullable bool, how reading) error {
	if isNull(raw) {
		if nullable {
			return nil
		}
		return fmt.Errorf("the property %s must not be null", name)
	}
	if !t.IsEnum() {
		if t.Shape != "" && kind(raw) != t.Shape {
			return fmt.Errorf("the property %s: %s is no JSON %s", name, short(string(raw)), t.Shape)
		}
		if err := checkEdm(t.Edm, raw, how.ieee754); err != nil {
			return fmt.Errorf("the property %s: %w", name, err)
		}
		return checkObject(name, t.Structure, raw, how)
	}
	value, _ := text(raw)
	i := slices.IndexFunc(t.Enum, func(m contract.Member) bool { return m.Value == value })
	switch {
	case i < 0 || raw[0] != '"':
		return fmt.Errorf("the property %s: %s is not a member of %s", name, short(string(raw)), t.Name)
	case t.Enum[i].Beyond && !how.beyond:
		return fmt.Errorf("the property %s: %s needs Prefer: include-unknown-enum-members", name, value)
	}
	return nil
}

// checkObject holds the properties of a value of a structured type to their types.
func checkObject(name string, s *contract.Structure, raw json.RawMessage, how reading) error {
	if s == nil {
		return nil
	}
	var object Object
	if err := json.Unmarshal(raw, &object); err != nil {
		return fmt.Errorf("the property %s: %w", name, err)
	}
	kind := s
	if named, ok := object.Get("@odata.type"); ok {
		value, _ := text(named)
		for _, d := range s.Derived {
			if d.Name == value[strings.LastIndex(value, "#")+1:] {
				kind = d
			}
		}
	}
	for _, member := range object {
		if strings.Contains(member.Name, "@") {
			continue
		}
		p, known := kind.Property(member.Name)
		switch {
		case !known:
			// The example of an update page may name more than the resource page.
		case p.ServerSet():
		default:
			p.Name = name + "/" + p.Name
			if err := checkProperty(p, member.Value, how); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesSentinel reports whether a value is, or a collection holds, the sentinel of
// an evolvable enum. Such a collection is absent as a whole: half of it would be a
// value that nobody asked for.
func namesSentinel(t contract.Type, raw json.RawMessage) bool {
	return slices.ContainsFunc(valuesOf(t, raw), func(v json.RawMessage) bool {
		value, ok := text(v)
		return ok && slices.ContainsFunc(t.Enum, func(m contract.Member) bool { return m.Sentinel && m.Value == value })
	})
}

// hasBeyond reports whether an enum has members after its sentinel.
func hasBeyond(t contract.Type) bool {
	return slices.ContainsFunc(t.Enum, func(m contract.Member) bool { return m.Beyond })
}

// valuesOf gives the items of a collection, and else the value.
func valuesOf(t contract.Type, raw json.RawMessage) []json.RawMessage {
	if t.Collection {
		return items(raw)
	}
	return []json.RawMessage{raw}
}

// items takes a well-formed JSON array apart.
func items(raw json.RawMessage) []json.RawMessage {
	var out []json.RawMessage
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil // cannot be: the body was parsed
	}
	return out
}
