package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"graphpact/internal/edm"
	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// properties reads the rows of the body table, then what only the examples show. Where the
// page has no body table the rows of one under another heading count, or else what the
// request examples send.
func (b *builder) properties() {
	rows := b.page.Properties
	for _, t := range b.page.Tables {
		if len(b.page.Properties) == 0 && len(t.Properties) > 0 {
			b.find(ClassTableMissing, t.Line, "Its rows count as those of the request body.",
				"The table of properties, lines %d to %d, stands under %s and not under \"Request body\".", t.Line, t.Last, short(t.Heading.Value))
			rows = append(rows, t.Properties...)
			continue
		}
		b.find(ClassTableElsewhere, t.Line, "It promises nothing.",
			"The table in lines %d to %d stands under %s and was not read.", t.Line, t.Last, short(t.Heading.Value))
	}
	b.op.Properties = slices.Grow(b.op.Properties, len(rows))
	for i := range rows {
		if rows[i].File == "" {
			b.row(&rows[i])
			continue
		}
		in := *b // what is wrong with the row is wrong in its own file
		in.page = &graphdoc.Page{File: rows[i].File}
		in.row(&rows[i])
	}
	b.noTable = !slices.ContainsFunc(b.op.Properties, Property.Settable)
	switch {
	case b.noTable && len(b.op.Properties) > 0:
		b.find(ClassTableMissing, b.op.Properties[0].Source.Line, "What the request examples send is what can be set.",
			"The table of the request body lists no property that a client can set.")
	case b.noTable:
		b.find(ClassTableMissing, b.page.Title.Line, "What the request examples send is what can be set.",
			"The page has no table of properties under \"Request body\".")
	}
	for _, m := range b.messagesOf(ExampleUpdate, ExampleAnswer) {
		b.membersOf(m)
	}
	for i := range b.op.Properties {
		b.shape(&b.op.Properties[i])
	}
}

// row adds a property of the body table.
func (b *builder) row(row *graphdoc.Property) {
	name := row.Name.Value
	if strings.Contains(name, "@") {
		b.annotation(Annotation{Name: name, Listed: true, Type: b.typeOf(row), Source: b.at(row.Name.Line)})
		return
	}
	if name == "" {
		return
	}
	if outer, _, nested := cutNested(name); nested {
		b.find(ClassPropertyNested, row.Name.Line, fmt.Sprintf("It is a part of %q, and not sent alone.", outer),
			"The table lists %s, a property within another.", short(name))
		return
	}
	if i := b.op.index(name); i >= 0 {
		class, where := ClassPropertyRepeated, "The table"
		if b.tableOf(name) != row.Table && sameName(b.op.Properties[i].Type.Name, row.Type.Value) {
			class, where = ClassPropertyInTables, "Another table of the request body"
		}
		b.find(class, row.Name.Line, "The first row counts.", "%s has a second row for %q.", where, name)
		return
	}
	p := Property{
		Name:        name,
		Source:      b.at(row.Name.Line),
		Type:        b.typeOf(row),
		Listed:      true,
		Description: row.Description.Value,
	}
	if row.ReadOnly {
		p.ReadOnly = fact(b, true, cmp.Or(row.ReadOnlyText.Line, row.Description.Line, row.Name.Line))
	}
	nullability := cmp.Or(row.NullabilityText.Line, row.Description.Line)
	switch row.Nullability {
	case graphdoc.Optional:
		p.Nullable = fact(b, NullableYes, nullability)
	case graphdoc.Required:
		p.Nullable = fact(b, NullableNo, nullability)
	case graphdoc.NullabilityUnknown:
	}
	if row.Several.Present() && p.Type.Edm == "" {
		p.Flags = fact(b, true, row.Several.Line)
	}
	p.Role = b.roleOf(&p)
	b.bounds(&p, row)
	b.named(&p, row)
	if p.Role != "" && !row.ReadOnly {
		b.find(ClassServerSetListed, row.Name.Line, "Only the server sets it.",
			"The table offers %q to send; it is %s.", name, roleText(p.Role))
	}
	if p.Type.Edm == edm.Stream {
		b.find(ClassStreamListed, row.Name.Line, "It is sent by a request of its own, and not in the JSON body.",
			"The table lists %q, a stream.", name)
	}
	b.op.Properties = append(b.op.Properties, p)
	b.sentinel(&p)
}

// tableOf is the line of the table that the first row of a property stands in.
func (b *builder) tableOf(name string) int {
	i := slices.IndexFunc(b.page.Properties, func(row graphdoc.Property) bool { return row.Name.Value == name })
	if i < 0 {
		return 0
	}
	return b.page.Properties[i].Table
}

// cutNested reads a dotted name, as address.city, or one with a slash.
func cutNested(name string) (outer, inner string, nested bool) {
	i := strings.IndexAny(name, "./")
	if i <= 0 || i == len(name)-1 {
		return "", "", false
	}
	return name[:i], name[i+1:], true
}

func (b *builder) sentinel(p *Property) {
	if !p.Settable() {
		return
	}
	for _, m := range p.Type.Enum {
		if m.Sentinel {
			b.find(ClassSentinelSettable, m.Source.Line, "It is never a value to set.",
				"The values of %q to send include %q.", p.Name, m.Value)
		}
	}
}

func (b *builder) typeOf(row *graphdoc.Property) Type {
	t := Type{Name: row.Type.Value, Collection: row.Collection, Source: b.at(row.Type.Line)}
	if inner, ok := strings.CutPrefix(t.Name, "Collection("); ok {
		t.Name, t.Collection = strings.TrimSuffix(inner, ")"), true
	}
	t.Edm = edmOf(t.Name)
	if t.Edm != "" && t.Edm != edm.String {
		// "0 - off, 1 - on" beside an Int32 explains numbers; they are no members.
		return t
	}
	for _, e := range row.Enum {
		if t.isMember(e.Value) {
			b.find(ClassEnumMemberRepeated, e.Line, "It is one member.", "The enum of %q lists %q twice.", row.Name.Value, e.Value)
			continue
		}
		t.Enum = b.withMember(t.Enum, e.Value, b.at(e.Line))
	}
	return t
}

