package contractdiff

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"graphpact/internal/contract"
)

func (c *comparison) properties() { c.members("", c.old.Properties, c.new.Properties) }

// members compares the properties of the entity, or those of a nested type at a path such as
// "settings/".
func (c *comparison) members(at string, before, after []contract.Property) {
	find := func(of []contract.Property, name string) (contract.Property, bool) {
		i := slices.IndexFunc(of, func(p contract.Property) bool { return p.Name == name })
		if i < 0 {
			return contract.Property{}, false
		}
		p := of[i]
		p.Name = at + p.Name
		return p, true
	}
	for _, o := range before {
		n, ok := find(after, o.Name)
		o.Name = at + o.Name
		switch {
		case ok:
			c.property(o, n)
		case o.Listed: // what one example alone showed was no promise
			c.addTo(o.Name, "property-removed", o.Source, contract.Source{}, "%s is gone.", o.Name)
		}
	}
	for _, n := range after {
		if _, had := find(before, n.Name); !had && n.Listed {
			c.addTo(at+n.Name, "property-added", contract.Source{}, n.Source, "%s is new.", at+n.Name)
		}
	}
}

func (c *comparison) property(o, n contract.Property) {
	// The line of the fact itself says more than that of the row, where there is one.
	toggle := func(was, is bool, old, now contract.Source, gone, added wording) {
		c.toggle(o.Name, was, is, cmp.Or(old, o.Source), cmp.Or(now, n.Source), gone, added)
	}
	toggle(o.Settable(), n.Settable(), o.ReadOnly.Source, n.ReadOnly.Source,
		wording{"property-not-settable", "A client may not set %s any more."}, wording{"property-settable", "A client may set %s now."})
	sameType := true
	if o.Listed && n.Listed {
		sameType = c.typeOf(o, n)
	}
	toggle(o.Nullable.Value == contract.NullableNo, n.Nullable.Value == contract.NullableNo, o.Nullable.Source, n.Nullable.Source,
		wording{"property-nullable", "%s may be null now."}, wording{"property-not-nullable", "%s must not be null now."})
	if n.Flags.Value && o.Type.IsEnum() || o.Flags.Value && n.Type.IsEnum() {
		toggle(o.Flags.Value, n.Flags.Value, o.Flags.Source, n.Flags.Source,
			wording{"property-one-value", "A value of %s is one member now."},
			wording{"property-several-values", "A value of %s may be several members now."})
	}
	if sameType {
		c.definition(o, n)
	}
	c.bounds(o, n)
}

// definition compares what is known of one type: its members, or its properties.
func (c *comparison) definition(o, n contract.Property) {
	a, b := o.Type, n.Type
	switch {
	case a.IsEnum() && b.IsEnum():
		c.enum(o, n)
	case a.IsEnum() && b.Edm != "":
		c.addTo(o.Name, "bound-widened", a.Enum[0].Source, n.Source, "%s: the values are listed no longer.", o.Name)
	case a.IsEnum():
		c.addTo(o.Name, "type-definition-lost", a.Enum[0].Source, n.Source, "Nothing names the members of %s any more.", o.Name)
	case b.IsEnum() && a.Edm != "":
		c.addTo(o.Name, "bound-narrowed", o.Source, b.Enum[0].Source, "%s: the values are listed now.", o.Name)
	case b.IsEnum():
		c.addTo(o.Name, "type-definition-gained", o.Source, b.Enum[0].Source, "The members of %s are named now.", o.Name)
	case a.Structure != nil && b.Structure != nil:
		c.structure(o.Name, a.Structure, b.Structure)
	case a.Structure != nil:
		c.addTo(o.Name, "type-definition-lost", defined(a.Structure), n.Source, "Nothing defines the type of %s any more.", o.Name)
	case b.Structure != nil:
		c.addTo(o.Name, "type-definition-gained", o.Source, defined(b.Structure), "The type of %s is defined now.", o.Name)
	}
}

