package contract

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/convention"
	"graphpact/internal/edm"
	"graphpact/internal/schema"
)

// File is a derived schema as a file.
type File struct {
	Name string
	Data []byte
}

// ErrorSchemaName is the file name of the schema of Graph's error body.
const ErrorSchemaName = "graph-error.schema.json"

// Schemas derives the schemas of the Operation as files:
// <slug>.request.schema.json, <slug>.response.schema.json and ErrorSchemaName, where
// slug is the page's file name without folder and ".md".
func Schemas(o *Operation, conv *convention.Set) ([]File, error) {
	request, err := RequestSchema(o, conv)
	if err != nil {
		return nil, err
	}
	response, err := ResponseSchema(o, conv)
	if err != nil {
		return nil, err
	}
	failure, err := ErrorSchema(conv)
	if err != nil {
		return nil, err
	}
	return []File{
		{o.schemaName("request"), request},
		{o.schemaName("response"), response},
		{ErrorSchemaName, failure},
	}, nil
}

func (o *Operation) schemaName(part string) string {
	return strings.TrimSuffix(base(o.Page), ".md") + "." + part + ".schema.json"
}

// RequestSchema derives the schema of the update's body: the listed properties,
// none required, enums without the sentinel and what is beyond it. Other
// members are legal, since any body may carry annotations.
func RequestSchema(o *Operation, conv *convention.Set) ([]byte, error) {
	d := deriver{conv: conv, sent: true}
	properties := object{{typeAnnotation, d.typeAnnotation(o)}}
	for _, p := range o.Properties {
		if p.Listed && !p.Excluded && p.Type.Edm != edm.Stream {
			properties.add(p.Name, d.property(p, p.Type.SettableMembers()))
		}
	}
	for _, a := range o.Annotations {
		if a.Listed && strings.HasSuffix(a.Name, bindSuffix) {
			properties.add(a.Name, d.bind(a))
		}
	}
	root := d.root(o, "request")
	root.set("type", "object", o.Method.Source)
	root.fields.add("properties", properties)
	d.define(root)
	return d.encode(root)
}

// ResponseSchema derives the schema of the entity that the update answers. It is
// open: a server may return more than the page names. Required is what the response
// example shows.
func ResponseSchema(o *Operation, conv *convention.Set) ([]byte, error) {
	d := deriver{conv: conv}
	properties := object{{typeAnnotation, d.typeAnnotation(o)}}
	var required []any
	var sources object
	for _, p := range o.Properties {
		properties.add(p.Name, d.property(p, p.Type.Enum))
		if p.Shown.Value && !p.Excluded {
			required = append(required, p.Name)
			sources.add(p.Name, d.cite(p.Shown.Source))
		}
	}
	root := d.root(o, "response")
	root.set("type", "object", cmp.Or(o.Success.Body.Source, o.Success.Source))
	if len(required) > 0 {
		root.fields.add("required", required)
		root.sources.add("required", sources)
	}
	root.fields.add("properties", properties)
	root.set("additionalProperties", true, Source{Rule: ruleOpenResponse})
	d.define(root)
	return d.encode(root)
}

//go:embed graph-error.schema.json
var errorSchema string

// ErrorSchema gives the schema of Graph's error body, the same for every page. The conventions
// must have the rule that its keywords cite.
func ErrorSchema(conv *convention.Set) ([]byte, error) {
	d := deriver{conv: conv}
	d.cite(Source{Rule: ruleErrorBody})
	return []byte(errorSchema), d.lacks()
}

// deriver makes the schemas of one Operation. It notes the conventions that it
// cites and does not find.
type deriver struct {
	conv *convention.Set
	// sent is set for the body of a request: what is sent keeps the bounds of the page,
	// and what is answered need not.
	sent    bool
	missing []string
	// used are the structured types that were referred to, by name.
	used map[string]*Structure
}

// lacks says which conventions are cited and not there.
func (d *deriver) lacks() error {
	if len(d.missing) == 0 {
		return nil
	}
	return fmt.Errorf("contract: the conventions lack %s; add them to conventions.yaml", strings.Join(d.missing, ", "))
}

func (d *deriver) encode(root *node) ([]byte, error) {
	if err := d.lacks(); err != nil {
		return nil, err
	}
	data, err := appendJSON(make([]byte, 0, 4<<10), root, "\n")
	if err != nil {
		return nil, fmt.Errorf("contract: encode a schema: %w", err)
	}
	return append(data, '\n'), nil
}

// cite gives a source as a schema has it: no folder, so that a schema is the
// same wherever the page lies.
func (d *deriver) cite(s Source) string {
	known := s.Rule == "" || slices.Contains(d.missing, s.Rule)
	if !known && d.conv != nil {
		_, known = d.conv.Rule(s.Rule)
	}
	if !known {
		d.missing = append(d.missing, s.Rule)
	}
	return s.Short()
}