// withMember adds a member to an enum; one behind the sentinel is beyond it.
func (b *builder) withMember(enum []Member, name string, at Source) []Member {
	beyond := len(enum) > 0 && (enum[len(enum)-1].Sentinel || enum[len(enum)-1].Beyond)
	return append(enum, Member{Value: name, Source: at, Beyond: beyond, Sentinel: name == b.conv.Names.Sentinel})
}

// roleOf gives the conventional meaning of a name. A date has it only where its
// type allows it.
func (b *builder) roleOf(p *Property) Role {
	names, t := b.conv.Names, p.Type
	mayBeDate := t.Edm == edm.DateTimeOffset || (t.Edm == "" && !t.IsEnum())
	switch {
	case t.Collection:
		return ""
	case slices.Contains(names.Key, p.Name):
		return RoleKey
	case mayBeDate && slices.Contains(names.Created, p.Name):
		return RoleCreated
	case mayBeDate && slices.Contains(names.Modified, p.Name):
		return RoleModified
	}
	return ""
}

func roleText(r Role) string {
	switch r {
	case RoleKey:
		return "the key of the entity"
	case RoleCreated:
		return "the date of creation, which the server sets"
	case RoleModified:
		return "the date of the last modification, which the server sets"
	}
	return "an ordinary property"
}

// membersOf marks the properties of an example as sent or shown, and adds those
// that the table does not have.
func (b *builder) membersOf(m *graphdoc.Message) {
	v := body(m)
	if v == nil {
		return
	}
	for _, e := range v.Members {
		if strings.Contains(e.Name, "@") {
			b.annotation(Annotation{Name: e.Name, Source: b.at(e.Line)})
			continue
		}
		i := b.op.index(e.Name)
		if i < 0 {
			i = len(b.op.Properties)
			b.op.Properties = append(b.op.Properties, b.unlisted(e))
		}
		p := &b.op.Properties[i]
		if m.Kind == graphdoc.KindRequest {
			if !p.Sent.Source.IsZero() {
				continue
			}
			p.Sent = fact(b, true, e.Line)
			if b.noTable && !p.Listed {
				p.Listed, p.FromExample = true, true
				b.named(p, &graphdoc.Property{})
			}
			if p.ServerSet() {
				b.find(ClassServerSetSent, e.Line, "It is not sent.",
					"The request example sends %q, which only the server sets.", p.Name)
			}
		} else if m == b.shown {
			p.Shown = fact(b, true, e.Line)
		}
	}
}

// annotation adds control information that the page names; the first place counts.
func (b *builder) annotation(a Annotation) {
	if !slices.ContainsFunc(b.op.Annotations, func(known Annotation) bool { return known.Name == a.Name }) {
		b.op.Annotations = append(b.op.Annotations, a)
	}
}

// unlisted makes a property of what an example shows.
func (b *builder) unlisted(e graphdoc.Member) Property {
	p := Property{Name: e.Name, Source: b.at(e.Line), Type: Type{Source: b.at(e.Line)}}
	p.Role = b.roleOf(&p)
	p.Type.Edm, p.Type.Collection = shownType(e.Value)
	if isText := e.Value != nil && (e.Value.Kind == "string" || e.Value.Kind == "null"); isText {
		switch p.Role {
		case RoleKey:
			p.Type.Edm = edm.String
		case RoleCreated, RoleModified:
			p.Type.Edm = edm.DateTimeOffset
		}
	}
	if !b.noTable {
		note := ""
		if p.Role != "" {
			note = "; it is " + roleText(p.Role)
		}
		b.find(ClassPropertyNotListed, e.Line, "It exists and cannot be set.",
			"The example shows %q, which the table does not list%s.", e.Name, note)
	}
	return p
}

// shownType guesses the type of an example value, and never more than its JSON
// type and a plain format: one value does not show a range.
func shownType(v *graphdoc.Value) (edmType string, collection bool) {
	if v == nil {
		return "", false
	}
	switch v.Kind {
	case "boolean":
		return edm.Boolean, false
	case "number":
		return edm.Double, false
	case "string":
		s, _ := v.Data.(string)
		if isPlaceholder("", s) {
			return edmOf(s), false
		}
		if ok, _ := schema.IsFormat(schema.FormatDateTime, s); ok {
			return edm.DateTimeOffset, false
		}
		return edm.String, false
	case "array":
		if len(v.Items) > 0 {
			edmType, _ = shownType(v.Items[0])
		}
		return edmType, true
	}
	return "", false
}

// shape takes the JSON type of a type that the page only names from the examples.
func (b *builder) shape(p *Property) {
	if p.Type.Edm != "" || p.Type.IsEnum() {
		return
	}
	for _, m := range []*graphdoc.Message{b.shown, b.sent} {
		v := member(body(m), p.Name)
		if v != nil && p.Type.Collection && v.Kind == "array" && len(v.Items) > 0 {
			v = v.Items[0]
		}
		if v == nil || v.Kind == "array" || v.Kind == "null" {
			continue
		}
		if s, isString := v.Data.(string); isString && isPlaceholder("", s) {
			continue
		}
		p.Type.Shape = v.Kind
		return
	}
}

// describe names a type for a reader.
func (t Type) describe() string {
	name := cmp.Or(t.Name, strings.TrimPrefix(t.Edm, "Edm."))
	if t.Collection {
		return name + " collection"
	}
	return name
}
