package contract

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"graphpact/internal/edm"
)

// The largest text and list that are made to be one too many.
const (
	longestText = 100_000
	longestList = 10_000
)

// Outside gives values of the right type that lie just outside of the limits that the page
// states for the property, each with the line of its limit. None is given where the page
// states no limit, or where the value beside it is none of the type.
func (p Property) Outside() []Value {
	b := p.Bounds
	var out []Value
	add := func(v any, at Source) { out = append(out, Value{JSON: v, Origin: FromBounds, Source: at}) }
	p.numbersOutside(add)
	if b.MaxLength.Value > 0 && b.MaxLength.Value < longestText && b.Letters == 0 {
		add(strings.Repeat("x", b.MaxLength.Value+1), b.MaxLength.Source)
	}
	if b.MinLength.Value > 0 && b.MinLength.Value <= longestText && b.Letters == 0 {
		add(strings.Repeat("x", b.MinLength.Value-1), b.MinLength.Source)
	}
	if b.Letters > 0 {
		add(strings.Repeat("X", b.Letters+1), b.Code.Source)
	}
	if b.Past.Value {
		add(p.moment("2099-02-03T04:05:06Z"), b.Past.Source)
	}
	if b.Future.Value {
		add(p.moment("2001-02-03T04:05:06Z"), b.Future.Source)
	}
	if p.Type.Collection {
		for i := range out {
			out[i].JSON = []any{out[i].JSON}
		}
		out = append(out, p.listsOutside()...)
	}
	return slices.DeleteFunc(out, func(v Value) bool { return p.within(v.JSON) })
}

func (p Property) moment(text string) string {
	if p.Type.Edm == edm.Date {
		return text[:len("2001-02-03")]
	}
	return text
}

// numbersOutside gives the numbers beside the ends, as far as the type has them.
func (p Property) numbersOutside(add func(any, Source)) {
	b := p.Bounds
	limits, known := constraintOf(p.Type.Edm)
	if !known {
		return
	}
	beside := func(end json.Number, step int64, at Source) {
		v := rat(string(end))
		if v == nil {
			return
		}
		v.Add(v, big.NewRat(step, 1))
		least, most := rat(limits.min), rat(limits.max)
		if (least == nil || v.Cmp(least) >= 0) && (most == nil || v.Cmp(most) <= 0) {
			add(number(v), at)
		}
	}
	beside(b.Max.Value, 1, b.Max.Source)
	beside(b.Min.Value, -1, b.Min.Source)
	if listed := b.numbers(); len(listed) > 0 {
		most := slices.MaxFunc(listed, func(x, y json.Number) int { return rat(string(x)).Cmp(rat(string(y))) })
		beside(most, 1, b.Listed.Source)
	}
}

// listsOutside gives a list of one item too many, and of one too few.
func (p Property) listsOutside() []Value {
	single := p
	single.Type.Collection, single.Named = false, nil
	single.Bounds.MinItems, single.Bounds.MaxItems = Fact[int]{}, Fact[int]{}
	list := func(n int, at Source) []Value {
		var items []any
		for _, v := range single.Values(nil, n) {
			items = append(items, v.JSON)
		}
		for len(items) > 0 && len(items) < n {
			items = append(items, items[0])
		}
		if len(items) != n {
			return nil
		}
		if items == nil {
			items = []any{}
		}
		return []Value{{JSON: items, Origin: FromBounds, Source: at}}
	}
	var out []Value
	if most := p.Bounds.MaxItems; !most.Source.IsZero() && most.Value < longestList {
		out = append(out, list(most.Value+1, most.Source)...)
	}
	if least := p.Bounds.MinItems; least.Value > 0 {
		out = append(out, list(least.Value-1, least.Source)...)
	}
	return out
}