func (d *deriver) root(o *Operation, part string) *node {
	verb := map[string]string{"request": "sent to", "response": "answered by"}[part]
	return &node{d: d, fields: object{
		{"$schema", "http://json-schema.org/draft-07/schema#"}, {"$id", o.schemaName(part)}, {"title", o.entity() + " " + part},
		{"description", fmt.Sprintf("The body %s %s %s, derived from %s.%s",
			verb, o.Method.Value, o.Path.Template, base(o.Page), o.otherLines())},
	}}
}

// otherLines names the request lines of the page that are not the operation, for the
// description of a schema.
func (o *Operation) otherLines() string {
	var others []string
	for _, l := range o.RequestLines {
		if !l.Chosen {
			others = append(others, l.String())
		}
	}
	if others == nil {
		return ""
	}
	return " The page has other request lines: " + strings.Join(others, ", ") + "."
}

// bindSuffix ends the name of a link to entities (OData JSON Format 4.0 section 8.5).
const bindSuffix = "@odata.bind"

// bind asks of a link that it is the URL of an entity, or a list of such.
func (d *deriver) bind(a Annotation) *node {
	item := d.node()
	item.set("type", "string", a.Source)
	if !a.Type.Collection {
		return item
	}
	n := d.node()
	n.set("type", "array", a.Source)
	n.set("items", item, a.Source)
	return n
}

// typeAnnotation asks of @odata.type that it is a type of the namespace: the type
// itself, or one derived from it, after "#" or as an absolute URL with it (OData 4.01
// JSON Format 4.5.3).
func (d *deriver) typeAnnotation(o *Operation) *node {
	n := d.node()
	rule := Source{Rule: ruleODataType}
	n.set("type", "string", rule)
	if ns := o.Namespace; ns.Value != "" {
		n.set("pattern", `^[^#]*#`+regexp.QuoteMeta(ns.Value)+`\.`, ns.Source)
	}
	return n
}

// property derives the schema of a property whose enum, if it has one, is members.
func (d *deriver) property(p Property, members []Member) *node {
	if !p.Type.Collection {
		n := d.value(p, members)
		n.also(p, "type")
		return n
	}
	n := d.node()
	n.set("type", p.typeKeyword("array"), p.Type.Source)
	n.also(p, "type")
	if items := d.value(p, members); len(items.fields) > 0 {
		n.set("items", items, p.Type.Source)
	}
	if d.sent {
		n.limit("minItems", p.Bounds.MinItems)
		n.limit("maxItems", p.Bounds.MaxItems)
	}
	return n
}

// value derives the schema of one value of the property.
func (d *deriver) value(p Property, members []Member) *node {
	n := d.node()
	source := p.Type.Source
	if p.Type.IsEnum() {
		n.set("type", p.typeKeyword("string"), source)
		if p.Flags.Value {
			n.set("pattern", flagsPattern(members), p.Type.Enum[0].Source)
			return n
		}
		if values := p.enumValues(members); len(values) > 0 {
			n.set("enum", values, p.Type.Enum[0].Source)
		}
		return n
	}
	limits, known := constraintOf(p.Type.Edm)
	if s := p.Type.Structure; s != nil {
		n.set("type", p.typeKeyword("object"), source)
		n.set("allOf", []any{object{{"$ref", d.ref(s)}}}, s.Sources[0])
		return n
	}
	if !known {
		if p.Type.Shape != "" {
			n.set("type", p.typeKeyword(p.Type.Shape), source)
		}
		return n
	}
	n.set("type", p.typeKeyword(limits.types...), source)
	if limits.format != "" {
		if !p.Listed && (p.Role == RoleCreated || p.Role == RoleModified) {
			// The page only shows the name; that it is a DateTimeOffset is Graph's word.
			source = Source{Rule: ruleDateTimeValue}
		}
		n.set("format", limits.format, source)
	}
	bounds := p.Bounds
	if !d.sent {
		bounds = Bounds{}
	}
	switch {
	case limits.pattern != "":
		n.set("pattern", limits.pattern, source)
	case bounds.Letters > 0:
		n.set("pattern", bounds.codePattern(), bounds.Code.Source)
	}
	if listed := bounds.numbers(); len(listed) > 0 {
		values := make([]any, 0, len(listed)+1)
		for _, v := range listed {
			values = append(values, v)
		}
		if p.mayBeNull() {
			values = append(values, nil)
		}
		n.set("enum", values, bounds.Listed.Source)
	}
	end := func(keyword, ofType string, ofPage Fact[json.Number]) {
		if value := rat(string(ofPage.Value)); value != nil && value.IsInt() {
			n.set(keyword, ofPage.Value, ofPage.Source)
		} else if ofType != "" {
			n.set(keyword, json.Number(ofType), source)
		}
	}
	end("minimum", limits.min, bounds.Min)
	end("maximum", limits.max, bounds.Max)
	if p.Role == RoleKey {
		bounds.MinLength = Fact[int]{}
	}
	n.limit("minLength", bounds.MinLength)
	n.limit("maxLength", bounds.MaxLength)
	if p.Role == RoleKey && slices.Contains(limits.types, "string") {
		n.set("minLength", 1, Source{Rule: ruleKey})
	}
	return n
}

