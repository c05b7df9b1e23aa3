package contractdiff

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"graphpact/internal/contract"
)

func (c *comparison) properties() {
	for _, o := range c.old.Properties {
		n, ok := c.new.Property(o.Name)
		if !ok {
			// What one example alone showed was no promise.
			if o.Listed {
				c.addTo(o.Name, "property-removed", o.Source, contract.Source{}, "%s is gone.", o.Name)
			}
			continue
		}
		c.property(o, n)
	}
	for _, n := range c.new.Properties {
		if _, had := c.old.Property(n.Name); !had && n.Listed {
			c.addTo(n.Name, "property-added", contract.Source{}, n.Source, "%s is new.", n.Name)
		}
	}
}

func (c *comparison) property(o, n contract.Property) {
	add := func(check string, format string, args ...any) {
		c.addTo(o.Name, check, o.Source, n.Source, format, args...)
	}
	switch {
	case o.Settable() && !n.Settable():
		add("property-not-settable", "A client may not set %s any more.", o.Name)
	case n.Settable() && !o.Settable():
		add("property-settable", "A client may set %s now.", o.Name)
	}
	if o.Listed && n.Listed {
		c.typeOf(o, n)
	}
	switch was, is := o.Nullable.Value, n.Nullable.Value; {
	case is == contract.NullableNo && was != contract.NullableNo:
		add("property-not-nullable", "%s must not be null now.", o.Name)
	case was == contract.NullableNo && is != contract.NullableNo:
		add("property-nullable", "%s may be null now.", o.Name)
	}
	switch {
	case n.Flags.Value && !o.Flags.Value && o.Type.IsEnum():
		add("property-several-values", "A value of %s may be several members now.", o.Name)
	case o.Flags.Value && !n.Flags.Value:
		add("property-one-value", "A value of %s is one member now.", o.Name)
	}
	if o.Type.IsEnum() && n.Type.IsEnum() {
		c.enum(o, n)
	}
	c.bounds(o, n)
}

// typeOf compares the types as the table names them.
func (c *comparison) typeOf(o, n contract.Property) {
	was, is := typeText(o.Type), typeText(n.Type)
	if strings.EqualFold(was, is) {
		return
	}
	check := "property-type-changed"
	if o.Type.Edm == "" && o.Type.Name == "" {
		check = "property-type-specified"
	}
	c.addTo(o.Name, check, o.Type.Source, n.Type.Source, "%s is of the type %s; it was %s.", o.Name, is, was)
}

// typeText is the type without its namespace: pages name one type with and without it.
func typeText(t contract.Type) string {
	name := t.Name
	if t.Edm != "" {
		name = t.Edm
	}
	name = name[strings.LastIndex(name, ".")+1:]
	if name == "" {
		name = "unknown"
	}
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
	switch is := sentinel(n.Type); {
	case is && !evolvable:
		c.addTo(o.Name, "enum-evolvable", o.Source, n.Source, "The enum of %s is evolvable now.", o.Name)
	case evolvable && !is:
		c.addTo(o.Name, "enum-not-evolvable", o.Source, n.Source, "The enum of %s is not evolvable any more.", o.Name)
	}
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
	v, _ := new(big.Float).SetString(strconv.Itoa(f.Value))
	return v
}

func truth(f contract.Fact[bool]) string {
	if !f.Value {
		return ""
	}
	return "yes"
}
