package contract

import (
	"encoding/json"
	"fmt"
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

// Outside is a value of the right type that lies just outside of one limit of the page.
type Outside struct {
	Value
	// Limit names the limit by the keyword of JSON Schema that stands for it, as maxLength;
	// "list" for the numbers that the page lists, "code" for a code of letters, and "future" and
	// "past" for where a moment must lie.
	Limit string
	// States says what the page states, as "at most 20 characters".
	States string
}

// Outside gives values of the right type that lie just outside of the limits that the page
// states for the property, one for each limit, with its line. None is given where the page
// states no limit, or where the value beside it is none of the type.
func (p Property) Outside() []Outside {
	b := p.Bounds
	var out []Outside
	add := func(limit, states string, v any, at Source) {
		out = append(out, Outside{Value{JSON: v, Origin: FromBounds, Source: at}, limit, states})
	}
	p.numbersOutside(add)
	if b.MaxLength.Value > 0 && b.MaxLength.Value < longestText && b.Letters == 0 {
		add("maxLength", fmt.Sprintf("at most %d characters", b.MaxLength.Value), strings.Repeat("x", b.MaxLength.Value+1), b.MaxLength.Source)
	}
	if b.MinLength.Value > 0 && b.MinLength.Value <= longestText && b.Letters == 0 {
		add("minLength", fmt.Sprintf("at least %d characters", b.MinLength.Value), strings.Repeat("x", b.MinLength.Value-1), b.MinLength.Source)
	}
	if b.Letters > 0 {
		add("code", fmt.Sprintf("a code of %d letters", b.Letters), strings.Repeat("X", b.Letters+1), b.Code.Source)
	}
	if b.Past.Value {
		add("past", "a moment in the past", p.moment("2099-02-03T04:05:06Z"), b.Past.Source)
	}
	if b.Future.Value {
		add("future", "a moment in the future", p.moment("2001-02-03T04:05:06Z"), b.Future.Source)
	}
	if p.Type.Collection {
		for i := range out {
			out[i].JSON = []any{out[i].JSON}
		}
		p.listsOutside(add)
	}
	return slices.DeleteFunc(out, func(v Outside) bool { return p.Within(v.JSON) })
}

// OutsideOf gives the value just outside of the limit of that name.
func (p Property) OutsideOf(limit string) (Outside, bool) {
	all := p.Outside()
	i := slices.IndexFunc(all, func(o Outside) bool { return o.Limit == limit })
	if i < 0 {
		return Outside{}, false
	}
	return all[i], true
}

func (p Property) moment(text string) string {
	if p.Type.Edm == edm.Date {
		return text[:len("2001-02-03")]
	}
	return text
}

// numbersOutside gives the numbers beside the ends, as far as the type has them.
func (p Property) numbersOutside(add func(limit, states string, v any, at Source)) {
	b := p.Bounds
	limits, known := constraintOf(p.Type.Edm)
	if !known {
		return
	}
	beside := func(limit, states string, end json.Number, step int64, at Source) {
		v := rat(string(end))
		if v == nil {
			return
		}
		v.Add(v, big.NewRat(step, 1))
		least, most := rat(limits.min), rat(limits.max)
		if (least == nil || v.Cmp(least) >= 0) && (most == nil || v.Cmp(most) <= 0) {
			add(limit, states, number(v), at)
		}
	}
	beside("maximum", "at most "+string(b.Max.Value), b.Max.Value, 1, b.Max.Source)
	beside("minimum", "at least "+string(b.Min.Value), b.Min.Value, -1, b.Min.Source)
	if listed := b.numbers(); len(listed) > 0 {
		most := slices.MaxFunc(listed, func(x, y json.Number) int { return rat(string(x)).Cmp(rat(string(y))) })
		beside("list", "one of "+strings.ReplaceAll(b.Listed.Value, ",", ", "), most, 1, b.Listed.Source)
	}
}

// distinctItems is how many items of a list differ from each other at least, where they can.
const distinctItems = 100

// listsOutside gives a list of one item too many, and of one too few.
func (p Property) listsOutside(add func(limit, states string, v any, at Source)) {
	single := p
	single.Type.Collection, single.Named = false, nil
	single.Bounds.MinItems, single.Bounds.MaxItems = Fact[int]{}, Fact[int]{}
	list := func(limit, states string, n int, at Source) {
		items := []any{}
		for _, v := range single.Values(nil, min(n, distinctItems)) {
			items = append(items, v.JSON)
		}
		for i := 0; len(items) > 0 && len(items) < n; i++ {
			items = append(items, items[i])
		}
		if len(items) == n {
			add(limit, states, items, at)
		}
	}
	if most := p.Bounds.MaxItems; !most.Source.IsZero() && most.Value < longestList {
		list("maxItems", fmt.Sprintf("at most %d items", most.Value), most.Value+1, most.Source)
	}
	if least := p.Bounds.MinItems; least.Value > 0 {
		list("minItems", fmt.Sprintf("at least %d items", least.Value), least.Value-1, least.Source)
	}
}