// structure compares a nested type, once however many properties have it: types lead back to
// themselves.
func (c *comparison) structure(at string, o, n *contract.Structure) {
	key := strings.ToLower(o.Name + " " + n.Name)
	if c.compared[key] {
		return
	}
	c.compared[key] = true
	c.toggle(at, o.Abstract.Value, n.Abstract.Value, cmp.Or(o.Abstract.Source, defined(o)), cmp.Or(n.Abstract.Source, defined(n)),
		wording{"type-not-abstract", "The type of %s is abstract no longer."}, wording{"type-abstract", "The type of %s is abstract now."})
	c.toggle(at, o.Open.Value, n.Open.Value, cmp.Or(o.Open.Source, defined(o)), cmp.Or(n.Open.Source, defined(n)),
		wording{"open-type-closed", "The type of %s is no longer open."}, wording{"open-type-opened", "The type of %s is open now."})
	c.members(at+"/", o.Properties, n.Properties)
	for _, d := range o.Derived {
		if i := indexOf(n.Derived, d); i >= 0 {
			// What the type itself has is said there.
			c.structure(at+"/"+d.Name, beyond(d, o, n), beyond(n.Derived[i], o, n))
			continue
		}
		c.addTo(at, "derived-type-removed", defined(d), defined(n), "%s may no longer be of the derived type %s.", at, d.Name)
	}
	for _, d := range n.Derived {
		if indexOf(o.Derived, d) < 0 {
			c.addTo(at, "derived-type-added", defined(o), defined(d), "%s may be of the derived type %s now.", at, d.Name)
		}
	}
}

// beyond is a derived type without the properties of its bases.
func beyond(derived *contract.Structure, bases ...*contract.Structure) *contract.Structure {
	own := *derived
	own.Properties = slices.DeleteFunc(slices.Clone(own.Properties), func(p contract.Property) bool {
		return slices.ContainsFunc(bases, func(b *contract.Structure) bool { _, has := b.Property(p.Name); return has })
	})
	return &own
}

func indexOf(types []*contract.Structure, t *contract.Structure) int {
	return slices.IndexFunc(types, func(d *contract.Structure) bool { return strings.EqualFold(d.Name, t.Name) })
}

// defined is the place that defines a type.
func defined(s *contract.Structure) contract.Source {
	if len(s.Sources) == 0 {
		return contract.Source{}
	}
	return s.Sources[0]
}

// typeOf compares the types as the table names them. It is true where they are the same.
func (c *comparison) typeOf(o, n contract.Property) bool {
	was, is := typeText(o.Type), typeText(n.Type)
	if strings.EqualFold(was, is) {
		return true
	}
	check := "property-type-changed"
	if o.Type.Edm == "" && o.Type.Name == "" {
		check = "property-type-specified"
	}
	c.addTo(o.Name, check, o.Type.Source, n.Type.Source, "%s is of the type %s; it was %s.", o.Name, is, was)
	// A name that is new may stand for the same members.
	return o.Type.IsEnum() && n.Type.IsEnum()
}

// typeText is the type without its namespace: pages name one type with and without it.
func typeText(t contract.Type) string {
	name := cmp.Or(t.Edm, t.Name)
	name = cmp.Or(name[strings.LastIndex(name, ".")+1:], "unknown")
	if t.Collection {
		name += " collection"
	}
	return name
}

func (c *comparison) enum(o, n contract.Property) {
	sentinel := func(t contract.Type) bool {
		return slices.ContainsFunc(t.Enum, func(m contract.Member) bool { return m.Sentinel })
	}
	evolvable := sentinel(o.Type)
	for _, m := range o.Type.Enum {
		if !m.Sentinel && !member(n.Type, m.Value) {
			c.addTo(o.Name, "enum-member-removed", m.Source, n.Source, "%s = %s is gone.", o.Name, m.Value)
		}
	}
	for _, m := range n.Type.Enum {
		switch {
		case m.Sentinel || member(o.Type, m.Value):
		case evolvable:
			c.addTo(o.Name, "enum-member-added-evolvable", o.Source, m.Source, "%s = %s is new.", o.Name, m.Value)
		default:
			c.addTo(o.Name, "enum-member-added", o.Source, m.Source, "%s = %s is new, and the enum was not evolvable.", o.Name, m.Value)
		}
	}
	c.toggle(o.Name, evolvable, sentinel(n.Type), o.Source, n.Source,
		wording{"enum-not-evolvable", "The enum of %s is not evolvable any more."}, wording{"enum-evolvable", "The enum of %s is evolvable now."})
}

