package contract

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"graphpact/internal/graphdoc"
	"graphpact/internal/schema"
)

// exampleValues compares every example with the table. One value gives at most one
// finding: outside its enum, else a placeholder, else of the wrong type.
func (b *builder) exampleValues() {
	for i := range b.page.Examples {
		m := &b.page.Examples[i]
		b.notJSON(m)
		if m.JSON == nil || b.op.Examples[i].Use == ExampleError {
			continue
		}
		for _, e := range m.JSON.Members {
			if e.Value == nil || strings.Contains(e.Name, "@") {
				continue
			}
			if p, ok := b.op.Property(e.Name); ok && b.op.Examples[i].Use != ExampleOther {
				b.exampleValue(p, m.Kind, e.Value)
			} else {
				b.placeholders(e.Name, e.Value)
			}
		}
	}
}

// notJSON says why a body is not JSON, and what was read in its place.
func (b *builder) notJSON(m *graphdoc.Message) {
	for _, r := range m.Repairs {
		b.find(ClassExampleNotJSON, r.Line, "The body is read as if that were put right.",
			"The %s example is not JSON: %s.", m.Kind, r.Value)
	}
	if m.JSONError.Present() && len(m.Repairs) == 0 {
		b.find(ClassExampleNotJSON, m.JSONError.Line, "The body says nothing.",
			"The %s example is not JSON: %s.", m.Kind, strings.TrimSuffix(m.JSONError.Value, "."))
	}
}

func (b *builder) exampleValue(p Property, kind string, v *graphdoc.Value) {
	wrong := func() {
		b.find(ClassExampleWrongType, v.Line, "The table is right.",
			"The %s example shows %s for %q; the table says %s.", kind, quote(v), p.Name, p.Type.describe())
	}
	if v.Kind == "null" {
		if p.Nullable.Value == NullableNo {
			wrong()
		}
		return
	}
	if !p.Type.Collection {
		b.exampleItem(p, kind, v, wrong)
		return
	}
	if v.Kind != "array" {
		wrong()
		return
	}
	for _, item := range v.Items {
		b.exampleItem(p, kind, item, wrong)
	}
}

// exampleItem judges a value that is no collection.
func (b *builder) exampleItem(p Property, kind string, v *graphdoc.Value, wrong func()) {
	s, isString := v.Data.(string)
	limits, known := constraintOf(p.Type.Edm)
	switch {
	case p.Type.IsEnum() && isString:
		if !p.Type.isMember(s) {
			b.find(ClassExampleOutsideEnum, v.Line, "The enum of the table is right.",
				"The %s example shows %s for %q, which is no member of its enum.", kind, quote(v), p.Name)
		}
	case p.Type.IsEnum():
		wrong()
	case isString && isPlaceholder(p.Type.Edm, s):
		b.placeholder(p.Name, v)
	case known && !limits.allow(v):
		wrong()
	case known && kind == graphdoc.KindRequest && p.Settable() && !p.Within(plain(v)) && !p.Bounds.Future.Value && !p.Bounds.Past.Value:
		b.find(ClassExampleOutsideBounds, v.Line, "It is not sent.",
			"The %s example shows %s for %q, outside of the limits that its description states.", kind, quote(v), p.Name)
	case !known:
		b.placeholders(p.Name, v)
	}
}

// placeholders looks for type names within a value whose type the page does not give.
func (b *builder) placeholders(name string, v *graphdoc.Value) {
	if s, isString := v.Data.(string); isString && isPlaceholder("", s) {
		b.placeholder(name, v)
	}
	for _, item := range v.Items {
		b.placeholders(name, item)
	}
	for _, e := range v.Members {
		if e.Value != nil && !strings.Contains(e.Name, "@") {
			b.placeholders(name+"/"+e.Name, e.Value)
		}
	}
}

func (b *builder) placeholder(name string, v *graphdoc.Value) {
	b.find(ClassPlaceholderValue, v.Line, "The value is not taken as one.",
		"The example shows %s for %q, the name of a type.", quote(v), name)
}

// allow reports whether the value is one of the type.
func (c constraint) allow(v *graphdoc.Value) bool {
	switch data := v.Data.(type) {
	case string:
		if !slices.Contains(c.types, "string") {
			return false
		}
		if c.format != "" {
			ok, _ := schema.IsFormat(c.format, data)
			return ok
		}
		return c.pattern == "" || regexp.MustCompile(c.pattern).MatchString(data)
	case bool:
		return slices.Contains(c.types, "boolean")
	case json.Number:
		value := rat(data.String())
		return slices.Contains(c.types, "number") || slices.Contains(c.types, "integer") &&
			value != nil && value.IsInt() && value.Cmp(rat(c.min)) >= 0 && value.Cmp(rat(c.max)) <= 0
	}
	return slices.Contains(c.types, v.Kind)
}

// quote gives an example value as short JSON.
func quote(v *graphdoc.Value) string { return schema.Show(plain(v)) }

// plain turns an example value into decoded JSON.
func plain(v *graphdoc.Value) any {
	if v == nil {
		return nil
	}
	switch v.Kind {
	case "object":
		out := make(map[string]any, len(v.Members))
		for _, e := range v.Members {
			out[e.Name] = plain(e.Value)
		}
		return out
	case "array":
		out := make([]any, 0, len(v.Items))
		for _, item := range v.Items {
			out = append(out, plain(item))
		}
		return out
	}
	return v.Data
}

// exampleObjects takes the objects of the request examples as values of structured types,
// also of those that nothing defines.
func (m *merger) exampleObjects() {
	for i := range m.op.Properties {
		p := &m.op.Properties[i]
		if p.Type.Structure == nil && p.Type.Shape != "object" || !p.Listed {
			continue
		}
		for _, e := range m.messagesOf(ExampleUpdate) {
			if v := member(e.JSON, p.Name); v != nil && p.isExampleObject(v) {
				p.Named = append(p.Named, Value{plain(v), FromExample, m.at(v.Line)})
			}
		}
	}
}

// isExampleObject reports whether an example value is one of the structured type, without a
// word in the place of a value.
func (p Property) isExampleObject(v *graphdoc.Value) bool {
	if p.Type.Collection {
		return v.Kind == "array" && len(v.Items) > 0 && !slices.ContainsFunc(v.Items, func(item *graphdoc.Value) bool { return !p.item().isExampleObject(item) })
	}
	if v == nil || v.Kind != "object" || len(v.Members) == 0 {
		return false
	}
	object, _ := plain(v).(map[string]any)
	kind := p.Type.Structure.of(object)
	for _, e := range v.Members {
		q, known := kind.Property(e.Name)
		switch {
		case strings.Contains(e.Name, "@"):
		case e.Value == nil || standsIn(e.Value), known && q.ServerSet():
			return false
		case !known || e.Value.Kind == "null":
		case q.Type.Structure != nil && !q.isExampleObject(e.Value):
			return false
		case q.Type.Structure == nil && !q.mayBe(plain(e.Value)), q.Type.IsEnum() && !q.canSet(plain(e.Value)):
			return false
		}
	}
	return true
}

// standsIn reports whether a value has a word in the place of one.
func standsIn(v *graphdoc.Value) bool {
	if s, isText := v.Data.(string); isText && (isPlaceholder("", s) || standIn().MatchString(s)) {
		return true
	}
	return slices.ContainsFunc(v.Items, standsIn) ||
		slices.ContainsFunc(v.Members, func(e graphdoc.Member) bool { return e.Value != nil && standsIn(e.Value) })
}