// ref refers to the definition of a structured type. Types refer to each other in cycles, so
// each is defined once, below "definitions". A definition says nothing of null: whether it is
// legal is the property's.
func (d *deriver) ref(s *Structure) string {
	if d.used == nil {
		d.used = map[string]*Structure{}
	}
	d.used[s.Name] = s
	return "#/definitions/" + s.Name
}

// define adds the definitions of the types that the schema refers to, by name. They are open,
// as any body is, and none of their properties is required.
func (d *deriver) define(root *node) {
	defined := map[string]*node{}
	for len(defined) < len(d.used) {
		for _, name := range slices.Sorted(maps.Keys(d.used)) {
			if defined[name] == nil {
				defined[name] = d.definition(d.used[name])
			}
		}
	}
	if len(defined) == 0 {
		return
	}
	var definitions object
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		definitions.add(name, defined[name])
	}
	root.fields.add("definitions", definitions)
}

func (d *deriver) definition(s *Structure) *node {
	n := d.node()
	n.set("title", s.Name, s.Sources[0])
	typed := d.node()
	typed.set("type", "string", Source{Rule: ruleODataType})
	properties := object{{typeAnnotation, typed}}
	for _, p := range s.Properties {
		if d.sent && p.ServerSet() {
			continue // what is sent of it is ignored
		}
		members := p.Type.Enum
		if d.sent {
			members = p.Type.SettableMembers()
		}
		properties.add(p.Name, d.property(p, members))
	}
	n.fields.add("properties", properties)
	return n
}

// flagsPattern is a comma list of members; white space around a comma is read.
func flagsPattern(members []Member) string {
	var names []string
	for _, m := range members {
		names = append(names, regexp.QuoteMeta(m.Value))
	}
	one := "(" + strings.Join(names, "|") + ")"
	return "^" + one + "( ?, ?" + one + ")*$"
}

// mayBeNull reports whether null may be legal. A page that does not say forbids
// nothing: only "Required." and the key do.
func (p Property) mayBeNull() bool {
	return p.Role != RoleKey && p.Nullable.Value != NullableNo
}

// typeKeyword gives the value of "type": the name of a JSON type, or a list of several, with null
// where it may be legal.
func (p Property) typeKeyword(types ...string) any {
	var out []any
	for _, t := range types {
		out = append(out, t)
	}
	if p.mayBeNull() {
		return append(out, "null")
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

func (p Property) enumValues(members []Member) []any {
	var values []any
	for _, m := range members {
		values = append(values, m.Value)
	}
	if len(values) > 0 && p.mayBeNull() {
		values = append(values, nil)
	}
	return values
}

// base is the file name of a page given with either kind of slash.
func base(file string) string {
	return filepath.Base(strings.ReplaceAll(file, `\`, "/"))
}

// object is a JSON object that keeps its order.
type object []field

type field struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, field{name, value}) }

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) { return appendJSON(nil, o, "") }

// node is a schema under construction, with the source of each keyword.
type node struct {
	d       *deriver
	fields  object
	sources object
}

// node starts a schema, with room for the keywords that most have.
func (d *deriver) node() *node {
	return &node{d: d, fields: make(object, 0, 4), sources: make(object, 0, 3)}
}

// set adds a keyword and traces it.
func (n *node) set(keyword string, value any, source Source) {
	n.fields.add(keyword, value)
	n.sources.add(keyword, n.d.cite(source))
}

// limit adds a keyword for a limit that the page states.
func (n *node) limit(keyword string, of Fact[int]) {
	if !of.Source.IsZero() {
		n.set(keyword, of.Value, of.Source)
	}
}

// also names the other sources of a keyword that has one, behind the one that decides.
func (n *node) also(p Property, fact string) {
	for i := range n.sources {
		if n.sources[i].name != fact {
			continue
		}
		cited, _ := n.sources[i].value.(string)
		all := strings.Split(cited, ", ")
		for _, w := range p.Witnesses {
			if name := n.d.cite(w.Source); w.Fact == fact && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
		n.sources[i].value = strings.Join(all, ", ")
	}
}

// whole gives the keywords, then their sources.
func (n *node) whole() object {
	if len(n.sources) == 0 {
		return n.fields
	}
	return append(n.fields, field{schema.SourceKeyword, n.sources})
}