func member(t contract.Type, value string) bool {
	return slices.ContainsFunc(t.Enum, func(m contract.Member) bool { return m.Value == value })
}

// bounds compares the limits of the values: each end by itself.
func (c *comparison) bounds(o, n contract.Property) {
	a, b := o.Bounds, n.Bounds
	c.end(o, n, "the least value", number(a.Min), number(b.Min), 1)
	c.end(o, n, "the greatest value", number(a.Max), number(b.Max), -1)
	c.end(o, n, "the least length", count(a.MinLength), count(b.MinLength), 1)
	c.end(o, n, "the greatest length", count(a.MaxLength), count(b.MaxLength), -1)
	c.end(o, n, "the least number of elements", count(a.MinItems), count(b.MinItems), 1)
	c.end(o, n, "the greatest number of elements", count(a.MaxItems), count(b.MaxItems), -1)
	for _, other := range []struct {
		what    string
		was, is string
	}{
		{"the kind of code", a.Code.Value, b.Code.Value},
		{"the numbers that are listed", a.Listed.Value, b.Listed.Value},
		{"that it lies in the future", truth(a.Future), truth(b.Future)},
		{"that it lies in the past", truth(a.Past), truth(b.Past)},
	} {
		switch {
		case other.was == other.is:
		case other.was == "":
			c.addTo(o.Name, "bound-narrowed", o.Source, n.Source, "%s: %s is demanded now: %s.", o.Name, other.what, other.is)
		case other.is == "":
			c.addTo(o.Name, "bound-widened", o.Source, n.Source, "%s: %s is demanded no longer.", o.Name, other.what)
		default:
			c.addTo(o.Name, "bound-changed", o.Source, n.Source, "%s: %s is %s; it was %s.", o.Name, other.what, other.is, other.was)
		}
	}
}

// end compares one end of a range; a nil one is no limit. With up > 0 a greater one allows
// less, with up < 0 a smaller one.
func (c *comparison) end(o, n contract.Property, what string, was, is *big.Float, up int) {
	switch {
	case was == nil && is == nil, was != nil && is != nil && was.Cmp(is) == 0:
	case was == nil:
		c.addTo(o.Name, "bound-narrowed", o.Source, n.Source, "%s: %s is %s; there was no such limit.", o.Name, what, is.Text('g', -1))
	case is == nil:
		c.addTo(o.Name, "bound-widened", o.Source, n.Source, "%s: %s was %s; there is no such limit now.", o.Name, what, was.Text('g', -1))
	case is.Cmp(was) == up:
		c.addTo(o.Name, "bound-narrowed", o.Source, n.Source, "%s: %s is %s; it was %s.", o.Name, what, is.Text('g', -1), was.Text('g', -1))
	default:
		c.addTo(o.Name, "bound-widened", o.Source, n.Source, "%s: %s is %s; it was %s.", o.Name, what, is.Text('g', -1), was.Text('g', -1))
	}
}

func number(f contract.Fact[json.Number]) *big.Float {
	v, ok := new(big.Float).SetString(f.Value.String())
	if f.Source.IsZero() || !ok {
		return nil
	}
	return v
}

func count(f contract.Fact[int]) *big.Float {
	if f.Source.IsZero() {
		return nil
	}
	return new(big.Float).SetInt64(int64(f.Value))
}

func truth(f contract.Fact[bool]) string {
	if !f.Value {
		return ""
	}
	return "yes"
}
